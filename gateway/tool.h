/*
 * tool.h - what the subcommands share: options, messages, numbers, input.
 *
 * One thread. Messages go to standard error as "penstock COMMAND: text" and never hold what the
 * user asked or was answered.
 */
#ifndef PENSTOCK_TOOL_H
#define PENSTOCK_TOOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "gateway/base/buf.h"

enum { TOOL_DONE = 0, TOOL_NO = 1, TOOL_USAGE = 2 }; /* exit codes */
enum { TOOL_TEXT_MAX = 64 << 20 };                   /* bytes of a text that is read whole */

int tool_usage(const char *command, const char *text); /* says so, gives TOOL_USAGE */
int tool_fail(const char *command, const char *text);  /* says so, gives TOOL_NO */

/* Says that `argument` is one too many, gives TOOL_USAGE. */
int tool_unexpected(const char *command, const char *argument);

/* One option of a command: what its value is written to, and what it may be. */
enum tool_kind {
    TOOL_FLAG,   /* bool: given */
    TOOL_TEXT,   /* const char * */
    TOOL_NUMBER, /* uint64_t, from least to most */
    TOOL_REAL,   /* float, from 0 to most */
};
struct tool_option {
    const char *name; /* without the dashes; a letter stands for the first name that it begins */
    enum tool_kind kind;
    void *value;
    uint64_t least, most;
};

/*
 * Read a command's options, which end with an entry without name; --help and -h print `usage`.
 * The exit code, or -1 to go on: then argv[*rest] is the first argument that is no option.
 */
MUST_CHECK int tool_options(const char *command, const char *usage, int argc, char **argv,
                            const struct tool_option *options, int *rest);

bool tool_number(const char *text, uint64_t most, uint64_t *out); /* 0 .. most */
unsigned tool_threads(void); /* as many as there are cores for this process, and 64 at most */

/* The model of a path, or the one built into the program. */
struct engine_source tool_source(const char *path);

/* Append a file, or standard input for NULL or "-"; at most `most` bytes (ERR_LIMIT). */
MUST_CHECK int tool_read(const char *path, size_t most, struct buf *out, struct err *err);

/* Print one line and free the tree, which may be NULL for out of memory. Gives the exit code. */
int tool_print_json(const char *command, json_t *root);

#endif
