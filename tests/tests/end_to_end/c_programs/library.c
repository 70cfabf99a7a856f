/* A shared library with Python inside, written in C: has Python evaluate the JSON of a list, and tells how long it is. */
#include <pyembed.h>
#include <stdio.h>
#include <stdlib.h>

int length_of(const char *list)
{
    const char *arguments[] = {list};
    char *result = NULL;
    pyembed_error *error = NULL;
    if (!pyembed_is_running() && pyembed_start(NULL, &error) != PYEMBED_OK) {
        (void)fprintf(stderr, "%s\n", pyembed_error_message(error));
        return -1;
    }
    if (pyembed_execute("import json\ndef length(text): return len(json.loads(text))", NULL, &error) != PYEMBED_OK ||
        pyembed_call_function("__main__:length", arguments, 1, &result, &error) != PYEMBED_OK) {
        (void)fputs(pyembed_error_traceback(error), stderr);
        pyembed_error_free(error);
        return -1;
    }
    int length = atoi(result);
    pyembed_text_free(result);
    return length;
}
