/*
 * listener_conn.h - private to listener*.c and reply.c: a connection and the request it carries.
 *
 *   IDLE -> HEAD -> BODY -> HANDLING -> FLUSHING -> IDLE ...
 *                     \ refused \----> FLUSHING -> LINGER -> closed
 *
 * The socket is watched by one edge-triggered event for reading, writing and hang-up from accept to
 * close, so that a request costs no epoll_ctl; what the event said is kept in readable, writable
 * and hung_up. Bytes are read into a buffer that all connections of a listener share, and wiped
 * there; only what has to wait is copied to the connection. Not bufferevents, whose chains of
 * buffers are freed without being wiped.
 */
#ifndef PENSTOCK_LISTENER_CONN_H
#define PENSTOCK_LISTENER_CONN_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <llhttp.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <sys/queue.h>
#include <sys/types.h>
#include <time.h>

#include "gateway/base/buf.h"
#include "gateway/listener.h"
#include "gateway/reply.h"
#include "gateway/worker.h"

struct ssl_st;

enum {
    CONN_READ_BYTES = 64 * 1024,  /* one read */
    CONN_AHEAD_BYTES = 64 * 1024, /* of later requests, kept while one is handled */
    CONN_READS_PER_TURN = 2,      /* then others have their turn */
    CONN_LINGER_MS = 5000,        /* time to read a refusal, after which the socket is closed */
    CONN_STOP_GRACE_MS = 1000,    /* for connections without a request when accepting stops */
};

enum conn_state { CONN_IDLE, CONN_HEAD, CONN_BODY, CONN_HANDLING, CONN_FLUSHING, CONN_LINGER };

struct header_span {
    uint32_t name, value; /* offsets into head, NUL-terminated there */
};

struct http_exchange {
    struct conn *conn;
    SLIST_ENTRY(http_exchange) spare;
    struct http_gate gate;
    llhttp_t parser;
    struct buf head; /* target, path, then names and values */
    struct header_span *headers;
    size_t header_count, header_cap;
    uint32_t path, query; /* offsets into head; query 0: none */
    struct buf body;
    struct buf out;
    size_t out_sent;
    int64_t began_us;
    void *user;
    int64_t length_left; /* of the reply's body */
    bool parsed;         /* the parser saw the end of the message */
    bool no_memory;      /* in a parser callback */
    bool keep_alive;     /* the client's wish, then the decision */
    bool handed;         /* on_request was called */
    bool aborted;        /* on_abort is due or was called */
    bool started;        /* reply_start was called */
    bool ended;          /* the reply is complete, or a refusal */
    bool cut;            /* the reply was ended before its end */
    bool chunked;        /* the reply */
    bool no_body;        /* the reply has none: HEAD, 204, 304 */
    bool until_close;    /* the reply's end is the end of the connection (HTTP/1.0) */
    bool drain_wanted;   /* pending was above REPLY_LOW_WATER */
    bool flush_queued;   /* the head leaves at the end of the turn */
};

struct conn {
    TAILQ_ENTRY(conn) all;
    TAILQ_ENTRY(conn) resume;
    TAILQ_ENTRY(conn) leaving;
    struct listener *listener;
    struct http_exchange *exchange; /* NULL while idle or lingering */
    struct ssl_st *ssl;             /* NULL on clear text */
    struct event event;
    struct event timer;
    int64_t phase_us;    /* when the state began that has a deadline */
    int64_t deadline_us; /* 0: none */
    int64_t armed_us;    /* when the timer fires, 0: not armed; may be before the deadline */
    struct buf input;    /* bytes of later requests */
    size_t input_used;
    int fd;
    enum conn_state state;
    bool readable, writable, hung_up;
    bool ended_input; /* the client sent all it will */
    bool running, resume_queued, leaves, dead;
    bool served; /* at least one request */
    char peer[INET6_ADDRSTRLEN];
};

SLIST_HEAD(exchange_list, http_exchange);
TAILQ_HEAD(conn_list, conn);

struct listener {
    struct worker *worker;
    struct listener_socket *socket;
    struct listener_tls *tls;
    struct listener_limits limits;
    struct listener_handler handler;
    struct event *accept_event;
    struct worker_timer *pause_timer, *resume_timer;
    int fd, reserve_fd;
    bool stopping;
    struct conn_list conns, resume;
    struct conn_list leaving; /* whose replies are sent at the end of the turn */
    unsigned leaving_count;
    struct exchange_list spares;
    size_t spare_count;
    uint8_t *scratch; /* CONN_READ_BYTES */
    time_t date_second;
    char date[40];
    struct {
        _Atomic uint64_t accepted, open, requests, aborted, accept_paused, tls_failed;
        _Atomic uint64_t refused[HTTP_REFUSAL_COUNT];
    } counts;
};

/* One writer, so that a plain load and store will do. */
#define COUNT(counter)                                                                             \
    atomic_store_explicit(&(counter), atomic_load_explicit(&(counter), memory_order_relaxed) + 1,  \
                          memory_order_relaxed)

/* --- listener_socket.c --- */
int listener_socket_fd(const struct listener_socket *socket);
/* Counts a connection in; false when there are limit already (counted all the same). */
bool listener_socket_enter(struct listener_socket *socket, uint32_t limit, uint32_t *open);
void listener_socket_leave(struct listener_socket *socket);

/* --- listener_tls.c --- */
enum { IO_AGAIN = -1, IO_ERROR = -2 };
struct ssl_st *tls_session_new(struct listener_tls *tls, int fd);
void tls_session_free(struct ssl_st *ssl);
/* Bytes moved, 0 at the peer's end (read), IO_AGAIN or IO_ERROR. */
ssize_t tls_read(struct ssl_st *ssl, void *bytes, size_t len);
ssize_t tls_write(struct ssl_st *ssl, const void *bytes, size_t len);
bool tls_is_open(const struct ssl_st *ssl);
/* Says goodbye, so that the peer knows the end from a cut. */
void tls_close(struct ssl_st *ssl);

/* --- listener_conn.c --- */
struct conn *conn_new(struct listener *listener, int fd, const struct sockaddr *peer);
void conn_refuse(struct conn *conn, enum http_refusal_reason reason);
/* Reads, decodes and hands over as far as it goes now. */
void conn_run(struct conn *conn);
/* Writes what waits, and ends the exchange if that was all. For reply.c. */
void conn_flush(struct conn *conn);
/* The exchange's reply is complete in its buffer. For reply.c. */
void conn_end_reply(struct conn *conn);
/* Closes the socket now; on_abort and the memory come at the end of the turn. */
void conn_close(struct conn *conn);
/* on_abort at once instead; for listener_free. */
void conn_abort_now(struct conn *conn);
/* No more requests are wanted: closes when idle. */
void conn_stop(struct conn *conn);
/* "Sat, 21 Nov 2026 08:00:00 GMT" */
const char *listener_date(struct listener *listener);

/* --- listener_exchange.c --- */
/* Becomes conn->exchange. NULL when there is no memory. */
struct http_exchange *exchange_take(struct conn *conn);
/* Makes ready for the first byte of a request. */
void exchange_begin(struct http_exchange *exchange, const struct http_gate_limits *limits);
/* Wipes the bytes and keeps the storage for another request; conn->exchange may be NULL. */
void exchange_give_back(struct conn *conn);
void exchange_free(struct http_exchange *exchange);

/* --- reply.c --- */
/* A refusal's answer into exchange->out. */
void reply_refusal(struct http_exchange *exchange, const struct http_refusal *refusal);

#endif
