"""Linux's values of what Python does not name, the size of a word, the kinds of work."""

from mmap import PROT_EXEC, PROT_READ, PROT_WRITE

WORD = 8  # bytes of a word
MASK = (1 << 64) - 1

MAP_FIXED, MAP_FIXED_NOREPLACE = 0x10, 0x100000
PROT_NONE, PROT_ALL = 0, PROT_READ | PROT_WRITE | PROT_EXEC
FUTEX_BITSET_MATCH_ANY = 0xFFFFFFFF
WORK = ("int", "float", "memory")  # kinds of work for `compute`

# What a clone shares with its maker, with Linux's values, and what threads share.
CLONE_VM, CLONE_FS, CLONE_FILES, CLONE_SIGHAND = 0x100, 0x200, 0x400, 0x800
CLONE_THREAD, CLONE_SYSVSEM = 0x10000, 0x40000
THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM
