/*
 * sse.h - server-sent events as chat completions use them, framed strictly and piece by piece.
 *
 * Accepted: lines ending in LF or CRLF; blocks of one `data:` line (a JSON object or [DONE]),
 * perhaps with `event:`, `id:` and `retry:`; blocks of those without data, comments and empty
 * lines, which are keep-alive and are not passed on. Everything else is SSE_GARBAGE, [DONE] before
 * any choice among it, an object with an "error" member is SSE_FAILED, and bytes behind [DONE] are
 * not looked at.
 *
 * Whole events come out as their raw bytes, as many as a piece completes in one run; only the last,
 * incomplete one is copied. One thread.
 */
#ifndef PENSTOCK_SSE_H
#define PENSTOCK_SSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/answer.h"
#include "gateway/base/buf.h"

enum sse_status {
    SSE_OK = 0,
    SSE_DONE,    /* [DONE] came and was passed on */
    SSE_FAILED,  /* the stream itself reports an error */
    SSE_GARBAGE, /* not server-sent events, or not JSON objects in them */
    SSE_TOO_LARGE,
    SSE_MEMORY,
};

/* A run of whole events. May come several times within one feed, never empty. */
typedef void (*sse_event_fn)(void *user, const void *bytes, size_t len);

struct sse {
    struct buf held;       /* the incomplete block */
    int line;              /* what the line under way holds, see sse.c */
    size_t max_block;      /* bytes of one block */
    enum sse_status ended; /* sticky */
    struct answer_facts facts;
    sse_event_fn on_events;
    void *user;
};

void sse_init(struct sse *sse, size_t max_block, sse_event_fn on_events, void *user);
void sse_release(struct sse *sse); /* wipes */

/*
 * Anything but SSE_OK is final. Events that stood whole before the mistake have been passed on.
 * The callback must not release the sse.
 */
MUST_CHECK enum sse_status sse_feed(struct sse *sse, const void *bytes, size_t len);

/* One of the whole events that were passed on. */
struct sse_event {
    const uint8_t *bytes, *end; /* up to and with its empty line */
    const uint8_t *data;        /* behind "data:"; NULL when there is none */
    size_t data_len;
};
/* The event that begins at p; p < end. */
struct sse_event sse_next(const uint8_t *p, const uint8_t *end);

#endif
