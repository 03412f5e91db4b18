/*
 * engine_tools.h - what tools want of a model beside answers: what its file says, and how likely
 * it finds a text. Threads, sources and errors are as in engine.h.
 */
#ifndef PENSTOCK_ENGINE_TOOLS_H
#define PENSTOCK_ENGINE_TOOLS_H

#include "engine/engine.h"

/* Strings live until the call returns. Either function may be NULL. */
struct engine_inspector {
    void *context;
    /* Numbers and booleans as text; of an array its length and kind: "[1536 strings]". */
    void (*value)(void *context, const char *key, const char *value);
    void (*tensor)(void *context, const char *name, const char *type, const uint64_t dims[4],
                   size_t bytes);
};

/*
 * Hear everything that a GGUF file says of itself, in order of names, whether or not this engine
 * runs its architecture. Does not read the weights: source->sha256 is not looked at.
 */
ENGINE_CHECK int engine_inspect(const struct engine_source *source,
                                const struct engine_inspector *inspector,
                                struct engine_error *error);

/*
 * logprobs[i] = natural logarithm of the probability of tokens[first + i] after tokens 0 ..
 * first + i - 1, for each up to tokens[count - 1]; first is 1 at least. The context is tokens
 * 0 .. count - 1 alone. Takes and gives back its own room; threads: 0 is 1.
 */
ENGINE_CHECK int engine_score(const struct engine_model *model, const int32_t *tokens, size_t count,
                              size_t first, unsigned threads, float *logprobs,
                              struct engine_error *error);

#endif
