/* A hash of a text of n bytes, in words of 32 bits that are rotated, multiplied and mixed. */

#define MOST 4096

static unsigned char text[MOST];

static unsigned int rotate(unsigned int word, int by)
{
    return word << by | word >> (32 - by);
}

unsigned long hash(unsigned long n)
{
    unsigned int low = 0x9e3779b9u, high = 0x85ebca6bu;
    unsigned long i;

    for (i = 0; i < n; i++)
        text[i] = (unsigned char)(i * 31 + (i >> 3));
    for (i = 0; i + 4 <= n; i += 4) {
        unsigned int word = text[i] | (unsigned int)text[i + 1] << 8 |
                            (unsigned int)text[i + 2] << 16 | (unsigned int)text[i + 3] << 24;
        low = rotate(low ^ word, 13) * 5u + high;
        high = rotate(high + word, 7) ^ low;
    }
    return (unsigned long)high << 32 | low;
}
