/* Which allocator serves CPython's memory domains. Mirrored in ffi.rs. */
#ifndef PYEMBED_ALLOCATOR_H
#define PYEMBED_ALLOCATOR_H

#include <stddef.h>

/* What PyMemAllocatorEx has; all of them, or NULL. The first argument is ignored. */
struct pyembed_allocator_functions {
    void *(*malloc)(void *, size_t);
    void *(*calloc)(void *, size_t, size_t);
    void *(*realloc)(void *, void *, size_t);
    void (*free)(void *, void *);
};

/* Switches are 0 or 1; of the domains, those are served by the functions that are 1. */
struct pyembed_allocator {
    int raw;
    int mem;
    int obj;
    /* Whether pymalloc takes its arenas from the functions. */
    int arenas;
    /* Whether CPython's debug hooks are put in front of what serves the domains. */
    int debug;
    /* Whether much of what CPython allocates is in the C library's heap. */
    int uses_heap;
    struct pyembed_allocator_functions functions;
};

/* Has the functions serve their domains. To be called before CPython's pre-initialization, which may
 * choose other allocators by its arguments and environment. The heap of a program that this is a guest
 * in is not for us to change. */
void pyembed_install_allocator(const struct pyembed_allocator *allocator, int is_guest);

/* Has them serve again, after the pre-initialization and before anything else, unless the user has
 * named other allocators. */
void pyembed_confirm_allocator(const struct pyembed_allocator *allocator);

#endif
