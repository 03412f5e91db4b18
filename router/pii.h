/*
 * pii.h - find personal data in text.
 *
 * A scanner is immutable after opening and shared by all threads; a scratch belongs to one thread
 * and grows to the largest text it has seen. Spans are byte offsets into the text as given.
 * Recognizers (pii_recognizers.c) and the tagger (pii_tagger.c) each add spans; pii_merge.c
 * settles overlaps.
 */
#ifndef PENSTOCK_ROUTER_PII_H
#define PENSTOCK_ROUTER_PII_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/content.h"
#include "gateway/base/err.h"
#include "router/facts.h"

enum pii_source { PII_SOURCE_RECOGNIZER, PII_SOURCE_TAGGER };

struct pii_span {
    size_t start, end; /* bytes, end exclusive */
    enum pii_type type;
    float score; /* 0..1 */
    enum pii_source source;
    bool validated;         /* a checksum or structural check holds, and it is no placeholder */
    bool encoded;           /* said in base64, which stands at this place */
    bool placeholder;       /* an example value by convention: jane@example.com, 555-0100 */
    const char *recognizer; /* static name, e.g. "card_luhn", "tagger" */
    const char *context;    /* static: the context phrase that raised the score, or NULL */
};

struct pii_spans {
    struct pii_span *items;
    size_t count, cap;
};

struct pii_scanner; /* recognizers and tagger weights */
struct pii_scratch;

MUST_CHECK int pii_scanner_new(struct pii_scanner **out, struct err *err); /* built-in weights */
void pii_scanner_free(struct pii_scanner *scanner);
const char *
pii_scanner_hash(const struct pii_scanner *scanner); /* 64 hex digits, of rules and weights */

MUST_CHECK int pii_scratch_new(struct pii_scratch **out, struct err *err);
void pii_scratch_free(struct pii_scratch *scratch); /* wipes */

/*
 * Scan one text (UTF-8, JSON escapes already decoded). Appends spans sorted by start, without
 * overlaps of the same type. Also adds to *facts (counts, scores, `sensitive`), which accumulates
 * over the texts of a request: call once per text, in order. Linear in len; no window is skipped.
 */
MUST_CHECK int pii_scan(const struct pii_scanner *scanner, struct pii_scratch *scratch,
                        struct content text, struct pii_spans *spans, struct pii_facts *facts,
                        struct err *err);

/* Adds the facts of other texts of the request, scanned apart; the order makes no difference. */
void pii_facts_merge(struct pii_facts *into, const struct pii_facts *more);

MUST_CHECK int pii_spans_add(struct pii_spans *spans, const struct pii_span *span, struct err *err);
void pii_spans_release(struct pii_spans *spans);

#endif
