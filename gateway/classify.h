/*
 * classify.h - run the classifiers over a decoded request and fill the facts that a policy reads.
 *
 * It fails closed: whatever goes wrong leaves facts.unclassified set, which counts as sensitive,
 * beside the signals that were found until then. Every text is scanned to its end, and a turn's
 * beginning once more together with the end of the turn before it: a number may be told by the
 * question alone.
 *
 * classifiers are immutable and shared by all threads; a scratch belongs to one.
 */
#ifndef PENSTOCK_CLASSIFY_H
#define PENSTOCK_CLASSIFY_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/content.h"
#include "gateway/base/err.h"
#include "router/complexity.h"
#include "router/facts.h"
#include "router/pii.h"
#include "router/pii_sets.h"

struct classifiers;
struct classify_scratch;

MUST_CHECK int classifiers_new(struct classifiers **out, struct err *err); /* built-in weights */
void classifiers_free(struct classifiers *classifiers);
const char *classifiers_pii_hash(const struct classifiers *classifiers);        /* 64 hex digits */
const char *classifiers_complexity_hash(const struct classifiers *classifiers); /* 64 hex digits */

/* cache_texts: how many texts it remembers the findings of (classify_cache.h); 0: none. */
MUST_CHECK int classify_scratch_new(size_t cache_texts, struct classify_scratch **out,
                                    struct err *err);
void classify_scratch_free(struct classify_scratch *scratch); /* wipes */

struct classify_text {
    struct content text;
    enum complexity_role role;
    uint32_t from, to; /* entities that begin there are reported; both 0: all */
    bool turn;    /* said in the conversation: the complexity score reads it too. False for names,
                     metadata, tool definitions: scanned for personal data only. */
    bool goes_on; /* a further part of the message that the turn before it is of */
};

/* Where an entity was found. */
struct classify_span {
    uint32_t text; /* index in the input's texts */
    enum pii_type type;
    float score;
    size_t start, end; /* bytes of that text */
};

/* In the order of the texts and, within one, of their starts. */
struct classify_spans {
    struct classify_span *items;
    size_t count, cap;
};

void classify_spans_release(struct classify_spans *spans);

struct classify_input {
    const struct classify_text *texts;
    size_t text_count;
    bool unscannable;    /* holds a part whose text cannot be read: an image, an unknown type */
    uint32_t max_tokens; /* 0: not said */
    bool tools;
    enum complexity_effort effort; /* reasoning_effort */
    const char *model;             /* asked for; NULL: not known */
    bool sketch;                   /* make a sketch for learning, under this key */
    struct learn_key sketch_key;
    bool once;            /* texts that are not worth remembering */
    bool skip_pii;        /* switched off: unclassified is at least UNCLASSIFIED_OFF */
    bool skip_complexity; /* switched off: the score stays 0, tier SIMPLE */
    /* NULL, or: collect the spans of these types. Too many of them count as an error. */
    const struct pii_set *wanted;
    struct classify_spans *spans; /* NULL when wanted is */
    const atomic_bool *stop;      /* NULL, or: give up between texts when it turns true (TIMEOUT) */
};

struct classify_times {
    uint32_t pii_us, complexity_us;
    uint32_t cache_hits, cache_misses; /* texts */
};

/*
 * Sets unclassified, text_bytes, pii and complexity of *facts and leaves the rest. times may be
 * NULL. No return value to forget: what failed is in facts->unclassified.
 */
void classify_request(const struct classifiers *classifiers, struct classify_scratch *scratch,
                      const struct classify_input *input, struct facts *facts,
                      struct classify_times *times);

/* What a piece of an answer holds. The spans are the scratch's, until it is used again. */
MUST_CHECK int classify_reply(const struct classifiers *classifiers,
                              struct classify_scratch *scratch, struct content text,
                              const struct pii_span **spans, size_t *count);

/* For a request that nothing was run over: no signals, and this reason. */
void classify_none(struct facts *facts, enum unclassified reason);

size_t classify_input_bytes(const struct classify_input *input);

#endif
