/* See spawn.h.
 *
 * execve() is called in a process between fork() or vfork() and exec. The answers allocate memory there, which the GNU
 * C library allows: it hands its locks to the child of fork(), and the child of vfork() shares them with its parent. */
#define _GNU_SOURCE
#undef _FORTIFY_SOURCE
#include "spawn.h"

#include "files.h"

#if defined(PYEMBED_SERVES_FILES)

#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

static const struct pyembed_spawns *own_spawns;
static pid_t own_pid;

void pyembed_watch_spawns(const struct pyembed_spawns *spawns)
{
    own_spawns = spawns;
    own_pid = getpid();
}

/* Asks what to start; gives an errno. */
static int prepare(struct pyembed_start *start, int in_place)
{
    start->program = -1;
    start->kept = NULL;
    if (own_spawns == NULL || start->path == NULL || start->arguments == NULL ||
        start->arguments[0] == NULL) {
        return 0;
    }
    int error = errno;
    int answer = own_spawns->prepare(start, in_place);
    errno = error;
    return answer;
}

static void release(struct pyembed_start *start)
{
    if (start->kept != NULL) {
        int error = errno;
        own_spawns->release(start);
        errno = error;
    }
}

/* Starts the program that is open. Returns when it cannot be started. */
static void execute_open(const struct pyembed_start *start)
{
    char link[sizeof "/proc/self/fd/" + 3 * sizeof start->program];
    (void)syscall(SYS_execveat, start->program, "", start->arguments, start->environment,
                  AT_EMPTY_PATH);
    if (errno == ENOSYS || errno == EPERM) {
        /* Linux before 3.19 has no such call, and some sandboxes refuse it. */
        (void)snprintf(link, sizeof link, "/proc/self/fd/%d", start->program);
        (void)syscall(SYS_execve, link, start->arguments, start->environment);
    }
}

EXPORTED int execve(const char *path, char *const arguments[], char *const environment[])
{
    struct pyembed_start start = {path, arguments, environment, -1, NULL};
    /* After fork() it is the child, which has another number, that calls this. */
    int answer = prepare(&start, getpid() == own_pid);
    if (answer != 0) {
        errno = answer;
        return -1;
    }
    if (start.program >= 0) {
        execute_open(&start);
    } else {
        (void)syscall(SYS_execve, start.path, start.arguments, start.environment);
    }
    release(&start);
    return -1;
}

EXPORTED int execv(const char *path, char *const arguments[])
{
    return execve(path, arguments, environ);
}

/* Whether a program of the name may lie in another folder of the search path. */
static int may_be_elsewhere(int error)
{
    return error == EACCES || error == ENOENT || error == ENOTDIR || error == ESTALE ||
           error == ENODEV || error == ETIMEDOUT;
}

/* As execve(), and has a file of commands without a first line for a shell run by one. */
static int execute(const char *path, char *const arguments[], char *const environment[])
{
    (void)execve(path, arguments, environment);
    if (errno != ENOEXEC || arguments[0] == NULL) {
        return -1;
    }
    size_t count = 1;
    while (arguments[count] != NULL) {
        count++;
    }
    char **for_shell = alloca((count + 2) * sizeof *for_shell);
    for_shell[0] = "/bin/sh";
    for_shell[1] = (char *)path;
    memcpy(for_shell + 2, arguments + 1, count * sizeof *for_shell);
    return execve(for_shell[0], for_shell, environment);
}

/* Calls `start` with the paths that a program of the name may have, until that does something else than to return an error
 * by which the program may lie elsewhere. Gives the error of the last call. */
static int search(const char *file, int (*start)(const char *path, void *context), void *context)
{
    if (*file == '\0') {
        return ENOENT;
    }
    if (strchr(file, '/') != NULL) {
        return start(file, context);
    }
    const char *folder = getenv("PATH");
    if (folder == NULL) {
        folder = "/bin:/usr/bin";
    }
    int refused = 0;
    for (;;) {
        const char *end = strchrnul(folder, ':');
        char path[PATH_MAX];
        int length = snprintf(path, sizeof path, "%.*s%s%s", (int)(end - folder), folder,
                              end > folder ? "/" : "", file);
        if (length > 0 && (size_t)length < sizeof path) {
            int error = start(path, context);
            if (!may_be_elsewhere(error)) {
                return error;
            }
            refused |= error == EACCES;
        }
        if (*end == '\0') {
            break;
        }
        folder = end + 1;
    }
    return refused ? EACCES : ENOENT;
}

/* What a program is given. */
struct lists {
    char *const *arguments;
    char *const *environment;
};

static int execute_with(const char *path, void *context)
{
    const struct lists *lists = context;
    (void)execute(path, lists->arguments, lists->environment);
    return errno;
}

EXPORTED int execvpe(const char *file, char *const arguments[], char *const environment[])
{
    struct lists lists = {arguments, environment};
    errno = search(file, execute_with, &lists);
    return -1;
}

EXPORTED int execvp(const char *file, char *const arguments[])
{
    return execvpe(file, arguments, environ);
}

typedef __typeof__(&posix_spawn) spawner;

/* Calls the C library's function. A program that is open here is started by way of /proc: the child may have closed
 * the descriptor. */
static int spawn(spawner next, pid_t *pid, const char *path,
                 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
                 char *const arguments[], char *const environment[])
{
    if (next == NULL) {
        return ENOSYS;
    }
    struct pyembed_start start = {path, arguments, environment, -1, NULL};
    int answer = prepare(&start, 0);
    if (answer != 0) {
        return answer;
    }
    char program[64];
    if (start.program >= 0) {
        (void)snprintf(program, sizeof program, "/proc/%d/fd/%d", (int)getpid(), start.program);
        start.path = program;
    }
    answer = next(pid, start.path, actions, attributes, start.arguments, start.environment);
    release(&start);
    return answer;
}

EXPORTED int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                         const posix_spawnattr_t *attributes, char *const arguments[],
                         char *const environment[])
{
    return spawn(NEXT(posix_spawn), pid, path, actions, attributes, arguments, environment);
}

/* What posix_spawnp() was called with. */
struct spawnp {
    pid_t *pid;
    const posix_spawn_file_actions_t *actions;
    const posix_spawnattr_t *attributes;
    char *const *arguments;
    char *const *environment;
};

static int spawn_with(const char *path, void *context)
{
    const struct spawnp *call = context;
    /* The path has a slash, so the C library does not search; but it has a shell run a file of commands. */
    return spawn(NEXT(posix_spawnp), call->pid, path, call->actions, call->attributes,
                 call->arguments, call->environment);
}

EXPORTED int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                          const posix_spawnattr_t *attributes, char *const arguments[],
                          char *const environment[])
{
    struct spawnp call = {pid, actions, attributes, arguments, environment};
    return search(file, spawn_with, &call);
}

/* The command for a shell in the place of another one. */
static char *changed(const char *command)
{
    if (own_spawns == NULL || command == NULL) {
        return NULL;
    }
    int error = errno;
    char *other = own_spawns->command(command);
    errno = error;
    return other;
}

static void release_command(char *command)
{
    if (command != NULL) {
        int error = errno;
        own_spawns->release_command(command);
        errno = error;
    }
}

EXPORTED int system(const char *command)
{
    char *other = changed(command);
    int status = NEXT(system)(other != NULL ? other : command);
    release_command(other);
    return status;
}

EXPORTED FILE *popen(const char *command, const char *mode)
{
    char *other = changed(command);
    FILE *stream = NEXT(popen)(other != NULL ? other : command, mode);
    release_command(other);
    return stream;
}

#endif
