/* Queens on a small board, one stack frame for each: a recursion whose frames point at each other.

   A queen lies in the frame of the call that set it and points at the one in its caller's frame, so
   the board is a list that runs up the stack.  Each call is a statement of its own: no value waits
   in a place without a name while a call is under way. */

#define SIZE 6
#define KEPT __attribute__((noipa)) /* the same functions and calls at every level */

struct queen {
    char mark;
    int row;
    long column;
    struct queen *above;
};

long finished; /* 1 at the end of the program */
long solutions;
unsigned int checksum;
short taken_back;
double spread;
struct queen *latest; /* points into the stack from outside it */
long (*attacks)(const struct queen *, const struct queen *);
char names[8] = "abcdefg";

/* The emulator stops the thread here; all that a thread is lies in its callers then. */
KEPT void migration_point(void)
{
    __asm__ volatile("");
}

KEPT long share_a_line(const struct queen *one, const struct queen *other)
{
    long across = one->column - other->column;
    int down = one->row - other->row;
    return across == 0 || across == down || across == -down;
}

KEPT long is_free(const struct queen *mine)
{
    const struct queen *other;
    for (other = mine->above; other; other = other->above)
        if (attacks(mine, other))
            return 0;
    return 1;
}

void set_queens(int row, struct queen *above, long *tried, double weight);

KEPT void go_on(struct queen *mine, long *tried, double weight)
{
    float half = weight / 2;
    register int next = mine->row + 1;
    latest = mine;
    migration_point();
    if (latest != mine)
        checksum += 1;
    if (next < SIZE)
        set_queens(next, mine, tried, weight + half);
    else
        solutions += 1;
    latest = mine->above;
    checksum = checksum * 31 + mine->mark * next;
    spread += half * mine->column;
    taken_back += 1;
    *tried += 1;
}

KEPT void set_queens(int row, struct queen *above, long *tried, double weight)
{
    struct queen mine;
    double here = weight;
    register long column;
    for (column = 0; column < SIZE; column++) {
        mine.mark = names[row];
        mine.row = row;
        mine.column = column;
        mine.above = above;
        if (is_free(&mine)) {
            go_on(&mine, tried, weight);
            here += 1;
        }
    }
    spread += here;
}

KEPT void start(void)
{
    long tried = 0;
    attacks = share_a_line;
    set_queens(0, 0, &tried, 1.0);
    checksum += tried;
    finished = 1;
    migration_point();
    for (;;)
        ;
}
