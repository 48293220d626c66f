/* The thread as a process of this guest's Linux, stopped and let go by ptrace as by a debugger.

   A process of its own is made for each arrival.  It reads the program, takes memory for the stack
   at the address that every instruction set agrees on, and stops; then the registers, the stack and
   the globals that came in the parcel are put into it.  At `migration_point` lies a trap.  What it
   does wrong stops it, too, and SIGXCPU comes when it would not end: init lives on and says so. */

#define TOP 0x7fff0000ul
#define ROOM 0x10000ul
#define CPU_SECONDS 2
#define LARGEST (ROOM + 4096)

static unsigned long parcel[LARGEST / 8]; /* registers, stack, globals; a copy of the window's */
static long child;
static unsigned long base, data_size, finished_at;

static void map(unsigned long from, unsigned long to)
{
    from &= -4096ul;
    call(SYS_mmap, from, to - from, PROT_READ | PROT_WRITE | PROT_EXEC,
         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

static void load_program(void)
{
    Elf64_Ehdr head;
    Elf64_Phdr part;
    long file = call(SYS_openat, AT_FDCWD, (long)"/program", O_RDONLY, 0, 0, 0);
    call(SYS_pread64, file, (long)&head, sizeof head, 0, 0, 0);
    for (int i = 0; i < head.e_phnum; i++) {
        call(SYS_pread64, file, (long)&part, sizeof part, head.e_phoff + i * sizeof part, 0, 0);
        if (part.p_type != PT_LOAD)
            continue;
        map(part.p_vaddr, part.p_vaddr + part.p_memsz);
        call(SYS_pread64, file, part.p_vaddr, part.p_filesz, part.p_offset, 0, 0);
    }
}

static void be_the_thread(unsigned long point)
{
    struct rlimit limit = {CPU_SECONDS, CPU_SECONDS + 1};
    load_program();
    map(TOP - ROOM, TOP);
    trap_at(point);
    call(SYS_prlimit64, 0, RLIMIT_CPU, (long)&limit, 0, 0, 0);
    call(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0, 0, 0);
    call(SYS_kill, call(SYS_getpid, 0, 0, 0, 0, 0, 0), SIGSTOP, 0, 0, 0, 0);
}

/* The signal that stopped the process, or -1 if it has ended. */
static long stopped_by(void)
{
    int status = 0;
    call(SYS_wait4, child, (long)&status, 0, 0, 0, 0);
    return (status & 0xff) == 0x7f ? status >> 8 & 0xff : -1;
}

static void copy(long how, unsigned long there, void *here, unsigned long size)
{
    struct iovec mine = {here, size}, theirs = {(void *)there, size};
    call(how, child, (long)&mine, 1, (long)&theirs, 1, 0);
}

static void all_registers(long how, struct registers *all)
{
    struct iovec part = {all->general, sizeof all->general};
    call(SYS_ptrace, how, child, NT_PRSTATUS, (long)&part, 0, 0);
    if (sizeof *all == sizeof all->general)
        return; /* no callee-saved register holds floating point here */
    part = (struct iovec){all->general + sizeof all->general / 8, sizeof *all - part.iov_len};
    call(SYS_ptrace, how, child, NT_PRFPREG, (long)&part, 0, 0);
}

static void leave(void)
{
    if (!child)
        return;
    call(SYS_kill, child, SIGKILL, 0, 0, 0, 0);
    while (stopped_by() != -1)
        ;
    child = 0;
}

/* A new process becomes the thread that lies in the parcel. */
static void arrive(unsigned long stack_size, unsigned long point)
{
    struct registers all;
    leave();
    child = call(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0);
    if (!child)
        be_the_thread(point);
    stopped_by();
    all_registers(PTRACE_GETREGSET, &all);
    for (int i = 0; i < LENGTH; i++)
        *kept(&all, i) = parcel[i];
    before_run(&all);
    all_registers(PTRACE_SETREGSET, &all);
    copy(SYS_process_vm_writev, TOP - stack_size, parcel + LENGTH, stack_size);
    copy(SYS_process_vm_writev, base, (char *)(parcel + LENGTH) + stack_size, data_size);
}

/* Let it pass migration points; the number passed.  signal: what stopped it instead, or 0. */
static unsigned long go(unsigned long points, long *signal)
{
    struct registers all;
    unsigned long passed = 0, finished = 0, on_top = 0;
    for (*signal = 0; passed < points; passed++) {
        copy(SYS_process_vm_readv, finished_at, &finished, sizeof finished);
        if (finished)
            break;
        call(SYS_ptrace, PTRACE_CONT, child, 0, 0, 0, 0);
        if ((*signal = stopped_by()) != SIGTRAP)
            break;
        *signal = 0;
        all_registers(PTRACE_GETREGSET, &all);
        copy(SYS_process_vm_readv, *kept(&all, LENGTH - 2), &on_top, sizeof on_top);
        come_back(&all, on_top);
        all_registers(PTRACE_SETREGSET, &all);
    }
    return passed;
}

/* The thread as it stands now, into the parcel; the bytes of its stack. */
static unsigned long look(void)
{
    struct registers all;
    all_registers(PTRACE_GETREGSET, &all);
    for (int i = 0; i < LENGTH; i++)
        parcel[i] = *kept(&all, i);
    unsigned long size = TOP - parcel[LENGTH - 2];
    if (size > ROOM)
        size = 0; /* the stack pointer has left the stack */
    copy(SYS_process_vm_readv, TOP - size, parcel + LENGTH, size);
    copy(SYS_process_vm_readv, base, (char *)(parcel + LENGTH) + size, data_size);
    return size;
}
