/* A chain of calls, stopped at its innermost point, to see where its live values are.

   Each function needs some of its values after its call and some no longer: the comments say which,
   and what stands in a parameter list without one is not needed either.
   noipa keeps the compiler from looking into a function that it calls, as in separate files. */

#define FUNCTION __attribute__((noipa))

struct point {
    char tag;
    double x;
    short number;
};

static long record[4];
static volatile int wanted = 2; /* the round in which the chain stops */

FUNCTION void stop(void)
{
    __asm__ volatile("" ::: "memory");
}

FUNCTION long inner(long *total /* needed */, int count /* needed */, double weight /* needed */)
{
    long before = *total;       /* needed */
    double half = weight / 2;   /* needed */
    long last = before * count; /* no longer */
    int i;                      /* needed */

    record[0] = last;
    for (i = 0; i < count; i++) {
        *total += 10 + i;
        if (i == wanted)
            stop();
    }
    return before + (long)(half * weight) + count;
}

FUNCTION long middle(const struct point *where /* needed */, int rounds /* needed */,
                     unsigned char letter)
{
    long total = 100 * rounds;         /* needed, and its address is given away */
    int squares[4] = {1, 4, 9, 16};    /* needed */
    double weight = where->x * 1.5;    /* needed */
    unsigned short mark = letter << 4; /* needed */
    long twice = 2 * total;            /* no longer */
    long got;

    record[1] = twice;
    got = inner(&total, rounds, weight);
    return got + total + mark + squares[rounds & 3] + where->number + (long)weight;
}

FUNCTION long outer(long seed)
{
    struct point where = {'p', 2.5, 7}; /* needed, and its address is given away */
    long kept = 3 * seed;               /* needed */
    long spent = seed + 5;              /* no longer */
    float ratio = seed / 8.0f;          /* needed */
    long got;

    record[2] = spent;
    got = middle(&where, 3, 'k');
    return got + kept + (long)(8 * ratio) + where.tag;
}
