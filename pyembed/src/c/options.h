/* Options of the interpreter, by the names of their fields in CPython's configuration. */
#ifndef PYEMBED_OPTIONS_H
#define PYEMBED_OPTIONS_H

#include <Python.h>
#include <stddef.h>

#include "interpreter.h"

/* Sets those options that PyPreConfig has. */
void pyembed_set_preconfig_options(PyPreConfig *target, const struct pyembed_option *options,
                                   size_t count);

/* Sets those options that PyConfig has. `target` must have been initialized, and CPython been preinitialized. An option
 * that neither structure has is an error. */
PyStatus pyembed_set_config_options(PyConfig *target, const struct pyembed_option *options,
                                    size_t count);

/* Makes good for what CPython does not take from its configuration. To be called when the interpreter has started.
 * Returns 0, or -1 with an exception. */
int pyembed_finish_options(const struct pyembed_option *options, size_t count);

#endif
