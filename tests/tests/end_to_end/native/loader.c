/* Loads a library from inside the file `inside` while something disturbs that. */
#define _GNU_SOURCE
#include "loader_files.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAGE 4096
#define OFFSET 8192

static const char *scenario;
static volatile int done, faults, traps;

static int is(const char *name)
{
    return strcmp(scenario, name) == 0;
}

static void check(int is_good, const char *what)
{
    if (!is_good) {
        fprintf(stderr, "%s: %s\n", scenario, what);
        _exit(1);
    }
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    (void)context;
    faults++;
    check(mprotect((void *)((size_t)info->si_addr & -PAGE), PAGE, PROT_WRITE) == 0, "mprotect");
}

static void on_trap(int signal)
{
    (void)signal;
    traps++;
}

/* A sandbox that has a say in getpriority(). */
static void enter_sandbox(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no new privileges");
    check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0, "seccomp");
}

/* The C library has every thread do the same, by a signal that nobody can block. */
static void *change_group(void *nothing)
{
    while (!done) {
        check(setgid(getgid()) == 0, "setgid");
    }
    return nothing;
}

/* As the loader of glibc 2.17 does it. */
static void *open_as_of_old(const char *path)
{
    char beginning[4];
    int file = (int)syscall(SYS_open, path, O_RDONLY | O_CLOEXEC);
    check(file >= 0, "open");
    check(read(file, beginning, 4) == 4 && memcmp(beginning, "\177ELF", 4) == 0, "read");
    close(file);
    return dlopen(NULL, RTLD_NOW);
}

static void *load(const char *path, int mode)
{
    if (is("old")) {
        return open_as_of_old(path);
    }
    if (is("fault")) {
        volatile char *page = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        *page = 1;
    }
    if (is("trap") || is("deadly-trap")) {
        (void)syscall(SYS_getpriority, 0, 0);
    }
    return dlopen(path, mode);
}

static void *load_often(void *nothing)
{
    for (int count = is("group") ? 2000 : 1; count > 0; count--) {
        struct pyembed_loader_file file = {"/nowhere/libx.so", open("inside", O_RDONLY), OFFSET, 0};
        void *handle = pyembed_load_from_files(load, &file, 1, RTLD_NOW);
        check(handle != NULL, "load");
        check(is("old") || dlsym(handle, "value") != NULL, "symbol");
        dlclose(handle);
        close(file.file);
    }
    return nothing;
}

int main(int count, char **arguments)
{
    pthread_t loading, changing;
    struct sigaction fault = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO}, after;
    scenario = arguments[count - 1];
    check(pyembed_can_load_from_files(), "the kernel");
    (void)sigaction(SIGSEGV, &fault, NULL);
    if (is("trap")) {
        (void)signal(SIGSYS, on_trap);
    }
    if (is("trap") || is("deadly-trap")) {
        enter_sandbox();
    }
    check(pthread_create(&loading, NULL, load_often, NULL) == 0, "thread");
    if (is("group")) {
        check(pthread_create(&changing, NULL, change_group, NULL) == 0, "thread");
    }
    (void)pthread_join(loading, NULL);
    done = 1;
    check(faults == is("fault") && traps == is("trap"), "handlers");
    (void)sigaction(SIGSYS, NULL, &after);
    check(after.sa_handler == (is("trap") ? on_trap : SIG_DFL), "the signal's handler afterwards");
    printf("good\n");
    return 0;
}
