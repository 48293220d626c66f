/* The product of two n by n matrices of floating-point numbers; the result is the bits of the
   sum of all its elements, so that a last digit that differs would show. */

#define MOST 32

static double a[MOST][MOST], b[MOST][MOST], c[MOST][MOST];

unsigned long float_product(unsigned long n)
{
    unsigned long i, j, k;
    union { double number; unsigned long bits; } sum = {0};

    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++) {
            a[i][j] = 1.0 / (double)(long)(i + j + 1);
            b[i][j] = (double)((long)i - (long)j) * 0.1;
        }
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++) {
            double dot = 0;
            for (k = 0; k < n; k++)
                dot += a[i][k] * b[k][j];
            c[i][j] = dot;
        }
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            sum.number += c[i][j];
    return sum.bits;
}
