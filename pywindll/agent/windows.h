/* The part of the Windows API that the agent uses, as documented by Microsoft; there are no headers
 * of Windows where the agent is compiled. */
#pragma once
#include "protocol.h"

/* WIN: functions that Windows calls. WINC: that assembly calls. WINASM, WINCALL: that are called here,
 * by the API's convention and by the C runtime's. On i686 Windows keeps the stack to 4 bytes only. */
#ifdef __x86_64__
#define WIN __attribute__((ms_abi))
#define WINC __attribute__((ms_abi))
#define WINASM __attribute__((ms_abi))
#define WINCALL __attribute__((ms_abi))
#else
#define WIN __attribute__((stdcall, force_align_arg_pointer))
#define WINC __attribute__((cdecl, force_align_arg_pointer))
#define WINASM __attribute__((stdcall))
#define WINCALL __attribute__((cdecl))
#endif

typedef void *HANDLE;
#define INVALID_HANDLE ((HANDLE)(uptr) - 1)
#define GENERIC_READ 0x80000000u
#define GENERIC_WRITE 0x40000000u
#define FILE_SHARE_ALL 7u
#define OPEN_EXISTING 3u
#define PAGE_READWRITE 4u
#define PAGE_EXECUTE_READ 0x20u
#define PAGE_GUARD 0x100u
#define EXCEPTION_STACK_OVERFLOW 0xc00000fdu
#define MEM_COMMIT_RESERVE 0x3000u
#define FILE_MAP_ALL 0xf001fu
#define STD_INPUT ((u32)-10)
#define EVENT_ALL_ACCESS 0x1f0003u
#define SECTION_READ_WRITE 6u
/* SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SEM_NOOPENFILEERRORBOX */
#define SEM_NO_DIALOGS 0x8003u
/* EXCEPTION_UNWINDING, EXCEPTION_EXIT_UNWIND, EXCEPTION_TARGET_UNWIND */
#define EXCEPTION_UNWIND 0x26u

typedef struct EXCEPTION_RECORD {
    u32 code, flags;
    struct EXCEPTION_RECORD *next;
    void *address;
    u32 count;
    uptr information[15];
} EXCEPTION_RECORD;

typedef struct {
    u16 length, capacity; /* bytes */
    const u16 *text;
} UNICODE_STRING;

typedef struct {
    u32 size;
    HANDLE root;
    UNICODE_STRING *name;
    u32 attributes;
    void *security, *quality;
} OBJECT_ATTRIBUTES;

/* Offsets in KUSER_SHARED_DATA, and XSTATE_CONFIGURATION in it. */
#define SHARED_PROCESSOR_FEATURES 0x274
#define PF_AVX 39
#define SHARED_XSTATE 0x3d8
typedef struct {
    u64 enabled, enabled_volatile;
    u32 size, flags;
    struct { u32 offset, size; } features[64];
    u64 supervisor, aligned;
    u32 all_size, all[64];
} XSTATE_CONFIGURATION;

/* Imports: pointers that Windows' loader fills. pe.S has the import directory. */
#define IMPORT(result, name, ...) extern WINASM result (*const import_##name)(__VA_ARGS__) __attribute__((visibility("hidden")));
IMPORT(int, CloseHandle, HANDLE)
IMPORT(HANDLE, CreateFileA, const char *, u32, u32, void *, u32, u32, HANDLE)
IMPORT(HANDLE, CreateFileMappingA, HANDLE, void *, u32, u32, u32, const char *)
IMPORT(HANDLE, CreateThread, void *, uptr, WIN u32 (*)(void *), void *, u32, u32 *)
IMPORT(void, ExitProcess, u32)
IMPORT(u32, GetCurrentProcessId, void)
IMPORT(u32, GetLastError, void)
IMPORT(void *, GetModuleHandleW, const u16 *)
IMPORT(void *, GetProcAddress, void *, const char *)
IMPORT(HANDLE, GetStdHandle, u32)
IMPORT(void *, LoadLibraryExW, const u16 *, HANDLE, u32)
IMPORT(void *, MapViewOfFileEx, HANDLE, u32, u32, u32, uptr, void *)
IMPORT(int, ReadFile, HANDLE, void *, u32, u32 *, void *)
IMPORT(u32, SetErrorMode, u32)
IMPORT(void, SetLastError, u32)
IMPORT(int, SetStdHandle, u32, HANDLE)
IMPORT(void, Sleep, u32)
IMPORT(int, TerminateProcess, HANDLE, u32)
IMPORT(u32, TlsAlloc, void)
IMPORT(void *, TlsGetValue, u32)
IMPORT(int, TlsSetValue, u32, void *)
IMPORT(void *, VirtualAlloc, void *, uptr, u32, u32)
IMPORT(int, VirtualProtect, void *, uptr, u32, u32 *)
IMPORT(int, WriteFile, HANDLE, const void *, u32, u32 *, void *)
IMPORT(int, NtMapViewOfSection, HANDLE, HANDLE, void **, uptr, uptr, void *, uptr *, u32, u32, u32)
IMPORT(int, NtOpenEvent, HANDLE *, u32, OBJECT_ATTRIBUTES *)
IMPORT(int, NtOpenSection, HANDLE *, u32, OBJECT_ATTRIBUTES *)
IMPORT(int, NtSetEvent, HANDLE, int *)

#define CloseHandle import_CloseHandle
#define CreateFileA import_CreateFileA
#define CreateFileMappingA import_CreateFileMappingA
#define CreateThread import_CreateThread
#define ExitProcess import_ExitProcess
#define GetCurrentProcessId import_GetCurrentProcessId
#define GetLastError import_GetLastError
#define GetModuleHandleW (*import_GetModuleHandleW)
#define GetProcAddress (*import_GetProcAddress)
#define GetStdHandle import_GetStdHandle
#define LoadLibraryExW (*import_LoadLibraryExW)
#define MapViewOfFileEx import_MapViewOfFileEx
#define ReadFile import_ReadFile
#define SetErrorMode import_SetErrorMode
#define SetLastError import_SetLastError
#define SetStdHandle import_SetStdHandle
#define Sleep import_Sleep
#define TerminateProcess import_TerminateProcess
#define TlsAlloc import_TlsAlloc
#define TlsGetValue import_TlsGetValue
#define TlsSetValue import_TlsSetValue
#define VirtualAlloc import_VirtualAlloc
#define VirtualProtect import_VirtualProtect
#define WriteFile import_WriteFile
#define NtMapViewOfSection import_NtMapViewOfSection
#define NtOpenSection import_NtOpenSection
#define NtOpenEvent import_NtOpenEvent
#define NtSetEvent import_NtSetEvent
