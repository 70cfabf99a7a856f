/* The locale of the C library, set as `python` sets it when it starts. */
#ifndef PYEMBED_LOCALE_H
#define PYEMBED_LOCALE_H

/* Sets LC_CTYPE by the environment, once in a process. Where that gives the locale C, and LC_ALL does
 * not ask for it, a locale of C with UTF-8 takes its place (PEP 538). */
void pyembed_set_locale(void);

#endif
