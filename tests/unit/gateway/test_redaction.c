/* The edited body: what is replaced, and that nothing else is; where it cannot be, it says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "gateway/redaction.h"
#include "gateway/restore.h"
#include "tests/unit/problem_check.h"

static struct policy *policy;

static int setup(void **state)
{
    static const struct policy_target targets[] = {{"cloud", PLACEMENT_CLOUD}};
    static const char text[] =
        "pii: {entities: {PERSON: redact, EMAIL_ADDRESS: redact, AGE: redact, US_SSN: mask}}\n"
        "default: {route: cloud}\n";
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree;
    (void)state;
    assert_int_equal(yaml_tree_parse(&tree, "p.yaml", text, strlen(text), 0, &problems), 0);
    assert_int_equal(policy_compile(&policy, tree, targets, 1, &problems), 0);
    yaml_tree_free(tree);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    policy_unref(policy);
    return 0;
}

/* One value that a recognizer is said to have found, at its first place in the texts only. */
struct find {
    const char *value;
    enum pii_type type;
};

static void add_span(struct classify_spans *spans, const struct chat_request *q,
                     const struct find *find)
{
    for (size_t i = 0; i < q->text_count; i++) {
        const uint8_t *bytes = content_bytes(q->texts[i].text);
        const uint8_t *at =
            memmem(bytes, content_len(q->texts[i].text), find->value, strlen(find->value));
        if (at == NULL)
            continue;
        spans->items = reallocarray(spans->items, spans->count + 1, sizeof(*spans->items));
        assert_non_null(spans->items);
        spans->items[spans->count++] =
            (struct classify_span){.text = (uint32_t)i,
                                   .type = find->type,
                                   .score = 0.9f,
                                   .start = (size_t)(at - bytes),
                                   .end = (size_t)(at - bytes) + strlen(find->value)};
        return;
    }
    fail_msg("no text holds %s", find->value);
}

static int by_place(const void *one, const void *two)
{
    const struct classify_span *a = one, *b = two;
    if (a->text != b->text)
        return a->text < b->text ? -1 : 1;
    return (a->start > b->start) - (a->start < b->start);
}

static enum decision_redaction redact(const char *body, const struct find *finds, size_t count,
                                      const char *model, struct buf *out)
{
    struct chat_request q;
    struct chat_problem problem;
    struct classify_spans spans = {.items = NULL};
    struct redaction *redaction;
    struct buf model_json = BUF_INIT;
    if (chat_request_decode(&q, content_of(body, strlen(body)), &problem) != 0)
        fail_msg("not decoded: %s", body);
    for (size_t i = 0; i < count && finds[i].value != NULL; i++)
        add_span(&spans, &q, &finds[i]);
    if (spans.count > 1)
        qsort(spans.items, spans.count, sizeof(*spans.items), by_place);
    enum decision_redaction result = redaction_new(&redaction, &q, &spans, policy, 0, NULL);
    assert_int_equal(redaction != NULL, result == DECISION_REDACTION_DONE);
    if (redaction != NULL) {
        if (model != NULL)
            assert_int_equal(json_write_string(&model_json, content_of(model, strlen(model))), 0);
        assert_int_equal(redaction_write(redaction, &q, model != NULL ? &model_json : NULL, out),
                         0);
        assert_int_equal(buf_append(out, "", 1), 0);
    }
    redaction_free(redaction);
    buf_release(&model_json);
    classify_spans_release(&spans);
    chat_request_release(&q);
    return result;
}

#define CHAT(messages) "{ \"model\":\"m\", \"messages\" : [" messages "],\"z\":1.50}"
#define USER(content) "{\"role\":\"user\",\"content\":" content "}"
#define CALL(arguments)                                                                            \
    "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"c\",\"type\":"             \
    "\"function\","                                                                                \
    "\"function\":{\"name\":\"f\",\"arguments\":" arguments "}}]}"

static void test_edits(void **state)
{
    static const struct {
        const char *body;
        struct find finds[4];
        const char *expected;
    } rows[] = {
        {CHAT(USER("\"I am Jane Doe.\"")),
         {{"Jane Doe", PII_PERSON}},
         CHAT(USER("\"I am [PERSON_1].\""))},
        /* Escapes before, in and behind the value; what is not replaced keeps its spelling. */
        {CHAT(USER("\"\\u0041\\/ J\\u0061ne D\\u00f6e\\ud83d\\ude00 \\u00e9\"")),
         {{"Jane Döe", PII_PERSON}},
         CHAT(USER("\"\\u0041\\/ [PERSON_1]\\ud83d\\ude00 \\u00e9\""))},
        /* Every other place where it stands, in any role, once found anywhere. */
        {CHAT("{\"role\":\"system\",\"content\":\"You help Jane Doe\"}," USER(
             "\"Jane Doe: jane@x.example, Jane Doering, JANE DOE\"")),
         {{"Jane Doe", PII_PERSON}, {"jane@x.example", PII_EMAIL_ADDRESS}},
         CHAT("{\"role\":\"system\",\"content\":\"You help [PERSON_1]\"}," USER(
             "\"[PERSON_1]: [EMAIL_ADDRESS_1], Jane Doering, JANE DOE\""))},
        /* Numbered in the order of the body; masked for good; short ones only where found. */
        {CHAT(USER("\"Zed Zorn, 34, and Ann Aal, 34; 123-45-6789\"")),
         {{"Ann Aal", PII_PERSON},
          {"Zed Zorn", PII_PERSON},
          {"34", PII_AGE},
          {"123-45-6789", PII_US_SSN}},
         CHAT(USER("\"[PERSON_1], [AGE_1], and [PERSON_2], 34; [US_SSN]\""))},
        /* What looks like one of ours stays, and its number is not given again. */
        {CHAT(USER("\"[PERSON_4] knows Jane Doe\"")),
         {{"Jane Doe", PII_PERSON}},
         CHAT(USER("\"[PERSON_4] knows [PERSON_5]\""))},
        /* JSON in a string, with its own escapes. */
        {CHAT(CALL("\"{\\\"who\\\": \\\"J\\\\u00f6rg \\\\\\\"JJ\\\\\\\" Doe\\\",\\\"n\\\": 1}\"")),
         {{"Jörg \"JJ\" Doe", PII_PERSON}},
         CHAT(CALL("\"{\\\"who\\\": \\\"[PERSON_1]\\\",\\\"n\\\": 1}\""))},
        {CHAT(CALL("\"{\\\"a\\\":[\\\"Jane Doe\\\",\\\"x\\\"],\\\"b\\\":\\\"Jane Doe\\\"}\"")),
         {{"Jane Doe", PII_PERSON}},
         CHAT(CALL("\"{\\\"a\\\":[\\\"[PERSON_1]\\\",\\\"x\\\"],\\\"b\\\":\\\"[PERSON_1]\\\"}\""))},
        /* Arguments that are no JSON are text. */
        {CHAT(CALL("\"Jane Doe {\"")), {{"Jane Doe", PII_PERSON}}, CHAT(CALL("\"[PERSON_1] {\""))},
        {CHAT(USER("[{\"type\":\"text\",\"text\":\"of Jane Doe\"}]")),
         {{"Jane Doe", PII_PERSON}},
         CHAT(USER("[{\"type\":\"text\",\"text\":\"of [PERSON_1]\"}]"))},
        {"{\"user\":\"jane@x.example\",\"messages\":[" USER("\"hi\"") "],\"model\":\"m\"}",
         {{"jane@x.example", PII_EMAIL_ADDRESS}},
         "{\"user\":\"[EMAIL_ADDRESS_1]\",\"messages\":[" USER("\"hi\"") "],\"model\":\"m\"}"},
        /* Half a character found is the whole. */
        {CHAT(USER("\"of J\\u00f6 and\"")),
         {{"J\xc3", PII_PERSON}},
         CHAT(USER("\"of [PERSON_1] and\""))},
        {CHAT(USER("\"nothing\"")), {{NULL, 0}}, CHAT(USER("\"nothing\""))},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out = BUF_INIT;
        assert_int_equal(redact(rows[i].body, rows[i].finds, 4, NULL, &out),
                         DECISION_REDACTION_DONE);
        assert_string_equal((char *)out.data, rows[i].expected);
        buf_release(&out);
    }
}

static void test_model_beside_edits(void **state)
{
    static const struct find finds[] = {{"Jane Doe", PII_PERSON}};
    struct buf out = BUF_INIT;
    (void)state;
    assert_int_equal(
        redact("{\"user\":\"Jane Doe\",\"model\":\"m\",\"messages\":[" USER("\"Jane Doe\"") "]}",
               finds, 1, "gpt \"x\"", &out),
        DECISION_REDACTION_DONE);
    assert_string_equal((char *)out.data,
                        "{\"user\":\"[PERSON_1]\",\"model\":\"gpt \\\"x\\\"\",\"messages\":[" USER(
                            "\"[PERSON_1]\"") "]}");
    buf_release(&out);
}

static void test_places_that_cannot_be_edited(void **state)
{
    static const struct {
        const char *body;
        struct find find;
    } rows[] = {
        {"{\"model\":\"m\",\"messages\":[" USER("\"x\"") "],\"metadata\":{\"Jane Doe\":\"ill\"}}",
         {"Jane Doe", PII_PERSON}},
        {"{\"model\":\"m\",\"messages\":[" USER("\"x\"") "],\"metadata\":{\"ssn\":123456789}}",
         {"123456789", PII_US_SSN}},
        {"{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"name\":\"Jane_Doe\",\"content\":\"\"}"
         "]}",
         {"Jane_Doe", PII_PERSON}},
        {CHAT(CALL("\"{\\\"Jane Doe\\\":1}\"")), {"Jane Doe", PII_PERSON}},
        {CHAT(CALL("\"{\\\"n\\\":123456789}\"")), {"123456789", PII_US_SSN}},
        /* found in a text, but it stands in a key as well */
        {CHAT(USER("\"Jane Doe\"") "," CALL("\"{\\\"Jane Doe\\\":1}\"")), {"Jane Doe", PII_PERSON}},
        /* text in base64: "for Jane Doe" */
        {CHAT(USER("\"see data:text/plain;base64,Zm9yIEphbmUgRG9l\"")), {"Jane Doe", PII_PERSON}},
        /* over two strings at once */
        {"{\"model\":\"m\",\"messages\":[" USER("\"x\"") "],\"stop\":[\"Jane\",\"Doe\"]}",
         {"Jane\nDoe", PII_PERSON}},
        {"{\"model\":\"Jane Doe\",\"messages\":[" USER("\"x\"") "]}", {"Jane Doe", PII_PERSON}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out = BUF_INIT;
        if (redact(rows[i].body, &rows[i].find, 1, NULL, &out) != DECISION_REDACTION_PLACE)
            fail_msg("edited: %s", rows[i].body);
        buf_release(&out);
    }
}

/* A value that a placeholder itself holds would be found again. */
static void test_residue(void **state)
{
    static const struct find find = {"PERSON", PII_PERSON};
    struct buf out = BUF_INIT;
    (void)state;
    assert_int_equal(redact(CHAT(USER("\"a PERSON\"")), &find, 1, NULL, &out),
                     DECISION_REDACTION_RESIDUE);
}

/* ---- the whole way: out of the request's arguments, and back in the pieces of a stream ---- */

static uint64_t seed = 9;

static size_t below(size_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(seed >> 33) % limit;
}

/* A member's value: some of these one behind the other. */
static const char *const words[] = {"Zoë \"Z\" Quinn",
                                    "Ann\\Lee",
                                    "z.quinn@posteo.de",
                                    " and ",
                                    "[PERSON_1]",
                                    "[",
                                    "]",
                                    "日😀",
                                    "\n\t",
                                    "/"};
enum { WORDS = sizeof(words) / sizeof(words[0]), VALUE_WORDS = 3, ROUNDS = 10000 };

static json_t *random_arguments(bool held[VALUE_WORDS])
{
    json_t *object = json_object();
    size_t members = 1 + below(3);
    for (size_t m = 0; m < members; m++) {
        char text[512] = "";
        char key[8];
        for (size_t n = below(6); n > 0; n--) {
            size_t w = below(WORDS);
            held[w < VALUE_WORDS ? w : 0] |= w < VALUE_WORDS;
            /* a word apart, so that each stands alone */
            (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s ", words[w]);
        }
        (void)snprintf(key, sizeof(key), "k%zu", m);
        assert_int_equal(json_object_set_new(object, key, json_string(text)), 0);
    }
    return object;
}

/* The redacted arguments as a target would stream them back; joined, as a client reads them. */
static char *streamed_back(const struct redaction *redaction, const char *arguments)
{
    struct restore *restore = restore_new(&redaction->map, NULL);
    struct buf out = BUF_INIT, joined = BUF_INIT;
    size_t len = strlen(arguments), at = 0, longest = 1 + below(9);
    assert_non_null(restore);
    while (at < len) {
        size_t n = 1 + below(longest);
        n = n < len - at ? n : len - at;
        while (((uint8_t)arguments[at + n] & 0xC0) == 0x80)
            n++;
        struct buf event = BUF_INIT;
        assert_int_equal(buf_append_str(&event,
                                        "data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_"
                                        "calls\":[{\"index\":0,\"function\":{"
                                        "\"arguments\":"),
                         0);
        assert_int_equal(json_write_string(&event, content_of(arguments + at, n)), 0);
        assert_int_equal(buf_append_str(&event, "}}]}}]}\n\n"), 0);
        at += n;
        if (at == len)
            assert_int_equal(buf_append_str(&event, "data: [DONE]\n\n"), 0);
        assert_int_equal(restore_events(restore, event.data, event.len, &out), 0);
        buf_release(&event);
    }
    assert_int_equal(buf_append(&out, "", 1), 0);
    for (char *line = (char *)out.data, *end; (end = strstr(line, "\n\n")) != NULL;
         line = end + 2) {
        *end = '\0';
        json_t *event = json_loads(line + 6, 0, NULL); /* [DONE] is none of ours */
        json_t *choice = json_array_get(json_object_get(event, "choices"), 0);
        json_t *call =
            json_array_get(json_object_get(json_object_get(choice, "delta"), "tool_calls"), 0);
        const char *more =
            json_string_value(json_object_get(json_object_get(call, "function"), "arguments"));
        if (more != NULL)
            assert_int_equal(buf_append_str(&joined, more), 0);
        json_decref(event);
    }
    assert_int_equal(buf_append(&joined, "", 1), 0);
    buf_release(&out);
    restore_free(restore);
    return (char *)joined.data;
}

static void test_arguments_come_back(void **state)
{
    static const enum pii_type types[VALUE_WORDS] = {PII_PERSON, PII_PERSON, PII_EMAIL_ADDRESS};
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        bool held[VALUE_WORDS] = {false};
        json_t *object = random_arguments(held);
        char *arguments = json_dumps(object, below(2) == 0 ? JSON_ENSURE_ASCII : JSON_COMPACT);
        json_t *body = json_pack("{s:s, s:[{s:s, s:n, s:[{s:s, s:{s:s, s:s}}]}]}", "model", "m",
                                 "messages", "role", "assistant", "content", "tool_calls", "type",
                                 "function", "function", "name", "f", "arguments", arguments);
        char *text = json_dumps(body, below(2) == 0 ? JSON_ENSURE_ASCII : JSON_COMPACT);
        struct chat_request q, edited;
        struct chat_problem problem;
        struct classify_spans spans = {.items = NULL};
        struct redaction *redaction = NULL;
        struct buf out = BUF_INIT;
        assert_int_equal(chat_request_decode(&q, content_of(text, strlen(text)), &problem), 0);
        for (size_t w = 0; w < VALUE_WORDS; w++)
            if (held[w])
                add_span(&spans, &q, &(struct find){words[w], types[w]});
        if (spans.count > 1)
            qsort(spans.items, spans.count, sizeof(*spans.items), by_place);
        assert_int_equal(redaction_new(&redaction, &q, &spans, policy, 0, NULL),
                         DECISION_REDACTION_DONE);
        assert_int_equal(redaction_write(redaction, &q, NULL, &out), 0);
        assert_int_equal(chat_request_decode(&edited, content_of(out.data, out.len), &problem), 0);
        assert_int_equal(buf_append(&out, "", 1), 0);
        json_t *sent = json_loads((char *)out.data, 0, NULL);
        json_t *message = json_array_get(json_object_get(sent, "messages"), 0);
        json_t *call = json_array_get(json_object_get(message, "tool_calls"), 0);
        const char *redacted =
            json_string_value(json_object_get(json_object_get(call, "function"), "arguments"));
        assert_non_null(redacted);
        for (size_t w = 0; w < VALUE_WORDS; w++)
            assert_null(held[w] && w == 2 ? strstr(redacted, words[w]) : NULL);
        char *back = streamed_back(redaction, redacted);
        json_t *again = json_loads(back, 0, NULL);
        if (again == NULL || !json_equal(again, object))
            fail_msg("%s\nwent as %s\nand came back as %s", arguments, redacted, back);
        json_decref(again);
        free(back);
        json_decref(sent);
        chat_request_release(&edited);
        chat_request_release(&q);
        redaction_free(redaction);
        classify_spans_release(&spans);
        buf_release(&out);
        free(text);
        json_decref(body);
        free(arguments);
        json_decref(object);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edits),
        cmocka_unit_test(test_model_beside_edits),
        cmocka_unit_test(test_places_that_cannot_be_edited),
        cmocka_unit_test(test_residue),
        cmocka_unit_test(test_arguments_come_back),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
