/*
 * rule.h - one compiled rule; private to policy.c, rule.c and decide.c.
 *
 * The conditions of a rule are one array in prefix order: a group (ALL, ANY, NOT) is followed by
 * its members, and every entry says how many entries it and its members take, so that evaluation
 * walks memory forward and allocates nothing.
 */
#ifndef PENSTOCK_ROUTER_RULE_H
#define PENSTOCK_ROUTER_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/problems.h"
#include "gateway/base/region.h"
#include "gateway/base/yaml.h"
#include "router/decide.h"
#include "router/facts.h"
#include "router/pii_action.h"
#include "router/pii_sets.h"
#include "router/policy.h"

enum rule_group { RULE_LEAF, RULE_ALL, RULE_ANY, RULE_NOT };

struct rule_condition {
    enum rule_group group;
    enum decision_signal signal; /* leaf: what it looks at; everything below belongs to leaves */
    enum decision_compare compare;
    uint32_t size; /* entries, itself included */
    double threshold;
    bool wanted;      /* TOOLS, STREAM, TARGET (up), UNCLASSIFIED as yes or no */
    bool validated;   /* PII: only spans whose check holds */
    bool none;        /* PII: holds when there is no such span */
    uint8_t target;   /* TARGET */
    uint32_t mask;    /* TIER, TASK, DOMAIN, UNCLASSIFIED as a list: one bit each; 0: use wanted */
    double min_score; /* PII */
    struct pii_set types;
    const char *const *globs; /* MODEL, LANGUAGE */
    size_t glob_count;
};

struct rule {
    const char *name;
    const struct rule_condition *conditions; /* one tree; NULL: always */
    enum decision_action action;
    uint8_t targets[FACTS_MAX_TARGETS];
    uint8_t target_count;
    enum placement allowed;
    enum decision_block block;
    const char *message;
    enum decision_cascade cascade;
    float min_confidence;
    uint16_t ack_tokens;
    uint32_t ack_ms;
    const struct pii_actions *pii; /* what it does about entities; never NULL */
};

/* What the compilation of one policy shares; released with the policy or, on failure, at once. */
struct rule_context {
    struct region *region;
    struct problems *problems;
    const struct policy_target *targets;
    size_t target_count;
    const struct yaml_node *sets; /* the file's own sets, or NULL */
    struct pii_set *own_sets;     /* what they hold, in the order of sets */
    bool out_of_memory;
};

/* Compile `when`. NULL on a mistake (reported) or when memory ran out (noted in the context). */
const struct rule_condition *rule_compile_when(struct rule_context *ctx,
                                               const struct yaml_node *when);
/* Compile the file's own sets into the context, before any rule. */
void rule_read_sets(struct rule_context *ctx, const struct yaml_node *sets);
/* The types that a name stands for: a type, a set of the file, a built-in set. Else reported. */
bool rule_find_types(struct rule_context *ctx, const struct yaml_node *node, struct pii_set *out);
/* Index of a target, or -1 after reporting that there is none of that name. */
int rule_find_target(struct rule_context *ctx, const struct yaml_node *node, const char *name);

/* '*' and '?' as in a shell, nothing else is special. Linear in text times pattern. */
bool rule_glob_match(const char *pattern, const char *text);

/* Private parts of struct policy, here for decide.c. */
struct policy {
    _Atomic unsigned references;
    struct region region;
    const char *name;
    char hash[65];
    float tiers[TIER_COUNT - 1]; /* where MEDIUM, COMPLEX and REASONING begin */
    struct rule *rules;
    size_t rule_count;
    struct policy_target *targets;
    size_t target_count;
    struct pii_set edited; /* types that some rule masks or redacts */
};

#endif
