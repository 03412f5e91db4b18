/*
 * problems.h - every mistake of a configuration, each as "file:line: key: reason".
 *
 * A reader adds what it finds and goes on, so that a person sees all mistakes at once; whoever
 * started the reading applies nothing unless problems_count() is 0. Belongs to one thread. Reasons
 * name keys, files, limits and values of configuration files; values of secrets never get here.
 */
#ifndef PENSTOCK_BASE_PROBLEMS_H
#define PENSTOCK_BASE_PROBLEMS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "gateway/base/err.h"

struct problem {
    char *file;
    char *key; /* dotted path such as "targets[1].url"; "" for the file as a whole */
    char *reason;
    uint32_t line; /* 1-based; 0: no line (e.g. the file cannot be opened) */
    size_t order;  /* in which it was found */
};

struct problems {
    struct problem *items;
    size_t count; /* kept ones */
    size_t cap;
    size_t dropped; /* found after the list was full, or when memory ran out */
};

#define PROBLEMS_INIT                                                                              \
    {                                                                                              \
        0                                                                                          \
    }

void problems_release(struct problems *p);

/* Never fails: what cannot be kept is counted. At most 200 are kept. */
void problems_add(struct problems *p, const char *file, uint32_t line, const char *key,
                  const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Kept and dropped together. */
size_t problems_count(const struct problems *p);

/* By file (in the order the files were met) and line; problems of one line keep their order. */
void problems_sort(struct problems *p);

/* Sorts, then one line each; control characters of the files appear as '?'. */
void problems_print(struct problems *p, FILE *out);

/* The first problem (after sorting) and how many more, as one err. Returns ERR_SYNTAX. */
int problems_to_err(struct problems *p, struct err *err);

#endif
