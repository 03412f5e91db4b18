/* Text in data: URIs: what is read to its end, and what must not be taken for read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/data_uri.h"

static void test_what_counts_as_text(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        bool text;
    } rows[] = {
        {"data:text/plain,hello", true},
        {"data:text/plain,", true},
        {"data:text/plain;charset=UTF-8,a%20b", true},
        {"data:text/plain;charset=us-ascii;base64,aGk=", true},
        {"data:text/plain;BASE64,aGk=", true},
        {"DATA:text/plain,hello", false},
        {"data:TEXT/plain,hello", false},
        {"data:text/plain", false},
        {"data:application/json,{}", false},
        {"data:text/plain;charset=utf-16;base64,aGk=", false},
        {"data:text/plain;charset=utf-7,a", false},
        {"data:text/plain;base64,aG%6B", false},
        {"data:text/plain;base64,aG k=", false},
        {"data:text/plain;base64,aGk=aGk=", false},
        {"data:text/plain,two words", false},
        {"data:text/plain,a\"b", false},
        {"data:text/pl ain,a", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (data_uri_is_text(rows[i].uri, strlen(rows[i].uri)) != rows[i].text)
            fail_msg("%s", rows[i].uri);
    char lengthy[400] = "data:text/plain;x=";
    memset(lengthy + strlen(lengthy), 'y', 200);
    memcpy(lengthy + 218, ",a", 2);
    assert_false(data_uri_is_text(lengthy, 220));
}

static void test_decoding(void **state)
{
    (void)state;
    static const struct {
        const char *text, *out;
        size_t used;
    } rows[] = {
        {"data:text/plain,a%20b%zz rest", "a b%zz", 24},
        {"data:text/plain;base64,aGk= rest", "hi", 26},
        {"data:text/plain,%e2%82%ac", "\xe2\x82\xac", 25},
        {"data:text/plain and no more", "", 10},
        {"data:text/plain,%4", "%4", 18},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct buf out = BUF_INIT;
        size_t used;
        assert_int_equal(data_uri_decode(rows[i].text, strlen(rows[i].text), &out, &used), 0);
        assert_int_equal(used, rows[i].used);
        assert_int_equal(out.len, strlen(rows[i].out));
        if (out.len != 0)
            assert_memory_equal(out.data, rows[i].out, out.len);
        buf_release(&out);
    }
}

static void test_bytes_that_are_text(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
        bool text;
    } rows[] = {
        {"", 0, true},
        {"plain", 5, true},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, true},
        {"\xf4\x8f\xbf\xbf", 4, true},
        {"a\0b", 3, false},
        {"\x80", 1, false},
        {"\xc3", 1, false},
        {"\xc0\xaf", 2, false},
        {"\xe0\x80\xaf", 3, false},
        {"\xed\xa0\x80", 3, false},
        {"\xf4\x90\x80\x80", 4, false},
        {"\xff", 1, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (data_uri_bytes_are_text(rows[i].bytes, rows[i].len) != rows[i].text)
            fail_msg("row %zu", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_counts_as_text),
        cmocka_unit_test(test_decoding),
        cmocka_unit_test(test_bytes_that_are_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
