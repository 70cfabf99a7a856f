/* See shared.h. */
#define _GNU_SOURCE
#include <Python.h>

#include "shared.h"

#if defined(__linux__) && defined(__GLIBC__) && defined(__LP64__)

#include <dlfcn.h>
#include <limits.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define HIDDEN __attribute__((visibility("hidden")))

extern const struct pyembed_symbol pyembed_symbols[] __attribute__((weak)) HIDDEN;
extern const size_t pyembed_symbol_count __attribute__((weak)) HIDDEN;

/* Whether this copy runs Python, or did. The note beside the table of symbols says where this is. */
HIDDEN int pyembed_copy_runs;

/* The note: see pyrepackager/src/link/shared.rs. */
#define NOTE_NAME "pyembed"
#define NOTE_TYPE 1

/* Whether an address comes from an object that the loader has loaded. */
static int has_address(const struct dl_phdr_info *object, const void *address)
{
    for (size_t index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        uintptr_t start = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && (uintptr_t)address - start < segment->p_memsz) {
            return 1;
        }
    }
    return 0;
}

static int is_in_executable(struct dl_phdr_info *object, size_t size, void *argument)
{
    (void)size;
    *(int *)argument = has_address(object, &pyembed_copy_runs);
    /* The first object is the executable. */
    return 1;
}

const char *pyembed_own_library(void)
{
    int is_executable = 1;
    Dl_info info;
    (void)dl_iterate_phdr(is_in_executable, &is_executable);
    if (is_executable || dladdr(&pyembed_copy_runs, &info) == 0) {
        return NULL;
    }
    return info.dli_fname;
}

int pyembed_binds(void)
{
    return &pyembed_symbol_count != NULL;
}

static int compare(const void *name, const void *symbol)
{
    return strcmp(name, ((const struct pyembed_symbol *)symbol)->name);
}

const void *pyembed_find_symbol(const char *name)
{
    const struct pyembed_symbol *found = NULL;
    if (pyembed_binds()) {
        found = bsearch(
            name, pyembed_symbols, pyembed_symbol_count, sizeof *pyembed_symbols, compare);
    }
    return found == NULL ? NULL : found->address;
}

HIDDEN void *pyembed_dlsym(void *handle, const char *name)
{
    if (pyembed_binds()) {
        /* That of the executable, of which ctypes.pythonapi believes that it has the API. */
        void *executable = dlopen(NULL, RTLD_LAZY);
        const void *found = handle == executable ? pyembed_find_symbol(name) : NULL;
        (void)dlclose(executable);
        if (found != NULL) {
            return (void *)found;
        }
    }
    return dlsym(handle, name);
}

void pyembed_stay_loaded(void)
{
    const char *path = pyembed_own_library();
    if (path != NULL) {
        (void)dlopen(path, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    }
}

/* Names of loaded objects. */
struct names {
    char **names;
    size_t count;
};

static int add_name(struct dl_phdr_info *object, size_t size, void *argument)
{
    struct names *all = argument;
    (void)size;
    if (object->dlpi_name == NULL || *object->dlpi_name == '\0') {
        return 0;
    }
    char **larger = realloc(all->names, (all->count + 1) * sizeof *larger);
    if (larger == NULL) {
        return 1;
    }
    all->names = larger;
    larger[all->count] = strdup(object->dlpi_name);
    all->count += larger[all->count] != NULL;
    return 0;
}

/* Whether a handle leads to a Python that is not this one and has started. */
static int runs_python(void *handle, Dl_info *info)
{
    int (*is_initialized)(void) = (int (*)(void))dlsym(handle, "Py_IsInitialized");
    if (is_initialized == NULL || is_initialized == Py_IsInitialized || !is_initialized()) {
        return 0;
    }
    /* Only a copy that exports its symbols is found so. */
    return dladdr((const void *)is_initialized, info) != 0;
}

/* Looks for a Python that exports its API: in the executable and what it was linked with, and in shared libraries that were
 * loaded later. */
static int find_exported(Dl_info *info)
{
    struct names all = {NULL, 0};
    int found = runs_python(RTLD_DEFAULT, info);
    if (!found && pyembed_own_library() != NULL) {
        (void)dl_iterate_phdr(add_name, &all);
    }
    for (size_t index = 0; index < all.count; index++) {
        void *handle = found ? NULL : dlopen(all.names[index], RTLD_LAZY | RTLD_NOLOAD);
        if (handle != NULL) {
            found = runs_python(handle, info);
            (void)dlclose(handle);
        }
        free(all.names[index]);
    }
    free(all.names);
    return found;
}

/* Where a path goes. */
struct place {
    char *path;
    size_t capacity;
};

static void copy_path(const struct place *place, const char *path)
{
    if (place->capacity > 0) {
        size_t length = strnlen(path, place->capacity - 1);
        memcpy(place->path, path, length);
        place->path[length] = '\0';
    }
}

/* The variable that a note of ours in a segment names, or NULL. */
static const int *variable_of_note(const char *start, size_t size)
{
    const size_t name_length = sizeof NOTE_NAME;
    for (size_t at = 0; size - at >= sizeof(ElfW(Nhdr)) && at < size;) {
        const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)(start + at);
        const char *name = (const char *)(note + 1);
        size_t padded = ((size_t)note->n_namesz + 3) & ~(size_t)3;
        const char *content = name + padded;
        if (padded + note->n_descsz > size - at - sizeof *note) {
            return NULL;
        }
        if (note->n_type == NOTE_TYPE && note->n_namesz == name_length &&
            note->n_descsz == sizeof(int64_t) && memcmp(name, NOTE_NAME, name_length) == 0) {
            int64_t distance;
            memcpy(&distance, content, sizeof distance);
            return (const int *)(content + distance);
        }
        at += sizeof *note + padded + (((size_t)note->n_descsz + 3) & ~(size_t)3);
    }
    return NULL;
}

/* Looks for a running copy of this code in an object. */
static int find_copy(struct dl_phdr_info *object, size_t size, void *argument)
{
    (void)size;
    for (size_t index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        if (segment->p_type != PT_NOTE || segment->p_align > 4) {
            continue;
        }
        const char *start = (const char *)(object->dlpi_addr + segment->p_vaddr);
        const int *variable = variable_of_note(start, segment->p_memsz);
        if (variable != NULL && variable != &pyembed_copy_runs && has_address(object, variable) &&
            __atomic_load_n(variable, __ATOMIC_SEQ_CST)) {
            copy_path(argument, object->dlpi_name == NULL ? "" : object->dlpi_name);
            return 1;
        }
    }
    return 0;
}

/* While the loader goes through its objects, it lets nobody else do so: of two copies that start at the same time one comes
 * first. */
static int claim(struct dl_phdr_info *object, size_t size, void *argument)
{
    (void)object;
    (void)size;
    if (dl_iterate_phdr(find_copy, argument)) {
        return 1;
    }
    __atomic_store_n(&pyembed_copy_runs, 1, __ATOMIC_SEQ_CST);
    return 2;
}

int pyembed_claim_process(char *path, size_t capacity)
{
    const struct place place = {path, capacity};
    Dl_info info;
    if (find_exported(&info)) {
        copy_path(&place, info.dli_fname == NULL ? "" : info.dli_fname);
        return 1;
    }
    return dl_iterate_phdr(claim, (void *)&place) == 1;
}

#else

const char *pyembed_own_library(void)
{
    return NULL;
}

int pyembed_binds(void)
{
    return 0;
}

const void *pyembed_find_symbol(const char *name)
{
    (void)name;
    return NULL;
}

int pyembed_claim_process(char *path, size_t capacity)
{
    (void)path;
    (void)capacity;
    return 0;
}

void pyembed_stay_loaded(void)
{
}

#endif
