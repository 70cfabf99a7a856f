/* glibc 2.26. */
#include "floor.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_preadv2
#error "the kernel's headers are older than Linux 4.6"
#endif

#if __GLIBC_MINOR__ < 26

/* On 64-bit machines the kernel takes the whole offset from the first of its two halves. */
_Static_assert(sizeof(long) == 8, "an offset would have to be split");

/* Whether the call without flags can take the place of one that failed. */
static int can_go_without(int flags)
{
    if (errno != ENOSYS) {
        return 0;
    }
    if (flags != 0) {
        errno = ENOTSUP;
        return 0;
    }
    return 1;
}

FLOOR ssize_t preadv2(int file, const struct iovec *parts, int count, off_t offset, int flags)
{
    ssize_t result = syscall(SYS_preadv2, file, parts, (long)count, offset, 0L, (long)flags);
    if (result >= 0 || !can_go_without(flags)) {
        return result;
    }
    return offset == -1 ? readv(file, parts, count) : preadv(file, parts, count, offset);
}

FLOOR ssize_t pwritev2(int file, const struct iovec *parts, int count, off_t offset, int flags)
{
    ssize_t result = syscall(SYS_pwritev2, file, parts, (long)count, offset, 0L, (long)flags);
    if (result >= 0 || !can_go_without(flags)) {
        return result;
    }
    return offset == -1 ? writev(file, parts, count) : pwritev(file, parts, count, offset);
}

/* What headers make of the names in code for large files. */
FLOOR ssize_t preadv64v2(int file, const struct iovec *parts, int count, off_t offset, int flags)
    __attribute__((alias("preadv2")));
FLOOR ssize_t pwritev64v2(int file, const struct iovec *parts, int count, off_t offset, int flags)
    __attribute__((alias("pwritev2")));

#endif
