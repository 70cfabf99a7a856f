/* See slot.h. */
#define _GNU_SOURCE
#include "slot.h"

#include <errno.h>

#if defined(__linux__)
#include <sys/mman.h>
#include <unistd.h>
#endif

/* With another alignment than the system's own notes, it is in another segment. */
const struct pyembed_slot pyembed_slot
    __attribute__((section(".note.pyembed"), aligned(8), used)) = {
        .name_length = sizeof "PyOxidizer",
        .content_length = 2 * sizeof(uint64_t),
        .type = 1,
        .name = "PyOxidizer",
};

#if defined(__linux__)

/* Of Linux 5.14. */
#define POPULATE_READ 22

static int can_read(uintptr_t page, size_t size)
{
    int before = errno;
    /* EFAULT means that the page would give SIGBUS, ENOMEM that there is none. Other answers say
     * nothing of the file: older kernels do not know the request, filters of system calls refuse it. */
    int can = madvise((void *)page, size, POPULATE_READ) == 0 ||
              (errno != EFAULT && errno != ENOMEM);
    errno = before;
    return can;
}

size_t pyembed_readable(const void *address, size_t length)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = (uintptr_t)address & ~(size - 1);
    size_t good = 0, bad = ((uintptr_t)address + length - 1 - first) / size;
    if (length == 0 || can_read(first + bad * size, size)) {
        return length;
    }
    while (good < bad) {
        size_t middle = good + (bad - good) / 2;
        if (can_read(first + middle * size, size)) {
            good = middle + 1;
        } else {
            bad = middle;
        }
    }
    uintptr_t end = first + good * size;
    return end > (uintptr_t)address ? end - (uintptr_t)address : 0;
}

#else

size_t pyembed_readable(const void *address, size_t length)
{
    (void)address;
    return length;
}

#endif
