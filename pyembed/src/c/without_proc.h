/* Lets the dynamic loader open /proc/self/fd/N where /proc is not mounted.
 *
 * The loader opens files by path only, and its calls of the kernel pass by functions that an executable
 * could define. But a thread can have the kernel hand its own system calls back to it as signals
 * (Syscall User Dispatch, Linux 5.11, Documentation/admin-guide/syscall-user-dispatch.rst). Ours
 * makes each call as it was meant, except that opening such a path gives the descriptor N. */
#ifndef PYEMBED_WITHOUT_PROC_H
#define PYEMBED_WITHOUT_PROC_H

/* Calls dlopen(path, mode), by the function `load`, while paths of the form /proc/self/.../fd/N can be opened;
 * until `files` of them were: what is loaded then runs code of its own, which nothing must watch.
 * Returns NULL where that is not possible. */
void *pyembed_load_without_proc(
    void *(*load)(const char *path, int mode), const char *path, int mode, int files);

#endif
