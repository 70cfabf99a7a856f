/* glibc 2.25. */
#include "floor.h"

#include <sys/syscall.h>
#include <unistd.h>

#if __GLIBC_MINOR__ < 25
FLOOR ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
    return syscall(SYS_getrandom, buffer, length, flags);
}
#endif
