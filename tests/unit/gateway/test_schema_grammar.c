/* JSON schemas as grammars: which values they let through, and what is refused by which path. */
#include "tests/unit/grammar_check.h"

#include <jansson.h>

#include "engine/sampler.h"
#include "gateway/schema_grammar.h"

/* The grammar of a schema, or NULL with the problem. */
static struct engine_grammar *grammar_of(const char *schema, struct schema_problem *problem)
{
    struct json_doc doc;
    struct err err;
    struct buf out = BUF_INIT;
    struct engine_grammar *grammar = NULL;
    char whole[8192];
    (void)snprintf(whole, sizeof(whole), "{\"s\":%s}", schema); /* a schema may be `true` */
    if (json_parse(&doc, content_of(whole, strlen(whole)), NULL, &err) != 0)
        fail_msg("%s: %s", schema, err.text);
    int rc = schema_grammar_write(&out, "root", &doc, json_get(&doc, 0, "s"), problem);
    if (rc == 0)
        rc = schema_grammar_write_common(&out);
    if (rc == 0) {
        assert_int_equal(buf_append(&out, "", 1), 0);
        grammar = compile((const char *)out.data);
    }
    buf_release(&out);
    json_release(&doc);
    return grammar;
}

#define OBJECT(members, more) "{\"type\":\"object\",\"properties\":{" members "}" more "}"
#define ABC                                                                                        \
    OBJECT("\"a\":{\"type\":\"integer\"},\"b\":{\"type\":\"boolean\"},\"c\":{\"type\":\"null\"}",  \
           ",\"required\":[\"b\"],\"additionalProperties\":false")
#define TREE                                                                                       \
    "{\"$ref\":\"#/$defs/node\",\"$defs\":{\"node\":" OBJECT(                                      \
        "\"v\":{\"type\":\"integer\"},\"next\":{\"anyOf\":[{\"$ref\":\"#/$defs/node\"},"           \
        "{\"type\":\"null\"}]}",                                                                   \
        ",\"required\":[\"v\",\"next\"]") "}}"

static const struct {
    const char *schema;
    const char *good[6], *bad[8];
} cases[] = {
    {"true", {"1", "\"x\"", "{\"a\":[null]}"}, {"", "{", "tru"}},
    {"{}", {"[1, 2]", "false"}, {"[1,]"}},
    {"{\"type\":\"object\"}", {"{}", "{\"a\": {\"b\": 1}}"}, {"[]", "1"}},
    {"{\"type\":\"boolean\"}", {"true", "false"}, {"null", "TRUE"}},
    {"{\"type\":[\"string\",\"null\"]}", {"\"\"", "null"}, {"1", "nul"}},
    {"{\"enum\":[\"a\\\"b\",\"\\u00e9\",2,null,{\"x\":[]}]}",
     {"\"a\\\"b\"", "\"\xc3\xa9\"", "2", "null", "{\"x\":[]}"},
     {"\"a\"", "3"}},
    {"{\"const\":\"on\\n\"}", {"\"on\\n\""}, {"\"on\"", "\"on\n\""}},
    {ABC,
     {"{\"b\":true}", "{\"a\":1,\"b\":false}", "{ \"b\": true,\"c\": null }",
      "{\"a\":-12,\"b\":true,\"c\":null}"},
     {"{}", "{\"a\":1}", "{\"b\":1}", "{\"b\":true,\"a\":1}", "{\"b\":true,\"d\":1}",
      "{\"b\":true,}", "{,\"b\":true}", "{\"a\":1,\"c\":null}"}},
    {OBJECT("\"a\":{},\"b\":{}", ""),
     {"{}", "{\"a\":1}", "{\"b\":[]}", "{\"a\":1,\"b\":2}"},
     {"{\"c\":1}", "{\"a\":1,\"a\":2}"}},
    {OBJECT("\"ab\":{\"type\":\"null\"},\"ac\":{\"type\":\"null\"}",
            ",\"additionalProperties\":{\"type\":\"integer\"}"),
     {"{}", "{\"ab\":null,\"a\":1}", "{\"abc\":2}", "{\"\":3,\"\xc3\xa9\":4}", "{\"ad\":2}"},
     {"{\"ab\":1}", "{\"a\":null}", "{\"\\u0061b\":1}", "{\"x\":1,\"ac\":null}"}},
    {"{\"type\":\"object\",\"required\":[\"k\"]}", {"{\"k\":[]}"}, {"{}"}},
    {"{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}",
     {"[]", "[1]", "[1,2, 3]"},
     {"[true]", "[1 2]", "[,]"}},
    {"{\"type\":\"array\",\"items\":{\"type\":\"integer\"},\"minItems\":2,\"maxItems\":3}",
     {"[1,2]", "[1,2,3]"},
     {"[]", "[1]", "[1,2,3,4]"}},
    {"{\"type\":\"array\",\"maxItems\":1}", {"[]", "[{}]"}, {"[1,2]"}},
    {"{\"type\":\"array\",\"maxItems\":0}", {"[]", "[ ]"}, {"[1]"}},
    {"{\"type\":\"array\",\"items\":{\"const\":1},\"minItems\":1}", {"[1]", "[1,1,1]"}, {"[]"}},
    {"{\"prefixItems\":[{\"type\":\"integer\"},{\"type\":\"null\"}]}",
     {"[1,null]"},
     {"[1]", "[1,null,2]"}},
    {"{\"prefixItems\":[{\"type\":\"integer\"}],\"items\":{\"type\":\"null\"},\"minItems\":2}",
     {"[1,null]", "[1,null,null]"},
     {"[1]", "[1,2]"}},
    {"{\"type\":\"string\"}",
     {"\"\"", "\"a\\n\\u00e9\\ud83d\\ude00\xf0\x9f\x98\x80\""},
     {"\"\n\"", "\"\\ud83d\"", "\"\\x\"", "\"a"}},
    {"{\"type\":\"string\",\"minLength\":2,\"maxLength\":3}",
     {"\"ab\"", "\"\xc3\xa9\xc3\xa9\xc3\xa9\"", "\"\\n\\\"\""},
     {"\"a\"", "\"abcd\""}},
    {"{\"type\":\"string\",\"minLength\":2}", {"\"ab\"", "\"abcdef\""}, {"\"a\""}},
    {"{\"type\":\"string\",\"maxLength\":20000}", {"\"\"", "\"ab\""}, {"\"a"}},
    {"{\"pattern\":\"^[A-Z]{2}-\\\\d+$\"}",
     {"\"AB-1\"", "\"XY-123\""},
     {"\"A-1\"", "\"AB-\"", "\"xAB-1\"", "\"AB-1x\""}},
    {"{\"pattern\":\"a.c\"}", {"\"abc\"", "\"xxabcyy\"", "\"a\\\"c\""}, {"\"ac\"", "\"ab\""}},
    {"{\"pattern\":\"^(?:one|two(\\\\s[^a-c\\\\s]*)?)$\"}",
     {"\"one\"", "\"two\"", "\"two\\txyz\""},
     {"\"three\"", "\"two a\"", "\"onetwo\""}},
    {"{\"pattern\":\"^\\\\\\\\\\\\u0041[\\\"\\\\]]?$\"}",
     {"\"\\\\A\"", "\"\\\\A\\\"\"", "\"\\\\A]\""},
     {"\"A\"", "\"\\A\""}},
    {"{\"pattern\":\"^\\\\W\\\\D\\\\S*?$\"}",
     {"\"-a\"", "\"-abc\""},
     {"\"a-\"", "\"-1\"", "\"-a b\""}},
    {"{\"format\":\"date\"}", {"\"2024-02-29\""}, {"\"2024-13-01\"", "\"24-01-01\""}},
    {"{\"format\":\"date-time\"}",
     {"\"2024-02-29T23:59:59Z\"", "\"2024-01-01T00:00:00.5+02:00\""},
     {"\"2024-02-29\"", "\"2024-02-29T25:00:00Z\""}},
    {"{\"format\":\"uuid\"}", {"\"123e4567-e89b-12d3-a456-426614174000\""}, {"\"123e4567\""}},
    {"{\"format\":\"email\"}", {"\"a.b@c.example\""}, {"\"a@\"", "\"@b\""}},
    {"{\"format\":\"ipv4\"}", {"\"10.0.255.1\""}, {"\"10.0.256.1\"", "\"1.2.3\""}},
    {"{\"type\":\"integer\"}", {"0", "-7", "123456789012345"}, {"01", "1.5", "-"}},
    {"{\"type\":\"number\"}", {"0", "-7.25", "1e10", "2.5E-3"}, {".5", "1.", "1e999"}},
    {"{\"type\":\"number\",\"multipleOf\":1}", {"7"}, {"7.5"}},
    {"{\"anyOf\":[{\"type\":\"integer\"},{\"type\":\"string\",\"maxLength\":1}]}",
     {"12", "\"a\""},
     {"\"ab\"", "true"}},
    {"{\"type\":\"object\",\"properties\":{\"k\":{}},\"oneOf\":[{\"properties\":{\"a\":{\"type\":"
     "\"integer\"}},\"required\":[\"a\"]},{\"required\":[\"k\"]}]}",
     {"{\"k\":1,\"a\":2}", "{\"a\":2}", "{\"k\":[]}"},
     {"{}", "{\"a\":true}"}},
    {"{\"allOf\":[" OBJECT("\"a\":{\"type\":\"integer\"}", "") "," OBJECT(
         "\"b\":{\"type\":\"null\"},\"a\":{\"minimum\":5}", ",\"required\":[\"a\"]") "]}",
     {"{\"a\":5}", "{\"a\":77,\"b\":null}"},
     {"{\"b\":null}", "{\"a\":4}"}},
    {TREE,
     {"{\"v\":1,\"next\":null}", "{\"v\":1,\"next\":{\"v\":2,\"next\":null}}"},
     {"{\"v\":1}", "{\"v\":1,\"next\":{}}"}},
    {"{\"$ref\":\"#/definitions/a~1b/properties/x\",\"definitions\":{\"a/"
     "b\":{\"properties\":{\"x\":"
     "{\"const\":1}}}}}",
     {"1"},
     {"2"}},
    {"{\"title\":\"t\",\"description\":\"d\",\"default\":1,\"examples\":[1],\"type\":\"null\"}",
     {"null"},
     {"1"}},
};

static void test_values(void **unused)
{
    (void)unused;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct schema_problem problem;
        struct engine_grammar *grammar = grammar_of(cases[i].schema, &problem);
        if (grammar == NULL)
            fail_msg("%s: %s: %s", cases[i].schema, problem.path, problem.detail);
        for (size_t k = 0; k < 6 && cases[i].good[k] != NULL; k++)
            if (!is_of(grammar, cases[i].good[k]))
                fail_msg("%s refuses %s", cases[i].schema, cases[i].good[k]);
        for (size_t k = 0; k < 8 && cases[i].bad[k] != NULL; k++)
            if (is_of(grammar, cases[i].bad[k]))
                fail_msg("%s takes %s", cases[i].schema, cases[i].bad[k]);
        engine_grammar_free(grammar);
    }
}

/* Every bound, against plain comparison. */
static void test_ranges(void **unused)
{
    (void)unused;
    static const int bounds[] = {-1234, -100, -99, -10, -9, -1, 0, 1, 7, 10, 99, 100, 305, 1000};
    enum { COUNT = sizeof(bounds) / sizeof(*bounds) };
    for (size_t a = 0; a <= COUNT; a++) {
        for (size_t b = a; b <= COUNT; b++) {
            for (unsigned open = 0; open < 4; open++) {
                for (unsigned whole = 0; whole < 2; whole++) {
                    char schema[256], low[64] = "", high[64] = "", text[32];
                    struct schema_problem problem;
                    int from = a < COUNT ? bounds[a] : -100000, to = b < COUNT ? bounds[b] : 100000;
                    if (a < COUNT)
                        (void)snprintf(low, sizeof(low), ",\"%s\":%d",
                                       open & 1 ? "exclusiveMinimum" : "minimum", from);
                    if (b < COUNT)
                        (void)snprintf(high, sizeof(high), ",\"%s\":%d",
                                       open & 2 ? "exclusiveMaximum" : "maximum", to);
                    (void)snprintf(schema, sizeof(schema), "{\"type\":\"%s\"%s%s}",
                                   whole ? "integer" : "number", low, high);
                    struct engine_grammar *grammar = grammar_of(schema, &problem);
                    if (grammar == NULL) { /* nothing lies between */
                        assert_true(to - from <= 1 && open != 0);
                        continue;
                    }
                    for (int n = -2000; n <= 2000; n += n > -15 && n < 15 ? 1 : 7) {
                        bool in = (open & 1 && a < COUNT ? n > from : n >= from) &&
                                  (open & 2 && b < COUNT ? n < to : n <= to);
                        (void)snprintf(text, sizeof(text), "%d", n);
                        if (is_of(grammar, text) != in)
                            fail_msg("%s: %s", schema, text);
                        (void)snprintf(text, sizeof(text), "%d.5", n);
                        double half = n + (n < 0 ? -0.5 : 0.5);
                        if (is_of(grammar, text) != (!whole && half > from && half < to))
                            fail_msg("%s: %s", schema, text);
                    }
                    engine_grammar_free(grammar);
                }
            }
        }
    }
}

static void test_refusals(void **unused)
{
    (void)unused;
    static const struct {
        const char *schema, *path;
    } wrong[] = {
        {"false", ""},
        {"7", ""},
        {"[]", ""},
        {"{\"type\":\"strin\"}", ".type"},
        {"{\"type\":[]}", ".type"},
        {OBJECT("\"secretword\":{\"type\":5}", ""), ".properties[0].type"},
        {OBJECT("\"a\":{},\"secretword\":{\"not\":{}}", ""), ".properties[1].not"},
        {"{\"secretword\":1}", "[0]"},
        {"{\"uniqueItems\":true}", ".uniqueItems"},
        {"{\"items\":{\"patternProperties\":{}}}", ".items.patternProperties"},
        {"{\"anyOf\":[{},{\"if\":{}}]}", ".anyOf[1].if"},
        {"{\"$ref\":\"#/$defs/secretword\"}", ".$ref"},
        {"{\"$ref\":\"https://secretword/\"}", ".$ref"},
        {"{\"$ref\":\"#\"}", ""},
        {"{\"enum\":[]}", ".enum"},
        {"{\"anyOf\":[]}", ".anyOf"},
        {"{\"minLength\":-1}", ".minLength"},
        {"{\"minLength\":3,\"maxLength\":2}", ""},
        {"{\"maxLength\":30000}", ".maxLength"},
        {"{\"pattern\":\"(?=secretword)\"}", ".pattern"},
        {"{\"pattern\":\"a\\\\b\"}", ".pattern"},
        {"{\"pattern\":\"(\\\\1)\"}", ".pattern"},
        {"{\"pattern\":\"(\"}", ".pattern"},
        {"{\"pattern\":\"a)\"}", ".pattern"},
        {"{\"pattern\":\"*\"}", ".pattern"},
        {"{\"pattern\":\"[z-a]\"}", ".pattern"},
        {"{\"pattern\":\"a\",\"minLength\":1}", ".pattern"},
        {"{\"format\":\"secretword\"}", ".format"},
        {"{\"type\":\"number\",\"minimum\":0.5}", ""},
        {"{\"type\":\"integer\",\"minimum\":5,\"maximum\":4}", ""},
        {"{\"required\":[1]}", ".required[0]"},
        {"{\"properties\":[]}", ".properties"},
        {"{\"allOf\":[{\"minLength\":1},{\"minLength\":2}]}", ".allOf[1].minLength"},
        {OBJECT("\"\\u00e9\":{}", ",\"additionalProperties\":true"), ".additionalProperties"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
        struct schema_problem problem;
        struct engine_grammar *grammar = grammar_of(wrong[i].schema, &problem);
        if (grammar != NULL)
            fail_msg("taken: %s", wrong[i].schema);
        if (strcmp(problem.path, wrong[i].path) != 0 || problem.detail[0] == '\0')
            fail_msg("%s: %s: %s", wrong[i].schema, problem.path, problem.detail);
        assert_null(strstr(problem.detail, "secretword"));
    }
}

/* Whatever is drawn at random within the grammar is JSON. */
static void test_drawn_values_are_json(void **unused)
{
    (void)unused;
    static struct sampler_candidate scratch[1024];
    static float logits[1024];
    unsigned whole = 0;
    uint32_t noise = 3;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct schema_problem problem;
        struct engine_grammar *grammar = grammar_of(cases[i].schema, &problem);
        for (uint64_t seed = 0; seed < 6; seed++) {
            struct sampler s;
            struct engine_sampling settings = {.temperature = 1, .grammar = grammar, .seed = seed};
            char text[8192];
            size_t len = 0;
            bool ended = false;
            assert_int_equal(sampler_init(&s, &settings, vocab.count, NULL, 0, NULL), 0);
            assert_int_equal(sampler_constrain(&s, &vocab, &trie, NULL), 0);
            for (unsigned step = 0; step < 300 && !ended; step++) {
                for (uint32_t t = 0; t < vocab.count; t++) {
                    noise = noise * 1664525u + 1013904223u;
                    logits[t] = (float)(noise >> 16) / 16384 + (vocab.tokens[t].ends ? 3 : 0);
                }
                for (const char *c = "\"]}"; *c != '\0'; c++)
                    logits[vocab.byte_tokens[(uint8_t)*c]] += 3;
                int32_t token = sampler_choose(&s, logits, scratch);
                assert_in_range(token, 0, vocab.count - 1);
                len += vocab_bytes(&vocab, token, text + len, sizeof(text) - len);
                ended = sampler_ended(&s) || vocab.tokens[token].ends;
            }
            sampler_release(&s);
            if (!ended)
                continue;
            json_error_t error;
            json_t *value = json_loadb(
                text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
            if (value == NULL && strstr(error.text, "duplicate") == NULL)
                fail_msg("%s: %.*s: %s", cases[i].schema, (int)len, text, error.text);
            json_decref(value);
            whole++;
        }
        engine_grammar_free(grammar);
    }
    assert_true(whole > 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_drawn_values_are_json),
    };
    return cmocka_run_group_tests(tests, open_vocab, close_vocab);
}
