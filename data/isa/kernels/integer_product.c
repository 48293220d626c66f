/* The product of two n by n matrices of integers of 32 bits. */

#define MOST 32

static int a[MOST][MOST], b[MOST][MOST], c[MOST][MOST];

unsigned long integer_product(unsigned long n)
{
    unsigned long i, j, k;
    unsigned int result = 0;

    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++) {
            a[i][j] = (int)(3 * i + j) % 11 - 5;
            b[i][j] = (int)(i + 5 * j) % 13 - 6;
        }
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++) {
            int sum = 0;
            for (k = 0; k < n; k++)
                sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            result = result * 31 + (unsigned int)c[i][j];
    return result;
}
