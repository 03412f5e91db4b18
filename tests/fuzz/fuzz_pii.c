/*
 * Any bytes at all through the PII scanner: spans must lie inside the text, in order, none over
 * another of its type, and scores and facts inside their ranges.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "router/pii.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "fuzz_pii: %s\n", what);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pii_scanner *scanner;
    static struct pii_scratch *scratch;
    struct err err = {0};
    if (scanner == NULL)
        require(pii_scanner_new(&scanner, &err) == 0 && pii_scratch_new(&scratch, &err) == 0,
                "cannot open the scanner");
    struct pii_spans spans = {0};
    struct pii_facts facts = {0};
    require(pii_scan(scanner, scratch, content_of(data, size), &spans, &facts, &err) == 0,
            "a scan failed");
    for (size_t i = 0; i < spans.count; i++) {
        const struct pii_span *span = &spans.items[i];
        require(span->start < span->end && span->end <= size, "a span lies outside the text");
        require(i == 0 || span->start >= spans.items[i - 1].start, "spans are out of order");
        for (size_t k = i; k-- > 0;)
            require(spans.items[k].type != span->type || spans.items[k].end <= span->start,
                    "two spans of one type overlap");
        require(span->score >= 0 && span->score <= 1, "a score is out of range");
        require(span->recognizer != NULL && span->type < PII_TYPE_COUNT, "a span is unnamed");
    }
    require(facts.sensitive >= 0 && facts.sensitive <= 1, "the verdict is out of range");
    pii_spans_release(&spans);
    return 0;
}
