/* The interface of the plug-in `libformula.so`, which evaluates formulas with Python and numpy. */
#ifndef FORMULA_H
#define FORMULA_H

#include <stddef.h>

/* Evaluates a formula, such as "sin(x) ** 2", at `count` values of x. Gives 0, or writes why it cannot, as text of at most
 * `capacity` bytes with the NUL at its end, and gives 1. May be called on any thread. The first call starts Python. */
int formula_evaluate(const char *formula, const double *x, size_t count, double *y,
                     char *message, size_t capacity);

#endif
