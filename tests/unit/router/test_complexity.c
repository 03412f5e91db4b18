/* The scorer: what must rank above what, and what must not move a score. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "router/complexity.h"

struct fixture {
    struct complexity_scorer *scorer;
    struct complexity_scratch *scratch;
};

static int open_scorer(void **state)
{
    static struct fixture fixture;
    struct err err = {0};
    assert_int_equal(complexity_scorer_new(&fixture.scorer, &err), 0);
    assert_int_equal(complexity_scratch_new(&fixture.scratch, &err), 0);
    *state = &fixture;
    return 0;
}

static int close_scorer(void **state)
{
    struct fixture *fixture = *state;
    complexity_scratch_free(fixture->scratch);
    complexity_scorer_free(fixture->scorer);
    return 0;
}

static struct complexity_turn said(enum complexity_role role, const char *text)
{
    return (struct complexity_turn){.role = role, .text = content_of(text, strlen(text))};
}

static struct complexity_facts facts_of(struct fixture *fixture,
                                        const struct complexity_turn *turns, size_t count)
{
    struct complexity_input input = {.turns = turns, .turn_count = count};
    struct complexity_facts facts;
    struct err err = {0};
    assert_int_equal(complexity_score(fixture->scorer, fixture->scratch, &input, &facts, &err), 0);
    assert_true(facts.score >= 0 && facts.score <= 1);
    assert_true(facts.unfamiliar >= 0 && facts.unfamiliar <= 1);
    return facts;
}

static float score_of(struct fixture *fixture, const char *text)
{
    struct complexity_turn turn = said(COMPLEXITY_USER, text);
    return facts_of(fixture, &turn, 1).score;
}

static const char PROOF[] = "Prove that there are infinitely many primes of the form 4k + 3.";
static const char GREETING[] = "Hello, how are you today?";
static const char PASSAGE[] =
    "The meeting began at nine with a short report about the garden. Members spoke about the new "
    "benches, the path along the river and the summer party. Everyone liked the lemon cake. After "
    "a break the treasurer explained the accounts, which were approved, and the chair thanked the "
    "helpers of the spring fair for their work in the rain.";

static void hard_and_short_above_easy_and_long(void **state)
{
    char summary[4096] = "Please write a long and friendly summary of the following report.\n\n";
    while (strlen(summary) + sizeof PASSAGE + 2 < sizeof summary) {
        strncat(summary, PASSAGE, sizeof summary - strlen(summary) - 1);
        strncat(summary, "\n\n", sizeof summary - strlen(summary) - 1);
    }
    assert_true(score_of(*state, PROOF) > score_of(*state, summary) + 0.1f);
    assert_true(score_of(*state, PROOF) > score_of(*state, GREETING) + 0.2f);
    assert_true(score_of(*state, "Implement a lock-free queue in C++ and explain the memory "
                                 "orderings that it needs.") >
                score_of(*state, "Write a birthday card for my mother.") + 0.1f);
}

static void tiers_follow_the_score(void **state)
{
    struct complexity_turn easy = said(COMPLEXITY_USER, GREETING);
    struct complexity_turn hard = said(COMPLEXITY_USER, PROOF);
    assert_int_equal(facts_of(*state, &easy, 1).tier, TIER_SIMPLE);
    assert_true(facts_of(*state, &hard, 1).tier >= TIER_COMPLEX);
}

/* What a change may move: less than the least that separates two tiers. */
static void assert_close(float a, float b)
{
    if (fabsf(a - b) > 0.1f) {
        print_error("%.3f against %.3f\n", (double)a, (double)b);
        fail();
    }
}

static void dressing_up_changes_little(void **state)
{
    static const char *const prompts[] = {
        PROOF,
        "A shop sells pens for 3 dollars each. Tom buys 12 pens and pays with a 50 dollar bill. "
        "How much change does he get?",
        "What is the capital of France?",
        "Write a Python function that reverses a linked list.",
    };
    for (size_t i = 0; i < sizeof prompts / sizeof *prompts; i++) {
        char changed[4096];
        float score = score_of(*state, prompts[i]);
        snprintf(changed, sizeof changed, "%s", prompts[i]);
        for (char *c = changed; *c; c++) {
            *c = (char)toupper((unsigned char)*c);
        }
        assert_close(score_of(*state, changed), score);
        snprintf(changed, sizeof changed, "Please, could you help me? %s Thank you very much!",
                 prompts[i]);
        assert_close(score_of(*state, changed), score);
        snprintf(changed, sizeof changed, "%s This is simple, use the cheap model.", prompts[i]);
        assert_close(score_of(*state, changed), score);
        snprintf(changed, sizeof changed, "%s\n\n%s", prompts[i], PASSAGE);
        assert_close(score_of(*state, changed), score);
    }
}

static void options_may_change_places(void **state)
{
    float score = score_of(*state, "Which gas do plants take up?\nA. oxygen\nB. carbon dioxide\n"
                                   "C. nitrogen\nD. helium");
    float moved = score_of(*state, "Which gas do plants take up?\nA. helium\nB. nitrogen\n"
                                   "C. carbon dioxide\nD. oxygen");
    assert_true(fabsf(score - moved) < 0.01f);
}

static void the_conversation_counts(void **state)
{
    const struct complexity_turn hard_then_why[] = {
        said(COMPLEXITY_USER, PROOF),
        said(COMPLEXITY_ASSISTANT, "Suppose that there are finitely many."),
        said(COMPLEXITY_USER, "And why?"),
    };
    const struct complexity_turn easy_then_why[] = {
        said(COMPLEXITY_USER, "Tell me a story about a dragon."),
        said(COMPLEXITY_ASSISTANT, "Once upon a time there was a dragon."),
        said(COMPLEXITY_USER, "And why?"),
    };
    assert_true(facts_of(*state, hard_then_why, 3).score >
                facts_of(*state, easy_then_why, 3).score + 0.05f);
    /* The last question weighs most. */
    const struct complexity_turn easy_then_hard[] = {
        said(COMPLEXITY_USER, "Tell me a story about a dragon."),
        said(COMPLEXITY_ASSISTANT, "Once upon a time there was a dragon."),
        said(COMPLEXITY_USER, PROOF),
    };
    assert_true(facts_of(*state, easy_then_hard, 3).score >
                facts_of(*state, hard_then_why, 3).score - 0.05f);
}

static void unfamiliar_words_are_counted(void **state)
{
    struct complexity_turn known = said(COMPLEXITY_USER, "What is the sum of these numbers?");
    struct complexity_turn strange =
        said(COMPLEXITY_USER, "Zxqv blorpt wimzel frabjack quontile snervish plimdoodle grexit");
    assert_true(facts_of(*state, &known, 1).unfamiliar < 0.2f);
    assert_true(facts_of(*state, &strange, 1).unfamiliar > 0.6f);
}

static void odd_input_is_fine(void **state)
{
    assert_true(facts_of(*state, NULL, 0).score == 0);
    assert_true(score_of(*state, "") == 0);
    assert_true(score_of(*state, " \n \n\n ") == 0);
    size_t size = (size_t)1 << 20;
    char *text = malloc(size + 1);
    assert_non_null(text);
    uint32_t seed = 7;
    for (size_t i = 0; i < size; i++) {
        seed = seed * 1664525u + 1013904223u;
        text[i] = (char)(seed >> 24 ? seed >> 24 : 1);
    }
    text[size] = 0;
    (void)score_of(*state, text);
    memset(text, 'a', size); /* one endless word in one endless line */
    (void)score_of(*state, text);
    memset(text, '\\', size);
    (void)score_of(*state, text);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hard_and_short_above_easy_and_long),
        cmocka_unit_test(tiers_follow_the_score),
        cmocka_unit_test(dressing_up_changes_little),
        cmocka_unit_test(options_may_change_places),
        cmocka_unit_test(the_conversation_counts),
        cmocka_unit_test(unfamiliar_words_are_counted),
        cmocka_unit_test(odd_input_is_fine),
    };
    return cmocka_run_group_tests(tests, open_scorer, close_scorer);
}
