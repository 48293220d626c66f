/* The greatest common divisors of n pairs of numbers, by remainders, and the pairs' quotients. */

unsigned long division(unsigned long n)
{
    unsigned long i, sum = 0;

    for (i = 1; i <= n; i++) {
        unsigned long a = i * 982451653ul + 17, b = i * i + 1;
        sum += a / b;
        while (b) {
            unsigned long rest = a % b;
            a = b;
            b = rest;
        }
        sum += a;
    }
    return sum;
}
