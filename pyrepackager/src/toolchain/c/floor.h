/* What definitions begin with: they are weak, so that a static library's own functions of the same names count, and
 * hidden, so that no library which a program loads ever sees them. */
#define FLOOR __attribute__((weak, visibility("hidden")))

#include "glibc_floor.h"
