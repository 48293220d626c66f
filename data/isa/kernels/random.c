/* n numbers of a shift-and-xor generator with a multiplication at the end, added up. */

unsigned long random(unsigned long n)
{
    unsigned long state = 88172645463325252ul, sum = 0;

    while (n--) {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        sum += state * 2685821657736338717ul;
    }
    return sum;
}
