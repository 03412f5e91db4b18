/*
 * cascade.h - is the local model's answer good enough, or shall the next target be asked?
 *
 * The answer is held back until it is judged: by the model's own confidence and by looks. Used by
 * dispatch_engine.c; the worker's thread.
 */
#ifndef PENSTOCK_CASCADE_H
#define PENSTOCK_CASCADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/content.h"

struct engine_logprob;

enum cascade_verdict {
    CASCADE_NONE, /* no cascade: the answer was not judged */
    CASCADE_KEPT,
    CASCADE_EMPTY,
    CASCADE_REFUSAL,
    CASCADE_REPETITION,
    CASCADE_INVALID_JSON, /* JSON was asked for, and what looks like it is none */
    CASCADE_CUT_OFF,      /* the model's limit ended it, not the client's */
    CASCADE_LOW_CONFIDENCE,
    CASCADE_VERDICT_COUNT
};
const char *cascade_verdict_name(enum cascade_verdict verdict); /* "kept", "empty", … */

/* The sum of what the model gave the tokens it chose. */
struct cascade_confidence {
    double logprobs;
    uint64_t tokens;
};
/* rows: `width` entries for each token, the chosen one first. */
void cascade_note(struct cascade_confidence *confidence, const struct engine_logprob *rows,
                  size_t tokens, size_t width);
/* The mean chance of a token, geometric: 0..1; 0 when there was none. */
float cascade_confidence(const struct cascade_confidence *confidence);

/* Whether a text speaks of JSON, as one does that asks for it. */
bool cascade_speaks_of_json(struct content text);

struct cascade_answer {
    struct content text;
    float confidence;
    bool json;    /* it was asked for */
    bool cut_off; /* the answer ended at a limit that the client did not set */
};
enum cascade_verdict cascade_judge(const struct cascade_answer *answer, float min_confidence);

#endif
