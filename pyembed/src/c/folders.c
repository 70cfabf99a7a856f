/* See files.h. This file: listing folders.
 *
 * A stream of a packed folder is told from the C library's, whose inside is that library's own
 * matter, by the lowest bit of its address: what is allocated lies at even ones. */
#define _GNU_SOURCE
#include <errno.h>

#include "files.h"

#if defined(PYEMBED_SERVES_FILES)

/* readdir_r() is deprecated. */
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

struct stream {
    struct pyembed_packed_folder *folder;
    /* Of the entry that is next. */
    size_t position;
    /* What readdir() returned last. */
    struct dirent entry;
};

static const struct pyembed_packed_files *own_files;

void pyembed_serve_folders(const struct pyembed_packed_files *packed)
{
    own_files = packed;
}

/* The stream of a packed folder, NULL when it is one of the C library's. */
static struct stream *packed_stream(DIR *folder)
{
    uintptr_t address = (uintptr_t)folder;
    return (address & 1) != 0 ? (struct stream *)(address - 1) : NULL;
}

EXPORTED DIR *opendir(const char *path)
{
    int before = errno;
    DIR *folder = NEXT(opendir)(path);
    const struct pyembed_packed_files *packed;
    if (folder != NULL || (packed = pyembed_packed_at(AT_FDCWD, path)) == NULL) {
        return folder;
    }
    int error = errno;
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return NULL;
    }
    int answer = packed->list(path, &stream->folder);
    if (answer != 0) {
        free(stream);
    }
    errno = error;
    if (pyembed_end(answer, before) != 0) {
        return NULL;
    }
    return (DIR *)((uintptr_t)stream + 1);
}

EXPORTED struct dirent *readdir(DIR *folder)
{
    struct stream *stream = packed_stream(folder);
    if (stream == NULL) {
        return NEXT(readdir)(folder);
    }
    struct pyembed_packed_node node;
    struct dirent *entry = &stream->entry;
    int answer = own_files->child(stream->folder, stream->position, &node, entry->d_name,
                                sizeof entry->d_name);
    if (answer != 0) {
        /* The end is no error. */
        if (answer != ENOENT) {
            errno = answer;
        }
        return NULL;
    }
    stream->position++;
    entry->d_ino = node.inode;
    entry->d_off = (off_t)stream->position;
    entry->d_reclen = sizeof *entry;
    entry->d_type = node.kind == PYEMBED_FOLDER ? DT_DIR : DT_REG;
    return entry;
}

EXPORTED ALSO_OF_64(readdir64, readdir);

/* Deprecated, but libraries call it; the C library's would take our stream for one of its own. */
EXPORTED int readdir_r(DIR *folder, struct dirent *entry, struct dirent **result)
{
    if (packed_stream(folder) == NULL) {
        return NEXT(readdir_r)(folder, entry, result);
    }
    int before = errno;
    errno = 0;
    struct dirent *next = readdir(folder);
    int error = errno;
    errno = before;
    if (next != NULL) {
        *entry = *next;
        error = 0;
    }
    *result = next == NULL ? NULL : entry;
    return error;
}

EXPORTED ALSO_OF_64(readdir64_r, readdir_r);

EXPORTED int closedir(DIR *folder)
{
    struct stream *stream = packed_stream(folder);
    if (stream == NULL) {
        return NEXT(closedir)(folder);
    }
    own_files->free(stream->folder);
    free(stream);
    return 0;
}

EXPORTED void rewinddir(DIR *folder)
{
    struct stream *stream = packed_stream(folder);
    if (stream == NULL) {
        NEXT(rewinddir)(folder);
    } else {
        stream->position = 0;
    }
}

EXPORTED long telldir(DIR *folder)
{
    struct stream *stream = packed_stream(folder);
    return stream == NULL ? NEXT(telldir)(folder) : (long)stream->position;
}

EXPORTED void seekdir(DIR *folder, long position)
{
    struct stream *stream = packed_stream(folder);
    if (stream == NULL) {
        NEXT(seekdir)(folder, position);
    } else {
        stream->position = (size_t)position;
    }
}

/* The C library's calls its own opendir(). */
EXPORTED int scandir(const char *path, struct dirent ***found, int (*keeps)(const struct dirent *),
                     int (*compare)(const struct dirent **, const struct dirent **))
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return -1;
    }
    struct dirent **list = NULL;
    size_t count = 0;
    int error = 0;
    struct dirent *entry;
    while ((errno = 0, entry = readdir(folder)) != NULL) {
        if (keeps != NULL && keeps(entry) == 0) {
            continue;
        }
        struct dirent **longer = realloc(list, (count + 1) * sizeof *list);
        struct dirent *copy = malloc(sizeof *copy);
        if (longer != NULL) {
            list = longer;
        }
        if (longer == NULL || copy == NULL) {
            free(copy);
            errno = ENOMEM;
            break;
        }
        /* What the C library returns may be shorter than the structure. */
        memcpy(copy, entry, offsetof(struct dirent, d_name));
        strcpy(copy->d_name, entry->d_name);
        list[count++] = copy;
    }
    error = errno;
    (void)closedir(folder);
    if (error != 0) {
        while (count > 0) {
            free(list[--count]);
        }
        free(list);
        errno = error;
        return -1;
    }
    if (count > 1 && compare != NULL) {
        qsort(list, count, sizeof *list, (int (*)(const void *, const void *))compare);
    }
    *found = list;
    return (int)count;
}

EXPORTED ALSO_OF_64(scandir64, scandir);

EXPORTED int dirfd(DIR *folder)
{
    if (packed_stream(folder) == NULL) {
        return NEXT(dirfd)(folder);
    }
    /* No descriptor can stand for a folder that the kernel does not know. */
    errno = ENOTSUP;
    return -1;
}

#endif
