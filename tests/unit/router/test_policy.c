#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/policy.h"
#include "router/rule.h"
#include "tests/unit/problem_check.h"

static const struct policy_target targets[] = {
    {"local", PLACEMENT_IN_PROCESS},
    {"rack", PLACEMENT_ON_PREMISES},
    {"cloud", PLACEMENT_CLOUD},
};

static struct policy *compile(const char *text, struct problems *problems)
{
    struct yaml_tree *tree = NULL;
    struct policy *policy = NULL;
    if (yaml_tree_parse(&tree, "p.yaml", text, strlen(text), 0, problems) != 0)
        return NULL;
    int rc = policy_compile(&policy, tree, targets, 3, problems);
    yaml_tree_free(tree);
    assert_int_equal(rc == 0, policy != NULL);
    assert_int_equal(rc == 0, problems_count(problems) == 0);
    return policy;
}

#define DEFAULT "default: {route: [local]}\n"

/* Every mistake, with its line and key; all of them at once. */
static const struct {
    const char *text, *expected;
} refused[] = {
    {"", "1: -: a default is required"},
    {"rules: []\n", "1: -: a default is required"},
    {"[]\n", "1: -: must be a mapping"},
    {"sets: []\n" DEFAULT, "1: sets: must be a mapping"},
    {"default: {route: \"${X}\"}\n",
     "1: default.route: not expanded in this file\n1: default.route: unknown target"},
    {"default: {route: [local, cloud], placement: cloud, cascade: {min_confidence: 2}}\n",
     "1: default.cascade.min_confidence: from 0 to 1"},
    {"default: {route: [local, cloud], placement: cloud, cascade: yes}\n",
     "1: default.cascade: must be a mapping"},
    {"default: {route: [local], cascade: {min_confidence: 0.5}}\n",
     "1: default.cascade: at least two targets"},
    {"default: {route: [cloud, local], cascade: {}}\n", "1: default.cascade: at least two targets"},
    {"default: {block: no, cascade: {}}\n", "1: default.cascade: at least two targets"},
    {"default: {route: [local, cloud], placement: cloud, cascade: {mode: perhaps}}\n",
     "1: default.cascade.mode: unknown mode"},
    {"default: {route: [local, cloud], placement: cloud, cascade: {mode: judge, max_time: 2s}}\n",
     "1: default.cascade.max_time: unknown key"},
    {"default: {route: [cloud, local], cascade: {mode: ack_then_deepen, min_confidence: 0.5}}\n",
     "1: default.cascade.min_confidence: unknown key"},
    {"default: {route: [cloud, local], cascade: {mode: ack_then_deepen, max_tokens: 65, max_time: "
     "11s}}\n",
     "1: default.cascade.max_tokens: from 1 to 64\n1: default.cascade.max_time: to 10s"},
    {"default: {route: [cloud, rack], cascade: {mode: ack_then_deepen}}\n",
     "1: default.cascade: in process behind others"},
    {"default: {route: [local, cloud], placement: cloud, cascade: {mode: ack_then_deepen}}\n",
     "1: default.cascade: in process behind others"},
    {"default: {route: [local], cascade: {mode: ack_then_deepen}}\n",
     "1: default.cascade: in process behind others"},
    {"default: {block: no, cascade: {mode: ack_then_deepen}}\n",
     "1: default.cascade: in process behind others"},
    {"tiers: 5\n" DEFAULT, "1: tiers: must be a mapping"},
    {"tiers: {medium: 2, hard: 1}\n" DEFAULT,
     "1: tiers.hard: unknown key\n1: tiers.medium: a number from 0 to 1"},
    {"tiers: {complex: 0.1}\n" DEFAULT, "1: tiers: complex begins below medium"},
    {"rules: 5\n" DEFAULT, "1: rules: must be a list"},
    {"rulez: []\n" DEFAULT, "1: rulez: did you mean \"rules\""},
    {"version: 2\n" DEFAULT, "1: version: only version 1"},
    {"name: a b\n" DEFAULT, "1: name: letters, digits"},
    {"default: x\n", "1: default: must be a mapping"},
    {"default: {}\n", "1: default: needs route or block"},
    {"default: {route: []}\n", "1: default.route: must be a list of targets"},
    {"default: {route: }\n", "1: default.route: must be a list of targets"},
    {"default: {route: {a: b}}\n", "1: default.route: must be a list of targets"},
    {"default: {route: [locl]}\n", "1: default.route[0]: did you mean \"local\""},
    {"default: {route: [local, local]}\n", "1: default.route[1]: twice"},
    {"default: {route: [[local]]}\n", "1: default.route[0]: must be the name of a target"},
    {"default: {route: local, block: no}\n", "1: default.block: either route or block"},
    {"default: {block: no, placement: cloud}\n", "1: default.placement: goes with route"},
    {"default: {route: local, when: {tools: true}}\n", "1: default.when: unknown key"},
    /* placement may not drop */
    {"default:\n  route:\n    - local\n    - cloud\n",
     "4: default.route[1]: \"cloud\" is cloud, but the rule allows nothing less private than "
     "in_process"},
    {"default:\n  route:\n    - rack\n    - local\n    - cloud\n", "5: default.route[2]: is cloud"},
    {"default:\n  placement: on_premises\n  route: [cloud, rack]\n",
     "3: default.route[0]: nothing less private than on_premises"},
    {"default:\n  placement: in_process\n  route: [rack, cloud]\n",
     "3: default.route[0]: is on_premises\n3: default.route[1]: is cloud"},
    {"default: {placement: premises, route: local}\n", "1: default.placement: unknown placement"},
    /* reachability */
    {"rules:\n- {name: a, route: local}\n- {name: b, when: {tools: on}, route: local}\n",
     "3: rules[1]: never be reached: the rule on line 2"},
    {"rules:\n- {name: a, route: local}\n" DEFAULT, "3: default: never be reached"},
    {"rules:\n- {name: a, when: {tools: on}, route: local}\n", "1: -: default is required"},
    /* names */
    {"rules:\n- {when: {tools: on}, route: local}\n" DEFAULT, "2: rules[0]: no name"},
    {"rules:\n- {name: default, when: {tools: on}, route: local}\n" DEFAULT,
     "2: rules[0].name: default rule"},
    {"rules:\n- {name: a, when: {tools: on}, route: local}\n"
     "- {name: a, when: {tools: on}, route: local}\n" DEFAULT,
     "3: rules[1].name: another rule"},
    {"rules:\n- {name: \"a\\nb\", when: {tools: on}, route: local}\n" DEFAULT,
     "2: rules[0].name: letters"},
    {"rules:\n- {name: [a], when: {tools: on}, route: local}\n" DEFAULT,
     "2: rules[0].name: letters"},
    {"rules:\n- tools\n" DEFAULT, "2: rules[0]: must be a mapping"},
    {"rules:\n- {name: a, whn: {tools: on}, route: local}\n" DEFAULT,
     "2: rules[0].whn: did you mean \"when\"\n3: default: never be reached"},
    /* blocks */
    {"default: {block: {reason: because}}\n", "1: default.block.reason: unknown reason"},
    {"default: {block: {messag: x}}\n", "1: default.block.messag: did you mean"},
    {"default: {block: [x]}\n", "1: default.block: must be a message"},
    {"default: {block: {message: ''}}\n", "1: default.block.message: 1 to 300"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        struct problems problems = PROBLEMS_INIT;
        assert_null(compile(refused[i].text, &problems));
        check_problems(&problems, refused[i].expected, refused[i].text);
        problems_release(&problems);
    }
}

/* Conditions, each put on line 3 as the rule's `when`. */
static const struct {
    const char *when, *expected;
} refused_conditions[] = {
    {"{}", "3: W: must be a mapping of conditions"},
    {"", "3: W: must be a mapping of conditions"},
    {"[tools]", "3: W: must be a mapping of conditions"},
    {"{sensitiv: \">= 0.5\"}", "3: W.sensitiv: did you mean \"sensitive\""},
    {"{sensitive: 0.5}", "3: W.sensitive: does not begin with a comparison"},
    {"{sensitive: \">= 50\"}", "3: W.sensitive: more than 1"},
    {"{sensitive: \">= x\"}", "3: W.sensitive: no number"},
    {"{sensitive: \">=\"}", "3: W.sensitive: no number"},
    {"{sensitive: \"=> 0.5\"}", "3: W.sensitive: does not begin"},
    {"{sensitive: [\">= 0.5\"]}", "3: W.sensitive: must be a comparison"},
    {"{sensitive: }", "3: W.sensitive: must be a comparison"},
    {"{complexity: HARD}", "3: W.complexity: none of SIMPLE"},
    {"{complexity: [SIMPLE, HARD, complex]}",
     "3: W.complexity[1]: \"HARD\"\n3: W.complexity[2]: \"complex\""},
    {"{complexity: []}", "3: W.complexity: at least one"},
    {"{task: coding}", "3: W.task: none of chat, question"},
    {"{task: []}", "3: W.task: at least one"},
    {"{domain: [law, medicine]}", "3: W.domain[1]: none of general"},
    {"{language: [en, klingon]}", "3: W.language[1]: no language that is told apart"},
    {"{language: {en: 1}}", "3: W.language: must be a list"},
    {"{expected_tokens: many}", "3: W.expected_tokens: does not begin"},
    {"{needs_tools: perhaps}", "3: W.needs_tools: neither true nor false"},
    {"{tokens: \">= 1.2.3\"}", "3: W.tokens: no number"},
    {"{tools: maybe}", "3: W.tools: neither true nor false"},
    {"{stream: }", "3: W.stream: must be true or false"},
    {"{model: []}", "3: W.model: at least one"},
    {"{model: ['', x]}", "3: W.model[0]: 1 to 128"},
    {"{model: [{a: b}]}", "3: W.model[0]: must be text"},
    {"{target: cloud}", "3: W.target: must be a mapping"},
    {"{target: {clod: up, cloud: sideways}}",
     "3: W.target.clod: did you mean \"cloud\"\n3: W.target.cloud: must be up or down"},
    {"{unclassified: broken}", "3: W.unclassified: none of true, false"},
    {"{unclassified: [timeout, broken]}", "3: W.unclassified[1]: \"broken\""},
    {"{pii: sometimes}", "3: W.pii: unknown entity type"},
    {"{pii: [US_SSN, US_SNN]}", "3: W.pii[1]: did you mean \"US_SSN\""},
    {"{pii: []}", "3: W.pii: at least one"},
    {"{pii: {}}", "3: W.pii: says nothing"},
    {"{pii: {types: [X1], sets: [healht], min_score: 2, validated: 3, match: all, foo: 1}}",
     "3: W.pii.types[0]: unknown entity type\n3: W.pii.sets[0]: did you mean \"health\"\n"
     "3: W.pii.min_score: from 0 to 1\n3: W.pii.validated: neither\n3: W.pii.match: any or none\n"
     "3: W.pii.foo: unknown key"},
    {"{all: {tools: on}}", "3: W.all: must be a list of conditions"},
    {"{any: []}", "3: W.any: must be a list of conditions"},
    {"{any: [{tools: on}, {}]}", "3: W.any[1]: must be a mapping"},
    {"{not: [tools]}", "3: W.not: must be a mapping"},
    {"{not: {any: [{all: [{nonsense: 1}]}]}}",
     "3: W.not.any[0].all[0].nonsense: unknown condition"},
};

static void test_condition_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(refused_conditions) / sizeof(refused_conditions[0]); i++) {
        struct problems problems = PROBLEMS_INIT;
        char text[600], expected[900] = "";
        (void)snprintf(text, sizeof(text), "rules:\n- name: a\n  when: %s\n  route: local\n%s",
                       refused_conditions[i].when, DEFAULT);
        size_t len = 0;
        for (const char *at = refused_conditions[i].expected; *at != '\0'; at++)
            len += (size_t)snprintf(expected + len, sizeof(expected) - len, "%s",
                                    *at == 'W' ? "rules[0].when" : (char[2]){*at, '\0'});
        assert_null(compile(text, &problems));
        check_problems(&problems, expected, text);
        problems_release(&problems);
    }
}

static void test_all_mistakes_at_once(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    const char *text = "sets:\n"
                       "  mine: [PERSON, NOBODY]\n"
                       "  all: [PERSON]\n"
                       "rules:\n"
                       "  - name: a\n"
                       "    when: {pii: {sets: [mine]}, tokens: many}\n"
                       "    route: [nowhere]\n"
                       "  - name: a\n"
                       "    name: b\n"
                       "    when: {tools: true}\n"
                       "    block: {reason: x}\n"
                       "default:\n"
                       "  route: [local, cloud]\n";
    assert_null(compile(text, &problems));
    check_problems(&problems,
                   "2: sets.mine[1]: unknown entity type\n3: sets.all: built-in\n"
                   "6: rules[0].when.tokens: comparison\n7: rules[0].route[0]: unknown target\n"
                   "8: rules[1].name: another rule\n9: rules[1].name: twice\n"
                   "11: rules[1].block.reason: unknown reason\n13: default.route[1]: is cloud",
                   text);
    problems_release(&problems);
}

static void test_good_policy(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    struct policy *policy = compile("version: 1\nname: mine\ndescription: text\n"
                                    "sets: {own: [PERSON, ORGANIZATION]}\n"
                                    "rules:\n"
                                    "  - name: one\n"
                                    "    when: {pii: {sets: [own, health], types: US_SSN}}\n"
                                    "    route: local\n"
                                    "  - name: two\n"
                                    "    when: {model: \"gpt-*\"}\n"
                                    "    block: No.\n"
                                    "default:\n"
                                    "  placement: cloud\n"
                                    "  route: [local, cloud, rack]\n",
                                    &problems);
    check_problems(&problems, "", "");
    assert_string_equal(policy_name(policy), "mine");
    assert_int_equal(strlen(policy_hash(policy)), 64);
    assert_int_equal(policy_rule_count(policy), 3);
    assert_string_equal(policy_rule_name(policy, 0), "one");
    assert_string_equal(policy_rule_name(policy, 2), "default");
    assert_string_equal(policy_block_message(policy, 1), "No.");
    assert_string_equal(policy_block_message(policy, 0), "");
    assert_int_equal(policy_target_count(policy), 3);
    assert_string_equal(policy_target_name(policy, 2), "cloud");
    assert_int_equal(policy_target_placement(policy, 1), PLACEMENT_ON_PREMISES);
    const struct rule_condition *pii = policy->rules[0].conditions + 1;
    assert_true(pii_set_has(&pii->types, PII_PERSON));
    assert_true(pii_set_has(&pii->types, PII_US_SSN));
    assert_true(pii_set_has(&pii->types, PII_MEDICAL_RECORD_NUMBER));
    assert_false(pii_set_has(&pii->types, PII_URL));
    struct policy *again = policy_ref(policy);
    policy_unref(policy);
    assert_string_equal(policy_name(again), "mine");
    policy_unref(again);
    policy_unref(NULL);
}

/* A last rule without `when` serves as the default. */
static void test_last_rule_as_default(void **state)
{
    (void)state;
    struct problems problems = PROBLEMS_INIT;
    struct policy *policy =
        compile("rules:\n- {name: a, when: {tools: on}, route: cloud}\n- {name: z, route: local}\n",
                &problems);
    check_problems(&problems, "", "");
    assert_int_equal(policy_rule_count(policy), 2);
    policy_unref(policy);
}

static void test_too_many_rules(void **state)
{
    (void)state;
    static char text[20000];
    for (int count = POLICY_MAX_RULES - 1; count <= POLICY_MAX_RULES; count++) {
        struct problems problems = PROBLEMS_INIT;
        size_t len = (size_t)snprintf(text, sizeof(text), "%srules:\n", DEFAULT);
        for (int i = 0; i < count; i++)
            len += (size_t)snprintf(text + len, sizeof(text) - len,
                                    "- {name: r%d, when: {tools: on}, route: local}\n", i);
        struct policy *policy = compile(text, &problems);
        assert_int_equal(policy != NULL, count < POLICY_MAX_RULES);
        policy_unref(policy);
        problems_release(&problems);
    }
}

static void test_globs(void **state)
{
    (void)state;
    char many[300], stars[128];
    assert_true(rule_glob_match("gpt-*", "gpt-4o"));
    assert_true(rule_glob_match("*-mini", "gpt-4o-mini"));
    assert_true(rule_glob_match("*", ""));
    assert_true(rule_glob_match("a?c", "abc"));
    assert_true(rule_glob_match("*a*b*", "xxaxxbxx"));
    assert_true(rule_glob_match("[ab]", "[ab]"));
    assert_false(rule_glob_match("gpt-*", "Gpt-4"));
    assert_false(rule_glob_match("a?c", "ac"));
    assert_false(rule_glob_match("", "x"));
    assert_false(rule_glob_match("abc", "abcd"));
    /* Must not take exponential time, nor look at names that nobody gives to a model. */
    memset(many, 'a', 255);
    many[255] = '\0';
    for (size_t i = 0; i + 2 < sizeof(stars); i += 2)
        memcpy(stars + i, "*a", 2);
    stars[126] = 'b';
    stars[127] = '\0';
    assert_false(rule_glob_match(stars, many));
    memset(many, 'a', 299);
    many[299] = '\0';
    assert_false(rule_glob_match("*", many));
}

static void test_sets(void **state)
{
    (void)state;
    struct pii_set set;
    size_t count;
    const char *const *names = pii_set_names(&count);
    for (size_t i = 0; i < count; i++) {
        assert_true(pii_set_find(names[i], &set));
        bool any = false;
        for (size_t j = 0; j < PII_SET_WORDS; j++)
            any = any || set.bits[j] != 0;
        assert_true(any);
    }
    assert_false(pii_set_find("nothing", &set));
    assert_true(pii_set_find("identifiers", &set));
    assert_true(pii_set_has(&set, PII_US_SSN) && pii_set_has(&set, PII_CREDIT_CARD));
    assert_false(pii_set_has(&set, PII_PERSON) || pii_set_has(&set, PII_URL));
    assert_true(pii_set_find("all", &set));
    for (int i = 0; i < PII_TYPE_COUNT; i++)
        assert_true(pii_set_has(&set, (enum pii_type)i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_condition_mistakes),
        cmocka_unit_test(test_all_mistakes_at_once),
        cmocka_unit_test(test_good_policy),
        cmocka_unit_test(test_last_rule_as_default),
        cmocka_unit_test(test_too_many_rules),
        cmocka_unit_test(test_globs),
        cmocka_unit_test(test_sets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
