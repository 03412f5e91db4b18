/* What a conversation showed holds for it, and for nobody else's. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/ratchet.h"

#define LONG                                                                                       \
    "a message that is long enough to be known by itself, whatever stood before it in there"

enum { LIFETIME = 1000 };

static struct ratchet *make(size_t entries)
{
    struct ratchet_options options = {.entries = entries, .lifetime_ms = LIFETIME};
    struct ratchet *r;
    struct err err;
    assert_int_equal(ratchet_new(&options, &r, &err), 0);
    return r;
}

enum { MOST_TEXTS = 8 };

/* Keys of a conversation of these user messages, NULL at the end. */
static struct ratchet_keys keys_of(const struct ratchet *r, const char *principal,
                                   const char *const *messages)
{
    struct classify_text texts[MOST_TEXTS];
    struct ratchet_keys keys;
    size_t count = 0;
    for (; messages[count] != NULL; count++)
        texts[count] =
            (struct classify_text){.text = content_of(messages[count], strlen(messages[count])),
                                   .role = COMPLEXITY_USER,
                                   .turn = true};
    ratchet_keys_of(r, principal, texts, count, &keys);
    return keys;
}

#define MESSAGES(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct facts sensitive_facts(void)
{
    struct facts facts = {.pii = {.sensitive = 0.8f, .identifying = 0.5f}};
    facts.pii.count[PII_US_SSN] = 2;
    facts.pii.best_score[PII_US_SSN] = 0.95f;
    facts.pii.validated[PII_US_SSN] = 1;
    facts.pii.count[PII_PERSON] = 1;
    facts.pii.best_score[PII_PERSON] = 0; /* a score of nothing is still a span */
    facts.pii.topic[PII_TOPIC_HEALTH] = 0.6f;
    return facts;
}

static bool recalls(struct ratchet *r, const char *principal, const char *const *messages,
                    uint64_t now_ms)
{
    struct ratchet_keys keys = keys_of(r, principal, messages);
    struct facts facts = {.pii = {.sensitive = 0.1f}};
    return ratchet_recall(r, &keys, now_ms, &facts);
}

static void test_raised(void **state)
{
    (void)state;
    struct ratchet *r = make(1024);
    struct ratchet_keys keys = keys_of(r, "", MESSAGES(LONG, "and then?"));
    struct facts facts = sensitive_facts();
    assert_true(ratchet_remember(r, &keys, 1, &facts));
    assert_int_not_equal(keys.conversation, 0);

    struct ratchet_keys again = keys_of(r, "", MESSAGES("something new", LONG));
    struct facts later = {.pii = {.sensitive = 0.1f}};
    later.pii.topic[PII_TOPIC_HEALTH] = 0.9f;
    assert_true(ratchet_recall(r, &again, 2, &later));
    assert_true(again.conversation == keys.conversation);
    assert_true(later.pii.sensitive >= 0.8f && later.pii.sensitive < 0.81f);
    assert_true(later.pii.identifying >= 0.5f);
    assert_int_equal(later.pii.count[PII_US_SSN], 1);
    assert_int_equal(later.pii.validated[PII_US_SSN], 1);
    assert_true(later.pii.best_score[PII_US_SSN] >= 0.95f);
    assert_int_equal(later.pii.count[PII_PERSON], 1);
    assert_int_equal(later.pii.count[PII_IBAN_CODE], 0);
    assert_true(later.pii.topic[PII_TOPIC_HEALTH] >= 0.9f); /* what is stronger now stays */
    assert_int_equal(later.unclassified, UNCLASSIFIED_NONE);

    /* The same again raises nothing. */
    struct facts same = sensitive_facts();
    assert_false(ratchet_recall(r, &again, 3, &same));
    assert_true(same.pii.sensitive <= 0.8f);
    ratchet_free(r);
}

/* Which messages tell a conversation. */
static void test_keys(void **state)
{
    static const struct {
        const char *remembered[4], *asked[4];
        bool known;
    } rows[] = {
        {{"Hello there, who are you?", "x"}, {"Hello there, who are you?", "new"}, true},
        {{"Hello there, who are you?", "x"}, {"  Hello there, who are you?\n"}, true},
        {{"Hello"}, {"Hello"}, false},
        {{"Hello", "What can you do for me?"}, {"Hello", "What can you do for me?", "x"}, true},
        /* a common sentence in the middle is not enough, and is with what stood before it */
        {{"first of one", "Can you say more about that?"},
         {"first of another", "Can you say more about that?"},
         false},
        {{"a", "b and something of its own", "Go on."},
         {"b and something of its own", "Go on."},
         true},
        {{"a", LONG, "c"}, {"d", "e", LONG}, true},
        {{"a", LONG "1"}, {LONG "2"}, false},
        /* opened with, said later */
        {{"Can you say more about that?"}, {"x", "Can you say more about that?"}, true},
    };
    struct facts facts = sensitive_facts();
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct ratchet *r = make(512);
        struct ratchet_keys keys = keys_of(r, "p", rows[i].remembered);
        (void)!ratchet_remember(r, &keys, 1, &facts);
        if (recalls(r, "p", rows[i].asked, 2) != rows[i].known)
            fail_msg("row %zu", i);
        assert_false(recalls(r, "q", rows[i].asked, 2)); /* nobody else's */
        ratchet_free(r);
    }
}

static void test_system_prompts_and_answers(void **state)
{
    (void)state;
    struct ratchet *r = make(512);
    struct facts facts = sensitive_facts(), later = {.model = NULL};
    struct classify_text texts[] = {
        {.text = content_of(LONG, strlen(LONG)), .role = COMPLEXITY_SYSTEM, .turn = true},
        {.text = content_of("my secret", 9), .role = COMPLEXITY_USER, .turn = true},
        {.text = content_of(LONG "meta", strlen(LONG "meta")), .role = COMPLEXITY_TOOL},
    };
    struct ratchet_keys keys;
    ratchet_keys_of(r, "", texts, 3, &keys);
    assert_int_equal(keys.count, 0);
    (void)!ratchet_remember(r, &keys, 1, &facts);
    /* The answer brings the conversation back. */
    ratchet_keys_of_answer(r, "", texts, 3, content_of("I will keep it.", 15), &keys);
    assert_true(ratchet_remember(r, &keys, 1, &facts));
    assert_false(recalls(r, "", MESSAGES(LONG, LONG "meta"), 2));
    assert_true(recalls(r, "", MESSAGES("my secret", "I will keep it.", "Good."), 2));
    ratchet_keys_of_answer(r, "", texts, 3, content_of(LONG "!", strlen(LONG "!")), &keys);
    assert_true(ratchet_remember(r, &keys, 1, &facts));
    struct ratchet_keys trimmed = keys_of(r, "", MESSAGES(LONG "!", "And now?"));
    assert_true(ratchet_recall(r, &trimmed, 2, &later));
    ratchet_free(r);
}

static void test_nothing_to_remember(void **state)
{
    (void)state;
    struct ratchet *r = make(512);
    struct ratchet_keys keys = keys_of(r, "", MESSAGES(LONG));
    struct facts clean = {.pii = {.sensitive = 0.05f}}, off = {.unclassified = UNCLASSIFIED_OFF};
    struct facts unread = {.unclassified = UNCLASSIFIED_UNSCANNABLE}, later = {.model = NULL};
    assert_false(ratchet_remember(r, &keys, 1, &clean));
    assert_false(ratchet_remember(r, &keys, 1, &off));
    assert_int_equal(keys.conversation, 0);
    /* What could not be read stays unread. */
    assert_true(ratchet_remember(r, &keys, 1, &unread));
    assert_true(ratchet_recall(r, &keys, 2, &later));
    assert_int_equal(later.unclassified, UNCLASSIFIED_UNSCANNABLE);
    ratchet_free(r);
}

static void test_lifetime(void **state)
{
    (void)state;
    struct ratchet *r = make(512);
    struct ratchet_keys keys = keys_of(r, "", MESSAGES(LONG));
    struct facts facts = sensitive_facts();
    assert_true(ratchet_remember(r, &keys, 1, &facts));
    assert_true(recalls(r, "", MESSAGES(LONG), LIFETIME)); /* seen again: lives on */
    assert_true(recalls(r, "", MESSAGES(LONG), 2 * LIFETIME - 1));
    assert_false(recalls(r, "", MESSAGES(LONG), 3 * LIFETIME - 1));
    ratchet_free(r);
}

static void test_lowered(void **state)
{
    (void)state;
    struct ratchet *r = make(512);
    struct ratchet_keys one = keys_of(r, "", MESSAGES(LONG "1", LONG "2"));
    struct ratchet_keys two = keys_of(r, "", MESSAGES(LONG "3"));
    struct facts facts = sensitive_facts();
    char id[RATCHET_ID_CHARS];
    uint64_t conversation;
    assert_true(ratchet_remember(r, &one, 1, &facts));
    assert_true(ratchet_remember(r, &two, 1, &facts));
    ratchet_id_write(one.conversation, id);
    assert_true(ratchet_id_read(id, strlen(id), &conversation));
    assert_true(conversation == one.conversation);
    assert_int_equal(ratchet_lower(r, conversation), 3);
    assert_false(recalls(r, "", MESSAGES(LONG "1", LONG "2"), 2));
    assert_true(recalls(r, "", MESSAGES(LONG "3"), 2));
    assert_int_equal(ratchet_lower(r, 0), 1);
    assert_false(recalls(r, "", MESSAGES(LONG "3"), 2));
    ratchet_id_write(0, id);
    assert_string_equal(id, "");
    assert_false(ratchet_id_read("0123456789abcdeg", 16, &conversation));
    assert_false(ratchet_id_read("0000000000000000", 16, &conversation));
    assert_false(ratchet_id_read("01234", 5, &conversation));
    ratchet_free(r);
}

/* A full table lets go of the oldest; the newest is always there. */
static void test_bounded(void **state)
{
    (void)state;
    struct ratchet *r = make(512);
    struct facts facts = sensitive_facts();
    char text[128];
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(text, sizeof(text), "%s %d", LONG, i);
        struct ratchet_keys keys = keys_of(r, "", MESSAGES(text));
        assert_true(ratchet_remember(r, &keys, (uint64_t)(1 + i / 10), &facts));
        assert_true(recalls(r, "", MESSAGES(text), (uint64_t)(1 + i / 10)));
    }
    int known = 0;
    for (int i = 0; i < 5000; i++) {
        (void)snprintf(text, sizeof(text), "%s %d", LONG, i);
        known += recalls(r, "", MESSAGES(text), 501);
    }
    assert_true(known > 200 && known <= 512);
    ratchet_free(r);
}

static void *remember_many(void *arg)
{
    struct ratchet *r = arg;
    struct facts facts = sensitive_facts();
    char text[128];
    for (int i = 0; i < 500; i++) {
        (void)snprintf(text, sizeof(text), "%s %d", LONG, i);
        struct ratchet_keys keys = keys_of(r, "", MESSAGES(text, LONG));
        struct facts seen = {.model = NULL};
        (void)ratchet_remember(r, &keys, 1, &facts);
        if (!ratchet_recall(r, &keys, 2, &seen))
            return r;
        if (i % 100 == 99)
            (void)ratchet_lower(r, 1);
    }
    return NULL;
}

static void test_many_threads(void **state)
{
    (void)state;
    struct ratchet *r = make(8192);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, remember_many, r), 0);
    for (int i = 0; i < 4; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    ratchet_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_raised),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_system_prompts_and_answers),
        cmocka_unit_test(test_nothing_to_remember),
        cmocka_unit_test(test_lifetime),
        cmocka_unit_test(test_lowered),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
