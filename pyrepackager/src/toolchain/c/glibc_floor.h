/* Functions that glibc got after 2.17, for code that is compiled for an older one.
 *
 * Each is a system call, or made of what glibc 2.17 has, and behaves as glibc's own: where the kernel lacks
 * the call, it fails with ENOSYS.
 *
 * This is read before anything else, so it must not include what settles which features the C library's own headers
 * declare. Types are written as what they are on 64-bit Linux, and Zig itself defines the version. */
/* Code in assembly language has no use for it. */
#if !defined GLIBC_FLOOR_H && !defined __ASSEMBLER__
#define GLIBC_FLOOR_H

_Static_assert(sizeof(long) == 8, "`ssize_t` and `off_t` are `long`");

struct iovec;

#if __GLIBC_MINOR__ < 25
long getrandom(void *buffer, unsigned long length, unsigned flags);
void explicit_bzero(void *memory, unsigned long length);
#endif

#if __GLIBC_MINOR__ < 26
long preadv2(int file, const struct iovec *parts, int count, long offset, int flags);
long pwritev2(int file, const struct iovec *parts, int count, long offset, int flags);
#endif

#if __GLIBC_MINOR__ < 27
int memfd_create(const char *name, unsigned flags);
long copy_file_range(int from, long *from_offset, int to, long *to_offset, unsigned long length,
                     unsigned flags);
#endif

#if __GLIBC_MINOR__ < 34
int close_range(unsigned first, unsigned last, int flags);
#endif

#if __GLIBC_MINOR__ < 36
unsigned arc4random(void);
void arc4random_buf(void *buffer, unsigned long length);
unsigned arc4random_uniform(unsigned bound);
#endif

#endif
