#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "gateway/api_chat.h"

#define USER(content) "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":" content "}]}"

static struct content text_of(const char *text)
{
    return content_of(text, strlen(text));
}

/* Does any of the texts to classify hold these bytes? */
static bool classified(const struct chat_request *q, const char *needle)
{
    for (size_t i = 0; i < q->text_count; i++)
        if (memmem(content_bytes(q->texts[i].text), content_len(q->texts[i].text), needle,
                   strlen(needle)) != NULL)
            return true;
    return false;
}

static void test_every_text_byte_is_classified(void **state)
{
    (void)state;
    static const char body[] =
        "{\"model\":\"Odd Model alpha\",\"user\":\"bravo\",\"metadata\":{\"charlie\":\"delta\","
        "\"ssn\":536228145},\"stop\":[\"echo\"],\"tools\":[{\"type\":\"function\",\"function\":{"
        "\"name\":\"foxtrot\",\"description\":\"golf\",\"parameters\":{\"properties\":{\"hotel\":{"
        "\"enum\":[\"india\"]}}}}}],\"messages\":[{\"role\":\"system\",\"content\":\"juliett\"},"
        "{\"role\":\"user\",\"name\":\"kilo\",\"content\":[{\"type\":\"text\",\"text\":\"lima\"},"
        "{\"type\":\"text\",\"text\":\"mi\\u006be\"}]},{\"role\":\"assistant\",\"content\":null,"
        "\"refusal\":\"november\",\"tool_calls\":[{\"id\":\"oscar\",\"type\":\"function\","
        "\"function\":{\"name\":\"papa\",\"arguments\":\"{\\\"quebec\\\":\\\"romeo\\\"}\"}}]},"
        "{\"role\":\"tool\",\"tool_call_id\":\"sierra\",\"content\":\"tango\"},"
        "{\"role\":\"user\",\"content\":\"data:text/plain;base64,dW5pZm9ybQ==\","
        "\"victor\":{\"whiskey\":[\"xray\"]},\"detail\":\"yankee\",\"zulu\":\"none\","
        "\"model\":\"ada\",\"type\":\"byron\"}]}";
    static const char *const words[] = {
        "alpha",          "bravo",      "charlie: delta", "ssn: 536228145", "echo",    "foxtrot",
        "golf",           "hotel",      "india",          "juliett",        "kilo",    "lima",
        "mike",           "november",   "oscar",          "papa",           "quebec",  "romeo",
        "sierra",         "tango",      "uniform",        "victor",         "whiskey", "xray",
        "detail: yankee", "zulu: none", "model: ada",     "type: byron"};
    struct chat_request q;
    struct chat_problem problem;
    assert_int_equal(chat_request_decode(&q, text_of(body), &problem), 0);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (!classified(&q, words[i]))
            fail_msg("not classified: %s", words[i]);
    assert_false(q.unscannable);
    assert_int_equal(q.message_count, 5);
    assert_int_equal(content_len(q.messages[1].text), 9);
    assert_memory_equal(content_bytes(q.messages[1].text), "lima\nmike", 9);
    chat_request_release(&q);
}

static void test_words_of_the_dialect_are_not(void **state)
{
    (void)state;
    struct chat_request q;
    struct chat_problem problem;
    assert_int_equal(chat_request_decode(&q, text_of(USER("\"hi\"")), &problem), 0);
    assert_int_equal(q.text_count, 1);
    assert_true(q.texts[0].turn);
    chat_request_release(&q);
}

static void test_tools_by_either_name(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        bool tools;
    } cases[] = {
        {"\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"w\"}}]", true},
        {"\"tools\":[]", false},
        {"\"tools\":null", false},
        {"\"functions\":[{\"name\":\"w\"}]", true},
        {"\"tools\":null,\"functions\":[{\"name\":\"w\"}]", true},
        {"\"functions\":[]", false},
        {"\"functions\":{\"name\":\"w\"}", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char body[512];
        struct chat_request q;
        struct chat_problem problem;
        (void)snprintf(body, sizeof(body),
                       "{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}],%s}",
                       cases[i].field);
        assert_int_equal(chat_request_decode(&q, text_of(body), &problem), 0);
        if (q.tools != cases[i].tools || (q.tool_list != JSON_NONE) != (i == 0))
            fail_msg("case %zu", i);
        chat_request_release(&q);
    }
}

static void test_parts_of_a_message_belong_together(void **state)
{
    (void)state;
    static const char body[] =
        "{\"model\":\"a\",\"messages\":[{\"role\":\"user\",\"content\":\"one\"},{\"role\":\"user\","
        "\"content\":[{\"type\":\"text\",\"text\":\"\"},{\"type\":\"text\",\"text\":\"two\"},"
        "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/y.png\"}},"
        "{\"type\":\"text\",\"text\":\"three\"}]},{\"role\":\"user\",\"content\":["
        "{\"type\":\"text\",\"text\":\"four\"}]}]}";
    struct chat_request q;
    struct chat_problem problem;
    assert_int_equal(chat_request_decode(&q, text_of(body), &problem), 0);
    size_t turns = 0;
    for (size_t i = 0; i < q.text_count; i++) {
        const struct classify_text *text = &q.texts[i];
        if (!text->turn)
            continue;
        turns++;
        assert_true(text->goes_on ==
                    (memcmp(content_bytes(text->text), "three", content_len(text->text)) == 0));
    }
    assert_int_equal(turns, 4);
    chat_request_release(&q);
}

static void test_unreadable_parts(void **state)
{
    (void)state;
    static const struct {
        const char *part;
        bool unscannable;
    } cases[] = {
        {"{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x/y.png\"}}", true},
        {"{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AAAA\"}}", true},
        {"{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAAA\"}}", true},
        {"{\"type\":\"file\",\"file\":{\"file_data\":\"data:text/plain;base64,aGk=\"}}", false},
        {"{\"type\":\"hologram\"}", true},
        {"{\"type\":\"text\",\"text\":\"plain\"}", false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        char body[512];
        struct chat_request q;
        struct chat_problem problem;
        (void)snprintf(body, sizeof(body), USER("[%s]"), cases[i].part);
        assert_int_equal(chat_request_decode(&q, text_of(body), &problem), 0);
        if (q.unscannable != cases[i].unscannable)
            fail_msg("case %zu", i);
        chat_request_release(&q);
    }
}

static void test_model_span(void **state)
{
    (void)state;
    static const char body[] = "{ \"mod\\u0065l\" : \"a\\/b\" , \"messages\":[{\"role\":\"user\","
                               "\"content\":\"x\"}]}";
    struct chat_request q;
    struct chat_problem problem;
    assert_int_equal(chat_request_decode(&q, text_of(body), &problem), 0);
    assert_string_equal(q.model, "a/b");
    assert_int_equal(body[q.model_start], '"');
    assert_int_equal(q.model_end - q.model_start, 6);
    chat_request_release(&q);
}

static void test_refusals(void **state)
{
    (void)state;
#define WITH(fields)                                                                               \
    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"secretword\"}]," fields "}"
    static const struct {
        const char *body;
        enum api_error error;
        const char *param;
    } cases[] = {
        {"[]", API_ERROR_CALLER_INVALID_JSON, ""},
        {"{\"model\":\"m\"}", API_ERROR_CALLER_MISSING_FIELD, "messages"},
        {"{\"messages\":[]}", API_ERROR_CALLER_MISSING_FIELD, "model"},
        {"{\"model\":7,\"messages\":[]}", API_ERROR_CALLER_INVALID_FIELD, "model"},
        {"{\"model\":\"\",\"messages\":[]}", API_ERROR_CALLER_INVALID_FIELD, "model"},
        {"{\"model\":\"m\",\"messages\":[]}", API_ERROR_CALLER_INVALID_FIELD, "messages"},
        {"{\"model\":\"m\",\"messages\":{}}", API_ERROR_CALLER_INVALID_FIELD, "messages"},
        {"{\"model\":\"m\",\"messages\":[1]}", API_ERROR_CALLER_INVALID_FIELD, "messages[0]"},
        {"{\"model\":\"m\",\"messages\":[{\"role\":\"secretword\",\"content\":\"\"}]}",
         API_ERROR_CALLER_INVALID_FIELD, "messages[0].role"},
        {"{\"model\":\"m\",\"messages\":[{\"role\":\"user\"}]}", API_ERROR_CALLER_MISSING_FIELD,
         "messages[0].content"},
        {USER("5"), API_ERROR_CALLER_INVALID_FIELD, "messages[0].content"},
        {USER("[{\"type\":\"text\",\"text\":5}]"), API_ERROR_CALLER_INVALID_FIELD,
         "messages[0].content[0].text"},
        {WITH("\"stream\":\"yes\""), API_ERROR_CALLER_INVALID_FIELD, "stream"},
        {WITH("\"max_tokens\":0"), API_ERROR_CALLER_INVALID_FIELD, "max_tokens"},
        {WITH("\"max_tokens\":1.5"), API_ERROR_CALLER_INVALID_FIELD, "max_tokens"},
        {WITH("\"temperature\":3"), API_ERROR_CALLER_INVALID_FIELD, "temperature"},
        {WITH("\"temperature\":\"hot\""), API_ERROR_CALLER_INVALID_FIELD, "temperature"},
        {WITH("\"n\":0"), API_ERROR_CALLER_INVALID_FIELD, "n"},
        {WITH("\"stop\":[\"a\",\"b\",\"c\",\"d\",\"e\"]"), API_ERROR_CALLER_INVALID_FIELD, "stop"},
        {WITH("\"top_logprobs\":2"), API_ERROR_CALLER_INVALID_FIELD, "top_logprobs"},
        {WITH("\"logprobs\":true,\"top_logprobs\":21"), API_ERROR_CALLER_INVALID_FIELD,
         "top_logprobs"},
        {WITH("\"logit_bias\":[1]"), API_ERROR_CALLER_INVALID_FIELD, "logit_bias"},
        {WITH("\"logit_bias\":{\"secretword\":1}"), API_ERROR_CALLER_INVALID_FIELD, "logit_bias"},
        {WITH("\"logit_bias\":{\"-1\":1}"), API_ERROR_CALLER_INVALID_FIELD, "logit_bias"},
        {WITH("\"logit_bias\":{\"1\":101}"), API_ERROR_CALLER_INVALID_FIELD, "logit_bias"},
        {WITH("\"logit_bias\":{\"1\":true}"), API_ERROR_CALLER_INVALID_FIELD, "logit_bias"},
        {WITH("\"response_format\":\"json\""), API_ERROR_CALLER_INVALID_FIELD, "response_format"},
        {WITH("\"grammar\":1"), API_ERROR_CALLER_INVALID_FIELD, "grammar"},
        {WITH("\"grammar\":\"x\",\"response_format\":{\"type\":\"json_object\"}"),
         API_ERROR_CALLER_INVALID_FIELD, "grammar"},
        {WITH("\"stream_options\":1"), API_ERROR_CALLER_INVALID_FIELD, "stream_options"},
        {WITH("\"tools\":{}"), API_ERROR_CALLER_INVALID_FIELD, "tools"},
        {WITH("\"a\":{\"b\":1,\"b\":2}"), API_ERROR_CALLER_DUPLICATE_KEY, ""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct chat_request q;
        struct chat_problem problem;
        if (chat_request_decode(&q, text_of(cases[i].body), &problem) == 0)
            fail_msg("accepted: case %zu", i);
        if (problem.error != cases[i].error || strcmp(problem.param, cases[i].param) != 0)
            fail_msg("case %zu: %s, %s", i, api_error_row(problem.error)->code, problem.param);
        assert_null(strstr(problem.detail, "secretword"));
    }
}

static void test_obstacles(void **state)
{
    (void)state;
#define SCHEMA(schema)                                                                             \
    WITH("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"secretword\"," \
         "\"schema\":" schema "}}")
    static const struct {
        const char *body;
        enum api_error error;
        const char *param;
        bool constrained;
    } cases[] = {
        {WITH("\"n\":4"), API_ERROR_NONE, "", false},
        {WITH("\"n\":5"), API_ERROR_CALLER_UNSUPPORTED_FIELD, "n", false},
        {WITH("\"n\":1,\"logprobs\":false"), API_ERROR_NONE, "", false},
        {WITH("\"logit_bias\":{\"99\":1}"), API_ERROR_NONE, "", false},
        {WITH("\"logit_bias\":{\"100\":1}"), API_ERROR_CALLER_UNSUPPORTED_FIELD, "logit_bias",
         false},
        {WITH("\"response_format\":{\"type\":\"text\"}"), API_ERROR_NONE, "", false},
        {WITH("\"response_format\":{\"type\":\"json_object\"}"), API_ERROR_NONE, "", true},
        {WITH("\"response_format\":{\"type\":\"json_object\",\"schema\":{\"enum\":[1]}}"),
         API_ERROR_NONE, "", true},
        {WITH("\"response_format\":{\"type\":\"secretword\"}"), API_ERROR_CALLER_UNSUPPORTED_FIELD,
         "response_format.type", false},
        {WITH("\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{}}"),
         API_ERROR_CALLER_MISSING_FIELD, "response_format.json_schema.schema", false},
        {SCHEMA("{\"type\":\"object\",\"properties\":{\"secretword\":{\"type\":\"integer\"}}}"),
         API_ERROR_NONE, "", true},
        {SCHEMA("{\"properties\":{\"secretword\":{\"not\":{}}}}"),
         API_ERROR_CALLER_UNSUPPORTED_FIELD, "response_format.json_schema.schema.properties[0].not",
         false},
        {SCHEMA("{\"type\":\"secretword\"}"), API_ERROR_CALLER_INVALID_FIELD,
         "response_format.json_schema.schema.type", false},
        {WITH("\"grammar\":\"root ::= \\\"yes\\\" | \\\"no\\\"\""), API_ERROR_NONE, "", true},
        {WITH("\"grammar\":\"root ::= secretword\""), API_ERROR_CALLER_INVALID_FIELD, "grammar",
         false},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct chat_request q;
        struct chat_problem problem;
        struct local_description engine = {.vocab_size = 100, .most_answers = 4};
        assert_int_equal(chat_request_decode(&q, text_of(cases[i].body), &problem), 0);
        for (unsigned again = 0; again < 2; again++) {
            chat_request_fit(&q, &engine);
            if (q.obstacle.error != cases[i].error ||
                strcmp(q.obstacle.param, cases[i].param) != 0 ||
                (q.grammar != NULL) != cases[i].constrained)
                fail_msg("case %zu: %s %s", i, q.obstacle.param, q.obstacle.detail);
            assert_null(strstr(q.obstacle.detail, "secretword"));
        }
        chat_request_release(&q);
    }
}

static void test_sampling_fields(void **state)
{
    (void)state;
    struct chat_request q;
    struct chat_problem problem;
    static const char body[] =
        WITH("\"logprobs\":true,\"top_logprobs\":4,\"logit_bias\":{\"7\":-100,\"12\":0.5},"
             "\"top_k\":-1,\"min_p\":0.25,\"typical_p\":0.5,\"repetition_penalty\":1.5");
    assert_int_equal(chat_request_decode(&q, text_of(body), &problem), 0);
    assert_int_equal(q.sampling.logprobs, 5);
    assert_int_equal(q.sampling.bias_count, 2);
    assert_int_equal(q.sampling.bias[0].token, 7);
    assert_true(q.sampling.bias[0].bias == -100 && q.sampling.bias[1].bias == 0.5f);
    assert_int_equal(q.sampling.top_k, 0);
    assert_true(q.sampling.min_p == 0.25f && q.sampling.typical_p == 0.5f);
    assert_true(q.sampling.repetition_penalty == 1.5f);
    chat_request_release(&q);
    assert_int_equal(chat_request_decode(&q, text_of(WITH("\"logprobs\":true")), &problem), 0);
    assert_int_equal(q.sampling.logprobs, 1);
    chat_request_release(&q);
}

/* What a client must find in a reply, by OpenAI's schema. */
static void test_reply_fields(void **state)
{
    (void)state;
    struct chat_reply reply = {.id = "chatcmpl-1", .created = 1, .model = "tiny \"model\""};
    struct backend_result result = {.prompt_tokens = 3, .completion_tokens = 2};
    struct buf out = BUF_INIT;
    struct json_doc doc;
    struct err err;
    double total;
    struct chat_logprobs none = {0};
    assert_int_equal(chat_write_begin(&out, &reply), 0);
    for (reply.choice = 0; reply.choice < 2; reply.choice++)
        assert_int_equal(chat_write_choice(&out, &reply, text_of("a\"\n"), &(struct buf)BUF_INIT,
                                           &none, BACKEND_FINISH_STOP),
                         0);
    assert_int_equal(chat_write_end(&out, &result), 0);
    assert_int_equal(json_parse(&doc, content_of(out.data, out.len), NULL, &err), 0);
    static const char *const fields[] = {"id", "object", "created", "model", "choices", "usage"};
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        assert_int_not_equal(json_get(&doc, 0, fields[i]), JSON_NONE);
    uint32_t choice = json_first(&doc, json_get(&doc, 0, "choices"));
    assert_true(json_node_is_null(&doc, json_get(&doc, choice, "logprobs")));
    uint32_t message = json_get(&doc, choice, "message");
    assert_true(json_node_is_null(&doc, json_get(&doc, message, "refusal")));
    assert_true(
        json_number(&doc, json_get(&doc, json_get(&doc, 0, "usage"), "total_tokens"), &total));
    assert_true(total == 5);
    json_release(&doc);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_text_byte_is_classified),
        cmocka_unit_test(test_words_of_the_dialect_are_not),
        cmocka_unit_test(test_tools_by_either_name),
        cmocka_unit_test(test_parts_of_a_message_belong_together),
        cmocka_unit_test(test_unreadable_parts),
        cmocka_unit_test(test_model_span),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_obstacles),
        cmocka_unit_test(test_sampling_fields),
        cmocka_unit_test(test_reply_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
