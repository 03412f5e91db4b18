/*
 * sampler.h - from logits to a token. A value; one thread.
 */
#ifndef PENSTOCK_ENGINE_SAMPLER_H
#define PENSTOCK_ENGINE_SAMPLER_H

#include "engine/engine.h"

struct sampler_candidate {
    int32_t id;
    float logit, probability;
};

/* What was said, for the penalties: counts by token. */
struct sampler {
    struct engine_sampling settings;
    uint64_t state[4];
    uint16_t *counts; /* one per token of the vocabulary; NULL without penalties */
    uint32_t vocab_size;
};

/* ENGINE_ERR_ARGUMENT for settings that are no number or negative where that has no meaning. */
ENGINE_CHECK int sampler_init(struct sampler *sampler, const struct engine_sampling *settings,
                              uint32_t vocab_size, struct engine_error *error);
void sampler_release(struct sampler *sampler);

/*
 * Choose a token; the same settings, seed and logits choose the same ones. logits are changed.
 * candidates: vocab_size of them, scratch. -1 when the logits hold no number.
 */
int32_t sampler_choose(struct sampler *sampler, float *logits,
                       struct sampler_candidate *candidates);

#endif
