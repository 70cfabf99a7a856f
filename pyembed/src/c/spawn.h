/* Lets a process that Python code starts from sys.executable know that it is to be Python.
 *
 * Programs start other Pythons by `[sys.executable, "-c", …]`, and so do parts of the standard
 * library. Here sys.executable is the application. What tells the two apart must not be an argument,
 * as all of those are the application's, so it is an environment variable that only the process in
 * question gets: the functions by which CPython starts programs, execve() and its relatives, are
 * ours, and add it when the program is this executable by its own path. */
#ifndef PYEMBED_SPAWN_H
#define PYEMBED_SPAWN_H

/* Name of the variable, and its values: be Python; be the application, and forget the first
 * argument. */
#define PYEMBED_CALL_VARIABLE "PYEMBED_INTERPRETER"
#define PYEMBED_CALL_PYTHON "1"
#define PYEMBED_CALL_ANEW "0"

/* Begins to watch. `executable` is sys.executable; `arguments` are those of this process, the
 * program's name first, and end in NULL. Both must live as long as the process. `is_interpreter` says
 * that this process was itself started to be Python. */
void pyembed_watch_spawns(const char *executable, char *const *arguments, int is_interpreter);

#endif
