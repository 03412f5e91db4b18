/* Characters out of bytes: the table for ASCII says what the C locale says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>

#include "router/utf8_scan.h"

static void ascii_is_as_in_the_c_locale(void **state)
{
    (void)state;
    for (int c = 0; c < 128; c++) {
        enum char_kind kind = isalpha(c)   ? CHAR_LETTER
                              : isdigit(c) ? CHAR_DIGIT
                              : isspace(c) ? CHAR_SPACE
                                           : CHAR_OTHER;
        uint8_t byte = (uint8_t)c;
        uint32_t character = 0;
        assert_int_equal(utf8_scan(&byte, 1, &character), 1);
        assert_int_equal(character, c);
        assert_int_equal(char_kind_of(character), kind);
        assert_int_equal(char_lower(character), tolower(c));
    }
}

static void others_have_their_kind(void **state)
{
    static const struct {
        const char *text;
        size_t size;
        uint32_t character, lower;
        enum char_kind kind;
    } cases[] = {
        {"\xc3\x84", 2, 0xC4, 0xE4, CHAR_LETTER},
        {"\xe4\xb8\xad", 3, 0x4E2D, 0x4E2D, CHAR_SINGLE},
        {"\xe2\x80\x8b", 3, 0x200B, 0x200B, CHAR_NOTHING},
        {"\xc2\xa0", 2, 0xA0, 0xA0, CHAR_SPACE},
        {"\xd9\xa3", 2, 0x663, 0x663, CHAR_DIGIT},
        {"\xe2\x82\xac", 3, 0x20AC, 0x20AC, CHAR_OTHER},
        {"\xf0\x9f\x98\x80", 4, 0x1F600, 0x1F600, CHAR_OTHER},
        {"\xc3", 1, 0xFFFD, 0xFFFD, CHAR_OTHER},
        {"\x80", 1, 0xFFFD, 0xFFFD, CHAR_OTHER},
        {"\xed\xa0\x80", 1, 0xFFFD, 0xFFFD, CHAR_OTHER}, /* a surrogate */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint8_t *bytes = (const uint8_t *)cases[i].text;
        uint32_t character = 0;
        size_t len = 0;
        while (bytes[len] != 0)
            len++;
        assert_int_equal(utf8_scan(bytes, len, &character), cases[i].size);
        assert_int_equal(character, cases[i].character);
        assert_int_equal(char_kind_of(character), cases[i].kind);
        assert_int_equal(char_lower(character), cases[i].lower);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ascii_is_as_in_the_c_locale),
        cmocka_unit_test(others_have_their_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
