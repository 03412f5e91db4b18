/*
 * explain.h - every rule of a policy beside the facts of a request: which conditions hold, what
 * they ask for and what they saw. For people: decide.h stops at the first rule that holds.
 *
 * Pure, any thread. Texts are names, numbers and the model that was asked for.
 */
#ifndef PENSTOCK_ROUTER_EXPLAIN_H
#define PENSTOCK_ROUTER_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "router/facts.h"
#include "router/policy.h"

enum explain_kind {
    EXPLAIN_RULE,
    EXPLAIN_ALL, /* a group: all of the nodes below it must hold */
    EXPLAIN_ANY,
    EXPLAIN_NOT, /* the nodes below it must not all hold */
    EXPLAIN_CONDITION
};

enum { EXPLAIN_TEXT = 320 };

struct explain_node {
    enum explain_kind kind;
    unsigned depth; /* 0: a rule; what is below a node is one deeper and follows it */
    bool holds;
    bool assumed;             /* CONDITION: what it saw is the fail-closed assumption */
    size_t rule;              /* index in the policy */
    const char *signal;       /* CONDITION: its name */
    char asked[EXPLAIN_TEXT]; /* CONDITION: such as ">= 0.4"; long lists are cut, and say so */
    char seen[EXPLAIN_TEXT];
};

typedef void (*explain_visit)(void *user, const struct explain_node *node);

/* Visits the rules in their order, each before its conditions. */
void policy_explain(const struct policy *policy, const struct facts *facts, explain_visit visit,
                    void *user);

const char *explain_kind_name(enum explain_kind kind); /* "rule", "all", "any", "not", … */

#endif
