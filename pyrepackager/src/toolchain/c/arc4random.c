/* glibc 2.36. As there, random bytes come from the kernel, and a program that cannot have them ends. */
#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#if __GLIBC_MINOR__ < 36

/* For kernels before 3.17, and sandboxes that refuse the call. */
static void read_device(unsigned char *place, size_t length)
{
    int device;
    do {
        device = open("/dev/urandom", O_RDONLY | O_CLOEXEC | O_NOCTTY);
    } while (device < 0 && errno == EINTR);
    if (device < 0) {
        abort();
    }
    while (length > 0) {
        ssize_t count = read(device, place, length);
        if (count > 0) {
            place += count;
            length -= (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            abort();
        }
    }
    close(device);
}

FLOOR void arc4random_buf(void *buffer, size_t length)
{
    unsigned char *place = buffer;
    int error = errno;
    while (length > 0) {
        ssize_t count = syscall(SYS_getrandom, place, length, 0UL);
        if (count > 0) {
            place += count;
            length -= (size_t)count;
        } else if (count == 0 || errno != EINTR) {
            read_device(place, length);
            break;
        }
    }
    errno = error;
}

FLOOR uint32_t arc4random(void)
{
    uint32_t number;
    arc4random_buf(&number, sizeof number);
    return number;
}

/* A number below the bound, each as likely as the others. */
FLOOR uint32_t arc4random_uniform(uint32_t bound)
{
    if (bound < 2) {
        return 0;
    }
    /* What is left of all numbers when whole ranges are taken from the top. */
    uint32_t least = -bound % bound;
    uint32_t number;
    do {
        number = arc4random();
    } while (number < least);
    return number % bound;
}

#endif
