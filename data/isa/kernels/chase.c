/* A ring of 256 records, linked out of order, followed for n steps. */

#define RING 256

struct record {
    struct record *next;
    unsigned int value;
};

static struct record ring[RING];

unsigned long chase(unsigned long n)
{
    struct record *here = ring;
    unsigned long i, sum = 0;

    for (i = 0; i < RING; i++) {
        ring[i].next = &ring[(i * 5 + 3) % RING];
        ring[i].value = (unsigned int)(i * i);
    }
    while (n--) {
        sum += here->value;
        here = here->next;
    }
    return sum * RING + (unsigned long)(here - ring);
}
