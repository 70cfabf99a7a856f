/* See memory.h. */
#define _GNU_SOURCE
#include <Python.h>

#include "memory.h"

#if defined(__linux__) && defined(__GLIBC__)

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Bytes of a large page. */
#define LARGE ((uintptr_t)2 << 20)
/* Arenas, of a megabyte each, that a process takes before it counts as large; the smallest ones take
 * three or four, and would only grow by the rest of a large page. */
#define SMALL_ARENAS 6
/* Bytes that a large process takes from the system at a time. */
#define STEP ((size_t)32 << 20)
/* Just below the size from which the C library gives each block pages of its own. */
#define HEAP_BLOCK ((size_t)120 << 10)

/* What is left of the last step, for arenas. */
static char *next_arena;
static char *end_of_arenas;
/* Whether the C library's heap is asked for in large pages, too. */
static int heap_counts;
/* Where the C library's heap ended when it was looked at last. */
static char *end_of_heap;

static char *rounded_up(char *address)
{
    return (char *)(((uintptr_t)address + LARGE - 1) & ~(LARGE - 1));
}

/* Asks for large pages from `start` to `end`. It is advice: nothing depends on the answer. */
static void advise(char *start, char *end)
{
    start = rounded_up(start);
    if (start < end) {
        (void)madvise(start, (size_t)(end - start), MADV_HUGEPAGE);
    }
}

/* Lets the C library's heap grow in steps, and at once, so that it can be advised about. */
static void grow_heap(void)
{
    char *end = sbrk(0);
    (void)mallopt(M_TOP_PAD, (int)STEP);
    /* The first may still fit into what the heap has. */
    void *first = malloc(HEAP_BLOCK);
    void *second = malloc(HEAP_BLOCK);
    free(second);
    free(first);
    end_of_heap = sbrk(0);
    advise(end, end_of_heap);
}

static void follow_heap(void)
{
    if (end_of_heap == NULL) {
        grow_heap();
    } else if (end_of_heap != sbrk(0)) {
        char *end = sbrk(0);
        advise(end_of_heap, end);
        end_of_heap = end;
    }
}

static void *map(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

static void *allocate(void *context, size_t size)
{
    static size_t arenas;
    (void)context;
    if (arenas < SMALL_ARENAS) {
        arenas++;
        return map(size);
    }
    if (heap_counts) {
        follow_heap();
    }
    if ((size_t)(end_of_arenas - next_arena) < size) {
        char *memory = map(STEP + LARGE);
        if (memory == NULL) {
            return map(size);
        }
        next_arena = rounded_up(memory);
        end_of_arenas = memory + STEP + LARGE;
        advise(next_arena, end_of_arenas);
    }
    void *arena = next_arena;
    next_arena += size;
    return arena;
}

static void release(void *context, void *arena, size_t size)
{
    (void)context;
    (void)munmap(arena, size);
}

void pyembed_use_large_pages(int with_heap)
{
    heap_counts = with_heap;
    PyObjectArenaAllocator allocator = {NULL, allocate, release};
    PyObject_SetArenaAllocator(&allocator);
}

#else

void pyembed_use_large_pages(int with_heap)
{
    (void)with_heap;
}

#endif
