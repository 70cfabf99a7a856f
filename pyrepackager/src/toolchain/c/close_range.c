/* glibc 2.34. */
#include "floor.h"

#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_close_range
#error "the kernel's headers are older than Linux 5.9"
#endif

#if __GLIBC_MINOR__ < 34
FLOOR int close_range(unsigned first, unsigned last, int flags)
{
    return syscall(SYS_close_range, (unsigned long)first, (unsigned long)last, (long)flags);
}
#endif
