/*
 * policy_tool.h - what the verbs of `penstock policy` share: arguments, reading logs, exit codes.
 * Private to cmd_policy.c and policy_tool_*.c; single-threaded.
 */
#ifndef PENSTOCK_POLICY_TOOL_H
#define PENSTOCK_POLICY_TOOL_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/record_read.h"
#include "gateway/tool.h"
#include "router/decide.h"

struct policy_arguments {
    const char *config;    /* NULL: not given */
    const char *with;      /* for diff */
    const char *record;    /* for explain: the id of a logged request */
    const char *down;      /* for explain: names of targets, commas between */
    float share;           /* for threshold; negative: not given */
    bool json, every_rule; /* every_rule: for test */
    char **files;
    size_t file_count;
};

int policy_tool_threshold(const struct policy_arguments *args);
int policy_tool_replay(const struct policy_arguments *args); /* and diff */
int policy_tool_test(const struct policy_arguments *args);
int policy_tool_explain(const struct policy_arguments *args);

/* The policy of a configuration; NULL: of penstock.yaml. Mistakes are said. */
int policy_tool_load(const char *path, struct policy **out);

/*
 * Every decision in a log, "-" being standard input; each returns false when it is out of memory.
 * Mistakes are said. Returns an exit code.
 */
typedef bool (*policy_tool_on_record)(void *user, const struct record_read *record);
int policy_tool_read_log(const char *path, policy_tool_on_record each, void *user);

/* As the gateway did: what could not be edited was kept from the targets that it was for. */
void policy_tool_decide(const struct policy *policy, const struct record_read *record,
                        struct facts *facts, struct decision *out);

#endif
