/* See locale.h.
 *
 * Setting a locale opens files, which most applications never need: Python's own text is UTF-8
 * whatever the locale. So it waits for the first module whose C code goes by it, such as that of
 * the line editor. */
#define _GNU_SOURCE
#include "locale.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#if defined(_WIN32)

void pyembed_set_locale(void)
{
    setlocale(LC_CTYPE, "");
}

#else

#include <langinfo.h>

/* As in CPython's Python/pylifecycle.c. */
static const char *const UTF8_LOCALES[] = {"C.UTF-8", "C.utf8", "UTF-8", NULL};

/* Whether the environment asks for a category of the locale by LC_ALL. */
static int is_overridden(void)
{
    const char *all = getenv("LC_ALL");
    return all != NULL && *all != '\0';
}

static void set_utf8_locale(void)
{
    for (const char *const *name = UTF8_LOCALES; *name != NULL; name++) {
        if (setlocale(LC_CTYPE, *name) == NULL) {
            continue;
        }
        const char *codeset = nl_langinfo(CODESET);
        if (codeset == NULL || *codeset == '\0') {
            continue;
        }
        /* For the C library's other categories, and for the programs that this one starts. */
        if (setenv("LC_CTYPE", *name, 1) == 0) {
            setlocale(LC_ALL, "");
        }
        return;
    }
    setlocale(LC_CTYPE, "");
}

void pyembed_set_locale(void)
{
    static int is_set;
    if (is_set) {
        return;
    }
    is_set = 1;
    const char *found = setlocale(LC_CTYPE, "");
    /* One that this machine does not have leaves the locale C. */
    int is_legacy = found == NULL || strcmp(found, "C") == 0 || strcmp(found, "POSIX") == 0;
    if (is_legacy && !is_overridden()) {
        set_utf8_locale();
    }
}

#endif
