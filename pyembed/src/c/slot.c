/* See slot.h. */
#include "slot.h"

/* With another alignment than the system's own notes, it is in another segment. */
const struct pyembed_slot pyembed_slot
    __attribute__((section(".note.pyembed"), aligned(8), used)) = {
        .name_length = sizeof "PyOxidizer",
        .content_length = 2 * sizeof(uint64_t),
        .type = 1,
        .name = "PyOxidizer",
};
