/* glibc 2.38: names that its headers give to functions which older ones have under their plain names.
 * The new ones also read the binary literals of C23, which code that older headers compile does not. */
#include "floor.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#if __GLIBC_MINOR__ < 38

#define PASS_ON(result, name, character)                                                          \
    FLOOR result __isoc23_##name(const character *text, character **end, int base);               \
    result __isoc23_##name(const character *text, character **end, int base)                      \
    {                                                                                              \
        return name(text, end, base);                                                              \
    }

PASS_ON(long, strtol, char)
PASS_ON(long long, strtoll, char)
PASS_ON(unsigned long, strtoul, char)
PASS_ON(unsigned long long, strtoull, char)
PASS_ON(long, wcstol, wchar_t)
PASS_ON(unsigned long, wcstoul, wchar_t)

FLOOR int __isoc23_sscanf(const char *text, const char *format, ...);
FLOOR int __isoc23_fscanf(FILE *stream, const char *format, ...);
FLOOR int __isoc23_vsscanf(const char *text, const char *format, va_list arguments);

int __isoc23_vsscanf(const char *text, const char *format, va_list arguments)
{
    return vsscanf(text, format, arguments);
}

int __isoc23_sscanf(const char *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int count = vsscanf(text, format, arguments);
    va_end(arguments);
    return count;
}

int __isoc23_fscanf(FILE *stream, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int count = vfscanf(stream, format, arguments);
    va_end(arguments);
    return count;
}

#endif
