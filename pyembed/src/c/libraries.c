/* See libraries.h. */
#define _GNU_SOURCE
#include "libraries.h"

#include "files.h"
#include "loader_files.h"

#if defined(PYEMBED_SERVES_FILES)

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct pyembed_packed_libraries *own_libraries;

/* Two threads must not load a library at the same time: it would be there twice, as the loader knows files
 * by the names that it is given, and ours have none. A library's initialiser may load another one. */
static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

/* What this thread's dlerror() says next, when the reason is ours. */
static __thread char message[PYEMBED_LIBRARY_MESSAGE];
static __thread int has_message;

static void before_fork(void)
{
    (void)pthread_mutex_lock(&lock);
}

static void after_fork_in_parent(void)
{
    (void)pthread_mutex_unlock(&lock);
}

/* The thread that holds the lock has another number here, and may not unlock it. */
static void after_fork_in_child(void)
{
    static const pthread_mutex_t unlocked = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    lock = unlocked;
}

/* An address in this executable or shared library, and where in its file that comes from. */
struct place {
    size_t address;
    long offset;
};

static void *load_next(const char *path, int mode)
{
    return NEXT(dlopen)(path, mode);
}

/* Past our own access(), which may look the C library's up: the loader would forget its error. */
static int has_proc(void)
{
    return syscall(SYS_faccessat, AT_FDCWD, "/proc/self/fd", F_OK) == 0;
}

void *pyembed_load_object(
    const char *path, const char *name, int mode, struct pyembed_loader_file *files, size_t count)
{
    void *handle;
    struct link_map *object;
    if (count > 0 && files[0].offset > 0) {
        /* Whoever gives a library inside the executable has asked whether that is possible. */
        handle = pyembed_load_from_files(load_next, files, count, mode);
    } else {
        handle = load_next(path, mode);
        if (handle == NULL && count > 0 && !has_proc() && pyembed_can_load_from_files()) {
            handle = pyembed_load_from_files(load_next, files, count, mode);
        }
    }
    if (handle != NULL && name != NULL && dlinfo(handle, RTLD_DI_LINKMAP, &object) == 0) {
        object->l_name = (char *)name;
    }
    return handle;
}

static int find_offset(struct dl_phdr_info *object, size_t size, void *argument)
{
    struct place *place = argument;
    (void)size;
    for (size_t index = 0; index < object->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[index];
        size_t start = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && place->address - start < segment->p_filesz) {
            place->offset = (long)(segment->p_offset + (place->address - start));
        }
    }
    return place->offset >= 0;
}

long pyembed_file_offset(const void *address)
{
    struct place place = {(size_t)address, -1};
    (void)dl_iterate_phdr(find_offset, &place);
    return place.offset;
}

char *pyembed_load_error(void)
{
    return NEXT(dlerror)();
}

EXPORTED char *dlerror(void)
{
    if (has_message) {
        has_message = 0;
        return message;
    }
    return NEXT(dlerror)();
}

void pyembed_serve_libraries(const struct pyembed_packed_libraries *packed)
{
    own_libraries = packed;
    /* Looking a function up makes the loader forget its last error, so it is done before there is one,
     * in each place that looks it up. */
    (void)pyembed_load_error();
    (void)dlerror();
    /* Without memory for it, a process that forks while another thread loads a library may hang when
     * it loads one itself. */
    (void)pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* What load() answers; `message` is this thread's. */
static int load_packed(const char *path, int mode, void **handle)
{
    (void)pthread_mutex_lock(&lock);
    int answer = own_libraries->load(path, mode, handle, message);
    (void)pthread_mutex_unlock(&lock);
    has_message = answer == PYEMBED_LIBRARY_FAILED;
    return answer;
}

static void *load_known(const char *path, int mode)
{
    void *handle = NULL;
    if (strchr(path, '/') != NULL) {
        int answer = load_packed(path, mode, &handle);
        return answer == PYEMBED_LIBRARY_ELSEWHERE ? load_next(path, mode) : handle;
    }
    /* A name alone: what is loaded already, and what the machine has, comes first, as it does where
     * nothing is packed. */
    handle = load_next(path, mode);
    if (handle == NULL && load_packed(path, mode, &handle) == PYEMBED_LIBRARY_LOADED) {
        /* The error of the first attempt is none any more. */
        (void)NEXT(dlerror)();
    }
    return handle;
}

/* A library that is loaded may load a packed one when it starts: with the loader's lock, which is to be taken behind
 * ours here as everywhere. */
static void *load_unknown(const char *path, int mode)
{
    (void)pthread_mutex_lock(&lock);
    void *handle = load_next(path, mode);
    (void)pthread_mutex_unlock(&lock);
    return handle;
}

/* The bounds of this executable or shared library and its code, as the linker knows them. */
extern const char __ehdr_start[] OURS, etext[] OURS;

/* Whether what a path means depends on the library that the function is called from, at `caller`. */
static int depends_on(const char *caller, const char *path)
{
    if (caller >= __ehdr_start && caller < etext) {
        return 0;
    }
    return path != NULL && (strchr(path, '/') == NULL || strchr(path, '$') != NULL);
}

/* Libraries call it, too: cffi to load what a package keeps beside itself, others to load their plug-ins.
 *
 * The C library's function looks at its return address, to look for a name where the library has it looked
 * for that calls. So for those it is jumped to, and finds the caller's. */
EXPORTED void *dlopen(const char *path, int mode)
{
    has_message = 0;
    if (own_libraries != NULL && path != NULL && own_libraries->knows(path)) {
        return load_known(path, mode);
    }
    if (own_libraries != NULL && !depends_on(__builtin_return_address(0), path)) {
        return load_unknown(path, mode);
    }
    return NEXT(dlopen)(path, mode);
}

#else

void pyembed_serve_libraries(const struct pyembed_packed_libraries *packed)
{
    (void)packed;
}

#endif
