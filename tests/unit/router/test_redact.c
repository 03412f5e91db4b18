/* Placeholders for values, and values for placeholders, whatever the cuts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/base/json.h"
#include "router/redact.h"

static struct content text_of(const char *text)
{
    return content_of(text, strlen(text));
}

static void add(struct redact_map *map, const char *value, enum pii_type type, bool mask)
{
    assert_int_equal(redact_map_add(map, text_of(value), type, mask), 0);
}

static const char *name_of(const struct redact_map *map, const char *value)
{
    const struct redact_value *v = redact_map_get(map, text_of(value));
    return v != NULL ? v->placeholder : "";
}

static void test_names(void **state)
{
    (void)state;
    struct redact_map map;
    redact_map_init(&map);
    add(&map, "Zoe Quinn", PII_PERSON, false);
    add(&map, "Ann Lee", PII_PERSON, false);
    add(&map, "123-45-6789", PII_US_SSN, true);
    add(&map, "Zoe Quinn", PII_LOCATION, false); /* the first one says what it is */
    add(&map, "ann lee", PII_PERSON, false);     /* another spelling is another value */
    add(&map, "Ann  Lee", PII_PERSON, false);
    add(&map, "a@b.example", PII_EMAIL_ADDRESS, false);
    add(&map, "a@b.example", PII_EMAIL_ADDRESS, true); /* masked once, masked everywhere */
    assert_int_equal(redact_map_seal(&map), 0);
    assert_int_equal(map.count, 6);
    assert_string_equal(name_of(&map, "Zoe Quinn"), "[PERSON_1]");
    assert_string_equal(name_of(&map, "Ann Lee"), "[PERSON_2]");
    assert_string_equal(name_of(&map, "ann lee"), "[PERSON_3]");
    assert_string_equal(name_of(&map, "Ann  Lee"), "[PERSON_4]");
    assert_string_equal(name_of(&map, "123-45-6789"), "[US_SSN]");
    assert_string_equal(name_of(&map, "a@b.example"), "[EMAIL_ADDRESS]");
    assert_string_equal(name_of(&map, "Ann"), "");
    redact_map_release(&map);
}

/* What the texts hold already is not used again. */
static void test_avoid(void **state)
{
    (void)state;
    struct redact_map map;
    redact_map_init(&map);
    redact_map_avoid(&map, text_of("Dear [PERSON_3], [[PERSON_7]] [PERSON_x] [NOBODY_9] [AGE_"));
    redact_map_avoid(&map, text_of("[US_SSN_0000000002] [AGE_12"));
    add(&map, "Zoe", PII_PERSON, false);
    add(&map, "41", PII_AGE, false);
    add(&map, "123-45-6789", PII_US_SSN, false);
    assert_int_equal(redact_map_seal(&map), 0);
    assert_string_equal(name_of(&map, "Zoe"), "[PERSON_8]");
    assert_string_equal(name_of(&map, "41"), "[AGE_13]");
    assert_string_equal(name_of(&map, "123-45-6789"), "[US_SSN_1]");
    redact_map_release(&map);
}

static void test_find_value(void **state)
{
    (void)state;
    struct redact_map map;
    redact_map_init(&map);
    add(&map, "Anna", PII_PERSON, false);
    add(&map, "Anna Lee", PII_PERSON, false);
    add(&map, "Anna Lee Jones", PII_PERSON, false);
    add(&map, "Bo", PII_PERSON, false); /* too short to be looked for */
    add(&map, "(555) 0100", PII_PHONE_NUMBER, false);
    assert_int_equal(redact_map_seal(&map), 0);
    static const struct {
        const char *text, *value;
        size_t at;
    } rows[] = {
        {"Anna", "Anna", 0},
        {"Annabel and Anna.", "Anna", 12},
        {"JoAnna", NULL, 0},
        {"Anna Lee Joneses", "Anna Lee", 0},
        {"x Anna Lee Jones", "Anna Lee Jones", 2},
        {"Anna_Lee", "Anna", 0},
        {"Annaë", NULL, 0},
        {"我是Anna。", "Anna", 6},
        {"👍Anna→Bo", "Anna", 4},
        {"Bo", NULL, 0},
        {"call (555) 0100!", "(555) 0100", 5},
        {"x(555) 01000", NULL, 0},
        {"Ann", NULL, 0},
        {"", NULL, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t at = 0;
        const struct redact_value *v = redact_find_value(&map, text_of(rows[i].text), &at);
        if ((v == NULL) != (rows[i].value == NULL) ||
            (v != NULL && (at != rows[i].at || content_len(v->text) != strlen(rows[i].value))))
            fail_msg("%s: at %zu", rows[i].text, at);
    }
    redact_map_release(&map);
}

static char *restore(const struct redact_map *map, const char *text, bool nested)
{
    struct buf out = BUF_INIT;
    struct redact_held held = {.len = 0};
    uint32_t count = 0;
    assert_int_equal(redact_restore(map, &held, text_of(text), true, nested, &out, &count), 0);
    assert_int_equal(held.len, 0);
    assert_int_equal(buf_append(&out, "", 1), 0);
    return (char *)out.data;
}

static void test_restore(void **state)
{
    (void)state;
    struct redact_map map;
    redact_map_init(&map);
    add(&map, "Zoë \"Z\" Quinn", PII_PERSON, false);
    add(&map, "Ann", PII_PERSON, false);
    add(&map, "123-45-6789", PII_US_SSN, true);
    assert_int_equal(redact_map_seal(&map), 0);
    static const struct {
        const char *text, *plain, *nested;
    } rows[] = {
        {"[PERSON_1]", "Zoë \"Z\" Quinn", "Zoë \\\"Z\\\" Quinn"},
        {"a[PERSON_2]b[PERSON_1]", "aAnnbZoë \"Z\" Quinn", "aAnnbZoë \\\"Z\\\" Quinn"},
        {"[[PERSON_2]]", "[Ann]", "[Ann]"},
        {"[PERSON_22] [PERSON_] [PERSON_3] [PERSON 1]", NULL, NULL},
        {"[US_SSN] [US_SSN_1]", NULL, NULL}, /* nothing comes back for what was masked */
        {"[PERSON_2", NULL, NULL},
        {"[PERSON_[PERSON_2]", "[PERSON_Ann", "[PERSON_Ann"},
        {"", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *plain = restore(&map, rows[i].text, false);
        char *nested = restore(&map, rows[i].text, true);
        assert_string_equal(plain, rows[i].plain != NULL ? rows[i].plain : rows[i].text);
        assert_string_equal(nested, rows[i].nested != NULL ? rows[i].nested : rows[i].text);
        free(plain);
        free(nested);
    }
    redact_map_release(&map);
}

static uint64_t seed = 20261121;

static size_t below(size_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(seed >> 33) % limit;
}

/* Pieces that texts are made of: values, what looks like placeholders, what may confuse. */
static const char *const pieces[] = {
    "Zoë \"Z\" Quinn",
    "Ann",
    "Ann Lee",
    "a\\b\n@example.org",
    "123-45-6789",
    " and ",
    "[",
    "[[",
    "]",
    "[PERSON_",
    "[PERSON_1",
    "[PERSON_77]",
    "_1]",
    "[US_",
    "ë[日本]",
    "\"",
    "\\",
    "[PERSON_1]",
    "[EMAIL_ADDRESS_2]",
    ". ",
};
enum { PIECES = sizeof(pieces) / sizeof(pieces[0]), VALUES = 5, SPLITS = 10000 };

struct scene {
    struct redact_map map;
    struct buf original, redacted;
};

static void make_scene(struct scene *s)
{
    static const enum pii_type types[VALUES] = {PII_PERSON, PII_PERSON, PII_PERSON,
                                                PII_EMAIL_ADDRESS, PII_US_SSN};
    size_t which[24];
    size_t count = 1 + below(24);
    *s = (struct scene){.original = BUF_INIT};
    redact_map_init(&s->map);
    for (size_t i = 0; i < count; i++) {
        which[i] = below(PIECES);
        assert_int_equal(buf_append_str(&s->original, pieces[which[i]]), 0);
    }
    redact_map_avoid(&s->map, content_of(s->original.data, s->original.len));
    for (size_t i = 0; i < count; i++)
        if (which[i] < VALUES)
            add(&s->map, pieces[which[i]], types[which[i]], false);
    assert_int_equal(redact_map_seal(&s->map), 0);
    for (size_t i = 0; i < count; i++) {
        const char *piece = pieces[which[i]];
        if (which[i] < VALUES)
            piece = name_of(&s->map, piece);
        assert_int_equal(buf_append_str(&s->redacted, piece), 0);
    }
}

/* Redacting and restoring is the identity on any text and any cut of it, at both depths. */
static void test_identity_over_splits(void **state)
{
    (void)state;
    for (int round = 0; round < SPLITS; round++) {
        struct scene s;
        struct buf out = BUF_INIT, nested = BUF_INIT;
        struct redact_held held = {.len = 0}, nested_held = {.len = 0};
        uint32_t restored = 0;
        make_scene(&s);
        size_t at = 0, longest = 1 + below(12);
        while (at < s.redacted.len) {
            size_t n = 1 + below(longest);
            n = n < s.redacted.len - at ? n : s.redacted.len - at;
            struct content piece = content_of(s.redacted.data + at, n);
            at += n;
            /* The end may be told with the last piece or behind it. */
            bool last = at == s.redacted.len && round % 2 == 0;
            assert_int_equal(redact_restore(&s.map, &held, piece, last, false, &out, &restored), 0);
            assert_int_equal(redact_restore(&s.map, &nested_held, piece, last, true, &nested, NULL),
                             0);
            assert_true(held.len < REDACT_PLACEHOLDER_CHARS);
        }
        struct content nothing = content_of("", 0);
        assert_int_equal(redact_restore(&s.map, &held, nothing, true, false, &out, &restored), 0);
        assert_int_equal(redact_restore(&s.map, &nested_held, nothing, true, true, &nested, NULL),
                         0);
        assert_int_equal(out.len, s.original.len);
        assert_memory_equal(out.data, s.original.data, out.len);

        /* One call over the whole gives the same as any cut. */
        struct buf whole = BUF_INIT;
        held.len = 0;
        assert_int_equal(redact_restore(&s.map, &held, content_of(s.redacted.data, s.redacted.len),
                                        true, true, &whole, NULL),
                         0);
        assert_int_equal(whole.len, nested.len);
        assert_memory_equal(whole.data, nested.data, whole.len);
        buf_release(&whole);
        buf_release(&out);
        buf_release(&nested);
        buf_release(&s.original);
        buf_release(&s.redacted);
        redact_map_release(&s.map);
    }
}

static void test_many_values(void **state)
{
    (void)state;
    enum { MANY = REDACT_MAX_VALUES, WIDTH = 12 };
    char *names = calloc(MANY, WIDTH);
    struct redact_map map;
    assert_non_null(names);
    redact_map_init(&map);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(names + i * WIDTH, WIDTH, "name%05d", i);
        add(&map, names + i * WIDTH, PII_USERNAME, false);
    }
    assert_int_equal(redact_map_add(&map, text_of("one more"), PII_USERNAME, false), ERR_LIMIT);
    assert_int_equal(redact_map_seal(&map), 0);
    for (int i = 0; i < MANY; i += 997) {
        size_t at = 0;
        const struct redact_value *v = redact_find_value(&map, text_of(names + i * WIDTH), &at);
        assert_non_null(v);
        char *back = restore(&map, v->placeholder, false);
        assert_string_equal(back, names + i * WIDTH);
        free(back);
    }
    redact_map_release(&map);
    free(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_avoid),
        cmocka_unit_test(test_find_value),
        cmocka_unit_test(test_restore),
        cmocka_unit_test(test_identity_over_splits),
        cmocka_unit_test(test_many_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
