/*
 * forward.h - one pass of tokens through a decoder.
 *
 * The tokens of a pass may belong to several sequences and be prompt or continuation; they share
 * every read of the weights. One thread steps a forward; its team helps.
 */
#ifndef PENSTOCK_ENGINE_FORWARD_H
#define PENSTOCK_ENGINE_FORWARD_H

#include "engine/kv.h"
#include "engine/team.h"
#include "engine/weights.h"

struct forward_item {
    int32_t token;
    uint32_t position; /* in its sequence; earlier items of the pass may hold the ones before */
    struct kv_sequence *sequence; /* grown to position + 1 already */
    bool wants_logits;
};

struct forward;

struct forward_options {
    uint32_t context;     /* most positions of a sequence */
    uint32_t batch;       /* most items in a pass */
    uint32_t most_logits; /* most items that want logits in a pass */
    uint32_t sequences;   /* most that are fed in turn */
    unsigned threads;
    bool exact;                    /* reference path: plain kernels, activations never rounded */
    const struct kernels *kernels; /* NULL: the fastest that this machine runs */
};

/* arch, weights and store must outlive the result. */
ENGINE_CHECK int forward_new(struct forward **out, const struct arch *arch,
                             const struct weights *weights, struct kv_store *store,
                             const struct forward_options *options, struct engine_error *error);
void forward_free(struct forward *forward); /* wipes what it held */
size_t forward_bytes(const struct forward *forward);

/*
 * Run the items. Afterwards forward_logits(i) is the row (vocabulary-sized) of the i-th item that
 * wanted logits, until the next pass. Cannot fail: all room was taken before.
 */
void forward_run(struct forward *forward, const struct forward_item *items, size_t count);
float *forward_logits(const struct forward *forward, size_t i);

#endif
