/* How many steps the numbers below n take to 1, halved if even, else tripled and one added. */

unsigned long branches(unsigned long n)
{
    unsigned long first, steps = 0;

    for (first = 1; first < n; first++) {
        unsigned long number = first;
        while (number != 1) {
            number = number & 1 ? 3 * number + 1 : number >> 1;
            steps++;
        }
    }
    return steps;
}
