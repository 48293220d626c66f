/* Heap sort of n pseudo-random numbers; the result weighs each number with its place. */

#define MOST 1024

static unsigned int heap[MOST];

static void sink(unsigned long root, unsigned long end)
{
    unsigned int value = heap[root];
    unsigned long child;

    while ((child = 2 * root + 1) < end) {
        if (child + 1 < end && heap[child] < heap[child + 1])
            child++;
        if (heap[child] <= value)
            break;
        heap[root] = heap[child];
        root = child;
    }
    heap[root] = value;
}

unsigned long sort(unsigned long n)
{
    unsigned int seed = 1;
    unsigned long i, result = 0;

    for (i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        heap[i] = seed >> 8;
    }
    for (i = n / 2; i > 0; i--)
        sink(i - 1, n);
    for (i = n; i > 1; i--) {
        unsigned int last = heap[i - 1];
        heap[i - 1] = heap[0];
        heap[0] = last;
        sink(0, i - 1);
    }
    for (i = 0; i < n; i++)
        result += (i + 1) * heap[i];
    return result;
}
