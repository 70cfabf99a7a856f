/* What Rust asks of CPython's configuration API.
 *
 * PyConfig, PyPreConfig, PyStatus and struct _frozen differ between CPython's releases, so the few
 * lines that touch them are C and compiled against the distribution's own headers. The structures
 * here are mirrored in ffi.rs. */
#ifndef PYEMBED_INTERPRETER_H
#define PYEMBED_INTERPRETER_H

#include <stddef.h>

struct pyembed_allocator;

/* Which of CPython's own ways to run something Py_RunMain() takes. */
enum pyembed_run {
    PYEMBED_RUN_NOTHING = 0,
    PYEMBED_RUN_REPL = 1,
    PYEMBED_RUN_COMMAND = 2,
    PYEMBED_RUN_FILE = 3,
};

/* An option of the interpreter that is set: a field of PyPreConfig, of PyConfig or of both. */
struct pyembed_option {
    /* The name of the field. */
    const char *field;
    /* Of a field that is a number, with 0 and 1 for switches; else 0. */
    long long number;
    /* Of a field that is a string; else NULL. */
    const char *text;
    /* Of a field that is a list, to which they are appended; ends in NULL. Else NULL. */
    const char *const *texts;
};

/* Strings end in NUL and are UTF-8 or bytes of the operating system; NULL means "not set". */
struct pyembed_config {
    const char *program_name;
    /* The folder below which packed modules seem to lie: the executable's path. */
    const char *executable;
    /* sys.executable and sys.prefix of a virtual environment; else NULL, and both are as above. */
    const char *environment_executable;
    const char *environment;
    /* The folder of the standard library. */
    const char *stdlib;
    const char *stdio_encoding;
    const char *stdio_errors;
    /* What to run, for the modes that need it. */
    const char *run_argument;
    char *const *argv;
    ptrdiff_t argc;
    /* sys.path; ends in NULL. */
    char *const *search_paths;
    /* Whether to be Python: to parse argv and to heed the environment as the python executable
     * does. Of what is below, only safe_path and options then matter, and user_site_directory and
     * site_import, which forbid. */
    int as_python;
    /* Whether Python leaves the working folder out of sys.path, as by -P. */
    int safe_path;
    int optimization_level;
    int write_bytecode;
    int use_environment;
    int site_import;
    int user_site_directory;
    int buffered_stdio;
    /* Whether another program has loaded this code, whose signals and streams stay as they are. */
    int is_guest;
    enum pyembed_run run;
    /* They count whatever the members above say. */
    const struct pyembed_option *options;
    size_t option_count;
    const struct pyembed_allocator *allocator;
};

/* A PyStatus without its layout. */
struct pyembed_status {
    /* 0: done, 1: failed, 2: the process shall exit. */
    int kind;
    int exit_code;
    /* Step of the start that failed; never NULL unless kind is 0. */
    const char *stage;
    /* CPython's words, or NULL. */
    const char *message;
};

/* Makes `code`, a marshalled code object, the frozen module `name` of the import system's
 * bootstrap. `code` is not copied. To be called before pyembed_initialize(). Returns 0, or -1 when
 * this CPython has no such module. */
int pyembed_replace_bootstrap(const char *name, const unsigned char *code, int size);

/* Starts the interpreter; the calling thread is then its main thread and is attached. */
struct pyembed_status pyembed_initialize(const struct pyembed_config *config);

/* Tells the interpreter that its main code begins or ends. Returns 0, or -1 with an exception. */
int pyembed_set_running_main(int running);

/* Whether a prompt was asked for that follows what runs, as by `python -i`. An uncaught SystemExit then does not end
 * the process. */
int pyembed_inspects(void);

/* Whether that prompt shall begin now, which somebody must be there to use; if so, Py_RunMain() is it then. To be called
 * when the code has run. */
int pyembed_begin_inspection(void);

#endif
