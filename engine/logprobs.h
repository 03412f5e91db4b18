/*
 * logprobs.h - log-probabilities of tokens whose text is still held back. A value; one thread.
 *
 * Text waits for the rest of a character or of a stop string, and what is reported of its tokens
 * waits with it: rows go in as tokens are chosen and come out as their bytes are given out.
 */
#ifndef PENSTOCK_ENGINE_LOGPROBS_H
#define PENSTOCK_ENGINE_LOGPROBS_H

#include "engine/engine.h"

struct logprobs {
    uint32_t width;              /* entries of a row; 0: nothing is reported */
    struct engine_logprob *rows; /* in order, first the given ones, which go with the next call */
    uint32_t *bytes;             /* by row: of its token */
    size_t given, count, cap;    /* rows */
    size_t owed;                 /* held bytes of the last token whose row went out */
};

/* A token of that many bytes was chosen. False: no memory. */
bool logprobs_add(struct logprobs *queue, const struct engine_logprob *row, size_t bytes);
/*
 * That many of the held bytes were given out: the rows of the tokens that begin in them, *rows of
 * them. Valid until the next call; NULL for none.
 */
const struct engine_logprob *logprobs_give(struct logprobs *queue, size_t bytes, size_t *rows);
/* Wipes; the width stays. */
void logprobs_clear(struct logprobs *queue);
void logprobs_release(struct logprobs *queue);

#endif
