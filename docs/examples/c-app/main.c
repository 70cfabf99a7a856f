/* A program in C that has Python inside: counts words, and computes a mean on several threads.
 *
 *     c-app WORD... */
#include <Python.h>
#include <pthread.h>
#include <pyembed.h>
#include <stdio.h>

#define THREADS 4

/* A module for Python, written in C. */
static PyObject *width(PyObject *self, PyObject *arguments)
{
    (void)self;
    (void)arguments;
    return PyLong_FromLong(80);
}

static PyMethodDef methods[] = {{"width", width, METH_NOARGS, "How wide the terminal is."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "terminal", NULL, 0, methods, NULL, NULL, NULL, NULL};

static void *initialize_terminal(void)
{
    return PyModuleDef_Init(&module);
}

/* Prints an error as Python would, frees it, and gives the exit code. */
static int report(pyembed_error *error)
{
    int code = pyembed_error_exit_code(error);
    (void)fputs(pyembed_error_traceback(error), stderr);
    pyembed_error_free(error);
    return code;
}

/* Calls report.mean() by Python's own interface, as any thread may. Gives -1 where that fails. */
static double mean(int first)
{
    double result = -1;
    PyGILState_STATE state = PyGILState_Ensure();
    PyObject *report = PyImport_ImportModule("report");
    PyObject *value = report == NULL
                          ? NULL
                          : PyObject_CallMethod(report, "mean", "([iii])", first, first + 1, first + 5);
    if (value != NULL) {
        result = PyFloat_AsDouble(value);
    }
    if (PyErr_Occurred()) {
        PyErr_Print();
    }
    Py_XDECREF(value);
    Py_XDECREF(report);
    PyGILState_Release(state);
    return result;
}

static void *compute(void *argument)
{
    double *number = argument;
    *number = mean((int)*number);
    return NULL;
}

static int compute_on_threads(void)
{
    pthread_t threads[THREADS];
    double numbers[THREADS];
    for (int i = 0; i < THREADS; i++) {
        numbers[i] = i;
        if (pthread_create(&threads[i], NULL, compute, &numbers[i]) != 0) {
            return 1;
        }
    }
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
        (void)printf("%s%g", i == 0 ? "" : " ", numbers[i]);
    }
    (void)puts("");
    return 0;
}

/* What the program does between Python's start and its end; gives the exit code. */
static int run(int argc, char **argv)
{
    char text[1024] = "";
    const char *arguments[] = {text};
    char *words = NULL;
    pyembed_error *error = NULL;
    for (int i = 1, length = 0; i < argc && length < (int)sizeof text; i++) {
        length += snprintf(text + length, sizeof text - (size_t)length, "%s ", argv[i]);
    }
    if (pyembed_call_function("report:words", arguments, 1, &words, &error) != PYEMBED_OK) {
        return report(error);
    }
    (void)puts(words);
    pyembed_text_free(words);
    return compute_on_threads();
}

int main(int argc, char **argv)
{
    int code, end = 0;
    pyembed_error *error = NULL;
    pyembed_options *options = pyembed_options_new();
    if (pyembed_run_if_python(&code)) {
        return code;
    }
    (void)pyembed_options_add_module(options, "terminal", initialize_terminal);
    if (pyembed_start(options, &error) != PYEMBED_OK) {
        return report(error);
    }
    pyembed_options_free(options);
    code = run(argc, argv);
    (void)pyembed_finish(&end, NULL);
    return code != 0 ? code : end;
}
