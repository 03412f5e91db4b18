/* pii_test.h - scan a text and look for spans; one scanner and scratch for the whole program. */
#ifndef PENSTOCK_TESTS_PII_TEST_H
#define PENSTOCK_TESTS_PII_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "router/pii.h"

static struct pii_scanner *test_scanner;
static struct pii_scratch *test_scratch;

static int open_scanner(void **state)
{
    struct err err = {0};
    (void)state;
    return pii_scanner_new(&test_scanner, &err) != 0 || pii_scratch_new(&test_scratch, &err) != 0;
}

static int close_scanner(void **state)
{
    (void)state;
    pii_scratch_free(test_scratch);
    pii_scanner_free(test_scanner);
    return 0;
}

struct scan {
    struct pii_spans spans;
    struct pii_facts facts;
};

static inline void scan_more(struct scan *scan, const char *text, size_t len)
{
    struct err err = {0};
    /* An exact copy on the heap: a read past the end shows under the address sanitizer. */
    char *copy = malloc(len + (len == 0));
    assert_non_null(copy);
    memcpy(copy, text, len);
    assert_int_equal(pii_scan(test_scanner, test_scratch, content_of(copy, len), &scan->spans,
                              &scan->facts, &err),
                     0);
    free(copy);
}

static inline struct scan scan_text(const char *text)
{
    struct scan scan = {0};
    scan_more(&scan, text, strlen(text));
    return scan;
}

static inline void scan_release(struct scan *scan)
{
    pii_spans_release(&scan->spans);
}

static inline const struct pii_span *find_type(const struct scan *scan, enum pii_type type)
{
    for (size_t i = 0; i < scan->spans.count; i++)
        if (scan->spans.items[i].type == type)
            return &scan->spans.items[i];
    return NULL;
}

static inline const struct pii_span *find_span(const struct scan *scan, const char *text,
                                               enum pii_type type, const char *value)
{
    for (size_t i = 0; i < scan->spans.count; i++) {
        const struct pii_span *span = &scan->spans.items[i];
        if (span->type == type && span->end - span->start == strlen(value) &&
            memcmp(text + span->start, value, strlen(value)) == 0)
            return span;
    }
    return NULL;
}

struct positive {
    const char *text;
    enum pii_type type;
    const char *value; /* exactly these bytes of the text */
    float least;       /* score */
    bool validated;
};

static inline void check_positives(const struct positive *cases, size_t count)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        struct scan scan = scan_text(cases[i].text);
        const struct pii_span *span =
            find_span(&scan, cases[i].text, cases[i].type, cases[i].value);
        if (span == NULL || span->score < cases[i].least || span->validated != cases[i].validated) {
            print_error("\"%s\": %s \"%s\": %s\n", cases[i].text, pii_type_name(cases[i].type),
                        cases[i].value,
                        span == NULL                   ? "not found"
                        : span->score < cases[i].least ? "scored too low"
                                                       : "validated is wrong");
            failed++;
        }
        scan_release(&scan);
    }
    assert_int_equal(failed, 0);
}

struct negative {
    const char *text;
    enum pii_type type; /* PII_TYPE_COUNT: no span by a recognizer that scores 0.5 or more */
};

static inline void check_negatives(const struct negative *cases, size_t count)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        struct scan scan = scan_text(cases[i].text);
        for (size_t s = 0; s < scan.spans.count; s++) {
            const struct pii_span *span = &scan.spans.items[s];
            bool any = cases[i].type == PII_TYPE_COUNT && span->score >= 0.5F &&
                       span->source == PII_SOURCE_RECOGNIZER;
            if (any || span->type == cases[i].type) {
                print_error("\"%s\": unexpected %s at %zu-%zu\n", cases[i].text,
                            pii_type_name(span->type), span->start, span->end);
                failed++;
            }
        }
        scan_release(&scan);
    }
    assert_int_equal(failed, 0);
}

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#endif
