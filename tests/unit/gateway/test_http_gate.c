/* http_gate.h: each case of http_cases.h, whole and in pieces, with the same verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/gateway/http_cases.h"

struct verdict {
    unsigned requests;
    enum http_refusal_reason refusal;
};

/* Feeds piece by piece; the copy on the heap has no byte more, so that asan sees a reader too far.
 */
static struct verdict judge(const char *bytes, size_t len, size_t piece)
{
    struct verdict v = {.requests = 0};
    struct http_gate gate;
    http_gate_init(&gate, &case_limits);
    size_t at = 0;
    int more = 0;
    while (at < len || more) {
        size_t give = len - at < piece ? len - at : piece, used;
        char *copy = malloc(give != 0 ? give : 1);
        assert_non_null(copy);
        memcpy(copy, bytes + at, give);
        enum http_gate_step step = http_gate_feed(&gate, copy, give, &used);
        free(copy);
        assert_true(used <= give);
        at += used;
        more = 0;
        switch (step) {
        case HTTP_GATE_REFUSED:
            assert_int_not_equal(gate.refusal, HTTP_REFUSAL_NONE);
            v.refusal = gate.refusal;
            return v;
        case HTTP_GATE_HEAD:
            more = 1; /* a message without body ends by the next call */
            break;
        case HTTP_GATE_END:
            v.requests++;
            http_gate_init(&gate, &case_limits);
            break;
        case HTTP_GATE_MORE:
            assert_int_equal(used, give);
            break;
        }
    }
    return v;
}

static void test_cases(void **state)
{
    (void)state;
    static const size_t pieces[] = {SIZE_MAX, 1, 2, 3, 7, 16};
    assert_true(HTTP_CASES > 100);
    for (size_t i = 0; i < HTTP_CASES; i++) {
        const struct http_case *c = &http_cases[i];
        for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
            struct verdict v = judge(c->bytes, c->len, pieces[p]);
            if (v.refusal != c->refusal || v.requests != c->requests)
                fail_msg("%s, in pieces of %zu: %u requests and refusal %s, expected %u and %s",
                         c->name, pieces[p], v.requests, http_refusal_of(v.refusal)->label,
                         c->requests, http_refusal_of(c->refusal)->label);
        }
    }
}

/* Every prefix of what is accepted is either accepted or incomplete, never refused. */
static void test_prefixes(void **state)
{
    (void)state;
    for (size_t i = 0; i < HTTP_CASES; i++) {
        const struct http_case *c = &http_cases[i];
        for (size_t len = 0; c->refusal == HTTP_REFUSAL_NONE && len < c->len; len++) {
            struct verdict v = judge(c->bytes, len, SIZE_MAX);
            assert_int_equal(v.refusal, HTTP_REFUSAL_NONE);
            assert_true(v.requests <= c->requests);
        }
    }
}

static void test_facts(void **state)
{
    (void)state;
    static const char with_length[] = HEAD "Expect: 100-Continue\r\nContent-Length: 7\r\n\r\n",
                      chunked[] = CHUNKED,
                      old[] =
                          "POST /x HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 7\r\n\r\n";
    struct http_gate gate;
    size_t used;

    http_gate_init(&gate, &case_limits);
    assert_int_equal(http_gate_feed(&gate, with_length, sizeof(with_length) - 1, &used),
                     HTTP_GATE_HEAD);
    assert_int_equal(used, sizeof(with_length) - 1);
    assert_true(gate.has_length && gate.expect_continue);
    assert_int_equal(gate.content_length, 7);
    assert_false(gate.chunked || gate.http_1_0);

    http_gate_init(&gate, &case_limits);
    assert_int_equal(http_gate_feed(&gate, chunked, sizeof(chunked) - 1, &used), HTTP_GATE_HEAD);
    assert_true(gate.chunked);
    assert_false(gate.has_length || gate.expect_continue);

    http_gate_init(&gate, &case_limits);
    assert_int_equal(http_gate_feed(&gate, old, sizeof(old) - 1, &used), HTTP_GATE_HEAD);
    assert_true(gate.http_1_0);
    assert_false(gate.expect_continue);
}

static void test_header_bytes_limit_is_exact(void **state)
{
    (void)state;
    static const char start[] = GET HOST "X: ", end[] = "\r\n\r\n";
    for (size_t total = case_limits.header_bytes - 1; total <= case_limits.header_bytes + 1;
         total++) {
        char bytes[2048];
        size_t fill = total - (sizeof(start) - 1) - (sizeof(end) - 1);
        memcpy(bytes, start, sizeof(start) - 1);
        memset(bytes + sizeof(start) - 1, 'a', fill);
        memcpy(bytes + sizeof(start) - 1 + fill, end, sizeof(end) - 1);
        for (size_t piece = 1; piece < 2048; piece *= 2) {
            struct verdict v = judge(bytes, total, piece);
            assert_int_equal(v.refusal, total <= case_limits.header_bytes
                                            ? HTTP_REFUSAL_NONE
                                            : HTTP_REFUSAL_HEADERS_TOO_LARGE);
        }
    }
}

static void test_refusals_are_complete(void **state)
{
    (void)state;
    for (int i = 1; i < HTTP_REFUSAL_COUNT; i++) {
        const struct http_refusal *r = http_refusal_of((enum http_refusal_reason)i);
        assert_true(r->status >= 400 && r->status < 600);
        assert_true(r->code[0] != '\0' && r->label[0] != '\0' && r->message[0] != '\0');
        assert_null(strpbrk(r->message, "\"\\")); /* goes into JSON as it is */
        for (int j = 1; j < i; j++)
            assert_string_not_equal(r->label, http_refusal_of((enum http_refusal_reason)j)->label);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_prefixes),
        cmocka_unit_test(test_facts),
        cmocka_unit_test(test_header_bytes_limit_is_exact),
        cmocka_unit_test(test_refusals_are_complete),
    };
    return cmocka_run_group_tests_name("http_gate", tests, NULL, NULL);
}
