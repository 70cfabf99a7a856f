/* Says where packed resources are that were added to the finished executable.
 *
 * It is a note, as the System V ABI has them, so that it has a segment: `pyrepackager::inject` makes that
 * segment the one of the resources. The kernel then maps them with the rest of the executable. */
#ifndef PYEMBED_SLOT_H
#define PYEMBED_SLOT_H

#include <stddef.h>
#include <stdint.h>

struct pyembed_slot {
    uint32_t name_length;
    uint32_t content_length;
    uint32_t type;
    /* What follows begins at a multiple of 8 bytes. */
    char name[12];
    /* Of the first byte of the resources, in memory. */
    uint64_t address;
    /* Bytes; 0 in an executable to which nothing was added. */
    uint64_t length;
};

extern const struct pyembed_slot pyembed_slot __attribute__((visibility("hidden")));

/* How many of the bytes at an address can be read. Those of a file that was cut short cannot, although the
 * kernel maps them. */
size_t pyembed_readable(const void *address, size_t length);

#endif
