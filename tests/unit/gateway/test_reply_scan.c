/* Entities in answers: counted or masked, and the same whatever the cuts of the stream. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/reply_scan.h"
#include "gateway/restore.h"
#include "tests/unit/problem_check.h"

static struct classifiers *classifiers;
static struct classify_scratch *scratch;
static struct policy *policy;

static int setup(void **state)
{
    static const struct policy_target targets[] = {{"cloud", PLACEMENT_CLOUD}};
    static const char text[] = "pii: {entities: {US_SSN: mask, EMAIL_ADDRESS: redact, "
                               "CREDIT_CARD: block, PHONE_NUMBER: detect_only, URL: allow}}\n"
                               "default: {route: cloud}\n";
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree;
    struct err err;
    (void)state;
    assert_int_equal(yaml_tree_parse(&tree, "p.yaml", text, strlen(text), 0, &problems), 0);
    assert_int_equal(policy_compile(&policy, tree, targets, 1, &problems), 0);
    yaml_tree_free(tree);
    return classifiers_new(&classifiers, &err) != 0 || classify_scratch_new(0, &scratch, &err) != 0;
}

static int teardown(void **state)
{
    (void)state;
    classify_scratch_free(scratch);
    classifiers_free(classifiers);
    policy_unref(policy);
    return 0;
}

static struct reply_scan scan_of(bool mask)
{
    return (struct reply_scan){
        .classifiers = classifiers, .scratch = scratch, .policy = policy, .mask = mask};
}

static char *scan_whole(struct reply_scan *scan, const char *text, bool nested)
{
    struct reply_scan_text under_way = {.before = 0};
    struct buf out = BUF_INIT;
    assert_int_equal(
        reply_scan_feed(scan, &under_way, content_of(text, strlen(text)), true, nested, &out), 0);
    assert_int_equal(buf_append(&out, "", 1), 0);
    reply_scan_text_release(&under_way);
    return (char *)out.data;
}

#define FILLER                                                                                     \
    "Rivers carry what the rain gives them, slowly in summer and with great force when the snow "  \
    "melts in the hills above the town and the fields. "

static void test_masked_and_counted(void **state)
{
    static const struct {
        const char *text, *masked;
        enum pii_type type;
        unsigned count;
    } rows[] = {
        {"Your SSN is 536-22-8145.", "Your SSN is [US_SSN].", PII_US_SSN, 1},
        {FILLER FILLER "mail maria.gonzalez@acme-corp.com " FILLER,
         FILLER FILLER "mail [EMAIL_ADDRESS] " FILLER, PII_EMAIL_ADDRESS, 1},
        {"Card 4012 8888 8888 1881 or maria.gonzalez@acme-corp.com",
         "Card [CREDIT_CARD] or [EMAIL_ADDRESS]", PII_CREDIT_CARD, 1},
        {"Call (415) 867-5309.", "Call (415) 867-5309.", PII_PHONE_NUMBER, 1},
        {"Dear [PERSON_1], your [US_SSN] is safe.", "Dear [PERSON_1], your [US_SSN] is safe.",
         PII_PERSON, 0},
        {"", "", PII_PERSON, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct reply_scan masks = scan_of(true), counts = scan_of(false);
        char *masked = scan_whole(&masks, rows[i].text, false);
        char *counted = scan_whole(&counts, rows[i].text, false);
        assert_string_equal(masked, rows[i].masked);
        assert_string_equal(counted, rows[i].text);
        assert_int_equal(masks.found[rows[i].type], rows[i].count);
        assert_memory_equal(masks.found, counts.found, sizeof(masks.found));
        assert_int_equal(counts.masked, 0);
        free(masked);
        free(counted);
    }
}

static void test_json_stays_json(void **state)
{
    (void)state;
    struct reply_scan scan = scan_of(true);
    char *masked = scan_whole(
        &scan, "{\"ssn\":\"536-22-8145\",\"to\":\"maria.gonzalez@acme-corp.com\"}", true);
    assert_string_equal(masked, "{\"ssn\":\"[US_SSN]\",\"to\":\"[EMAIL_ADDRESS]\"}");
    free(masked);
}

static uint64_t seed = 11;

static size_t below(size_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(seed >> 33) % limit;
}

static const char *const pieces[] = {
    "Your SSN is 536-22-8145. ", "maria.gonzalez@acme-corp.com", " und Żółć 漢字 😀 ",  FILLER,
    "4012 8888 8888 1881",       " call (415) 867-5309 ",        "[EMAIL_ADDRESS_1] ", " x ",
};

/* A stream, cut anywhere, is masked as the whole is, and lags behind by a bounded number of bytes.
 */
static void test_any_cut(void **state)
{
    enum { ROUNDS = 60, TEXT_BYTES = 4096 };
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        char text[TEXT_BYTES] = "";
        for (size_t n = 1 + below(10); n > 0; n--) {
            const char *piece = pieces[below(sizeof(pieces) / sizeof(pieces[0]))];
            memcpy(text + strlen(text), piece, strlen(piece) + 1);
        }
        struct reply_scan one = scan_of(true), two = scan_of(true);
        struct reply_scan_text under_way = {.before = 0};
        struct buf out = BUF_INIT;
        char *whole = scan_whole(&one, text, false);
        size_t at = 0, len = strlen(text), most = 1 + below(40);
        while (at < len) {
            size_t n = 1 + below(most);
            n = n < len - at ? n : len - at;
            while ((text[at + n] & 0xC0) == 0x80)
                n++;
            assert_int_equal(
                reply_scan_feed(&two, &under_way, content_of(text + at, n), false, false, &out), 0);
            at += n;
            assert_true(under_way.bytes.len - under_way.before <= REPLY_SCAN_HELD_BYTES + 8);
        }
        assert_int_equal(reply_scan_feed(&two, &under_way, content_of("", 0), true, false, &out),
                         0);
        assert_int_equal(out.len, strlen(whole));
        assert_memory_equal(out.data, whole, out.len);
        assert_memory_equal(one.found, two.found, sizeof(one.found));
        reply_scan_text_release(&under_way);
        buf_release(&out);
        free(whole);
    }
}

static char *restore_all_of(struct reply_scan *scan, const char *bytes, bool events)
{
    struct restore *r = restore_new(NULL, scan);
    struct buf out = BUF_INIT;
    assert_non_null(r);
    assert_int_equal(events ? restore_events(r, bytes, strlen(bytes), &out)
                            : restore_body(r, bytes, strlen(bytes), &out),
                     0);
    assert_int_equal(buf_append(&out, "", 1), 0);
    restore_free(r);
    return (char *)out.data;
}

#define EVENT(delta, more)                                                                         \
    "data: {\"id\":\"i\",\"choices\":[{\"index\":0,\"delta\":" delta more "}]}\n\n"

static void test_answers(void **state)
{
    static const char body[] = "{\"choices\":[{\"message\":{\"content\":\"SSN 536-22-8145\"},"
                               "\"logprobs\":{\"content\":[{\"token\":\"536\"}]}}],\"id\":\"x\"}";
    static const char stream[] =
        EVENT("{\"content\":\"SSN 536-\"}", ",\"logprobs\":{\"content\":[]}")
            EVENT("{\"content\":\"22-8145\"}", "")
                EVENT("{}", ",\"finish_reason\":\"stop\"") "data: [DONE]\n\n";
    struct reply_scan masks = scan_of(true), counts = scan_of(false);
    (void)state;
    char *masked = restore_all_of(&masks, body, false);
    char *counted = restore_all_of(&counts, body, false);
    assert_string_equal(masked, "{\"choices\":[{\"message\":{\"content\":\"SSN [US_SSN]\"},"
                                "\"logprobs\":null}],\"id\":\"x\"}");
    assert_string_equal(counted, body);
    assert_int_equal(counts.found[PII_US_SSN], 1);
    free(masked);
    free(counted);
    masked = restore_all_of(&masks, stream, true);
    counted = restore_all_of(&counts, stream, true);
    assert_string_equal(
        masked, EVENT("{\"content\":\"\"}", ",\"logprobs\":null") EVENT("{\"content\":\"\"}", "")
                    EVENT("{\"content\":\"SSN [US_SSN]\"}", ",\"finish_reason\":null")
                        EVENT("{}", ",\"finish_reason\":\"stop\"") "data: [DONE]\n\n");
    assert_string_equal(counted, stream);
    assert_int_equal(counts.found[PII_US_SSN], 2);
    assert_int_equal(masks.masked, 2);
    free(masked);
    free(counted);
}

/* Scanned elsewhere, by its windows: the same as here, and nothing when a window is missing. */
static void test_two_walks(void **state)
{
    (void)state;
    static const char *const units[] = {
        FILLER,        "SSN 536-22-8145. ", "maria.gonzalez@acme-corp.com ", "4012 8888 8888 1881 ",
        "[PERSON_1] ", "\u00e9\u6f22 "};
    uint32_t draw = 5;
    for (size_t round = 0; round < 40; round++) {
        struct buf text = BUF_INIT;
        for (size_t i = 0; i < 1 + round; i++) {
            draw = draw * 1664525u + 1013904223u;
            assert_int_equal(buf_append_str(&text, units[(draw >> 16) % 6]), 0);
        }
        assert_int_equal(buf_append(&text, "", 1), 0);
        struct reply_scan here = scan_of(true), noted = scan_of(true), there = scan_of(true);
        struct reply_windows windows = {.items = NULL};
        struct classify_spans found = {.items = NULL};
        struct pii_set all = pii_set_all();
        struct facts facts = {.model = NULL};
        char *expected = scan_whole(&here, (char *)text.data, false);
        noted.collect = &windows;
        free(scan_whole(&noted, (char *)text.data, false));
        reply_windows_close(&windows);
        struct classify_input input = {.texts = windows.items,
                                       .text_count = windows.count,
                                       .skip_complexity = true,
                                       .once = true,
                                       .wanted = &all,
                                       .spans = &found};
        classify_request(classifiers, scratch, &input, &facts, NULL);
        assert_int_equal(facts.unclassified, UNCLASSIFIED_NONE);
        there.read = &found;
        there.window_count = windows.count;
        char *got = scan_whole(&there, (char *)text.data, false);
        assert_string_equal(got, expected);
        assert_int_equal(there.masked, here.masked);
        assert_memory_equal(there.found, here.found, sizeof(here.found));
        there.window = there.span = 0;
        there.window_count--;
        struct reply_scan_text under_way = {.before = 0};
        struct buf out = BUF_INIT;
        assert_int_equal(reply_scan_feed(&there, &under_way, content_of(text.data, text.len - 1),
                                         true, false, &out),
                         ERR_BAD_STATE);
        reply_scan_text_release(&under_way);
        buf_release(&out);
        free(got);
        free(expected);
        classify_spans_release(&found);
        reply_windows_release(&windows);
        buf_release(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_masked_and_counted),
        cmocka_unit_test(test_two_walks),
        cmocka_unit_test(test_json_stays_json),
        cmocka_unit_test(test_any_cut),
        cmocka_unit_test(test_answers),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
