/* Reads the code objects of packed modules.
 *
 * Bytecode is packed as CPython's marshal writes it. Its own reader makes each name in it anew, to find
 * out that nearly all of them exist already, and then another function goes through all code objects
 * to correct their file name. For large applications that is a good part of the time that imports
 * take, so here is a reader that remembers names by their bytes and puts the right file name in. */
#ifndef PYEMBED_CODE_H
#define PYEMBED_CODE_H

#include <Python.h>

/* Returns a new code object from its marshalled form, or NULL with an exception set. Unless it is
 * NULL, `filename`, a str, becomes co_filename of it and of all code objects in it. */
PyObject *pyembed_read_code(const char *data, Py_ssize_t length, PyObject *filename);

#endif
