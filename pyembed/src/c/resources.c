#include "resources.h"

#include <stdint.h>

/* The object files with these symbols are written by pyrepackager/src/link/blob_object.rs. Only the first is always
 * there. */
extern const unsigned char pyembed_resources[];
extern const uint64_t pyembed_resources_length;
extern const unsigned char pyembed_package_resources[] __attribute__((weak));
extern const uint64_t pyembed_package_resources_length __attribute__((weak));
extern const unsigned char pyembed_executable_resources[] __attribute__((weak));
extern const uint64_t pyembed_executable_resources_length __attribute__((weak));

const unsigned char *pyembed_linked_resources(size_t *length)
{
    if (&pyembed_executable_resources_length) {
        *length = pyembed_executable_resources_length;
        return pyembed_executable_resources;
    }
    if (&pyembed_package_resources_length) {
        *length = pyembed_package_resources_length;
        return pyembed_package_resources;
    }
    *length = pyembed_resources_length;
    return pyembed_resources;
}
