/* Calls out of the agent and back into it, by the x64 calling convention of Windows.
 * Unwind data: Microsoft's "x64 exception handling". */
#include "layout.h"
    .text

/* void trampoline(function rcx, words rdx, count r8, result r9)
 * Copies the words onto the stack and puts the first four into the integer and the XMM registers
 * alike, so that it does not matter which of the two a parameter is passed in; this is also what a
 * routine with variable arguments expects. result[0] = rax, result[1] = xmm0. */
    .globl trampoline
trampoline:
    push %rbp
0:  push %rbx
1:  push %rsi
2:  push %rdi
3:  mov %rsp, %rbp
4:  mov %r9, %rbx
    mov %rcx, %rax
    mov $4, %ecx                    /* room for four at least */
    cmp %rcx, %r8
    cmova %r8, %rcx
    lea 15(, %rcx, 8), %rcx
    and $-16, %rcx
    sub %rcx, %rsp
    and $-16, %rsp
    mov %rdx, %rsi
    mov %rsp, %rdi
    mov %r8, %rcx
    cld
    rep movsq
    mov (%rsp), %rcx
    movq %rcx, %xmm0
    mov 8(%rsp), %rdx
    movq %rdx, %xmm1
    mov 16(%rsp), %r8
    movq %r8, %xmm2
    mov 24(%rsp), %r9
    movq %r9, %xmm3
    call *%rax
    mov %rax, (%rbx)
    movsd %xmm0, 8(%rbx)
/* Where an exception goes on: rbp is the frame's. */
trampoline_landing:
    mov %rbp, %rsp
    pop %rdi
    pop %rsi
    pop %rbx
    pop %rbp
    ret
trampoline_end:

/* EXCEPTION_DISPOSITION exception_handler(record rcx, frame rdx, context r8, dispatcher r9)
 * The language handler of trampoline's frame: called when nothing in the DLL has handled the
 * exception. Unwinds to trampoline_landing, or lets the search go on. */
exception_handler:
    push %rbx
5:  push %rsi
6:  push %rdi
7:  sub $48, %rsp
8:  mov %rcx, %rbx
    mov %rdx, %rsi
    mov %r9, %rdi
    call note_exception
    test %eax, %eax
    jz 9f
    mov %rsi, %rcx                  /* TargetFrame */
    lea trampoline_landing(%rip), %rdx
    mov %rbx, %r8                   /* ExceptionRecord */
    xor %r9d, %r9d
    mov 0x28(%rdi), %rax            /* DISPATCHER_CONTEXT.ContextRecord */
    mov %rax, 32(%rsp)
    mov 0x40(%rdi), %rax            /* DISPATCHER_CONTEXT.HistoryTable */
    mov %rax, 40(%rsp)
    call *import_RtlUnwindEx(%rip)
9:  mov $1, %eax                    /* ExceptionContinueSearch */
    add $48, %rsp
    pop %rdi
    pop %rsi
    pop %rbx
    ret
exception_handler_end:

/* Where all thunks lead, with the callback's number in r10d. Saves the four register arguments in
 * the home space that the caller left, so that all words lie in a row. */
    .globl callback_thunk_target
callback_thunk_target:
    mov %rcx, 8(%rsp)
    mov %rdx, 16(%rsp)
    mov %r8, 24(%rsp)
    mov %r9, 32(%rsp)
    sub $88, %rsp
callback_allocated:
    movsd %xmm0, 32(%rsp)
    movsd %xmm1, 40(%rsp)
    movsd %xmm2, 48(%rsp)
    movsd %xmm3, 56(%rsp)
    mov %r10d, %ecx
    lea 96(%rsp), %rdx
    lea 32(%rsp), %r8
    lea 64(%rsp), %r9
    call callback_entry
    mov 64(%rsp), %rax
    movsd 72(%rsp), %xmm0
    add $88, %rsp
    ret
callback_end:

    .section .pe.functions, "a"
    .long RVA(trampoline), RVA(trampoline_end), RVA(trampoline_unwind)
    .long RVA(exception_handler), RVA(exception_handler_end), RVA(handler_unwind)
    .long RVA(callback_thunk_target), RVA(callback_end), RVA(callback_unwind)

    .section .pe.unwind, "a"
    .balign 4
/* Version 1 with an exception handler, length of the prologue, codes, frame register rbp; then the
 * codes from the last instruction to the first: offset after it, operation and register. */
trampoline_unwind:
    .byte 0x09, 4b - trampoline, 5, 0x05
    .byte 4b - trampoline, 0x03     /* set frame register */
    .byte 3b - trampoline, 0x70     /* push rdi */
    .byte 2b - trampoline, 0x60     /* push rsi */
    .byte 1b - trampoline, 0x30     /* push rbx */
    .byte 0b - trampoline, 0x50     /* push rbp */
    .byte 0, 0
    .long RVA(exception_handler)
    .balign 4
handler_unwind:
    .byte 0x01, 8b - exception_handler, 4, 0
    .byte 8b - exception_handler, 0x52 /* allocate (5 + 1) * 8 bytes */
    .byte 7b - exception_handler, 0x70
    .byte 6b - exception_handler, 0x60
    .byte 5b - exception_handler, 0x30
    .balign 4
callback_unwind:
    .byte 0x01, callback_allocated - callback_thunk_target, 1, 0
    .byte callback_allocated - callback_thunk_target, 0xa2 /* allocate (10 + 1) * 8 bytes */
    .byte 0, 0

    .section .note.GNU-stack, "", @progbits
