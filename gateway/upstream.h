/*
 * upstream.h - remote targets over HTTP, behind backend.h. The only file pair that knows libcurl.
 *
 * A target is immutable and shared by all workers; it must outlive every job on it. A pool belongs
 * to one event loop: connections are kept alive, reused and multiplexed (HTTP/2) within it.
 * Everything but upstream_target_new/free happens on the pool's thread, which must not take SIGPIPE
 * (a worker does not): OpenSSL writes with write(2).
 *
 * What a job promises beside backend.h:
 * - on_head comes when the status line and headers are in and are fit (status 2xx, content type as
 *   asked for); breaker_answered() belongs there.
 * - Streamed: on_data gets whole SSE events as their raw bytes, at once, one or more a call.
 *   Comments and empty blocks (keep-alive) are dropped, so that the first on_data is the first word
 *   of the answer. An event that is no `data:` JSON object or [DONE] ends it with GARBAGE, an end
 *   without [DONE] with CUT, also an error object inside the stream.
 * - Unstreamed: the body is collected, must be one whole JSON object, and comes in one on_data.
 * - Nothing of an error reply's body is kept. Redirects are not followed, proxies from the
 *   environment not used, cookies not kept, certificates always verified.
 * - backend_cancel closes the transfer at once, also while a name is being resolved.
 * - A request goes out once. The one exception is HTTP's own: a kept-alive connection that turns
 *   out dead before a byte of answer, where libcurl sends the request again on a fresh one.
 */
#ifndef PENSTOCK_UPSTREAM_H
#define PENSTOCK_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/backend.h"
#include "gateway/base/content.h"
#include "gateway/base/err.h"

struct event_base;
struct upstream_target;
struct upstream_pool;

/* Strings are copied. Zero means the default in brackets. */
struct upstream_options {
    const char *name;    /* from the configuration; copied into backend_head.model when no model */
    const char *model;   /* name to report in backend_head; may be NULL */
    const char *url;     /* base, http or https, no trailing slash: https://host/v1 */
    const char *api_key; /* NULL: none. Goes into Authorization: Bearer; copies are wiped */
    bool wants_key;      /* without a key upstream_start answers BACKEND_ERR_NO_KEY */
    const char *ca_file; /* PEM; NULL: the system's */
    bool http2;          /* offer it by ALPN on https */
    uint32_t connect_timeout_ms;    /* name resolution and TCP together [5000] */
    uint32_t tls_timeout_ms;        /* handshake [connect_timeout_ms] */
    uint32_t first_byte_timeout_ms; /* from connected to the first header line [60000] */
    uint32_t idle_timeout_ms;       /* between two pieces of the answer [60000] */
    uint32_t total_timeout_ms;      /* [600000] */
    size_t max_answer_bytes;        /* [16 MiB unstreamed, 64 MiB streamed] */
};

/* ERR_SYNTAX: the URL, key or a name cannot be used; ERR_NOT_FOUND: ca_file cannot be read. */
MUST_CHECK int upstream_target_new(struct upstream_target **out,
                                   const struct upstream_options *options, struct err *err);
void upstream_target_free(struct upstream_target *target); /* NULL is fine; wipes the key */

/* Once per worker, on its loop. NULL: no memory. */
MUST_CHECK struct upstream_pool *upstream_pool_new(struct event_base *base);
/* Jobs still running are dropped without an event. */
void upstream_pool_free(struct upstream_pool *pool);

struct upstream_request {
    const char *path; /* behind the target's URL; NULL: /chat/completions */
    /*
     * The body, in order. The array is copied; the bytes belong to the caller and must stay until
     * on_end or cancel.
     */
    const struct content *pieces;
    size_t piece_count;     /* at most UPSTREAM_MAX_PIECES */
    const char *request_id; /* sent as x-request-id; copied; NULL: none */
    bool stream;            /* the body asks for server-sent events */
    uint32_t total_ms;      /* less time than the target's total time-out; 0: the target's */
};

enum { UPSTREAM_MAX_PIECES = 16 };

/*
 * BACKEND_OK: *out is the job and events will come. Anything else (NO_KEY, BUSY, INTERNAL): the
 * request was not sent, no event will come, *out is NULL.
 */
MUST_CHECK enum backend_outcome upstream_start(struct upstream_pool *pool,
                                               const struct upstream_target *target,
                                               const struct upstream_request *request,
                                               const struct backend_events *events, void *user,
                                               struct backend_job **out);

struct upstream_counts {
    uint64_t started, connections, reused;
    uint32_t running;
};
void upstream_pool_counts(const struct upstream_pool *pool, struct upstream_counts *out);

#endif
