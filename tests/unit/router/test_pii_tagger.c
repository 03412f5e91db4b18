/* The tagger on plain sentences, on text without names, and on text of any length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "router/pii_tagger.h"

struct fixture {
    struct pii_tagger *tagger;
    struct pii_tagger_scratch *scratch;
};

static int open_tagger(void **state)
{
    static struct fixture fixture;
    struct err err = {0};
    assert_int_equal(pii_tagger_new(&fixture.tagger, &err), 0);
    assert_int_equal(pii_tagger_scratch_new(&fixture.scratch, &err), 0);
    *state = &fixture;
    return 0;
}

static int close_tagger(void **state)
{
    struct fixture *fixture = *state;
    pii_tagger_scratch_free(fixture->scratch);
    pii_tagger_free(fixture->tagger);
    return 0;
}

static struct pii_spans tagged(struct fixture *fixture, const char *text, size_t len)
{
    struct pii_spans spans = {0};
    struct err err = {0};
    assert_int_equal(pii_tagger_run(fixture->tagger, fixture->scratch, text, len,
                                    (struct pii_tagger_words){0}, false, &spans, &err),
                     0);
    for (size_t i = 0; i < spans.count; i++) {
        const struct pii_span *span = &spans.items[i];
        assert_true(span->start < span->end && span->end <= len);
        assert_true(i == 0 || spans.items[i - 1].end <= span->start);
        assert_true(span->score > 0 && span->score < 1);
        assert_int_equal(span->source, PII_SOURCE_TAGGER);
        assert_false(span->validated);
    }
    return spans;
}

/* Is some span of that type exactly these words of the text? */
static bool holds(const struct pii_spans *spans, const char *text, const char *words,
                  enum pii_type type)
{
    const char *at = strstr(text, words);
    assert_non_null(at);
    for (size_t i = 0; i < spans->count; i++) {
        const struct pii_span *span = &spans->items[i];
        if (span->type == type && span->start == (size_t)(at - text) &&
            span->end - span->start == strlen(words) && span->score >= 0.5f) {
            return true;
        }
    }
    return false;
}

static void names_in_sentences(void **state)
{
    static const struct {
        const char *text, *words;
        enum pii_type type;
    } cases[] = {
        {"My name is Sarah Connor and I need help.", "Sarah Connor", PII_PERSON},
        {"my name is sarah connor and i need help", "sarah connor", PII_PERSON},
        {"Please call Rajesh Krishnamurthy tomorrow.", "Rajesh Krishnamurthy", PII_PERSON},
        {"Dear Mr. Oyelaran, thank you for your letter.", "Oyelaran", PII_PERSON},
        {"Dr. Nguyen saw the patient on Monday.", "Nguyen", PII_PERSON},
        {"Ich heiße Jürgen Müller.", "Jürgen Müller", PII_PERSON},
        {"Datuk Seri Hamzah Yusof spoke first.", "Hamzah Yusof", PII_PERSON},
        {"Ustad Farid Ayaz played the sitar.", "Farid Ayaz", PII_PERSON},
        {"Coucou Maude, ça va mieux ?", "Maude", PII_PERSON},
        {"Noted, will do.\nThanks,\nWalt", "Walt", PII_PERSON},
        {"Hi Jorn,\nSee you Tuesday.\n- Temperance", "Temperance", PII_PERSON},
        {"Ask for June instead, she listens.", "June", PII_PERSON},
        {"Took my mother to Romano's Macaroni Grill.", "Romano's Macaroni Grill", PII_ORGANIZATION},
        {"She moved from Berlin to a small flat.", "Berlin", PII_LOCATION},
        {"We flew to Buenos Aires last week.", "Buenos Aires", PII_LOCATION},
        {"He works at Goldman Sachs in the evening.", "Goldman Sachs", PII_ORGANIZATION},
        {"{\"name\": \"Maria Gonzalez\", \"age\": 41}", "Maria Gonzalez", PII_PERSON},
        {"Ship it to 42 Maple Street, please.", "42 Maple Street", PII_STREET_ADDRESS},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pii_spans spans = tagged(*state, cases[i].text, strlen(cases[i].text));
        if (!holds(&spans, cases[i].text, cases[i].words, cases[i].type)) {
            print_error("not found: %s\n", cases[i].words);
            fail();
        }
        pii_spans_release(&spans);
    }
}

static void no_names_where_nobody_is_named(void **state)
{
    static const char *const cases[] = {
        "def add_item(self, item, count=1):\n    self.items[item] += count\n    return "
        "self.items\n",
        "for (int i = 0; i < n; i++) { sum += values[i] * weights[i]; }",
        "SELECT id, total FROM orders WHERE total > 100 ORDER BY total DESC;",
        "Solve for x: 3x + 7 = 22. Then prove that the sum of two even numbers is even.",
        "The Borrower shall repay the Loan to the Lender within 30 days.",
        "Merhaba, nasılsınız?",
        "Grace period on the parking is ten minutes.",
        "Chuck the old gasket and for Pete's sake let it cure.",
        "What are the side effects of ibuprofen and paracetamol taken together?",
        "The quick brown fox jumps over the lazy dog.",
        "git commit -m 'fix the parser' && git push",
        "",
        "   \n\t ",
        "1234 5678",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pii_spans spans = tagged(*state, cases[i], strlen(cases[i]));
        for (size_t s = 0; s < spans.count; s++) {
            if (spans.items[s].score >= 0.5f) {
                print_error("found in: %s\n", cases[i]);
                fail();
            }
        }
        pii_spans_release(&spans);
    }
}

static const char NAMES[] = "\n\nYesterday Helen Brandt met Tomasz Nowak in Krakow.\n\n";
static const char FILLER[] = "The report was late and nobody knew why it took so long. ";

/* FILLER `sentences` times, with NAMES after every `period`th. */
static char *filled(size_t sentences, size_t period, size_t *len)
{
    char *text = malloc(sentences * (sizeof FILLER + sizeof NAMES));
    assert_non_null(text);
    *len = 0;
    for (size_t i = 0; i < sentences; i++) {
        memcpy(text + *len, FILLER, sizeof FILLER - 1);
        *len += sizeof FILLER - 1;
        if (i % period == period / 2) {
            memcpy(text + *len, NAMES, sizeof NAMES - 1);
            *len += sizeof NAMES - 1;
        }
    }
    return text;
}

/* The same words among the same neighbours: the same spans anywhere in a megabyte, to the bit. */
static void position_does_not_matter(void **state)
{
    size_t small_len = 0, large_len = 0;
    char *small = filled(9, 9, &small_len), *large = filled(18000, 9, &large_len);
    assert_true(large_len > (size_t)1 << 20);
    struct pii_spans one = tagged(*state, small, small_len);
    struct pii_spans many = tagged(*state, large, large_len);
    assert_int_equal(one.count, 3);
    assert_int_equal(many.count, 2000 * one.count);
    for (size_t i = 0; i < many.count; i++) {
        const struct pii_span *expected = &one.items[i % 3], *found = &many.items[i];
        size_t block = i / 3 * small_len;
        assert_int_equal(found->start, block + expected->start);
        assert_int_equal(found->end, block + expected->end);
        assert_int_equal(found->type, expected->type);
        assert_memory_equal(&found->score, &expected->score, sizeof found->score);
    }
    pii_spans_release(&one);
    pii_spans_release(&many);
    free(small);
    free(large);
}

/* Shifting a long text by some tokens moves the windows: scores must not notice. */
static void windows_leave_no_trace(void **state)
{
    static const char sentence[] = "Then Anna Schmidt of Volvo wrote to Peter from Oslo. ";
    enum { TIMES = 400, SHIFT = 7 };
    size_t len = TIMES * (sizeof sentence - 1);
    char *text = malloc(len + 2 * SHIFT);
    assert_non_null(text);
    for (size_t i = 0; i < SHIFT; i++) {
        memcpy(text + 2 * i, "x ", 2);
    }
    for (size_t i = 0; i < TIMES; i++) {
        memcpy(text + 2 * SHIFT + i * (sizeof sentence - 1), sentence, sizeof sentence - 1);
    }
    struct pii_spans plain = tagged(*state, text + 2 * SHIFT, len);
    struct pii_spans moved = tagged(*state, text, len + 2 * SHIFT);
    /* The first two sentences have other neighbours; from the third on all is equal. */
    size_t skip = 0, skip_moved = 0;
    while (plain.items[skip].start < 2 * (sizeof sentence - 1)) {
        skip++;
    }
    while (moved.items[skip_moved].start < 2 * SHIFT + 2 * (sizeof sentence - 1)) {
        skip_moved++;
    }
    assert_true(plain.count > 2 * TIMES);
    assert_int_equal(plain.count - skip, moved.count - skip_moved);
    for (size_t i = skip; i < plain.count; i++) {
        const struct pii_span *a = &plain.items[i], *b = &moved.items[i - skip + skip_moved];
        assert_int_equal(a->start + 2 * SHIFT, b->start);
        assert_int_equal(a->end + 2 * SHIFT, b->end);
        assert_int_equal(a->type, b->type);
        assert_memory_equal(&a->score, &b->score, sizeof a->score);
    }
    pii_spans_release(&plain);
    pii_spans_release(&moved);
    free(text);
}

/* Nothing but names: more of them than have their labels chosen together. */
static void long_lists_are_read_to_the_end(void **state)
{
    static const char line[] = "Anna Schmidt\nPeter Novak\n";
    enum { TIMES = 60 };
    char text[TIMES * (sizeof line - 1)];
    for (size_t i = 0; i < TIMES; i++)
        memcpy(text + i * (sizeof line - 1), line, sizeof line - 1);
    struct pii_spans spans = tagged(*state, text, sizeof text);
    assert_int_equal(spans.count, 2 * TIMES);
    for (size_t i = 0; i < spans.count; i++) {
        const char *name = i % 2 ? "Peter Novak" : "Anna Schmidt";
        assert_int_equal(spans.items[i].type, PII_PERSON);
        assert_int_equal(spans.items[i].end - spans.items[i].start, strlen(name));
        assert_memory_equal(text + spans.items[i].start, name, strlen(name));
    }
    pii_spans_release(&spans);
}

static void garbage_is_tolerated(void **state)
{
    char text[4096];
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof text; i++) {
        seed = seed * 1664525u + 1013904223u;
        text[i] = (char)(seed >> 24);
    }
    struct pii_spans spans = tagged(*state, text, sizeof text);
    pii_spans_release(&spans);
    memset(text, 'a', sizeof text); /* one endless word */
    spans = tagged(*state, text, sizeof text);
    pii_spans_release(&spans);
}

static void zero_width_characters_do_not_hide(void **state)
{
    static const char text[] = "My name is Sa\xE2\x80\x8Brah Con\xE2\x80\x8Bnor and I need help.";
    struct pii_spans spans = tagged(*state, text, sizeof text - 1);
    assert_true(holds(&spans, text, "Sa\xE2\x80\x8Brah Con\xE2\x80\x8Bnor", PII_PERSON));
    pii_spans_release(&spans);
}

static void hash_names_the_weights(void **state)
{
    struct fixture *fixture = *state;
    const char *hash = pii_tagger_hash(fixture->tagger);
    assert_int_equal(strlen(hash), 64);
    assert_int_equal(strspn(hash, "0123456789abcdef"), 64);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_in_sentences),
        cmocka_unit_test(no_names_where_nobody_is_named),
        cmocka_unit_test(position_does_not_matter),
        cmocka_unit_test(windows_leave_no_trace),
        cmocka_unit_test(long_lists_are_read_to_the_end),
        cmocka_unit_test(garbage_is_tolerated),
        cmocka_unit_test(zero_width_characters_do_not_hide),
        cmocka_unit_test(hash_names_the_weights),
    };
    return cmocka_run_group_tests(tests, open_tagger, close_tagger);
}
