/* Where the linked resources are. */
#ifndef PYEMBED_RESOURCES_H
#define PYEMBED_RESOURCES_H

#include <stddef.h>

/* The first byte of the resources that count, and their number in `length`; 0 of a `pyembed` that has none, as the
 * packages that use it pack their own. */
const unsigned char *pyembed_linked_resources(size_t *length);

#endif
