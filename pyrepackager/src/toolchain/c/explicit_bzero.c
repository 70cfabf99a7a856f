/* glibc 2.25. The second is what fortified code calls, such as that of Debian's libbsd. */
#include "floor.h"

#include <stdlib.h>
#include <string.h>

FLOOR void __explicit_bzero_chk(void *memory, size_t length, size_t size);

/* Zeroes memory, and lets the compiler believe that somebody reads it. */
static void erase(void *memory, size_t length)
{
    memset(memory, 0, length);
    __asm__ volatile("" : : "r"(memory) : "memory");
}

#if __GLIBC_MINOR__ < 25
FLOOR void explicit_bzero(void *memory, size_t length)
{
    erase(memory, length);
}
#endif

FLOOR void __explicit_bzero_chk(void *memory, size_t length, size_t size)
{
    if (length > size) {
        abort();
    }
    erase(memory, length);
}
