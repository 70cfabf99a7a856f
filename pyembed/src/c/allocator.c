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

#if defined(__linux__)

/* CPython frees some memory with the allocator of the C library, whatever serves the raw domain: what outlives
 * the interpreter, or is older than its settings. For each time it puts that allocator in the place of the domain's by
 * _PyMem_SetDefaultAllocator(), and the domain's back by PyMem_SetAllocator(). Threads that are in the midst of
 * something without the interpreter's lock then free with the one what they have from the other. Here both functions,
 * which the packager gives other names in CPython (link/isolate.rs), are about the calling thread only. (From 3.14 on
 * CPython calls the C library's allocator by functions of their own.) */
extern void python_private_PyMem_SetAllocator(PyMemAllocatorDomain, PyMemAllocatorEx *);
extern int python_private__PyMem_SetDefaultAllocator(PyMemAllocatorDomain, PyMemAllocatorEx *)
    __attribute__((weak));

/* What serves the raw domain, unless debug hooks are before it: their blocks and the C library's cannot be told apart. */
static struct pyembed_allocator_functions raw_functions;
static int serves_raw;
/* How many times this thread has asked for the C library's allocator and not yet given it back. */
static __thread unsigned default_requests;

static void *raw_malloc(void *context, size_t size)
{
    return default_requests ? malloc(size ? size : 1) : raw_functions.malloc(context, size);
}

static void *raw_calloc(void *context, size_t count, size_t size)
{
    if (default_requests) {
        return count && size ? calloc(count, size) : calloc(1, 1);
    }
    return raw_functions.calloc(context, count, size);
}

static void *raw_realloc(void *context, void *memory, size_t size)
{
    return default_requests ? realloc(memory, size ? size : 1)
                            : raw_functions.realloc(context, memory, size);
}

static void raw_free(void *context, void *memory)
{
    if (default_requests) {
        free(memory);
    } else {
        raw_functions.free(context, memory);
    }
}

int _PyMem_SetDefaultAllocator(PyMemAllocatorDomain domain, PyMemAllocatorEx *old_allocator)
{
    if (domain != PYMEM_DOMAIN_RAW || !serves_raw) {
        return python_private__PyMem_SetDefaultAllocator(domain, old_allocator);
    }
    if (old_allocator != NULL) {
        PyMem_GetAllocator(domain, old_allocator);
    }
    default_requests++;
    return 0;
}

void PyMem_SetAllocator(PyMemAllocatorDomain domain, PyMemAllocatorEx *allocator)
{
    if (domain == PYMEM_DOMAIN_RAW && default_requests > 0) {
        default_requests--;
    } else {
        python_private_PyMem_SetAllocator(domain, allocator);
    }
}

static void serve_raw(const struct pyembed_allocator_functions *functions)
{
    PyMemAllocatorEx domain = {NULL, raw_malloc, raw_calloc, raw_realloc, raw_free};
    raw_functions = *functions;
    serves_raw = 1;
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &domain);
}

static void give_back_raw(void)
{
    serves_raw = 0;
}

#else

static void serve_raw(const struct pyembed_allocator_functions *functions)
{
    PyMemAllocatorEx domain = {
        NULL, functions->malloc, functions->calloc, functions->realloc, functions->free,
    };
    PyMem_SetAllocator(PYMEM_DOMAIN_RAW, &domain);
}

static void give_back_raw(void)
{
}

#endif

static void serve_domains(const struct pyembed_allocator *allocator)
{
    const struct pyembed_allocator_functions *functions = &allocator->functions;
    PyMemAllocatorEx domain = {
        NULL, functions->malloc, functions->calloc, functions->realloc, functions->free,
    };
    if (allocator->raw) {
        serve_raw(functions);
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

/* Has them serve again, unless the user has named other allocators; returns whether debug hooks are wanted. */
static int serve_again(const struct pyembed_allocator *allocator)
{
    const char *name = _PyMem_GetCurrentAllocatorName();
    if (name == NULL) {
        /* They still serve. */
        return allocator->debug;
    }
    /* Nothing was installed, or PYTHONMALLOC, -X dev or PYTHONDEVMODE has replaced it. */
    const char *named = getenv("PYTHONMALLOC");
    int has_hooks = strcmp(name, DEFAULT_WITH_HOOKS) == 0;
    int is_default = has_hooks || strcmp(name, DEFAULT) == 0;
    if (!is_default || (named != NULL && strcmp(named, name) == 0)) {
        give_back_raw();
        return 0;
    }
    serve_domains(allocator);
    return allocator->debug || has_hooks;
}

void pyembed_confirm_allocator(const struct pyembed_allocator *allocator)
{
    if (serve_again(allocator)) {
        give_back_raw();
        PyMem_SetupDebugHooks();
    }
}
