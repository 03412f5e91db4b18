/*
 * The way of an answer to the client: with values put back where some were taken out, and no faster
 * than the client takes it.
 */
#include "gateway/dispatch.h"
#include "gateway/stream_join.h"

void dispatch_finish_without_memory(struct request *r)
{
    request_finish(r, DECISION_OUTCOME_PARTIAL, API_ERROR_INTERNAL_OVERLOADED, NULL, NULL);
}

void request_begin_reply(struct request *r, const char *content_type, int64_t length)
{
    struct reply_header headers[REQUEST_HEADERS + 1];
    size_t count = request_headers(r, content_type, headers);
    if (length == REPLY_CHUNKED)
        headers[count++] = (struct reply_header){"cache-control", "no-cache"};
    request_set_state(r, REQUEST_REPLY);
    r->record.first_byte_us = (uint64_t)(worker_clock_us() - http_exchange_began_us(r->exchange));
    reply_start(r->exchange, 200, headers, count, length);
}

void dispatch_begin_answer(struct request *r, const char *content_type, int64_t length)
{
    if (r->state != REQUEST_REPLY)
        request_begin_reply(r, content_type, length);
    r->answering = true;
    if (r->acknowledgement.said)
        r->record.answer_us = (uint64_t)(worker_clock_us() - http_exchange_began_us(r->exchange));
}

void dispatch_reply_bytes(struct request *r, const void *bytes, size_t len)
{
    reply_data(r->exchange, bytes, len);
    if (!r->paused && reply_pending(r->exchange) > REPLY_HIGH_WATER) {
        r->paused = true;
        r->job->ops->pause(r->job);
    }
}

void desk_on_drain(void *user)
{
    struct request *r = user;
    if (r->paused && r->job != NULL) {
        r->paused = false;
        r->job->ops->resume(r->job);
    }
}

bool dispatch_edit_answer(struct request *r, const void **bytes, size_t *len)
{
    if (r->restore != NULL) {
        buf_clear(&r->answer);
        int rc = r->chat.stream ? restore_events(r->restore, *bytes, *len, &r->answer)
                                : restore_body(r->restore, *bytes, *len, &r->answer);
        if (rc != 0) {
            dispatch_finish_without_memory(r);
            return false;
        }
        *bytes = r->answer.data;
        *len = r->answer.len;
    }
    /* Without memory for it the turn itself is still remembered. */
    if (r->remembered || r->compares)
        (void)!reply_text_read(&r->said, *bytes, *len, r->chat.stream);
    if (r->said.ended)
        request_remember_answer(r);
    return true;
}

/* Upstream's bytes are the client's: nothing is taken apart that need not be. */
void dispatch_on_data(void *user, const void *bytes, size_t len)
{
    struct request *r = user;
    acknowledge_drop(r, DECISION_ACK_OVERTAKEN);
    if (r->acknowledgement.said) {
        buf_clear(&r->out);
        if (stream_join(&r->reply, bytes, len, &r->out) != 0) {
            dispatch_finish_without_memory(r);
            return;
        }
        bytes = r->out.data;
        len = r->out.len;
    }
    if (request_scan_apart(r, bytes, len) || !dispatch_edit_answer(r, &bytes, &len))
        return;
    if (!r->answering && r->chat.stream)
        dispatch_begin_answer(r, "text/event-stream", REPLY_CHUNKED);
    else if (!r->answering)
        dispatch_begin_answer(r, "application/json", (int64_t)len);
    dispatch_reply_bytes(r, bytes, len);
}

void request_answer_scanned(struct request *r)
{
    const void *bytes = r->whole.data;
    size_t len = r->whole.len;
    if (!dispatch_edit_answer(r, &bytes, &len))
        return;
    dispatch_begin_answer(r, "application/json", (int64_t)len);
    if (r->job != NULL) { /* its end has yet to come */
        dispatch_reply_bytes(r, bytes, len);
        return;
    }
    reply_data(r->exchange, bytes, len);
    request_finish(r, DECISION_OUTCOME_OK, API_ERROR_NONE, NULL, NULL);
}
