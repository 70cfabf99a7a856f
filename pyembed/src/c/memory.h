/* Large pages for large applications.
 *
 * Importing a large application touches ten thousand pages of memory, each with a fault, and more than
 * the processor's tables of pages hold. Once a process has shown by its size that it is no small
 * one, its memory for objects, and the C library's heap, are asked for in pages of two megabytes. */
#ifndef PYEMBED_MEMORY_H
#define PYEMBED_MEMORY_H

/* Gives CPython such memory, and the C library's heap if `with_heap` is 1. To be called before the
 * interpreter starts. */
void pyembed_use_large_pages(int with_heap);

#endif
