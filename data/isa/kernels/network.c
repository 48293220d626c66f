/* n packet headers of 16 bytes whose fields are in network order, the most significant byte first:
   written byte by byte, read as whole words where the compiler sees that it may. */

#define MOST 256

static unsigned char packets[16 * MOST];

static void put32(unsigned char *at, unsigned int value)
{
    at[0] = (unsigned char)(value >> 24);
    at[1] = (unsigned char)(value >> 16);
    at[2] = (unsigned char)(value >> 8);
    at[3] = (unsigned char)value;
}

static unsigned int get32(const unsigned char *at)
{
    return (unsigned int)at[0] << 24 | (unsigned int)at[1] << 16 | (unsigned int)at[2] << 8 | at[3];
}

unsigned long network(unsigned long n)
{
    unsigned long i, sum = 0;

    for (i = 0; i < n; i++) {
        put32(packets + 16 * i, 0x0a000001u + (unsigned int)i);
        put32(packets + 16 * i + 4, 0x0a0000feu);
        put32(packets + 16 * i + 8, (unsigned int)i * 4099u);
        put32(packets + 16 * i + 12, 0x45000000u | (unsigned int)i);
    }
    for (i = 0; i < n; i++)
        sum += get32(packets + 16 * i) ^ get32(packets + 16 * i + 8);
    for (i = 0; i < n; i++)
        sum = sum * 33 + (get32(packets + 16 * i + 12) & 0xffffu);
    return sum;
}
