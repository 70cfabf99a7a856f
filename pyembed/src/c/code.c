/* See code.h. The format is that of CPython's Python/marshal.c, version 4; the versions 5 and 6, of
 * CPython 3.14 and 3.15, add constants to it. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <marshal.h>

#include "code.h"

/* As marshal and the import system do it: the whole of it for other releases, and for what this
 * reader does not know. */
static PyObject *read_with_marshal(const char *data, Py_ssize_t length, PyObject *filename)
{
    PyObject *code = PyMarshal_ReadObjectFromString(data, length);
    if (code == NULL || filename == NULL) {
        return code;
    }
    PyObject *imp = PyImport_ImportModule("_imp");
    PyObject *fixed =
        imp == NULL ? NULL : PyObject_CallMethod(imp, "_fix_co_filename", "OO", code, filename);
    Py_XDECREF(imp);
    if (fixed == NULL) {
        Py_DECREF(code);
        return NULL;
    }
    Py_DECREF(fixed);
    return code;
}

#if PY_VERSION_HEX < 0x030c0000 || PY_VERSION_HEX >= 0x03100000 || defined(Py_GIL_DISABLED)

PyObject *pyembed_read_code(const char *data, Py_ssize_t length, PyObject *filename)
{
    return read_with_marshal(data, length, filename);
}

#else

/* Code objects differ from release to release; those named above were tried. */
#define Py_BUILD_CORE 1
#include <internal/pycore_code.h>

#if PY_VERSION_HEX >= 0x030d0000
/* internal/pycore_unicodeobject.h */
extern void _PyUnicode_InternImmortal(PyInterpreterState *, PyObject **);
#endif

/* Set in the byte that says what follows when a later TYPE_REF may mean it. */
#define FLAG_REF 0x80
/* Deeper nesting is left to marshal, which has its own limit. */
#define MAX_DEPTH 1000

struct reader {
    const unsigned char *next;
    const unsigned char *end;
    /* What TYPE_REF can mean, in the order of reading; NULL where it is not complete yet. */
    PyObject **refs;
    size_t ref_count;
    size_t ref_capacity;
    PyObject *filename;
    int depth;
    /* Whether something came that marshal must read. */
    int unknown;
};

static PyObject *read_object(struct reader *reader);

/* Names seen so far: an open-addressing table of interned ASCII strings of the main interpreter,
 * which are immortal. */
static struct {
    PyObject **slots;
    size_t mask;
    size_t count;
} names;

static PyObject *damaged(void)
{
    PyErr_SetString(PyExc_ValueError, "damaged bytecode");
    return NULL;
}

static const unsigned char *take(struct reader *reader, size_t length)
{
    const unsigned char *start = reader->next;
    if ((size_t)(reader->end - start) < length) {
        damaged();
        return NULL;
    }
    reader->next += length;
    return start;
}

static int take_byte(struct reader *reader)
{
    const unsigned char *byte = take(reader, 1);
    return byte == NULL ? -1 : *byte;
}

/* Reads a number; on damage, sets an exception and returns false. */
static int take_int(struct reader *reader, int *value)
{
    const unsigned char *bytes = take(reader, 4);
    if (bytes == NULL) {
        return 0;
    }
    *value = (int)(bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                   (uint32_t)bytes[3] << 24);
    return 1;
}

/* Reads a length, in one byte or four; -1 on damage. */
static Py_ssize_t take_length(struct reader *reader, int is_short)
{
    int length;
    if (is_short) {
        return take_byte(reader);
    }
    if (!take_int(reader, &length)) {
        return -1;
    }
    if (length < 0 || length > reader->end - reader->next) {
        damaged();
        return -1;
    }
    return length;
}

/* Makes room for another reference and returns its index, -1 without memory. */
static Py_ssize_t reserve_ref(struct reader *reader)
{
    if (reader->ref_count == reader->ref_capacity) {
        size_t capacity = reader->ref_capacity == 0 ? 64 : reader->ref_capacity * 2;
        PyObject **refs = PyMem_Realloc(reader->refs, capacity * sizeof *refs);
        if (refs == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        reader->refs = refs;
        reader->ref_capacity = capacity;
    }
    reader->refs[reader->ref_count] = NULL;
    return (Py_ssize_t)reader->ref_count++;
}

/* Lets TYPE_REF mean an object that is complete. Returns the object, or NULL with an exception. */
static PyObject *remember(struct reader *reader, int flag, PyObject *object)
{
    if (object == NULL || !flag) {
        return object;
    }
    Py_ssize_t index = reserve_ref(reader);
    if (index < 0) {
        Py_DECREF(object);
        return NULL;
    }
    reader->refs[index] = Py_NewRef(object);
    return object;
}

static size_t hash_bytes(const unsigned char *bytes, size_t length)
{
    uint64_t hash = length;
    while (length >= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        hash = ((hash << 5 | hash >> 59) ^ word) * 0x9e3779b97f4a7c15u;
        bytes += 8;
        length -= 8;
    }
    uint64_t word = 0;
    memcpy(&word, bytes, length);
    hash = ((hash << 5 | hash >> 59) ^ word) * 0x9e3779b97f4a7c15u;
    return (size_t)(hash ^ hash >> 32);
}

/* Doubles the table of names. */
static int grow_names(void)
{
    size_t size = names.slots == NULL ? 1024 : (names.mask + 1) * 2;
    PyObject **slots = PyMem_RawCalloc(size, sizeof *slots);
    if (slots == NULL) {
        PyErr_NoMemory();
        return 0;
    }
    for (size_t old = 0; names.slots != NULL && old <= names.mask; old++) {
        PyObject *name = names.slots[old];
        if (name != NULL) {
            size_t slot = hash_bytes(PyUnicode_1BYTE_DATA(name),
                                     (size_t)PyUnicode_GET_LENGTH(name)) & (size - 1);
            while (slots[slot] != NULL) {
                slot = (slot + 1) & (size - 1);
            }
            slots[slot] = name;
        }
    }
    PyMem_RawFree(names.slots);
    names.slots = slots;
    names.mask = size - 1;
    return 1;
}

static void intern(PyObject **string)
{
#if PY_VERSION_HEX >= 0x030d0000
    _PyUnicode_InternImmortal(PyInterpreterState_Get(), string);
#else
    PyUnicode_InternInPlace(string);
#endif
}

/* Returns the interned string of some ASCII characters. */
static PyObject *find_name(const unsigned char *bytes, size_t length)
{
    if (names.count * 2 >= names.mask && !grow_names()) {
        return NULL;
    }
    size_t slot = hash_bytes(bytes, length) & names.mask;
    PyObject *name;
    while ((name = names.slots[slot]) != NULL) {
        if ((size_t)PyUnicode_GET_LENGTH(name) == length &&
            memcmp(PyUnicode_1BYTE_DATA(name), bytes, length) == 0) {
            return Py_NewRef(name);
        }
        slot = (slot + 1) & names.mask;
    }
    name = PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, bytes, (Py_ssize_t)length);
    if (name == NULL) {
        return NULL;
    }
    intern(&name);
    if (PyUnicode_IS_ASCII(name)) {
        names.slots[slot] = Py_NewRef(name);
        names.count++;
    }
    return name;
}

static PyObject *read_ascii(struct reader *reader, int is_short, int is_interned)
{
    Py_ssize_t length = take_length(reader, is_short);
    const unsigned char *bytes = length < 0 ? NULL : take(reader, (size_t)length);
    if (bytes == NULL) {
        return NULL;
    }
    if (is_interned) {
        return find_name(bytes, (size_t)length);
    }
    return PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, bytes, length);
}

static PyObject *read_unicode(struct reader *reader, int is_interned)
{
    Py_ssize_t length = take_length(reader, 0);
    const unsigned char *bytes = length < 0 ? NULL : take(reader, (size_t)length);
    if (bytes == NULL) {
        return NULL;
    }
    PyObject *string = PyUnicode_DecodeUTF8((const char *)bytes, length, "surrogatepass");
    if (string != NULL && is_interned) {
        intern(&string);
    }
    return string;
}

static PyObject *read_bytes(struct reader *reader)
{
    Py_ssize_t length = take_length(reader, 0);
    const unsigned char *bytes = length < 0 ? NULL : take(reader, (size_t)length);
    return bytes == NULL ? NULL : PyBytes_FromStringAndSize((const char *)bytes, length);
}

static PyObject *read_float(struct reader *reader)
{
    const unsigned char *bytes = take(reader, 8);
    return bytes == NULL ? NULL : PyFloat_FromDouble(PyFloat_Unpack8((const char *)bytes, 1));
}

static PyObject *read_complex(struct reader *reader)
{
    const unsigned char *bytes = take(reader, 16);
    if (bytes == NULL) {
        return NULL;
    }
    return PyComplex_FromDoubles(PyFloat_Unpack8((const char *)bytes, 1),
                                 PyFloat_Unpack8((const char *)bytes + 8, 1));
}

static PyObject *read_tuple(struct reader *reader, int is_short, int flag)
{
    Py_ssize_t length = take_length(reader, is_short);
    PyObject *tuple = length < 0 ? NULL : remember(reader, flag, PyTuple_New(length));
    for (Py_ssize_t index = 0; tuple != NULL && index < length; index++) {
        PyObject *item = read_object(reader);
        if (item == NULL) {
            Py_CLEAR(tuple);
        } else {
            PyTuple_SET_ITEM(tuple, index, item);
        }
    }
    return tuple;
}

/* Reads a slice of constants, from CPython 3.14 on. */
static PyObject *read_slice(struct reader *reader, int flag)
{
    PyObject *parts[3] = {NULL};
    PyObject *slice = NULL;
    Py_ssize_t index = flag ? reserve_ref(reader) : -1;
    int count = 0;
    while ((!flag || index >= 0) && count < 3 && (parts[count] = read_object(reader)) != NULL) {
        count++;
    }
    if (count == 3) {
        slice = PySlice_New(parts[0], parts[1], parts[2]);
    }
    for (int part = 0; part < 3; part++) {
        Py_XDECREF(parts[part]);
    }
    if (slice != NULL && flag) {
        reader->refs[index] = Py_NewRef(slice);
    }
    return slice;
}

static PyObject *read_frozenset(struct reader *reader, int flag)
{
    Py_ssize_t length = take_length(reader, 0);
    /* Only with one reference to it may a frozenset be filled. */
    Py_ssize_t index = length >= 0 && flag ? reserve_ref(reader) : -1;
    if (length < 0 || (flag && index < 0)) {
        return NULL;
    }
    PyObject *set = PyFrozenSet_New(NULL);
    for (; set != NULL && length > 0; length--) {
        PyObject *item = read_object(reader);
        if (item == NULL || PySet_Add(set, item) != 0) {
            Py_CLEAR(set);
        }
        Py_XDECREF(item);
    }
    if (set != NULL && flag) {
        reader->refs[index] = Py_NewRef(set);
    }
    return set;
}

/* The objects of a code object, in the order in which they are written. */
enum part { CODE, CONSTS, NAMES, LOCALS, KINDS, FILENAME, NAME, QUALNAME, LINES, EXCEPTIONS, PARTS };

static int read_parts(struct reader *reader, PyObject **parts, enum part from, enum part to)
{
    for (enum part part = from; part <= to; part++) {
        parts[part] = read_object(reader);
        if (parts[part] == NULL) {
            return 0;
        }
    }
    return 1;
}

static PyObject *read_code(struct reader *reader, int flag)
{
    struct _PyCodeConstructor con = {0};
    PyObject *parts[PARTS] = {NULL};
    PyObject *code = NULL;
    Py_ssize_t index = flag ? reserve_ref(reader) : -1;
    if ((!flag || index >= 0) && take_int(reader, &con.argcount) &&
        take_int(reader, &con.posonlyargcount) && take_int(reader, &con.kwonlyargcount) &&
        take_int(reader, &con.stacksize) && take_int(reader, &con.flags) &&
        read_parts(reader, parts, CODE, QUALNAME) && take_int(reader, &con.firstlineno) &&
        read_parts(reader, parts, LINES, EXCEPTIONS)) {
        con.code = parts[CODE];
        con.consts = parts[CONSTS];
        con.names = parts[NAMES];
        con.localsplusnames = parts[LOCALS];
        con.localspluskinds = parts[KINDS];
        con.filename = reader->filename != NULL ? reader->filename : parts[FILENAME];
        con.name = parts[NAME];
        con.qualname = parts[QUALNAME];
        con.linetable = parts[LINES];
        con.exceptiontable = parts[EXCEPTIONS];
        if (_PyCode_Validate(&con) == 0) {
            code = (PyObject *)_PyCode_New(&con);
        }
    }
    for (enum part part = CODE; part < PARTS; part++) {
        Py_XDECREF(parts[part]);
    }
    if (code != NULL && flag) {
        reader->refs[index] = Py_NewRef(code);
    }
    return code;
}

static PyObject *read_ref(struct reader *reader)
{
    int index;
    if (!take_int(reader, &index)) {
        return NULL;
    }
    if (index < 0 || (size_t)index >= reader->ref_count || reader->refs[index] == NULL) {
        return damaged();
    }
    return Py_NewRef(reader->refs[index]);
}

static PyObject *read_int(struct reader *reader)
{
    int value;
    return take_int(reader, &value) ? PyLong_FromLong(value) : NULL;
}

/* Reads an integer beyond 32 bits: a count of digits of 15 bits, negative for a negative number, then
 * the digits in two bytes each, the lowest first. */
static PyObject *read_long(struct reader *reader)
{
    int count;
    if (!take_int(reader, &count)) {
        return NULL;
    }
    size_t length = count < 0 ? (size_t)-(long)count : (size_t)count;
    const unsigned char *digits = take(reader, 2 * length);
    PyObject *shift = digits == NULL ? NULL : PyLong_FromLong(15);
    PyObject *value = shift == NULL ? NULL : PyLong_FromLong(0);
    while (value != NULL && length-- > 0) {
        PyObject *shifted = PyNumber_Lshift(value, shift);
        PyObject *digit = PyLong_FromLong(digits[2 * length] | digits[2 * length + 1] << 8);
        Py_DECREF(value);
        value = shifted == NULL || digit == NULL ? NULL : PyNumber_Or(shifted, digit);
        Py_XDECREF(shifted);
        Py_XDECREF(digit);
    }
    Py_XDECREF(shift);
    if (value != NULL && count < 0) {
        PyObject *negative = PyNumber_Negative(value);
        Py_DECREF(value);
        return negative;
    }
    return value;
}

/* Reads what one byte announces; `flag` says whether TYPE_REF may mean it. The letters are those of
 * marshal.c. */
static PyObject *read_typed(struct reader *reader, int type, int flag)
{
    switch (type) {
    case 'N':
        return Py_NewRef(Py_None);
    case 'F':
        return Py_NewRef(Py_False);
    case 'T':
        return Py_NewRef(Py_True);
    case '.':
        return Py_NewRef(Py_Ellipsis);
    case 'r':
        return read_ref(reader);
    case 'i':
        return remember(reader, flag, read_int(reader));
    case 'l':
        return remember(reader, flag, read_long(reader));
    case 'g':
        return remember(reader, flag, read_float(reader));
    case 'y':
        return remember(reader, flag, read_complex(reader));
    case 's':
        return remember(reader, flag, read_bytes(reader));
    case 'z':
    case 'Z':
        return remember(reader, flag, read_ascii(reader, 1, type == 'Z'));
    case 'a':
    case 'A':
        return remember(reader, flag, read_ascii(reader, 0, type == 'A'));
    case 'u':
    case 't':
        return remember(reader, flag, read_unicode(reader, type == 't'));
    case ')':
    case '(':
        return read_tuple(reader, type == ')', flag);
    case '>':
        return read_frozenset(reader, flag);
    case ':':
        return read_slice(reader, flag);
    case 'c':
        return read_code(reader, flag);
    default:
        /* What the compiler makes no constants of, and what later releases add. */
        reader->unknown = 1;
        return damaged();
    }
}

static PyObject *read_object(struct reader *reader)
{
    int byte = take_byte(reader);
    if (byte < 0) {
        return NULL;
    }
    if (reader->depth == MAX_DEPTH) {
        reader->unknown = 1;
        return damaged();
    }
    reader->depth++;
    PyObject *object = read_typed(reader, byte & ~FLAG_REF, byte & FLAG_REF);
    reader->depth--;
    return object;
}

PyObject *pyembed_read_code(const char *data, Py_ssize_t length, PyObject *filename)
{
    /* Other interpreters have names of their own. */
    if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
        return read_with_marshal(data, length, filename);
    }
    struct reader reader = {
        .next = (const unsigned char *)data,
        .end = (const unsigned char *)data + length,
        .filename = filename,
    };
    PyObject *code = read_object(&reader);
    for (size_t index = 0; index < reader.ref_count; index++) {
        Py_XDECREF(reader.refs[index]);
    }
    PyMem_Free(reader.refs);
    if (code == NULL && reader.unknown) {
        PyErr_Clear();
        return read_with_marshal(data, length, filename);
    }
    return code;
}

#endif
