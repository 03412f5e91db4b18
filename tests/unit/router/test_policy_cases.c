/* Files of cases: every fact reaches its condition, and what is expected wrongly is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/policy_cases.h"
#include "tests/unit/problem_check.h"

#define TARGETS "targets: {local: in_process, rack: on_premises, cloud: cloud}\n"

static struct yaml_tree *parse(const char *file, const char *text)
{
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree = NULL;
    int rc = yaml_tree_parse(&tree, file, text, strlen(text), 0, &problems);
    check_problems(&problems, "", text);
    assert_int_equal(rc, 0);
    problems_release(&problems);
    return tree;
}

static struct policy_cases_result run(const char *policy_text, const char *cases_text,
                                      const char *expected)
{
    struct problems problems = PROBLEMS_INIT;
    struct policy_target targets[FACTS_MAX_TARGETS];
    struct policy_cases_result result = {.cases = 0};
    struct policy *policy = NULL;
    struct yaml_tree *tree = parse("p.yaml", policy_text), *cases = parse("c.yaml", cases_text);
    size_t count = policy_cases_targets(cases, targets, &problems);
    if (count != 0 && policy_compile(&policy, tree, targets, count, &problems) == 0)
        policy_cases_run(cases, policy, &result, &problems);
    check_problems(&problems, expected, cases_text);
    problems_release(&problems);
    policy_unref(policy);
    yaml_tree_free(tree);
    yaml_tree_free(cases);
    return result;
}

/* A fact, a condition that it meets, and a value that does not meet it. */
static const struct {
    const char *when, *fact, *other;
} facts[] = {
    {"complexity: \">= 0.6\"", "complexity: 0.6", "complexity: 0.59"},
    {"complexity: REASONING", "tier: REASONING", "tier: COMPLEX"},
    {"complexity: [MEDIUM, COMPLEX]", "complexity: 0.3", "complexity: 0.2"},
    {"unfamiliar: \"> 0.5\"", "unfamiliar: 0.6", "unfamiliar: 0.5"},
    {"task: [code, maths]", "task: maths", "task: chat"},
    {"domain: law", "domain: law", "domain: health"},
    {"language: [de, fr]", "language: fr", "language: en"},
    {"expected_tokens: \"> 500\"", "expected_tokens: 501", "expected_tokens: 500"},
    {"needs_tools: true", "needs_tools: true", "needs_tools: false"},
    {"needs_recent: true", "needs_recent: true", "needs_recent: false"},
    {"follows: true", "follows: true", "follows: false"},
    {"sensitive: \">= 0.5\"", "sensitive: 0.5", "sensitive: 0.4"},
    {"pii: {types: [US_SSN], validated: true, min_score: 0.5}",
     "pii: {US_SSN: {score: 0.5, validated: true}}", "pii: {US_SSN: {score: 0.5}}"},
    {"model: \"gpt-*\"", "model: gpt-4", "model: auto"},
    {"tokens: \"> 1000\"", "tokens: 1001", "tokens: 1000"},
    {"max_tokens: \"== 0\"", "max_tokens: 0", "max_tokens: 5"},
    {"messages: \"> 1\"", "messages: 2", "messages: 1"},
    {"tools: true", "tools: true", "tools: false"},
    {"stream: true", "stream: true", "stream: false"},
    {"target: {cloud: down}", "down: [cloud]", "down: rack"},
    {"unclassified: timeout", "unclassified: timeout", "unclassified: none"},
};

static void every_fact_reaches_its_condition(void **state)
{
    char policy[400], cases[700];
    (void)state;
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        (void)snprintf(policy, sizeof(policy),
                       "rules:\n- name: it\n  when: {%s}\n  route: [local]\n"
                       "default: {route: [rack]}\n",
                       facts[i].when);
        (void)snprintf(cases, sizeof(cases),
                       TARGETS "cases:\n"
                               "- {name: a, facts: {%s}, expect: {rule: it, route: local}}\n"
                               "- {name: b, facts: {%s}, expect: {rule: default, route: [rack]}}\n",
                       facts[i].fact, facts[i].other);
        struct policy_cases_result result = run(policy, cases, "");
        assert_int_equal(result.cases, 2);
        assert_int_equal(result.failed, 0);
        assert_true(result.rule_reached[0] && result.rule_reached[1]);
        assert_false(result.rule_reached[2]);
    }
}

static const char policy_text[] = "pii: {entities: {people: redact, secrets: block}}\n"
                                  "rules:\n"
                                  "- name: hard\n"
                                  "  when: {complexity: \">= 0.5\"}\n"
                                  "  route: [local, cloud]\n"
                                  "  placement: cloud\n"
                                  "  cascade: {min_confidence: 0.5}\n"
                                  "- name: no\n"
                                  "  when: {model: x}\n"
                                  "  block: {reason: model}\n"
                                  "default: {route: [local]}\n";

static void what_is_expected_wrongly_is_said_at_its_line(void **state)
{
    (void)state;
    struct policy_cases_result result = run(policy_text,
                                            TARGETS "cases:\n"
                                                    "- name: good\n"
                                                    "  facts: {complexity: 0.5}\n"
                                                    "  expect: {rule: hard, cascade: judge}\n"
                                                    "- name: wrong\n"
                                                    "  facts: {complexity: 0.4}\n"
                                                    "  expect:\n"
                                                    "    rule: hard\n"
                                                    "    route: [local, cloud]\n"
                                                    "    placement: cloud\n"
                                                    "    cascade: judge\n"
                                                    "    edits: true\n"
                                                    "- name: blocked\n"
                                                    "  facts: {model: x}\n"
                                                    "  expect:\n"
                                                    "    action: route\n"
                                                    "    route: local\n"
                                                    "    block: size\n"
                                                    "- name: acts\n"
                                                    "  facts: {pii: {PERSON: {score: 0.9}}}\n"
                                                    "  expect: {actions: {PERSON: mask}}\n",
                                            "9: cases[1].expect.rule: \"wrong\": it is default\n"
                                            "10: cases[1].expect.route: it is local\n"
                                            "11: cases[1].expect.placement: it is in_process\n"
                                            "12: cases[1].expect.cascade: it is none\n"
                                            "13: cases[1].expect.edits: it is false\n"
                                            "17: cases[2].expect.action: it is block\n"
                                            "18: cases[2].expect.route: it is blocked\n"
                                            "19: cases[2].expect.block: it is model\n"
                                            "22: cases[3].expect.actions.PERSON: it is redact\n");
    assert_int_equal(result.cases, 4);
    assert_int_equal(result.failed, 3);
}

static void mistakes_in_a_file_of_cases(void **state)
{
    static const struct {
        const char *text, *expected;
    } files[] = {
        {"cases: []\n", "1: -: targets must be a mapping"},
        {"targets: {a: moon}\ncases: []\n", "1: targets.a: unknown placement"},
        {TARGETS, "1: -: cases must be a list"},
        {TARGETS "cases: {}\n", "2: cases: cases must be a list"},
        {TARGETS "case: []\ncases:\n- {name: a, expect: {rule: default}}\n",
         "2: case: did you mean \"cases\""},
        {TARGETS "cases:\n- {name: a}\n- x\n- {name: a, expect: {}}\n- {expect: {rule: hard}}\n",
         "3: cases[0]: must be a mapping\n4: cases[1]: must be a mapping\n"
         "5: cases[2]: must be a mapping\n6: cases[3]: must be a mapping"},
        {TARGETS "cases:\n- {name: a, facts: {complexty: 0}, expect: {rule: default}}\n",
         "3: cases[0].facts.complexty: did you mean \"complexity\""},
        {TARGETS "cases:\n- {name: a, facts: {complexity: 2, tools: 1, tokens: x}, "
                 "expect: {rule: default}}\n",
         "3: cases[0].facts.complexity: from 0 to 1\n3: cases[0].facts.tools: true or false\n"
         "3: cases[0].facts.tokens: must be a number"},
        {TARGETS "cases:\n- {name: a, facts: {tier: HARD, task: sing, domain: x, language: xx, "
                 "unclassified: perhaps}, expect: {rule: default}}\n",
         "3: cases[0].facts.tier: unknown tier\n3: cases[0].facts.task: unknown task\n"
         "3: cases[0].facts.domain: unknown domain\n3: cases[0].facts.language: no language\n"
         "3: cases[0].facts.unclassified: unknown reason"},
        {TARGETS "cases:\n- {name: a, facts: {pii: {SSN: {}, PERSON: 1, US_SSN: {sc: 1}}, "
                 "down: [moon]}, expect: {rule: default}}\n",
         "3: cases[0].facts.pii.SSN: unknown entity type\n"
         "3: cases[0].facts.pii.PERSON: must be a mapping\n"
         "3: cases[0].facts.pii.US_SSN.sc: unknown key\n"
         "3: cases[0].facts.down[0]: unknown target"},
        {TARGETS "cases:\n- {name: a, expect: {rules: default, route: [moon]}}\n",
         "3: cases[0].expect.rules: did you mean \"rule\"\n"
         "3: cases[0].expect.route[0]: unknown target\n3: cases[0].expect.route: it is local"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        (void)run(policy_text, files[i].text, files[i].expected);
}

/* What is to be edited and cannot be is kept from whom it was to be edited for. */
static void what_cannot_be_edited(void **state)
{
    (void)state;
    (void)run(policy_text,
              TARGETS "cases:\n"
                      "- name: edited\n"
                      "  facts: {complexity: 0.5, pii: {PERSON: {score: 0.9}}}\n"
                      "  expect: {edits: true, route: [local, cloud]}\n"
                      "- name: not\n"
                      "  facts: {complexity: 0.5, uneditable: true, pii: {PERSON: {score: 0.9}}}\n"
                      "  expect: {edits: false, route: [local]}\n",
              "");
}

/* Whether there is anything to judge or to acknowledge, what is left of the route says. */
static void the_cascade_is_that_of_what_is_left(void **state)
{
    (void)state;
    (void)run("pii: {entities: {secrets: block, health: route_local, people: redact}, redact_for: "
              "on_premises}\n"
              "rules:\n"
              "- {name: ack, when: {model: a}, route: [cloud, rack, local], cascade: {mode: "
              "ack_then_deepen, max_tokens: 8, max_time: 500ms}}\n"
              "- {name: cloud, when: {model: c}, route: [cloud, local], cascade: {mode: "
              "ack_then_deepen}}\n"
              "default: {route: [local, cloud], placement: cloud, cascade: {mode: judge}}\n",
              TARGETS
              "cases:\n"
              "- {name: all, facts: {model: a}, expect: {cascade: ack_then_deepen, route: [cloud, "
              "rack, local]}}\n"
              "- {name: rack, facts: {model: a, pii: {MEDICAL_RECORD_NUMBER: {}}}, expect: "
              "{cascade: ack_then_deepen, route: [rack, local]}}\n"
              "- {name: local, facts: {model: c, pii: {MEDICAL_RECORD_NUMBER: {}}}, expect: "
              "{cascade: none, route: [local]}}\n"
              "- {name: unread, facts: {model: c, unclassified: error}, expect: {cascade: none, "
              "route: [local]}}\n"
              "- {name: secret, facts: {model: a, pii: {SECRET: {}}}, expect: {cascade: none, "
              "block: sensitive}}\n"
              "- {name: judge, expect: {cascade: judge, route: [local, cloud]}}\n"
              "- {name: alone, facts: {unclassified: error}, expect: {cascade: none, route: "
              "[local]}}\n",
              "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fact_reaches_its_condition),
        cmocka_unit_test(what_is_expected_wrongly_is_said_at_its_line),
        cmocka_unit_test(mistakes_in_a_file_of_cases),
        cmocka_unit_test(what_cannot_be_edited),
        cmocka_unit_test(the_cascade_is_that_of_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
