/* Which answers are good enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "engine/engine.h"
#include "gateway/cascade.h"

static enum cascade_verdict judge(const char *text, float confidence)
{
    return cascade_judge(content_of(text, strlen(text)), confidence, 0.5f, false);
}

static void looks_decide(void **state)
{
    static const struct {
        enum cascade_verdict verdict;
        const char *text;
    } cases[] = {
        {CASCADE_KEPT, "Paris."},
        {CASCADE_KEPT, "42"},
        {CASCADE_KEPT, "东京"},
        {CASCADE_KEPT, "The answer has two parts. First, the river; then the sea. I cannot say it "
                       "better than the poets did, and they said that it was long and that the "
                       "water was cold, so that nobody ever swam there, I'm sorry to say."},
        {CASCADE_EMPTY, ""},
        {CASCADE_EMPTY, " \n...\n"},
        {CASCADE_REFUSAL, "I'm sorry, but I can't help with that."},
        {CASCADE_REFUSAL, "As an AI language model, I have no opinion."},
        {CASCADE_REFUSAL, "Unfortunately, I don\xe2\x80\x99t know the answer."},
        {CASCADE_REPETITION,
         "the cat sat on the mat the cat sat on the mat the cat sat on the mat "
         "the cat sat on the mat the cat sat on the mat the cat sat on the mat"},
        {CASCADE_INVALID_JSON, "{\"name\": \"Anna\", \"age\": }"},
        {CASCADE_INVALID_JSON, "```json\n[1, 2\n```"},
        {CASCADE_INVALID_JSON, "```json\n{\"cut\": 1"},
        {CASCADE_KEPT, "{\"name\": \"Anna\"}"},
        {CASCADE_KEPT, "\n```json\n[1, 2]\n```\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (judge(cases[i].text, 0.9f) != cases[i].verdict)
            fail_msg("%s: %s", cases[i].text, cascade_verdict_name(judge(cases[i].text, 0.9f)));
}

static void confidence_decides(void **state)
{
    (void)state;
    assert_int_equal(judge("Paris.", 0.5f), CASCADE_KEPT);
    assert_int_equal(judge("Paris.", 0.49f), CASCADE_LOW_CONFIDENCE);
    assert_int_equal(cascade_judge(content_of("Paris", 5), 0.9f, 0.5f, true), CASCADE_CUT_OFF);
}

static void confidence_is_the_mean_chance(void **state)
{
    const struct engine_logprob rows[4] = {
        {.logprob = -0.6931472f}, {.logprob = -5}, {.logprob = -0.6931472f}, {.logprob = -9}};
    struct cascade_confidence c = {.tokens = 0};
    (void)state;
    assert_true(fabsf(cascade_confidence(&c)) < 1e-6f);
    cascade_note(&c, rows, 2, 2);
    assert_true(fabsf(cascade_confidence(&c) - 0.5f) < 1e-4f);
    const struct engine_logprob odd = {.logprob = NAN};
    cascade_note(&c, &odd, 1, 1);
    assert_true(fabsf(cascade_confidence(&c)) < 1e-6f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looks_decide),
        cmocka_unit_test(confidence_decides),
        cmocka_unit_test(confidence_is_the_mean_chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
