/* Keeps threads out of Python while the interpreter ends, and afterwards.
 *
 * CPython ends a thread that wants to run Python code after that point (up to 3.13), and crashes where there is no interpreter
 * any more. In a Rust program either is undefined behaviour that safe code can reach. With pyembed_guard_end(), such
 * a thread waits until the process ends, as it does from CPython 3.14 on. */
#ifndef PYEMBED_ENDING_H
#define PYEMBED_ENDING_H

/* Has the end of the interpreter guarded. The thread must be attached, and nothing may be registered with `atexit` yet.
 * Gives 0, or -1 with a Python exception set. */
int pyembed_guard_end(void);

/* Has it guarded no more, as the interpreter stays. Otherwise as pyembed_guard_end(), which was called before. */
int pyembed_unguard_end(void);

#endif
