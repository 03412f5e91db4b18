/* A target's events in a stream that has begun, and the sentence that began it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/acknowledge.h"
#include "gateway/stream_join.h"

static const struct chat_reply reply = {.id = "chatcmpl-mine", .created = 42, .model = "m"};

static const struct {
    const char *in, *out;
} events[] = {
    {"data: "
     "{\"id\":\"x\",\"created\":1,\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\","
     "\"content\":\"\"}}]}\n\n",
     "data: {\"id\":\"chatcmpl-mine\",\"created\":42,\"choices\":[{\"index\":0,\"delta\":{"
     "\"content\":\"\"}}]}\n\n"},
    {"data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}],\"id\":\"\"}\n\n",
     "data: {\"choices\":[{\"delta\":{}}],\"id\":\"chatcmpl-mine\"}\n\n"},
    {"data: {\"choices\":[{\"delta\":{\"content\":\"a\" , \"role\" : \"assistant\" }}]}\n\n",
     "data: {\"choices\":[{\"delta\":{\"content\":\"a\" }}]}\n\n"},
    {"data: {\"choices\":[{\"delta\":{\"a\":[1],\"r\\u006fle\":null,\"b\":{\"role\":1}}}]}\n\n",
     "data: {\"choices\":[{\"delta\":{\"a\":[1],\"b\":{\"role\":1}}}]}\n\n"},
    {"data: {\"choices\":[{\"delta\":{\"a\":[1],\"role\":{\"x\":1}}}]}\n\n",
     "data: {\"choices\":[{\"delta\":{\"a\":[1]}}]}\n\n"},
    /* Nothing to do, nothing done: other spellings, other places, no such members. */
    {"event: x\ndata: { \"choices\" : [ ] , \"usage\" : {\"id\":\"u\",\"created\":1} }\n\n",
     "event: x\ndata: { \"choices\" : [ ] , \"usage\" : {\"id\":\"u\",\"created\":1} }\n\n"},
    {"data: {\"id\":null,\"created\":\"x\",\"choices\":[1,{\"delta\":2},{\"role\":\"a\"}]}\r\n\r\n",
     "data: "
     "{\"id\":null,\"created\":\"x\",\"choices\":[1,{\"delta\":2},{\"role\":\"a\"}]}\r\n\r\n"},
    {"data: {\"choices\":{\"delta\":{\"role\":\"a\"}}}\n\n",
     "data: {\"choices\":{\"delta\":{\"role\":\"a\"}}}\n\n"},
    {"data: {\"id\":\"x\",\"id\":\"y\"}\n\n", "data: {\"id\":\"x\",\"id\":\"y\"}\n\n"},
    {"data: [DONE]\n\n", "data: [DONE]\n\n"},
};

static void joined(const char *in, const char *out)
{
    struct buf got = BUF_INIT;
    assert_int_equal(stream_join(&reply, in, strlen(in), &got), 0);
    assert_int_equal(got.len, strlen(out));
    assert_memory_equal(got.data, out, got.len);
    buf_release(&got);
}

static void events_join(void **state)
{
    struct buf in = BUF_INIT, out = BUF_INIT;
    (void)state;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        joined(events[i].in, events[i].out);
        assert_int_equal(buf_append_str(&in, events[i].in), 0);
        assert_int_equal(buf_append_str(&out, events[i].out), 0);
    }
    assert_int_equal(buf_append(&in, "", 1) | buf_append(&out, "", 1), 0);
    joined((char *)in.data, (char *)out.data);
    joined("", "");
    buf_release(&in);
    buf_release(&out);
}

static void sentences(void **state)
{
    static const struct {
        const char *said, *sentence;
        bool whole;
    } rows[] = {
        {"I am on it.", "I am on it.", true},
        {" \n I am on it. And more.", "I am on it.", true},
        {"What is 3.5 plus 1? Well", "What is 3.5 plus 1?", true},
        {"First line\nsecond", "First line", true},
        {"Let me look into the sum of th", "Let me look into the sum of th", false},
        {"Let me see  \n ", "Let me see", true},
        {"no end  ", "no end", false},
        {"\xe6\x88\x91\xe7\x9c\x8b\xe7\x9c\x8b\xe3\x80\x82\xe5\xa5\xbd",
         "\xe6\x88\x91\xe7\x9c\x8b\xe7\x9c\x8b\xe3\x80\x82", true},
        {"", "", false},
        {" \n\t", "", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bool whole = !rows[i].whole;
        struct content got =
            acknowledge_sentence(content_of(rows[i].said, strlen(rows[i].said)), &whole);
        assert_int_equal(content_len(got), strlen(rows[i].sentence));
        assert_memory_equal(content_bytes(got), rows[i].sentence, content_len(got));
        assert_int_equal(whole, rows[i].whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_join),
        cmocka_unit_test(sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
