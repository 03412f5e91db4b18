/*
 * answer.h - look at one JSON object of an answer: is it whole, and what does it count.
 *
 * One pass over the bytes, without copying or allocating, since it runs for every streamed token.
 * Strict JSON (RFC 8259) with valid UTF-8, at most ANSWER_MAX_DEPTH deep; duplicate keys are not
 * looked for, the last one counts. Pure; any thread.
 */
#ifndef PENSTOCK_ANSWER_H
#define PENSTOCK_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/backend.h"

enum { ANSWER_MAX_DEPTH = 64 };

/* Of chat completions and their chunks. Later objects add to what earlier ones said. */
struct answer_facts {
    uint32_t prompt_tokens, completion_tokens; /* usage; 0: not said */
    bool finished;                             /* a finish_reason was given */
    enum backend_finish finish;
    bool choices; /* at least one was there: without, nothing is answered */
    bool error;   /* a top-level "error" that is not null */
};

/* Is this one whole JSON object, perhaps with white space around it? */
bool answer_scan(const void *bytes, size_t len, struct answer_facts *facts);

#endif
