/* Calls of tools in what models say, whole and in pieces of every size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "gateway/tool_calls.h"

/* What came, as "text|name(arguments)name(arguments)". */
struct heard {
    char text[512], calls[512];
    size_t text_len, calls_len;
};

static int on_text(void *user, struct content text)
{
    struct heard *h = user;
    memcpy(h->text + h->text_len, content_bytes(text), content_len(text));
    h->text_len += content_len(text);
    return 0;
}

static int on_call(void *user, unsigned index, struct content name)
{
    struct heard *h = user;
    h->calls_len +=
        (size_t)snprintf(h->calls + h->calls_len, 256, "%s%u:%.*s ", index > 0 ? " " : "", index,
                         (int)content_len(name), (const char *)content_bytes(name));
    return 0;
}

static int on_arguments(void *user, unsigned index, struct content piece)
{
    struct heard *h = user;
    (void)index;
    memcpy(h->calls + h->calls_len, content_bytes(piece), content_len(piece));
    h->calls_len += content_len(piece);
    return 0;
}

static const struct tool_call_events events = {on_text, on_call, on_arguments};

static const struct {
    enum engine_call format;
    const char *said, *text, *calls;
} cases[] = {
    {ENGINE_CALL_HERMES, "Hello <b>there</b> \n", "Hello <b>there</b> \n", ""},
    {ENGINE_CALL_HERMES,
     "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": [1, \"}\\\"\"]}}\n</tool_call>", "",
     "0:f {\"a\": [1, \"}\\\"\"]}"},
    {ENGINE_CALL_HERMES,
     "I look.\n<tool_call>{\"arguments\":{\"x\":{}},\"name\":\"g\"}</tool_call>\n<tool_call>\n"
     "{\"name\":\"h\",\"arguments\":{}}\n</tool_call>\n",
     "I look.", "0:g {\"x\":{}} 1:h {}"},
    {ENGINE_CALL_HERMES, "<tool_call>{\"name\":\"f\"}</tool_call>", "", "0:f {}"},
    {ENGINE_CALL_HERMES, "<tool_call>{\"name\":\"f\",\"arguments\":\"{\\\"a\\\":1}\"}</tool_call>",
     "", "0:f {\"a\":1}"},
    {ENGINE_CALL_HERMES,
     "<tool_call>{\"name\":\"\\u0066\",\"id\":7,\"arguments\":{}}</tool_call> ok", " ok", "0:f {}"},
    {ENGINE_CALL_HERMES, "<tool_call>nothing</tool_call>", "<tool_call>nothing</tool_call>", ""},
    {ENGINE_CALL_HERMES, "<tool_call>{\"nam\":1}</tool_call>", "<tool_call>{\"nam\":1}</tool_call>",
     ""},
    {ENGINE_CALL_HERMES, "<tool_call>{name:1}", "<tool_call>{name:1}", ""},
    {ENGINE_CALL_HERMES, "a <tool_ca", "a <tool_ca", ""},
    {ENGINE_CALL_HERMES, "<tool_call>{\"name\":\"f\",\"arguments\":{\"a\":\"cut", "",
     "0:f {\"a\":\"cut"},
    {ENGINE_CALL_LLAMA, "{\"name\": \"f\", \"parameters\": {\"q\": \"\xc3\xa9\"}}", "",
     "0:f {\"q\": \"\xc3\xa9\"}"},
    {ENGINE_CALL_LLAMA,
     "<|python_tag|>{\"name\":\"f\",\"parameters\":{}}; {\"name\":\"g\",\"parameters\":{\"a\":1}}",
     "", "0:f {} 1:g {\"a\":1}"},
    {ENGINE_CALL_LLAMA, "{\"a\": 1}", "{\"a\": 1}", ""},
    {ENGINE_CALL_LLAMA, "It is {\"name\":\"f\"}", "It is {\"name\":\"f\"}", ""},
    {ENGINE_CALL_MISTRAL,
     "[TOOL_CALLS][{\"name\":\"f\",\"arguments\":{\"a\":1}}, {\"name\":\"g\",\"arguments\":{}}]",
     "", "0:f {\"a\":1} 1:g {}"},
    {ENGINE_CALL_MISTRAL, "[1, 2]", "[1, 2]", ""},
};

static void test_formats(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        size_t len = strlen(cases[i].said);
        for (size_t piece = 1; piece <= len; piece++) {
            struct heard h = {.text_len = 0};
            struct tool_calls calls;
            tool_calls_init(&calls, cases[i].format, &events, &h);
            for (size_t at = 0; at < len; at += piece)
                assert_int_equal(
                    tool_calls_feed(&calls, content_of(cases[i].said + at,
                                                       len - at < piece ? len - at : piece)),
                    0);
            assert_int_equal(tool_calls_end(&calls), 0);
            if (strcmp(h.text, cases[i].text) != 0 || strcmp(h.calls, cases[i].calls) != 0)
                fail_msg("%s by %zu: %s|%s", cases[i].said, piece, h.text, h.calls);
            tool_calls_release(&calls);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_formats)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
