/* See options.h.
 *
 * The tables say where the fields are. pyresources/src/options.rs says what the options are, and a test compares. */
#define PY_SSIZE_T_CLEAN
#include "options.h"

#include <stdint.h>
#include <string.h>

#if PY_VERSION_HEX >= 0x030b0000
/* internal/pycore_pylifecycle.h; the interpreter's own, not a copy. */
extern const PyConfig *_Py_GetConfig(void);
#endif

enum field_kind { NUMBER, LONG_NUMBER, TEXT, TEXTS };

struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
};

#define PRECONFIG(name, kind) {#name, kind, offsetof(PyPreConfig, name)}
#define CONFIG(name, kind) {#name, kind, offsetof(PyConfig, name)}

static const struct field PRECONFIG_FIELDS[] = {
    PRECONFIG(coerce_c_locale, NUMBER),
    PRECONFIG(coerce_c_locale_warn, NUMBER),
    PRECONFIG(configure_locale, NUMBER),
    PRECONFIG(dev_mode, NUMBER),
    PRECONFIG(utf8_mode, NUMBER),
};

static const struct field CONFIG_FIELDS[] = {
    CONFIG(bytes_warning, NUMBER),
    CONFIG(check_hash_pycs_mode, TEXT),
    CONFIG(configure_c_stdio, NUMBER),
    CONFIG(dev_mode, NUMBER),
    CONFIG(faulthandler, NUMBER),
    CONFIG(hash_seed, LONG_NUMBER),
    CONFIG(import_time, NUMBER),
    CONFIG(inspect, NUMBER),
    CONFIG(install_signal_handlers, NUMBER),
    CONFIG(interactive, NUMBER),
    CONFIG(isolated, NUMBER),
    CONFIG(malloc_stats, NUMBER),
    CONFIG(parser_debug, NUMBER),
    CONFIG(pycache_prefix, TEXT),
    CONFIG(quiet, NUMBER),
    CONFIG(show_ref_count, NUMBER),
    CONFIG(skip_source_first_line, NUMBER),
    CONFIG(tracemalloc, NUMBER),
    CONFIG(use_hash_seed, NUMBER),
    CONFIG(verbose, NUMBER),
    CONFIG(warn_default_encoding, NUMBER),
    CONFIG(warnoptions, TEXTS),
    CONFIG(xoptions, TEXTS),
#if PY_VERSION_HEX >= 0x030b0000
    CONFIG(code_debug_ranges, NUMBER),
    CONFIG(safe_path, NUMBER),
#endif
#if PY_VERSION_HEX >= 0x030c0000
    CONFIG(int_max_str_digits, NUMBER),
    CONFIG(perf_profiling, NUMBER),
#endif
#if PY_VERSION_HEX >= 0x030d0000
    CONFIG(cpu_count, NUMBER),
#endif
#if PY_VERSION_HEX >= 0x030e0000
    CONFIG(context_aware_warnings, NUMBER),
    CONFIG(remote_debug, NUMBER),
    CONFIG(thread_inherit_context, NUMBER),
#endif
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct field *find(const struct field *fields, size_t count, const char *name)
{
    for (const struct field *field = fields; field != fields + count; field++) {
        if (strcmp(field->name, name) == 0) {
            return field;
        }
    }
    return NULL;
}

static void *address(void *structure, const struct field *field)
{
    return (char *)structure + field->offset;
}

static PyStatus append_texts(PyWideStringList *list, const char *const *texts)
{
    for (; *texts != NULL; texts++) {
        wchar_t *decoded = Py_DecodeLocale(*texts, NULL);
        if (decoded == NULL) {
            return PyStatus_NoMemory();
        }
        PyStatus status = PyWideStringList_Append(list, decoded);
        PyMem_RawFree(decoded);
        if (PyStatus_Exception(status)) {
            return status;
        }
    }
    return PyStatus_Ok();
}

static PyStatus set_option(PyConfig *target, const struct field *field,
                           const struct pyembed_option *option)
{
    void *place = address(target, field);
    switch (field->kind) {
    case NUMBER:
        *(int *)place = (int)option->number;
        break;
    case LONG_NUMBER:
        *(unsigned long *)place = (unsigned long)option->number;
        break;
    case TEXT:
        return PyConfig_SetBytesString(target, place, option->text);
    case TEXTS:
        return append_texts(place, option->texts);
    }
    return PyStatus_Ok();
}

/* The isolated configuration says no to these beforehand, so that nothing would be asked of -X and of the development
 * mode. */
static void leave_open(PyConfig *target)
{
    target->faulthandler = -1;
    target->tracemalloc = -1;
#if PY_VERSION_HEX >= 0x030c0000
    target->int_max_str_digits = -1;
    target->perf_profiling = -1;
#endif
}

void pyembed_set_preconfig_options(PyPreConfig *target, const struct pyembed_option *options,
                                   size_t count)
{
    for (const struct pyembed_option *option = options; option != options + count; option++) {
        const struct field *field =
            find(PRECONFIG_FIELDS, COUNT(PRECONFIG_FIELDS), option->field);
        if (field != NULL) {
            *(int *)address(target, field) = (int)option->number;
        }
    }
}

PyStatus pyembed_set_config_options(PyConfig *target, const struct pyembed_option *options,
                                    size_t count)
{
    if (count > 0) {
        leave_open(target);
    }
    for (const struct pyembed_option *option = options; option != options + count; option++) {
        const struct field *field = find(CONFIG_FIELDS, COUNT(CONFIG_FIELDS), option->field);
        if (field != NULL) {
            PyStatus status = set_option(target, field, option);
            if (PyStatus_Exception(status)) {
                return status;
            }
        } else if (find(PRECONFIG_FIELDS, COUNT(PRECONFIG_FIELDS), option->field) == NULL) {
            return PyStatus_Error("this CPython does not have an option that was given");
        }
    }
    return PyStatus_Ok();
}

/* Sets a member of sys.flags, which no other code has seen. */
static int set_flag(const char *name, int value)
{
    PyObject *flags = PySys_GetObject("flags");
    PyObject *names = NULL;
    PyObject *number = NULL;
    int result = -1;
    if (flags == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "lost sys.flags");
        return -1;
    }
    names = PyObject_GetAttrString((PyObject *)Py_TYPE(flags), "__match_args__");
    number = PyLong_FromLong(value);
    if (names == NULL || number == NULL) {
        goto done;
    }
    result = 0;
    for (Py_ssize_t index = 0; index < PyTuple_GET_SIZE(names); index++) {
        if (PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(names, index), name) == 0) {
            PyObject *old = PyTuple_GET_ITEM(flags, index);
            PyTuple_SET_ITEM(flags, index, Py_NewRef(number));
            Py_DECREF(old);
        }
    }
done:
    Py_XDECREF(names);
    Py_XDECREF(number);
    return result;
}

int pyembed_finish_options(const struct pyembed_option *options, size_t count)
{
    const char *name = "warn_default_encoding";
    for (const struct pyembed_option *option = options; option != options + count; option++) {
        if (strcmp(option->field, name) == 0) {
            /* PyConfig_Read() overwrites it with what the command line and the environment say. */
            ((PyConfig *)_Py_GetConfig())->warn_default_encoding = (int)option->number;
            return set_flag(name, (int)option->number);
        }
    }
    return 0;
}
