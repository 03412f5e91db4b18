/* What words and phrases of a request tell, wherever in a text they stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "router/complexity_cues.h"

static struct complexity_cues cues_of(const char *text)
{
    struct complexity_cue_index index;
    struct complexity_cues cues = {.words = 0};
    complexity_cue_index_init(&index);
    complexity_cues_read(&index, &cues, (const uint8_t *)text, strlen(text));
    return cues;
}

static void phrases_are_found_behind_any_text(void **state)
{
    enum { MOST = 1600 };
    char text[MOST + 64];
    (void)state;
    for (size_t filler = 0; filler < MOST; filler++) {
        for (size_t i = 0; i < filler; i++)
            text[i] = i % 5 == 4 || i + 1 == filler ? ' ' : 'x';
        snprintf(text + filler, sizeof(text) - filler, "Search, the WEB: three short paragraphs");
        struct complexity_cues cues = cues_of(text);
        assert_true(cues.tools && cues.brief);
        assert_int_equal(cues.asked_tokens, 0); /* "short" is no number */
        assert_int_equal(cues.words, filler / 5 + (filler % 5 > 1) + 6);
        snprintf(text + filler, sizeof(text) - filler, "in three paragraphs");
        assert_int_equal(cues_of(text).asked_tokens, 270);
    }
}

static void words_are_whole(void **state)
{
    (void)state;
    assert_true(cues_of("look it up").tools);
    assert_false(cues_of("look it upx").tools);
    assert_false(cues_of("xlook it up").tools);
    assert_true(cues_of("lo\xe2\x80\x8bok it\xc2\xa0up").tools); /* zero width; a wide space */
    assert_true(cues_of("M\xc3\xa9t\xc3\xa9o? m\xc3\xa9t\xc3\xa9o").recent);
    assert_int_equal(cues_of("words").asked_tokens, 0);
    assert_int_equal(cues_of("200 words").asked_tokens, 266);
    assert_int_equal(cues_of("ten \xe2\x80\x94 pages").asked_tokens, 5000);
    assert_int_equal(cues_of("").words, 0);
}

/* A phrase does not reach over a word that is too long to be one. */
static void long_words_part_phrases(void **state)
{
    (void)state;
    const char *longest = "look abcdefghijklmnopqrstuvwx it up", /* 24 letters */
        *longer = "200 abcdefghijklmnopqrstuvwxy words";
    assert_false(cues_of(longest).tools);
    assert_int_equal(cues_of(longest).words, 4);
    assert_int_equal(cues_of(longer).words, 3);
    assert_int_equal(cues_of(longer).asked_tokens, 0);
    assert_true(cues_of("abcdefghijklmnopqrstuvwxyzabcdef look it up").tools);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(phrases_are_found_behind_any_text),
        cmocka_unit_test(words_are_whole),
        cmocka_unit_test(long_words_part_phrases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
