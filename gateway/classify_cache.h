/*
 * classify_cache.h - what was found in texts that were scanned before, so that a turn of a
 * conversation costs its new text alone.
 *
 * The key is a hash of the text, and of the end of the text before it, under a random key of the
 * cache's own; the value is numbers: facts, and places of spans. No content is kept. Bounded by the
 * number of texts; the longest unused goes first. Belongs to one thread.
 */
#ifndef PENSTOCK_CLASSIFY_CACHE_H
#define PENSTOCK_CLASSIFY_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/content.h"
#include "gateway/base/err.h"
#include "router/facts.h"
#include "router/pii.h"

enum { CLASSIFY_CACHE_SPANS = 128 }; /* a text with more of them is not kept */

struct classify_cache;

/* texts 0: *out is NULL, and nothing is kept. */
MUST_CHECK int classify_cache_new(size_t texts, struct classify_cache **out, struct err *err);
void classify_cache_free(struct classify_cache *cache); /* NULL is fine */

struct classify_cache_key {
    uint8_t bytes[16];
};

/* False: it cannot be kept or looked up. */
MUST_CHECK bool classify_cache_key_of(const struct classify_cache *cache, struct content text,
                                      struct content before, struct classify_cache_key *key);
/* Fills spans (what they held goes) and facts, or returns false. ERR_MEMORY counts as a miss. */
MUST_CHECK bool classify_cache_get(struct classify_cache *cache,
                                   const struct classify_cache_key *key, struct pii_spans *spans,
                                   struct pii_facts *facts);
/* Without memory nothing is kept. */
void classify_cache_put(struct classify_cache *cache, const struct classify_cache_key *key,
                        const struct pii_spans *spans, const struct pii_facts *facts);

#endif
