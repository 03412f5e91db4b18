#include "router/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "router/evaluate.h"
#include "router/language.h"

enum { NAMES_AT_MOST = 6 };

struct explaining {
    const struct policy *policy;
    struct evaluation eval;
    explain_visit visit;
    void *user;
    size_t rule;
};

/* ---- texts ---- */

/* Appends what fits. */
static void add_text(char text[EXPLAIN_TEXT], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void add_text(char text[EXPLAIN_TEXT], const char *format, ...)
{
    size_t len = strlen(text);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text + len, EXPLAIN_TEXT - len, format, args);
    va_end(args);
}

/* One of a list, of which the first few are named. */
static void add_name(char text[EXPLAIN_TEXT], size_t *count, const char *name)
{
    if (*count < NAMES_AT_MOST)
        add_text(text, "%s%s", *count != 0 ? ", " : "", name);
    (*count)++;
}

static void add_more(char text[EXPLAIN_TEXT], size_t count)
{
    if (count > NAMES_AT_MOST)
        add_text(text, " and %zu more", count - NAMES_AT_MOST);
}

static const char *tier_text(unsigned i)
{
    return complexity_tier_name((enum complexity_tier)i);
}

static const char *task_text(unsigned i)
{
    return complexity_task_name((enum complexity_task)i);
}

static const char *domain_text(unsigned i)
{
    return complexity_domain_name((enum complexity_domain)i);
}

static const char *unclassified_text(unsigned i)
{
    return unclassified_name((enum unclassified)i);
}

static void add_mask(char text[EXPLAIN_TEXT], uint32_t mask, const char *(*name)(unsigned))
{
    size_t count = 0;
    for (unsigned i = 0; i < 32; i++)
        if ((mask >> i & 1) != 0)
            add_name(text, &count, name(i));
    add_more(text, count);
}

static void add_globs(char text[EXPLAIN_TEXT], const struct rule_condition *c)
{
    size_t count = 0;
    for (size_t i = 0; i < c->glob_count; i++)
        add_name(text, &count, c->globs[i]);
    add_more(text, count);
}

static const char *yes_no(bool value)
{
    return value ? "true" : "false";
}

/* ---- conditions ---- */

static void ask_pii(const struct rule_condition *c, char text[EXPLAIN_TEXT])
{
    size_t count = 0;
    struct pii_set all = pii_set_all();
    if (c->none)
        add_text(text, "none of ");
    if (memcmp(&all, &c->types, sizeof(all)) == 0) {
        add_text(text, "any type");
    } else {
        for (int i = 0; i < PII_TYPE_COUNT; i++)
            if (pii_set_has(&c->types, (enum pii_type)i))
                add_name(text, &count, pii_type_name((enum pii_type)i));
        add_more(text, count);
    }
    if (c->validated)
        add_text(text, ", validated");
    if (c->min_score > 0)
        add_text(text, ", score >= %g", c->min_score);
}

/* Every entity of the types that are asked for, also one that is too weak to count. */
static void see_pii(const struct evaluation *e, const struct rule_condition *c,
                    char text[EXPLAIN_TEXT])
{
    size_t count = 0;
    for (int i = 0; i < PII_TYPE_COUNT; i++) {
        char one[96];
        if (!pii_set_has(&e->present, (enum pii_type)i) ||
            !pii_set_has(&c->types, (enum pii_type)i))
            continue;
        (void)snprintf(one, sizeof(one), "%s %.4g%s", pii_type_name((enum pii_type)i),
                       (double)evaluation_score(e, (enum pii_type)i),
                       e->facts->pii.validated[i] != 0 ? " validated" : "");
        add_name(text, &count, one);
    }
    add_more(text, count);
    if (count == 0)
        add_text(text, "none");
}

static void ask(const struct explaining *x, const struct rule_condition *c, char text[EXPLAIN_TEXT])
{
    switch (c->signal) {
    case DECISION_SIGNAL_PII:
        ask_pii(c, text);
        break;
    case DECISION_SIGNAL_TIER:
        add_mask(text, c->mask, tier_text);
        break;
    case DECISION_SIGNAL_TASK:
        add_mask(text, c->mask, task_text);
        break;
    case DECISION_SIGNAL_DOMAIN:
        add_mask(text, c->mask, domain_text);
        break;
    case DECISION_SIGNAL_LANGUAGE:
    case DECISION_SIGNAL_MODEL:
        add_globs(text, c);
        break;
    case DECISION_SIGNAL_TARGET:
        add_text(text, "%s %s", policy_target_name(x->policy, c->target),
                 c->wanted ? "up" : "down");
        break;
    case DECISION_SIGNAL_UNCLASSIFIED:
        if (c->mask != 0)
            add_mask(text, c->mask, unclassified_text);
        else
            add_text(text, "%s", yes_no(c->wanted));
        break;
    default:
        if (c->compare == DECISION_COMPARE_IS)
            add_text(text, "%s", yes_no(c->wanted));
        else
            add_text(text, "%s %g", decision_compare_name(c->compare), c->threshold);
    }
}

static void see(const struct explaining *x, const struct rule_condition *c,
                const struct decision_reason *reason, char text[EXPLAIN_TEXT])
{
    const struct facts *facts = x->eval.facts;
    switch (c->signal) {
    case DECISION_SIGNAL_PII:
        see_pii(&x->eval, c, text);
        break;
    case DECISION_SIGNAL_TIER:
        add_text(text, "%s", complexity_tier_name(facts->complexity.tier));
        break;
    case DECISION_SIGNAL_TASK:
        add_text(text, "%s", complexity_task_name(facts->complexity.task));
        break;
    case DECISION_SIGNAL_DOMAIN:
        add_text(text, "%s", complexity_domain_name(facts->complexity.domain));
        break;
    case DECISION_SIGNAL_LANGUAGE:
        add_text(text, "%s", language_name(facts->complexity.language));
        break;
    case DECISION_SIGNAL_MODEL:
        add_text(text, "%s", facts->model != NULL ? facts->model : "");
        break;
    case DECISION_SIGNAL_TARGET:
        add_text(text, "%s", facts->target_up[c->target] ? "up" : "down");
        break;
    case DECISION_SIGNAL_UNCLASSIFIED:
        add_text(text, "%s", unclassified_name(facts->unclassified));
        break;
    default:
        if (c->compare == DECISION_COMPARE_IS)
            add_text(text, "%s", yes_no(reason->value > 0));
        else
            add_text(text, "%g", reason->value);
    }
}

/* ---- trees ---- */

static bool tree_holds(const struct evaluation *e, const struct rule_condition *c)
{
    struct decision_reason reason;
    if (c->group == RULE_LEAF)
        return evaluate_leaf(e, c, &reason);
    if (c->group == RULE_NOT)
        return !tree_holds(e, c + 1);
    for (const struct rule_condition *m = c + 1; m < c + c->size; m += m->size)
        if (tree_holds(e, m) != (c->group == RULE_ALL))
            return c->group == RULE_ANY;
    return c->group == RULE_ALL;
}

static void visit_tree(const struct explaining *x, const struct rule_condition *c, unsigned depth);

static void visit_members(const struct explaining *x, const struct rule_condition *c,
                          unsigned depth)
{
    for (const struct rule_condition *m = c + 1; m < c + c->size; m += m->size)
        visit_tree(x, m, depth);
}

static void visit_tree(const struct explaining *x, const struct rule_condition *c, unsigned depth)
{
    static const enum explain_kind kinds[] = {[RULE_LEAF] = EXPLAIN_CONDITION,
                                              [RULE_ALL] = EXPLAIN_ALL,
                                              [RULE_ANY] = EXPLAIN_ANY,
                                              [RULE_NOT] = EXPLAIN_NOT};
    struct explain_node node = {.kind = kinds[c->group], .depth = depth, .rule = x->rule};
    bool lone = c->group == RULE_ALL && c->size == 1 + c[1].size;
    if (lone) { /* the mapping around one condition */
        visit_tree(x, c + 1, depth);
        return;
    }
    if (c->group == RULE_LEAF) {
        struct decision_reason reason;
        node.holds = evaluate_leaf(&x->eval, c, &reason);
        node.assumed = reason.assumed;
        node.signal = decision_signal_name(c->signal);
        ask(x, c, node.asked);
        see(x, c, &reason, node.seen);
    } else {
        node.holds = tree_holds(&x->eval, c);
    }
    x->visit(x->user, &node);
    /* What a NOT is about is one mapping, whose members all count. */
    visit_members(x, c->group == RULE_NOT ? c + 1 : c, depth + 1);
}

void policy_explain(const struct policy *policy, const struct facts *facts, explain_visit visit,
                    void *user)
{
    struct explaining x = {.policy = policy, .visit = visit, .user = user};
    evaluation_init(&x.eval, facts);
    for (x.rule = 0; x.rule < policy->rule_count; x.rule++) {
        const struct rule_condition *conditions = policy->rules[x.rule].conditions;
        struct explain_node node = {.kind = EXPLAIN_RULE, .rule = x.rule};
        node.holds = conditions == NULL || tree_holds(&x.eval, conditions);
        visit(user, &node);
        if (conditions != NULL)
            visit_members(&x, conditions, 1);
    }
}

const char *explain_kind_name(enum explain_kind kind)
{
    static const char *const names[] = {"rule", "all", "any", "not", "condition"};
    return names[kind];
}
