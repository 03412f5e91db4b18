/* The built-in chat model gives the texts that it gave where it was trained, token by token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "engine/engine.h"
#include "engine/models/builtin.h"

enum { MOST_MESSAGES = 8, MOST_TEXT = 4096 };

static struct engine_model *model;

static int open_model(void **state)
{
    (void)state;
    struct engine_error error;
    struct engine_source source = {0};
    source.bytes = engine_builtin_chat(&source.size);
    int status = engine_model_open(&model, &source, &error);
    if (status != 0)
        print_error("%s\n", error.text);
    return status;
}

static int close_model(void **state)
{
    (void)state;
    engine_model_free(model);
    return 0;
}

static size_t read_messages(const json_t *row, struct engine_message *out)
{
    const json_t *list = json_object_get(row, "messages");
    size_t count = json_array_size(list);
    assert_in_range(count, 1, MOST_MESSAGES);
    for (size_t i = 0; i < count; i++) {
        const json_t *pair = json_array_get(list, i);
        out[i] = (struct engine_message){
            .role = json_string_value(json_array_get(pair, 0)),
            .content = json_string_value(json_array_get(pair, 1)),
            .content_len = json_string_length(json_array_get(pair, 1)),
        };
    }
    return count;
}

/* The whole greedy answer of one sequence, NUL-terminated. */
static void answer(const struct engine_message *messages, size_t count, char *out)
{
    struct engine_error error = {0};
    struct engine_session *session;
    int32_t *tokens;
    size_t token_count, len = 0;
    assert_int_equal(
        engine_chat_tokens(model, messages, count, NULL, true, &tokens, &token_count, &error), 0);
    assert_int_equal(engine_session_new(&session, model, NULL, &error), 0);
    struct engine_submission submission = {
        .prompt = tokens, .prompt_count = token_count, .max_tokens = 80, .tag = 1};
    assert_int_equal(engine_session_submit(session, &submission, &error), 0);
    int runnable = 1;
    while (runnable > 0) {
        struct engine_event events[8];
        size_t event_count = 0;
        runnable = engine_session_step(session, events, &event_count, &error);
        assert_true(runnable >= 0);
        for (size_t i = 0; i < event_count; i++) {
            assert_true(len + events[i].text_len < MOST_TEXT);
            memcpy(out + len, events[i].text, events[i].text_len);
            len += events[i].text_len;
        }
    }
    out[len] = '\0';
    engine_session_free(session);
    engine_tokens_free(tokens, token_count);
}

static void test_golden_texts(void **state)
{
    (void)state;
    FILE *file = fopen(TEST_SOURCE_DIR "/tests/golden/chat_greedy.jsonl", "r");
    assert_non_null(file);
    char *line = NULL;
    size_t cap = 0, rows = 0;
    while (getline(&line, &cap, file) > 0) {
        json_t *row = json_loads(line, JSON_ALLOW_NUL, NULL);
        assert_non_null(row);
        struct engine_message messages[MOST_MESSAGES];
        char text[MOST_TEXT];
        answer(messages, read_messages(row, messages), text);
        assert_string_equal(text, json_string_value(json_object_get(row, "answer")));
        json_decref(row);
        rows++;
    }
    assert_true(rows >= 10);
    free(line);
    (void)fclose(file);
}

static void test_description(void **state)
{
    (void)state;
    struct engine_model_info info;
    size_t size;
    engine_model_describe(model, &info);
    assert_string_equal(info.architecture, "llama");
    assert_int_equal(info.context_length, 1024);
    assert_non_null(engine_builtin_chat(&size));
    assert_in_range(size, 1 << 20, 4 << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_description),
        cmocka_unit_test(test_golden_texts),
    };
    return cmocka_run_group_tests(tests, open_model, close_model);
}
