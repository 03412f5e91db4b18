/* The table of meanings: rare words weigh, common ones do not, like words mean alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

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

/* Sums of the table's rows, times what the word weighs, as the script's language adds them up. */
static void words_mean_what_the_script_wrote(void **state)
{
    static const struct {
        const char *word;
        float weight, first, last;
    } cases[] = {
        {"the", 0, 0, 0},
        {"because", 22, -38 * 22, 14 * 22},
        {"smith", 61, -14 * 61, 7 * 61},
        {"patient", WORD_MEANING_FULL, -9 * WORD_MEANING_FULL, -15 * WORD_MEANING_FULL},
        {"eigenvalue", WORD_MEANING_FULL, 31 * WORD_MEANING_FULL, -10 * WORD_MEANING_FULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct word_meaning meaning = meaning_of(cases[i].word);
        assert_float_equal(meaning.weight, cases[i].weight, 0.5F);
        assert_float_equal(meaning.part[0], cases[i].first, 0.5F);
        assert_float_equal(meaning.part[WORD_MEANING_PARTS - 1], cases[i].last, 0.5F);
    }
}

static float product(const struct word_meaning *a, const struct word_meaning *b)
{
    float sum = 0;
    for (size_t j = 0; j < WORD_MEANING_PARTS; j++)
        sum += a->part[j] * b->part[j];
    return sum;
}

static void like_words_mean_alike(void **state)
{
    static const char *const cases[][3] = {{"wife", "husband", "python"},
                                           {"mother", "father", "algorithm"},
                                           {"theorem", "lemma", "divorce"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct word_meaning one = meaning_of(cases[i][0]), like = meaning_of(cases[i][1]),
                            other = meaning_of(cases[i][2]);
        assert_true(product(&one, &like) > 0);
        assert_true(product(&one, &like) > product(&one, &other));
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
