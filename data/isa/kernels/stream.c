/* Four passes over three long vectors: copy, scale, add, and both at once. */

#define MOST 2048

static double a[MOST], b[MOST], c[MOST];

unsigned long stream(unsigned long n)
{
    unsigned long i;
    double sum = 0;

    for (i = 0; i < n; i++)
        a[i] = (double)(long)i;
    for (i = 0; i < n; i++)
        c[i] = a[i];
    for (i = 0; i < n; i++)
        b[i] = 3.0 * c[i];
    for (i = 0; i < n; i++)
        c[i] = a[i] + b[i];
    for (i = 0; i < n; i++)
        a[i] = b[i] + 3.0 * c[i];
    for (i = 0; i < n; i++)
        sum += a[i];
    return (unsigned long)(long)sum;
}
