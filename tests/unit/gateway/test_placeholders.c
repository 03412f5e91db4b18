/* What values were called in earlier turns: kept, per caller, for a time, and no longer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/placeholders.h"

static struct placeholders *open_with(size_t conversations, size_t bytes)
{
    struct placeholders *placeholders;
    struct err err;
    const struct placeholders_options options = {
        .conversations = conversations, .bytes = bytes, .lifetime_ms = 1000};
    assert_int_equal(placeholders_new(&options, &placeholders, &err), 0);
    return placeholders;
}

static struct content text_of(const char *text)
{
    return content_of(text, strlen(text));
}

static struct placeholders_key key_of(const struct placeholders *p, const char *principal,
                                      const char *named, uint64_t conversation)
{
    struct placeholders_key key;
    assert_true(placeholders_key_of(p, principal, named, conversation, &key));
    return key;
}

/* One turn: recalls, names the values in their order and remembers; the last one's name in out. */
static void turn(struct placeholders *p, const struct placeholders_key *key, uint64_t now,
                 const char *const *values, char out[REDACT_PLACEHOLDER_CHARS])
{
    struct placeholders_known known;
    struct redact_map map;
    redact_map_init(&map);
    assert_int_equal(placeholders_recall(p, key, now, &known), 0);
    assert_int_equal(redact_map_know(&map, known.items, known.count), 0);
    size_t i = 0;
    for (; values[i] != NULL; i++) {
        redact_map_avoid(&map, text_of(values[i]));
        assert_int_equal(redact_map_add(&map, text_of(values[i]), PII_PERSON, false), 0);
    }
    assert_int_equal(redact_map_seal(&map), 0);
    assert_int_equal(redact_map_settle(&map), i);
    const struct redact_value *last = redact_map_get(&map, text_of(values[i - 1]));
    assert_non_null(last);
    (void)snprintf(out, REDACT_PLACEHOLDER_CHARS, "%s", last->placeholder);
    placeholders_remember(p, key, now, &map);
    redact_map_release(&map);
    placeholders_known_release(&known);
}

static const char *name_in(struct placeholders *p, const struct placeholders_key *key, uint64_t now,
                           const char *value)
{
    static char name[REDACT_PLACEHOLDER_CHARS];
    const char *values[] = {value, NULL};
    turn(p, key, now, values, name);
    return name;
}

static void test_names_are_kept(void **state)
{
    (void)state;
    struct placeholders *p = open_with(16, 1 << 20);
    struct placeholders_key key = key_of(p, "anna", NULL, 7);
    assert_string_equal(name_in(p, &key, 0, "Zoe Quinn"), "[PERSON_1]");
    assert_string_equal(name_in(p, &key, 10, "Ann Lee"), "[PERSON_2]");
    assert_string_equal(name_in(p, &key, 20, "Zoe Quinn"), "[PERSON_1]");
    assert_string_equal(name_in(p, &key, 30, "Ann Lee"), "[PERSON_2]");
    /* Another caller, another conversation, another kind of key know nothing of it. */
    struct placeholders_key others[] = {key_of(p, "bert", NULL, 7), key_of(p, "anna", NULL, 8),
                                        key_of(p, "anna", "7", 0), key_of(p, "ann", "a7", 0)};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_string_equal(name_in(p, &others[i], 40, "Ann Lee"), "[PERSON_1]");
    placeholders_free(p);
}

static void test_keys(void **state)
{
    (void)state;
    struct placeholders *p = open_with(16, 1 << 20);
    struct placeholders_key key;
    char longest[PLACEHOLDERS_MAX_KEY + 2];
    memset(longest, 'k', sizeof(longest));
    longest[PLACEHOLDERS_MAX_KEY + 1] = '\0';
    assert_false(placeholders_key_of(p, "anna", longest, 0, &key));
    longest[PLACEHOLDERS_MAX_KEY] = '\0';
    assert_true(placeholders_key_of(p, "anna", longest, 0, &key));
    assert_false(placeholders_key_of(p, "anna", "", 7, &key));
    assert_false(placeholders_key_of(p, "anna", NULL, 0, &key));
    /* The client's own key comes before the ratchet's. */
    struct placeholders_key one = key_of(p, "anna", "k", 7), two = key_of(p, "anna", "k", 8);
    assert_memory_equal(one.bytes, two.bytes, sizeof(one.bytes));
    assert_int_equal(one.conversation, 0);
    placeholders_free(p);
}

/* What an earlier turn held and this one does not is named, but nothing is put back for it. */
static void test_absent_values_stay_away(void **state)
{
    (void)state;
    struct redact_map map;
    struct redact_held held = {.len = 0};
    struct buf out = BUF_INIT;
    const struct redact_known known[] = {{text_of("Zoe Quinn"), PII_PERSON, 1},
                                         {text_of("Ann Lee"), PII_PERSON, 2}};
    uint32_t restored = 0;
    redact_map_init(&map);
    assert_int_equal(redact_map_know(&map, known, 2), 0);
    redact_map_avoid(&map, text_of("Dear Ann Lee"));
    assert_int_equal(redact_map_add(&map, text_of("Ann Lee"), PII_LOCATION, false), 0);
    assert_int_equal(redact_map_add(&map, text_of("Bo Li"), PII_PERSON, false), 0);
    assert_int_equal(redact_map_seal(&map), 0);
    assert_int_equal(redact_map_settle(&map), 2);
    assert_int_equal(redact_restore(&map, &held, text_of("[PERSON_1] [PERSON_2] [PERSON_3]"), true,
                                    false, &out, &restored),
                     0);
    assert_int_equal(buf_append(&out, "", 1), 0);
    assert_string_equal((char *)out.data, "[PERSON_1] Ann Lee Bo Li");
    assert_int_equal(restored, 2);
    buf_release(&out);
    redact_map_release(&map);
}

/* A placeholder that the client itself writes means what it says: the value gets another name. */
static void test_written_placeholders(void **state)
{
    (void)state;
    struct redact_map map;
    const struct redact_known known[] = {{text_of("Ann Lee"), PII_PERSON, 2}};
    redact_map_init(&map);
    assert_int_equal(redact_map_know(&map, known, 1), 0);
    redact_map_avoid(&map, text_of("what is [PERSON_2], Ann Lee?"));
    assert_int_equal(redact_map_add(&map, text_of("Ann Lee"), PII_PERSON, false), 0);
    assert_int_equal(redact_map_seal(&map), 0);
    assert_string_equal(redact_map_get(&map, text_of("Ann Lee"))->placeholder, "[PERSON_3]");
    redact_map_release(&map);
}

static void test_time_and_room(void **state)
{
    (void)state;
    struct placeholders *p = open_with(16, 256);
    struct placeholders_key key = key_of(p, "anna", NULL, 1);
    const char *two[] = {"Bo", "Ann Lee", NULL};
    char name[REDACT_PLACEHOLDER_CHARS];
    turn(p, &key, 0, two, name);
    assert_string_equal(name, "[PERSON_2]");
    assert_string_equal(name_in(p, &key, 900, "Ann Lee"), "[PERSON_2]"); /* used: goes on */
    assert_string_equal(name_in(p, &key, 1800, "Ann Lee"), "[PERSON_2]");
    placeholders_expire(p, 2799);
    assert_string_equal(name_in(p, &key, 2799, "Ann Lee"), "[PERSON_2]");
    placeholders_expire(p, 3799);
    assert_string_equal(name_in(p, &key, 3799, "Ann Lee"), "[PERSON_1]");
    /* More conversations than there is room for: the one that was not used longest goes. */
    for (uint64_t i = 2; i <= 17; i++) {
        struct placeholders_key next = key_of(p, "anna", NULL, i);
        (void)name_in(p, &next, 4000, "Bo");
    }
    assert_string_equal(name_in(p, &key, 4001, "Zed"), "[PERSON_1]");
    /* More bytes: likewise. */
    struct placeholders_key newest = key_of(p, "anna", NULL, 17);
    assert_string_equal(name_in(p, &newest, 4002, "Cy"), "[PERSON_2]");
    char large[240];
    memset(large, 'x', sizeof(large) - 1);
    large[sizeof(large) - 1] = '\0';
    struct placeholders_key big = key_of(p, "bert", NULL, 1);
    (void)name_in(p, &big, 4003, large);
    assert_string_equal(name_in(p, &big, 4004, "Di"), "[PERSON_2]");
    assert_string_equal(name_in(p, &newest, 4005, "Di"), "[PERSON_3]");
    struct placeholders_key old = key_of(p, "anna", NULL, 5);
    assert_string_equal(name_in(p, &old, 4006, "Cy"), "[PERSON_1]");
    placeholders_free(p);
}

static void test_limits_of_one(void **state)
{
    (void)state;
    struct placeholders *p = open_with(16, 1 << 20);
    struct placeholders_key key = key_of(p, "anna", NULL, 1);
    enum { MANY = PLACEHOLDERS_MAX_VALUES + 10 };
    char(*texts)[16] = calloc(MANY, sizeof(*texts));
    const char **values = calloc(MANY + 1, sizeof(*values));
    char name[REDACT_PLACEHOLDER_CHARS];
    assert_non_null(texts);
    assert_non_null(values);
    for (size_t i = 0; i < MANY; i++) {
        (void)snprintf(texts[i], sizeof(texts[i]), "name %zu", i);
        values[i] = texts[i];
    }
    turn(p, &key, 0, values, name);
    struct placeholders_known known;
    assert_int_equal(placeholders_recall(p, &key, 0, &known), 0);
    assert_int_equal(known.count, PLACEHOLDERS_MAX_VALUES);
    placeholders_known_release(&known);
    free(values);
    free(texts);
    placeholders_free(p);
}

static void test_forget(void **state)
{
    (void)state;
    struct placeholders *p = open_with(16, 1 << 20);
    struct placeholders_key one = key_of(p, "anna", NULL, 1), two = key_of(p, "anna", NULL, 2);
    struct placeholders_key named = key_of(p, "anna", "k", 0);
    (void)name_in(p, &one, 0, "Bo");
    (void)name_in(p, &two, 0, "Bo");
    (void)name_in(p, &named, 0, "Bo");
    assert_int_equal(placeholders_forget(p, 1), 1);
    assert_string_equal(name_in(p, &one, 1, "Cy"), "[PERSON_1]");
    assert_string_equal(name_in(p, &two, 1, "Cy"), "[PERSON_2]");
    assert_int_equal(placeholders_forget(p, 0), 3);
    assert_string_equal(name_in(p, &two, 2, "Di"), "[PERSON_1]");
    placeholders_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_are_kept),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_absent_values_stay_away),
        cmocka_unit_test(test_written_placeholders),
        cmocka_unit_test(test_time_and_room),
        cmocka_unit_test(test_limits_of_one),
        cmocka_unit_test(test_forget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
