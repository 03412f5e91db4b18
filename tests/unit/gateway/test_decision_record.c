#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "gateway/decision_log.h"

static json_t *encode(const struct decision_record *record, uint64_t seq)
{
    struct buf out = BUF_INIT;
    json_error_t error;
    assert_int_equal(decision_record_encode(record, seq, &out), 0);
    /* one line, and only one */
    assert_int_equal(out.data[out.len - 1], '\n');
    assert_ptr_equal(memchr(out.data, '\n', out.len), out.data + out.len - 1);
    json_t *root = json_loadb((const char *)out.data, out.len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        fail_msg("not JSON: %s at %d", error.text, error.position);
    buf_release(&out);
    return root;
}

static const char *text(const json_t *root, const char *key)
{
    const char *value = json_string_value(json_object_get(root, key));
    return value != NULL ? value : "(none)";
}

static void test_a_routed_request(void **state)
{
    (void)state;
    struct decision_record r;
    struct facts facts = {.model = "never shown",
                          .prompt_tokens = 12,
                          .messages = 2,
                          .text_bytes = 345,
                          .stream = true,
                          .target_up = {true, false, true}};
    struct classify_times times = {.pii_us = 40, .complexity_us = 60};
    struct decision decision = {.action = DECISION_ROUTE,
                                .rule_name = "keep-identifiers",
                                .allowed = PLACEMENT_ON_PREMISES,
                                .targets = {2, 0},
                                .target_count = 2,
                                .reason_count = 1};
    decision.reasons[0] = (struct decision_reason){.signal = DECISION_SIGNAL_PII,
                                                   .compare = DECISION_COMPARE_GE,
                                                   .subject = PII_US_SSN,
                                                   .value = 0.95,
                                                   .threshold = 0.5};
    facts.pii.count[PII_US_SSN] = 2;
    facts.pii.best_score[PII_US_SSN] = 0.95f;
    facts.pii.validated[PII_US_SSN] = 1;
    facts.pii.sensitive = 0.875f;
    facts.complexity = (struct complexity_facts){.score = 0.25f, .tier = TIER_MEDIUM};

    decision_record_init(&r);
    r.time_ms = 1767225600123; /* 2026-01-01T00:00:00.123Z */
    DECISION_SET(r.request_id, "req_0123456789abcdef01234567");
    DECISION_SET(r.principal, "alice");
    DECISION_SET(r.model_asked, "gpt-4o");
    r.scanned = r.scored = true;
    decision_record_set_facts(&r, &facts, &times);
    decision_record_set_decision(&r, &decision);
    struct decision_try *first = decision_record_add_try(&r, "on-prem", PLACEMENT_ON_PREMISES);
    first->outcome = BACKEND_ERR_CONNECT;
    first->duration_us = 700;
    struct decision_try *second = decision_record_add_try(&r, "local", PLACEMENT_IN_PROCESS);
    second->status = 200;
    r.answered = true;
    DECISION_SET(r.target, "local");
    r.placement = PLACEMENT_IN_PROCESS;
    r.http_status = 200;
    r.prompt_tokens = 11;
    r.completion_tokens = 22;
    r.decide_us = 150;
    r.total_us = 9999;
    DECISION_SET(r.policy_hash, "aa");

    json_t *j = encode(&r, 7);
    assert_string_equal(text(j, "time"), "2026-01-01T00:00:00.123Z");
    assert_int_equal(json_integer_value(json_object_get(j, "seq")), 7);
    assert_string_equal(text(j, "event"), "decision");
    assert_string_equal(text(j, "model_asked"), "gpt-4o");
    const json_t *pii = json_object_get(j, "pii");
    assert_int_equal(json_object_size(pii), 1);
    const json_t *ssn = json_object_get(pii, "US_SSN");
    assert_int_equal(json_integer_value(json_object_get(ssn, "count")), 2);
    assert_int_equal(json_integer_value(json_object_get(ssn, "validated")), 1);
    assert_true(fabs(json_real_value(json_object_get(ssn, "score")) - 0.95) < 1e-6);
    assert_true(fabs(json_real_value(json_object_get(j, "sensitive")) - 0.875) < 1e-9);
    assert_string_equal(text(json_object_get(j, "complexity"), "tier"), "MEDIUM");
    assert_string_equal(text(j, "action"), "route");
    assert_string_equal(text(j, "rule"), "keep-identifiers");
    assert_string_equal(text(j, "allowed_placement"), "on_premises");
    const json_t *targets = json_object_get(j, "targets");
    assert_int_equal(json_array_size(targets), 2);
    assert_int_equal(json_integer_value(json_array_get(targets, 0)), 2);
    assert_int_equal(json_integer_value(json_array_get(targets, 1)), 0);
    const json_t *reason = json_array_get(json_object_get(j, "reasons"), 0);
    assert_string_equal(text(reason, "subject"), "US_SSN");
    assert_string_equal(text(reason, "compare"), ">=");
    const json_t *tries = json_object_get(j, "tries");
    assert_int_equal(json_array_size(tries), 2);
    assert_string_equal(text(json_array_get(tries, 0), "outcome"),
                        backend_outcome_name(BACKEND_ERR_CONNECT));
    assert_string_equal(text(j, "target"), "local");
    assert_string_equal(text(j, "placement"), "in_process");
    assert_string_equal(text(j, "outcome"), "ok");
    assert_true(json_is_null(json_object_get(j, "error_code")));
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(j, "timings_us"), "decide")), 150);
    assert_int_equal(json_array_size(json_object_get(j, "targets_up")), 2);
    json_decref(j);
}

/* A request that was refused early says nothing about signals that nobody measured. */
static void test_a_refused_request(void **state)
{
    (void)state;
    struct decision_record r;
    decision_record_init(&r);
    r.outcome = DECISION_OUTCOME_REFUSED;
    r.http_status = 400;
    DECISION_SET(r.error_code, "caller_body_invalid");
    json_t *j = encode(&r, 1);
    assert_null(json_object_get(j, "pii"));
    assert_null(json_object_get(j, "rule"));
    assert_true(json_is_false(json_object_get(j, "decided")));
    assert_true(json_is_null(json_object_get(j, "target")));
    assert_true(json_is_null(json_object_get(j, "model_asked")));
    assert_string_equal(text(j, "error_code"), "caller_body_invalid");
    json_decref(j);
}

/* Nobody clears what a switched-off classifier would have filled in: it is neither said nor kept.
 */
static void test_what_did_not_run(void **state)
{
    (void)state;
    const struct facts facts = {.pii = {.sensitive = 0.5f}, .complexity = {.score = 0.5f}};
    for (unsigned which = 0; which < 4; which++) {
        struct decision_record r, copy;
        memset(&r, 0xa5, sizeof(r));
        memset(&copy, 0x5a, sizeof(copy));
        decision_record_init(&r);
        r.scanned = (which & 1) != 0;
        r.scored = (which & 2) != 0;
        decision_record_set_facts(&r, &facts, NULL);
        decision_record_copy(&copy, &r);
        json_t *j = encode(&copy, 1);
        assert_int_equal(json_object_get(j, "pii") != NULL, r.scanned);
        assert_int_equal(json_object_get(j, "topics") != NULL, r.scanned);
        assert_int_equal(json_object_get(j, "sensitive") != NULL, r.scanned);
        assert_int_equal(json_object_get(j, "complexity") != NULL, r.scored);
        assert_non_null(json_object_get(j, "text_bytes"));
        if (r.scanned)
            assert_true(json_real_value(json_object_get(j, "sensitive")) == 0.5);
        json_decref(j);
    }
}

static void fill_name(char *array, size_t size)
{
    for (size_t i = 0; i < size - 1; i++)
        array[i] = "\x01\"\\\n"[i % 4];
    array[size - 1] = '\0';
}

/* The longest line there can be is whole and valid. */
static void test_everything_full(void **state)
{
    (void)state;
    struct decision_record r;
    decision_record_init(&r);
    r.classified = r.scanned = r.scored = r.decided = r.answered = true;
    r.pii = (struct pii_facts){.sensitive = 1};
    r.complexity = (struct complexity_facts){.score = 1};
    for (int i = 0; i < PII_TYPE_COUNT; i++) {
        r.pii.count[i] = UINT16_MAX;
        r.pii.validated[i] = UINT16_MAX;
        r.pii.best_score[i] = i % 2 != 0 ? 1.0f : NAN;
    }
    for (int i = 0; i < PII_TOPIC_COUNT; i++)
        r.pii.topic[i] = INFINITY;
    r.reason_count = DECISION_MAX_REASONS;
    for (unsigned i = 0; i < DECISION_MAX_REASONS; i++)
        r.reasons[i] = (struct decision_reason){.signal = DECISION_SIGNAL_TARGET,
                                                .negated = true,
                                                .assumed = true,
                                                .subject = 31,
                                                .value = -1.23456789e300,
                                                .threshold = NAN};
    for (unsigned i = 0; i < DECISION_TARGETS + 3; i++) {
        struct decision_try *one = decision_record_add_try(&r, "", PLACEMENT_CLOUD);
        assert_true((one == NULL) == (i >= DECISION_TARGETS));
        if (one != NULL) {
            one->duration_us = UINT32_MAX;
            one->status = UINT16_MAX;
            one->outcome = BACKEND_ERR_FIRST_BYTE;
            fill_name(one->target, sizeof(one->target));
        }
    }
    fill_name(r.principal, sizeof(r.principal));
    fill_name(r.model_asked, sizeof(r.model_asked));
    fill_name(r.rule, sizeof(r.rule));
    fill_name(r.target, sizeof(r.target));
    fill_name(r.target_model, sizeof(r.target_model));
    fill_name(r.error_code, sizeof(r.error_code));
    fill_name(r.policy_hash, sizeof(r.policy_hash));
    fill_name(r.pii_hash, sizeof(r.pii_hash));
    fill_name(r.complexity_hash, sizeof(r.complexity_hash));
    fill_name(r.target_model_hash, sizeof(r.target_model_hash));
    r.targets_up = UINT32_MAX;
    r.text_bytes = r.decode_us = r.classify_us = r.decide_us = r.total_us = UINT64_MAX;
    r.time_ms = INT64_MAX / 4;
    struct buf out = BUF_INIT;
    assert_int_equal(decision_record_encode(&r, UINT64_MAX, &out), 0);
    assert_true(out.len < 40 * 1024);
    assert_int_equal(out.data[out.len - 1], '\n');
    buf_release(&out);
    r.text_bytes = r.decode_us = r.classify_us = r.decide_us = r.total_us = INT64_MAX;
    r.time_ms = -1;
    json_t *j = encode(&r, 5);
    assert_string_equal(text(j, "time"), "1969-12-31T23:59:59.999Z");
    assert_string_equal(text(j, "rule"), r.rule);
    assert_int_equal(json_integer_value(json_object_get(j, "tries_dropped")), 3);
    assert_int_equal(json_object_size(json_object_get(j, "pii")), PII_TYPE_COUNT);
    json_decref(j);
}

/* Names are looked through eight bytes at a time: each byte at each place of a name. */
static void test_names_are_escaped_everywhere(void **state)
{
    (void)state;
    struct decision_record r;
    decision_record_init(&r);
    r.decided = true;
    for (unsigned c = 1; c < 0x80; c++) {
        for (unsigned at = 0; at < 18; at++) {
            memset(r.rule, 'x', 18);
            r.rule[at] = (char)c;
            json_t *j = encode(&r, 1);
            assert_string_equal(text(j, "rule"), r.rule);
            json_decref(j);
        }
    }
    DECISION_SET(r.rule, "na\xc3\xafve r\xc3\xa8gle \xe2\x82\xac");
    json_t *j = encode(&r, 1);
    assert_string_equal(text(j, "rule"), r.rule);
    json_decref(j);
}

static void test_names_are_cut_whole(void **state)
{
    (void)state;
    char name[8];
    decision_name_set(name, sizeof(name), "short");
    assert_string_equal(name, "short");
    decision_name_set(name, sizeof(name), "12345678");
    assert_string_equal(name, "1234567");
    decision_name_set(name, sizeof(name), "12345\xe2\x82\xac"); /* a character of three bytes */
    assert_string_equal(name, "12345");
    decision_name_set(name, sizeof(name), NULL);
    assert_string_equal(name, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_routed_request),
        cmocka_unit_test(test_a_refused_request),
        cmocka_unit_test(test_what_did_not_run),
        cmocka_unit_test(test_everything_full),
        cmocka_unit_test(test_names_are_escaped_everywhere),
        cmocka_unit_test(test_names_are_cut_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
