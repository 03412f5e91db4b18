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
    static const char *plain[] = {"",   "a",        "thanky", "eac",         "horse",
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

/* Repeating a text, or being polite, makes it no longer. */
static void length_is_of_different_words(void **state)
{
    static const char once[] = "A tall horse ran";
    static const char again[] = "Please, a tall horse ran; a TALL horse ran. Thank you!";
    struct complexity_features first, second;
    (void)state;
    complexity_features_of((const uint8_t *)once, (struct complexity_segment){0, sizeof(once) - 1},
                           &first);
    complexity_features_of((const uint8_t *)again,
                           (struct complexity_segment){0, sizeof(again) - 1}, &second);
    assert_int_equal(first.different_words, 4);
    assert_int_equal(second.different_words, 4);
    assert_int_equal(first.word_count, 4);
    assert_int_equal(second.word_count, 11);
    for (size_t i = 0; i < second.id_count; i++)
        for (size_t j = 0; j < i; j++)
            assert_int_not_equal(second.ids[i], second.ids[j]);
}

/* Nothing of a mark that sets in bold is left; a power is none, nor what is alone or in a word. */
static void bold_is_nothing(void **state)
{
    static const struct {
        const char *marked, *plain;
        bool same;
    } cases[] = {
        {"Is **this** so, (**that**)?", "Is this so, (that)?", true},
        {"***All of it***", "All of it", true},
        {"\xe8\xbf\x99**\xe6\x98\xaf**\xe4\xbb\x80", "\xe8\xbf\x99\xe6\x98\xaf\xe4\xbb\x80", true},
        {"What is 3**9", "What is 3 9", false},
        {"What is 3 ** 9", "What is 3 9", false},
        {"What is *this*", "What is this", false},
        {"**", "", false}};
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        static struct complexity_features marked, plain;
        complexity_features_of((const uint8_t *)cases[i].marked,
                               (struct complexity_segment){0, strlen(cases[i].marked)}, &marked);
        complexity_features_of((const uint8_t *)cases[i].plain,
                               (struct complexity_segment){0, strlen(cases[i].plain)}, &plain);
        bool same = marked.id_count == plain.id_count &&
                    memcmp(marked.ids, plain.ids, plain.id_count * sizeof *plain.ids) == 0;
        if (same != cases[i].same)
            fail_msg("%s", cases[i].marked);
    }
}

/* Letters of two bytes between symbols: three features for each three bytes. */
static void features_past_the_room_are_left_out(void **state)
{
    static const char symbols[] = "+*/=<>^$%{}()[]_&#@~|";
    static char text[COMPLEXITY_SEGMENT_BYTES];
    static struct complexity_features features;
    (void)state;
    for (size_t i = 0; i + 3 <= sizeof text; i += 3) {
        uint32_t letter = 0x100 + (uint32_t)(i / 3);
        text[i] = (char)(0xC0 | letter >> 6);
        text[i + 1] = (char)(0x80 | (letter & 0x3F));
        text[i + 2] = symbols[i / 3 % (sizeof symbols - 1)];
    }
    complexity_features_of((const uint8_t *)text,
                           (struct complexity_segment){0, sizeof text / 3 * 3}, &features);
    assert_int_equal(features.id_count, COMPLEXITY_MAX_IDS);
}

/* Different words of four letters that have codes, a blank behind each. */
static void fill_with_known_words(char *text, size_t size)
{
    enum { LETTERS = 4, ALL = 26 * 26 * 26 * 26 };
    uint32_t codes[WORD_CODES];
    size_t len = 0;
    for (uint32_t i = 0; i < ALL && len + LETTERS < size; i++) {
        uint32_t hash = word_codes_begin(), rest = i;
        for (size_t k = 0; k < LETTERS; k++, rest /= 26) {
            text[len + k] = (char)('a' + rest % 26);
            hash = word_codes_add(hash, (uint32_t)text[len + k]);
        }
        if (word_codes_of(hash, 0, codes) == 0)
            continue;
        text[len + LETTERS] = ' ';
        len += LETTERS + 1;
    }
    memset(text + len, ' ', size - len);
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
    static const char few[] = "He is in HOUSTON, houston or at \\houston, 4 xqzzjw";
    complexity_features_of((const uint8_t *)few, (struct complexity_segment){0, sizeof(few) - 1},
                           &features);
    assert_int_equal(features.code_count, WORD_CODES);
    assert_memory_equal(features.codes, houston, sizeof houston);
    fill_with_known_words(text, sizeof(text));
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
        cmocka_unit_test(length_is_of_different_words),
        cmocka_unit_test(bold_is_nothing),
        cmocka_unit_test(features_past_the_room_are_left_out),
        cmocka_unit_test(codes_are_those_of_the_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
