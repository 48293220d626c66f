/* Messages through the shared piece of memory: a ring of slots for each ordered pair.

   A slot is one cache line: seven words of a message, and its number.  Number 0 says that the slot
   is empty.  The writer puts the words first and the number last, the reader takes the words first
   and puts 0 last; so no slot has two writers at a time, and no lock is needed.  Both sides poll.
   The same in Python: popcorn_lib/isa/guests/window.py. */

#define WORDS 7
#define SLOTS 64
#define MEMBERS 3 /* two guests and the notebook */
#define NOTEBOOK 2
#define PARCEL(guest) (0x40000 * (1 + (guest))) /* large things lie here; a message says so */

struct slot {
    unsigned long number, word[WORDS];
};

static char *window; /* the shared memory */
static unsigned long sent[MEMBERS], taken[MEMBERS];

static struct slot *slot(int from, int to, unsigned long number)
{
    struct slot *ring = (struct slot *)(window + 4096 * (MEMBERS * from + to));
    return ring + number % SLOTS;
}

static void put(int to, const unsigned long *word)
{
    struct slot *mine = slot(ME, to, sent[to]);
    while (__atomic_load_n(&mine->number, __ATOMIC_ACQUIRE))
        ; /* the reader is a whole ring behind */
    for (int i = 0; i < WORDS; i++)
        *(volatile unsigned long *)&mine->word[i] = word[i];
    __atomic_store_n(&mine->number, ++sent[to], __ATOMIC_RELEASE);
}

static int take(int from, unsigned long *word)
{
    struct slot *theirs = slot(from, ME, taken[from]);
    if (__atomic_load_n(&theirs->number, __ATOMIC_ACQUIRE) != taken[from] + 1)
        return 0;
    for (int i = 0; i < WORDS; i++)
        word[i] = *(volatile unsigned long *)&theirs->word[i];
    __atomic_store_n(&theirs->number, 0, __ATOMIC_RELEASE);
    taken[from]++;
    return 1;
}
