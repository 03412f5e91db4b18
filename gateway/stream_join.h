/*
 * stream_join.h - events of a target as a part of a stream that has already begun: the id and the
 * time of creation become the stream's, and the role that was said already is left out. Every other
 * byte passes as it came. One thread.
 */
#ifndef PENSTOCK_STREAM_JOIN_H
#define PENSTOCK_STREAM_JOIN_H

#include <stddef.h>

#include "gateway/api_chat.h"
#include "gateway/base/buf.h"
#include "gateway/base/err.h"

/* Whole events, appended to *out. What is no JSON passes untouched. ERR_MEMORY. */
MUST_CHECK int stream_join(const struct chat_reply *reply, const void *events, size_t len,
                           struct buf *out);

#endif
