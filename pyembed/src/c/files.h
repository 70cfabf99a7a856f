/* Lets packed files be opened by the path that they seem to have, below this executable's own.
 *
 * The kernel says ENOTDIR to such a path, as an executable is no folder. The functions by which
 * CPython and the libraries linked with it open files and look at them are ours (files.c,
 * status.c, folders.c): they do what the C library's do, and only when that has failed, and the path leads
 * into this executable, do they ask for what is packed. The shared libraries that are loaded at run time
 * get those of them that are exported, as libxml2, Tcl and others open files and list folders that lie
 * beside them. */
#ifndef PYEMBED_FILES_H
#define PYEMBED_FILES_H

#include <stddef.h>
#include <stdint.h>

enum pyembed_node_kind { PYEMBED_FILE = 0, PYEMBED_PROGRAM = 1, PYEMBED_FOLDER = 2 };

/* What is at a path: a folder, or a file of so many bytes, which may be one that can be run. */
struct pyembed_packed_node {
    /* Stands for the path; never 0. */
    uint64_t inode;
    uint64_t size;
    enum pyembed_node_kind kind;
};

/* What is in a folder. */
struct pyembed_packed_folder;

/* What answers. Each function gives 0, an errno, or PYEMBED_ELSEWHERE for a path that does not lead
 * into the executable; paths may be relative. */
struct pyembed_packed_files {
    int (*find)(const char *path, struct pyembed_packed_node *node);
    /* Flags are those of open(). */
    int (*open)(const char *path, int flags, int *descriptor);
    /* The folder is to be given back to free(). */
    int (*list)(const char *path, struct pyembed_packed_folder **folder);
    /* One of what is in a folder, the first at position 0; ENOENT behind the last. Its size is not
     * filled in, nor whether a file can be run; its name ends in NUL and has room for `capacity` bytes. */
    int (*child)(const struct pyembed_packed_folder *folder, size_t position,
                 struct pyembed_packed_node *node, char *name, size_t capacity);
    void (*free)(struct pyembed_packed_folder *folder);
    /* The canonical path of what is at a path; there is room for `capacity` bytes. */
    int (*locate)(const char *path, char *canonical, size_t capacity);
};

#define PYEMBED_ELSEWHERE (-1)

/* Begins to serve. `executable` is sys.executable; both must live as long as the process. */
void pyembed_serve_files(const char *executable, const struct pyembed_packed_files *packed);

#if defined(__linux__) && defined(__GLIBC__) && defined(__LP64__)

#define PYEMBED_SERVES_FILES

/* Outside of this executable, libraries keep the C library's functions. */
#define OURS __attribute__((visibility("hidden")))

/* Libraries call ours as well: the linker is told to export them, see link/plan.rs in pyrepackager. */
#define EXPORTED __attribute__((visibility("default")))

/* A second name of one of our functions: where pointers have 64 bits, so have sizes of files. */
#define ALSO(name, function) EXPORTED extern __typeof__(function) name __attribute__((alias(#function)))

/* The same where types differ, but only in the name of a structure. */
#define ALSO_OF_64(name, function) extern __typeof__(name) name __attribute__((alias(#function)))
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wattribute-alias"
#endif

/* The function of the C library, or of what was loaded in front of it, whose name one of ours has;
 * NULL where it has none. It is looked up at its first use. */
#define NEXT(function)                                                                            \
    ((__typeof__(&function))pyembed_next(                                                         \
        ({                                                                                        \
            static void *address;                                                                 \
            &address;                                                                             \
        }),                                                                                       \
        #function))

void *pyembed_next(void **address, const char *name) OURS;

/* What to ask about a path after a call has failed: NULL when the failure has nothing to do with
 * packed files. Paths are relative to `folder`, as those of openat() are. */
const struct pyembed_packed_files *pyembed_packed_at(int folder, const char *path) OURS;

/* What a call ends with that asked for what is packed: 0, or -1 with errno as `answer` says. errno
 * stays what the C library's function has made it when the answer is PYEMBED_ELSEWHERE; a call that
 * succeeds leaves it as it was `before`, as callers look at it that have set it to 0. */
int pyembed_end(int answer, int before) OURS;

/* Looks for what is packed at a path after a call has failed: as pyembed_end(). */
int pyembed_find(int folder, const char *path, struct pyembed_packed_node *node, int before) OURS;

/* Parts of pyembed_serve_files(). That they are called also has the linker take the files that they
 * are in, before it comes to the C library. */
void pyembed_serve_status(const char *executable) OURS;
void pyembed_serve_folders(const struct pyembed_packed_files *packed) OURS;

#endif

#endif
