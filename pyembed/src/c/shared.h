/* What is different where this code is part of a shared library, which another program loads: whose file it is in, what
 * packed libraries are bound to, and that there may be other copies of Python in the process. */
#ifndef PYEMBED_SHARED_H
#define PYEMBED_SHARED_H

#include <stddef.h>

/* One of Python's API, or of the functions of the C library in whose place this library has its own. The table is written by
 * pyrepackager/src/link/shared.rs, for shared libraries only. */
struct pyembed_symbol {
    const char *name;
    const void *address;
};

/* The path of the shared library that this code is in, as the loader was given it, or NULL: it is in the executable. The
 * string is the loader's, and lives as long as the library. */
const char *pyembed_own_library(void);

/* Whether packed libraries are bound to symbols of this library, as it exports none. */
int pyembed_binds(void);

/* The address of one of these symbols, or NULL. */
const void *pyembed_find_symbol(const char *name);

/* As dlsym(), but of the executable's handle it gives these symbols first. The distribution's own code calls this: see REDIRECTED in
 * pyrepackager/src/link/isolate.rs. */
void *pyembed_dlsym(void *handle, const char *name);

/* Whether this process runs another copy of Python, or had one: then writes the path of the file that has it into `path`,
 * which has room for `capacity` bytes and is empty for the executable, and gives 1. Otherwise gives 0, and other copies of this code
 * will find that this one runs. */
int pyembed_claim_process(char *path, size_t capacity);

/* Has the loader keep the shared library that this code is in, whoever closes it. */
void pyembed_stay_loaded(void);

#endif
