/* See ending.h. */
#define _GNU_SOURCE
#include <Python.h>

#include "ending.h"

#if defined(__linux__)

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* CPython's own, which the packager gives this name (link/isolate.rs). */
extern PyGILState_STATE python_private_PyGILState_Ensure(void);

/* Threads that are about to enter Python. */
static atomic_int entering;
/* Whether the interpreter ends or has ended. */
static atomic_int ending;
/* The thread that ends it. */
static pthread_t ending_thread;

/* Nothing can wake the thread; the end of the process removes it. */
_Noreturn static void wait_for_ever(void)
{
    for (;;) {
        (void)pause();
    }
}

/* A thread wants to enter Python, whose end has begun. Returns only in the thread that ends the interpreter, while it does
 * so: Python code runs there once more. */
static void refuse_others(void)
{
    if (!pthread_equal(pthread_self(), ending_thread)) {
        wait_for_ever();
    }
    if (PyGILState_GetThisThreadState() == NULL) {
        /* Waiting would hang the program. */
        (void)fputs("error: Python is used after its interpreter has ended\n", stderr);
        _exit(1);
    }
}

PyGILState_STATE PyGILState_Ensure(void)
{
    (void)atomic_fetch_add(&entering, 1);
    if (atomic_load(&ending)) {
        (void)atomic_fetch_sub(&entering, 1);
        refuse_others();
        return python_private_PyGILState_Ensure();
    }
    PyGILState_STATE state = python_private_PyGILState_Ensure();
    (void)atomic_fetch_sub(&entering, 1);
    return state;
}

/* CPython calls this in a thread that comes back from a call without the interpreter's lock, when that ends. Shared libraries
 * keep the C library's: they may wait for threads of their own to end. */
__attribute__((visibility("hidden"))) _Noreturn void pthread_exit(void *value)
{
    if (atomic_load(&ending)) {
        wait_for_ever();
    }
    void (*own)(void *) = (void (*)(void *))dlsym(RTLD_NEXT, "pthread_exit");
    if (own != NULL) {
        own(value);
    }
    abort();
}

/* Begins the end: lets those in that are about to enter, and nobody else. `atexit` calls it after all that was
 * registered later, when other threads have been waited for; then CPython ends the interpreter. */
static PyObject *begin_end(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    const struct timespec moment = {0, 100000};
    ending_thread = pthread_self();
    atomic_store(&ending, 1);
    Py_BEGIN_ALLOW_THREADS
    while (atomic_load(&entering) > 0) {
        (void)nanosleep(&moment, NULL);
    }
    Py_END_ALLOW_THREADS
    Py_RETURN_NONE;
}

/* Other threads do not exist in the child of fork(). */
static void after_fork(void)
{
    atomic_store(&entering, 0);
}

/* What `atexit` knows; it lives as long as the process. */
static PyObject *guard;

/* Calls a function of `atexit` with it. */
static int tell_atexit(const char *function)
{
    PyObject *module = guard == NULL ? NULL : PyImport_ImportModule("atexit");
    PyObject *result = module == NULL ? NULL : PyObject_CallMethod(module, function, "O", guard);
    Py_XDECREF(module);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

int pyembed_guard_end(void)
{
    static PyMethodDef method = {"begin_end", begin_end, METH_NOARGS, NULL};
    (void)pthread_atfork(NULL, NULL, after_fork);
    guard = PyCFunction_New(&method, NULL);
    return tell_atexit("register");
}

int pyembed_unguard_end(void)
{
    return tell_atexit("unregister");
}

#else

int pyembed_guard_end(void)
{
    return 0;
}

int pyembed_unguard_end(void)
{
    return 0;
}

#endif
