/* What the tagger is told of a token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "router/tagger_features.h"

static size_t features_of(const char *word, uint32_t ids[TAGGER_MAX_FEATURES])
{
    struct tagger_token token;
    size_t position = 0, len = strlen(word);
    assert_true(tagger_next_token((const uint8_t *)word, len, &position, &token));
    assert_int_equal(token.start, 0);
    assert_int_equal(token.end, len);
    size_t count = tagger_token_features((const uint8_t *)word, token, 0, ids);
    assert_in_range(count, 1, TAGGER_MAX_FEATURES);
    for (size_t i = 0; i < count; i++)
        assert_true(ids[i] < TAGGER_BUCKETS);
    return count;
}

static size_t codes_among(const uint32_t *ids, size_t count)
{
    size_t codes = 0;
    for (size_t i = 0; i < count; i++)
        codes += ids[i] >= TAGGER_CODES;
    return codes;
}

static void words_have_their_codes_last(void **state)
{
    static const char *const words[] = {"Houston", "HOUSTON", "houston"};
    uint32_t first[TAGGER_MAX_FEATURES], ids[TAGGER_MAX_FEATURES];
    size_t count = features_of("houston", first);
    (void)state;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        assert_int_equal(features_of(words[i], ids), count);
        assert_int_equal(codes_among(ids, count), WORD_CODES);
        assert_memory_equal(ids + count - WORD_CODES, first + count - WORD_CODES,
                            WORD_CODES * sizeof *ids);
    }
}

/* A single letter, a number, a word with digits and one that the table lacks. */
static void others_have_none(void **state)
{
    static const char *const tokens[] = {"a", "X", "1984", "b12", "qzxvkq", "."};
    (void)state;
    for (size_t i = 0; i < sizeof(tokens) / sizeof(tokens[0]); i++) {
        uint32_t ids[TAGGER_MAX_FEATURES];
        assert_int_equal(codes_among(ids, features_of(tokens[i], ids)), 0);
    }
}

static void whole_words_and_names_come_first(void **state)
{
    uint32_t ids[TAGGER_MAX_FEATURES], other[TAGGER_MAX_FEATURES];
    (void)state;
    (void)features_of("Fisher", ids);
    (void)features_of("qzxvkq", other);
    for (size_t i = 0; i < TAGGER_WORD_FEATURES; i++)
        assert_in_range(ids[i], TAGGER_PART_BUCKETS, TAGGER_CODES - 1);
    assert_true(ids[TAGGER_NAME_FEATURE] < TAGGER_PART_BUCKETS);
    assert_int_not_equal(ids[TAGGER_NAME_FEATURE], other[TAGGER_NAME_FEATURE]);
}

static void the_longest_word_fits(void **state)
{
    uint32_t ids[TAGGER_MAX_FEATURES];
    (void)state;
    /* The longest in the table have all prefixes, suffixes, trigrams and codes. */
    assert_int_equal(codes_among(ids, features_of("internationalization", ids)), WORD_CODES);
    (void)features_of("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_have_their_codes_last),
        cmocka_unit_test(others_have_none),
        cmocka_unit_test(whole_words_and_names_come_first),
        cmocka_unit_test(the_longest_word_fits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
