/* See spawn.h.
 *
 * execve() is called in a process between fork() or vfork() and exec, where only async-signal-safe
 * functions may be called: nothing on its way allocates or locks. */
#define _GNU_SOURCE
#include "spawn.h"

#if defined(__linux__)

#include <alloca.h>
#include <dlfcn.h>
#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NAME PYEMBED_CALL_VARIABLE "="

/* Outside of this executable, libraries keep the C library's functions. */
#define OURS __attribute__((visibility("hidden")))

extern char **environ;

/* A process that is to be Python. */
static const char python_mark[] = NAME PYEMBED_CALL_PYTHON;
/* A process that is to be the application and has its own name once more as its first argument. */
static const char anew_mark[] = NAME PYEMBED_CALL_ANEW;

static const char *own_path;
/* The program's name, then its arguments, as this process was started. */
static char *const *own_arguments;
static int own_is_interpreter;
static pid_t own_pid;

void pyembed_watch_spawns(const char *executable, char *const *arguments, int is_interpreter)
{
    own_path = executable;
    own_arguments = arguments;
    own_is_interpreter = is_interpreter;
    own_pid = getpid();
}

/* Whether two lists of arguments, neither of them empty, are the same. */
static int same_arguments(char *const *left, char *const *right)
{
    if (*left == NULL || *right == NULL) {
        return 0;
    }
    while (*left != NULL && *right != NULL && strcmp(*left, *right) == 0) {
        left++;
        right++;
    }
    return *left == NULL && *right == NULL;
}

static int is_shell_command_with(const char *path, char *const argv[], const char *word)
{
    const char *name = strrchr(path, '/');
    return name != NULL && strcmp(name, "/sh") == 0 && argv[1] != NULL &&
           strcmp(argv[1], "-c") == 0 && argv[2] != NULL && strstr(argv[2], word) != NULL;
}

/* The mark for the program at `path` with these arguments, NULL for none. `in_place` says that it
 * takes the place of this process instead of being started beside it. */
static const char *mark_for(const char *path, char *const argv[], int in_place)
{
    if (own_path == NULL || path == NULL || argv == NULL || argv[0] == NULL) {
        return NULL;
    }
    if (strcmp(path, own_path) != 0) {
        return is_shell_command_with(path, argv, own_path) ? python_mark : NULL;
    }
    if (own_is_interpreter) {
        return python_mark;
    }
    /* An application that starts itself anew: by [sys.executable, *sys.argv], in its own place, or
     * with its own arguments. */
    if (argv[1] != NULL && (strcmp(argv[1], own_path) == 0 ||
                            (own_arguments[0] != NULL && strcmp(argv[1], own_arguments[0]) == 0))) {
        return anew_mark;
    }
    if (in_place || (own_arguments[0] != NULL && same_arguments(argv + 1, own_arguments + 1))) {
        return NULL;
    }
    return python_mark;
}

static size_t count(char *const *list)
{
    size_t length = 0;
    while (list != NULL && list[length] != NULL) {
        length++;
    }
    return length;
}

/* Copies an environment into `target`, which has room for two more, and adds the mark. */
static void add_mark(char **target, char *const *environment, const char *mark)
{
    for (; environment != NULL && *environment != NULL; environment++) {
        if (strncmp(*environment, NAME, sizeof NAME - 1) != 0) {
            *target++ = *environment;
        }
    }
    *target++ = (char *)mark;
    *target = NULL;
}

OURS int execve(const char *path, char *const argv[], char *const envp[])
{
    /* After fork() it is the child, which has another number, that calls this. */
    const char *mark = mark_for(path, argv, getpid() == own_pid);
    if (mark != NULL) {
        char **marked = alloca((count(envp) + 2) * sizeof *marked);
        add_mark(marked, envp, mark);
        return (int)syscall(SYS_execve, path, argv, marked);
    }
    return (int)syscall(SYS_execve, path, argv, envp);
}

OURS int execv(const char *path, char *const argv[])
{
    return execve(path, argv, environ);
}

/* Calls the C library's function of a name, which here is the name of ours. */
static int spawn(const char *name, pid_t *pid, const char *path,
                 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
                 char *const argv[], char *const envp[])
{
    int (*next)(pid_t *, const char *, const posix_spawn_file_actions_t *,
                const posix_spawnattr_t *, char *const[], char *const[]);
    *(void **)&next = dlsym(RTLD_NEXT, name);
    if (next == NULL) {
        return ENOSYS;
    }
    const char *mark = mark_for(path, argv, 0);
    if (mark == NULL) {
        return next(pid, path, actions, attributes, argv, envp);
    }
    char **marked = alloca((count(envp) + 2) * sizeof *marked);
    add_mark(marked, envp, mark);
    return next(pid, path, actions, attributes, argv, marked);
}

OURS int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                     const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    return spawn("posix_spawn", pid, path, actions, attributes, argv, envp);
}

OURS int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                      const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
    return spawn("posix_spawnp", pid, file, actions, attributes, argv, envp);
}

#else

void pyembed_watch_spawns(const char *executable, char *const *arguments, int is_interpreter)
{
    (void)executable;
    (void)arguments;
    (void)is_interpreter;
}

#endif
