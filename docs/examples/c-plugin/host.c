/* A program that knows nothing of Python: evaluates a formula with plug-ins, on several threads.
 *
 *     host FORMULA PLUGIN... */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "formula.h"

#define THREADS 4
#define VALUES 3

typedef int evaluate_function(const char *, const double *, size_t, double *, char *, size_t);

struct work {
    evaluate_function *evaluate;
    const char *formula;
    double x[VALUES];
    double y[VALUES];
    char message[1024];
    int failed;
};

static void *evaluate(void *argument)
{
    struct work *work = argument;
    work->failed = work->evaluate(work->formula, work->x, VALUES, work->y, work->message,
                                  sizeof work->message);
    return NULL;
}

/* Has all threads evaluate the formula, each at values of its own. Gives how many have failed. */
static int evaluate_on_threads(evaluate_function *function, const char *formula)
{
    struct work work[THREADS];
    pthread_t threads[THREADS];
    int failed = 0;
    for (int i = 0; i < THREADS; i++) {
        work[i] = (struct work){.evaluate = function, .formula = formula, .x = {i, i + 0.25, i + 0.5}};
        if (pthread_create(&threads[i], NULL, evaluate, &work[i]) != 0) {
            return 1;
        }
    }
    for (int i = 0; i < THREADS; i++) {
        (void)pthread_join(threads[i], NULL);
        if (work[i].failed) {
            (void)fprintf(stderr, "%s\n", work[i].message);
        } else {
            (void)printf("%g %g %g\n", work[i].y[0], work[i].y[1], work[i].y[2]);
        }
        failed += work[i].failed;
    }
    return failed;
}

/* Loads a plug-in, uses it and closes it. It stays in memory, as Python cannot be unloaded: it can be loaded again. */
static int use_plugin(const char *path, const char *formula)
{
    void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (plugin == NULL) {
        (void)fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    evaluate_function *function = (evaluate_function *)dlsym(plugin, "formula_evaluate");
    int failed = function == NULL || evaluate_on_threads(function, formula);
    (void)dlclose(plugin);
    return failed;
}

int main(int argc, char **argv)
{
    int failed = 0;
    if (argc < 3) {
        (void)fprintf(stderr, "usage: %s FORMULA PLUGIN...\n", argv[0]);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        failed |= use_plugin(argv[i], argv[1]);
    }
    return failed;
}
