#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/classify.h"
#include "tests/unit/gateway/fake_classifiers.h"

static struct classifiers *classifiers;
static struct classify_scratch *scratch;

static int setup(void **state)
{
    (void)state;
    return classifiers_new(&classifiers, NULL) != 0 || classify_scratch_new(0, &scratch, NULL) != 0;
}

static int teardown(void **state)
{
    (void)state;
    classify_scratch_free(scratch);
    classifiers_free(classifiers);
    return atomic_load(&fake_scratches) != 0;
}

static int reset(void **state)
{
    (void)state;
    atomic_store(&fake_scans, 0);
    atomic_store(&fake_scores, 0);
    atomic_store(&fake_score_fails, false);
    return 0;
}

static struct classify_text text_of(const char *text, bool turn)
{
    return (struct classify_text){
        .text = content_of(text, strlen(text)), .role = COMPLEXITY_USER, .turn = turn};
}

static void test_every_text_is_scanned(void **state)
{
    (void)state;
    enum { TEXTS = 300 };
    static struct classify_text texts[TEXTS];
    struct facts facts = {.model = "kept", .prompt_tokens = 9, .unclassified = UNCLASSIFIED_ERROR};
    struct classify_times times = {.pii_us = 1};
    for (unsigned i = 0; i < TEXTS; i++)
        texts[i] = text_of("hello", i % 3 == 0);
    struct classify_input input = {.texts = texts, .text_count = TEXTS, .max_tokens = 5};
    classify_request(classifiers, scratch, &input, &facts, &times);
    assert_int_equal(facts.unclassified, UNCLASSIFIED_NONE);
    /* and each turn but the first once more, where it meets the one before it */
    assert_int_equal(atomic_load(&fake_scans), TEXTS + TEXTS / 3 - 1);
    assert_int_equal(atomic_load(&fake_turns), TEXTS / 3);
    assert_int_equal(facts.pii.count[PII_EMAIL_ADDRESS], TEXTS);
    assert_int_equal(facts.text_bytes, 5 * TEXTS);
    assert_int_equal(facts.complexity.tier, TIER_COMPLEX);
    assert_string_equal(facts.model, "kept");
    assert_int_equal(facts.prompt_tokens, 9);
    /* a second request starts from nothing */
    input.text_count = 1;
    classify_request(classifiers, scratch, &input, &facts, NULL);
    assert_int_equal(facts.pii.count[PII_EMAIL_ADDRESS], 1);
    input.text_count = 0;
    classify_request(classifiers, scratch, &input, &facts, NULL);
    assert_int_equal(facts.unclassified, UNCLASSIFIED_NONE);
    assert_int_equal(facts.pii.count[PII_EMAIL_ADDRESS], 0);
}

static enum unclassified outcome(struct classify_input input)
{
    struct facts facts = {.model = NULL};
    classify_request(classifiers, scratch, &input, &facts, NULL);
    return facts.unclassified;
}

/* What went wrong is never hidden by a milder word. */
static void test_fails_closed(void **state)
{
    (void)state;
    struct classify_text good[] = {text_of("a", true)};
    struct classify_text bad[] = {text_of("a", true), text_of("FAIL", false), text_of("b", true)};
    struct classify_input ok = {.texts = good, .text_count = 1};
    struct classify_input fails = {.texts = bad, .text_count = 3};
    assert_int_equal(outcome(ok), UNCLASSIFIED_NONE);
    assert_int_equal(outcome(fails), UNCLASSIFIED_ERROR);
    fails.unscannable = true;
    assert_int_equal(outcome(fails), UNCLASSIFIED_ERROR);
    fails.skip_complexity = true;
    assert_int_equal(outcome(fails), UNCLASSIFIED_ERROR);
    fails.skip_pii = true; /* nothing is scanned, so nothing fails */
    assert_int_equal(outcome(fails), UNCLASSIFIED_UNSCANNABLE);
    fails.unscannable = false;
    assert_int_equal(outcome(fails), UNCLASSIFIED_OFF);

    struct classify_input image = ok;
    image.unscannable = true;
    assert_int_equal(outcome(image), UNCLASSIFIED_UNSCANNABLE);
    atomic_store(&fake_score_fails, true);
    assert_int_equal(outcome(ok), UNCLASSIFIED_ERROR);
    ok.skip_pii = true; /* the operator's word does not cover an error */
    assert_int_equal(outcome(ok), UNCLASSIFIED_ERROR);
    ok.skip_complexity = true;
    assert_int_equal(outcome(ok), UNCLASSIFIED_OFF);
    atomic_store(&fake_score_fails, false);

    atomic_bool stop = true;
    struct classify_input stopped = {.texts = good, .text_count = 1, .stop = &stop};
    assert_int_equal(outcome(stopped), UNCLASSIFIED_TIMEOUT);
    stopped.skip_pii = true;
    assert_int_equal(outcome(stopped), UNCLASSIFIED_TIMEOUT);
}

static void test_switched_off(void **state)
{
    (void)state;
    struct classify_text texts[] = {text_of("a", true)};
    struct classify_input input = {
        .texts = texts, .text_count = 1, .skip_pii = true, .skip_complexity = true};
    assert_int_equal(outcome(input), UNCLASSIFIED_OFF);
    assert_int_equal(atomic_load(&fake_scans), 0);
    assert_int_equal(atomic_load(&fake_scores), 0);
    input.skip_pii = false;
    assert_int_equal(outcome(input), UNCLASSIFIED_NONE);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup(test, reset)
    const struct CMUnitTest tests[] = {
        CASE(test_every_text_is_scanned),
        CASE(test_fails_closed),
        CASE(test_switched_off),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
