/* The table of words: what router/train/words_table.py wrote is what is read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "router/utf8_scan.h"
#include "router/word_codes.h"

enum { BASE = 1000 };

static size_t codes_of(const char *word, uint32_t ids[WORD_CODES])
{
    const uint8_t *bytes = (const uint8_t *)word;
    uint32_t hash = word_codes_begin(), character = 0;
    for (size_t at = 0, len = strlen(word); at < len;) {
        at += utf8_scan(bytes + at, len - at, &character);
        hash = word_codes_add(hash, char_lower(character));
    }
    return word_codes_of(hash, BASE, ids);
}

/* As the script printed them. */
static void words_have_the_codes_of_the_script(void **state)
{
    static const struct {
        const char *word;
        uint8_t codes[WORD_CODES];
    } cases[] = {
        {"the", {164, 191, 8, 254, 132, 11, 13, 36, 140, 14}},
        {"houston", {180, 164, 10, 186, 215, 117, 115, 232, 14, 154}},
        {"smith", {74, 191, 60, 84, 71, 11, 105, 113, 248, 14}},
        {"zurich", {24, 178, 224, 236, 67, 193, 46, 35, 123, 160}},
        {"okonkwo", {88, 170, 132, 145, 237, 91, 213, 116, 111, 131}},
        {"eigenvalue", {131, 82, 20, 228, 6, 181, 167, 113, 6, 44}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t ids[WORD_CODES];
        assert_int_equal(codes_of(cases[i].word, ids), WORD_CODES);
        for (uint32_t c = 0; c < WORD_CODES; c++)
            assert_int_equal(ids[c], BASE + c * WORD_CODE_ROWS + cases[i].codes[c]);
    }
}

static void capitals_and_accents_make_no_difference(void **state)
{
    static const char *const cases[][2] = {{"houston", "Houston"},   {"houston", "HOUSTON"},
                                           {"jose", "JOSÉ"},         {"jose", "jose\xcc\x81"},
                                           {"muller", "Müller"},     {"walesa", "Wałęsa"},
                                           {"gonzalez", "González"}, {"strasse", "Straße"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t plain[WORD_CODES], other[WORD_CODES];
        assert_int_equal(codes_of(cases[i][0], plain), WORD_CODES);
        assert_int_equal(codes_of(cases[i][1], other), WORD_CODES);
        assert_memory_equal(plain, other, sizeof plain);
    }
}

/* By the glossaries; what is common in English, and names that English texts hold, stay English. */
static void words_of_other_languages_have_the_codes_of_english_ones(void **state)
{
    static const struct {
        const char *english, *others[6];
    } cases[] = {
        {"hospital", {"krankenhaus", "hôpital", "больница", "医院", "अस्पताल", "المستشفى"}},
        {"daughter", {"tochter", "hija", "дочери", "女儿", "बेटी", "córka"}},
        {"debt", {"schulden", "deudas", "долг", "dívida", "债务", "borç"}},
    };
    uint32_t english[WORD_CODES], other[WORD_CODES];
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t j = 0; j < sizeof cases[i].others / sizeof *cases[i].others; j++) {
            assert_int_equal(codes_of(cases[i].english, english), WORD_CODES);
            if (codes_of(cases[i].others[j], other) == 0 ||
                memcmp(english, other, sizeof english) != 0)
                fail_msg("%s is not %s", cases[i].others[j], cases[i].english);
        }
    static const char *const apart[][2] = {{"die", "the"}, {"war", "was"}, {"keller", "cellar"}};
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
        assert_int_equal(codes_of(apart[i][0], other), WORD_CODES);
        assert_int_equal(codes_of(apart[i][1], english), WORD_CODES);
        assert_memory_not_equal(english, other, sizeof english);
    }
}

static void other_words_have_none(void **state)
{
    static const char *const cases[] = {"",     "qzxvkq",   "houstonhouston", "b12",
                                        "1984", "\xff\xfe", "Чебоксары",      "丼"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t ids[WORD_CODES];
        assert_int_equal(codes_of(cases[i], ids), 0);
    }
}

/* What a hash that no word has may cost: a wrong answer for one in some six thousand. */
static void few_unknown_words_pass_for_another(void **state)
{
    size_t passed = 0;
    (void)state;
    for (uint32_t i = 0; i < 200000; i++) {
        uint32_t ids[WORD_CODES];
        passed += word_codes_of(hash_mix(0xABCDEF, i), BASE, ids) > 0;
    }
    assert_in_range(passed, 1, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_have_the_codes_of_the_script),
        cmocka_unit_test(capitals_and_accents_make_no_difference),
        cmocka_unit_test(words_of_other_languages_have_the_codes_of_english_ones),
        cmocka_unit_test(other_words_have_none),
        cmocka_unit_test(few_unknown_words_pass_for_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
