#include "router/decide.h"

#include <string.h>

#include "router/evaluate.h"

struct deciding {
    const struct policy *policy;
    struct evaluation eval;
    struct decision *out;
};

/* ---- trees ---- */

static void note_reason(struct decision *out, struct decision_reason reason, bool wanted)
{
    if (out->reason_count == DECISION_MAX_REASONS)
        return;
    if (!wanted)
        reason.negated = !reason.negated;
    out->reasons[out->reason_count++] = reason;
}

/*
 * Does the tree give `wanted`? Notes the leaves that made it so, and none when it does not. Under a
 * NOT everything is asked the other way round, so that the reasons still speak for the rule.
 */
static bool tree_gives(const struct deciding *d, const struct rule_condition *c, bool wanted)
{
    struct decision *out = d->out;
    const struct rule_condition *end = c + c->size;
    uint8_t mark = out->reason_count;
    if (c->group == RULE_LEAF) {
        struct decision_reason reason;
        bool gives = evaluate_leaf(&d->eval, c, &reason) == wanted;
        if (gives)
            note_reason(out, reason, wanted);
        return gives;
    }
    if (c->group == RULE_NOT)
        return tree_gives(d, c + 1, !wanted);
    /* "all hold" and "not any holds" need every member, the other two need one. */
    bool every = (c->group == RULE_ALL) == wanted;
    for (const struct rule_condition *m = c + 1; m < end; m += m->size) {
        bool gives = tree_gives(d, m, wanted);
        if (gives && !every)
            return true;
        if (!gives && every) {
            out->reason_count = mark;
            return false;
        }
    }
    return every;
}

/* ---- the outcome ---- */

static void block(struct decision *out, enum decision_block reason, const char *message)
{
    out->action = DECISION_BLOCK;
    out->block = reason;
    out->message = message;
    out->target_count = 0;
}

/* Take targets less private than `allowed` out of the route. */
static void restrict_to(const struct policy *policy, enum placement allowed, struct decision *out)
{
    size_t kept = 0;
    if (out->allowed > allowed) {
        out->allowed = allowed;
        out->restricted = true;
    }
    for (size_t i = 0; i < out->target_count; i++) {
        uint8_t target = out->targets[i];
        if (policy->targets[target].placement <= out->allowed)
            out->targets[kept++] = target;
        else
            out->restricted = true;
    }
    out->target_count = (uint8_t)kept;
}

static void note_entity(struct decision *out, const struct rule *rule, int type, float score)
{
    enum pii_action action = (enum pii_action)out->pii_action[type];
    note_reason(out,
                (struct decision_reason){.signal = DECISION_SIGNAL_PII,
                                         .compare = DECISION_COMPARE_GE,
                                         .subject = (int16_t)type,
                                         .value = (double)score,
                                         .threshold = (double)rule->pii->least[type][action]},
                true);
}

/* The actions for what was found; those that need no editing are done here. */
static void apply_actions(const struct deciding *d, const struct rule *rule)
{
    struct decision *out = d->out;
    enum pii_action strongest = PII_ACTION_ALLOW;
    out->pii_actions = rule->pii->any;
    out->edit_for = rule->pii->edit_for;
    if (!rule->pii->any)
        return;
    for (int type = 0; type < PII_TYPE_COUNT; type++) {
        if (!pii_set_has(&d->eval.present, (enum pii_type)type))
            continue;
        float score = evaluation_score(&d->eval, (enum pii_type)type);
        enum pii_action action = pii_action_of(rule->pii, (enum pii_type)type, score);
        out->pii_action[type] = (uint8_t)action;
        strongest = action > strongest ? action : strongest;
        out->edits = out->edits ||
                     pii_action_edit(rule->pii, (enum pii_type)type, score) != PII_ACTION_ALLOW;
        if (action >= PII_ACTION_ROUTE_LOCAL)
            note_entity(out, rule, type, score);
    }
    if (strongest == PII_ACTION_BLOCK) {
        block(
            out, DECISION_BLOCK_SENSITIVE,
            "The request holds personal data or secrets of a kind that the policy of this gateway "
            "does not let pass. Remove them and ask again.");
    } else if (strongest == PII_ACTION_ROUTE_LOCAL) {
        restrict_to(d->policy, PLACEMENT_ON_PREMISES, out);
        if (out->target_count == 0)
            block(
                out, DECISION_BLOCK_SENSITIVE,
                "The request holds personal data that must stay on the premises, and the rule for "
                "it names no target there.");
    }
}

static void apply_rule(const struct deciding *d, const struct rule *rule)
{
    struct decision *out = d->out;
    out->rule_name = rule->name;
    out->message = "";
    out->allowed = rule->allowed;
    if (rule->action == DECISION_BLOCK) {
        block(out, rule->block, rule->message);
        return;
    }
    memcpy(out->targets, rule->targets, rule->target_count);
    out->target_count = rule->target_count;
    if (d->eval.assume) {
        /* Nothing can be edited out of what nobody could read. */
        bool edited = rule->pii->any && rule->pii->edit_for < PLACEMENT_CLOUD;
        restrict_to(d->policy, edited ? PLACEMENT_IN_PROCESS : PLACEMENT_ON_PREMISES, out);
    }
    if (out->target_count == 0) {
        block(out, DECISION_BLOCK_UNCLASSIFIED,
              "The request could not be checked for personal data, and nothing on the premises may "
              "answer it.");
        return;
    }
    apply_actions(d, rule);
}

/* What is left of the route says whether there is anything to judge or to acknowledge. */
static void apply_cascade(const struct deciding *d, const struct rule *rule)
{
    struct decision *out = d->out;
    const struct policy_target *targets = d->policy->targets;
    bool first =
        out->target_count > 1 && targets[out->targets[0]].placement == PLACEMENT_IN_PROCESS;
    bool later = false;
    for (size_t i = 1; i < out->target_count; i++)
        later = later || targets[out->targets[i]].placement == PLACEMENT_IN_PROCESS;
    if (rule->cascade == DECISION_CASCADE_JUDGE && first) {
        out->cascade = rule->cascade;
        out->min_confidence = rule->min_confidence;
    } else if (rule->cascade == DECISION_CASCADE_ACK && !first && later) {
        out->cascade = rule->cascade;
        out->ack_tokens = rule->ack_tokens;
        out->ack_ms = rule->ack_ms;
    }
}

bool decision_edits_for_some(const struct policy *policy, const struct decision *decision)
{
    for (size_t i = 0; i < decision->target_count; i++)
        if (policy->targets[decision->targets[i]].placement >= decision->edit_for)
            return decision->edits;
    return false;
}

void decision_keep_from(const struct policy *policy, enum placement placement,
                        struct decision *decision)
{
    /* edit_for is never in_process, so there is a more private place. */
    restrict_to(policy, (enum placement)(placement - 1), decision);
    decision->edits = false;
    if (decision->target_count == 0)
        block(decision, DECISION_BLOCK_UNCLASSIFIED,
              "Personal data in the request cannot be taken out where it stands, and nothing more "
              "private may answer it.");
}

void policy_decide(const struct policy *policy, const struct facts *facts, struct decision *out)
{
    struct deciding d = {.policy = policy, .out = out};
    evaluation_init(&d.eval, facts);

    out->action = DECISION_ROUTE;
    out->block = DECISION_BLOCK_NONE;
    out->restricted = false;
    out->cascade = DECISION_CASCADE_NONE;
    out->min_confidence = 0;
    out->ack_tokens = 0;
    out->ack_ms = 0;
    out->target_count = 0;
    out->pii_actions = out->edits = false;
    out->edit_for = PLACEMENT_CLOUD;
    memset(out->pii_action, PII_ACTION_DETECT_ONLY, sizeof(out->pii_action));
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        out->reason_count = 0;
        if (rule->conditions == NULL || tree_gives(&d, rule->conditions, true)) {
            out->rule = (uint16_t)i;
            apply_rule(&d, rule);
            apply_cascade(&d, rule);
            return;
        }
    }
    /* A compiled policy ends in an unconditional rule. Should that ever fail, nothing goes out. */
    out->rule = 0;
    out->rule_name = "";
    out->allowed = PLACEMENT_IN_PROCESS;
    block(out, DECISION_BLOCK_POLICY, "The policy of this gateway has no rule for this request.");
}

/* ---- names ---- */

const char *decision_action_name(enum decision_action action)
{
    return action == DECISION_BLOCK ? "block" : "route";
}

const char *decision_block_name(enum decision_block reason)
{
    static const char *const names[DECISION_BLOCK_COUNT] = {"none",  "policy", "sensitive",
                                                            "model", "size",   "unclassified"};
    return names[reason];
}

const char *decision_cascade_name(enum decision_cascade cascade)
{
    static const char *const names[] = {"none", "judge", "ack_then_deepen"};
    return names[cascade];
}

const char *decision_signal_name(enum decision_signal signal)
{
    static const char *const names[DECISION_SIGNAL_COUNT] = {
        "pii",    "sensitive",   "complexity",      "tier",        "unfamiliar",   "task",
        "domain", "language",    "expected_tokens", "needs_tools", "needs_recent", "follows",
        "model",  "tokens",      "max_tokens",      "messages",    "tools",        "stream",
        "target", "unclassified"};
    return names[signal];
}

const char *decision_compare_name(enum decision_compare compare)
{
    static const char *const names[] = {"is", ">=", ">", "<=", "<", "=="};
    return names[compare];
}
