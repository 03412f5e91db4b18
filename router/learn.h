/*
 * learn.h - a correction of the complexity score, learned from what became of requests on site.
 *
 * A sketch stands for a request: which of 4,096 buckets its hashed features fall into under a key
 * of the site, levels of its structural numbers among them, and its structure and what the shipped
 * net says of it in 28 small numbers. Many words share a bucket; text cannot be read back from it,
 * though whoever has the key can test a guess. A correction is linear in the sketch and in the
 * shipped score. Pure; fitting allocates and takes a while, the rest is cheap.
 */
#ifndef PENSTOCK_ROUTER_LEARN_H
#define PENSTOCK_ROUTER_LEARN_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "router/complexity_features.h"
#include "router/facts.h"

struct learn_key {
    uint64_t word[2];
};

/* Adds a segment: its features, and the SKETCH_OUTPUTS numbers that the shipped net says of it. */
void sketch_add(struct complexity_sketch *sketch, const struct learn_key *key,
                const struct complexity_features *features, const float *outputs);

struct correction {
    float offset, slope; /* of the shipped score's odds */
    float bucket_scale, dense_scale;
    int8_t buckets[SKETCH_BUCKETS];
    int8_t dense[SKETCH_DENSE];
};

float correction_apply(const struct correction *correction, const struct complexity_sketch *sketch,
                       float score);

/* One request and what became of it: 1 the local model failed (the strong one was needed), 0 not.
 */
struct outcome {
    struct complexity_sketch sketch;
    float score; /* as shipped */
    float needed;
};

/* Fits to the outcomes; how strongly it is held back is chosen among a few by cross-validation. */
MUST_CHECK int learn_fit(struct correction *out, const struct outcome *const *outcomes,
                         size_t count, struct err *err);

/* How well scores tell: chance is .5 for both of the first two. */
struct learn_quality {
    double apgr; /* mean share of the gain recovered when the highest scores are sent away */
    double auc;
    double loss; /* mean log loss */
    double ece;  /* calibration error, ten bins */
};
MUST_CHECK int learn_measure(struct learn_quality *out, const struct outcome *const *outcomes,
                             const float *scores, size_t count, struct err *err);

#endif
