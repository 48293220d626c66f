/* What differs on AArch64: the way into the kernel, and what the kernel calls a thread's registers. */

#define ME 1

static long call(long number, long a, long b, long c, long d, long e, long f)
{
    register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c, x3 __asm__("x3") = d, x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc 0"
                     : "+r"(x0)
                     : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                     : "memory");
    return x0;
}

struct registers {
    unsigned long general[34]; /* struct user_regs_struct of sys/user.h: x0 to x30, sp, pc ... */
    unsigned long floating[66]; /* struct user_fpsimd_struct: v0 to v31, two words each ... */
};

enum { LINK = 30, SP = 31, PC = 32 };

/* x19 to x29, then d8 to d15, then the stack pointer and the program counter. */
#define LENGTH 21

static unsigned long *kept(struct registers *all, int number)
{
    if (number < 11)
        return &all->general[19 + number];
    if (number < 19)
        return &all->floating[2 * (8 + number - 11)];
    return &all->general[SP + number - 19];
}

static void before_run(struct registers *all)
{
    (void)all;
}

/* `migration_point` was called and has done nothing: return from it.  Its caller's link register
   says where to. */
static void come_back(struct registers *all, unsigned long on_top)
{
    (void)on_top;
    all->general[PC] = all->general[LINK];
}

static void trap_at(unsigned long address)
{
    *(volatile unsigned int *)address = 0xd4200000; /* brk 0 */
}
