/* Python inside a program or a shared library, for C and C++: written by `pyoxidizer generate-embedding-artifacts`.
 *
 *     int main(void)
 *     {
 *         int exit_code;
 *         pyembed_error *error = NULL;
 *         if (pyembed_run_if_python(&exit_code)) {
 *             return exit_code;
 *         }
 *         if (pyembed_start(NULL, &error) != PYEMBED_OK ||
 *             pyembed_execute("import app; app.greet()", "main", &error) != PYEMBED_OK) {
 *             fputs(pyembed_error_traceback(error), stderr);
 *             exit_code = pyembed_error_exit_code(error);
 *             pyembed_error_free(error);
 *             return exit_code;
 *         }
 *         pyembed_finish(&exit_code, NULL);
 *         return exit_code;
 *     }
 *
 * Texts are UTF-8 and end in NUL. Functions that can fail give a code, and where `error` is not NULL, an error with the code,
 * which is the caller's to free; where all goes well, `*error` becomes NULL. Arguments that must not be NULL and are,
 * give PYEMBED_WRONG_ARGUMENT. Nothing here prints, but pyembed_main(), pyembed_run_if_python() and pyembed_run_application().
 *
 * Threads: the one that calls pyembed_start() is Python's main thread, on which signals are handled. pyembed_execute() and
 * pyembed_call_function() may be called on any thread, several at a time; pyembed_run_application() and pyembed_finish() on the main
 * one alone. No thread is attached to Python between calls. C code that uses Python's own interface (Python.h, beside
 * this file) does so between PyGILState_Ensure() and PyGILState_Release(), and must have released when it calls
 * pyembed_run_application() or pyembed_finish().
 *
 * There is one Python in the lifetime of a process. */
#ifndef PYEMBED_H
#define PYEMBED_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a call ended. */
enum pyembed_code {
    PYEMBED_OK = 0,
    /* Python cannot start: the message says why. */
    PYEMBED_CANNOT_START = 1,
    /* It has been started before. */
    PYEMBED_SECOND_START = 2,
    /* pyembed_start() has not been called, or has failed. */
    PYEMBED_NOT_STARTED = 3,
    /* Python has ended. */
    PYEMBED_ENDED = 4,
    /* The call belongs on the thread that has started Python, outside of PyGILState_Ensure() and PyGILState_Release(). */
    PYEMBED_WRONG_THREAD = 5,
    /* An argument is NULL, or is no UTF-8. */
    PYEMBED_WRONG_ARGUMENT = 6,
    /* Python code has raised an exception. */
    PYEMBED_EXCEPTION = 7,
    /* A fault of this library, which the message describes. */
    PYEMBED_BUG = 8
};

/* Why a call has failed. The functions may be called on any thread, one at a time for an error. */
typedef struct pyembed_error pyembed_error;

/* The code that the call gave; PYEMBED_OK for NULL. */
enum pyembed_code pyembed_error_code(const pyembed_error *error);

/* One line, such as "ValueError: no words"; never NULL. It lives as long as the error. */
const char *pyembed_error_message(const pyembed_error *error);

/* What Python prints of an exception, lines with the last one's end; of other errors, the message and a line's end. */
const char *pyembed_error_traceback(const pyembed_error *error);

/* The exit code that `python` would end with: that of SystemExit, else 1; 0 for NULL. */
int pyembed_error_exit_code(const pyembed_error *error);

/* NULL is allowed, here and in the other functions that free. */
void pyembed_error_free(pyembed_error *error);

/* What is different from the configuration that was packed. */
typedef struct pyembed_options pyembed_options;

pyembed_options *pyembed_options_new(void);
void pyembed_options_free(pyembed_options *options);

/* Appends to sys.argv. The first is the program's name. Without any, sys.argv has the arguments of the process. */
enum pyembed_code pyembed_options_add_argument(pyembed_options *options, const char *argument);

/* Appends a folder to sys.path. */
enum pyembed_code pyembed_options_add_path(pyembed_options *options, const char *folder);

/* Adds a module that is written in C: its name, and its PyInit_ function. */
enum pyembed_code pyembed_options_add_module(pyembed_options *options, const char *name,
                                             void *(*initialize)(void));

/* Does what a process was started for, where Python code has started it from sys.executable to run Python code, as multiprocessing
 * does: then gives 1, and the exit code to end with. Otherwise gives 0. A program calls this first. */
int pyembed_run_if_python(int *exit_code);

/* All of a main(): runs the packed application as its configuration says, ends Python, and gives the exit code. */
int pyembed_main(void);

/* Starts Python. `options` may be NULL; they stay the caller's. */
enum pyembed_code pyembed_start(const pyembed_options *options, pyembed_error **error);

/* 1 between pyembed_start() and pyembed_finish(), else 0. */
int pyembed_is_running(void);

/* Runs the packed application as its configuration says, prints what it raises, and ends Python. */
enum pyembed_code pyembed_run_application(int *exit_code, pyembed_error **error);

/* Runs Python code in the module __main__. `name` stands for its file in tracebacks; NULL is "<string>". */
enum pyembed_code pyembed_execute(const char *code, const char *name, pyembed_error **error);

/* Calls a function, such as "package.module:function", with texts. `*result` becomes str() of what it returns, to be freed with
 * pyembed_text_free(), or NULL for None; `result` itself may be NULL. */
enum pyembed_code pyembed_call_function(const char *function, const char *const *arguments,
                                        size_t count, char **result, pyembed_error **error);

void pyembed_text_free(char *text);

/* Waits for Python's threads, runs what is registered with atexit, writes what is buffered, and ends Python. The exit code is
 * 0, or 120 where output could not be written; `exit_code` may be NULL. */
enum pyembed_code pyembed_finish(int *exit_code, pyembed_error **error);

#ifdef __cplusplus
}
#endif

#endif
