/*
 * decide.h - (policy, facts) -> decision with its reasons. Pure: no allocation, no clock, no locks.
 *
 * The first rule whose conditions hold wins. Fail-closed, whatever the policy says: while
 * facts.unclassified is neither NONE nor OFF, every type of personal data counts as present and
 * `sensitive` as 1, and cloud targets are taken out of the rule that matched; if nothing remains,
 * the request is blocked.
 *
 * All strings in a decision are static or belong to the policy.
 */
#ifndef PENSTOCK_ROUTER_DECIDE_H
#define PENSTOCK_ROUTER_DECIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/facts.h"
#include "router/pii_action.h"
#include "router/policy.h"

/* What the model in process has to do with a request that others answer, too. */
enum decision_cascade {
    DECISION_CASCADE_NONE,
    /* It is the first target, and its answer is held back and judged: where it is not good enough
     * the next one is asked. */
    DECISION_CASCADE_JUDGE,
    /* It stands behind the first target: it acknowledges the request while that one is asked. */
    DECISION_CASCADE_ACK
};

enum decision_action { DECISION_ROUTE, DECISION_BLOCK };

/* Why a request was blocked. All but the last two can be named by a rule's `block: {reason: …}`. */
enum decision_block {
    DECISION_BLOCK_NONE,
    DECISION_BLOCK_POLICY, /* no reason given */
    DECISION_BLOCK_SENSITIVE,
    DECISION_BLOCK_MODEL,
    DECISION_BLOCK_SIZE,
    DECISION_BLOCK_UNCLASSIFIED, /* also: nothing remained once cloud targets were taken out */
    DECISION_BLOCK_COUNT
};

/* What a condition looked at; one name each, as in the policy file. */
enum decision_signal {
    DECISION_SIGNAL_PII,
    DECISION_SIGNAL_SENSITIVE,
    DECISION_SIGNAL_COMPLEXITY,
    DECISION_SIGNAL_TIER,
    DECISION_SIGNAL_UNFAMILIAR,
    DECISION_SIGNAL_TASK,
    DECISION_SIGNAL_DOMAIN,
    DECISION_SIGNAL_LANGUAGE,
    DECISION_SIGNAL_EXPECTED_TOKENS,
    DECISION_SIGNAL_NEEDS_TOOLS,
    DECISION_SIGNAL_NEEDS_RECENT,
    DECISION_SIGNAL_FOLLOWS,
    DECISION_SIGNAL_MODEL,
    DECISION_SIGNAL_TOKENS,
    DECISION_SIGNAL_MAX_TOKENS,
    DECISION_SIGNAL_MESSAGES,
    DECISION_SIGNAL_TOOLS,
    DECISION_SIGNAL_STREAM,
    DECISION_SIGNAL_TARGET,
    DECISION_SIGNAL_UNCLASSIFIED,
    DECISION_SIGNAL_COUNT
};

enum decision_compare {
    DECISION_COMPARE_IS, /* belongs to a list, equals a state */
    DECISION_COMPARE_GE,
    DECISION_COMPARE_GT,
    DECISION_COMPARE_LE,
    DECISION_COMPARE_LT,
    DECISION_COMPARE_EQ
};

/* One condition that spoke for the rule. */
struct decision_reason {
    enum decision_signal signal;
    enum decision_compare compare;
    bool negated; /* it held by not being so (`not`, `pii: none`) */
    bool assumed; /* the value is the fail-closed assumption, not a measurement */
    /* PII: the entity type; TIER, TASK, DOMAIN, LANGUAGE: which; TARGET: its index; UNCLASSIFIED:
     * the state; else -1. */
    int16_t subject;
    double value;     /* what the request had: a score, a count, 0 or 1 */
    double threshold; /* what the rule asked for */
};

enum { DECISION_MAX_REASONS = 16 };

struct decision {
    enum decision_action action;
    enum decision_block block; /* NONE when routed */
    uint16_t rule;             /* index in the policy */
    const char *rule_name;
    const char *message; /* blocked: for the caller; otherwise "" */
    /* Routed: try in this order. Nothing may ever go to a less private placement than allowed. */
    uint8_t targets[FACTS_MAX_TARGETS];
    uint8_t target_count;
    enum placement allowed;
    enum decision_cascade cascade; /* nothing but targets is ever asked */
    float min_confidence;          /* JUDGE: 0..1 */
    uint16_t ack_tokens;           /* ACK: most tokens, and most milliseconds, of it */
    uint32_t ack_ms;
    bool restricted; /* failing closed or an entity's action took targets or placement away */
    /*
     * What the rule does about the entities found. BLOCK blocks and ROUTE_LOCAL takes targets away
     * right here; REDACT and MASK are the caller's to carry out before anything goes to a target
     * of edit_for or a less private one: `edits` says that there is such an entity.
     */
    uint8_t pii_action[PII_TYPE_COUNT]; /* an enum pii_action for each type that was found */
    bool pii_actions;                   /* the rule has a `pii:` section or the policy has */
    bool edits;
    enum placement edit_for;
    uint8_t reason_count;
    struct decision_reason reasons[DECISION_MAX_REASONS]; /* the first ones, when there are more */
};

/* Always fills *out. Any thread. */
void policy_decide(const struct policy *policy, const struct facts *facts, struct decision *out);
/* Whether some target of the route is to get an edited body. */
bool decision_edits_for_some(const struct policy *policy, const struct decision *decision);
/*
 * Take away every target that is not more private than `placement`: what had to be edited for it
 * cannot be. Blocks when none remains.
 */
void decision_keep_from(const struct policy *policy, enum placement placement,
                        struct decision *decision);

const char *decision_action_name(enum decision_action action);    /* "route", "block" */
const char *decision_block_name(enum decision_block block);       /* "none", "policy", … */
const char *decision_cascade_name(enum decision_cascade cascade); /* "none", "judge", … */
const char *decision_signal_name(enum decision_signal signal);    /* "pii", "sensitive", … */
const char *decision_compare_name(enum decision_compare compare); /* "is", ">=", … */

#endif
