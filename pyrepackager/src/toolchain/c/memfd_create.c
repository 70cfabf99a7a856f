/* glibc 2.27. */
#include "floor.h"

#include <sys/syscall.h>
#include <unistd.h>

#if __GLIBC_MINOR__ < 27
FLOOR int memfd_create(const char *name, unsigned flags)
{
    return syscall(SYS_memfd_create, name, flags);
}
#endif
