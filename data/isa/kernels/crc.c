/* The cyclic redundancy check of Ethernet and zip over n bytes, bit by bit. */

unsigned long crc(unsigned long n)
{
    unsigned int check = 0xffffffffu;
    unsigned long i;
    int bit;

    for (i = 0; i < n; i++) {
        check ^= (unsigned char)(i * 7 + 1);
        for (bit = 0; bit < 8; bit++)
            check = check & 1 ? check >> 1 ^ 0xedb88320u : check >> 1;
    }
    return check ^ 0xffffffffu;
}
