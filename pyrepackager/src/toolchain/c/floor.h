#include "glibc_floor.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

/* What definitions begin with: they are weak, so that a static library's own functions of the same names count, and
 * hidden, so that no library which a program loads ever sees them. */
#define FLOOR __attribute__((weak, visibility("hidden")))
