#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/json.h"

static struct content text_of(const char *text)
{
    return content_of(text, strlen(text));
}

static void test_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "{}x",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1,\"\\u0061\":2}",
        "[1,]",
        "{\"a\":}",
        "[01]",
        "[1e999]",
        "[\"\\ud800\"]",
        "[\"\\u0000\"]",
        "[nul]",
        "['a']",
        "[\"\x80\"]",
        "[\"\xed\xa0\x80\"]",
        "[\"\t\"]",
        "[+1]",
        "[.5]",
        "[NaN]",
        "[\"\xc0\xaf\"]",
        "[1 2]",
        "{1:2}",
        "[\"\\x41\"]",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct json_doc doc;
        struct err err;
        if (json_parse(&doc, text_of(bad[i]), NULL, &err) == 0)
            fail_msg("accepted: case %zu", i);
    }
}

static void test_tells_duplicates_apart(void **state)
{
    (void)state;
    struct json_doc doc;
    struct err err;
    bool duplicate;
    assert_int_equal(
        json_parse(&doc, text_of("{\"x\":{\"model\":1,\"model\":1}}"), &duplicate, &err),
        ERR_SYNTAX);
    assert_true(duplicate);
    assert_int_equal(json_parse(&doc, text_of("{\"secretword\" 1}"), &duplicate, &err), ERR_SYNTAX);
    assert_false(duplicate);
    assert_null(strstr(err.text, "secretword"));
}

static void test_walks_with_offsets(void **state)
{
    (void)state;
    const char *text = "{\"a\":[1,{\"b\":\"x\\ny\"}], \"mod\\u0065l\" : \"m\", \"n\":null}";
    struct json_doc doc;
    struct err err;
    assert_int_equal(json_parse(&doc, text_of(text), NULL, &err), 0);
    uint32_t array = json_get(&doc, 0, "a");
    uint32_t first = json_first(&doc, array);
    double number;
    assert_true(json_number(&doc, first, &number));
    assert_true(number == 1);
    uint32_t second = json_next(&doc, array, first);
    assert_int_equal(json_next(&doc, array, second), JSON_NONE);
    uint32_t b = json_get(&doc, second, "b");
    struct buf out = BUF_INIT;
    assert_int_equal(json_decode(&doc, b, &out), 0);
    assert_int_equal(out.len, 3);
    assert_memory_equal(out.data, "x\ny", 3);
    buf_release(&out);
    uint32_t model = json_get(&doc, 0, "model");
    assert_int_not_equal(model, JSON_NONE);
    assert_int_equal(text[doc.nodes[model].start], 'm');
    assert_true(json_node_is_null(&doc, json_get(&doc, 0, "n")));
    assert_int_equal(json_get(&doc, 0, "b"), JSON_NONE);
    json_release(&doc);
}

static void test_depth_limit(void **state)
{
    (void)state;
    char text[2 * (JSON_MAX_DEPTH + 2) + 1];
    for (int depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 2; depth += 2) {
        size_t n = (size_t)depth;
        memset(text, '[', n);
        memset(text + n, ']', n);
        text[2 * n] = '\0';
        struct json_doc doc;
        struct err err;
        int rc = json_parse(&doc, text_of(text), NULL, &err);
        assert_int_equal(rc, depth > JSON_MAX_DEPTH ? ERR_LIMIT : 0);
        json_release(&doc);
    }
}

static void test_string_round_trip(void **state)
{
    (void)state;
    const char *raw = "q\" b\\ n\n t\t \x01 \xf0\x9f\x98\x80 \xc3\xa9";
    struct buf array = BUF_INIT, back = BUF_INIT;
    struct json_doc doc;
    struct err err;
    assert_int_equal(buf_append(&array, "[", 1), 0);
    assert_int_equal(json_write_string(&array, text_of(raw)), 0);
    assert_int_equal(buf_append(&array, "]", 1), 0);
    assert_int_equal(json_parse(&doc, content_of(array.data, array.len), NULL, &err), 0);
    assert_int_equal(json_decode(&doc, 1, &back), 0);
    assert_int_equal(back.len, strlen(raw));
    assert_memory_equal(back.data, raw, back.len);
    json_release(&doc);
    buf_release(&array);
    buf_release(&back);
}

static void test_bad_utf8_is_replaced(void **state)
{
    (void)state;
    struct buf out = BUF_INIT;
    assert_int_equal(json_write_string(&out, text_of("a\xff"
                                                     "b")),
                     0);
    assert_int_equal(out.len, 7);
    assert_memory_equal(out.data,
                        "\"a\xef\xbf\xbd"
                        "b\"",
                        7);
    buf_release(&out);
}

static void test_surrogate_pair(void **state)
{
    (void)state;
    struct json_doc doc;
    struct err err;
    struct buf out = BUF_INIT;
    assert_int_equal(json_parse(&doc, text_of("[\"\\ud83d\\ude00\\u00e9\"]"), NULL, &err), 0);
    assert_int_equal(json_decode(&doc, 1, &out), 0);
    assert_int_equal(out.len, 6);
    assert_memory_equal(out.data, "\xf0\x9f\x98\x80\xc3\xa9", 6);
    json_release(&doc);
    buf_release(&out);
}

int main(void)
{
    json_wipe_allocations();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_tells_duplicates_apart),
        cmocka_unit_test(test_walks_with_offsets),
        cmocka_unit_test(test_depth_limit),
        cmocka_unit_test(test_string_round_trip),
        cmocka_unit_test(test_bad_utf8_is_replaced),
        cmocka_unit_test(test_surrogate_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
