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

/* Of two word problems of the same length the one with more to combine. */
static void steps_count(void **state)
{
    static const char *few[] = {"In May 12 red and white cows stood quietly on the big green field "
                                "behind the old farm house by the river, and 5 of the cows were "
                                "brown. How many cows were red and white?",
                                "Ben has 9 blue marbles in a small box under his bed, and his "
                                "friend gives him 4 more green marbles after school. How many "
                                "marbles does Ben have in the box now altogether?"};
    static const char *many[] = {"Tom sells 12 cards at 3 dollars each and twice as many at half "
                                 "the price, then pays 20% of the total for the stall and splits "
                                 "the rest with 2 friends. How much does each get?",
                                 "Each hour a pump fills 40 litres more than before. It started at "
                                 "60 litres per hour and runs 5 hours every day, but a third is "
                                 "lost. How much remains after 2 days?"};
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 2; j++)
            assert_true(score_of(*state, many[i]) > score_of(*state, few[j]) + 0.05f);
}

/* On word problems small models fail the more often the longer they are, whatever the steps. */
static void long_word_problems_are_harder(void **state)
{
    float brief = score_of(*state, "Nina has 14 jars of jam and gives 5 jars to her sister. She "
                                   "then makes 3 times as many jars as she has left. How many jars "
                                   "of jam does she have now?");
    float told = score_of(*state, "Nina lives in a small village near the coast and has 14 jars of "
                                  "jam in her kitchen. On Sunday her sister comes for a visit, and "
                                  "Nina gives 5 jars of jam to her sister. The week after she "
                                  "picks berries with her friends, and she then makes 3 times as "
                                  "many jars as she has left. How many jars of jam does Nina have "
                                  "in her kitchen now?");
    assert_true(told > brief + 0.18f);
    assert_true(score_of(*state, "Prove that 7 is prime.") > brief);
}

static void other_languages_are_told_by_what_they_ask(void **state)
{
    static const char *easy[] = {"Wie heißt die Hauptstadt von Portugal?", "¿Qué hora es en Lima?",
                                 "Merci pour ton aide !", "法国的首都是哪里？"};
    static const char *hard[] = {"Beweise, dass die Wurzel aus 7 irrational ist.",
                                 "Demuestra que la raíz de 7 es irracional.",
                                 "Démontre que la racine carrée de 7 est irrationnelle."};
    for (size_t i = 0; i < sizeof(hard) / sizeof(hard[0]); i++)
        for (size_t j = 0; j < sizeof(easy) / sizeof(easy[0]); j++)
            assert_true(score_of(*state, hard[i]) > score_of(*state, easy[j]) + 0.1f);
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

/* What is said again and again, pasted to be read, or only set in bold, is no reason either. */
static void repeating_and_pasting_change_little(void **state)
{
    static const char question[] = "Write a Python function that reverses a linked list.";
    char changed[8192];
    float score = score_of(*state, question);
    snprintf(changed, sizeof changed, "%s", question);
    for (int i = 0; i < 5; i++)
        strncat(changed, " This is easy and simple.", sizeof changed - strlen(changed) - 1);
    assert_close(score_of(*state, changed), score);
    snprintf(changed, sizeof changed, "%s", question);
    for (int i = 0; i < 12; i++) {
        strncat(changed, "\n\n", sizeof changed - strlen(changed) - 1);
        strncat(changed, PASSAGE, sizeof changed - strlen(changed) - 1);
    }
    assert_close(score_of(*state, changed), score);
    float bold = score_of(*state, "Was ist die **Hauptstadt** von **Portugal**?");
    assert_true(fabsf(bold - score_of(*state, "Was ist die Hauptstadt von Portugal?")) < 0.02f);
    /* A power is no bold. */
    assert_true(score_of(*state, "What is 12 ** 7 + 3**9?") !=
                score_of(*state, "What is 12 7 + 3 9?"));
}

static void options_may_change_places(void **state)
{
    float score = score_of(*state, "Which gas do plants take up?\nA. oxygen\nB. carbon dioxide\n"
                                   "C. nitrogen\nD. helium");
    float moved = score_of(*state, "Which gas do plants take up?\nA. helium\nB. nitrogen\n"
                                   "C. carbon dioxide\nD. oxygen");
    assert_true(fabsf(score - moved) < 0.01f);
}

/* Small models fall far behind in some subjects of examinations and hardly in others. */
static void subjects_tell_how_hard(void **state)
{
    static const char *const behind[] = {
        "Which of these is clearly wrong by ordinary moral standards? Scenario 1: I hid the keys "
        "of "
        "my neighbour's car. Scenario 2: I greeted the postman.\nA. Wrong, Wrong\nB. Wrong, Not "
        "wrong\nC. Not wrong, Wrong\nD. Not wrong, Not wrong",
        "A 2 kg block slides down a frictionless incline of 30 degrees. What is its "
        "acceleration?\nA. 4.9 m/s^2\nB. 9.8 m/s^2\nC. 2 m/s^2\nD. 0",
        "A sample of 50 students gives a 95% confidence interval for the mean. What happens to "
        "its width for 200 students?\nA. it halves\nB. it doubles\nC. nothing\nD. it vanishes",
    };
    static const char *const level[] = {
        "Which festival ends the fast of Ramadan in Islam?\nA. Eid al-Fitr\nB. Diwali\nC. "
        "Passover\nD. Lent",
        "Giving a brand a place in the minds of consumers is called\nA. positioning\nB. "
        "segmentation\nC. distribution\nD. pricing",
        "Who presides over the Senate of the United States?\nA. the Vice President\nB. the "
        "Speaker\nC. the Chief Justice\nD. the President",
    };
    for (size_t i = 0; i < sizeof behind / sizeof *behind; i++)
        for (size_t j = 0; j < sizeof level / sizeof *level; j++)
            assert_true(score_of(*state, behind[i]) > score_of(*state, level[j]) + 0.02f);
}

static float score_of_choice(struct fixture *fixture, const char *question,
                             const char *const *options, size_t count)
{
    char text[2048];
    size_t len = (size_t)snprintf(text, sizeof text, "%s", question);
    for (size_t i = 0; i < count; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "\n%c. %s", (int)('A' + (int)i),
                                options[i]);
    assert_true(len < sizeof text);
    return score_of(fixture, text);
}

/* With four options sums gain far more than knowledge, with ten less so: nobody guesses those. */
static void many_options_have_gains_of_their_own(void **state)
{
    static const char knowledge[] = "Which organelle of a plant cell carries out photosynthesis, "
                                    "and which membrane holds its chlorophyll?";
    static const char *const organelles[] = {"The chloroplast; the thylakoid",
                                             "The nucleus; the envelope",
                                             "The ribosome; none",
                                             "The vacuole; the tonoplast",
                                             "The mitochondrion; the cristae",
                                             "The Golgi body; the cisternae",
                                             "The peroxisome; its single one",
                                             "The cell wall; the plasma membrane",
                                             "The lysosome; its single one",
                                             "The chromoplast; the outer one"};
    static const char sum[] = "What is the maximum bending moment of a simply supported steel beam "
                              "of 6 m under a uniform load of 2 kN/m?";
    static const char *const moments[] = {"9 kN m",   "6 kN m",  "12 kN m", "18 kN m",  "3 kN m",
                                          "4.5 kN m", "36 kN m", "72 kN m", "1.5 kN m", "24 kN m"};
    float of_four = score_of_choice(*state, sum, moments, 4) -
                    score_of_choice(*state, knowledge, organelles, 4);
    float of_ten = score_of_choice(*state, sum, moments, 10) -
                   score_of_choice(*state, knowledge, organelles, 10);
    assert_true(of_four > 0.1f);
    assert_true(of_ten < of_four - 0.05f);
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
    /* Parts of one message are asked together, whichever comes last. */
    const char *thanks = "Thank you very much for all of your help with this today!";
    struct complexity_turn parts[] = {said(COMPLEXITY_USER, "Tell me a story about a dragon."),
                                      said(COMPLEXITY_USER, PROOF), said(COMPLEXITY_USER, thanks)};
    float apart = facts_of(*state, parts, 3).score;
    parts[2].goes_on = true;
    struct complexity_facts together = facts_of(*state, parts, 3);
    assert_true(together.score > apart + 0.05f);
    assert_int_equal(together.task, TASK_MATHS);
    /* The last question weighs most. */
    const struct complexity_turn easy_then_hard[] = {
        said(COMPLEXITY_USER, "Tell me a story about a dragon."),
        said(COMPLEXITY_ASSISTANT, "Once upon a time there was a dragon."),
        said(COMPLEXITY_USER, PROOF),
    };
    assert_true(facts_of(*state, easy_then_hard, 3).score >
                facts_of(*state, hard_then_why, 3).score - 0.05f);
}

/* A message in which nothing asks counts as much as another: only beside a request is it less. */
static void a_text_alone_counts_as_a_message(void **state)
{
    const struct complexity_turn proof_then_text[] = {
        said(COMPLEXITY_USER, PROOF),
        said(COMPLEXITY_ASSISTANT, "Suppose that there are finitely many."),
        said(COMPLEXITY_USER, PASSAGE),
    };
    assert_true(facts_of(*state, proof_then_text, 3).score < score_of(*state, PROOF) - 0.05f);
}

static void unfamiliar_words_are_counted(void **state)
{
    struct complexity_turn known = said(COMPLEXITY_USER, "What is the sum of these numbers?");
    struct complexity_turn strange =
        said(COMPLEXITY_USER, "Zxqv blorpt wimzel frabjack quontile snervish plimdoodle grexit");
    /* One known word of hard requests in such a text is no reason to send it away. */
    struct complexity_turn hard =
        said(COMPLEXITY_USER, "Prove zxqv blorpt wimzel frabjack quontile snervish plimdoodle");
    assert_true(facts_of(*state, &known, 1).unfamiliar < 0.2f);
    assert_true(facts_of(*state, &strange, 1).unfamiliar > 0.6f);
    assert_true(facts_of(*state, &strange, 1).score < 0.4f);
    assert_true(facts_of(*state, &hard, 1).score < 0.4f);
    /* Nothing known at all: policies that send away from .4 on leave it to their default. */
    assert_true(score_of(*state, "kjsdhf qwlkej zxmcnb pqowie") < 0.35f);
    assert_true(score_of(*state, "ঢাকা শহরের জনসংখ্যা কত?") < 0.35f);
}

static struct complexity_facts facts_of_text(struct fixture *fixture, const char *text)
{
    struct complexity_turn turn = said(COMPLEXITY_USER, text);
    return facts_of(fixture, &turn, 1);
}

static void tasks_are_told_apart(void **state)
{
    static const struct {
        enum complexity_task task;
        const char *text;
    } cases[] = {
        {TASK_CHAT, "thanks, that helped"},
        {TASK_QUESTION, "Why do cats purr when they are content?"},
        {TASK_CHOICE, "Which gas do plants take up?\nA. oxygen\nB. carbon dioxide\nC. nitrogen"},
        {TASK_MATHS, "A shop sells pens for 3 dollars each. Tom buys 12 pens and pays with a 50 "
                     "dollar bill. How much change does he get?"},
        {TASK_CODE, "Write a Python function that reverses a linked list."},
        {TASK_WRITING, "Write a short poem about rain on a tin roof."},
        {TASK_SUMMARISE, "Summarize the following text in three sentences."},
        {TASK_TRANSLATE, "Translate this sentence to French: the train is late."},
        {TASK_REWRITE, "Fix the grammar: he go to school"},
        {TASK_EXTRACT, "Extract all names and dates from the text below as JSON."},
        {TASK_CLASSIFY, "Is this review positive or negative? The box was broken."},
        {TASK_ROLEPLAY, "Pretend to be a pirate and tell me of your ship."},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum complexity_task task = facts_of_text(*state, cases[i].text).task;
        if (task != cases[i].task)
            fail_msg("%s: %s", cases[i].text, complexity_task_name(task));
    }
    /* Pasted text is not what is asked for. */
    char text[2048];
    snprintf(text, sizeof(text), "Summarize the following text.\n\n%s\n\n%s", PASSAGE, PASSAGE);
    assert_int_equal(facts_of_text(*state, text).task, TASK_SUMMARISE);
}

static void domains_are_told_apart(void **state)
{
    assert_int_equal(facts_of_text(*state, "Write a C function that frees a linked list.").domain,
                     DOMAIN_COMPUTING);
    assert_int_equal(facts_of_text(*state, "What helps against high blood pressure?").domain,
                     DOMAIN_HEALTH);
    assert_int_equal(facts_of_text(*state, "Is a non-disclosure agreement binding?").domain,
                     DOMAIN_LAW);
    assert_int_equal(facts_of_text(*state, "Solve 3x + 4 = 19 for x.").domain, DOMAIN_MATHS);
}

/* No template speaks of these: their vectors do. */
static void words_are_known_by_their_vectors(void **state)
{
    static const struct {
        enum complexity_domain domain;
        const char *text;
    } cases[] = {{DOMAIN_HEALTH, "Is scoliosis hereditary?"},
                 {DOMAIN_SCIENCE, "What does a pulsar emit?"},
                 {DOMAIN_SCIENCE, "How do lichens and mosses grow?"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum complexity_domain domain = facts_of_text(*state, cases[i].text).domain;
        if (domain != cases[i].domain)
            fail_msg("%s: %s", cases[i].text, complexity_domain_name(domain));
    }
}

static void needs_are_noticed(void **state)
{
    struct complexity_facts facts = facts_of_text(*state, "What is the weather in Oslo today?");
    assert_true(facts.needs_recent && !facts.needs_tools);
    facts = facts_of_text(*state, "Please search the web for a cheap flight and send me a message");
    assert_true(facts.needs_tools);
    facts = facts_of_text(*state, "Explain photosynthesis to a child.");
    assert_false(facts.needs_tools || facts.needs_recent || facts.follows);
    facts = facts_of_text(*state, "Write a JavaScript function that uses fetch to download a file "
                                  "and parses the response.");
    assert_false(facts.needs_tools);
    assert_true(facts_of_text(*state, "Fetch my newest mail and tell me who wrote.").needs_tools);
    assert_true(facts_of_text(*state, "Wie wird das Wetter morgen in Bremen?").needs_recent);
    /* What a pasted text says is not what is asked for. */
    char text[2048];
    snprintf(text, sizeof(text), "Summarize the following text.\n\n%s\nToday the weather is fine.",
             PASSAGE);
    assert_false(facts_of_text(*state, text).needs_recent);
    /* Nor in a part of its own, where the question is another part. */
    snprintf(text, sizeof(text), "%s Today the news told us to search the web.", PASSAGE);
    struct complexity_turn parts[] = {
        said(COMPLEXITY_USER, "What do the members think of the benches?"),
        said(COMPLEXITY_USER, text)};
    parts[1].goes_on = true;
    facts = facts_of(*state, parts, 2);
    assert_false(facts.needs_recent || facts.needs_tools);
}

static void answers_are_measured_out(void **state)
{
    uint32_t essay =
        facts_of_text(*state, "Write an essay about rivers in 900 words.").expected_tokens;
    assert_true(essay >= 900 && essay <= 1500);
    assert_true(facts_of_text(*state, "hello there").expected_tokens < 80);
    struct complexity_turn turn =
        said(COMPLEXITY_USER, "Write an essay about rivers in 900 words.");
    struct complexity_input input = {.turns = &turn, .turn_count = 1, .max_tokens = 50};
    struct fixture *fixture = *state;
    struct complexity_facts facts;
    struct err err = {0};
    assert_int_equal(complexity_score(fixture->scorer, fixture->scratch, &input, &facts, &err), 0);
    assert_int_equal(facts.expected_tokens, 50);
}

static void following_up_is_noticed(void **state)
{
    const struct complexity_turn turns[] = {
        said(COMPLEXITY_USER, "Tell me a story about a dragon."),
        said(COMPLEXITY_ASSISTANT, "Once upon a time there was a dragon."),
        said(COMPLEXITY_USER, "Make it shorter, please."),
    };
    assert_true(facts_of(*state, turns, 3).follows);
    const struct complexity_turn fresh[] = {
        turns[0], turns[1],
        said(COMPLEXITY_USER, "How many litres of water does an oak drink on a warm summer day in "
                              "the south of France?")};
    assert_false(facts_of(*state, fresh, 3).follows);
    static const char *const of_before[] = {
        "That is wrong, check the second line again.",
        "Could you translate that into German for me?", "Are you sure that's correct?",
        "Kannst du mir das bitte genauer zeigen?", "Thanks, but that does not work here."};
    static const char *const of_itself[] = {"Prove that sqrt(2) is irrational.",
                                            "Write a function that reverses a linked list in C.",
                                            "Find a number that is divisible by 7 and 11.",
                                            "Wie alt ist das Universum heute ungef\xc3\xa4hr?",
                                            "The harbour was full of boats with red sails today."};
    for (size_t i = 0; i < 5; i++) {
        struct complexity_turn asked[] = {turns[0], turns[1], said(COMPLEXITY_USER, of_before[i])};
        assert_true(facts_of(*state, asked, 3).follows);
        asked[2] = said(COMPLEXITY_USER, of_itself[i]);
        assert_false(facts_of(*state, asked, 3).follows);
    }
    assert_false(facts_of(*state, turns, 1).follows);
}

static float score_with(struct fixture *fixture, struct complexity_input input)
{
    struct complexity_turn turn = said(COMPLEXITY_USER, "Compare two ways to sort a list.");
    struct complexity_facts facts;
    struct err err = {0};
    input.turns = &turn;
    input.turn_count = 1;
    assert_int_equal(complexity_score(fixture->scorer, fixture->scratch, &input, &facts, &err), 0);
    return facts.score;
}

static void what_the_client_asks_for_counts(void **state)
{
    float plain = score_with(*state, (struct complexity_input){.max_tokens = 0});
    assert_true(score_with(*state, (struct complexity_input){.effort = EFFORT_HIGH}) > plain);
    assert_true(score_with(*state, (struct complexity_input){.effort = EFFORT_LOW}) < plain);
    assert_true(score_with(*state, (struct complexity_input){.attachments = true}) > plain);
    assert_true(score_with(*state, (struct complexity_input){.tools = true}) > plain);
    assert_true(score_with(*state, (struct complexity_input){.model = "gpt-5-mini"}) < plain);
    assert_true(score_with(*state, (struct complexity_input){.model = "GPT-4o-Mini"}) < plain);
    static const char *const neither[] = {"auto", "gemini-2.5-pro", "elite", "mini2"};
    for (size_t i = 0; i < sizeof neither / sizeof *neither; i++)
        assert_true(fabsf(score_with(*state, (struct complexity_input){.model = neither[i]}) -
                          plain) < 1e-6f);
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
        cmocka_unit_test(steps_count),
        cmocka_unit_test(long_word_problems_are_harder),
        cmocka_unit_test(other_languages_are_told_by_what_they_ask),
        cmocka_unit_test(dressing_up_changes_little),
        cmocka_unit_test(options_may_change_places),
        cmocka_unit_test(repeating_and_pasting_change_little),
        cmocka_unit_test(subjects_tell_how_hard),
        cmocka_unit_test(many_options_have_gains_of_their_own),
        cmocka_unit_test(the_conversation_counts),
        cmocka_unit_test(a_text_alone_counts_as_a_message),
        cmocka_unit_test(unfamiliar_words_are_counted),
        cmocka_unit_test(tasks_are_told_apart),
        cmocka_unit_test(domains_are_told_apart),
        cmocka_unit_test(words_are_known_by_their_vectors),
        cmocka_unit_test(needs_are_noticed),
        cmocka_unit_test(answers_are_measured_out),
        cmocka_unit_test(following_up_is_noticed),
        cmocka_unit_test(what_the_client_asks_for_counts),
        cmocka_unit_test(odd_input_is_fine),
    };
    return cmocka_run_group_tests(tests, open_scorer, close_scorer);
}
