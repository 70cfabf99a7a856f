/* See files.h. This file: opening files, and what the others beside it have in common.
 *
 * A call that succeeds costs one comparison more than the C library's. */
#define _GNU_SOURCE
/* The C library's headers would define some of these functions themselves. */
#undef _FORTIFY_SOURCE
#include <errno.h>

#include "files.h"

#if defined(PYEMBED_SERVES_FILES)

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static const char *own_path;
static size_t own_length;
static const struct pyembed_packed_files *own_files;

void pyembed_serve_files(const char *executable, const struct pyembed_packed_files *packed)
{
    own_path = executable;
    own_length = strlen(executable);
    own_files = packed;
    pyembed_serve_status(executable);
    pyembed_serve_folders(packed);
}

void *pyembed_next(void **address, const char *name)
{
    void *next = __atomic_load_n(address, __ATOMIC_RELAXED);
    if (next == NULL) {
        next = dlsym(RTLD_NEXT, name);
        __atomic_store_n(address, next, __ATOMIC_RELAXED);
    }
    return next;
}

const struct pyembed_packed_files *pyembed_packed_at(int folder, const char *path)
{
    if (own_files == NULL) {
        return NULL;
    }
    if (errno == ENOTDIR) {
        /* Rare enough that the path may be looked at closely. */
        return *path == '/' || folder == AT_FDCWD ? own_files : NULL;
    }
    /* The executable was removed while it runs. */
    if (errno == ENOENT && strncmp(path, own_path, own_length) == 0 && path[own_length] == '/') {
        return own_files;
    }
    return NULL;
}

int pyembed_end(int answer, int before)
{
    if (answer == 0) {
        errno = before;
        return 0;
    }
    if (answer != PYEMBED_ELSEWHERE) {
        errno = answer;
    }
    return -1;
}

int pyembed_find(int folder, const char *path, struct pyembed_packed_node *node, int before)
{
    const struct pyembed_packed_files *packed = pyembed_packed_at(folder, path);
    if (packed == NULL) {
        return -1;
    }
    int error = errno;
    int answer = packed->find(path, node);
    errno = error;
    return pyembed_end(answer, before);
}

static int open_packed(int folder, const char *path, int flags, int before)
{
    int descriptor = -1;
    const struct pyembed_packed_files *packed = pyembed_packed_at(folder, path);
    if (packed == NULL) {
        return -1;
    }
    int error = errno;
    int answer = packed->open(path, flags, &descriptor);
    errno = error;
    return pyembed_end(answer, before) == 0 ? descriptor : -1;
}

/* Whether open() has a third argument. */
static int has_mode(int flags)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

EXPORTED int open(const char *path, int flags, ...)
{
    int before = errno;
    mode_t mode = 0;
    if (has_mode(flags)) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    int descriptor = NEXT(open)(path, flags, mode);
    return descriptor >= 0 ? descriptor : open_packed(AT_FDCWD, path, flags, before);
}

EXPORTED int openat(int folder, const char *path, int flags, ...)
{
    int before = errno;
    mode_t mode = 0;
    if (has_mode(flags)) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    int descriptor = NEXT(openat)(folder, path, flags, mode);
    return descriptor >= 0 ? descriptor : open_packed(folder, path, flags, before);
}

EXPORTED FILE *fopen(const char *path, const char *mode)
{
    int before = errno;
    FILE *file = NEXT(fopen)(path, mode);
    if (file != NULL) {
        return file;
    }
    int flags = *mode == 'r' && strchr(mode, '+') == NULL ? O_RDONLY : O_RDWR;
    if (strchr(mode, 'e') != NULL) {
        flags |= O_CLOEXEC;
    }
    int descriptor = open_packed(AT_FDCWD, path, flags, before);
    if (descriptor < 0) {
        return NULL;
    }
    file = fdopen(descriptor, mode);
    if (file == NULL) {
        int error = errno;
        (void)close(descriptor);
        errno = error;
    }
    return file;
}

ALSO(open64, open);
ALSO(openat64, openat);

/* What programs call that were compiled to have their arguments checked (_FORTIFY_SOURCE). */

extern int __open_2(const char *path, int flags);
extern int __openat_2(int folder, const char *path, int flags);

EXPORTED int __openat_2(int folder, const char *path, int flags)
{
    if (has_mode(flags)) {
        abort();
    }
    return openat(folder, path, flags);
}

EXPORTED int __open_2(const char *path, int flags)
{
    return __openat_2(AT_FDCWD, path, flags);
}

ALSO(__open64_2, __open_2);
ALSO(__openat64_2, __openat_2);
ALSO(fopen64, fopen);

#else

void pyembed_serve_files(const char *executable, const struct pyembed_packed_files *packed)
{
    (void)executable;
    (void)packed;
}

#endif
