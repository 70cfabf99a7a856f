/* The agent: the process under Wine that loads DLLs and calls their routines for the host.
 *
 * A Windows program without a C runtime, compiled by the host's own C compiler and laid out as a PE
 * file by pe.S and pe.ld. What it shares with the host is declared in protocol.h, which the build
 * script writes from src/protocol.rs; that file also says how turns and levels work.
 *
 * - The main thread reads the greeting from standard input, maps the arena, and serves channel 0.
 * - One thread serves each further channel, so that each thread of the host has one Win32 thread.
 * - One thread waits for the end of the life line and then ends the process.
 * - Threads that DLLs make borrow one of the last channels while they call back.
 *
 * Everything else is a call: LoadLibraryExW and its like are routines as any, whose addresses the
 * host finds in the header.
 */
#include "windows.h"

/* In trampoline_*.S. Hidden: there is no table of addresses that code would go through. */
#define HIDDEN __attribute__((visibility("hidden")))
extern HIDDEN WINASM void trampoline(u64 function, void *words, uptr count, u64 *result, uptr result_kind, uptr ecx,
                           uptr edx);
extern HIDDEN void callback_thunk_target(void);

typedef struct {
    Channel *channel;
    HANDLE read_bell, write_bell;
    u32 level; /* of the frame that runs */
    u32 exception;
    uptr exception_access, exception_address;
} Thread;

static u8 *arena;
static Header *header;
static Greeting greeting;
static HANDLE life_line;
static u32 thread_slot; /* TLS index: the Thread of this thread, or 0 */
static Thread threads[CHANNELS];
static CallbackKind callbacks[CALLBACKS];
static u8 *thunks;
static volatile u32 foreign_busy[FOREIGN_CHANNELS];

#define BARRIER() __sync_synchronize()

static Channel *channel_at(u32 index) {
    return (Channel *)(arena + CHANNELS_OFFSET + (uptr)CHANNEL_STRIDE * index);
}

void *memcpy(void *to, const void *from, uptr count) {
    void *start = to;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(count)::"memory");
    return start;
}

void *memset(void *to, int value, uptr count) {
    void *start = to;
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(count) : "a"(value) : "memory");
    return start;
}

static void fail(u32 code) {
    TerminateProcess((HANDLE)(uptr)-1, code);
    for (;;) Sleep(1000);
}

/* ---- Files of the host ------------------------------------------------------------------- */

static char *append(char *at, const char *text) {
    while (*text) *at++ = *text++;
    *at = 0;
    return at;
}

static char *append_number(char *at, u32 number) {
    char digits[11], *first = digits + sizeof digits - 1;
    *first = 0;
    do *--first = (char)('0' + number % 10);
    while (number /= 10);
    return append(at, first);
}

/* Opens a descriptor of the host by its name in /proc; "self" there would be Wine's server. A prefix
 * made by hand may lack the drive Z:, one of an old Wine the name of Unix paths, so both are tried. */
static HANDLE open_descriptor(u32 descriptor, u32 access) {
    static const char *const roots[] = {"\\\\?\\unix\\proc\\", "Z:\\proc\\"};
    for (u32 i = 0; i < 2; i++) {
        char path[64];
        char *end = append(path, roots[i]);
        end = append_number(end, greeting.host_pid);
        end = append(end, "\\fd\\");
        append_number(end, descriptor);
        HANDLE file = CreateFileA(path, access, FILE_SHARE_ALL, 0, OPEN_EXISTING, 0, 0);
        if (file != INVALID_HANDLE) return file;
    }
    return INVALID_HANDLE;
}

/* ---- Turns -------------------------------------------------------------------------------- */

static void give_turn(Thread *thread) {
    Channel *channel = thread->channel;
    BARRIER();
    *(volatile u32 *)&channel->turn += 1;
    BARRIER();
    if (*(volatile u32 *)&channel->host_waits) {
        u8 byte = 1;
        u32 written = 0;
        WriteFile(thread->write_bell, &byte, 1, &written, 0);
    }
}

static void wait_for_turn(Thread *thread) {
    Channel *channel = thread->channel;
    volatile u32 *turn = &channel->turn, *waits = &channel->agent_waits;
    u32 spin = channel->spin;
    while (!(*turn & 1)) {
        if (spin) {
            spin--;
            __builtin_ia32_pause();
            continue;
        }
        *waits = 1;
        BARRIER();
        if (!(*turn & 1)) {
            u8 byte;
            u32 count = 0;
            if (!ReadFile(thread->read_bell, &byte, 1, &count, 0) || !count) fail(3);
        }
        *waits = 0;
    }
    BARRIER();
}

/* ---- Calls -------------------------------------------------------------------------------- */

/* What a trampoline's exception handlers call: true when the exception ends the call. */
WINC int note_exception(EXCEPTION_RECORD *record) {
    if (record->flags & EXCEPTION_UNWIND) return 0;
    Thread *thread = TlsGetValue(thread_slot);
    if (!thread) return 0;
    thread->exception = record->code;
    thread->exception_access = record->count > 0 ? record->information[0] : 0;
    thread->exception_address = record->count > 1 ? record->information[1] : (uptr)record->address;
    return 1;
}

static u32 exchange_errno(Frame *frame, int after) {
    for (u32 i = 0; i < 2; i++) {
        if (!header->errno_functions[i]) continue;
        int *value = ((int *(WINCALL *)(void))(uptr)header->errno_functions[i])();
        if (!after) *value = (int)frame->errno;
        else if ((u32)*value != frame->errno) return (u32)*value;
    }
    return frame->errno;
}

/* A stack overflow uses up the guard page that raises it. This has the page in use be one, so that
 * Wine puts the guard back below it at the next access, as `_resetstkoflw` of the C runtime does. */
static void restore_stack_guard(void) {
    volatile u8 here = 0;
    u32 before;
    VirtualProtect((void *)&here, 1, PAGE_READWRITE | PAGE_GUARD, &before);
    here = 1;
}

static void call(Thread *thread, Frame *frame) {
    u64 result[2] = {0, 0};
    u32 words = frame->words <= ARGUMENT_WORDS ? frame->words : ARGUMENT_WORDS;
    thread->exception = 0;
    if (frame->flags & FLAG_ERRNO) exchange_errno(frame, 0);
    SetLastError(frame->last_error);
    trampoline(frame->function, frame->arguments, words, result, frame->result_kind, frame->registers[0],
               frame->registers[1]);
    frame->last_error = GetLastError();
    if (thread->exception == EXCEPTION_STACK_OVERFLOW) restore_stack_guard();
    if (frame->flags & FLAG_ERRNO) frame->errno = exchange_errno(frame, 1);
    frame->exception = thread->exception;
    frame->exception_access = thread->exception_access;
    frame->exception_address = thread->exception_address;
    frame->result = result[0];
    frame->result_float = result[1];
}

static WIN u32 serve_thread(void *channel);

static void open_channel(Frame *frame) {
    u32 index = (u32)frame->arguments[0];
    frame->result = 0;
    if (index == 0 || index >= CHANNELS) return;
    Thread *thread = &threads[index];
    Channel *channel = channel_at(index);
    thread->channel = channel;
    thread->level = 0;
    thread->read_bell = open_descriptor(channel->agent_bell, GENERIC_READ);
    thread->write_bell = open_descriptor(channel->host_bell, GENERIC_WRITE);
    if (thread->read_bell == INVALID_HANDLE || thread->write_bell == INVALID_HANDLE) return;
    if (index < CHANNELS - FOREIGN_CHANNELS) {
        HANDLE handle = CreateThread(0, 0, serve_thread, thread, 0, 0);
        if (!handle) return;
        CloseHandle(handle);
    }
    channel->opened = 1;
    frame->result = 1;
}

static void batch(Thread *thread, Frame *frame) {
    Frame *calls = (Frame *)(uptr)frame->arguments[0];
    u64 done = 0;
    while (done < frame->arguments[1]) {
        call(thread, &calls[done]);
        if (calls[done++].exception) break;
    }
    frame->result = done;
}

static void add_callback(Frame *frame) {
    CallbackKind *kind = (CallbackKind *)frame->arguments;
    frame->result = 0;
    if (kind->index >= CALLBACKS || kind->words > ARGUMENT_WORDS) return;
    callbacks[kind->index] = *kind;
    frame->result = (uptr)(thunks + 16 * kind->index);
}

/* Does what the frame asks for. False when this thread is to end. */
static int serve(Thread *thread, Frame *frame) {
    switch (frame->operation) {
    case OP_Call:
        call(thread, frame);
        break;
    case OP_AddCallback:
        add_callback(frame);
        break;
    case OP_OpenChannel:
        open_channel(frame);
        break;
    case OP_Batch:
        batch(thread, frame);
        break;
    case OP_Quit:
        ExitProcess(0);
        break;
    case OP_EndThread:
        frame->operation = OP_Returned;
        return 0;
    }
    frame->operation = OP_Returned;
    return 1;
}

static void serve_channel(Thread *thread) {
    for (;;) {
        wait_for_turn(thread);
        u32 level = thread->channel->level;
        if (level != 0) fail(10);
        int more = serve(thread, &thread->channel->frames[0]);
        thread->channel->level = 0;
        give_turn(thread);
        if (!more) return;
    }
}

static WIN u32 serve_thread(void *argument) {
    Thread *thread = argument;
    TlsSetValue(thread_slot, thread);
    serve_channel(thread);
    CloseHandle(thread->read_bell);
    CloseHandle(thread->write_bell);
    return 0;
}

/* ---- Callbacks ---------------------------------------------------------------------------- */

/* A thread that a DLL made borrows a channel, for as long as its callback takes. */
static Thread *borrow_channel(u32 *place) {
    for (;;) {
        for (u32 i = 0; i < FOREIGN_CHANNELS; i++) {
            Thread *thread = &threads[CHANNELS - FOREIGN_CHANNELS + i];
            if (!thread->channel || !thread->channel->opened) continue;
            if (__sync_lock_test_and_set(&foreign_busy[i], 1)) continue;
            *place = i;
            thread->level = (u32)-1;
            return thread;
        }
        Sleep(1);
    }
}

/* Hands a callback to the host and serves its requests until it is done.
 * `words` are the arguments on the stack, `floats` the four XMM registers on x86_64, `result` takes
 * two 8-byte registers. Answers what the i686 trampoline has to do: bytes to take off the stack,
 * and at bit 16 the kind of a floating-point result. */
WIN u32 callback_entry(uptr index, uptr *words, u64 *floats, u64 *result) {
    u32 last_error = GetLastError();
    const CallbackKind *kind = &callbacks[index];
    u32 place = FOREIGN_CHANNELS;
    Thread *thread = TlsGetValue(thread_slot);
    if (!thread) {
        thread = borrow_channel(&place);
        TlsSetValue(thread_slot, thread);
    }
    Channel *channel = thread->channel;
    u32 outer = thread->level, level = outer + 1;
    result[0] = result[1] = 0;
    if (level + 1 >= LEVELS) {
        channel->frames[outer].flags |= FLAG_TOO_DEEP;
    } else {
        Frame *frame = &channel->frames[level];
        frame->operation = OP_Callback;
        frame->callback = (u32)index;
        frame->words = kind->words;
        frame->last_error = last_error;
        for (u32 i = 0; i < kind->words; i++) {
#ifdef __x86_64__
            frame->arguments[i] = i < 4 && (kind->floats >> i & 1) ? floats[i] : words[i];
#else
            ((u32 *)frame->arguments)[i] = words[i];
#endif
        }
        channel->level = level;
        give_turn(thread);
        for (;;) {
            wait_for_turn(thread);
            if (channel->level == level && frame->operation == OP_CallbackDone) break;
            if (channel->level != level + 1) fail(11);
            u32 exception = thread->exception;
            thread->level = level + 1;
            serve(thread, &channel->frames[level + 1]);
            thread->level = outer;
            thread->exception = exception;
            channel->level = level + 1;
            give_turn(thread);
        }
        result[0] = frame->result;
        result[1] = frame->result_float;
        last_error = frame->last_error;
    }
    if (place < FOREIGN_CHANNELS) {
        TlsSetValue(thread_slot, 0);
        __sync_lock_release(&foreign_busy[place]);
    }
    SetLastError(last_error);
    (void)floats;
    return kind->pop | kind->result_kind << 16;
}

/* The thunks of all callbacks, written once and never again, so that no page is writable and
 * executable at the same time:
 *     b8 index          mov eax, index   (x86_64: 41 ba index, mov r10d, index)
 *     e9 distance       jmp callback_thunk_target, through the head of the table on x86_64 */
static void write_thunks(void) {
    uptr size = 16 * (CALLBACKS + 1);
    thunks = VirtualAlloc(0, size, MEM_COMMIT_RESERVE, PAGE_READWRITE);
    if (!thunks) fail(12);
    u8 *head = thunks + 16 * CALLBACKS;
    uptr target = (uptr)callback_thunk_target;
    u32 at = 0;
#ifdef __x86_64__
    head[at++] = 0x49; /* mov r11, target */
    head[at++] = 0xbb;
#else
    head[at++] = 0xb9; /* mov ecx, target */
#endif
    memcpy(head + at, &target, sizeof target);
    at += sizeof target;
#ifdef __x86_64__
    head[at++] = 0x41; /* jmp r11 */
    head[at++] = 0xff;
    head[at++] = 0xe3;
#else
    head[at++] = 0xff; /* jmp ecx */
    head[at++] = 0xe1;
#endif
    for (u32 i = 0; i < CALLBACKS; i++) {
        u8 *thunk = thunks + 16 * i;
        u32 k = 0;
#ifdef __x86_64__
        thunk[k++] = 0x41;
        thunk[k++] = 0xba;
#else
        thunk[k++] = 0xb8;
#endif
        memcpy(thunk + k, &i, 4);
        k += 4;
        thunk[k++] = 0xe9;
        u32 distance = (u32)(head - (thunk + k + 4));
        memcpy(thunk + k, &distance, 4);
    }
    u32 before;
    if (!VirtualProtect(thunks, size, PAGE_EXECUTE_READ, &before)) fail(12);
}

/* ---- Start and end ------------------------------------------------------------------------ */

static WIN u32 watch_life_line(void *unused) {
    u8 byte;
    u32 count;
    (void)unused;
    while (ReadFile(life_line, &byte, 1, &count, 0) && count) {}
    fail(5);
    return 0;
}

/* What wineboot does for the processes after it, in a prefix where nobody runs it. */

static OBJECT_ATTRIBUTES kernel_object(UNICODE_STRING *name, const u16 *text, u32 size) {
    *name = (UNICODE_STRING){size - 2, size - 2, text};
    return (OBJECT_ATTRIBUTES){sizeof(OBJECT_ATTRIBUTES), 0, name, 0, 0, 0};
}

/* The second process would wait for minutes for this event, which wineboot sets when it is done. Its
 * handle stays open, so that the event stays. */
static void tell_that_wine_has_booted(void) {
    static const u16 text[] = u"\\KernelObjects\\__wineboot_event";
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes = kernel_object(&name, text, sizeof text);
    HANDLE event = 0;
    if (NtOpenEvent(&event, EVENT_ALL_ACCESS, &attributes) == 0) NtSetEvent(event, 0);
}

static void ask_processor(u32 leaf, u32 registers[4]) {
    __asm__ volatile("cpuid" : "=a"(registers[0]), "=b"(registers[1]), "=c"(registers[2]), "=d"(registers[3])
                     : "a"(leaf), "c"(0));
}

/* Wine saves the AVX registers of 32-bit code that raises an exception by this description, and
 * crashes where there is none. Sizes and offsets: the standard format of XSAVE. */
static void describe_processor_state(void) {
    static const u16 text[] = u"\\KernelObjects\\__wine_user_shared_data";
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes = kernel_object(&name, text, sizeof text);
    HANDLE section = 0;
    void *view = 0;
    uptr size = 0;
    u32 registers[4];
    ask_processor(0, registers);
    if (registers[0] < 0xd) return;
    ask_processor(1, registers);
    const u32 osxsave_and_avx = 1u << 27 | 1u << 28;
    if ((registers[2] & osxsave_and_avx) != osxsave_and_avx) return;
    if (NtOpenSection(&section, SECTION_READ_WRITE, &attributes) != 0) return;
    if (NtMapViewOfSection(section, (HANDLE)(uptr)-1, &view, 0, 0, 0, &size, 1, 0, PAGE_READWRITE) == 0) {
        XSTATE_CONFIGURATION *state = (XSTATE_CONFIGURATION *)((u8 *)view + SHARED_XSTATE);
        if (!state->enabled) {
            static const u16 offsets[] = {0, 160, 576}, sizes[] = {160, 256, 256};
            for (u32 i = 0; i < 3; i++) {
                state->features[i].offset = offsets[i];
                state->features[i].size = state->all[i] = sizes[i];
            }
            state->size = state->all_size = 576 + 256;
            state->enabled_volatile = 7;
            *((u8 *)view + SHARED_PROCESSOR_FEATURES + PF_AVX) = 1;
            BARRIER();
            state->enabled = 7;
        }
    }
    CloseHandle(section);
}

static void read_greeting(void) {
    u32 have = 0;
    life_line = GetStdHandle(STD_INPUT);
    while (have < sizeof greeting) {
        u32 count = 0;
        if (!ReadFile(life_line, (u8 *)&greeting + have, sizeof greeting - have, &count, 0) || !count) fail(6);
        have += count;
    }
    /* DLLs that read standard input find its end, and not the life line. */
    HANDLE nothing = CreateFileA("NUL", GENERIC_READ, FILE_SHARE_ALL, 0, OPEN_EXISTING, 0, 0);
    SetStdHandle(STD_INPUT, nothing);
}

static void map_arena(void) {
    HANDLE file = open_descriptor(greeting.arena_fd, GENERIC_READ | GENERIC_WRITE);
    if (file == INVALID_HANDLE) fail(7);
    HANDLE mapping = CreateFileMappingA(file, 0, PAGE_READWRITE, 0, 0, 0);
    if (!mapping) fail(8);
    arena = MapViewOfFileEx(mapping, FILE_MAP_ALL, 0, 0, 0, (void *)(uptr)greeting.base);
    if (!arena) fail(9);
    CloseHandle(mapping);
    CloseHandle(file);
    header = (Header *)arena;
    if (header->magic != MAGIC || header->version != VERSION) fail(13);
    for (u32 i = 0; i < sizeof greeting.token; i++)
        if (header->token[i] != greeting.token[i]) fail(13);
    memset(header->token, 0, sizeof header->token);
}

WIN u32 agent_main(void) {
    tell_that_wine_has_booted();
    describe_processor_state();
    read_greeting();
    map_arena();
    write_thunks();
    thread_slot = TlsAlloc();
    SetErrorMode(SEM_NO_DIALOGS);
    header->agent_pid = GetCurrentProcessId();
    header->pointer_size = sizeof(void *);
    header->probe = (uptr)greeting.token;
    header->load_library = (uptr)&LoadLibraryExW;
    header->get_proc_address = (uptr)&GetProcAddress;
    header->get_module_handle = (uptr)&GetModuleHandleW;
    Thread *thread = &threads[0];
    thread->channel = channel_at(0);
    thread->read_bell = open_descriptor(thread->channel->agent_bell, GENERIC_READ);
    thread->write_bell = open_descriptor(thread->channel->host_bell, GENERIC_WRITE);
    if (thread->read_bell == INVALID_HANDLE || thread->write_bell == INVALID_HANDLE) fail(7);
    TlsSetValue(thread_slot, thread);
    CreateThread(0, 0, watch_life_line, 0, 0, 0);
    thread->channel->opened = 1;
    BARRIER();
    header->state = AGENT_READY;
    /* The host waits for the state at the doorbell. */
    u8 byte = 1;
    u32 written = 0;
    WriteFile(thread->write_bell, &byte, 1, &written, 0);
    serve_channel(thread);
    return 0;
}
