/* See interpreter.h. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdlib.h>
#include <string.h>

#if !defined(_WIN32)
#include <unistd.h>
#else
#include <io.h>
#define isatty _isatty
#define fileno _fileno
#endif

#include "allocator.h"
#include "interpreter.h"
#include "options.h"

/* CPython exports these, but declares them in internal headers, which drag in much that differs
 * between releases. */
#if PY_VERSION_HEX >= 0x030d0000
/* internal/pycore_pystate.h */
extern int _PyInterpreterState_SetRunningMain(PyInterpreterState *);
extern void _PyInterpreterState_SetNotRunningMain(PyInterpreterState *);
#endif
#if PY_VERSION_HEX >= 0x030b0000
/* internal/pycore_pylifecycle.h; the interpreter's own, not a copy. */
extern const PyConfig *_Py_GetConfig(void);
/* internal/pycore_import.h */
extern const struct _frozen *_PyImport_FrozenBootstrap;
#define BOOTSTRAP_TABLE _PyImport_FrozenBootstrap
#else
/* One table holds the bootstrap and everything else. */
#define BOOTSTRAP_TABLE PyImport_FrozenModules
#endif

/* CPython 3.15 has three bootstrap modules; 3.10's one table has about a dozen entries. */
#define BOOTSTRAP_CAPACITY 32

int pyembed_replace_bootstrap(const char *name, const unsigned char *code, int size)
{
    static struct _frozen table[BOOTSTRAP_CAPACITY];
    size_t count = 0;
    int replaced = 0;
    if (BOOTSTRAP_TABLE == NULL) {
        return -1;
    }
    for (const struct _frozen *entry = BOOTSTRAP_TABLE; entry->name != NULL; entry++) {
        if (strcmp(entry->name, "zipimport") == 0) {
            /* Ours comes from the packed standard library, and only when somebody asks for it. */
            continue;
        }
        if (count + 1 == BOOTSTRAP_CAPACITY) {
            return -1;
        }
        table[count] = *entry;
        if (strcmp(entry->name, name) == 0) {
            table[count].code = code;
            table[count].size = size;
#if PY_VERSION_HEX >= 0x030b0000 && PY_VERSION_HEX < 0x030d0000
            /* 3.11 and 3.12 prefer a function that returns a code object made at compile time. */
            table[count].get_code = NULL;
#endif
            replaced = 1;
        }
        count++;
    }
    if (!replaced) {
        return -1;
    }
    BOOTSTRAP_TABLE = table;
    return 0;
}

static struct pyembed_status from_status(PyStatus status, const char *stage)
{
    struct pyembed_status result = {0, 0, NULL, NULL};
    if (PyStatus_IsExit(status)) {
        result.kind = 2;
        result.exit_code = status.exitcode;
        result.stage = stage;
    } else if (PyStatus_Exception(status)) {
        result.kind = 1;
        result.stage = stage;
        result.message = status.err_msg;
    }
    return result;
}

static PyStatus preinitialize(const struct pyembed_config *config)
{
    PyPreConfig preconfig;
    if (config->as_python) {
        PyPreConfig_InitPythonConfig(&preconfig);
        pyembed_set_preconfig_options(&preconfig, config->options, config->option_count);
        return Py_PreInitializeFromBytesArgs(&preconfig, config->argc, (char **)config->argv);
    }
    if (config->use_environment) {
        PyPreConfig_InitPythonConfig(&preconfig);
        preconfig.parse_argv = 0;
    } else {
        PyPreConfig_InitIsolatedConfig(&preconfig);
        /* UTF-8 whatever the locale says, as is the default from CPython 3.15 on (PEP 686). The
         * locale itself stays untouched: setting it opens files. */
        preconfig.utf8_mode = 1;
    }
    pyembed_set_preconfig_options(&preconfig, config->options, config->option_count);
    return Py_PreInitialize(&preconfig);
}

/* One string of the configuration: where it goes, and its bytes (NULL leaves it alone). */
struct text_setting {
    wchar_t **field;
    const char *value;
};

static PyStatus set_texts(PyConfig *config, const struct text_setting *settings)
{
    for (; settings->field != NULL; settings++) {
        if (settings->value == NULL) {
            continue;
        }
        PyStatus status = PyConfig_SetBytesString(config, settings->field, settings->value);
        if (PyStatus_Exception(status)) {
            return status;
        }
    }
    return PyStatus_Ok();
}

static void set_numbers(PyConfig *target, const struct pyembed_config *config)
{
    target->pathconfig_warnings = 0;
    target->module_search_paths_set = 1;
    if (config->as_python) {
        target->site_import = config->site_import;
        target->user_site_directory = config->user_site_directory;
        return;
    }
    /* Isolation keeps the working folder out of sys.path, where CPython would put it for a prompt or code. Otherwise
     * sys.flags are those of `python FILE`, by which programs decide whether they may look into the working folder. */
    int without_folder = config->run == PYEMBED_RUN_REPL || config->run == PYEMBED_RUN_COMMAND;
    target->isolated = !config->use_environment && without_folder;
    target->use_environment = config->use_environment;
    target->optimization_level = config->optimization_level;
    target->write_bytecode = config->write_bytecode;
    target->site_import = config->site_import;
    target->user_site_directory = config->user_site_directory;
    target->buffered_stdio = config->buffered_stdio;
    /* As the python executable does: Ctrl-C raises KeyboardInterrupt, C's streams follow suit. */
    target->install_signal_handlers = !config->is_guest;
    target->configure_c_stdio = !config->is_guest;
    target->parse_argv = 0;
#if PY_VERSION_HEX >= 0x030b0000
    target->safe_path = without_folder;
#endif
}

/* Everything that getpath.py would look for on disk is given, so that it looks for nothing. */
static PyStatus set_paths(PyConfig *target, const struct pyembed_config *config)
{
    const char *own = config->environment_executable != NULL ? config->environment_executable
                                                             : config->executable;
    const char *prefix = config->environment != NULL ? config->environment : config->executable;
    const struct text_setting settings[] = {
        {&target->program_name,
         config->program_name != NULL ? config->program_name : own},
        {&target->executable, own},
        {&target->base_executable, config->executable},
        {&target->home, config->executable},
        {&target->prefix, prefix},
        {&target->base_prefix, config->executable},
        {&target->exec_prefix, prefix},
        {&target->base_exec_prefix, config->executable},
#if PY_VERSION_HEX >= 0x030b0000
        {&target->stdlib_dir, config->stdlib},
#endif
        {&target->stdio_encoding, config->stdio_encoding},
        {&target->stdio_errors, config->stdio_errors},
        {&target->run_command,
         config->run == PYEMBED_RUN_COMMAND ? config->run_argument : NULL},
        {&target->run_filename, config->run == PYEMBED_RUN_FILE ? config->run_argument : NULL},
        {NULL, NULL},
    };
    return set_texts(target, settings);
}

static PyStatus append_path(PyConfig *target, const char *path)
{
    wchar_t *decoded = Py_DecodeLocale(path, NULL);
    if (decoded == NULL) {
        return PyStatus_NoMemory();
    }
    PyStatus status = PyWideStringList_Append(&target->module_search_paths, decoded);
    PyMem_RawFree(decoded);
    return status;
}

/* sys.path. */
static PyStatus set_search_paths(PyConfig *target, const struct pyembed_config *config)
{
    PyStatus status = PyStatus_Ok();
    for (char *const *path = config->search_paths; *path != NULL; path++) {
        if (!PyStatus_Exception(status)) {
            status = append_path(target, *path);
        }
    }
    return status;
}

struct pyembed_status pyembed_initialize(const struct pyembed_config *config)
{
    pyembed_install_allocator(config->allocator, config->is_guest);
    PyStatus status = preinitialize(config);
    if (PyStatus_Exception(status)) {
        return from_status(status, "preparing the interpreter");
    }
    pyembed_confirm_allocator(config->allocator);

    PyConfig target;
    if (config->use_environment || config->as_python) {
        /* Leaves open what the environment may decide: hash seed, development mode and so on. */
        PyConfig_InitPythonConfig(&target);
    } else {
        PyConfig_InitIsolatedConfig(&target);
    }
    set_numbers(&target, config);
    const char *stage = "setting the interpreter's paths";
    status = set_paths(&target, config);
    if (!PyStatus_Exception(status)) {
        stage = "setting the program's arguments";
        status = PyConfig_SetBytesArgv(&target, config->argc, config->argv);
    }
    if (!PyStatus_Exception(status)) {
        stage = "setting sys.path";
        status = set_search_paths(&target, config);
    }
    if (!PyStatus_Exception(status)) {
        stage = "setting options of the interpreter";
        status = pyembed_set_config_options(&target, config->options, config->option_count);
    }
    if (!PyStatus_Exception(status)) {
        stage = "starting the interpreter";
        status = Py_InitializeFromConfig(&target);
    }
    PyConfig_Clear(&target);
    if (!PyStatus_Exception(status)
        && pyembed_finish_options(config->options, config->option_count) != 0) {
        PyErr_Clear();
        status = PyStatus_Error("sys.flags cannot be changed");
    }
#if PY_VERSION_HEX >= 0x030b0000
    if (config->safe_path && !PyStatus_Exception(status)) {
        /* Now, so that sys.flags stay those of the process that has started this one. Py_RunMain() reads it. */
        ((PyConfig *)_Py_GetConfig())->safe_path = 1;
    }
#endif
    return from_status(status, stage);
}

int pyembed_set_running_main(int running)
{
#if PY_VERSION_HEX >= 0x030d0000
    PyInterpreterState *interpreter = PyInterpreterState_Get();
    if (!running) {
        _PyInterpreterState_SetNotRunningMain(interpreter);
        return 0;
    }
    return _PyInterpreterState_SetRunningMain(interpreter);
#else
    (void)running;
    return 0;
#endif
}

static PyConfig *own_config(void)
{
    /* It is not const where it lies; Py_RunMain() changes it as well. */
    return (PyConfig *)_Py_GetConfig();
}

int pyembed_inspects(void)
{
    return own_config()->inspect > 0;
}

int pyembed_begin_inspection(void)
{
    PyConfig *config = own_config();
    if (config->inspect <= 0) {
        /* As CPython does, at the end, so that code can ask for the prompt. */
        const char *variable = config->use_environment ? getenv("PYTHONINSPECT") : NULL;
        if (variable == NULL || *variable == '\0') {
            return 0;
        }
    }
    if (!isatty(fileno(stdin)) && config->interactive <= 0) {
        return 0;
    }
    config->inspect = 0;
    /* Py_RunMain() shall run nothing but the prompt, print no banner and leave sys.path alone. */
    config->run_filename = NULL;
    config->quiet = 1;
#if PY_VERSION_HEX >= 0x030b0000
    config->safe_path = 1;
#else
    config->isolated = 1;
#endif
    return 1;
}
