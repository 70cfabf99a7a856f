/* See files.h. This file: what is known of files and folders without opening them. */
#define _GNU_SOURCE
/* The C library's headers would define some of these functions themselves. */
#undef _FORTIFY_SOURCE
#include <errno.h>

#include "files.h"

#if defined(PYEMBED_SERVES_FILES)

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Kind and permissions, as those of what is installed, by kind of node; see FILE_MODE and PROGRAM_MODE in
 * files/answers.rs. */
static const mode_t modes[] = {
    [PYEMBED_FILE] = S_IFREG | 0644,
    [PYEMBED_PROGRAM] = S_IFREG | 0755,
    [PYEMBED_FOLDER] = S_IFDIR | 0755,
};
/* What a file system says that reads best. */
#define BLOCK_SIZE 4096

static const char *own_path;

void pyembed_serve_status(const char *executable)
{
    own_path = executable;
}

/* Before glibc 2.33 the functions of the family of stat() had other names and a number in front. */
extern int __xstat(int version, const char *path, struct stat *status);
extern int __lxstat(int version, const char *path, struct stat *status);
extern int __fxstatat(int version, int folder, const char *path, struct stat *status, int flags);

#if defined(__x86_64__)
#define STAT_VERSION 1
#else
#define STAT_VERSION 0
#endif

static int next_status(int folder, const char *path, struct stat *status, int flags)
{
    __typeof__(&fstatat) next = NEXT(fstatat);
    if (next != NULL) {
        return next(folder, path, status, flags);
    }
    return NEXT(__fxstatat)(STAT_VERSION, folder, path, status, flags);
}

EXPORTED int fstatat(int folder, const char *restrict path, struct stat *restrict status, int flags)
{
    int before = errno;
    if (next_status(folder, path, status, flags) == 0) {
        return 0;
    }
    struct pyembed_packed_node node;
    if (pyembed_find(folder, path, &node, before) != 0) {
        return -1;
    }
    /* Device, owner and times are the executable's, which may be gone. */
    if (next_status(AT_FDCWD, own_path, status, 0) != 0 &&
        next_status(AT_FDCWD, "/proc/self/exe", status, 0) != 0) {
        memset(status, 0, sizeof *status);
        errno = before;
    }
    status->st_ino = node.inode;
    status->st_mode = modes[node.kind];
    status->st_nlink = node.kind == PYEMBED_FOLDER ? 2 : 1;
    status->st_rdev = 0;
    status->st_size = (off_t)node.size;
    status->st_blksize = BLOCK_SIZE;
    status->st_blocks = (blkcnt_t)((node.size + 511) / 512);
    return 0;
}

EXPORTED int stat(const char *restrict path, struct stat *restrict status)
{
    return fstatat(AT_FDCWD, path, status, 0);
}

EXPORTED int lstat(const char *restrict path, struct stat *restrict status)
{
    return fstatat(AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

EXPORTED int __fxstatat(int version, int folder, const char *path, struct stat *status, int flags)
{
    (void)version;
    return fstatat(folder, path, status, flags);
}

EXPORTED int __xstat(int version, const char *path, struct stat *status)
{
    return __fxstatat(version, AT_FDCWD, path, status, 0);
}

EXPORTED int __lxstat(int version, const char *path, struct stat *status)
{
    return __fxstatat(version, AT_FDCWD, path, status, AT_SYMLINK_NOFOLLOW);
}

extern int __xstat64(int version, const char *path, struct stat64 *status);
extern int __lxstat64(int version, const char *path, struct stat64 *status);
extern int __fxstatat64(int version, int folder, const char *path, struct stat64 *status,
                        int flags);

EXPORTED ALSO_OF_64(stat64, stat);
EXPORTED ALSO_OF_64(lstat64, lstat);
EXPORTED ALSO_OF_64(fstatat64, fstatat);
EXPORTED ALSO_OF_64(__xstat64, __xstat);
EXPORTED ALSO_OF_64(__lxstat64, __lxstat);
EXPORTED ALSO_OF_64(__fxstatat64, __fxstatat);

#if defined(STATX_BASIC_STATS)

static struct statx_timestamp timestamp(struct timespec time)
{
    return (struct statx_timestamp){.tv_sec = time.tv_sec, .tv_nsec = (uint32_t)time.tv_nsec};
}

/* Rust's standard library prefers it to stat(). */
EXPORTED int statx(int folder, const char *restrict path, int flags, unsigned int mask,
               struct statx *restrict status)
{
    int before = errno;
    __typeof__(&statx) next = NEXT(statx);
    if (next == NULL) {
        errno = ENOSYS;
        return -1;
    }
    if (next(folder, path, flags, mask, status) == 0) {
        return 0;
    }
    struct stat found;
    if (pyembed_packed_at(folder, path) == NULL || fstatat(folder, path, &found, 0) != 0) {
        return -1;
    }
    errno = before;
    memset(status, 0, sizeof *status);
    status->stx_mask = STATX_BASIC_STATS;
    status->stx_blksize = (uint32_t)found.st_blksize;
    status->stx_nlink = (uint32_t)found.st_nlink;
    status->stx_uid = found.st_uid;
    status->stx_gid = found.st_gid;
    status->stx_mode = (uint16_t)found.st_mode;
    status->stx_ino = found.st_ino;
    status->stx_size = (uint64_t)found.st_size;
    status->stx_blocks = (uint64_t)found.st_blocks;
    status->stx_atime = timestamp(found.st_atim);
    status->stx_ctime = timestamp(found.st_ctim);
    status->stx_mtime = timestamp(found.st_mtim);
    status->stx_dev_major = major(found.st_dev);
    status->stx_dev_minor = minor(found.st_dev);
    return 0;
}

#endif

EXPORTED int faccessat(int folder, const char *path, int mode, int flags)
{
    int before = errno;
    if (NEXT(faccessat)(folder, path, mode, flags) == 0) {
        return 0;
    }
    struct pyembed_packed_node node;
    if (pyembed_find(folder, path, &node, before) != 0) {
        return -1;
    }
    if ((mode & W_OK) != 0) {
        return pyembed_end(EROFS, before);
    }
    return pyembed_end((mode & X_OK) != 0 && node.kind == PYEMBED_FILE ? EACCES : 0, before);
}

EXPORTED int access(const char *path, int mode)
{
    return faccessat(AT_FDCWD, path, mode, 0);
}

EXPORTED ssize_t readlinkat(int folder, const char *restrict path, char *restrict target, size_t size)
{
    int before = errno;
    ssize_t length = NEXT(readlinkat)(folder, path, target, size);
    if (length >= 0) {
        return length;
    }
    struct pyembed_packed_node node;
    /* There are no links among packed files. */
    return pyembed_find(folder, path, &node, before) != 0 ? -1 : pyembed_end(EINVAL, before);
}

EXPORTED ssize_t readlink(const char *restrict path, char *restrict target, size_t size)
{
    return readlinkat(AT_FDCWD, path, target, size);
}

EXPORTED char *realpath(const char *restrict path, char *restrict resolved)
{
    int before = errno;
    char *found = NEXT(realpath)(path, resolved);
    const struct pyembed_packed_files *packed;
    if (found != NULL || path == NULL || (packed = pyembed_packed_at(AT_FDCWD, path)) == NULL) {
        return found;
    }
    int error = errno;
    char canonical[PATH_MAX];
    int answer = packed->locate(path, canonical, sizeof canonical);
    errno = error;
    if (pyembed_end(answer, before) != 0) {
        return NULL;
    }
    return resolved != NULL ? strcpy(resolved, canonical) : strdup(canonical);
}

EXPORTED char *canonicalize_file_name(const char *path)
{
    return realpath(path, NULL);
}

/* What programs call that were compiled to have the sizes of their buffers checked (_FORTIFY_SOURCE). */

extern char *__realpath_chk(const char *path, char *resolved, size_t size);
extern ssize_t __readlink_chk(const char *path, char *target, size_t length, size_t size);
extern ssize_t __readlinkat_chk(int folder, const char *path, char *target, size_t length,
                                size_t size);

EXPORTED char *__realpath_chk(const char *path, char *resolved, size_t size)
{
    if (size < PATH_MAX) {
        abort();
    }
    return realpath(path, resolved);
}

EXPORTED ssize_t __readlinkat_chk(int folder, const char *path, char *target, size_t length,
                                  size_t size)
{
    if (size < length) {
        abort();
    }
    return readlinkat(folder, path, target, length);
}

EXPORTED ssize_t __readlink_chk(const char *path, char *target, size_t length, size_t size)
{
    return __readlinkat_chk(AT_FDCWD, path, target, length, size);
}

/* Packed files have no extended attributes; shutil.copystat() asks. */

static ssize_t get_attribute(const char *path, int before)
{
    struct pyembed_packed_node node;
    return pyembed_find(AT_FDCWD, path, &node, before) != 0 ? -1 : pyembed_end(ENODATA, before);
}

OURS ssize_t getxattr(const char *path, const char *name, void *value, size_t size)
{
    int before = errno;
    ssize_t length = NEXT(getxattr)(path, name, value, size);
    return length >= 0 ? length : get_attribute(path, before);
}

OURS ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size)
{
    int before = errno;
    ssize_t length = NEXT(lgetxattr)(path, name, value, size);
    return length >= 0 ? length : get_attribute(path, before);
}

static ssize_t list_attributes(const char *path, int before)
{
    struct pyembed_packed_node node;
    return pyembed_find(AT_FDCWD, path, &node, before);
}

OURS ssize_t listxattr(const char *path, char *list, size_t size)
{
    int before = errno;
    ssize_t length = NEXT(listxattr)(path, list, size);
    return length >= 0 ? length : list_attributes(path, before);
}

OURS ssize_t llistxattr(const char *path, char *list, size_t size)
{
    int before = errno;
    ssize_t length = NEXT(llistxattr)(path, list, size);
    return length >= 0 ? length : list_attributes(path, before);
}

/* The file system is the executable's, but for reading only. */
OURS int statvfs(const char *restrict path, struct statvfs *restrict status)
{
    int before = errno;
    if (NEXT(statvfs)(path, status) == 0) {
        return 0;
    }
    struct pyembed_packed_node node;
    if (pyembed_find(AT_FDCWD, path, &node, before) != 0 ||
        NEXT(statvfs)(own_path, status) != 0) {
        return -1;
    }
    status->f_flag |= ST_RDONLY;
    return 0;
}

OURS ALSO_OF_64(statvfs64, statvfs);

#endif
