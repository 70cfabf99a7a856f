/* Calls the C interface in all the ways in which it must not be called, and tells what it says. */
#include <pthread.h>
#include <pyembed.h>
#include <stdio.h>
#include <string.h>

static void tell(const char *what, enum pyembed_code code, pyembed_error *error)
{
    (void)printf("%s: %d %d %s\n", what, code, pyembed_error_code(error), pyembed_error_message(error));
    pyembed_error_free(error);
}

/* Makes a call, and tells how it has ended. */
#define TELL(what, call)                                                                                               \
    do {                                                                                                               \
        enum pyembed_code ended = (call);                                                                              \
        tell(what, ended, error);                                                                                      \
    } while (0)

static void *finish(void *argument)
{
    pyembed_error *error = NULL;
    (void)argument;
    enum pyembed_code code = pyembed_finish(NULL, &error);
    tell("finish elsewhere", code, error);
    return NULL;
}

int main(void)
{
    pyembed_error *error = NULL;
    char *result = "untouched";
    const char *none[] = {NULL};
    pthread_t thread;
    int exit_code = -1;

    /* In the order in which C and Python print. */
    (void)setvbuf(stdout, NULL, _IONBF, 0);

    TELL("execute before", pyembed_execute("pass", NULL, &error));
    TELL("finish before", pyembed_finish(&exit_code, &error));
    (void)printf("%d\n", pyembed_options_add_argument(NULL, "x"));
    (void)printf("%d\n", pyembed_start(NULL, NULL));
    TELL("start twice", pyembed_start(NULL, &error));
    TELL("NULL code", pyembed_execute(NULL, NULL, &error));
    TELL("no UTF-8", pyembed_execute("\xff", NULL, &error));
    TELL("NULL argument", pyembed_call_function("os:getenv", none, 1, &result, &error));
    (void)printf("%s\n", result == NULL ? "NULL" : result);
    TELL("NULL arguments", pyembed_call_function("os:getenv", NULL, 1, &result, &error));
    TELL("no function", pyembed_call_function("os", NULL, 0, &result, &error));
    TELL("no module", pyembed_call_function("no_such:f", NULL, 0, &result, &error));
    TELL("syntax", pyembed_execute("x = (", "formula", &error));
    enum pyembed_code code = pyembed_execute("raise SystemExit(7)", NULL, &error);
    exit_code = pyembed_error_exit_code(error);
    tell("exit", code, error);
    (void)printf("%d\n", exit_code);
    code = pyembed_execute("def f():\n    return 1 / 0\nf()", "formula", &error);
    (void)printf("%d %s", code, pyembed_error_traceback(error));
    pyembed_error_free(error);
    TELL("execute", pyembed_execute("import sys; print(len(sys.argv), flush=True)", NULL, &error));
    (void)pthread_create(&thread, NULL, finish, NULL);
    (void)pthread_join(thread, NULL);
    (void)printf("%d\n", pyembed_is_running());
    TELL("finish", pyembed_finish(&exit_code, &error));
    (void)printf("%d %d\n", exit_code, pyembed_is_running());
    TELL("execute after", pyembed_execute("pass", NULL, &error));
    TELL("finish after", pyembed_finish(NULL, &error));
    TELL("start after", pyembed_start(NULL, &error));
    pyembed_error_free(NULL);
    pyembed_options_free(NULL);
    pyembed_text_free(NULL);
    return 0;
}
