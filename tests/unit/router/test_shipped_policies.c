/* Every policy in policies/ decides what policies/cases/ says: facts in, rule and targets out. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/base/yaml_value.h"
#include "router/decide.h"
#include "tests/unit/problem_check.h"

struct fixture {
    struct yaml_tree *policy_tree, *case_tree;
    struct policy_target targets[FACTS_MAX_TARGETS];
    size_t target_count;
    struct policy *policy;
};

static const char *text_of(const struct yaml_node *mapping, const char *key)
{
    const struct yaml_node *node = yaml_node_get(mapping, key);
    return node != NULL ? node->text : NULL;
}

static float number(const struct yaml_node *node)
{
    double value = 0;
    if (!yaml_value_decimal(node->text, &value))
        fail_msg("line %u: no number", node->line);
    return (float)value;
}

static bool flag(const struct yaml_node *node)
{
    bool value = false;
    if (!yaml_value_bool(node->text, &value))
        fail_msg("line %u: neither true nor false", node->line);
    return value;
}

static int target_index(const struct fixture *f, const struct yaml_node *node)
{
    for (size_t i = 0; i < f->target_count; i++)
        if (strcmp(f->targets[i].name, node->text) == 0)
            return (int)i;
    fail_msg("line %u: unknown target %s", node->line, node->text);
    return -1;
}

static enum placement placement_of(const struct yaml_node *node)
{
    for (int i = 0; i < PLACEMENT_COUNT; i++)
        if (strcmp(placement_name((enum placement)i), node->text) == 0)
            return (enum placement)i;
    fail_msg("line %u: unknown placement", node->line);
    return PLACEMENT_CLOUD;
}

static void read_pii(const struct yaml_node *node, struct facts *facts)
{
    for (size_t i = 0; i < node->count; i++) {
        int type = pii_type_find(node->keys[i]->text);
        const struct yaml_node *score = yaml_node_get(node->items[i], "score");
        const struct yaml_node *validated = yaml_node_get(node->items[i], "validated");
        if (type < 0 || score == NULL)
            fail_msg("line %u: wrong span", node->items[i]->line);
        facts->pii.count[type] = 1;
        facts->pii.best_score[type] = number(score);
        facts->pii.validated[type] = validated != NULL && flag(validated);
    }
}

static void read_named_fact(const struct yaml_node *key, const struct yaml_node *value,
                            struct facts *facts)
{
    if (strcmp(key->text, "tier") == 0) {
        int tier = 0;
        while (tier < TIER_COUNT &&
               strcmp(complexity_tier_name((enum complexity_tier)tier), value->text) != 0)
            tier++;
        assert_int_not_equal(tier, TIER_COUNT);
        facts->complexity.tier = (enum complexity_tier)tier;
    } else if (strcmp(key->text, "unclassified") == 0) {
        int reason = 0;
        while (reason <= UNCLASSIFIED_OFF &&
               strcmp(unclassified_name((enum unclassified)reason), value->text) != 0)
            reason++;
        assert_true(reason <= UNCLASSIFIED_OFF);
        facts->unclassified = (enum unclassified)reason;
    } else {
        fail_msg("line %u: unknown fact %s", key->line, key->text);
    }
}

static struct facts read_facts(const struct fixture *f, const struct yaml_node *node)
{
    struct facts facts = {.model = "auto"};
    for (size_t i = 0; i < f->target_count; i++)
        facts.target_up[i] = true;
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *key = node->keys[i], *value = node->items[i];
        if (strcmp(key->text, "complexity") == 0)
            facts.complexity.score = number(value);
        else if (strcmp(key->text, "sensitive") == 0)
            facts.pii.sensitive = number(value);
        else if (strcmp(key->text, "tokens") == 0)
            facts.prompt_tokens = (uint32_t)number(value);
        else if (strcmp(key->text, "tools") == 0)
            facts.tools = flag(value);
        else if (strcmp(key->text, "model") == 0)
            facts.model = value->text;
        else if (strcmp(key->text, "pii") == 0)
            read_pii(value, &facts);
        else if (strcmp(key->text, "down") == 0)
            facts.target_up[target_index(f, value->items[0])] = false;
        else
            read_named_fact(key, value, &facts);
    }
    return facts;
}

static void check_route(const struct fixture *f, const struct decision *got,
                        const struct yaml_node *route, const char *name)
{
    bool same = got->action == DECISION_ROUTE && got->target_count == route->count;
    for (size_t i = 0; same && i < route->count; i++)
        same = got->targets[i] == target_index(f, route->items[i]);
    if (!same)
        fail_msg("line %u, %s: another route", route->line, name);
}

static void check_actions(const struct decision *got, const struct yaml_node *actions,
                          const char *name)
{
    for (size_t i = 0; i < actions->count; i++) {
        int type = pii_type_find(actions->keys[i]->text);
        if (type < 0 || strcmp(pii_action_name((enum pii_action)got->pii_action[type]),
                               actions->items[i]->text) != 0)
            fail_msg("line %u, %s: another action", actions->items[i]->line, name);
    }
}

static void check_case(const struct fixture *f, const struct yaml_node *item, bool *rules_seen)
{
    const struct yaml_node *expect = yaml_node_get(item, "expect");
    const char *name = text_of(item, "name");
    struct decision got;
    struct facts facts = read_facts(f, yaml_node_get(item, "facts"));
    policy_decide(f->policy, &facts, &got);
    rules_seen[got.rule] = true;
    for (size_t i = 0; i < expect->count; i++) {
        const char *key = expect->keys[i]->text;
        const struct yaml_node *value = expect->items[i];
        if (strcmp(key, "rule") == 0) {
            if (strcmp(got.rule_name, value->text) != 0)
                fail_msg("line %u, %s: rule %s", value->line, name, got.rule_name);
        } else if (strcmp(key, "route") == 0) {
            check_route(f, &got, value, name);
        } else if (strcmp(key, "placement") == 0) {
            assert_int_equal(got.allowed, placement_of(value));
        } else if (strcmp(key, "block") == 0) {
            assert_int_equal(got.action, DECISION_BLOCK);
            assert_string_equal(decision_block_name(got.block), value->text);
        } else if (strcmp(key, "edits") == 0) {
            assert_int_equal(got.edits, flag(value));
        } else if (strcmp(key, "actions") == 0) {
            check_actions(&got, value, name);
        } else {
            fail_msg("line %u: unknown expectation %s", value->line, key);
        }
    }
}

static void check_policy(const char *name)
{
    struct problems problems = PROBLEMS_INIT;
    struct fixture f = {0};
    char path[512];
    bool rules_seen[POLICY_MAX_RULES] = {false};
    (void)snprintf(path, sizeof(path), "%s/policies/cases/%s", TEST_SOURCE_DIR, name);
    if (yaml_tree_load(&f.case_tree, path, 0, &problems) == 0) {
        const struct yaml_node *names = yaml_node_get(yaml_tree_root(f.case_tree), "targets");
        for (f.target_count = 0; f.target_count < names->count; f.target_count++)
            f.targets[f.target_count] =
                (struct policy_target){.name = names->keys[f.target_count]->text,
                                       .placement = placement_of(names->items[f.target_count])};
    }
    (void)snprintf(path, sizeof(path), "%s/policies/%s", TEST_SOURCE_DIR, name);
    if (yaml_tree_load(&f.policy_tree, path, 0, &problems) == 0)
        (void)!policy_compile(&f.policy, f.policy_tree, f.targets, f.target_count, &problems);
    check_problems(&problems, "", path);
    const struct yaml_node *cases = yaml_node_get(yaml_tree_root(f.case_tree), "cases");
    assert_true(cases != NULL && cases->count != 0);
    for (size_t i = 0; i < cases->count; i++)
        check_case(&f, cases->items[i], rules_seen);
    for (size_t i = 0; i < policy_rule_count(f.policy); i++)
        if (!rules_seen[i])
            fail_msg("%s: no case reaches rule %s", name, policy_rule_name(f.policy, i));
    policy_unref(f.policy);
    yaml_tree_free(f.policy_tree);
    yaml_tree_free(f.case_tree);
}

/* The two configurations are checked elsewhere; everything else in the folder is a policy. */
static void test_policies(void **state)
{
    (void)state;
    DIR *dir = opendir(TEST_SOURCE_DIR "/policies");
    assert_non_null(dir);
    int count = 0;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        if (dot == NULL || strcmp(dot, ".yaml") != 0 ||
            strcmp(entry->d_name, "penstock.yaml") == 0 ||
            strcmp(entry->d_name, "reference.yaml") == 0)
            continue;
        check_policy(entry->d_name);
        count++;
    }
    closedir(dir);
    assert_true(count >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_policies)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
