#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/json_oracle.h"

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

/* Not only behind the text as C sees it. */
static void test_refuses_raw_nul(void **state)
{
    (void)state;
    static const char *const bad[] = {"[1\0]   ", "[\"a\0\"] ", "[\0]    ", "[1]\0    "};
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct json_doc doc;
        struct err err;
        assert_int_equal(json_parse(&doc, content_of(bad[i], 7), NULL, &err), ERR_SYNTAX);
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

static void test_refuses_too_many_nodes(void **state)
{
    (void)state;
    static char text[2 * (JSON_MAX_NODES + 1)];
    struct json_doc doc;
    struct err err;
    /* An array and its members. */
    size_t len = 0;
    for (int i = 0; i < JSON_MAX_NODES - 1; i++) {
        text[len++] = i == 0 ? '[' : ',';
        text[len++] = '1';
    }
    text[len++] = ']';
    assert_int_equal(json_parse(&doc, content_of(text, len), NULL, &err), 0);
    assert_int_equal(doc.count, JSON_MAX_NODES);
    json_release(&doc);
    text[len - 1] = ',';
    text[len++] = '1';
    text[len++] = ']';
    assert_int_equal(json_parse(&doc, content_of(text, len), NULL, &err), ERR_LIMIT);
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

static void test_says_where(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"{\"a\":1,\n \"\xc3\xa9\":x}", "not valid JSON, line 2, column 6"},
        {"[\"\xff\"]", "not valid UTF-8, line 1, column 3"},
        {"[\"\\ud800\"]", "not valid UTF-8, line 1, column 2"},
        {"[\"\\u0000\"]", "a NUL character, line 1, column 2"},
        {"[1,\n\n9223372036854775808]", "a number out of range, line 3, column 1"},
        {"{\"a\":", "ends too early, line 1, column 6"},
        {"[] []", "text after the end, line 1, column 4"},
        {"{\"k\":1,\n\"\\u006b\":2}", "a key is given twice in one object, line 2, column 2"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct json_doc doc;
        struct err err;
        assert_int_equal(json_parse(&doc, text_of(cases[i].text), NULL, &err), ERR_SYNTAX);
        assert_string_equal(err.text, cases[i].says);
    }
}

/* Enough keys that they are sorted, with one given twice at every distance. */
static void test_duplicates_among_many(void **state)
{
    (void)state;
    enum { KEYS = 40 };
    for (int twice = -1; twice < KEYS; twice++) {
        struct buf text = BUF_INIT;
        struct json_doc doc;
        struct err err;
        bool duplicate;
        assert_int_equal(buf_append_str(&text, "{"), 0);
        for (int i = 0; i < KEYS; i++)
            assert_int_equal(buf_printf(&text, "\"%.*s%d\":0,", i % 5, "aaaa", i), 0);
        if (twice < 0)
            assert_int_equal(buf_append_str(&text, "\"a\":0}"), 0);
        else if (twice % 5 == 0)
            assert_int_equal(buf_printf(&text, "\"%d\":0}", twice), 0);
        else
            assert_int_equal(
                buf_printf(&text, "\"\\u0061%.*s%d\":0}", twice % 5 - 1, "aaaa", twice), 0);
        int rc = json_parse(&doc, content_of(text.data, text.len), &duplicate, &err);
        assert_int_equal(rc, twice < 0 ? 0 : ERR_SYNTAX);
        assert_int_equal(duplicate, twice >= 0);
        json_release(&doc);
        buf_release(&text);
    }
}

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* Texts that are nearly right, read by jansson too: the verdicts and the trees are the same. */
static void test_agrees_with_jansson(void **state)
{
    (void)state;
    static const char *const seeds[] = {
        "{\"model\":\"auto\",\"messages\":[{\"role\":\"user\",\"content\":"
        "\"h\\u00e9\\ud83d\\ude00\\n\"}]}",
        "{\"a\":-1.5e+3,\"b\":[0,10,true,false,null],\"\\u0061a\":{\"a\":{}},\"aa\":"
        "\"\xc3\xa9\xf0\x9f\x98\x80\"}",
        "[9223372036854775807,-9223372036854775808,1.7e308,0.0,\"\\\"\\\\\\/\\b\\f\\r\\t\"]",
        " { \"k1\" : 1 , \"k2\" : 2 ,\n\"k3\" : [ ] , \"k4\" : { } } ",
    };
    static const char pieces[] = "\"\"\"\\\\{}[],,::0019eE.-+ulabdtf\n \x01\xc3\xa9\xed\xa0\x80";
    enum { TEXTS = 200000, ROOM = 256 };
    uint32_t random = 2463534242u, accepted = 0;
    for (int i = 0; i < TEXTS; i++) {
        const char *seed = seeds[next_random(&random) % (sizeof(seeds) / sizeof(*seeds))];
        uint8_t text[ROOM];
        size_t len = strlen(seed);
        memcpy(text, seed, len);
        for (uint32_t edits = next_random(&random) % 4; edits > 0; edits--) {
            size_t at = next_random(&random) % len;
            uint8_t byte = (uint8_t)pieces[next_random(&random) % (sizeof(pieces) - 1)];
            switch (next_random(&random) % 4) {
            case 0:
                text[at] = byte;
                break;
            case 1:
                memmove(text + at + 1, text + at, len - at);
                text[at] = byte;
                len++;
                break;
            case 2:
                memmove(text + at, text + at + 1, len - at - 1);
                len--;
                break;
            default: /* the same bytes once more, elsewhere: keys given twice */
                if (at + 4 < len)
                    memcpy(text + next_random(&random) % (len - 4), text + at, 4);
            }
        }
        struct json_doc doc;
        struct err err;
        if (!oracle_agrees(text, len))
            fail_msg("text %d is read differently", i);
        if (json_parse(&doc, content_of(text, len), NULL, &err) == 0)
            accepted++;
        json_release(&doc);
    }
    assert_in_range(accepted, TEXTS / 10, TEXTS / 10 * 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_refuses_raw_nul),
        cmocka_unit_test(test_tells_duplicates_apart),
        cmocka_unit_test(test_refuses_too_many_nodes),
        cmocka_unit_test(test_walks_with_offsets),
        cmocka_unit_test(test_depth_limit),
        cmocka_unit_test(test_string_round_trip),
        cmocka_unit_test(test_bad_utf8_is_replaced),
        cmocka_unit_test(test_surrogate_pair),
        cmocka_unit_test(test_says_where),
        cmocka_unit_test(test_duplicates_among_many),
        cmocka_unit_test(test_agrees_with_jansson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
