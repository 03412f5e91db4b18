#include "router/policy_cases.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/yaml_value.h"
#include "router/decide.h"
#include "router/language.h"
#include "router/rule.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct reading {
    const struct policy *policy;
    struct problems *problems;
    struct facts facts;
    bool uneditable;
};

/* ---- small readers; what is wrong is reported, and the value stays 0 ---- */

static double read_number(struct problems *problems, const struct yaml_node *node, double most)
{
    double value = 0;
    if (node->kind == YAML_KIND_SCALAR && yaml_value_decimal(node->text, &value) && value <= most)
        return value;
    yaml_problem(problems, node, "must be a number from 0 to %.0f", most);
    return 0;
}

static bool read_flag(struct problems *problems, const struct yaml_node *node)
{
    bool value = false;
    if (node->kind != YAML_KIND_SCALAR || !yaml_value_bool(node->text, &value))
        yaml_problem(problems, node, "must be true or false");
    return value;
}

/* The index of a name among those that name_of gives, or -1. */
static int read_name(struct problems *problems, const struct yaml_node *node, const char *what,
                     const char *(*name_of)(int), int count)
{
    const char *names[PII_TYPE_COUNT];
    for (int i = 0; i < count; i++) {
        names[i] = name_of(i);
        if (strcmp(node->text, names[i]) == 0)
            return i;
    }
    yaml_problem_unknown(problems, node, what, node->text, names, (size_t)count);
    return -1;
}

static const char *placement_text(int i)
{
    return placement_name((enum placement)i);
}

static const char *tier_text(int i)
{
    return complexity_tier_name((enum complexity_tier)i);
}

static const char *task_text(int i)
{
    return complexity_task_name((enum complexity_task)i);
}

static const char *domain_text(int i)
{
    return complexity_domain_name((enum complexity_domain)i);
}

static const char *unclassified_text(int i)
{
    return unclassified_name((enum unclassified)i);
}

static const char *type_text(int i)
{
    return pii_type_name((enum pii_type)i);
}

/* ---- targets ---- */

size_t policy_cases_targets(const struct yaml_tree *tree, struct policy_target *targets,
                            struct problems *problems)
{
    const struct yaml_node *root = yaml_tree_root(tree);
    const struct yaml_node *node = yaml_node_get(root, "targets");
    size_t count = 0;
    if (node == NULL || node->kind != YAML_KIND_MAPPING || node->count == 0 ||
        node->count > FACTS_MAX_TARGETS) {
        yaml_problem(problems, node != NULL ? node : root,
                     "targets must be a mapping of 1 to %d names to placements", FACTS_MAX_TARGETS);
        return 0;
    }
    for (size_t i = 0; i < node->count; i++) {
        int placement =
            read_name(problems, node->items[i], "placement", placement_text, PLACEMENT_COUNT);
        if (placement >= 0)
            targets[count++] = (struct policy_target){.name = node->keys[i]->text,
                                                      .placement = (enum placement)placement};
    }
    return count;
}

static int find_target(const struct reading *r, const struct yaml_node *node)
{
    const char *names[FACTS_MAX_TARGETS];
    size_t count = policy_target_count(r->policy);
    for (size_t i = 0; i < count; i++) {
        names[i] = policy_target_name(r->policy, i);
        if (strcmp(names[i], node->text) == 0)
            return (int)i;
    }
    yaml_problem_unknown(r->problems, node, "target", node->text, names, count);
    return -1;
}

/* ---- facts ---- */

static void read_span(struct reading *r, const struct yaml_node *key, const struct yaml_node *node)
{
    static const char *const keys[] = {"score", "validated", "count"};
    int type = read_name(r->problems, key, "entity type", type_text, PII_TYPE_COUNT);
    if (type < 0)
        return;
    if (node->kind != YAML_KIND_MAPPING) {
        yaml_problem(r->problems, node, "must be a mapping {score, validated, count}");
        return;
    }
    struct pii_facts *pii = &r->facts.pii;
    bool validated = false;
    pii->count[type] = 1;
    pii->best_score[type] = 1;
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *value = node->items[i];
        if (strcmp(node->keys[i]->text, "score") == 0)
            pii->best_score[type] = (float)read_number(r->problems, value, 1);
        else if (strcmp(node->keys[i]->text, "validated") == 0)
            validated = read_flag(r->problems, value);
        else if (strcmp(node->keys[i]->text, "count") == 0)
            pii->count[type] = (uint16_t)read_number(r->problems, value, UINT16_MAX);
        else
            yaml_problem_unknown(r->problems, node->keys[i], "key", node->keys[i]->text, keys,
                                 COUNT(keys));
    }
    pii->validated[type] = validated ? pii->count[type] : 0;
}

static void read_pii(struct reading *r, const struct yaml_node *node)
{
    if (node->kind != YAML_KIND_MAPPING)
        yaml_problem(r->problems, node, "must be a mapping of entity types");
    for (size_t i = 0; node->kind == YAML_KIND_MAPPING && i < node->count; i++)
        read_span(r, node->keys[i], node->items[i]);
}

static void read_down(struct reading *r, const struct yaml_node *node)
{
    const struct yaml_node *const *items = node->kind == YAML_KIND_SCALAR ? &node : node->items;
    size_t count = node->kind == YAML_KIND_SCALAR ? 1 : node->count;
    for (size_t i = 0; i < count; i++) {
        int target = find_target(r, items[i]);
        if (target >= 0)
            r->facts.target_up[target] = false;
    }
}

/* The least score of that tier, so that score and tier are of one request. */
static void read_tier(struct reading *r, const struct yaml_node *node)
{
    int tier = read_name(r->problems, node, "tier", tier_text, TIER_COUNT);
    if (tier > 0)
        r->facts.complexity.score = r->policy->tiers[tier - 1];
}

static void read_language(struct reading *r, const struct yaml_node *node)
{
    int language = language_find(node->text);
    if (language >= 0)
        r->facts.complexity.language = (uint8_t)language;
    else
        yaml_problem(r->problems, node, "\"%.80s\" is no language that is told apart", node->raw);
}

enum fact_kind { FACT_SCORE, FACT_COUNT, FACT_FLAG };

/* False when there is no such fact among the plain ones. */
static bool read_plain_fact(struct reading *r, const struct yaml_node *key,
                            const struct yaml_node *value)
{
    struct facts *f = &r->facts;
    const struct {
        const char *key;
        enum fact_kind kind;
        void *out;
    } rows[] = {
        {"complexity", FACT_SCORE, &f->complexity.score},
        {"unfamiliar", FACT_SCORE, &f->complexity.unfamiliar},
        {"sensitive", FACT_SCORE, &f->pii.sensitive},
        {"expected_tokens", FACT_COUNT, &f->complexity.expected_tokens},
        {"tokens", FACT_COUNT, &f->prompt_tokens},
        {"max_tokens", FACT_COUNT, &f->max_tokens},
        {"messages", FACT_COUNT, &f->messages},
        {"needs_tools", FACT_FLAG, &f->complexity.needs_tools},
        {"needs_recent", FACT_FLAG, &f->complexity.needs_recent},
        {"follows", FACT_FLAG, &f->complexity.follows},
        {"tools", FACT_FLAG, &f->tools},
        {"stream", FACT_FLAG, &f->stream},
        {"uneditable", FACT_FLAG, &r->uneditable},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        if (strcmp(rows[i].key, key->text) != 0)
            continue;
        if (rows[i].kind == FACT_SCORE)
            *(float *)rows[i].out = (float)read_number(r->problems, value, 1);
        else if (rows[i].kind == FACT_COUNT)
            *(uint32_t *)rows[i].out = (uint32_t)read_number(r->problems, value, 1e9);
        else
            *(bool *)rows[i].out = read_flag(r->problems, value);
        return true;
    }
    return false;
}

static void read_fact(struct reading *r, const struct yaml_node *key, const struct yaml_node *value)
{
    static const char *const keys[] = {
        "complexity",   "tier",    "unfamiliar", "task",        "domain",       "language",
        "sensitive",    "pii",     "model",      "tokens",      "max_tokens",   "messages",
        "tools",        "stream",  "down",       "needs_tools", "needs_recent", "expected_tokens",
        "unclassified", "follows", "uneditable"};
    struct facts *f = &r->facts;
    int found;
    if (read_plain_fact(r, key, value))
        return;
    if (strcmp(key->text, "tier") == 0) {
        read_tier(r, value);
    } else if (strcmp(key->text, "task") == 0) {
        found = read_name(r->problems, value, "task", task_text, TASK_COUNT);
        f->complexity.task = found >= 0 ? (enum complexity_task)found : TASK_OTHER;
    } else if (strcmp(key->text, "domain") == 0) {
        found = read_name(r->problems, value, "domain", domain_text, DOMAIN_COUNT);
        f->complexity.domain = found >= 0 ? (enum complexity_domain)found : DOMAIN_GENERAL;
    } else if (strcmp(key->text, "language") == 0) {
        read_language(r, value);
    } else if (strcmp(key->text, "unclassified") == 0) {
        found = read_name(r->problems, value, "reason", unclassified_text, UNCLASSIFIED_OFF + 1);
        f->unclassified = found >= 0 ? (enum unclassified)found : UNCLASSIFIED_ERROR;
    } else if (strcmp(key->text, "model") == 0) {
        f->model = value->text;
    } else if (strcmp(key->text, "pii") == 0) {
        read_pii(r, value);
    } else if (strcmp(key->text, "down") == 0) {
        read_down(r, value);
    } else {
        yaml_problem_unknown(r->problems, key, "fact", key->text, keys, COUNT(keys));
    }
}

/* What is not said of a request: an ordinary one, with every target up. */
static void read_facts(struct reading *r, const struct yaml_node *node)
{
    r->facts = (struct facts){.model = "auto", .messages = 1};
    r->facts.complexity.task = TASK_OTHER;
    for (size_t i = 0; i < policy_target_count(r->policy); i++)
        r->facts.target_up[i] = true;
    if (node != NULL && node->kind != YAML_KIND_MAPPING)
        yaml_problem(r->problems, node, "must be a mapping of facts");
    for (size_t i = 0; node != NULL && node->kind == YAML_KIND_MAPPING && i < node->count; i++)
        read_fact(r, node->keys[i], node->items[i]);
    facts_round(&r->facts);
    r->facts.complexity.tier = policy_tier(r->policy, r->facts.complexity.score);
}

/* ---- what was expected ---- */

static void expect_text(struct problems *problems, const struct yaml_node *node, const char *name,
                        const char *got)
{
    if (node->kind != YAML_KIND_SCALAR || strcmp(node->text, got) != 0)
        yaml_problem(problems, node, "case \"%s\": it is %s", name, got);
}

static void expect_flag(struct problems *problems, const struct yaml_node *node, const char *name,
                        bool got)
{
    if (read_flag(problems, node) != got)
        yaml_problem(problems, node, "case \"%s\": it is %s", name, got ? "true" : "false");
}

static void expect_route(struct reading *r, const struct yaml_node *node, const char *name,
                         const struct decision *got)
{
    const struct yaml_node *const *items = node->kind == YAML_KIND_SCALAR ? &node : node->items;
    size_t count = node->kind == YAML_KIND_SCALAR ? 1 : node->count;
    bool same = got->action == DECISION_ROUTE && got->target_count == count;
    for (size_t i = 0; i < count; i++) {
        int target = find_target(r, items[i]);
        same = same && target == got->targets[i];
    }
    if (same)
        return;
    char route[512] = "";
    for (size_t i = 0, len = 0; i < got->target_count && len < sizeof(route); i++)
        len += (size_t)snprintf(route + len, sizeof(route) - len, "%s%s", i != 0 ? ", " : "",
                                policy_target_name(r->policy, got->targets[i]));
    yaml_problem(r->problems, node, "case \"%s\": it is %s", name,
                 got->action == DECISION_ROUTE ? route : "blocked");
}

static void expect_actions(struct reading *r, const struct yaml_node *node, const char *name,
                           const struct decision *got)
{
    if (node->kind != YAML_KIND_MAPPING) {
        yaml_problem(r->problems, node, "must be a mapping of entity types to actions");
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        int type = read_name(r->problems, node->keys[i], "entity type", type_text, PII_TYPE_COUNT);
        if (type >= 0)
            expect_text(r->problems, node->items[i], name,
                        pii_action_name((enum pii_action)got->pii_action[type]));
    }
}

static void expect(struct reading *r, const struct yaml_node *node, const char *name,
                   const struct decision *got)
{
    static const char *const keys[] = {"rule",  "action", "route",   "placement",
                                       "block", "edits",  "actions", "cascade"};
    for (size_t i = 0; i < node->count; i++) {
        const char *key = node->keys[i]->text;
        const struct yaml_node *value = node->items[i];
        if (strcmp(key, "rule") == 0)
            expect_text(r->problems, value, name, got->rule_name);
        else if (strcmp(key, "action") == 0)
            expect_text(r->problems, value, name, decision_action_name(got->action));
        else if (strcmp(key, "route") == 0)
            expect_route(r, value, name, got);
        else if (strcmp(key, "placement") == 0)
            expect_text(r->problems, value, name, placement_name(got->allowed));
        else if (strcmp(key, "block") == 0)
            expect_text(r->problems, value, name, decision_block_name(got->block));
        else if (strcmp(key, "edits") == 0)
            expect_flag(r->problems, value, name, got->edits);
        else if (strcmp(key, "actions") == 0)
            expect_actions(r, value, name, got);
        else if (strcmp(key, "cascade") == 0)
            expect_text(r->problems, value, name, decision_cascade_name(got->cascade));
        else
            yaml_problem_unknown(r->problems, node->keys[i], "key", key, keys, COUNT(keys));
    }
}

/* ---- cases ---- */

static void run_case(struct reading *r, const struct yaml_node *item, bool *rule_reached)
{
    static const char *const keys[] = {"name", "facts", "expect"};
    const struct yaml_node *expected = yaml_node_get(item, "expect");
    const struct yaml_node *name = yaml_node_get(item, "name");
    struct decision got;
    if (item->kind != YAML_KIND_MAPPING || name == NULL || expected == NULL ||
        expected->kind != YAML_KIND_MAPPING || expected->count == 0) {
        yaml_problem(r->problems, item, "must be a mapping {name, facts, expect}");
        return;
    }
    yaml_problem_keys(r->problems, item, keys, COUNT(keys));
    r->uneditable = false;
    read_facts(r, yaml_node_get(item, "facts"));
    policy_decide(r->policy, &r->facts, &got);
    if (r->uneditable && got.edits)
        decision_keep_from(r->policy, got.edit_for, &got);
    rule_reached[got.rule] = true;
    expect(r, expected, name->text, &got);
}

void policy_cases_run(const struct yaml_tree *tree, const struct policy *policy,
                      struct policy_cases_result *result, struct problems *problems)
{
    static const char *const keys[] = {"policy", "targets", "cases"};
    const struct yaml_node *root = yaml_tree_root(tree);
    const struct yaml_node *cases = yaml_node_get(root, "cases");
    struct reading r = {.policy = policy, .problems = problems};
    yaml_problem_keys(problems, root, keys, COUNT(keys));
    if (cases == NULL || cases->kind != YAML_KIND_SEQUENCE || cases->count == 0) {
        yaml_problem(problems, cases != NULL ? cases : root, "cases must be a list of cases");
        return;
    }
    for (size_t i = 0; i < cases->count; i++) {
        size_t before = problems_count(problems);
        run_case(&r, cases->items[i], result->rule_reached);
        result->cases++;
        result->failed += problems_count(problems) != before;
    }
}
