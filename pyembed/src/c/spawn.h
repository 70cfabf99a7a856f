/* Lets the functions by which programs are started know packed programs, and tell processes what they are
 * started for.
 *
 * The kernel knows no packed program, and a process that is started from sys.executable may be meant to be Python or
 * the application. The functions by which CPython, the libraries linked with it and those loaded at run time start
 * programs are ours: they ask what to start instead, with which arguments and environment (the folder `spawns`). */
#ifndef PYEMBED_SPAWN_H
#define PYEMBED_SPAWN_H

/* A program to be started, first as the caller wants it, then as it is to be done. */
struct pyembed_start {
    const char *path;
    char *const *arguments;
    char *const *environment;
    /* A descriptor of the program, which is started in the place of what is at the path; -1 for none. */
    int program;
    /* What the answer keeps for release(), NULL for nothing. */
    void *kept;
};

/* What answers. */
struct pyembed_spawns {
    /* Changes what is to be started. `in_place` says that the program takes the place of this process instead of being
     * started beside it. Gives 0, or the errno of a program that cannot be started. */
    int (*prepare)(struct pyembed_start *start, int in_place);
    /* Ends the use of what prepare() gave. */
    void (*release)(struct pyembed_start *start);
    /* What to hand to a shell in the place of a command, to be given back to release_command(); NULL for the same. */
    char *(*command)(const char *command);
    void (*release_command)(char *command);
};

/* Begins to ask; what answers lives as long as the process. */
void pyembed_watch_spawns(const struct pyembed_spawns *spawns);

#endif
