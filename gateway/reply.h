/*
 * reply.h - answers an exchange of listener.h. On the worker's thread.
 *
 * None of these raises an event of the handler from inside; what they find out (the client is gone)
 * comes as on_abort at the end of the turn. reply_end, reply_abort and reply_simple end the
 * exchange: it must not be touched afterwards, and neither on_abort nor on_drain comes for it.
 *
 * Bytes go to the socket at once, without corking: a reply_data is one write, together with the
 * head if that had not left yet. The last of them, up to the content length, leave with reply_end:
 * at the end of the turn, beside other replies that end in it. What the client does not take waits
 * in memory; a sender of much watches reply_pending(), stops above REPLY_HIGH_WATER and goes on at
 * on_drain.
 */
#ifndef PENSTOCK_REPLY_H
#define PENSTOCK_REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/listener.h"

enum { REPLY_LOW_WATER = 64 * 1024, REPLY_HIGH_WATER = 256 * 1024 };

#define REPLY_CHUNKED ((int64_t)-1)

struct reply_header {
    const char *name, *value;
};

/*
 * The head. Date, Content-Length or Transfer-Encoding, and Connection where needed, are added here
 * and must not be among the headers. Control characters in values become spaces. A chunked head
 * leaves with the first data or at the end of the turn, whichever is first.
 */
void reply_start(struct http_exchange *exchange, int status, const struct reply_header *headers,
                 size_t header_count, int64_t content_length);
/* A piece of the body; not more in all than the content length (the rest is cut off). */
void reply_data(struct http_exchange *exchange, const void *bytes, size_t len);
/* Less data than the content length: as reply_abort. */
void reply_end(struct http_exchange *exchange);
/* Closes the connection without the end of the body, so that the client sees that it is cut. */
void reply_abort(struct http_exchange *exchange);
/* A whole answer. content_type may be NULL when len is 0. */
void reply_simple(struct http_exchange *exchange, int status, const char *content_type,
                  const void *bytes, size_t len);
/* The same with headers of its own; content type among them. */
void reply_whole(struct http_exchange *exchange, int status, const struct reply_header *headers,
                 size_t header_count, const void *bytes, size_t len);
/* Bytes that the client has not taken yet. */
size_t reply_pending(const struct http_exchange *exchange);
/* Whether anything of the head was given to the socket. */
int reply_started(const struct http_exchange *exchange);
/* The connection closes after this reply. Before reply_start. */
void reply_close_after(struct http_exchange *exchange);

#endif
