/* A sparse matrix of n rows with at most five entries each, in rows of (column, value), times a
   vector; all values are small integers, so the sum is exact whatever the order. */

#define MOST 512

static double value[5 * MOST], x[MOST], y[MOST];
static int column[5 * MOST], start[MOST + 1];

static void fill(int n)
{
    static const int apart[5] = {-16, -1, 0, 1, 16};
    int row, k, count = 0;

    for (row = 0; row < n; row++) {
        x[row] = row % 7 + 1;
        start[row] = count;
        for (k = 0; k < 5; k++) {
            int at = row + apart[k];
            if (at >= 0 && at < n) {
                column[count] = at;
                value[count++] = k == 2 ? 4.0 : -1.0;
            }
        }
    }
    start[n] = count;
}

unsigned long sparse(unsigned long n)
{
    int row, k, rows = (int)n;
    double sum = 0;

    fill(rows);
    for (row = 0; row < rows; row++) {
        double dot = 0;
        for (k = start[row]; k < start[row + 1]; k++)
            dot += value[k] * x[column[k]];
        y[row] = dot;
    }
    for (row = 0; row < rows; row++)
        sum += y[row] * (row + 1);
    return (unsigned long)(long)sum;
}
