/* The words that say how much there is to combine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "router/complexity_features.h"
#include "router/complexity_words.h"
#include "router/word_codes.h"

static enum complexity_word kind_of(const char *word)
{
    return complexity_word_of(word, strlen(word));
}

static void every_word_has_its_kind(void **state)
{
    static const struct {
        const char *word;
        enum complexity_word kind;
    } words[] = {
#define WORD(text, kind) {text, COMPLEXITY_##kind},
#include "router/complexity_words.def"
#undef WORD
    };
    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_int_equal(kind_of(words[i].word), words[i].kind);
}

static void other_words_have_none(void **state)
{
    static const char *plain[] = {"",   "a",        "thank",  "eac",         "horse",
                                  "zz", "aardvark", "yearsy", "kilogramsss", "internationally"};
    (void)state;
    for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
        assert_int_equal(kind_of(plain[i]), COMPLEXITY_PLAIN);
    /* Only the letters that belong to the word are looked at. */
    assert_int_equal(complexity_word_of("eachother", 4), COMPLEXITY_EACH);
}

/* Counted in a text, whatever its case, and only whole words. */
static void texts_are_counted(void **state)
{
    static const char text[] = "EACH of Two boys ate HALF; thentwo n\xc3\xb6t each\xc3\xa9";
    struct complexity_segment segment = {0, sizeof(text) - 1};
    struct complexity_features features;
    (void)state;
    complexity_features_of((const uint8_t *)text, segment, &features);
    const float *kinds = features.dense + COMPLEXITY_SHAPE;
    const float once = 0.34657359f; /* log 2, halved */
    for (int i = 0; i < COMPLEXITY_WORD_KINDS; i++) {
        bool said = i == COMPLEXITY_EACH || i == COMPLEXITY_AMOUNT || i == COMPLEXITY_PART;
        assert_float_equal(kinds[i], said ? once : 0, 1e-5);
    }
}

/* Only of words that say something, and not past the room for them. */
static void codes_are_those_of_the_words(void **state)
{
    static char text[COMPLEXITY_SEGMENT_BYTES];
    static struct complexity_features features;
    uint32_t houston[WORD_CODES];
    uint32_t hash = word_codes_begin();
    (void)state;
    for (const char *c = "houston"; *c != '\0'; c++)
        hash = word_codes_add(hash, (uint32_t)*c);
    assert_int_equal(word_codes_of(hash, 0, houston), WORD_CODES);
    static const char few[] = "He is in HOUSTON or at \\houston, 4 xqzzjw";
    complexity_features_of((const uint8_t *)few, (struct complexity_segment){0, sizeof(few) - 1},
                           &features);
    assert_int_equal(features.code_count, WORD_CODES);
    assert_memory_equal(features.codes, houston, sizeof houston);
    for (size_t i = 0; i < sizeof(text); i++)
        text[i] = "farm "[i % 5];
    complexity_features_of((const uint8_t *)text, (struct complexity_segment){0, sizeof(text)},
                           &features);
    assert_int_equal(features.code_count, COMPLEXITY_MAX_CODES);
    assert_true(features.word_count > COMPLEXITY_MAX_CODES / WORD_CODES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_word_has_its_kind),
        cmocka_unit_test(other_words_have_none),
        cmocka_unit_test(texts_are_counted),
        cmocka_unit_test(codes_are_those_of_the_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
