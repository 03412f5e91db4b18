/* What a policy does about entities: `pii:` sections, read and decided on. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "router/decide.h"
#include "tests/unit/problem_check.h"

enum { LOCAL, RACK, CLOUD };

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
    (void)!policy_compile(&policy, tree, targets, 3, problems);
    yaml_tree_free(tree);
    return policy;
}

static struct policy *compile_good(const char *text)
{
    struct problems problems = PROBLEMS_INIT;
    struct policy *policy = compile(text, &problems);
    check_problems(&problems, "", text);
    assert_non_null(policy);
    return policy;
}

#define DEFAULT "default: {route: [cloud, rack, local]}\n"

static void test_mistakes(void **state)
{
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"pii: {}\n" DEFAULT, "1: pii: must be a mapping with entities"},
        {"pii: redact\n" DEFAULT, "1: pii: must be a mapping with entities"},
        {"pii: {entities: []}\n" DEFAULT, "1: pii.entities: must be a mapping from types"},
        {"pii: {entity: {}}\n" DEFAULT, "1: pii.entity: unknown key"},
        {"pii:\n  min_score: 2\n  redact_for: in_process\n  entities:\n    US_SNN: redact\n"
         "    helth: mask\n    PERSON: hide\n    AGE: {actoin: mask}\n    URL: [mask]\n"
         "    US_SSN: {action: block, min_score: x}\n" DEFAULT,
         "2: pii.min_score: from 0 to 1\n3: pii.redact_for: unknown placement\n"
         "5: pii.entities.US_SNN: did you mean \"US_SSN\"\n"
         "6: pii.entities.helth: did you mean \"health\"\n"
         "7: pii.entities.PERSON: unknown action\n"
         "8: pii.entities.AGE.actoin: did you mean \"action\"\n"
         "8: pii.entities.AGE: needs action\n9: pii.entities.URL: must be an action\n"
         "10: pii.entities.US_SSN.min_score: from 0 to 1"},
        {"pii: {scan_reply: maybe}\n" DEFAULT, "1: pii.scan_reply: must be off, detect or mask"},
        {"pii: {placeholders: day}\n" DEFAULT,
         "1: pii.placeholders: must be request or conversation"},
        {"rules:\n- name: a\n  when: {tools: on}\n  pii: {entities: {US_SSN: rdact}}\n"
         "  route: local\n" DEFAULT,
         "4: rules[0].pii.entities.US_SSN: did you mean \"redact\""},
        {"default:\n  block: No.\n  pii: {entities: {US_SSN: redact}}\n",
         "3: default.pii: goes with route"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct problems problems = PROBLEMS_INIT;
        assert_null(compile(rows[i].text, &problems));
        check_problems(&problems, rows[i].expected, rows[i].text);
        problems_release(&problems);
    }
}

static struct facts found(enum pii_type type, float score)
{
    struct facts facts = {.model = "auto", .target_up = {true, true, true}};
    facts.pii.count[type] = 1;
    facts.pii.best_score[type] = score;
    return facts;
}

static void decide(const struct policy *policy, const struct facts *facts, struct decision *out)
{
    memset(out, 0xee, sizeof(*out)); /* it must fill everything */
    policy_decide(policy, facts, out);
}

static void test_actions(void **state)
{
    (void)state;
    struct policy *policy = compile_good("sets: {mine: [AGE]}\n"
                                         "pii:\n"
                                         "  entities:\n"
                                         "    US_SSN: redact\n"
                                         "    secrets: block\n"
                                         "    health: route_local\n"
                                         "    PERSON: {action: mask, min_score: 0.8}\n"
                                         "    people: {action: redact, min_score: 0.2}\n"
                                         "    URL: allow\n"
                                         "    mine: route_local\n" DEFAULT);
    struct {
        enum pii_type type;
        float score;
        enum pii_action action, edit;
        size_t targets; /* that remain */
    } rows[] = {
        {PII_US_SSN, 0.9f, PII_ACTION_REDACT, PII_ACTION_REDACT, 3},
        {PII_US_SSN, 0.39f, PII_ACTION_DETECT_ONLY, PII_ACTION_ALLOW, 3},
        {PII_US_SSN, NAN, PII_ACTION_REDACT, PII_ACTION_REDACT, 3},
        {PII_SECRET, 0.9f, PII_ACTION_BLOCK, PII_ACTION_ALLOW, 0},
        {PII_MEDICAL_RECORD_NUMBER, 0.9f, PII_ACTION_ROUTE_LOCAL, PII_ACTION_ALLOW, 2},
        /* the strongest of those that reach the score */
        {PII_PERSON, 0.9f, PII_ACTION_MASK, PII_ACTION_MASK, 3},
        {PII_PERSON, 0.5f, PII_ACTION_REDACT, PII_ACTION_REDACT, 3},
        {PII_PERSON, 0.1f, PII_ACTION_DETECT_ONLY, PII_ACTION_ALLOW, 3},
        {PII_AGE, 0.9f, PII_ACTION_ROUTE_LOCAL, PII_ACTION_REDACT, 2},
        {PII_URL, 0.9f, PII_ACTION_ALLOW, PII_ACTION_ALLOW, 3},
        {PII_IBAN_CODE, 0.9f, PII_ACTION_DETECT_ONLY, PII_ACTION_ALLOW, 3},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct decision out;
        struct facts facts = found(rows[i].type, rows[i].score);
        decide(policy, &facts, &out);
        if (out.pii_action[rows[i].type] != rows[i].action || out.target_count != rows[i].targets)
            fail_msg("row %zu: action %d, %d targets", i, out.pii_action[rows[i].type],
                     out.target_count);
        assert_int_equal(policy_pii_edit(policy, 0, rows[i].type, rows[i].score), rows[i].edit);
        assert_int_equal(out.edits, rows[i].edit != PII_ACTION_ALLOW);
        assert_int_equal(out.action, rows[i].targets != 0 ? DECISION_ROUTE : DECISION_BLOCK);
        if (rows[i].targets == 0)
            assert_int_equal(out.block, DECISION_BLOCK_SENSITIVE);
        if (rows[i].targets == 2) {
            assert_int_equal(out.allowed, PLACEMENT_ON_PREMISES);
            assert_true(out.restricted);
            assert_int_equal(out.reasons[out.reason_count - 1].subject, rows[i].type);
        }
    }
    const struct pii_set *edited = policy_edited_types(policy);
    assert_true(pii_set_has(edited, PII_US_SSN) && pii_set_has(edited, PII_PERSON));
    assert_true(pii_set_has(edited, PII_USERNAME));
    assert_false(pii_set_has(edited, PII_SECRET) || pii_set_has(edited, PII_URL));
    policy_unref(policy);
}

/* A rule says again what it wants otherwise, and keeps the rest. */
static void test_rule_over_policy(void **state)
{
    (void)state;
    struct policy *policy = compile_good(
        "pii:\n  scan_reply: detect\n  placeholders: conversation\n  entities: {US_SSN: block, "
        "PERSON: redact}\n"
        "rules:\n- name: a\n  when: {tools: on}\n  route: [rack, local]\n"
        "  pii: {redact_for: on_premises, scan_reply: mask, entities: {US_SSN: redact}}\n" DEFAULT);
    struct decision out;
    struct facts facts = found(PII_US_SSN, 1);
    decide(policy, &facts, &out);
    assert_int_equal(out.action, DECISION_BLOCK);
    facts.tools = true;
    decide(policy, &facts, &out);
    assert_int_equal(out.action, DECISION_ROUTE);
    assert_true(out.edits);
    assert_int_equal(out.edit_for, PLACEMENT_ON_PREMISES);
    assert_int_equal(policy_pii_edit(policy, 0, PII_PERSON, 1), PII_ACTION_REDACT);
    assert_int_equal(policy_pii_edit(policy, 1, PII_US_SSN, 1), PII_ACTION_ALLOW);
    assert_int_equal(policy_scan_reply(policy, 0), PII_REPLY_MASK);
    assert_int_equal(policy_scan_reply(policy, 1), PII_REPLY_DETECT);
    assert_true(policy_keeps_names(policy, 0)); /* a rule inherits it */
    assert_true(policy_keeps_names(policy, 1));

    /* What nobody could read cannot be edited, so it goes where nothing has to be. */
    facts.unclassified = UNCLASSIFIED_UNSCANNABLE;
    decide(policy, &facts, &out);
    assert_int_equal(out.target_count, 1);
    assert_int_equal(out.targets[0], LOCAL);
    policy_unref(policy);
}

static void test_keep_from(void **state)
{
    (void)state;
    struct policy *policy =
        compile_good("pii: {entities: {US_SSN: redact}}\n"
                     "rules: [{name: a, when: {tools: on}, route: cloud}]\n" DEFAULT);
    struct decision out;
    struct facts facts = found(PII_US_SSN, 1);
    decide(policy, &facts, &out);
    decision_keep_from(policy, out.edit_for, &out);
    assert_int_equal(out.target_count, 2);
    assert_int_equal(out.targets[0], RACK);
    assert_int_equal(out.allowed, PLACEMENT_ON_PREMISES);
    assert_true(out.restricted);
    assert_false(out.edits);
    facts.tools = true;
    decide(policy, &facts, &out);
    assert_int_equal(out.target_count, 1);
    decision_keep_from(policy, out.edit_for, &out);
    assert_int_equal(out.action, DECISION_BLOCK);
    assert_int_equal(out.block, DECISION_BLOCK_UNCLASSIFIED);

    /* No private target in the rule at all. */
    struct policy *kept = compile_good("pii: {entities: {US_SSN: route_local}}\n"
                                       "default: {route: cloud}\n");
    decide(kept, &facts, &out);
    assert_int_equal(out.action, DECISION_BLOCK);
    assert_int_equal(out.block, DECISION_BLOCK_SENSITIVE);
    policy_unref(kept);
    policy_unref(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_actions),
        cmocka_unit_test(test_rule_over_policy),
        cmocka_unit_test(test_keep_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
