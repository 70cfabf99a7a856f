/* Calls out of the agent and back into it, by the 32-bit calling conventions of Windows.
 * Structured exception handling: a chain of frames, handler and link, from fs:[0]. */
    .text

/* stdcall void trampoline(u64 function, void *words, u32 count, u64 *result, u32 result_kind, u32 ecx, u32 edx)
 * Copies the words onto the stack, calls, and takes the stack back from ebp, so that it does not
 * matter whether the routine took its arguments off (stdcall, thiscall, fastcall) or not (cdecl).
 * result[0] = edx:eax, result[1] = st(0) as a float or a double. */
    .set FUNCTION, 8
    .set WORDS, 16
    .set COUNT, 20
    .set RESULT, 24
    .set KIND, 28
    .set ECX, 32
    .set EDX, 36
    .globl trampoline
trampoline:
    push %ebp
    mov %esp, %ebp
    push %ebx
    push %esi
    push %edi
    push %ebp                       /* for the handler: found 8 bytes above the frame */
    push $exception_handler
    pushl %fs:0
    movl %esp, %fs:0
    mov COUNT(%ebp), %ecx
    lea (, %ecx, 4), %eax
    sub %eax, %esp
    and $-16, %esp
    mov %esp, %edi
    mov WORDS(%ebp), %esi
    cld
    rep movsl
    mov FUNCTION(%ebp), %eax
    mov ECX(%ebp), %ecx
    mov EDX(%ebp), %edx
    call *%eax
    mov RESULT(%ebp), %ecx
    mov %eax, (%ecx)
    mov %edx, 4(%ecx)
    mov KIND(%ebp), %edx
    cmp $1, %edx
    jb trampoline_landing
    ja 1f
    fstps 8(%ecx)
    jmp trampoline_landing
1:  fstpl 8(%ecx)
/* Where an exception goes on: ebp is the frame's. */
trampoline_landing:
    lea -24(%ebp), %esp
    popl %fs:0
    add $8, %esp
    pop %edi
    pop %esi
    pop %ebx
    pop %ebp
    ret $32

/* cdecl EXCEPTION_DISPOSITION exception_handler(record, frame, context, dispatcher)
 * Called when nothing in the DLL has handled the exception. Unwinds to trampoline_landing, or lets
 * the search go on. */
exception_handler:
    push %ebp
    mov %esp, %ebp
    push %ebx
    push %esi
    push %edi
    sub $12, %esp
    and $-16, %esp
    sub $16, %esp
    mov 8(%ebp), %eax
    mov %eax, (%esp)
    call note_exception
    test %eax, %eax
    jz 2f
    mov 12(%ebp), %ebx
    push $0
    pushl 8(%ebp)
    push $1f
    push %ebx
    call *import_RtlUnwind          /* leaves esp and ebp, not ebx, esi, edi */
1:  mov 12(%ebp), %ebx
    mov 8(%ebx), %ebp
    fninit                          /* what the routine left on the stack of the coprocessor */
    jmp trampoline_landing
2:  lea -12(%ebp), %esp
    pop %edi
    pop %esi
    pop %ebx
    pop %ebp
    mov $1, %eax                    /* ExceptionContinueSearch */
    ret

/* Where all thunks lead, with the callback's number in eax and ecx used up. callback_entry answers
 * how many bytes to take off the stack, and above bit 16 whether the result is a float or a double. */
    .globl callback_thunk_target
callback_thunk_target:
    push %ebp
    mov %esp, %ebp
    sub $24, %esp                   /* result at -16(%ebp), two registers */
    and $-16, %esp
    sub $16, %esp
    mov %eax, (%esp)
    lea 8(%ebp), %ecx
    mov %ecx, 4(%esp)
    movl $0, 8(%esp)
    lea -16(%ebp), %ecx
    mov %ecx, 12(%esp)
    call callback_entry             /* stdcall */
    mov %eax, %ecx
    mov -16(%ebp), %eax
    mov -12(%ebp), %edx
    test $0x10000, %ecx
    jz 1f
    flds -8(%ebp)
1:  test $0x20000, %ecx
    jz 2f
    fldl -8(%ebp)
2:  and $0xffff, %ecx
    mov %ebp, %esp
    pop %ebp
    /* The return address goes up by ecx bytes, and the stack with it. */
    push %eax
    mov 4(%esp), %eax
    mov %eax, 4(%esp, %ecx)
    pop %eax
    lea (%esp, %ecx), %esp
    ret

    .section .note.GNU-stack, "", @progbits
