/* The table of meanings: what a word is said to be, like words alike, sums in any order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "router/word_meaning.h"

enum { BASE = 77 };

static void add_word(struct word_meaning *sum, const char *word)
{
    uint32_t hash = word_codes_begin(), codes[WORD_CODES];
    for (; *word != '\0'; word++)
        hash = word_codes_add(hash, (uint32_t)*word);
    assert_int_equal(word_codes_of(hash, BASE, codes), WORD_CODES);
    word_meaning_add(sum, codes, BASE);
}

static struct word_meaning meaning_of(const char *word)
{
    struct word_meaning meaning = {0};
    add_word(&meaning, word);
    return meaning;
}

/* What the layer of router/train/word_kinds.py says of them, of a few kinds. */
static void words_mean_what_the_script_wrote(void **state)
{
    static const struct {
        const char *word;
        uint32_t kind[4];
    } cases[] = {
        {"the", {19, 0, 0, 0}},     {"because", {0, 0, 0, 8}},    {"smith", {2, 0, 24, 6}},
        {"patient", {0, 24, 0, 0}}, {"eigenvalue", {0, 0, 0, 0}},
    };
    static const size_t kinds[] = {4, 10, 40, 42};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct word_meaning meaning = meaning_of(cases[i].word);
        assert_int_equal(meaning.words, 1);
        for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
            assert_int_equal(meaning.kind[kinds[k]], cases[i].kind[k]);
    }
}

static double product(const struct word_meaning *a, const struct word_meaning *b)
{
    double sum = 0;
    for (size_t j = 0; j < WORD_MEANING_KINDS; j++)
        sum += (double)a->kind[j] * b->kind[j];
    return sum;
}

/* The cosine of the angle between two words. */
static double likeness(const struct word_meaning *a, const struct word_meaning *b)
{
    return product(a, b) / sqrt(product(a, a) * product(b, b));
}

static void like_words_mean_alike(void **state)
{
    static const char *const cases[][3] = {{"wife", "husband", "python"},
                                           {"mother", "father", "algorithm"},
                                           {"sister", "brother", "voltage"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct word_meaning one = meaning_of(cases[i][0]), like = meaning_of(cases[i][1]),
                            other = meaning_of(cases[i][2]);
        assert_true(likeness(&one, &like) > likeness(&one, &other));
    }
}

static void sums_do_not_depend_on_the_order(void **state)
{
    static const char *const words[] = {"the", "patient", "because", "smith", "eigenvalue", "wife"};
    enum { COUNT = sizeof words / sizeof *words };
    struct word_meaning forward = {0}, backward = {0}, apart = {0};
    (void)state;
    for (size_t i = 0; i < COUNT; i++) {
        add_word(&forward, words[i]);
        add_word(&backward, words[COUNT - 1 - i]);
        struct word_meaning one = meaning_of(words[i]);
        word_meaning_sum(&apart, &one);
    }
    assert_memory_equal(&forward, &backward, sizeof forward);
    assert_memory_equal(&forward, &apart, sizeof forward);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_mean_what_the_script_wrote),
        cmocka_unit_test(like_words_mean_alike),
        cmocka_unit_test(sums_do_not_depend_on_the_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
