/* Whether this runs in Valgrind. */
#ifndef PYEMBED_VALGRIND_H
#define PYEMBED_VALGRIND_H

#if defined(__x86_64__)

/* Valgrind knows these instructions, which do nothing elsewhere, and answers the request that they are about:
 * whether it is there. */
static inline int pyembed_is_in_valgrind(void)
{
    unsigned long request[6] = {0x1001};
    unsigned long result = 0;
    __asm__ volatile("rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi\n\t"
                     "xchgq %%rbx, %%rbx"
                     : "+d"(result)
                     : "a"(request)
                     : "cc", "memory");
    return result != 0;
}

#endif

#endif
