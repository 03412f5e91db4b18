/*
 * listener.h - accepts connections, decodes HTTP/1.1 requests, refuses what is not one.
 *
 * One listener_socket is opened before the workers start and shared by one struct listener per
 * worker. A connection stays on the worker that accepted it; all callbacks of a listener come on
 * its worker's thread, and so must all calls, except where it says "any thread".
 *
 * A connection handles one request at a time. Bytes of a next one wait (64 KiB at most, then
 * reading stops). A client that closes, resets or half-closes its side while its request is being
 * handled counts as gone: on_abort comes within a turn of the loop, also before the first byte of
 * the reply. Wrong, oversized or slow requests never reach the handler: they get one answer with
 * `Connection: close` and an error body, and the connection is closed once the client had a chance
 * to read it.
 */
#ifndef PENSTOCK_LISTENER_H
#define PENSTOCK_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/content.h"
#include "gateway/base/err.h"
#include "gateway/http_gate.h"

struct worker;
struct listener;
struct listener_socket;
struct listener_tls;
struct http_exchange;

/* --- sockets: listener_socket.c --- */

/*
 * address: "host:port", "[v6]:port", ":port" (all addresses), port 0 takes a free one; or
 * "unix:/path" (mode 0660; a socket file nobody listens on is replaced). An address in use is an
 * error with a clear message. NULL on failure.
 */
struct listener_socket *listener_socket_open(const char *address, struct err *e);
/* What was bound, e.g. "127.0.0.1:40123" or "unix:/run/x". */
const char *listener_socket_address(const struct listener_socket *socket);
/* Closes, and removes a unix socket's file. After the listeners on it are freed. NULL is fine. */
void listener_socket_close(struct listener_socket *socket);

/* --- TLS: listener_tls.c --- */

/* PEM files; the certificate file may hold a chain. An encrypted key is refused. NULL on failure.
 */
enum listener_tls_version { LISTENER_TLS_1_2, LISTENER_TLS_1_3 }; /* the oldest that is spoken */
struct listener_tls *listener_tls_new(const char *certificate_file, const char *key_file,
                                      enum listener_tls_version least, struct err *e);
/* Any thread. New connections use the new pair; on an error the old one stays. */
MUST_CHECK int listener_tls_reload(struct listener_tls *tls, const char *certificate_file,
                                   const char *key_file, struct err *e);
/* Any thread. When the certificate ends, in seconds since 1970. */
int64_t listener_tls_expiry(struct listener_tls *tls);
/* After the listeners that use it are freed. NULL is fine. */
void listener_tls_free(struct listener_tls *tls);

/* --- listeners --- */

struct listener_limits {
    struct http_gate_limits request;
    uint32_t connections;       /* on the socket, over all workers */
    uint32_t header_timeout_ms; /* from the connection, or a request's first byte, to its headers */
    uint32_t body_timeout_ms;   /* from the end of the headers to the end of the body */
    uint32_t idle_timeout_ms;   /* between requests */
    uint32_t write_timeout_ms;  /* the client takes none of the bytes that wait for it */
};

#define LISTENER_LIMITS_DEFAULT                                                                    \
    {                                                                                              \
        .request = {.target_bytes = 8192,                                                          \
                    .header_bytes = 32768,                                                         \
                    .header_count = 100,                                                           \
                    .body_bytes = 10u << 20},                                                      \
        .connections = 10000, .header_timeout_ms = 10000, .body_timeout_ms = 60000,                \
        .idle_timeout_ms = 75000, .write_timeout_ms = 30000                                        \
    }

struct listener_handler {
    /* A whole request. Answer now or later with reply.h; every exchange must be ended there. */
    void (*on_request)(void *ctx, struct http_exchange *exchange);
    /*
     * The client is gone before the reply was ended (or the listener is being freed). user is what
     * http_exchange_set_user() got; not called while that is NULL. The exchange ends with this
     * turn of the loop; reply functions on it do nothing.
     */
    void (*on_abort)(void *user);
    /* reply_pending() fell to REPLY_LOW_WATER after it had been above it. May be NULL. */
    void (*on_drain)(void *user);
    /*
     * Writes the body (JSON) of a refusal into out, returns its length, at most cap. NULL: OpenAI's
     * error shape.
     */
    size_t (*refusal_body)(void *ctx, const struct http_refusal *refusal, char *out, size_t cap);
    void *ctx;
};

/*
 * Accepts from now on. tls may be NULL. limits and handler are copied; socket and tls are
 * referenced. NULL on failure.
 */
struct listener *listener_start(struct worker *worker, struct listener_socket *socket,
                                struct listener_tls *tls, const struct listener_limits *limits,
                                const struct listener_handler *handler, struct err *e);
/*
 * Takes what waits to be accepted, then no more, also not by other listeners on the same socket.
 * Idle connections close, others with their reply.
 */
void listener_stop_accepting(struct listener *listener);
/* Connections of this listener that are still open. Any thread. */
uint64_t listener_connections(const struct listener *listener);
/* Closes what is still open (on_abort for what is being handled). NULL is fine. */
void listener_free(struct listener *listener);

struct listener_counts {
    uint64_t accepted, open, requests;
    uint64_t aborted;       /* the client left while its request was handled */
    uint64_t accept_paused; /* how often descriptors or memory ran out */
    uint64_t tls_failed;
    uint64_t refused[HTTP_REFUSAL_COUNT]; /* http_refusal_of(i)->label, from 1 on */
};

/* Any thread: adds this listener's counts to *counts, so that workers can be summed up. */
void listener_count(const struct listener *listener, struct listener_counts *counts);

/* --- the request; valid until the reply is ended or on_abort has returned --- */

const char *http_exchange_method(const struct http_exchange *exchange); /* "POST" */
const char *http_exchange_target(const struct http_exchange *exchange); /* "/v1/x?y=z" */
/* The target up to its query, NUL-terminated. */
const char *http_exchange_path(const struct http_exchange *exchange);
/* What follows the '?'; NULL without one. */
const char *http_exchange_query(const struct http_exchange *exchange);
/* Value of the first header of that lower-case name, NULL without one. */
const char *http_exchange_header(const struct http_exchange *exchange, const char *lower_name);
/* The same, and how many there are: two identities or two keys are worth refusing. */
const char *http_exchange_header_counted(const struct http_exchange *exchange,
                                         const char *lower_name, size_t *count);
size_t http_exchange_header_total(const struct http_exchange *exchange);
/* Names come in lower case. */
void http_exchange_header_at(const struct http_exchange *exchange, size_t index, const char **name,
                             const char **value);
struct content http_exchange_body(const struct http_exchange *exchange);
/* The body becomes the caller's, and the exchange has none. */
struct buf http_exchange_take_body(struct http_exchange *exchange);
/* Address of the peer without port ("192.0.2.7", "2001:db8::1"), or "unix". */
const char *http_exchange_peer(const struct http_exchange *exchange);
bool http_exchange_is_tls(const struct http_exchange *exchange);
/* worker_now_us() when the request's first byte came. */
int64_t http_exchange_began_us(const struct http_exchange *exchange);
void *http_exchange_user(const struct http_exchange *exchange);
void http_exchange_set_user(struct http_exchange *exchange, void *user);

#endif
