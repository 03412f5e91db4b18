/* Values back in answers: whole ones, events cut anywhere, and both say the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/json.h"
#include "gateway/restore.h"

static struct redact_map map;

static int setup(void **state)
{
    static const struct {
        const char *value;
        enum pii_type type;
        bool mask;
    } values[] = {{"Zoë \"Z\" \\Quinn", PII_PERSON, false},
                  {"Ann", PII_PERSON, false},
                  {"ann@x.example", PII_EMAIL_ADDRESS, false},
                  {"123-45-6789", PII_US_SSN, true}};
    (void)state;
    redact_map_init(&map);
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        assert_int_equal(redact_map_add(&map, content_of(values[i].value, strlen(values[i].value)),
                                        values[i].type, values[i].mask),
                         0);
    return redact_map_seal(&map);
}

static int teardown(void **state)
{
    (void)state;
    redact_map_release(&map);
    return 0;
}

static char *finish(struct buf *out)
{
    assert_int_equal(buf_append(out, "", 1), 0);
    return (char *)out->data;
}

static void test_bodies(void **state)
{
    static const struct {
        const char *body, *expected;
    } rows[] = {
        {"{ \"z\":1.50, \"choices\":[ {\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
         "\"Dear [PERSON_1],\\u0020\\/ and [PERSON_2]\"}, \"finish_reason\":\"stop\"}],\"id\" : "
         "\"[PERSON_2]\"}",
         "{ \"z\":1.50, \"choices\":[ {\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":"
         "\"Dear Zoë \\\"Z\\\" \\\\Quinn, / and Ann\"}, \"finish_reason\":\"stop\"}],\"id\" : "
         "\"[PERSON_2]\"}"},
        /* twice escaped inside arguments */
        {"{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":[{\"id\":\"c\",\"function\":"
         "{\"name\":\"f\",\"arguments\":\"{\\\"to\\\":\\\"[PERSON_1]\\\"}\"}}]}}]}",
         "{\"choices\":[{\"message\":{\"content\":null,\"tool_calls\":[{\"id\":\"c\",\"function\":"
         "{\"name\":\"f\",\"arguments\":\"{\\\"to\\\":\\\"Zoë \\\\\\\"Z\\\\\\\" "
         "\\\\\\\\Quinn\\\"}\"}}]}}]}"},
        {"{\"choices\":[{\"message\":{\"reasoning_content\":\"\\u005bPERSON_2]\",\"refusal\":"
         "\"[EMAIL_ADDRESS_1]\"},\"logprobs\":{\"content\":[{\"token\":\"[PERSON_2]\"}]}}]}",
         "{\"choices\":[{\"message\":{\"reasoning_content\":\"Ann\",\"refusal\":"
         "\"ann@x.example\"},\"logprobs\":{\"content\":[{\"token\":\"[PERSON_2]\"}]}}]}"},
        /* nothing of ours, or no longer ours: byte for byte */
        {"{\"choices\":[{\"message\":{\"content\":\"\\u0041[1] [US_SSN] [PERSON_9]\"}}]}", NULL},
        {"{\"choices\":5}", NULL},
        {"{\"a\":1,\"a\":2}", NULL},
        {"no JSON [PERSON_1]", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct restore *r = restore_new(&map, NULL);
        struct buf out = BUF_INIT;
        assert_non_null(r);
        assert_int_equal(restore_body(r, rows[i].body, strlen(rows[i].body), &out), 0);
        assert_string_equal(finish(&out),
                            rows[i].expected != NULL ? rows[i].expected : rows[i].body);
        buf_release(&out);
        restore_free(r);
    }
}

#define DELTA(delta, more)                                                                         \
    "data: {\"id\":\"i\",\"choices\":[{\"index\":0,\"delta\":" delta more "}]}\n\n"
#define DONE "data: [DONE]\n\n"

static void test_events(void **state)
{
    static const struct {
        const char *events, *expected;
    } rows[] = {
        /* Untouched events are the target's bytes, CRLF and other fields too. */
        {": "
         "c\n\ndata:{\"choices\":[{\"delta\":{\"content\":\"\\u0041[x\"}}],\"z\":1e3}\r\n\r\n" DONE,
         NULL},
        {"event: m\nid: 1\n" DELTA("{\"content\":\"[PERSON_2]\"}", "") DONE,
         "event: m\nid: 1\n" DELTA("{\"content\":\"Ann\"}", "") DONE},
        {DELTA("{\"content\":\"a [PER\"}", "") DELTA("{\"content\":\"SON_2] b\"}", "")
             DELTA("{}", ",\"finish_reason\":\"stop\"") DONE,
         DELTA("{\"content\":\"a \"}", "") DELTA("{\"content\":\"Ann b\"}", "")
             DELTA("{}", ",\"finish_reason\":\"stop\"") DONE},
        /* What was no placeholder after all leaves before the choice ends. */
        {DELTA("{\"content\":\"a [PER\"}", "") DELTA("{}", ",\"finish_reason\":\"stop\"") DONE,
         DELTA("{\"content\":\"a \"}", "")
             DELTA("{\"content\":\"[PER\"}", ",\"finish_reason\":null")
                 DELTA("{}", ",\"finish_reason\":\"stop\"") DONE},
        {DELTA("{\"content\":\"a [PER\"}", "")
             DELTA("{\"content\":\"SON_2\"}", ",\"finish_reason\":\"stop\"") DONE,
         DELTA("{\"content\":\"a \"}", "")
             DELTA("{\"content\":\"[PERSON_2\"}", ",\"finish_reason\":\"stop\"") DONE},
        /* No finish at all. */
        {DELTA("{\"content\":\"[\"}", "") DONE,
         DELTA("{\"content\":\"\"}", "") DELTA("{\"content\":\"[\"}", ",\"finish_reason\":null")
             DONE},
        /* Choices and tools do not mix. */
        {DELTA("{\"content\":\"[PER\"}", "") "data: "
                                             "{\"choices\":[{\"index\":1,\"delta\":{\"content\":"
                                             "\"SON_2]\"}}]}\n\n" DELTA("{\"content\":\"SON_2]\"}",
                                                                        "") DONE,
         DELTA("{\"content\":\"\"}", "") "data: "
                                         "{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"SON_"
                                         "2]\"}}]}\n\n" DELTA("{\"content\":\"Ann\"}", "") DONE},
        {DELTA("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"[PERSON\"}},{"
               "\"index\":"
               "1,\"function\":{\"arguments\":\"x[\"}}]}",
               "")
             DELTA("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"_1]\\\"\"}}]}",
                   ",\"finish_reason\":\"tool_calls\"") DONE,
         DELTA("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"\"}},{\"index\":"
               "1,\"function\":{\"arguments\":\"x\"}}]}",
               "") DELTA("{\"tool_calls\":[{\"index\":1,\"function\":{\"arguments\":\"[\"}}]}",
                         ",\"finish_reason\":null")
             DELTA("{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"Zoë "
                   "\\\\\\\"Z\\\\\\\" "
                   "\\\\\\\\Quinn\\\"\"}}]}",
                   ",\"finish_reason\":\"tool_calls\"") DONE},
        /* usage and unreadable events pass */
        {"data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1}}\n\n"
         "data: {\"choices\":[],\"choices\":[{\"delta\":{\"content\":\"[PERSON_1]\"}}]}\n\n" DONE,
         NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct restore *r = restore_new(&map, NULL);
        struct buf out = BUF_INIT;
        assert_non_null(r);
        assert_int_equal(restore_events(r, rows[i].events, strlen(rows[i].events), &out), 0);
        assert_string_equal(finish(&out),
                            rows[i].expected != NULL ? rows[i].expected : rows[i].events);
        buf_release(&out);
        restore_free(r);
    }
}

static void test_broken_off(void **state)
{
    (void)state;
    struct restore *r = restore_new(&map, NULL);
    struct buf out = BUF_INIT;
    const char *event = DELTA("{\"content\":\"a [PERSON_\"}", "");
    assert_int_equal(restore_events(r, event, strlen(event), &out), 0);
    assert_int_equal(restore_end(r, &out), 0);
    assert_string_equal(finish(&out), DELTA("{\"content\":\"a \"}", "") DELTA(
                                          "{\"content\":\"[PERSON_\"}", ",\"finish_reason\":null"));
    buf_release(&out);
    restore_free(r);
}

/* ---- streams of random texts in random pieces: four texts each, ten thousand splits ---- */

static uint64_t seed = 42;

static size_t below(size_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(seed >> 33) % limit;
}

static const char *const pieces[] = {
    "[PERSON_1]", "[PERSON_2]", "[EMAIL_ADDRESS_1]",
    "[US_SSN]",   "[PERSON_",   "[",
    "]",          " and ",      "\"",
    "\\",         "ë日😀",       "\n",
    "1",          "[PERSON_1",
};

enum { CHOICES = 2, TEXTS = 2 * CHOICES, TEXT_BYTES = 400, STREAMS = 2500 };

static void random_text(char text[TEXT_BYTES])
{
    text[0] = '\0';
    for (size_t n = below(14); n > 0; n--) {
        const char *piece = pieces[below(sizeof(pieces) / sizeof(pieces[0]))];
        memcpy(text + strlen(text), piece, strlen(piece) + 1);
    }
}

/* A JSON string of the n bytes. */
static char *quoted(const char *text, size_t n)
{
    struct buf out = BUF_INIT;
    assert_int_equal(json_write_string(&out, content_of(text, n)), 0);
    return finish(&out);
}

/* Text i is the content of choice i/2 when even, else the arguments of its tool call 3. */
static void append_delta(struct buf *out, int i, const char *text, size_t n, bool finished)
{
    char *json = quoted(text, n);
    assert_int_equal(buf_printf(out, "data: {\"choices\":[{\"index\":%d,\"delta\":", i / 2), 0);
    if (i % 2 == 0)
        assert_int_equal(buf_printf(out, "{\"content\":%s}", json), 0);
    else
        assert_int_equal(
            buf_printf(out, "{\"tool_calls\":[{\"index\":3,\"function\":{\"arguments\":%s}}]}",
                       json),
            0);
    assert_int_equal(buf_printf(out, "%s}]}\n\n", finished ? ",\"finish_reason\":\"stop\"" : ""),
                     0);
    free(json);
}

static char *joined[TEXTS];

static void join(int i, const json_t *string)
{
    const char *more = json_string_value(string);
    if (more == NULL)
        return;
    joined[i] = realloc(joined[i], strlen(joined[i]) + strlen(more) + 1);
    assert_non_null(joined[i]);
    memcpy(joined[i] + strlen(joined[i]), more, strlen(more) + 1);
}

/* What a client makes of the events; *open: choices that have not finished. */
static void join_events(char *events, unsigned *open)
{
    for (char *line = events, *end; (end = strstr(line, "\n\n")) != NULL; line = end + 2) {
        *end = '\0';
        if (strcmp(line, "data: [DONE]") == 0)
            continue;
        json_t *event = json_loads(line + 6, 0, NULL);
        assert_non_null(event);
        json_t *choice = json_array_get(json_object_get(event, "choices"), 0);
        int index = (int)json_integer_value(json_object_get(choice, "index"));
        assert_true((*open >> index & 1) != 0);
        json_t *delta = json_object_get(choice, "delta");
        json_t *call = json_array_get(json_object_get(delta, "tool_calls"), 0);
        join(2 * index, json_object_get(delta, "content"));
        if (call != NULL) {
            assert_int_equal(json_integer_value(json_object_get(call, "index")), 3);
            join(2 * index + 1, json_object_get(json_object_get(call, "function"), "arguments"));
        }
        if (json_is_string(json_object_get(choice, "finish_reason")))
            *open &= ~(1u << index);
        json_decref(event);
    }
}

static char *whole_of(const char *text, bool arguments)
{
    struct buf body = BUF_INIT, out = BUF_INIT;
    struct restore *r = restore_new(&map, NULL);
    char *json = quoted(text, strlen(text));
    assert_int_equal(
        buf_printf(&body, "{\"choices\":[{\"message\":{%s%s%s}}]}",
                   arguments ? "\"tool_calls\":[{\"function\":{\"arguments\":" : "\"content\":",
                   json, arguments ? "}}]" : ""),
        0);
    assert_int_equal(restore_body(r, body.data, body.len, &out), 0);
    json_t *root = json_loads(finish(&out), 0, NULL);
    json_t *message =
        json_object_get(json_array_get(json_object_get(root, "choices"), 0), "message");
    json_t *call = json_array_get(json_object_get(message, "tool_calls"), 0);
    const char *result = json_string_value(
        arguments ? json_object_get(json_object_get(call, "function"), "arguments")
                  : json_object_get(message, "content"));
    assert_non_null(result);
    char *copy = strdup(result);
    json_decref(root);
    restore_free(r);
    buf_release(&body);
    buf_release(&out);
    free(json);
    return copy;
}

static void test_joined_stream_is_the_whole(void **state)
{
    (void)state;
    for (int round = 0; round < STREAMS; round++) {
        char texts[TEXTS][TEXT_BYTES];
        size_t at[TEXTS] = {0};
        struct buf events = BUF_INIT, out = BUF_INIT;
        struct restore *r = restore_new(&map, NULL);
        unsigned left = (1u << TEXTS) - 1, open = (1u << CHOICES) - 1;
        for (int i = 0; i < TEXTS; i++) {
            random_text(texts[i]);
            joined[i] = strdup("");
        }
        /* Each step sends some characters of one of the texts; the end may come with the last. */
        while (left != 0) {
            int i = (int)below(TEXTS);
            if ((left >> i & 1) == 0)
                continue;
            size_t n = below(5);
            size_t rest = strlen(texts[i]) - at[i];
            n = n < rest ? n : rest;
            while ((texts[i][at[i] + n] & 0xC0) == 0x80)
                n++;
            bool ended = at[i] + n == strlen(texts[i]) && below(2) == 0;
            left &= ended ? ~(1u << i) : ~0u;
            bool last = ended && (left & (3u << (i & ~1))) == 0;
            append_delta(&events, i, texts[i] + at[i], n, last);
            at[i] += n;
        }
        assert_int_equal(buf_append_str(&events, "data: [DONE]\n\n"), 0);
        /* Events come one or more a call. */
        for (size_t from = 0; from < events.len;) {
            size_t to = from;
            do {
                const uint8_t *end = memmem(events.data + to, events.len - to, "\n\n", 2);
                to = (size_t)(end - events.data) + 2;
            } while (to < events.len && below(3) == 0);
            assert_int_equal(restore_events(r, events.data + from, to - from, &out), 0);
            from = to;
        }
        join_events(finish(&out), &open);
        assert_int_equal(open, 0);
        for (int i = 0; i < TEXTS; i++) {
            char *whole = whole_of(texts[i], i % 2 != 0);
            assert_string_equal(joined[i], whole);
            free(whole);
            free(joined[i]);
        }
        buf_release(&events);
        buf_release(&out);
        restore_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_broken_off),
        cmocka_unit_test(test_joined_stream_is_the_whole),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
