"""Linux's values of what Python does not name, the size of a word, the kinds of work."""

import socket
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

# Signals, with Linux's values: flags of sigaction, where a signal comes from, the first real-time.
SA_NOCLDSTOP, SA_NOCLDWAIT, SA_SIGINFO = 0x1, 0x2, 0x4
SA_RESTART, SA_NODEFER, SA_RESETHAND = 0x10000000, 0x40000000, 0x80000000
SI_USER, SI_QUEUE, SI_TKILL, SI_KERNEL = 0, -1, -6, 0x80
CLD_EXITED, CLD_KILLED, CLD_DUMPED, CLD_STOPPED, CLD_CONTINUED = 1, 2, 3, 5, 6
SEGV_MAPERR, SEGV_ACCERR, BUS_ADRALN = 1, 2, 1
SIGRTMIN, SIGRTMAX = 34, 64

# Sockets, where not every system's Python has them: flags of recv and send, and of a socket's type.
MSG_PEEK, MSG_WAITALL = socket.MSG_PEEK, getattr(socket, "MSG_WAITALL", 0x100)
MSG_DONTWAIT = getattr(socket, "MSG_DONTWAIT", 0x40)
MSG_NOSIGNAL = getattr(socket, "MSG_NOSIGNAL", 0x4000)
SOCK_NONBLOCK = getattr(socket, "SOCK_NONBLOCK", 0x800)
SOCK_CLOEXEC = getattr(socket, "SOCK_CLOEXEC", 0x80000)
