/* See allocator.h. */
#include <Python.h>
#include <stdlib.h>
#include <string.h>

#include "allocator.h"
#include "memory.h"

/* CPython exports this, but declares it in an internal header from 3.13 on
 * (internal/pycore_pymem.h). Gives NULL for allocators that are not its own. */
extern const char *_PyMem_GetCurrentAllocatorName(void);

/* The names of what CPython takes when it is free to choose, without debug hooks and with them. */
#ifdef WITH_PYMALLOC
#define DEFAULT "pymalloc"
#else
#define DEFAULT "malloc"
#endif
#define DEFAULT_WITH_HOOKS DEFAULT "_debug"

static void *allocate_arena(void *context, size_t size)
{
    return ((const struct pyembed_allocator_functions *)context)->malloc(NULL, size);
}

static void free_arena(void *context, void *arena, size_t size)
{
    (void)size;
    ((const struct pyembed_allocator_functions *)context)->free(NULL, arena);
}

static void serve_arenas(const struct pyembed_allocator_functions *functions)
{
    /* CPython keeps the pointer. */
    static struct pyembed_allocator_functions kept;
    kept = *functions;
    PyObjectArenaAllocator arenas = {&kept, allocate_arena, free_arena};
    PyObject_SetArenaAllocator(&arenas);
}

static void serve_domains(const struct pyembed_allocator *allocator)
{
    const struct pyembed_allocator_functions *functions = &allocator->functions;
    PyMemAllocatorEx domain = {
        NULL, functions->malloc, functions->calloc, functions->realloc, functions->free,
    };
    if (allocator->raw) {
        PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &domain);
    }
    if (allocator->mem) {
        PyMem_SetAllocator(PYMEM_DOMAIN_MEM, &domain);
    }
    if (allocator->obj) {
        PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &domain);
    }
}

void pyembed_install_allocator(const struct pyembed_allocator *allocator, int is_guest)
{
    if (allocator->arenas) {
        serve_arenas(&allocator->functions);
    } else if (!is_guest) {
        pyembed_use_large_pages(allocator->uses_heap);
    }
    serve_domains(allocator);
}

void pyembed_confirm_allocator(const struct pyembed_allocator *allocator)
{
    int debug = allocator->debug;
    const char *name = _PyMem_GetCurrentAllocatorName();
    if (name != NULL) {
        /* Nothing was installed, or PYTHONMALLOC, -X dev or PYTHONDEVMODE has replaced it. */
        const char *named = getenv("PYTHONMALLOC");
        int has_hooks = strcmp(name, DEFAULT_WITH_HOOKS) == 0;
        if (!has_hooks && strcmp(name, DEFAULT) != 0) {
            return;
        }
        if (named != NULL && strcmp(named, name) == 0) {
            return;
        }
        debug |= has_hooks;
        serve_domains(allocator);
    }
    if (debug) {
        PyMem_SetupDebugHooks();
    }
}
