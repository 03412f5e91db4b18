/* Framing of server-sent events, whole and split at every byte; and the look at an answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/answer.h"
#include "gateway/sse.h"

#define A "data: {\"choices\":[{\"delta\":{\"content\":\"h\\u00e9 \xc3\xa9\"}}]}\n\n"
#define B "data:{\"choices\":[{\"delta\":{},\"finish_reason\":\"length\"}]}\r\n\r\n"
#define U "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":3456}}\n\n"
#define D "data: [DONE]\n\n"

struct sink {
    struct buf out;
    int calls;
};

static void collect(void *user, const void *bytes, size_t len)
{
    struct sink *sink = user;
    assert_true(len > 0);
    assert_int_equal(buf_append(&sink->out, bytes, len), 0);
    sink->calls++;
}

struct framing_case {
    const char *name, *in, *out;
    size_t in_len; /* 0: strlen */
    enum sse_status status;
};

#define WHOLE(text) (text), (text), 0
static const struct framing_case cases[] = {
    {"plain", WHOLE(A A B D), SSE_DONE},
    {"usage", WHOLE(A U D), SSE_DONE},
    {"event fields pass", WHOLE("event: message\nid: 7\nretry: 10\n" A D), SSE_DONE},
    {"crlf", WHOLE(B "data: [DONE]\r\n\r\n"), SSE_DONE},
    {"mixed ends", WHOLE("data: {}\r\n\ndata: {}\n\r\n"), SSE_OK},
    {"no end", A A, A A, 0, SSE_OK},
    {"half an event", A "data: {\"a\":1}\n", A, 0, SSE_OK},
    {"done without blank line", A "data: [DONE]\n", A, 0, SSE_OK},
    {"comments dropped", ": processing\n\n" A ": ping\n\n\n\n" D, A D, 0, SSE_DONE},
    {"empty lines dropped", "\n\r\n\n" A "\n" D, A D, 0, SSE_DONE},
    {"fields without data dropped", "retry: 3000\n\n" A D, A D, 0, SSE_DONE},
    {"behind done", A D "garbage\n\n" A, A D, 0, SSE_DONE},
    {"done before any choice", "data: {}\n\n" D A, "data: {}\n\n", 0, SSE_GARBAGE},
    {"done behind usage only", U D, U, 0, SSE_GARBAGE},
    {"not an object", A "data: [1]\n\n" A, A, 0, SSE_GARBAGE},
    {"string", "data: \"x\"\n\n", "", 0, SSE_GARBAGE},
    {"empty data", "data:\n\n", "", 0, SSE_GARBAGE},
    {"no json", A "data: hello\n\n", A, 0, SSE_GARBAGE},
    {"done misspelt", A "data: [done]\n\n", A, 0, SSE_GARBAGE},
    {"done with a tail", A "data: [DONE] \n\n", A, 0, SSE_GARBAGE},
    {"half an object", "data: {\"a\":\n\n", "", 0, SSE_GARBAGE},
    {"two data lines", "data: {}\ndata: {}\n\n", "", 0, SSE_GARBAGE},
    {"object over two lines", "data: {\"a\":\ndata: 1}\n\n", "", 0, SSE_GARBAGE},
    {"unknown field", "date: {}\n\n", "", 0, SSE_GARBAGE},
    {"space before field", " data: {}\n\n", "", 0, SSE_GARBAGE},
    {"html", "<html>\n\n", "", 0, SSE_GARBAGE},
    {"bare object", "{\"error\":1}\n\n", "", 0, SSE_GARBAGE},
    {"byte order mark", "\xef\xbb\xbf" A, "", 0, SSE_GARBAGE},
    {"bare cr", "data: {}\rdata: {}\n\n", "", 0, SSE_GARBAGE},
    {"cr before crlf", "data: {}\r\r\n\r\n", "", 0, SSE_GARBAGE},
    {"cr inside", "data: {\"a\":\r1}\n\n", "", 0, SSE_GARBAGE},
    {"control in comment", ": a\x01\n\n", "", 0, SSE_GARBAGE},
    {"nul", "data: {\"a\":\"\0\"}\n\n", "", 18, SSE_GARBAGE},
    {"bad utf-8", "data: {\"a\":\"\xc3\"}\n\n", "", 0, SSE_GARBAGE},
    {"surrogate in utf-8", "data: {\"a\":\"\xed\xa0\x80\"}\n\n", "", 0, SSE_GARBAGE},
    {"error object", A "data: {\"error\":{\"message\":\"x\"}}\n\n" D, A, 0, SSE_FAILED},
    {"error null", "data: {\"error\":null}\n\n", "data: {\"error\":null}\n\n", 0, SSE_OK},
    {"error deeper is text", "data: {\"x\":{\"error\":1}}\n\n", "data: {\"x\":{\"error\":1}}\n\n",
     0, SSE_OK},
};

static void run_case(const struct framing_case *c, size_t first, size_t step)
{
    struct sse sse;
    struct sink sink = {.out = BUF_INIT};
    size_t len = c->in_len != 0 ? c->in_len : strlen(c->in);
    enum sse_status status = SSE_OK;
    sse_init(&sse, 4096, collect, &sink);
    for (size_t at = 0; at < len;) {
        size_t n = at == 0 && first > 0 ? first : step;
        n = n < len - at ? n : len - at;
        status = sse_feed(&sse, c->in + at, n);
        at += n;
    }
    if (status != c->status || sink.out.len != strlen(c->out) ||
        (sink.out.len > 0 && memcmp(sink.out.data, c->out, sink.out.len) != 0))
        fail_msg("%s, first %zu, step %zu: status %d, %zu bytes out", c->name, first, step,
                 (int)status, sink.out.len);
    sse_release(&sse);
    buf_release(&sink.out);
}

static void test_cases_whole_and_split(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct framing_case *c = &cases[i];
        size_t len = c->in_len != 0 ? c->in_len : strlen(c->in);
        run_case(c, 0, len);
        run_case(c, 0, 1);
        for (size_t first = 1; first < len; first++) {
            run_case(c, first, len);
            run_case(c, first, 3);
        }
    }
}

static void test_whole_events_pass_in_one_run(void **state)
{
    (void)state;
    struct sse sse;
    struct sink sink = {.out = BUF_INIT};
    sse_init(&sse, 4096, collect, &sink);
    assert_int_equal(sse_feed(&sse, A A B D, strlen(A A B D)), SSE_DONE);
    assert_int_equal(sink.calls, 1);
    assert_int_equal(sse.held.cap, 0); /* nothing was copied */
    assert_true(sse.facts.finished);
    assert_int_equal(sse.facts.finish, BACKEND_FINISH_LENGTH);
    sse_release(&sse);
    buf_release(&sink.out);
}

static void test_block_size_is_bounded(void **state)
{
    (void)state;
    static char big[6000];
    memset(big, 'x', sizeof(big));
    struct sink sink = {.out = BUF_INIT};
    struct sse sse;
    sse_init(&sse, 4096, collect, &sink);
    assert_int_equal(sse_feed(&sse, big, sizeof(big)), SSE_TOO_LARGE);
    sse_release(&sse);

    sse_init(&sse, 4096, collect, &sink);
    for (int i = 0; i < 4096; i++)
        assert_int_equal(sse_feed(&sse, "x", 1), SSE_OK);
    assert_int_equal(sse_feed(&sse, "x", 1), SSE_TOO_LARGE);
    assert_int_equal(sse_feed(&sse, A, strlen(A)), SSE_TOO_LARGE);
    sse_release(&sse);

    memcpy(big, "data: {\"a\":\"", 12);
    memcpy(big + sizeof(big) - 4, "\"}\n\n", 4);
    sse_init(&sse, 4096, collect, &sink);
    assert_int_equal(sse_feed(&sse, big, sizeof(big)), SSE_TOO_LARGE);
    sse_release(&sse);
    assert_int_equal(sink.calls, 0);
}

static void test_usage_is_read(void **state)
{
    (void)state;
    struct sse sse;
    struct sink sink = {.out = BUF_INIT};
    sse_init(&sse, 4096, collect, &sink);
    assert_int_equal(sse_feed(&sse, A U D, strlen(A U D)), SSE_DONE);
    assert_int_equal(sse.facts.prompt_tokens, 12);
    assert_int_equal(sse.facts.completion_tokens, 3456);
    assert_false(sse.facts.finished);
    sse_release(&sse);
    buf_release(&sink.out);
}

static void test_answer_grammar(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{}",
        " {\"a\" : [ ] , \"b\":[1,-2.5e+3,0,true,false,null,\"\\u12aF\\n\"]} \n",
        "{\"a\":{\"b\":{\"c\":[[[]]]}}}",
        "{\"a\":-0.0}",
    };
    static const char *const bad[] = {
        "",
        "[]",
        "1",
        "{",
        "{}x",
        "{} {}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":1e}",
        "{\"a\":-}",
        "{\"a\":[1,]}",
        "{\"a\":[1 2]}",
        "{\"a\":tru}",
        "{\"a\":nul}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"b}",
        "{\"a\":[}",
        "{\"a\":[}]",
        "{\"a\":NaN}",
        "{\"error\":nxll}",
        "{\"a\":\"\xff\"}",
        "{\"a\":\"\xc0\x80\"}",
    };
    struct answer_facts facts = {0};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        if (!answer_scan(good[i], strlen(good[i]), &facts))
            fail_msg("refused: %s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (answer_scan(bad[i], strlen(bad[i]), &facts))
            fail_msg("accepted: %s", bad[i]);
    const char *whole = good[1];
    for (size_t n = 0; n < strlen(whole) - 2; n++)
        assert_false(answer_scan(whole, n, &facts));
}

static void test_answer_depth(void **state)
{
    (void)state;
    char text[600] = "{\"a\":";
    struct answer_facts facts = {0};
    for (int depth = ANSWER_MAX_DEPTH - 2; depth <= ANSWER_MAX_DEPTH + 1; depth++) {
        size_t n = 5;
        for (int i = 0; i < depth; i++)
            text[n++] = '[';
        for (int i = 0; i < depth; i++)
            text[n++] = ']';
        text[n++] = '}';
        assert_int_equal(answer_scan(text, n, &facts), depth + 1 <= ANSWER_MAX_DEPTH);
    }
}

static void test_answer_reads_only_its_places(void **state)
{
    (void)state;
    static const char text[] =
        "{\"prompt_tokens\":1,\"message\":{\"finish_reason\":\"length\","
        "\"usage\":{\"prompt_tokens\":2}},\"finish_reason\":\"length\",\"choices\":[[{"
        "\"finish_reason\":\"length\"}]],\"usage\":{\"prompt_tokens\":99999999999,"
        "\"completion_tokens\":-7,\"details\":{\"completion_tokens\":8}}}";
    struct answer_facts facts = {0};
    assert_true(answer_scan(text, strlen(text), &facts));
    assert_int_equal(facts.prompt_tokens, 0);
    assert_int_equal(facts.completion_tokens, 0);
    assert_false(facts.finished);

    static const char real[] = "{\"choices\":[{\"message\":{\"content\":\"usage\"},"
                               "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,"
                               "\"completion_tokens\":4,\"total_tokens\":13}}";
    assert_true(answer_scan(real, strlen(real), &facts));
    assert_int_equal(facts.prompt_tokens, 9);
    assert_int_equal(facts.completion_tokens, 4);
    assert_true(facts.finished);
    assert_int_equal(facts.finish, BACKEND_FINISH_STOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_whole_and_split),
        cmocka_unit_test(test_whole_events_pass_in_one_run),
        cmocka_unit_test(test_block_size_is_bounded),
        cmocka_unit_test(test_usage_is_read),
        cmocka_unit_test(test_answer_grammar),
        cmocka_unit_test(test_answer_depth),
        cmocka_unit_test(test_answer_reads_only_its_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
