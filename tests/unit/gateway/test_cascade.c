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
    return cascade_judge(
        &(struct cascade_answer){.text = content_of(text, strlen(text)), .confidence = confidence},
        0.5f);
}

static enum cascade_verdict judge_json(const char *text)
{
    return cascade_judge(&(struct cascade_answer){.text = content_of(text, strlen(text)),
                                                  .confidence = 0.9f,
                                                  .json = true},
                         0.5f);
}

#define FIVE(text) text text text text text

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
        {CASCADE_KEPT, "[Verse 1]\nThe river carries me away"},
        {CASCADE_KEPT, "[TOOL_CALLS] [{\"name\": \"weather\", \"arguments\": {}}]"},
        {CASCADE_KEPT, "{\"name\": \"a\", \"parameters\": {}}; {\"name\": \"b\"}"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (judge(cases[i].text, 0.9f) != cases[i].verdict)
            fail_msg("%s: %s", cases[i].text, cascade_verdict_name(judge(cases[i].text, 0.9f)));
}

static void refusals_in_other_languages(void **state)
{
    static const char *const refusals[] = {
        "Es tut mir leid, aber dabei kann ich nicht helfen.",
        "Das weiß ich leider nicht.",
        "ALS KI habe ich keine Meinung.",
        "Désolé, je ne peux pas vous aider.",
        "Je ne sais pas.",
        "En tant qu\xe2\x80\x99IA, je n'ai pas d'avis.",
        "Lo siento, no puedo ayudarte con eso.",
        "No sé.",
        "Non posso aiutarti.",
        "Não sei responder.",
        "Ik weet het niet.",
        "Извините, я не могу помочь.",
        "对不起，我无法回答这个问题。",
        "很抱歉，我不能提供帮助。",
        "申し訳ありませんが、お答えできません。",
        "죄송합니다. 도와드릴 수 없습니다.",
    };
    static const char *const answers[] = {
        "Als Kind lebte er in Wien, danach in Prag und in Berlin.",
        "Ich kann dir dabei helfen: zuerst die Klammern, dann die Summe.",
        "Je sais que Paris est la capitale de la France.",
        "Non solo Roma, ma anche Milano.",
        "首都是北京。",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (judge(refusals[i], 0.9f) != CASCADE_REFUSAL)
            fail_msg("%s: %s", refusals[i], cascade_verdict_name(judge(refusals[i], 0.9f)));
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (judge(answers[i], 0.9f) != CASCADE_KEPT)
            fail_msg("%s: %s", answers[i], cascade_verdict_name(judge(answers[i], 0.9f)));
}

static void what_has_no_spaces_repeats_as_well(void **state)
{
    (void)state;
    assert_int_equal(judge(FIVE(FIVE("我喜欢吃苹果。")), 0.9f), CASCADE_REPETITION);
    assert_int_equal(judge(FIVE(FIVE("ハハ")), 0.9f), CASCADE_REPETITION);
    assert_int_equal(judge(FIVE(FIVE(FIVE("abcabcabc"))), 0.9f), CASCADE_REPETITION);
    assert_int_equal(judge("首都是北京，人口两千多万。它在华北平原的北边，有三千年历史，故宫和长城"
                           "每年都有许多人来看。",
                           0.9f),
                     CASCADE_KEPT);
}

/* Only what was asked to be JSON has to be some. */
static void json_that_was_asked_for(void **state)
{
    static const struct {
        enum cascade_verdict verdict;
        const char *text;
    } cases[] = {
        {CASCADE_INVALID_JSON, "{\"name\": \"Anna\", \"age\": }"},
        {CASCADE_INVALID_JSON, " [1, 2"},
        {CASCADE_INVALID_JSON, "```json\n[1, 2\n```"},
        {CASCADE_INVALID_JSON, "```json\n{\"cut\": 1"},
        {CASCADE_INVALID_JSON, "```json\n{\"cut\": 1}"},
        {CASCADE_INVALID_JSON, "Here it is:\n```\n{\"a\": 1,}\n```\n"},
        {CASCADE_KEPT, "{\"name\": \"Anna\"}"},
        {CASCADE_KEPT, "\n```json\n[1, 2]\n```\n"},
        {CASCADE_KEPT, "Here it is:\n```JSON\n{\"a\": 1}\n```\nThe key is a."},
        {CASCADE_KEPT, "JSON is a notation for objects and lists."},
        {CASCADE_KEPT, "```python\nimport json\n```"},
        {CASCADE_KEPT, "a fence: ```"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (judge_json(cases[i].text) != cases[i].verdict)
            fail_msg("%s: %s", cases[i].text, cascade_verdict_name(judge_json(cases[i].text)));
    assert_true(cascade_speaks_of_json(content_of("Answer in JSON", 14)));
    assert_true(cascade_speaks_of_json(content_of("a json", 6)));
    assert_false(cascade_speaks_of_json(content_of("a jso", 5)));
    assert_false(cascade_speaks_of_json(content_of("", 0)));
}

static void confidence_decides(void **state)
{
    (void)state;
    assert_int_equal(judge("Paris.", 0.5f), CASCADE_KEPT);
    assert_int_equal(judge("Paris.", 0.49f), CASCADE_LOW_CONFIDENCE);
    struct cascade_answer cut = {
        .text = content_of("Paris", 5), .confidence = 0.9f, .cut_off = true};
    assert_int_equal(cascade_judge(&cut, 0.5f), CASCADE_CUT_OFF);
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
        cmocka_unit_test(refusals_in_other_languages),
        cmocka_unit_test(what_has_no_spaces_repeats_as_well),
        cmocka_unit_test(json_that_was_asked_for),
        cmocka_unit_test(confidence_decides),
        cmocka_unit_test(confidence_is_the_mean_chance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
