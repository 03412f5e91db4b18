/*
 * acknowledge.h - `ack_then_deepen`: while another target is asked, the model in process says in a
 * sentence that it is on it, in the stream that will hold that target's answer.
 *
 * What is said is its word on a short prompt of the gateway's (acknowledge.c) and the last thing
 * that the user said, not the beginning of an answer: the stronger answer might contradict that.
 * The sentence goes out whole or not at all. Where the answer comes first, the time is up, or what
 * the model said will not do, the stream is what it would have been without: nothing ever waits for
 * an acknowledgement. It changes nothing about which targets are asked.
 *
 * Requests that say how their answer must be get none: unstreamed ones, and those with tools,
 * response_format, a grammar, logprobs, stop, n above 1, or max_tokens below
 * ACKNOWLEDGE_LEAST_TOKENS, or that end in another turn than the user's, or that the model in
 * process cannot take.
 *
 * Belongs to a request; the worker's thread.
 */
#ifndef PENSTOCK_ACKNOWLEDGE_H
#define PENSTOCK_ACKNOWLEDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/backend.h"
#include "gateway/base/buf.h"
#include "gateway/base/content.h"
#include "gateway/decision_log.h"

enum { ACKNOWLEDGE_LEAST_TOKENS = 256 };

struct local_engine;
struct request;
struct worker_timer;

struct acknowledgement {
    struct backend_job *job;    /* NULL: none is under way */
    struct worker_timer *timer; /* that ends it */
    struct local_engine *engine;
    struct buf text;
    int64_t began_us;
    bool cut;  /* its tokens were used up */
    bool said; /* what comes next joins a stream that has begun */
};

/* Another target is being asked: where the decision wants it and the request suits, begin. */
void acknowledge_begin(struct request *request);
/* It is no longer wanted; why goes into the record. Nothing happens when none is under way. */
void acknowledge_drop(struct request *request, enum decision_ack why);
void acknowledge_release(struct acknowledgement *acknowledgement); /* wipes */

/*
 * The first sentence of what a model said, without the space around it; all of it when it ends in
 * none. *whole tells which.
 */
struct content acknowledge_sentence(struct content said, bool *whole);

#endif
