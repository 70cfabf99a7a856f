/* glibc 2.28: what `fcntl` is called in code for large files. On 64-bit machines it is the same. */
#include "floor.h"

#include <fcntl.h>
#include <stdarg.h>

_Static_assert(sizeof(off_t) == 8 && sizeof(void *) == 8, "`fcntl` knows no large files");

#undef fcntl64

FLOOR int fcntl64(int file, int command, ...);

FLOOR int fcntl64(int file, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    /* A number or a pointer, if anything: both are in one register, which is passed on. */
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return fcntl(file, command, argument);
}
