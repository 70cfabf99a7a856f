/* glibc 2.27. */
#include "floor.h"

#include <sys/syscall.h>
#include <unistd.h>

#if __GLIBC_MINOR__ < 27
FLOOR ssize_t copy_file_range(int from, off_t *from_offset, int to, off_t *to_offset, size_t length,
                        unsigned flags)
{
    return syscall(SYS_copy_file_range, (long)from, from_offset, (long)to, to_offset, length,
                   (unsigned long)flags);
}
#endif
