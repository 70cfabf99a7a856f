/* See loader_files.h. */
#define _GNU_SOURCE
#include "loader_files.h"
#include "valgrind.h"

#if defined(__linux__) && defined(__x86_64__)

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* Of Linux's headers, as the machine's may be older. */
#define SET_SYSCALL_USER_DISPATCH 59
#define DISPATCH_OFF 0
#define DISPATCH_ON 1
#define ALLOW 0 /* What the selector says of a thread's next system call. */
#define HAND_BACK 1
#define IS_HANDED_BACK 2 /* si_code: why the signal comes. */

#define CALL_LENGTH 2 /* Bytes of the instruction `syscall`. */

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

/* Per thread, as another thread's system calls are not handed back and may be about the same numbers
 * of descriptors. */
static __thread volatile char selector = ALLOW;

/* What the one thread in here is doing; a library's own initialiser may load another one. */
struct loading {
    struct pyembed_loader_file *files;
    size_t count;
    /* Files that the loader has not closed again. */
    size_t remaining;
    /* The descriptor that it has, or -1; where its library begins, and the position in that. */
    long open;
    long offset;
    long position;
    /* The thread's blocked signals before. */
    sigset_t blocked;
    /* What the process did with the signal before. */
    struct kernel_sigaction action;
    /* The same, but never ours: a library's initialiser may be what loads this one. */
    struct kernel_sigaction foreign;
};
static struct loading state;

static const char *file_name(const char *path)
{
    const char *last = strrchr(path, '/');
    return last == NULL ? path : last + 1;
}

/* The library that the loader means by a path. */
static struct pyembed_loader_file *find(const char *path)
{
    for (size_t index = 0; index < state.count; index++) {
        struct pyembed_loader_file *file = &state.files[index];
        if (!file->is_opened && strcmp(file_name(path), file_name(file->path)) == 0) {
            return file;
        }
    }
    return NULL;
}

/* From here on the thread's system calls are its own again, and other signals come in. */
static void finish(ucontext_t *context)
{
    selector = ALLOW;
    /* The kernel's set is shorter than the C library's. */
    memcpy(&context->uc_sigmask, &state.blocked, sizeof state.action.mask);
}

/* Makes a system call whose arguments are `a`, about the library that is open. */
static long call_on_library(long number, const greg_t *a)
{
    long result;
    switch (number) {
    case SYS_read:
        result = pyembed_call(
            SYS_pread64, state.open, a[REG_RSI], a[REG_RDX], state.offset + state.position, 0, 0);
        state.position += result > 0 ? result : 0;
        return result;
    case SYS_pread64:
        return pyembed_call(
            number, state.open, a[REG_RSI], a[REG_RDX], a[REG_R10] + state.offset, 0, 0);
    case SYS_lseek:
        state.position = a[REG_RDX] == SEEK_SET ? a[REG_RSI] : state.position + a[REG_RSI];
        return state.position;
    case SYS_fstat:
    case SYS_newfstatat: {
        /* The loader takes two libraries with the same number in the same file system for one. */
        struct stat *status = (struct stat *)a[number == SYS_fstat ? REG_RSI : REG_RDX];
        result = pyembed_call(SYS_fstat, state.open, (long)status, 0, 0, 0, 0);
        if (result == 0) {
            status->st_ino ^= (unsigned long)state.offset << 20;
        }
        return result;
    }
    case SYS_close:
        result = pyembed_call(SYS_close, state.open, 0, 0, 0, 0, 0);
        state.open = -1;
        state.remaining -= 1;
        return result;
    default:
        return pyembed_call(
            number, a[REG_RDI], a[REG_RSI], a[REG_RDX], a[REG_R10], a[REG_R8], a[REG_R9]);
    }
}

/* Makes the system call that was handed back. */
static long make_call(long number, const greg_t *a)
{
    /* Up to glibc 2.25 the loader calls open(). */
    if ((number == SYS_openat || number == SYS_open) && state.open < 0) {
        const char *path = (const char *)a[number == SYS_open ? REG_RDI : REG_RSI];
        struct pyembed_loader_file *file = find(path);
        if (file != NULL) {
            long result = pyembed_call(SYS_fcntl, file->file, F_DUPFD_CLOEXEC, 0, 0, 0, 0);
            file->is_opened = 1;
            state.open = result;
            state.offset = file->offset;
            state.position = 0;
            return result;
        }
    }
    if (number == SYS_mmap && state.open >= 0 && a[REG_R8] == state.open) {
        return pyembed_call(
            number, a[REG_RDI], a[REG_RSI], a[REG_RDX], a[REG_R10], a[REG_R8],
            a[REG_R9] + state.offset);
    }
    if (state.open >= 0 && a[REG_RDI] == state.open && number != SYS_mmap) {
        return call_on_library(number, a);
    }
    return pyembed_call(
        number, a[REG_RDI], a[REG_RSI], a[REG_RDX], a[REG_R10], a[REG_R8], a[REG_R9]);
}

/* A signal that means something else, such as a sandbox's (SECCOMP_RET_TRAP) about a call that is made here,
 * goes where it would have gone. */
static void pass_on(int signal, siginfo_t *info, void *context)
{
    static const struct kernel_sigaction deadly = {.handler = NULL};
    if ((unsigned long)state.foreign.handler > 1) {
        state.foreign.handler(signal, info, context);
        return;
    }
    if (info->si_code <= 0 && state.foreign.handler != NULL) {
        return; /* Sent by a process, and ignored; the kernel's own cannot be. */
    }
    (void)pyembed_call(SYS_rt_sigaction, signal, (long)&deadly, 0, sizeof deadly.mask, 0, 0);
    (void)pyembed_call(
        SYS_tkill, pyembed_call(SYS_gettid, 0, 0, 0, 0, 0, 0), signal, 0, 0, 0, 0);
}

static void answer(int signal, siginfo_t *info, void *context)
{
    ucontext_t *thread = context;
    greg_t *registers = thread->uc_mcontext.gregs;
    if (info->si_code != IS_HANDED_BACK) {
        pass_on(signal, info, context);
        return;
    }
    switch (info->si_syscall) {
    case SYS_clone:
    case SYS_clone3:
    case SYS_fork:
    case SYS_vfork:
        /* They return twice, where the caller's stack is. The loader makes none of them, so what is loaded
         * runs already: some library was not opened. */
        finish(thread);
        registers[REG_RIP] -= CALL_LENGTH;
        registers[REG_RAX] = info->si_syscall;
        return;
    case SYS_rt_sigreturn:
        /* The end of another signal's handler. It has to be called where that one's stack is. */
        registers[REG_RIP] = (greg_t)pyembed_return_from_signal;
        return;
    default:
        registers[REG_RAX] = make_call(info->si_syscall, registers);
    }
    if (state.remaining == 0) {
        finish(thread);
    }
}

/* Begins or ends to have this thread's system calls handed back. */
static int dispatch(int mode)
{
    unsigned long start = (unsigned long)pyembed_calls_start;
    unsigned long length = (unsigned long)pyembed_calls_end - start;
    if (mode == DISPATCH_OFF) {
        return prctl(SET_SYSCALL_USER_DISPATCH, DISPATCH_OFF, 0, 0, 0);
    }
    return prctl(SET_SYSCALL_USER_DISPATCH, DISPATCH_ON, start, length, &selector);
}

int pyembed_can_load_from_files(void)
{
    /* Valgrind's own system calls would be handed back. */
    return !pyembed_is_in_valgrind() && dispatch(DISPATCH_ON) == 0 && dispatch(DISPATCH_OFF) == 0;
}

/* The signals that wait until the loader is done, so that no handler runs whose system calls are handed back:
 * all but those of faults, and those that the C library keeps for itself. */
static void fill_waiting(sigset_t *signals)
{
    static const int own[] = {SIGSYS, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    (void)sigfillset(signals);
    for (size_t index = 0; index < sizeof own / sizeof *own; index++) {
        (void)sigdelset(signals, own[index]);
    }
}

void *pyembed_load_from_files(
    void *(*load)(const char *path, int mode), struct pyembed_loader_file *files, size_t count,
    int mode)
{
    const struct kernel_sigaction own = {
        .handler = answer,
        .flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK | HAS_RESTORER,
        .restorer = pyembed_return_from_signal,
    };
    struct loading outer = state;
    sigset_t waiting;
    void *handle = NULL;
    state = (struct loading){.files = files, .count = count, .remaining = count, .open = -1};
    (void)syscall(SYS_rt_sigaction, SIGSYS, &own, &state.action, sizeof own.mask);
    state.foreign = state.action.handler == answer ? outer.foreign : state.action;
    fill_waiting(&waiting);
    (void)pthread_sigmask(SIG_SETMASK, &waiting, &state.blocked);
    if (dispatch(DISPATCH_ON) == 0) {
        selector = HAND_BACK;
        handle = load(files[0].path, mode);
        selector = ALLOW;
        (void)dispatch(DISPATCH_OFF);
    }
    (void)pthread_sigmask(SIG_SETMASK, &state.blocked, NULL);
    (void)syscall(SYS_rt_sigaction, SIGSYS, &state.action, NULL, sizeof own.mask);
    state = outer;
    return handle;
}

#else

int pyembed_can_load_from_files(void)
{
    return 0;
}

void *pyembed_load_from_files(
    void *(*load)(const char *path, int mode), struct pyembed_loader_file *files, size_t count,
    int mode)
{
    (void)files;
    (void)count;
    return load("", mode);
}

#endif
