/* Evaluates a formula with what is linked in, at four values. */
#include <stdio.h>

#include "formula.h"

int main(int argc, char **argv)
{
    const double x[] = {0.5, 1, 1.5, 2};
    double y[4];
    char message[200];
    if (formula_evaluate(argv[argc - 1], x, 4, y, message, sizeof message)) {
        (void)fprintf(stderr, "%s\n", message);
        return 1;
    }
    return printf("%g %g %g %g\n", y[0], y[1], y[2], y[3]) < 0;
}
