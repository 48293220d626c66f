/* What differs on x86-64: the way into the kernel, and what the kernel calls a thread's registers. */

#define ME 0

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return number;
}

struct registers {
    unsigned long general[27]; /* struct user_regs_struct of sys/user.h */
};

enum { RBX = 5, RBP = 4, R12 = 3, R13 = 2, R14 = 1, R15 = 0, CALLED = 15, RIP = 16, RSP = 19 };

/* rbx rbp r12 r13 r14 r15, then the stack pointer and the program counter. */
static const int KEPT[] = {RBX, RBP, R12, R13, R14, R15, RSP, RIP};
#define LENGTH 8

static unsigned long *kept(struct registers *all, int number)
{
    return &all->general[KEPT[number]];
}

static void before_run(struct registers *all)
{
    all->general[CALLED] = -1; /* it waits in no system call that would be begun again */
}

/* `migration_point` was called and has done nothing: return from it.  The call has pushed. */
static void come_back(struct registers *all, unsigned long on_top)
{
    all->general[RIP] = on_top;
    all->general[RSP] += 8;
}

static void trap_at(unsigned long address)
{
    *(volatile unsigned char *)address = 0xcc; /* int3 */
}
