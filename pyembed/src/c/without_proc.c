/* See without_proc.h. */
#define _GNU_SOURCE
#include "without_proc.h"

#include <stddef.h>

#if defined(__linux__) && defined(__x86_64__)

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* Of <linux/prctl.h>, as the machine's may be older. */
#define SET_SYSCALL_USER_DISPATCH 59
#define DISPATCH_OFF 0
#define DISPATCH_ON 1
/* What the selector says of a thread's next system call. */
#define ALLOW 0
#define HAND_BACK 1

/* The kernel's own struct sigaction. The C library's function would have the handler return by a call
 * that is handed back, too. */
struct kernel_sigaction {
    void (*handler)(int, siginfo_t *, void *);
    unsigned long flags;
    void (*restorer)(void);
    unsigned long mask;
};
#define HAS_RESTORER 0x04000000UL

/* System calls between these two are never handed back. */
extern const char pyembed_calls_start[], pyembed_calls_end[];
long pyembed_call(long number, long a, long b, long c, long d, long e, long f);
void pyembed_return_from_signal(void);

__asm__(".pushsection .text\n"
        ".globl pyembed_calls_start, pyembed_calls_end, pyembed_call, pyembed_return_from_signal\n"
        ".hidden pyembed_calls_start, pyembed_calls_end, pyembed_call, pyembed_return_from_signal\n"
        "pyembed_calls_start:\n"
        "pyembed_call:\n"
        "  mov %rdi, %rax\n"
        "  mov %rsi, %rdi\n"
        "  mov %rdx, %rsi\n"
        "  mov %rcx, %rdx\n"
        "  mov %r8, %r10\n"
        "  mov %r9, %r8\n"
        "  mov 8(%rsp), %r9\n"
        "  syscall\n"
        "  ret\n"
        "pyembed_return_from_signal:\n"
        "  mov $15, %eax\n" /* rt_sigreturn */
        "  syscall\n"
        "  ud2\n" /* The kernel looks at the address behind the call. */
        "pyembed_calls_end:\n"
        ".popsection\n");

/* This thread's, while it loads a library. */
static __thread volatile char selector = ALLOW;
static __thread volatile int awaited;

/* What the process did with the signal; one thread at a time is in here. */
static struct kernel_sigaction before;

/* The descriptor that a path stands for, or -1. */
static int number_of(const char *path)
{
    static const char beginning[] = "/proc/self/";
    if (strncmp(path, beginning, sizeof beginning - 1) != 0) {
        return -1;
    }
    const char *last = strrchr(path, '/');
    return strncmp(last - 3, "/fd/", 4) == 0 ? atoi(last + 1) : -1;
}

static void answer(int signal, siginfo_t *info, void *context)
{
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    if (selector == ALLOW) {
        /* A thread's sandbox has something to say. */
        if ((unsigned long)before.handler > 1) {
            before.handler(signal, info, context);
        }
        return;
    }
    int file = -1;
    if (info->si_syscall == SYS_openat) {
        file = number_of((const char *)registers[REG_RSI]);
    }
    if (file < 0) {
        registers[REG_RAX] = pyembed_call(
            info->si_syscall, registers[REG_RDI], registers[REG_RSI], registers[REG_RDX],
            registers[REG_R10], registers[REG_R8], registers[REG_R9]);
        return;
    }
    /* The duplicate shares its position with the descriptor, which nobody reads from. */
    (void)pyembed_call(SYS_lseek, file, 0, SEEK_SET, 0, 0, 0);
    registers[REG_RAX] = pyembed_call(SYS_fcntl, file, F_DUPFD_CLOEXEC, 0, 0, 0, 0);
    awaited -= 1;
    if (awaited == 0) {
        selector = ALLOW;
    }
}

void *pyembed_load_without_proc(
    void *(*load)(const char *path, int mode), const char *path, int mode, int files)
{
    const struct kernel_sigaction own = {
        .handler = answer,
        .flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK | HAS_RESTORER,
        .restorer = pyembed_return_from_signal,
    };
    void *handle = NULL;
    sigset_t only, blocked;
    if (syscall(SYS_rt_sigaction, SIGSYS, &own, &before, sizeof own.mask) != 0) {
        return NULL;
    }
    (void)sigemptyset(&only);
    (void)sigaddset(&only, SIGSYS);
    (void)pthread_sigmask(SIG_UNBLOCK, &only, &blocked);
    unsigned long start = (unsigned long)pyembed_calls_start;
    unsigned long length = (unsigned long)pyembed_calls_end - start;
    if (prctl(SET_SYSCALL_USER_DISPATCH, DISPATCH_ON, start, length, &selector) == 0) {
        awaited = files;
        selector = HAND_BACK;
        handle = load(path, mode);
        selector = ALLOW;
        (void)prctl(SET_SYSCALL_USER_DISPATCH, DISPATCH_OFF, 0, 0, 0);
    }
    (void)pthread_sigmask(SIG_SETMASK, &blocked, NULL);
    (void)syscall(SYS_rt_sigaction, SIGSYS, &before, NULL, sizeof own.mask);
    return handle;
}

#else

void *pyembed_load_without_proc(
    void *(*load)(const char *path, int mode), const char *path, int mode, int files)
{
    (void)load;
    (void)path;
    (void)mode;
    (void)files;
    return NULL;
}

#endif
