#include "router/decide.h"

#include <math.h>
#include <string.h>

#include "router/language.h"
#include "router/rule.h"

struct evaluation {
    const struct policy *policy;
    const struct facts *facts;
    bool assume;            /* not classified: take the worst for true */
    float sensitive;        /* as measured or assumed */
    struct pii_set present; /* types with at least one span */
    struct decision *out;
};

/* ---- leaves: the result, and what to say about it ---- */

static bool compare_holds(enum decision_compare compare, double value, double threshold)
{
    switch (compare) {
    case DECISION_COMPARE_GE:
        return value >= threshold;
    case DECISION_COMPARE_GT:
        return value > threshold;
    case DECISION_COMPARE_LE:
        return value <= threshold;
    case DECISION_COMPARE_LT:
        return value < threshold;
    case DECISION_COMPARE_EQ:
        return value >= threshold && value <= threshold;
    case DECISION_COMPARE_IS:
        break;
    }
    return false;
}

/* A score that is no number must not slip under a threshold. */
static float score_of(const struct facts *facts, int type)
{
    float score = facts->pii.best_score[type];
    return isnan(score) ? 1 : score;
}

/* The strongest span that the condition asks for, or -1. */
static int find_span(const struct evaluation *e, const struct rule_condition *c)
{
    int best = -1;
    for (size_t word = 0; word < PII_SET_WORDS; word++) {
        uint64_t bits = e->present.bits[word] & c->types.bits[word];
        for (; bits != 0; bits &= bits - 1) {
            int type = (int)(word * 64) + __builtin_ctzll(bits);
            bool counts = (!c->validated || e->facts->pii.validated[type] != 0) &&
                          score_of(e->facts, type) >= (float)c->min_score;
            if (counts && (best < 0 || score_of(e->facts, type) > score_of(e->facts, best)))
                best = type;
        }
    }
    return best;
}

static bool pii_holds(const struct evaluation *e, const struct rule_condition *c,
                      struct decision_reason *reason)
{
    int type = e->assume ? -1 : find_span(e, c);
    bool found = e->assume || type >= 0;
    reason->assumed = e->assume;
    reason->subject = (int16_t)type;
    reason->value = type >= 0 ? (double)score_of(e->facts, type) : (found ? 1 : 0);
    reason->threshold = c->min_score;
    reason->compare = DECISION_COMPARE_GE;
    reason->negated = c->none;
    return found != c->none;
}

static bool any_glob_matches(const struct rule_condition *c, const char *text)
{
    for (size_t i = 0; i < c->glob_count; i++)
        if (rule_glob_match(c->globs[i], text))
            return true;
    return false;
}

/* One of a list of kinds. */
static bool member_holds(const struct rule_condition *c, unsigned kind,
                         struct decision_reason *reason)
{
    reason->subject = (int16_t)kind;
    reason->value = kind;
    return kind < 32 && (c->mask >> kind & 1) != 0;
}

static bool number_holds(const struct rule_condition *c, double value,
                         struct decision_reason *reason)
{
    reason->value = value;
    reason->threshold = c->threshold;
    reason->compare = c->compare;
    return compare_holds(c->compare, value, c->threshold);
}

/*
 * Scores are floats: a score of 0.9 must meet ">= 0.9", although the float nearest to 0.9 is less
 * than the double nearest to it.
 */
static bool score_holds(const struct rule_condition *c, float value, struct decision_reason *reason)
{
    reason->value = (double)value;
    reason->threshold = c->threshold;
    reason->compare = c->compare;
    return compare_holds(c->compare, (double)value, (double)(float)c->threshold);
}

static bool state_holds(const struct rule_condition *c, bool state, struct decision_reason *reason)
{
    reason->value = state;
    reason->threshold = c->wanted;
    return state == c->wanted;
}

static bool leaf_holds(const struct evaluation *e, const struct rule_condition *c,
                       struct decision_reason *reason)
{
    const struct facts *facts = e->facts;
    *reason = (struct decision_reason){
        .signal = c->signal, .compare = DECISION_COMPARE_IS, .subject = -1};
    switch (c->signal) {
    case DECISION_SIGNAL_PII:
        return pii_holds(e, c, reason);
    case DECISION_SIGNAL_SENSITIVE:
        reason->assumed = e->assume;
        return score_holds(c, e->sensitive, reason);
    case DECISION_SIGNAL_COMPLEXITY:
        return score_holds(c, facts->complexity.score, reason);
    case DECISION_SIGNAL_UNFAMILIAR:
        return score_holds(c, facts->complexity.unfamiliar, reason);
    case DECISION_SIGNAL_TOKENS:
        return number_holds(c, facts->prompt_tokens, reason);
    case DECISION_SIGNAL_MAX_TOKENS:
        return number_holds(c, facts->max_tokens, reason);
    case DECISION_SIGNAL_MESSAGES:
        return number_holds(c, facts->messages, reason);
    case DECISION_SIGNAL_TIER:
        return member_holds(c, facts->complexity.tier, reason);
    case DECISION_SIGNAL_TASK:
        return member_holds(c, facts->complexity.task, reason);
    case DECISION_SIGNAL_DOMAIN:
        return member_holds(c, facts->complexity.domain, reason);
    case DECISION_SIGNAL_LANGUAGE:
        reason->subject = facts->complexity.language;
        return any_glob_matches(c, language_name(facts->complexity.language));
    case DECISION_SIGNAL_EXPECTED_TOKENS:
        return number_holds(c, facts->complexity.expected_tokens, reason);
    case DECISION_SIGNAL_NEEDS_TOOLS:
        return state_holds(c, facts->complexity.needs_tools, reason);
    case DECISION_SIGNAL_NEEDS_RECENT:
        return state_holds(c, facts->complexity.needs_recent, reason);
    case DECISION_SIGNAL_FOLLOWS:
        return state_holds(c, facts->complexity.follows, reason);
    case DECISION_SIGNAL_MODEL:
        return any_glob_matches(c, facts->model != NULL ? facts->model : "");
    case DECISION_SIGNAL_TOOLS:
        return state_holds(c, facts->tools, reason);
    case DECISION_SIGNAL_STREAM:
        return state_holds(c, facts->stream, reason);
    case DECISION_SIGNAL_TARGET:
        reason->subject = c->target;
        return state_holds(c, facts->target_up[c->target], reason);
    case DECISION_SIGNAL_UNCLASSIFIED:
        reason->subject = (int16_t)facts->unclassified;
        if (c->mask == 0)
            return state_holds(c, e->assume, reason);
        return facts->unclassified <= UNCLASSIFIED_OFF && (c->mask >> facts->unclassified & 1) != 0;
    case DECISION_SIGNAL_COUNT:
        break;
    }
    return false;
}

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
static bool tree_gives(const struct evaluation *e, const struct rule_condition *c, bool wanted)
{
    struct decision *out = e->out;
    const struct rule_condition *end = c + c->size;
    uint8_t mark = out->reason_count;
    if (c->group == RULE_LEAF) {
        struct decision_reason reason;
        bool gives = leaf_holds(e, c, &reason) == wanted;
        if (gives)
            note_reason(out, reason, wanted);
        return gives;
    }
    if (c->group == RULE_NOT)
        return tree_gives(e, c + 1, !wanted);
    /* "all hold" and "not any holds" need every member, the other two need one. */
    bool every = (c->group == RULE_ALL) == wanted;
    for (const struct rule_condition *m = c + 1; m < end; m += m->size) {
        bool gives = tree_gives(e, m, wanted);
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
static void apply_actions(const struct evaluation *e, const struct rule *rule)
{
    struct decision *out = e->out;
    enum pii_action strongest = PII_ACTION_ALLOW;
    out->pii_actions = rule->pii->any;
    out->edit_for = rule->pii->edit_for;
    if (!rule->pii->any)
        return;
    for (int type = 0; type < PII_TYPE_COUNT; type++) {
        if (!pii_set_has(&e->present, (enum pii_type)type))
            continue;
        float score = score_of(e->facts, type);
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
        restrict_to(e->policy, PLACEMENT_ON_PREMISES, out);
        if (out->target_count == 0)
            block(
                out, DECISION_BLOCK_SENSITIVE,
                "The request holds personal data that must stay on the premises, and the rule for "
                "it names no target there.");
    }
}

static void apply_rule(const struct evaluation *e, const struct rule *rule)
{
    struct decision *out = e->out;
    out->rule_name = rule->name;
    out->message = "";
    out->allowed = rule->allowed;
    if (rule->action == DECISION_BLOCK) {
        block(out, rule->block, rule->message);
        return;
    }
    memcpy(out->targets, rule->targets, rule->target_count);
    out->target_count = rule->target_count;
    if (e->assume) {
        /* Nothing can be edited out of what nobody could read. */
        bool edited = rule->pii->any && rule->pii->edit_for < PLACEMENT_CLOUD;
        restrict_to(e->policy, edited ? PLACEMENT_IN_PROCESS : PLACEMENT_ON_PREMISES, out);
    }
    if (out->target_count == 0) {
        block(out, DECISION_BLOCK_UNCLASSIFIED,
              "The request could not be checked for personal data, and nothing on the premises may "
              "answer it.");
        return;
    }
    apply_actions(e, rule);
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
    struct evaluation e = {.policy = policy, .facts = facts, .out = out};
    e.assume = facts->unclassified != UNCLASSIFIED_NONE && facts->unclassified != UNCLASSIFIED_OFF;
    float sensitive = facts->pii.sensitive;
    e.sensitive = e.assume || isnan(sensitive) ? 1 : sensitive;
    for (int i = 0; i < PII_TYPE_COUNT; i++)
        if (facts->pii.count[i] != 0 || facts->pii.validated[i] != 0)
            pii_set_add(&e.present, (enum pii_type)i);

    out->action = DECISION_ROUTE;
    out->block = DECISION_BLOCK_NONE;
    out->restricted = false;
    out->cascade = false;
    out->min_confidence = 0;
    out->target_count = 0;
    out->pii_actions = out->edits = false;
    out->edit_for = PLACEMENT_CLOUD;
    memset(out->pii_action, PII_ACTION_DETECT_ONLY, sizeof(out->pii_action));
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        out->reason_count = 0;
        if (rule->conditions == NULL || tree_gives(&e, rule->conditions, true)) {
            out->rule = (uint16_t)i;
            apply_rule(&e, rule);
            out->cascade = rule->cascade && out->target_count > 1 &&
                           policy->targets[out->targets[0]].placement == PLACEMENT_IN_PROCESS;
            out->min_confidence = rule->min_confidence;
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
