/* Names that a C library from 2.38 on gives to functions that older ones have under their plain
 * names. Debian's objects, compiled there, ask for these; here the plain functions answer. They
 * differ in one thing that CPython does not use: the binary literals of C23. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#if !__GLIBC_PREREQ(2, 38)

long __isoc23_strtol(const char *text, char **end, int base)
{
    return strtol(text, end, base);
}

unsigned long __isoc23_strtoul(const char *text, char **end, int base)
{
    return strtoul(text, end, base);
}

long __isoc23_wcstol(const wchar_t *text, wchar_t **end, int base)
{
    return wcstol(text, end, base);
}

int __isoc23_sscanf(const char *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int count = vsscanf(text, format, arguments);
    va_end(arguments);
    return count;
}

#endif
