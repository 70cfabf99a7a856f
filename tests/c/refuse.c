/* Runs a program as on a kernel, or under a sandbox, that refuses some system calls:
 *
 *     refuse CALL=ERROR... -- PROGRAM [ARGUMENT...]
 *
 * CALL is the name of a system call; ERROR is ENOSYS (an old kernel), EPERM (a container's filter) or EACCES. Three more
 * names stand for a part of a call:
 *
 * dispatch         prctl(PR_SET_SYSCALL_USER_DISPATCH)
 * memory-program   memory that is made to be executed and is no file's: SELinux's "execmem"
 * writable-program memory that is to be written to and executed at the same time */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SET_SYSCALL_USER_DISPATCH 59
#define MOST_INSTRUCTIONS 512

struct name {
    const char *name;
    long number;
};

#define CALL(name) {#name, SYS_##name}

static const struct name calls[] = {
    CALL(clone3), CALL(close_range), CALL(copy_file_range), CALL(execveat), CALL(faccessat2),
    CALL(getrandom), CALL(membarrier), CALL(memfd_create), CALL(openat2), CALL(pidfd_open),
    CALL(pidfd_send_signal), CALL(preadv2), CALL(prlimit64), CALL(pwritev2), CALL(renameat2),
    CALL(rseq), CALL(sched_setattr), CALL(sendmmsg), CALL(splice), CALL(statx), CALL(userfaultfd),
};

static const struct name errors[] = {{"ENOSYS", ENOSYS}, {"EPERM", EPERM}, {"EACCES", EACCES}};

static struct sock_filter program[MOST_INSTRUCTIONS];
static unsigned short length;

static void stop(const char *message, const char *what)
{
    (void)fprintf(stderr, "refuse: %s: %s\n", message, what);
    exit(125);
}

static void add(unsigned short code, unsigned value, unsigned char otherwise)
{
    if (length == MOST_INSTRUCTIONS) {
        stop("too many calls", "");
    }
    program[length++] = (struct sock_filter){.code = code, .jf = otherwise, .k = value};
}

static void load(size_t offset)
{
    add(BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0);
}

static void load_number(void)
{
    load(offsetof(struct seccomp_data, nr));
}

static void load_argument(int index)
{
    load(offsetof(struct seccomp_data, args) + sizeof(__u64) * (size_t)index);
}

/* Refuses the call whose bits of an argument are set. */
static void refuse_bits(long number, int argument, unsigned bits, long error)
{
    load_number();
    add(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 4);
    load_argument(argument);
    add(BPF_ALU | BPF_AND | BPF_K, bits, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, bits, 1);
    add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error, 0);
}

static void refuse_memory_program(long error)
{
    load_number();
    add(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 7);
    load_argument(2);
    add(BPF_ALU | BPF_AND | BPF_K, PROT_EXEC, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, PROT_EXEC, 4);
    load_argument(3);
    add(BPF_ALU | BPF_AND | BPF_K, MAP_ANONYMOUS, 0);
    add(BPF_JMP | BPF_JEQ | BPF_K, MAP_ANONYMOUS, 1);
    add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error, 0);
}

static void refuse_dispatch(long error)
{
    load_number();
    add(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 3);
    load_argument(0);
    add(BPF_JMP | BPF_JEQ | BPF_K, SET_SYSCALL_USER_DISPATCH, 1);
    add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error, 0);
}

static long number_of(const struct name *names, size_t count, const char *name)
{
    for (size_t index = 0; index < count; index++) {
        if (strcmp(names[index].name, name) == 0) {
            return names[index].number;
        }
    }
    return -1;
}

/* Adds the rule of one argument, which is cut into its two parts. */
static void add_rule(char *rule)
{
    char *middle = strchr(rule, '=');
    if (middle == NULL) {
        stop("no CALL=ERROR", rule);
    }
    *middle = '\0';
    long error = number_of(errors, sizeof errors / sizeof *errors, middle + 1);
    long call = number_of(calls, sizeof calls / sizeof *calls, rule);
    if (error < 0) {
        stop("unknown error", middle + 1);
    }
    if (strcmp(rule, "dispatch") == 0) {
        refuse_dispatch(error);
    } else if (strcmp(rule, "memory-program") == 0) {
        refuse_memory_program(error);
    } else if (strcmp(rule, "writable-program") == 0) {
        refuse_bits(SYS_mmap, 2, PROT_WRITE | PROT_EXEC, error);
        refuse_bits(SYS_mprotect, 2, PROT_WRITE | PROT_EXEC, error);
    } else if (call >= 0) {
        load_number();
        add(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 1);
        add(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error, 0);
    } else {
        stop("unknown call", rule);
    }
}

int main(int argc, char **argv)
{
    int index = 1;
    for (; index < argc && strcmp(argv[index], "--") != 0; index++) {
        add_rule(argv[index]);
    }
    if (index + 1 >= argc) {
        stop("no program", "");
    }
    add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0);
    struct sock_fprog filter = {.len = length, .filter = program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
        stop("no filter", strerror(errno));
    }
    (void)execvp(argv[index + 1], argv + index + 1);
    stop("cannot be started", argv[index + 1]);
}
