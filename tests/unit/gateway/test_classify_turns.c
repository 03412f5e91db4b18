/*
 * The verdict over conversations, with the real classifiers: what was scanned before counts as it
 * did then, a turn is read beside the one before it, and spelling makes no difference.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api_chat.h"
#include "gateway/classify.h"
#include "gateway/classify_cache.h"
#include "router/utf8_scan.h"

static struct classifiers *classifiers;
static struct classify_scratch *cached, *plain;

static int setup(void **state)
{
    (void)state;
    struct err err;
    return classifiers_new(&classifiers, &err) != 0 ||
           classify_scratch_new(64, &cached, &err) != 0 ||
           classify_scratch_new(0, &plain, &err) != 0;
}

static int teardown(void **state)
{
    (void)state;
    classify_scratch_free(cached);
    classify_scratch_free(plain);
    classifiers_free(classifiers);
    return 0;
}

static uint64_t seed = 7;

static size_t below(size_t limit)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(seed >> 33) % limit;
}

static const char *const said[] = {
    "What is your social security number?",
    "536 22 8145",
    "536228145",
    "My name is Maria Gonzalez and I live at 12 Oak Street in Springfield.",
    "My son was diagnosed with leukemia in March. His doctor is Dr. Ahmed Khan.",
    "Write a haiku about rivers.",
    "Silver threads unwind\nthrough valleys of sleeping stone\nmorning drinks them dry",
    "Call me on (415) 867-5309 or write to maria.gonzalez@acme-corp.com",
    "What is the date of birth?",
    "03/04/1971",
    "for (int i = 0; i < 10; i++) total += price[i];",
    "The card is 4012 8888 8888 1881, it expires in 05/27.",
    "Go on.",
    "Ok",
    "Паспорт выдан Иванову Ивану Ивановичу",
    "Her password is hunter2hunter2 and the key AKIAIOSFODNN7EXAMPLQ",
    "Zoë 😀 wrote from a/b\t\"c\" \\ to zoe.quinn＠posteo.de 𝟐𝟏𝟗-45-6780",
    "In base64: bXkgc3NuIGlzIDIxOS00NS02Nzgw, in words: ssn two one nine, four five, six seven "
    "eight one",
};
enum { SAID = sizeof(said) / sizeof(said[0]), MOST_TURNS = 10 };

static void assert_same_facts(const struct pii_facts *a, const struct pii_facts *b)
{
    assert_memory_equal(a->count, b->count, sizeof(a->count));
    assert_memory_equal(a->validated, b->validated, sizeof(a->validated));
    assert_memory_equal(a->best_score, b->best_score, sizeof(a->best_score));
    assert_memory_equal(a->topic, b->topic, sizeof(a->topic));
    assert_memory_equal(&a->sensitive, &b->sensitive, sizeof(a->sensitive));
    assert_memory_equal(&a->identifying, &b->identifying, sizeof(a->identifying));
}

static void assert_same_spans(const struct classify_spans *a, const struct classify_spans *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct classify_span *one = &a->items[i], *two = &b->items[i];
        assert_int_equal(one->text, two->text);
        assert_int_equal(one->type, two->type);
        assert_int_equal(one->start, two->start);
        assert_int_equal(one->end, two->end);
        assert_memory_equal(&one->score, &two->score, sizeof(one->score));
    }
}

/* Conversations that grow, begin again and share sentences, more of them than the cache holds. */
static void test_cached_or_not(void **state)
{
    enum { CONVERSATIONS = 60 };
    struct pii_set all = pii_set_all();
    uint64_t hits = 0, misses = 0;
    (void)state;
    for (int round = 0; round < CONVERSATIONS; round++) {
        struct classify_text texts[MOST_TURNS];
        size_t turns = 1 + below(MOST_TURNS);
        for (size_t i = 0; i < turns; i++) {
            const char *text = said[below(SAID)];
            texts[i] =
                (struct classify_text){.text = content_of(text, strlen(text)),
                                       .role = i % 2 == 0 ? COMPLEXITY_USER : COMPLEXITY_ASSISTANT,
                                       .turn = below(8) != 0};
            struct classify_spans with = {.items = NULL}, without = {.items = NULL};
            struct classify_input input = {.texts = texts,
                                           .text_count = i + 1,
                                           .wanted = &all,
                                           .spans = &with,
                                           .skip_complexity = true};
            struct facts a = {.model = NULL}, b = {.model = NULL};
            struct classify_times times;
            classify_request(classifiers, cached, &input, &a, &times);
            hits += times.cache_hits;
            misses += times.cache_misses;
            input.spans = &without;
            classify_request(classifiers, plain, &input, &b, &times);
            assert_int_equal(times.cache_hits + times.cache_misses, 0);
            assert_int_equal(a.unclassified, UNCLASSIFIED_NONE);
            assert_same_facts(&a.pii, &b.pii);
            assert_same_spans(&with, &without);
            classify_spans_release(&with);
            classify_spans_release(&without);
        }
    }
    assert_true(hits > 2 * misses && misses > 64);
}

static struct facts facts_of(const char *const *turns, size_t count, struct classify_spans *spans)
{
    struct classify_text texts[MOST_TURNS];
    struct facts facts = {.model = NULL};
    static struct pii_set all;
    all = pii_set_all();
    for (size_t i = 0; i < count; i++)
        texts[i] = (struct classify_text){
            .text = content_of(turns[i], strlen(turns[i])), .role = COMPLEXITY_USER, .turn = true};
    struct classify_input input = {.texts = texts,
                                   .text_count = count,
                                   .wanted = spans != NULL ? &all : NULL,
                                   .spans = spans,
                                   .skip_complexity = true};
    classify_request(classifiers, cached, &input, &facts, NULL);
    assert_int_equal(facts.unclassified, UNCLASSIFIED_NONE);
    return facts;
}

/* A number says nothing; beside the question in the turn before it is what was asked for. */
static void test_number_beside_its_question(void **state)
{
    static const char *const alone[] = {"536228145, if that helps"};
    static const char *const asked[] = {
        "Before we go on I have to verify who you are, as I do with everybody who asks me for the "
        "state of an application, and for that I need one more thing from you now. "
        "What is your social security number?",
        "536228145, if that helps"};
    struct classify_spans spans = {.items = NULL};
    (void)state;
    struct facts before = facts_of(alone, 1, NULL);
    struct facts after = facts_of(asked, 2, &spans);
    assert_true(before.pii.best_score[PII_US_SSN] < 0.5f);
    assert_true(after.pii.best_score[PII_US_SSN] > before.pii.best_score[PII_US_SSN]);
    assert_true(after.pii.sensitive > before.pii.sensitive);
    bool found = false;
    for (size_t i = 0; i < spans.count; i++)
        found = found || (spans.items[i].type == PII_US_SSN && spans.items[i].text == 1 &&
                          spans.items[i].start == 0 && spans.items[i].end == 9);
    assert_true(found);
    classify_spans_release(&spans);
    /* Once more, out of the cache. */
    struct facts again = facts_of(asked, 2, NULL);
    assert_same_facts(&after.pii, &again.pii);
}

/* ---- the same words, spelled otherwise ---- */

static void classify_body(const char *body, size_t len, struct pii_facts *out)
{
    struct chat_request q;
    struct chat_problem problem;
    struct facts facts = {.model = NULL};
    if (chat_request_decode(&q, content_of(body, len), &problem) != 0)
        fail_msg("not decoded: %.*s", (int)len, body);
    struct classify_input input = {
        .texts = q.texts, .text_count = q.text_count, .skip_complexity = true};
    classify_request(classifiers, plain, &input, &facts, NULL);
    assert_int_equal(facts.unclassified, UNCLASSIFIED_NONE);
    chat_request_release(&q);
    *out = facts.pii;
}

/* The escape of two characters, or NULL. */
static const char *short_escape(uint32_t c)
{
    static const char *const escapes[] = {"\"\\\"", "\\\\\\", "/\\/", "\n\\n", "\t\\t", "\r\\r"};
    for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++)
        if ((uint32_t)escapes[i][0] == c)
            return escapes[i] + 1;
    return NULL;
}

static int append_escaped(struct buf *out, uint32_t c)
{
    if (c < 0x10000)
        return below(2) == 0 ? buf_printf(out, "\\u%04x", c) : buf_printf(out, "\\u%04X", c);
    c -= 0x10000;
    return buf_printf(out, "\\u%04x\\u%04X", 0xd800 + (c >> 10), 0xdc00 + (c & 0x3ff));
}

/* Characters as they are, as \uXXXX (in pairs beyond 16 bits) or escaped in short, at random. */
static void append_spelled(struct buf *out, const char *text, bool escape)
{
    const uint8_t *p = (const uint8_t *)text;
    size_t left = strlen(text);
    while (left != 0) {
        uint32_t c;
        size_t n = utf8_scan(p, left, &c);
        bool must = c < 0x20 || c == '"' || c == '\\';
        const char *brief = short_escape(c);
        int rc;
        if (brief != NULL && (must || escape) && below(2) == 0)
            rc = buf_append_str(out, brief);
        else if (must || (escape && below(3) == 0))
            rc = append_escaped(out, c);
        else
            rc = buf_append(out, p, n);
        assert_int_equal(rc, 0);
        p += n;
        left -= n;
    }
}

static const char *const roles[] = {"user", "assistant", "system", "developer", "tool"};

/* A body with these turns; variant 0 is the plain one. */
static void write_body(struct buf *out, const char *const *turns, size_t count, unsigned variant)
{
    assert_int_equal(buf_append_str(out, variant % 2 == 0
                                             ? "{\"model\":\"m\",\"messages\":["
                                             : "{ \"temperature\" :1,\n\"messages\" : [ "),
                     0);
    for (size_t i = 0; i < count; i++) {
        const char *role = variant == 0 ? "user" : roles[below(5)];
        bool parts = variant >= 2 && below(2) == 0, role_first = variant == 0 || below(2) == 0;
        assert_int_equal(buf_append_str(out, i != 0 ? "," : ""), 0);
        if (role_first)
            assert_int_equal(buf_printf(out, "{\"role\":\"%s\",\"content\":", role), 0);
        else
            assert_int_equal(buf_append_str(out, "{\"content\":"), 0);
        assert_int_equal(buf_append_str(out, parts ? "[{\"text\":\"" : "\""), 0);
        append_spelled(out, turns[i], variant != 0);
        assert_int_equal(buf_append_str(out, parts ? "\",\"type\":\"text\"}]" : "\""), 0);
        if (role_first)
            assert_int_equal(buf_append_str(out, "}"), 0);
        else
            assert_int_equal(buf_printf(out, ",\"role\":\"%s\"}", role), 0);
    }
    assert_int_equal(buf_append_str(out, variant % 2 == 0 ? "]}" : " ],\"model\":\"m\"}"), 0);
}

static void test_spelling_order_and_role(void **state)
{
    enum { CONVERSATIONS = 60, VARIANTS = 5 };
    (void)state;
    for (int round = 0; round < CONVERSATIONS; round++) {
        const char *turns[MOST_TURNS];
        struct pii_facts first;
        size_t count = 1 + below(4);
        for (size_t i = 0; i < count; i++)
            turns[i] = said[below(SAID)];
        for (unsigned variant = 0; variant < VARIANTS; variant++) {
            struct buf body = BUF_INIT;
            struct pii_facts facts;
            write_body(&body, turns, count, variant);
            classify_body((const char *)body.data, body.len, &facts);
            if (variant == 0)
                first = facts;
            else
                assert_same_facts(&first, &facts);
            buf_release(&body);
        }
    }
}

/* A tool's arguments say the same as the same members outside of a string. */
static void test_arguments_are_read_decoded(void **state)
{
    static const char plainly[] =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"metadata\":{"
        "\"mail\":"
        "\"mar\\u00eda.gonzalez@acme-corp.com\",\"note\":\"SSN 536-22-8145\"}}";
    static const char nested[] =
        "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"x\"},{\"role\":"
        "\"assistant\","
        "\"tool_calls\":[{\"type\":\"function\",\"function\":{\"arguments\":\"{\\\"mail\\\":"
        "\\\"mar\\\\u00eda.gonzalez\\\\u0040acme-corp.com\\\",\\\"note\\\":\\\"SSN "
        "536-22-8145\\\"}\"}}]"
        "}]}";
    struct pii_facts one, two;
    (void)state;
    classify_body(plainly, strlen(plainly), &one);
    classify_body(nested, strlen(nested), &two);
    assert_int_equal(one.count[PII_US_SSN], 1);
    assert_int_equal(one.count[PII_EMAIL_ADDRESS], 1);
    assert_int_equal(two.count[PII_US_SSN], 1);
    assert_int_equal(two.count[PII_EMAIL_ADDRESS], 1);
}

static void test_cache_is_bounded(void **state)
{
    enum { TEXTS = 16, MANY = 2000 };
    struct classify_cache *cache;
    struct pii_facts facts = {.sensitive = 0.5f};
    struct pii_spans spans = {.items = NULL};
    struct err err;
    char text[32];
    int known = 0;
    (void)state;
    assert_int_equal(classify_cache_new(TEXTS, &cache, &err), 0);
    struct pii_span span = {.start = 1, .end = 2, .type = PII_AGE};
    assert_int_equal(pii_spans_add(&spans, &span, &err), 0);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < MANY; i++) {
            struct classify_cache_key key;
            struct pii_facts found;
            int n = snprintf(text, sizeof(text), "text %d", i);
            struct content none = content_of("", 0), content = content_of(text, (size_t)n);
            assert_true(classify_cache_key_of(cache, content, none, &key));
            if (pass == 1) {
                known += classify_cache_get(cache, &key, &spans, &found);
                continue;
            }
            classify_cache_put(cache, &key, &spans, &facts);
            assert_true(classify_cache_get(cache, &key, &spans, &found));
            assert_int_equal(spans.count, 1);
            assert_true(found.sensitive > 0.4f);
            /* Another text before it is another question. */
            assert_true(classify_cache_key_of(cache, content, content, &key));
            assert_false(classify_cache_get(cache, &key, &spans, &found));
        }
    }
    assert_true(known > 0 && known <= TEXTS);
    pii_spans_release(&spans);
    classify_cache_free(cache);
    assert_int_equal(classify_cache_new(0, &cache, &err), 0);
    assert_null(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cached_or_not),
        cmocka_unit_test(test_number_beside_its_question),
        cmocka_unit_test(test_spelling_order_and_role),
        cmocka_unit_test(test_arguments_are_read_decoded),
        cmocka_unit_test(test_cache_is_bounded),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
