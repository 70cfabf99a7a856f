/* Lets packed shared libraries be loaded by the path that they seem to have, below this
 * executable's own.
 *
 * CPython loads an extension module with dlopen(), ctypes a library. Both call ours (libraries.c), which
 * asks about paths that lead into this executable and leaves the others to the C library. Shared
 * libraries that are loaded at run time keep the C library's function. */
#ifndef PYEMBED_LIBRARIES_H
#define PYEMBED_LIBRARIES_H

#include <stddef.h>

#include "loader_files.h"

/* Room for the reason why a library was not loaded, with the NUL at its end. */
#define PYEMBED_LIBRARY_MESSAGE 4096

/* What load() answers. */
#define PYEMBED_LIBRARY_LOADED 0
/* The message says why not. */
#define PYEMBED_LIBRARY_FAILED 1
/* No packed library has that path or name. */
#define PYEMBED_LIBRARY_ELSEWHERE (-1)

/* What answers. One call is made at a time. */
struct pyembed_packed_libraries {
    /* Loads the packed library at a path or, when there is no slash in it, of a file's name. `mode` is that
     * of dlopen(). The message has room for PYEMBED_LIBRARY_MESSAGE bytes. */
    int (*load)(const char *path, int mode, void **handle, char *message);
    /* Whether load() has an answer for the path or name. */
    int (*knows)(const char *path);
};

/* Begins to serve; the table must live as long as the process. */
void pyembed_serve_libraries(const struct pyembed_packed_libraries *packed);

/* The C library's dlopen(). Where `name` is not NULL, the loader calls the library so from then on: to
 * dladdr(), to dl_iterate_phdr(), and when somebody asks for a library of that name. The name must
 * live as long as the process, and so must the library.
 *
 * `files` are what the loader opens by descriptor: the library, and others that need it and that it needs; none
 * where `path` leads to a file. The library may lie inside this executable's own file. */
void *pyembed_load_object(
    const char *path, const char *name, int mode, struct pyembed_loader_file *files, size_t count);

/* Where in the file of this executable or shared library an address comes from, or -1. */
long pyembed_file_offset(const void *address);

/* The C library's dlerror(). */
char *pyembed_load_error(void);

#endif
