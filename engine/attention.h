/*
 * attention.h - what queries take from the keys and values of their sequence.
 *
 * Positions are gone through in blocks, with the softmax's largest score and sum carried along, so
 * that the room needed does not grow with the context. Queries that share keys (the heads of a
 * group, neighbouring positions of a prompt) share their unpacking. A query's result does not
 * depend on which others it is worked out with. Pure but for the output; any thread.
 */
#ifndef PENSTOCK_ENGINE_ATTENTION_H
#define PENSTOCK_ENGINE_ATTENTION_H

#include "engine/kv.h"

/* Queries worked out together; more heads to a group than these take turns. */
enum { ATTENTION_QUERIES = 16 };

struct attention {
    const struct arch *arch;
    const struct kernels *kernels;
    const struct kv_store *store;
};

/* Neighbouring positions of one sequence. */
struct attention_run {
    void *const *pages;
    size_t first, count;
    const float *queries; /* of the first position: heads rows; then of the next */
    float *out;           /* likewise */
};

/* How many positions make a run of good size. */
size_t attention_run_length(const struct arch *arch);
/* Floats of scratch that attention_heads needs. */
size_t attention_scratch(const struct arch *arch);

/* The heads that share key-value heads first .. last - 1 of that layer. */
void attention_heads(const struct attention *a, const struct attention_run *run, uint32_t layer,
                     size_t first, size_t last, float *scratch);

#endif
