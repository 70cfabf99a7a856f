/* Lets the hash modules of CPython 3.13 compile with the headers of 3.14 and 3.15, where a function
 * for arguments has one more parameter: whether more positional arguments may follow. */
#include <Python.h>
#include <internal/pycore_modsupport.h>

#undef _PyArg_UnpackKeywords
#define _PyArg_UnpackKeywords(args, nargs, kwargs, names, parser, min, max, min_keyword, buffer) \
    (_PyArg_UnpackKeywords)(args, nargs, kwargs, names, parser, min, max, min_keyword, 0, buffer)
