/* Functions that glibc got after 2.17, for code that is compiled for an older one.
 *
 * Each is a system call, or made of what glibc 2.17 has, and behaves as glibc's own: where the kernel lacks
 * the call, it fails with ENOSYS. */
#ifndef GLIBC_FLOOR_H
#define GLIBC_FLOOR_H

#include <features.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#if !__GLIBC_PREREQ(2, 25)
ssize_t getrandom(void *buffer, size_t length, unsigned flags);
void explicit_bzero(void *memory, size_t length);
#endif

#if !__GLIBC_PREREQ(2, 26)
ssize_t preadv2(int file, const struct iovec *parts, int count, off_t offset, int flags);
ssize_t pwritev2(int file, const struct iovec *parts, int count, off_t offset, int flags);
#endif

#if !__GLIBC_PREREQ(2, 27)
int memfd_create(const char *name, unsigned flags);
ssize_t copy_file_range(int from, off_t *from_offset, int to, off_t *to_offset, size_t length,
                        unsigned flags);
#endif

#if !__GLIBC_PREREQ(2, 34)
int close_range(unsigned first, unsigned last, int flags);
#endif

#if !__GLIBC_PREREQ(2, 36)
uint32_t arc4random(void);
void arc4random_buf(void *buffer, size_t length);
uint32_t arc4random_uniform(uint32_t bound);
#endif

#endif
