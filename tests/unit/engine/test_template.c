/* Chat templates: the golden renderings of real ones, and small cases of each construct. */
#include "engine_test.h"

#include <jansson.h>

#include "engine/template_json.h"

static const struct tm fixed_now = {.tm_year = 125,
                                    .tm_mon = 2,
                                    .tm_mday = 9,
                                    .tm_hour = 14,
                                    .tm_min = 5,
                                    .tm_sec = 6,
                                    .tm_wday = 0,
                                    .tm_yday = 67};

/* Renders with the variables of a JSON object. NULL on an error, which *error then tells. */
static char *render(const char *source, size_t len, const json_t *variables,
                    struct template_output *out, struct engine_error *error)
{
    struct template *t = NULL;
    struct template_json json = {0};
    struct template_value input;
    char *text = json_dumps(variables, JSON_ENSURE_ASCII);
    assert_non_null(text);
    *out = (struct template_output){0};
    int status = template_json_read(&json, text, strlen(text), &input, error);
    if (status == 0)
        status = template_parse(&t, source, len, error);
    if (status == 0)
        status = template_render(t, &input, &fixed_now, out, error);
    template_free(t);
    template_json_release(&json);
    free(text);
    return status == 0 ? out->bytes : NULL;
}

static void check_case(const json_t *golden, const json_t *one, size_t number)
{
    const char *name = json_string_value(json_object_get(one, "template"));
    const char *conversation = json_string_value(json_object_get(one, "conversation"));
    char relative[256], path[512];
    size_t len = 0;
    snprintf(relative, sizeof(relative), "templates/%s.jinja", name);
    assert_true(shared_path(path, sizeof(path), relative));
    char *source = read_file(path, &len);
    json_t *variables =
        json_deep_copy(json_object_get(json_object_get(golden, "conversations"), conversation));
    json_object_update(variables, json_object_get(json_object_get(golden, "tokens"), name));
    json_object_set(variables, "add_generation_prompt",
                    json_object_get(one, "add_generation_prompt"));
    struct template_output out;
    struct engine_error error = {ENGINE_OK, ""};
    const char *got = render(source, len, variables, &out, &error);
    const json_t *want = json_object_get(one, "output");
    if (want == NULL) {
        if (got != NULL || strstr(error.text, "refuses") == NULL)
            fail_msg("case %zu, %s, %s: no refusal; %s", number, name, conversation, error.text);
    } else if (got == NULL) {
        fail_msg("case %zu, %s, %s: %s", number, name, conversation, error.text);
    } else if (out.len != json_string_length(want) ||
               memcmp(got, json_string_value(want), out.len) != 0) {
        fail_msg("case %zu, %s, %s:\n--- got\n%s\n--- want\n%s\n---", number, name, conversation,
                 got, json_string_value(want));
    }
    template_output_release(&out);
    json_decref(variables);
    free(source);
}

static void test_golden(void **unused)
{
    (void)unused;
    char path[512];
    json_error_t parse_error;
    if (!shared_path(path, sizeof(path), "templates/golden.json"))
        skip();
    json_t *golden = json_load_file(path, 0, &parse_error);
    assert_non_null(golden);
    const json_t *cases = json_object_get(golden, "cases");
    assert_int_equal(json_array_size(cases), 96);
    for (size_t i = 0; i < json_array_size(cases); i++)
        check_case(golden, json_array_get(cases, i), i);
    json_decref(golden);
}

/* What Jinja2 makes of constructs and of templates in the manner of real ones (template_cases.py).
 */
static const char *check_output(const char *source, size_t len, const json_t *variables,
                                const json_t *want)
{
    static char why[8192];
    struct template_output out;
    struct engine_error error = {ENGINE_OK, ""};
    const char *got = render(source, len, variables, &out, &error);
    why[0] = '\0';
    if (json_is_null(want)) {
        if (got != NULL)
            snprintf(why, sizeof(why), "gave '%s' instead of an error", got);
    } else if (got == NULL) {
        snprintf(why, sizeof(why), "%s", error.text);
    } else if (out.len != json_string_length(want) ||
               memcmp(got, json_string_value(want), out.len) != 0) {
        snprintf(why, sizeof(why), "\n--- got\n%s\n--- want\n%s\n---", got,
                 json_string_value(want));
    }
    template_output_release(&out);
    return why[0] != '\0' ? why : NULL;
}

static const char *check_jinja_case(const json_t *golden, const json_t *one)
{
    char path[512];
    size_t len = 0;
    const char *name = json_string_value(json_object_get(one, "conversation"));
    snprintf(path, sizeof(path), "%s/tests/golden/templates/%s", TEST_SOURCE_DIR,
             json_string_value(json_object_get(one, "file")));
    char *source = read_file(path, &len);
    json_t *input = json_pack("{s:O, s:O, s:s, s:s}", "messages",
                              json_object_get(json_object_get(golden, "conversations"), name),
                              "add_generation_prompt", json_object_get(one, "prompt"), "bos_token",
                              "<s>", "eos_token", "</s>");
    assert_non_null(input);
    if (json_is_true(json_object_get(one, "tools")))
        json_object_set(input, "tools", json_object_get(golden, "tools"));
    const char *why = check_output(source, len, input, json_object_get(one, "output"));
    json_decref(input);
    free(source);
    return why;
}

static void test_jinja(void **unused)
{
    (void)unused;
    json_error_t parse_error;
    json_t *golden =
        json_load_file(TEST_SOURCE_DIR "/tests/golden/template_cases.json", 0, &parse_error);
    assert_non_null(golden);
    const json_t *lines = json_object_get(golden, "lines"),
                 *cases = json_object_get(golden, "cases");
    assert_true(json_array_size(lines) > 100 && json_array_size(cases) > 100);
    size_t wrong = 0, i = 0;
    json_t *one = NULL;
    json_array_foreach(lines, i, one)
    {
        const json_t *source = json_object_get(one, "source");
        const char *why =
            check_output(json_string_value(source), json_string_length(source),
                         json_object_get(golden, "variables"), json_object_get(one, "output"));
        if (why != NULL)
            print_error("%s: %s\n", json_string_value(source), why);
        wrong += why != NULL;
    }
    json_array_foreach(cases, i, one)
    {
        const char *why = check_jinja_case(golden, one);
        if (why != NULL)
            print_error("%s, %s: %s\n", json_string_value(json_object_get(one, "file")),
                        json_string_value(json_object_get(one, "conversation")), why);
        wrong += why != NULL;
    }
    json_decref(golden);
    assert_int_equal(wrong, 0);
}

static const char variables[] =
    "{\"s\": \"  Ab cd  \", \"n\": 5, \"f\": 2.5, \"l\": [3, 1, 2], \"e\": [], \"b\": true,"
    " \"z\": null, \"u\": \"K\\u00f6ln\", \"d\": {\"a\": 1, \"b\": \"x\\\"y\"},"
    " \"m\": [{\"role\": \"user\", \"content\": \"hi\"},"
    "         {\"role\": \"assistant\", \"content\": \"yo\"}]}";

static void test_constructs(void **unused)
{
    (void)unused;
    static const struct {
        const char *source, *want; /* want NULL: an error */
    } cases[] = {
        {"a{{ n }}b", "a5b"},
        {"{{ n + 2 * 3 }} {{ (n + 2) * 3 }} {{ n // 2 }} {{ -n // 2 }} {{ -n % 3 }} {{ n / 2 }}",
         "11 21 2 -3 1 2.5"},
        {"{{ 2 ** 3 }} {{ f * 2 }} {{ 7.0 }} {{ 1e }}", NULL},
        {"{{ 2 ** 3 }} {{ f * 2 }} {{ 7.0 }}", "8 5.0 7.0"},
        {"{{ 'a' ~ n ~ none ~ true }}", "a5NoneTrue"},
        {"{{ 'a' 'b' }} {{ \"q\\\"\\n\\u00e9\\x41\" }}", "ab q\"\n\xc3\xa9"
                                                         "A"},
        {"{{ missing }}|{{ d.missing }}|{{ l[9] }}", "||"},
        {"{{ missing.x }}", NULL},
        {"{{ 'a' + 1 }}", NULL},
        {"{{ s|trim }}|{{ s.strip() }}|{{ s.lstrip() }}|{{ s.rstrip() }}",
         "Ab cd|Ab cd|Ab cd  |  Ab cd"},
        {"{{ 'xxaxx'.strip('x') }} {{ 'abc'.upper() }} {{ 'aBC'|capitalize }} {{ 'a bc'|title }}",
         "a ABC Abc A Bc"},
        {"{{ u|length }} {{ u[1] }} {{ u[::-1] }} {{ u[1:3] }} {{ u[-2:] }} {{ u.find('n') }}",
         "4 \xc3\xb6 nl\xc3\xb6K \xc3\xb6l ln 3"},
        {"{{ l[0] }}{{ l[-1] }} {{ l[1:] }} {{ l[::-1] }} {{ l[:-1] }} {{ l|sort }}",
         "32 [1, 2] [2, 1, 3] [3, 1] [1, 2, 3]"},
        {"{{ l|first }} {{ l|last }} {{ l|max }} {{ l|min }} {{ l|sum }} {{ l|join('-') }}",
         "3 2 3 1 6 3-1-2"},
        {"{{ 'a,b,c'.split(',') }} {{ 'a b'.split() }} {{ 'a,b,c'.split(',', 1)[1] }}",
         "['a', 'b', 'c'] ['a', 'b'] b,c"},
        {"{{ 'a,b,c'.rsplit(',', 1) }} {{ 'abcb'.replace('b', 'X') }} {{ 'ab'|replace('b', '') }}",
         "['a,b', 'c'] aXcX a"},
        {"{{ d }} {{ d|tojson }} {{ d.a }} {{ d['b'] }} {{ d.get('q', 7) }} {{ d.items()|list }}",
         "{'a': 1, 'b': 'x\"y'} {\"a\": 1, \"b\": \"x\\\"y\"} 1 x\"y 7 [('a', 1), ('b', 'x\"y')]"},
        {"{{ d|tojson(indent=2) }}{{ e|tojson(indent=2) }}",
         "{\n  \"a\": 1,\n  \"b\": \"x\\\"y\"\n}[]"},
        {"{{ 1 if b else 2 }}{{ 1 if z else 2 }}{{ 1 if z }}", "12"},
        {"{{ n > 3 and n < 6 }} {{ 1 < n < 3 }} {{ not b }} {{ z or 'x' }} {{ n == 5.0 }}",
         "True False False x True"},
        {"{{ 'b' in d }} {{ 3 in l }} {{ 'b' not in s }} {{ 'l' in u }}", "True True False True"},
        {"{{ n is defined }} {{ q is defined }} {{ q is not defined }} {{ z is none }}"
         " {{ s is string }} {{ d is mapping }} {{ l is iterable }} {{ n is odd }}"
         " {{ n is divisibleby 5 }} {{ b is true }} {{ n is number }} {{ s is sequence }}",
         "True False True True True True True True True True True True"},
        {"{{ q|default('w') }} {{ ''|default('w') }}{{ ''|default('w', true) }}", "w w"},
        {"{% for x in l %}{{ loop.index }}{{ x }}{% if not loop.last %},{% endif %}{% endfor %}",
         "13,21,32"},
        {"{% for x in l if x > 1 %}{{ x }}{{ loop.length }}{% endfor %}", "3222"},
        {"{% for x in e %}x{% else %}none{% endfor %}", "none"},
        {"{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "a=1;b=x\"y;"},
        {"{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "32"},
        {"{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% endfor %}", "3"},
        {"{% for x in l %}{{ loop.previtem }}<{{ loop.nextitem }} {% endfor %}", "<1 3<2 1< "},
        {"{% set x = 1 %}{% for y in l %}{% set x = y %}{% endfor %}{{ x }}", "1"},
        {"{% set ns = namespace(x=1) %}{% for y in l %}{% set ns.x = y %}{% endfor %}{{ ns.x }}",
         "2"},
        {"{% set a, c = l[:2] %}{{ c }}{{ a }}", "13"},
        {"{% set t %}x{{ n }}{% endset %}[{{ t }}]", "[x5]"},
        {"{% macro f(a, b=2, c) %}{{ a }}{{ b }}{{ c is defined }}{% endmacro %}{{ f(1) }} "
         "{{ f(1, 3, c=4) }} {{ f(b=7, a=0) }}",
         "12False 13True 07False"},
        {"{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
         "3210"},
        {"{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(3) }}", NULL},
        {"{% for x in range(100000) %}{% for y in range(100000) %}{% endfor %}{% endfor %}", NULL},
        {"{% set x = 'ab' %}{% for i in range(60) %}{% set x = x %}{% endfor %}{{ x * 3 }}",
         "ababab"},
        {"{{ 'aaaaaaaaaa' * 1000000000 }}", NULL},
        {"{% if b %}1{% elif n %}2{% else %}3{% endif %}{% if z %}1{% elif n %}2{% endif %}", "12"},
        {"  {% if b %}\n  x\n  {% endif %}\ny", "  x\ny"},
        {"a {%- if b -%} \n b {%- endif %} c", "ab c"},
        {"a {{- n -}} b\n\n", "a5b\n"},
        {"{# note #}\nx{#- y -#} z", "xz"},
        {"{% raw %}{{ n }}{% endraw %}", "{{ n }}"},
        {"{% generation %}g{% endgeneration %}", "g"},
        {"{{ m|selectattr('role', 'equalto', 'user')|map(attribute='content')|list }}", "['hi']"},
        {"{{ m|rejectattr('role', 'eq', 'user')|list|length }} {{ l|select('odd')|list }}",
         "1 [3, 1]"},
        {"{{ l|map('string')|join }} {{ ['b', 'a', 'b']|unique|list }} {{ l|reverse|list }}",
         "312 ['b', 'a'] [2, 1, 3]"},
        {"{{ '12'|int + 1 }} {{ 'x'|int }} {{ 2.6|round }} {{ '1.5'|float }} {{ (-3)|abs }}",
         "13 0 3.0 1.5 3"},
        {"{{ strftime_now('%d %b %Y') }} {{ strftime_now('%H:%M %-d') }}", "09 Mar 2025 14:05 9"},
        {"{{ 'a\\nb'|indent(2) }} {{ 'a\\nb'.splitlines() }}", "a\n  b ['a', 'b']"},
        {"{{ 'x'.startswith('x') }} {{ 'abc'.endswith(('d', 'c')) }} {{ 'aXbX'.count('X') }}",
         "True True 2"},
        {"{{ raise_exception('no') }}", NULL},
        {"{{ [1, 'a', none, 1.5, true] }} {{ [1, 'a', none, 1.5, true]|tojson }} {{ (1, 2) }}",
         "[1, 'a', None, 1.5, True] [1, \"a\", null, 1.5, true] (1, 2)"},
        {"{{ {'a': [1, {}]}['a'][1] }}", "{}"},
        {"{% include 'x' %}", NULL},
        {"{{ n|nosuch }}", NULL},
        {"{{ n is nosuch }}", NULL},
        {"{% if b %}", NULL},
        {"{% endif %}", NULL},
        {"{{ 'abc }}", NULL},
        {"{{ n", NULL},
        {"{{ }}", NULL},
        {"{{ n n }}", NULL},
        {"{{ l[1:2:3:4] }}", NULL},
        {"{{ l[::0] }}", NULL},
        {"{{ 1 // 0 }}", NULL},
        {"{{ 9223372036854775807 + 1 }}", NULL},
        {"{{ ((((((((((1)))))))))) }}", "1"},
    };
    json_error_t parse_error;
    json_t *json = json_loads(variables, 0, &parse_error);
    assert_non_null(json);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct template_output out;
        struct engine_error error = {ENGINE_OK, ""};
        const char *got = render(cases[i].source, strlen(cases[i].source), json, &out, &error);
        if (cases[i].want == NULL && got != NULL)
            fail_msg("%s: gave %s instead of an error", cases[i].source, got);
        if (cases[i].want != NULL && got == NULL)
            fail_msg("%s: %s", cases[i].source, error.text);
        if (cases[i].want != NULL && strcmp(got, cases[i].want) != 0)
            fail_msg("%s: gave '%s', not '%s'", cases[i].source, got, cases[i].want);
        template_output_release(&out);
    }
    json_decref(json);
}

/* The marks follow somebody's bytes through every operation, and no error shows them. */
static void test_marks(void **unused)
{
    (void)unused;
    static const struct {
        const char *source, *marks; /* one digit a byte */
    } cases[] = {
        {"a{{ s }}b", "0111111111"
                      "0"},
        {"{{ s|trim ~ 'x' }}", "111110"},
        {"{{ s.split()[0]|upper + '!' }}", "110"},
        {"{{ s|tojson }}", "01111111110"},
        {"{{ s.replace('Ab', 'zz') }}", "1100"
                                        "11111"},
        {"{{ [s.strip()] }}", "0011111"
                              "00"},
        {"{{ s[2:4] }}{{ s|length }}", "110"},
    };
    json_error_t parse_error;
    json_t *json = json_loads(variables, 0, &parse_error);
    struct template_output out;
    struct engine_error error = {ENGINE_OK, ""};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_non_null(render(cases[i].source, strlen(cases[i].source), json, &out, &error));
        if (out.len != strlen(cases[i].marks))
            fail_msg("%s: %zu bytes", cases[i].source, out.len);
        for (size_t k = 0; k < out.len; k++) {
            if (out.content[k] != (cases[i].marks[k] == '1'))
                fail_msg("%s: byte %zu", cases[i].source, k);
        }
        template_output_release(&out);
    }
    static const char refusal[] = "{{ raise_exception('never: ' + s) }}";
    assert_null(render(refusal, strlen(refusal), json, &out, &error));
    assert_non_null(strstr(error.text, "never:"));
    assert_null(strstr(error.text, "Ab"));
    json_decref(json);
}

/* A call's arguments come as a string of JSON. Templates that look into them find a mapping, and
 * those that write them out the string. */
static void test_call_arguments(void **unused)
{
    (void)unused;
    static const char call[] = "{\"arguments\": \"{\\\"b\\\":  [1]}\"}";
    static const struct {
        const char *source, *want;
    } cases[] = {
        {"{{ arguments.b[0] }} {{ arguments is mapping }} {{ arguments|tojson }}",
         "1 True {\"b\": [1]}"},
        {"{{ '<' + arguments + '>' }}", "<{\"b\":  [1]}>"},
        {"{{ arguments ~ arguments }}", "{\"b\":  [1]}{\"b\":  [1]}"},
        {"{{ arguments }}", "{\"b\":  [1]}"},
    };
    json_error_t parse_error;
    json_t *json = json_loads(call, 0, &parse_error);
    assert_non_null(json);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct template_output out;
        struct engine_error error = {ENGINE_OK, ""};
        const char *got = render(cases[i].source, strlen(cases[i].source), json, &out, &error);
        assert_string_equal(got != NULL ? got : error.text, cases[i].want);
        assert_int_equal(out.content[strcspn(got, "b")], 1);
        template_output_release(&out);
    }
    json_decref(json);
}

static void test_json(void **unused)
{
    (void)unused;
    static const char *const wrong[] = {"",        "{",         "[1,]",   "{\"a\" 1}", "{\"a\":}",
                                        "\"\\q\"", "\"\\u12\"", "\"open", "tru",       "1 2",
                                        "-",       "[1}",       "{1:2}"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct template_json json = {0};
        struct template_value value;
        assert_int_equal(template_json_read(&json, wrong[i], strlen(wrong[i]), &value, NULL),
                         ENGINE_ERR_ARGUMENT);
        template_json_release(&json);
    }
    char deep[200];
    memset(deep, '[', sizeof(deep));
    struct template_json json = {0};
    struct template_value value;
    assert_int_equal(template_json_read(&json, deep, sizeof(deep), &value, NULL),
                     ENGINE_ERR_ARGUMENT);
    /* Arguments are what their JSON says; other strings are left alone, and keys are content. */
    static const char text[] =
        " {\"arguments\":\"{\\\"a\\\":[1,2.5]}\",\"b\":\"{}\",\"\\ud83d\\ude00\":"
        "[true,false,null,-7],\"c\":{\"arguments\":\"{no\"}} ";
    assert_int_equal(template_json_read(&json, text, sizeof(text) - 1, &value, NULL), 0);
    assert_int_equal(value.count, 4);
    assert_true(value.content);
    assert_int_equal(value.items[0].kind, TEMPLATE_DICT);
    assert_true(value.items[0].items[0].items[1].real == 2.5);
    assert_int_equal(value.items[1].kind, TEMPLATE_STRING);
    assert_string_equal(value.keys[2], "\xf0\x9f\x98\x80");
    assert_int_equal(value.items[2].items[3].integer, -7);
    assert_int_equal(value.items[3].items[0].kind, TEMPLATE_STRING);
    template_json_release(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden), cmocka_unit_test(test_jinja),
        cmocka_unit_test(test_json),   cmocka_unit_test(test_constructs),
        cmocka_unit_test(test_marks),  cmocka_unit_test(test_call_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
