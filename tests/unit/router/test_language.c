/* Languages told apart on lines that no training saw, and odd input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "router/language.h"

static const struct {
    const char *language, *text;
} lines[] = {
#include "tests/unit/router/language_lines.def"
};
enum { LINES = sizeof(lines) / sizeof(lines[0]) };

static const char *told(const char *text)
{
    return language_name(language_of((const uint8_t *)text, strlen(text)));
}

static void lines_are_told_apart(void **state)
{
    size_t right = 0;
    (void)state;
    for (size_t i = 0; i < LINES; i++) {
        const char *language = told(lines[i].text);
        if (strcmp(language, lines[i].language) == 0)
            right++;
        else
            print_message("%s taken for %s: %s\n", lines[i].language, language, lines[i].text);
    }
    print_message("%zu of %d\n", right, LINES);
    assert_true(right * 100 >= (size_t)LINES * 94);
}

static void scripts_decide_where_they_can(void **state)
{
    (void)state;
    assert_string_equal(told("Γεια σου κόσμε"), "el");
    assert_string_equal(told("你好"), "zh");
    assert_string_equal(told("日本語を話します"), "ja");
    assert_string_equal(told("გამარჯობა"), "ka");
}

static void too_little_is_unknown(void **state)
{
    (void)state;
    assert_string_equal(told(""), "und");
    assert_string_equal(told("12 + 34 = ?"), "und");
    assert_string_equal(told("x"), "und");
    assert_string_equal(told("\xff\xfe\x80"), "und");
}

static void names_are_found_again(void **state)
{
    (void)state;
    for (int i = 0; i < LANGUAGE_AT_MOST; i++)
        if (strcmp(language_name((uint8_t)i), "und") != 0 && language_name((uint8_t)i)[0] != '\0')
            assert_int_equal(language_find(language_name((uint8_t)i)), i);
    assert_int_equal(language_find("und"), LANGUAGE_UNKNOWN);
    assert_int_equal(language_find("tlh"), -1);
    assert_int_equal(language_find(""), -1);
    assert_string_equal(language_name(255), "und");
}

static void only_the_beginning_is_read(void **state)
{
    static char text[1 << 20];
    (void)state;
    memset(text, 'a', sizeof(text)); /* one endless word */
    (void)language_of((const uint8_t *)text, sizeof(text));
    const char start[] = "Could you please tell me where the next station is and how I get there? ";
    memcpy(text, start, sizeof(start) - 1);
    uint32_t ids[LANGUAGE_FEATURES];
    assert_true(language_features_of_text((const uint8_t *)text, sizeof(text), ids) <=
                LANGUAGE_FEATURES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_told_apart),
        cmocka_unit_test(scripts_decide_where_they_can),
        cmocka_unit_test(too_little_is_unknown),
        cmocka_unit_test(names_are_found_again),
        cmocka_unit_test(only_the_beginning_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
