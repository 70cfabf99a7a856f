/* The agent's PE headers and import directory; pe.ld puts them in place. IMAGE_BASE and the symbols
 * that end in _rva and _size come from there, or from the command line.
 * Format: Microsoft's "PE Format"; sections in the file lie as in memory, in pages. */
#include "layout.h"

    .section .pe.header, "a"
    .ascii "MZ"
    .skip 58
    .long 64                        /* e_lfanew */
    .ascii "PE\0\0"
#ifdef __x86_64__
    .word 0x8664                    /* IMAGE_FILE_MACHINE_AMD64 */
#else
    .word 0x14c                     /* IMAGE_FILE_MACHINE_I386 */
#endif
    .word 3                         /* sections */
    .long 0, 0, 0
    .word optional_header_end - optional_header
#ifdef __x86_64__
    .word 0x23                      /* no relocations, executable, large addresses */
#else
    .word 0x103                     /* no relocations, executable, 32 bits */
#endif
optional_header:
#ifdef __x86_64__
    .word 0x20b                     /* PE32+ */
#else
    .word 0x10b                     /* PE32 */
#endif
    .byte 1, 0
    .long text_size, data_size, 0   /* code, data, bss */
    .long entry_rva
    .long text_rva
#ifndef __x86_64__
    .long rdata_rva
#endif
    POINTER IMAGE_BASE
    .long 4096, 4096                /* section and file alignment */
    .word 6, 1, 0, 0, 6, 1          /* versions: system, image, subsystem */
    .long 0
    .long image_size
    .long 4096                      /* headers */
    .long 0
    .word 3                         /* IMAGE_SUBSYSTEM_WINDOWS_CUI */
    .word 0x100                     /* NX compatible */
    POINTER 0x100000, 0x10000       /* stack: reserved, committed */
    POINTER 0x100000, 0x1000        /* heap */
    .long 0, 16                     /* directories */
    .long 0, 0
    .long imports_rva, imports_end - imports
    .long 0, 0
#ifdef __x86_64__
    .long functions_rva, functions_size /* exceptions */
#else
    .long 0, 0
#endif
    .fill 8, 8, 0
    .long iat_rva, iat_end - iat
    .fill 3, 8, 0
optional_header_end:
    .ascii ".text\0\0\0"
    .long text_size, text_rva, text_size, text_rva, 0, 0, 0, 0x60000020
    .ascii ".rdata\0\0"
    .long rdata_size, rdata_rva, rdata_size, rdata_rva, 0, 0, 0, 0x40000040
    .ascii ".data\0\0\0"
    .long data_memory_size, data_rva, data_size, data_rva, 0, 0, 0, 0xc0000040

/* One line for each import: its hint and name, its entries in the lookup and the address tables. */
.macro import name
    .section .pe.names, "a"
    .balign 2
1:  .word 0
    .asciz "\name"
    .section .pe.lookup, "a"
    POINTER RVA(1b)
    .section .pe.iat, "aw"
    .globl import_\name
    .hidden import_\name
import_\name:
    POINTER RVA(1b)
.endm
.macro imports_end_of_library
    .section .pe.lookup, "a"
    POINTER 0
    .section .pe.iat, "aw"
    POINTER 0
.endm

    .section .pe.lookup, "a"
kernel32_lookup:
    .section .pe.iat, "aw"
iat:
kernel32_iat:
    import CloseHandle
    import CreateFileA
    import CreateFileMappingA
    import CreateThread
    import ExitProcess
    import GetCurrentProcessId
    import GetLastError
    import GetModuleHandleW
    import GetProcAddress
    import GetStdHandle
    import LoadLibraryExW
    import MapViewOfFileEx
    import ReadFile
    import SetErrorMode
    import SetLastError
    import SetStdHandle
    import Sleep
    import TerminateProcess
    import TlsAlloc
    import TlsGetValue
    import TlsSetValue
    import VirtualAlloc
    import VirtualProtect
    import WriteFile
    imports_end_of_library
    .section .pe.lookup, "a"
ntdll_lookup:
    .section .pe.iat, "aw"
ntdll_iat:
    import NtMapViewOfSection
    import NtOpenEvent
    import NtOpenSection
    import NtSetEvent
#ifdef __x86_64__
    import RtlUnwindEx
#else
    import RtlUnwind
#endif
    imports_end_of_library
    .section .pe.iat, "aw"
iat_end:

    .section .pe.imports, "a"
imports:
    .long RVA(kernel32_lookup), 0, 0, RVA(kernel32_name), RVA(kernel32_iat)
    .long RVA(ntdll_lookup), 0, 0, RVA(ntdll_name), RVA(ntdll_iat)
    .fill 20, 1, 0
imports_end:
    .globl imports, iat
kernel32_name:
    .asciz "kernel32.dll"
ntdll_name:
    .asciz "ntdll.dll"

    .section .note.GNU-stack, "", @progbits
