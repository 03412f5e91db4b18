/*
 * sampler.h - from logits to a token. A value; one thread.
 *
 * In this order: logit bias, repetition, presence and frequency penalties, the grammar's mask,
 * temperature, min-p, top-k, typical, top-p, and a draw. No step sorts the vocabulary.
 */
#ifndef PENSTOCK_ENGINE_SAMPLER_H
#define PENSTOCK_ENGINE_SAMPLER_H

#include "engine/grammar_match.h"

/* Scratch: a token that may be drawn, and beside it an entry of the list that a selection takes
 * apart while the tokens stay in order. */
struct sampler_candidate {
    int32_t id;
    float key; /* what it is selected by */
    float probability;
    float list_key, list_weight;
};

struct sampler_seen {
    int32_t id;
    uint32_t said; /* times in the answer; 0: in the prompt alone */
    float raw;     /* the logit before the penalties of this step */
};

struct sampler_bias {
    int32_t id;
    float bias, raw;
};

struct sampler {
    struct engine_sampling settings; /* without its pointers */
    uint64_t state[4];
    uint32_t vocab_size;
    struct sampler_bias *biases;
    size_t bias_count;
    uint32_t *places; /* by token: 1 + its place in seen, 0: not there; NULL without penalties */
    struct sampler_seen *seen;
    size_t seen_count, seen_cap;
    struct grammar_match *match;     /* NULL without a grammar */
    struct engine_logprob *logprobs; /* settings.logprobs entries; see sampler_choose */
};

/*
 * ENGINE_ERR_ARGUMENT for settings that are out of range. prompt: what the repetition penalty
 * counts beside the answer. Nothing given is kept.
 */
ENGINE_CHECK int sampler_init(struct sampler *sampler, const struct engine_sampling *settings,
                              uint32_t vocab_size, const int32_t *prompt, size_t prompt_count,
                              struct engine_error *error);
/* Choose within settings.grammar from now on. The vocabulary and the trie must outlive it. */
ENGINE_CHECK int sampler_constrain(struct sampler *sampler, const struct vocab *vocab,
                                   const struct trie *trie, struct engine_error *error);
void sampler_release(struct sampler *sampler);

/*
 * Choose a token; the same settings, seed and logits choose the same ones. logits are changed and
 * set back. scratch: vocab_size entries. -1 when the logits hold no number, when no token goes on
 * in the grammar, or without memory.
 * With settings.logprobs, sampler->logprobs then holds the chosen token and the likeliest ones, of
 * the model's own distribution: before bias, penalties, temperature and grammar. Where the
 * vocabulary has fewer tokens, the rest has id -1.
 */
int32_t sampler_choose(struct sampler *sampler, float *logits, struct sampler_candidate *scratch);
/* The token with the greatest logit, the first of equals; -1: none is a finite number. */
int32_t sampler_best(const float *logits, size_t count);
/* The grammar is at its end: no further token can be chosen but an end token. */
bool sampler_ended(const struct sampler *sampler);

#endif
