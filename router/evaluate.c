#include "router/evaluate.h"

#include <math.h>

#include "router/language.h"

void evaluation_init(struct evaluation *e, const struct facts *facts)
{
    float sensitive = facts->pii.sensitive;
    *e = (struct evaluation){.facts = facts};
    e->assume = facts->unclassified != UNCLASSIFIED_NONE && facts->unclassified != UNCLASSIFIED_OFF;
    e->sensitive = e->assume || isnan(sensitive) ? 1 : sensitive;
    for (int i = 0; i < PII_TYPE_COUNT; i++)
        if (facts->pii.count[i] != 0 || facts->pii.validated[i] != 0)
            pii_set_add(&e->present, (enum pii_type)i);
}

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

float evaluation_score(const struct evaluation *e, enum pii_type type)
{
    float score = e->facts->pii.best_score[type];
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
                          evaluation_score(e, (enum pii_type)type) >= (float)c->min_score;
            if (counts && (best < 0 || evaluation_score(e, (enum pii_type)type) >
                                           evaluation_score(e, (enum pii_type)best)))
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
    reason->value = type >= 0 ? (double)evaluation_score(e, (enum pii_type)type) : (found ? 1 : 0);
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

bool evaluate_leaf(const struct evaluation *e, const struct rule_condition *c,
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
