/* Lets the dynamic loader open libraries that no file system has: inside this executable's file, or in
 * memory where /proc is not mounted.
 *
 * The loader opens files by path, and its calls of the kernel pass by functions that an executable
 * could define. But a thread can have the kernel hand its own system calls back to it, as signals
 * (Syscall User Dispatch, Linux 5.11, Documentation/admin-guide/syscall-user-dispatch.rst). Ours makes
 * each call as it was meant, except for those about the libraries that are to be loaded: these
 * open a file that is open already, and count positions in it from the library's first byte. So the
 * library's pages are mapped from where they lie, without a copy, and processes share them.
 *
 * It ends as soon as the last library is mapped, before anything runs that is in one. */
#ifndef PYEMBED_LOADER_FILES_H
#define PYEMBED_LOADER_FILES_H

#include <stddef.h>

/* A library that the loader may open. */
struct pyembed_loader_file {
    /* The path by which it is opened; with another folder in front, it is opened, too. */
    const char *path;
    /* The file that it lies in, and where, in bytes: a multiple of a page's size. */
    int file;
    long offset;
    /* Whether it has been opened. */
    int is_opened;
};

/* Whether the kernel hands system calls back. */
int pyembed_can_load_from_files(void);

/* Calls load(files[0].path, mode), which is to open each of `count` files once, and returns its result. One
 * thread at a time may be in here. */
void *pyembed_load_from_files(
    void *(*load)(const char *path, int mode), struct pyembed_loader_file *files, size_t count,
    int mode);

#endif
