/*
 * dispatch.h - what the parts of asking targets share. Private to dispatch*.c; the worker's thread.
 */
#ifndef PENSTOCK_DISPATCH_H
#define PENSTOCK_DISPATCH_H

#include "gateway/request.h"

/* --- dispatch.c: targets, one after the other --- */

const struct site_target *dispatch_target(const struct request *request); /* that is being asked */
/* Remembers why it did not answer, for the header and for the last word. retry_after below 0: it
 * did not say. */
void dispatch_note_failure(struct request *request, const char *reason,
                           enum backend_outcome outcome, int status, int retry_after);
/* The record says that it answered. */
void dispatch_set_answered(struct request *request, const struct backend_result *result);
/* What its answer has to go through. False: no memory. */
MUST_CHECK bool dispatch_begin_restore(struct request *request);
/* Events of its job. */
void dispatch_on_head(void *user, const struct backend_head *head);
void dispatch_on_end(void *user, const struct backend_result *result);

/* --- dispatch_reply.c: the answer's way to the client --- */

/* From here on the answer is this target's. length as reply_start has it. */
void dispatch_begin_answer(struct request *request, const char *content_type, int64_t length);
/*
 * What the client gets of a piece of an answer: its bytes, unless values are to be put back into it
 * or it is to be scanned. It becomes part of the conversation that is remembered, as the client
 * will send it back. False: the request is finished.
 */
MUST_CHECK bool dispatch_edit_answer(struct request *request, const void **bytes, size_t *len);
void dispatch_reply_bytes(struct request *request, const void *bytes, size_t len);
void dispatch_finish_without_memory(struct request *request);
/* Event of a job upstream. */
void dispatch_on_data(void *user, const void *bytes, size_t len);

/* --- dispatch_engine.c: the model in process --- */

enum backend_outcome dispatch_ask_engine(struct request *request);
/* Its answer is complete: the end of a stream, or all of the reply. */
void dispatch_finish_engine(struct request *request, const struct backend_result *result);
/* Judges answers that are held back, until one is not good enough; true when another target was
 * asked in its place. */
MUST_CHECK bool dispatch_goes_on(struct request *request, const struct backend_result *result);
/* Nobody had a better one: the answer that was not good enough is better than none. */
void dispatch_deliver_held(struct request *request);

#endif
