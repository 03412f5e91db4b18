/*
 * restore.h - put values back for placeholders in a target's answer, whole or as events.
 *
 * Only strings that hold a placeholder (or, in a stream, its beginning or its rest) are written
 * anew; every other byte of an answer passes as it came. In tool-call arguments, JSON inside a
 * string, values are escaped for both. A stream is followed by choice and field: what may be the
 * beginning of a placeholder waits for the next event of its field, at most
 * REDACT_PLACEHOLDER_CHARS bytes of it, and leaves at the latest before the event that ends its
 * choice. Joined, the events say what the whole answer would have.
 *
 * An event or body that is no JSON as json.h reads it passes untouched, unless answers are masked:
 * then it is a mistake. One thread.
 */
#ifndef PENSTOCK_RESTORE_H
#define PENSTOCK_RESTORE_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/reply_scan.h"
#include "router/redact.h"

struct restore;

/*
 * map NULL: there is nothing to put back. scan NULL: what the target says is not looked at;
 * otherwise its texts go through reply_scan.h first, and while masking, the tokens of logprobs are
 * left out, which would say it all again. Both must outlive it. NULL: no memory.
 */
MUST_CHECK struct restore *restore_new(const struct redact_map *map, struct reply_scan *scan);
void restore_free(struct restore *restore); /* wipes; NULL is fine */

/*
 * Each appends to *out. ERR_MEMORY, json.h's mistakes while masking, or what a scan failed with:
 * then nothing more may go out.
 */
MUST_CHECK int restore_body(struct restore *restore, const void *body, size_t len, struct buf *out);
/* Whole events, as sse.h passes them on. */
MUST_CHECK int restore_events(struct restore *restore, const void *events, size_t len,
                              struct buf *out);
/* The stream ends without the events that would have let go of what is held. */
MUST_CHECK int restore_end(struct restore *restore, struct buf *out);

uint32_t restore_count(const struct restore *restore); /* values put back */

#endif
