/* What policy_explain says of every kind of condition, and that it agrees with the decision. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/decide.h"
#include "router/explain.h"
#include "router/language.h"
#include "tests/unit/problem_check.h"

static const struct policy_target targets[] = {{"local", PLACEMENT_IN_PROCESS},
                                               {"cloud", PLACEMENT_CLOUD}};

static struct policy *compile(const char *text)
{
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree = NULL;
    struct policy *policy = NULL;
    int rc = yaml_tree_parse(&tree, "p.yaml", text, strlen(text), 0, &problems);
    if (rc == 0)
        rc = policy_compile(&policy, tree, targets, 2, &problems);
    check_problems(&problems, "", text);
    assert_int_equal(rc, 0);
    yaml_tree_free(tree);
    return policy;
}

/* One line a node: "+" or "-", its depth, what it is. */
static char said[8192];

static void say(void *user, const struct explain_node *node)
{
    size_t len = strlen(said);
    (void)snprintf(said + len, sizeof(said) - len, "%c%u %s", node->holds ? '+' : '-', node->depth,
                   node->kind == EXPLAIN_RULE
                       ? policy_rule_name(user, node->rule)
                       : (node->signal != NULL ? node->signal : explain_kind_name(node->kind)));
    len = strlen(said);
    (void)snprintf(said + len, sizeof(said) - len, "%s%s%s%s%s\n",
                   node->asked[0] != '\0' ? " " : "", node->asked,
                   node->seen[0] != '\0' ? " | " : "", node->seen, node->assumed ? " assumed" : "");
}

static void check(const char *text, const struct facts *facts, const char *expected)
{
    struct policy *policy = compile(text);
    said[0] = '\0';
    policy_explain(policy, facts, say, policy);
    assert_string_equal(said, expected);
    policy_unref(policy);
}

static struct facts some_facts(void)
{
    struct facts facts = {.model = "gpt-4",
                          .prompt_tokens = 100,
                          .tools = true,
                          .complexity = {.score = 0.5f,
                                         .tier = TIER_COMPLEX,
                                         .task = TASK_CODE,
                                         .domain = DOMAIN_COMPUTING,
                                         .language = (uint8_t)language_find("de")},
                          .target_up = {true, false}};
    facts.pii.count[PII_US_SSN] = 1;
    facts.pii.best_score[PII_US_SSN] = 0.4f;
    facts.pii.count[PII_PERSON] = facts.pii.validated[PII_PERSON] = 1;
    facts.pii.best_score[PII_PERSON] = 0.9f;
    return facts;
}

static void conditions_say_what_they_ask_and_saw(void **state)
{
    struct facts facts = some_facts();
    (void)state;
    check("rules:\n"
          "- name: a\n"
          "  when:\n"
          "    complexity: \">= 0.4\"\n"
          "    task: [code, maths]\n"
          "    domain: law\n"
          "    language: [de, fr]\n"
          "    model: [\"gpt-*\", x]\n"
          "    tokens: \"< 100\"\n"
          "    tools: true\n"
          "    stream: true\n"
          "    target: {cloud: up, local: up}\n"
          "    unclassified: [timeout, error]\n"
          "  route: local\n"
          "- name: b\n"
          "  when: {complexity: [SIMPLE, COMPLEX], unclassified: false}\n"
          "  route: local\n"
          "default: {route: local}\n",
          &facts,
          "-0 a\n"
          "+1 complexity >= 0.4 | 0.5\n"
          "+1 task maths, code | code\n"
          "-1 domain law | computing\n"
          "+1 language de, fr | de\n"
          "+1 model gpt-*, x | gpt-4\n"
          "-1 tokens < 100 | 100\n"
          "+1 tools true | true\n"
          "-1 stream true | false\n"
          "-1 target cloud up | down\n"
          "+1 target local up | up\n"
          "-1 unclassified error, timeout | none\n"
          "+0 b\n"
          "+1 tier SIMPLE, COMPLEX | COMPLEX\n"
          "+1 unclassified false | none\n"
          "+0 default\n");
}

static void entities_are_seen_also_when_too_weak(void **state)
{
    struct facts facts = some_facts();
    (void)state;
    check("rules:\n"
          "- name: a\n"
          "  when: {pii: {types: [US_SSN, IBAN_CODE], min_score: 0.5, validated: true}}\n"
          "  route: local\n"
          "- name: b\n"
          "  when: {pii: none}\n"
          "  route: local\n"
          "- name: c\n"
          "  when: {pii: [IBAN_CODE]}\n"
          "  route: local\n"
          "default: {route: local}\n",
          &facts,
          "-0 a\n"
          "-1 pii US_SSN, IBAN_CODE, validated, score >= 0.5 | US_SSN 0.4\n"
          "-0 b\n"
          "-1 pii none of any type | US_SSN 0.4, PERSON 0.9 validated\n"
          "-0 c\n"
          "-1 pii IBAN_CODE | none\n"
          "+0 default\n");
    facts.unclassified = UNCLASSIFIED_TIMEOUT;
    check("rules:\n"
          "- name: a\n"
          "  when: {pii: [IBAN_CODE], sensitive: \">= 0.5\"}\n"
          "  route: local\n"
          "default: {route: local}\n",
          &facts,
          "+0 a\n"
          "+1 pii IBAN_CODE | none assumed\n"
          "+1 sensitive >= 0.5 | 1 assumed\n"
          "+0 default\n");
}

static void groups_nest(void **state)
{
    struct facts facts = some_facts();
    (void)state;
    check("rules:\n"
          "- name: a\n"
          "  when:\n"
          "    any:\n"
          "      - {stream: true}\n"
          "      - all: [{tools: true}, {tokens: \"> 5\", max_tokens: \"> 5\"}]\n"
          "      - not: {tools: false, stream: false}\n"
          "    not: {model: x}\n"
          "  route: local\n"
          "default: {route: local}\n",
          &facts,
          "+0 a\n"
          "+1 any\n"
          "-2 stream true | false\n"
          "-2 all\n"
          "+3 tools true | true\n"
          "-3 all\n"
          "+4 tokens > 5 | 100\n"
          "-4 max_tokens > 5 | 0\n"
          "+2 not\n"
          "-3 tools false | true\n"
          "+3 stream false | false\n"
          "+1 not\n"
          "-2 model x | gpt-4\n"
          "+0 default\n");
}

/* The first rule that is said to hold is the one that decides. */
struct first {
    size_t rule;
    bool found;
};

static void find_first(void *user, const struct explain_node *node)
{
    struct first *first = user;
    if (node->kind == EXPLAIN_RULE && node->holds && !first->found)
        *first = (struct first){.rule = node->rule, .found = true};
}

static void it_agrees_with_the_decision(void **state)
{
    struct policy *policy =
        compile("rules:\n"
                "- {name: a, when: {any: [{tools: true, stream: true}, {not: {any: [{pii: any}, "
                "{complexity: \">= 0.3\"}]}}]}, route: local}\n"
                "- {name: b, when: {not: {all: [{sensitive: \"< 0.5\"}, {target: {cloud: up}}]}, "
                "complexity: [COMPLEX, SIMPLE]}, route: local}\n"
                "- {name: c, when: {pii: {match: none, types: [US_SSN]}}, route: local}\n"
                "default: {route: local}\n");
    size_t reached[4] = {0};
    (void)state;
    for (unsigned bits = 0; bits < 512; bits++) {
        struct facts facts = {.model = "x"};
        struct decision decision;
        struct first first = {.found = false};
        facts.tools = bits & 1;
        facts.stream = bits >> 1 & 1;
        facts.pii.count[PII_US_SSN] = bits >> 2 & 1;
        facts.pii.count[PII_PERSON] = bits >> 3 & 1;
        facts.pii.sensitive = (bits >> 4 & 1) != 0 ? 0.7f : 0.2f;
        facts.target_up[1] = bits >> 5 & 1;
        facts.unclassified = (bits >> 6 & 1) != 0 ? UNCLASSIFIED_ERROR : UNCLASSIFIED_NONE;
        facts.complexity.score = (float)(bits >> 7) * 0.2f;
        facts.complexity.tier = policy_tier(policy, facts.complexity.score);
        policy_decide(policy, &facts, &decision);
        policy_explain(policy, &facts, find_first, &first);
        assert_true(first.found);
        assert_int_equal(first.rule, decision.rule);
        reached[decision.rule]++;
    }
    for (size_t i = 0; i < 4; i++)
        assert_int_not_equal(reached[i], 0);
    policy_unref(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_say_what_they_ask_and_saw),
        cmocka_unit_test(entities_are_seen_also_when_too_weak),
        cmocka_unit_test(groups_nest),
        cmocka_unit_test(it_agrees_with_the_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
