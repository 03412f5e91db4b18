/*
 * pii_tagger.h - the trained half of the PII scanner: names, places and organisations.
 *
 * Internal to router/; everybody else goes through pii.h. A tagger is immutable after opening and
 * shared by all threads; a scratch belongs to one thread, grows to what it needs and is wiped when
 * freed. Weights are built into the binary.
 */
#ifndef PENSTOCK_ROUTER_PII_TAGGER_H
#define PENSTOCK_ROUTER_PII_TAGGER_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/err.h"
#include "router/pii.h"

struct pii_tagger;
struct pii_tagger_scratch;

MUST_CHECK int pii_tagger_new(struct pii_tagger **out, struct err *err);
void pii_tagger_free(struct pii_tagger *tagger);              /* NULL is fine */
const char *pii_tagger_hash(const struct pii_tagger *tagger); /* 64 hex digits, of the weights */

MUST_CHECK int pii_tagger_scratch_new(struct pii_tagger_scratch **out, struct err *err);
void pii_tagger_scratch_free(struct pii_tagger_scratch *scratch); /* wipes; NULL is fine */

/* Where the words' meanings are summed up: the text in stretches of as many bytes, zero at first.
 */
struct pii_tagger_words {
    struct pii_evidence *stretches;
    size_t count; /* 0: nobody wants to know */
    double bytes; /* of the text that each stands for; a fraction, or far words would drift off */
};

/*
 * Tag one UTF-8 text of any length (windows overlap inside; nothing is cut off; linear in len).
 * Appends PERSON, LOCATION, ORGANIZATION and STREET_ADDRESS spans with calibrated scores, sorted by
 * start, without overlaps among themselves, source PII_SOURCE_TAGGER; add them with pii_spans_add
 * (pii.h). Each word's meaning is added to its stretch, since here its codes have been looked up.
 * unspaced: the text is in a language whose letters (char_is_unspaced()) it was not trained on:
 * they are no part of any span. Invalid UTF-8 is tolerated. On error *out keeps what was appended;
 * the caller drops it.
 */
MUST_CHECK int pii_tagger_run(const struct pii_tagger *tagger, struct pii_tagger_scratch *scratch,
                              const char *text, size_t len, struct pii_tagger_words words,
                              bool unspaced, struct pii_spans *out, struct err *err);

#endif
