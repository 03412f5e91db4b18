/*
 * pii_action.h - what a policy does about entities that were found, compiled from its `pii:`
 * sections.
 *
 * Every entry of a section names a type or a set, an action and the score from which it acts; for a
 * span of some type and score the strongest action of all entries that reach it counts. Immutable
 * once compiled; any thread.
 */
#ifndef PENSTOCK_ROUTER_PII_ACTION_H
#define PENSTOCK_ROUTER_PII_ACTION_H

#include <stdbool.h>

#include "router/facts.h"
#include "router/pii_sets.h"

/* From the weakest to the strongest. */
enum pii_action {
    PII_ACTION_ALLOW,       /* of no interest: not counted as an event */
    PII_ACTION_DETECT_ONLY, /* let through and counted; what holds where no entry does */
    PII_ACTION_REDACT,      /* a placeholder goes out, the value comes back in the reply */
    PII_ACTION_MASK,        /* the name of its type goes out, and nothing comes back */
    PII_ACTION_ROUTE_LOCAL, /* no target in the cloud */
    PII_ACTION_BLOCK,
    PII_ACTION_COUNT
};

const char *pii_action_name(enum pii_action action); /* "allow", … */

/* What is done about entities in answers. */
enum pii_reply { PII_REPLY_OFF, PII_REPLY_DETECT, PII_REPLY_MASK };

struct pii_actions {
    bool any;                /* there is an entry */
    enum pii_reply reply;    /* MASK: those with an action from REDACT on; DETECT: count */
    bool keep_names;         /* a conversation calls its values the same in every turn */
    enum placement edit_for; /* mask and redact for targets from this placement on */
    /* The least score from which an action holds for a type; above 1: never. */
    float least[PII_TYPE_COUNT][PII_ACTION_COUNT];
};

/* No entries: everything is detected only. */
void pii_actions_init(struct pii_actions *actions);
enum pii_action pii_action_of(const struct pii_actions *actions, enum pii_type type, float score);
/*
 * MASK or REDACT when such an entry reaches the span, whatever stronger one does too: a request
 * that is kept on the premises is edited all the same where the policy edits for them. Else ALLOW.
 */
enum pii_action pii_action_edit(const struct pii_actions *actions, enum pii_type type, float score);
/* Adds the types that some score lets be masked or redacted. */
void pii_actions_add_edited(const struct pii_actions *actions, struct pii_set *types);

struct rule_context;
struct yaml_node;

/*
 * Read a `pii:` section over what `base` says: a type that the section names is ruled by it alone.
 * Mistakes go to the context's problems. base may be out itself.
 */
void pii_actions_read(struct rule_context *ctx, const struct yaml_node *node,
                      const struct pii_actions *base, struct pii_actions *out);

#endif
