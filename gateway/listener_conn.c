#include "gateway/listener_conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    BODY_AT_FIRST = 64 * 1024, /* a promised length is not memory yet: the bytes must come */
    TIMER_COARSE_US = 5000,    /* the loop's clock may be behind ours by this much */
    CONN_LEAVE_TOGETHER = 16,  /* complete replies that are sent together */
    LOOK_MS = 500,             /* until a client whose request is handled is looked after */
};

/* --- time --- */

static int64_t now_us(struct conn *conn)
{
    return worker_now_us(conn->listener->worker);
}

static size_t conn_pending(const struct conn *conn)
{
    return conn->exchange != NULL ? conn->exchange->out.len - conn->exchange->out_sent : 0;
}

/* The timer is moved only when it would come too late: at most of the requests it stays as it is.
 */
static void conn_update_deadline(struct conn *conn)
{
    const struct listener_limits *limits = &conn->listener->limits;
    uint32_t allowed = 0;

    if (conn->dead)
        return;
    switch (conn->state) {
    case CONN_IDLE:
        allowed = conn->served ? limits->idle_timeout_ms : limits->header_timeout_ms;
        if (conn->listener->stopping)
            allowed = CONN_STOP_GRACE_MS;
        break;
    case CONN_HEAD:
        allowed = limits->header_timeout_ms;
        break;
    case CONN_BODY:
        allowed = limits->body_timeout_ms;
        break;
    case CONN_HANDLING:
        allowed = conn_pending(conn) != 0 ? limits->write_timeout_ms : LOOK_MS;
        break;
    case CONN_FLUSHING:
        allowed = conn_pending(conn) != 0 ? limits->write_timeout_ms : 0;
        break;
    case CONN_LINGER:
        allowed = CONN_LINGER_MS;
        break;
    }
    conn->deadline_us = allowed != 0 ? conn->phase_us + (int64_t)allowed * 1000 : 0;
    if (conn->deadline_us == 0 || (conn->armed_us != 0 && conn->armed_us <= conn->deadline_us))
        return;
    int64_t wait_us = conn->deadline_us - now_us(conn);
    if (wait_us < 0)
        wait_us = 0;
    struct timeval wait = {.tv_sec = wait_us / 1000000, .tv_usec = wait_us % 1000000};
    if (evtimer_add(&conn->timer, &wait) == 0)
        conn->armed_us = conn->deadline_us;
    else
        conn_close(conn); /* without a timer it could stay for ever */
}

/* Every change of state goes through here. */
static void conn_set_state(struct conn *conn, enum conn_state state)
{
    conn->state = state;
    conn->phase_us = now_us(conn);
}

/* The client closed its side, or the connection broke. */
static void conn_lost(struct conn *conn, bool broken)
{
    conn->ended_input = true;
    conn->readable = false;
    if (broken || conn->state != CONN_FLUSHING)
        conn_close(conn);
}

/* For when no event will tell, or none can be relied on: see conn_step. */
static void conn_look_for_hangup(struct conn *conn)
{
    struct pollfd poll_fd = {.fd = conn->fd, .events = POLLRDHUP};
    if (poll(&poll_fd, 1, 0) == 1)
        conn_lost(conn, (poll_fd.revents & (POLLERR | POLLHUP)) != 0);
}

static void conn_on_deadline(struct conn *conn)
{
    switch (conn->state) {
    case CONN_HANDLING:
        if (conn_pending(conn) != 0) {
            conn_close(conn);
        } else {
            conn->phase_us = now_us(conn);
            conn_look_for_hangup(conn);
        }
        return;
    case CONN_HEAD:
        conn_refuse(conn, HTTP_REFUSAL_HEADER_TIMEOUT);
        return;
    case CONN_BODY:
        conn_refuse(conn, HTTP_REFUSAL_BODY_TIMEOUT);
        return;
    default:
        conn_close(conn);
    }
}

static void on_conn_timer(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    struct conn *conn = ctx;
    conn->armed_us = 0;
    if (conn->dead || conn->deadline_us == 0)
        return;
    if (worker_clock_us() + TIMER_COARSE_US >= conn->deadline_us)
        conn_on_deadline(conn);
    conn_update_deadline(conn);
}

/* --- ends --- */

static void conn_bury(void *ptr)
{
    struct conn *conn = ptr;
    conn_abort_now(conn);
    exchange_give_back(conn);
    buf_release(&conn->input);
    if (conn->ssl != NULL)
        tls_session_free(conn->ssl);
    free(conn);
}

void conn_abort_now(struct conn *conn)
{
    struct http_exchange *ex = conn->exchange;
    if (ex == NULL || !ex->handed || ex->ended || !ex->aborted)
        return;
    ex->ended = true;
    COUNT(conn->listener->counts.aborted);
    if (ex->user != NULL)
        conn->listener->handler.on_abort(ex->user);
}

static void conn_leave(struct conn *conn)
{
    struct listener *l = conn->listener;
    TAILQ_REMOVE(&l->leaving, conn, leaving);
    l->leaving_count--;
    conn->leaves = false;
}

void conn_close(struct conn *conn)
{
    struct listener *l = conn->listener;
    if (conn->dead)
        return;
    conn->dead = true;
    if (conn->exchange != NULL)
        conn->exchange->aborted = true;
    (void)event_del(&conn->event);
    (void)event_del(&conn->timer);
    close(conn->fd);
    TAILQ_REMOVE(&l->conns, conn, all);
    if (conn->resume_queued)
        TAILQ_REMOVE(&l->resume, conn, resume);
    if (conn->leaves)
        conn_leave(conn);
    listener_socket_leave(l->socket);
    (void)atomic_fetch_sub_explicit(&l->counts.open, 1, memory_order_relaxed);
    worker_defer(l->worker, conn_bury, conn);
}

static void conn_resume_later(struct conn *conn)
{
    struct listener *l = conn->listener;
    if (conn->resume_queued || conn->dead)
        return;
    conn->resume_queued = true;
    if (TAILQ_EMPTY(&l->resume))
        worker_timer_start(l->resume_timer, 0);
    TAILQ_INSERT_TAIL(&l->resume, conn, resume);
}

/*
 * All is said. The socket is shut for writing and kept until the client has read it: closing with
 * unread bytes of the client in the kernel would send a reset, which can overtake the answer.
 */
static void conn_linger(struct conn *conn)
{
    exchange_give_back(conn);
    buf_release(&conn->input);
    conn->input_used = 0;
    if (conn->ended_input) {
        conn_close(conn);
        return;
    }
    (void)shutdown(conn->fd, SHUT_WR);
    conn_set_state(conn, CONN_LINGER);
    if (conn->readable && !conn->running)
        conn_resume_later(conn);
}

/* The reply is complete and the kernel has it. */
static void conn_finish_exchange(struct conn *conn)
{
    struct http_exchange *ex = conn->exchange;
    bool keep = ex->keep_alive && !ex->cut && !conn->ended_input;
    bool all_read = conn->input.len == conn->input_used && !conn->readable;

    conn->served = true;
    if (ex->cut && ex->until_close) {
        /* Without a length a plain end would look like a whole answer. */
        struct linger reset = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
        conn_close(conn);
        return;
    }
    if (!keep) {
        if (conn->ssl != NULL && !ex->cut)
            tls_close(conn->ssl);
        if (all_read && ex->parsed)
            conn_close(conn);
        else
            conn_linger(conn);
        return;
    }
    exchange_give_back(conn);
    conn_set_state(conn, CONN_IDLE);
    if (conn->running)
        return; /* whoever runs it goes on with the next request */
    if (!all_read)
        conn_resume_later(conn);
    else if (conn->listener->stopping)
        conn_close(conn);
}

static void flush_leaving(void *ptr)
{
    struct listener *l = ptr;
    struct conn *conn;
    while ((conn = TAILQ_FIRST(&l->leaving)) != NULL) {
        conn_leave(conn);
        conn_flush(conn);
    }
}

/*
 * Replies that are complete are sent together: while one wakes its reader the next are on their
 * way, and most need wake nobody. Not more than a few, so that none waits for a long turn.
 */
static void conn_flush_soon(struct conn *conn)
{
    struct listener *l = conn->listener;
    if (conn->leaves)
        return;
    if (l->leaving_count == 0)
        worker_defer(l->worker, flush_leaving, l);
    conn->leaves = true;
    conn_update_deadline(conn); /* what the request waited for may be due in this very turn */
    TAILQ_INSERT_TAIL(&l->leaving, conn, leaving);
    if (++l->leaving_count == CONN_LEAVE_TOGETHER)
        flush_leaving(l);
}

void conn_end_reply(struct conn *conn)
{
    conn->exchange->ended = true;
    conn->exchange->flush_queued = false;
    conn_set_state(conn, CONN_FLUSHING);
    if (conn->running || conn->dead || conn_pending(conn) == 0)
        conn_flush(conn);
    else
        conn_flush_soon(conn);
}

void conn_refuse(struct conn *conn, enum http_refusal_reason reason)
{
    if (conn->dead)
        return;
    COUNT(conn->listener->counts.refused[reason]);
    struct http_exchange *ex = conn->exchange != NULL ? conn->exchange : exchange_take(conn);
    if (ex == NULL) {
        conn_close(conn);
        return;
    }
    ex->keep_alive = false;
    ex->parsed = false; /* so that what the client still sends is drained */
    reply_refusal(ex, http_refusal_of(reason));
    conn_end_reply(conn);
}

/* --- bytes --- */

static ssize_t conn_read(struct conn *conn, void *bytes, size_t len)
{
    if (conn->ssl != NULL) {
        ssize_t n = tls_read(conn->ssl, bytes, len);
        if (n == IO_AGAIN)
            conn->readable = false;
        else if (n == IO_ERROR && !tls_is_open(conn->ssl))
            COUNT(conn->listener->counts.tls_failed);
        return n;
    }
    ssize_t n;
    do {
        n = recv(conn->fd, bytes, len, 0);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        if (errno != EAGAIN && errno != EWOULDBLOCK)
            return IO_ERROR;
        conn->readable = false;
        return IO_AGAIN;
    }
    /* A short read emptied the socket; the next edge says when there is more. */
    if ((size_t)n < len && !conn->hung_up)
        conn->readable = false;
    return n;
}

static ssize_t conn_write(struct conn *conn, const void *bytes, size_t len)
{
    if (conn->ssl != NULL)
        return tls_write(conn->ssl, bytes, len);
    ssize_t n;
    do {
        n = send(conn->fd, bytes, len, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? IO_AGAIN : IO_ERROR;
    return n;
}

void conn_flush(struct conn *conn)
{
    struct http_exchange *ex = conn->exchange;
    if (conn->dead || ex == NULL)
        return;
    while (conn->writable && ex->out_sent < ex->out.len) {
        ssize_t n = conn_write(conn, ex->out.data + ex->out_sent, ex->out.len - ex->out_sent);
        if (n == IO_AGAIN) {
            conn->writable = false;
            if (conn->state == CONN_HANDLING && ex->out_sent == 0)
                conn->phase_us = now_us(conn); /* from now on the client lets us wait */
        } else if (n < 0) {
            conn_close(conn);
            return;
        } else {
            ex->out_sent += (size_t)n;
            if (conn->state == CONN_HANDLING || conn->state == CONN_FLUSHING)
                conn->phase_us = now_us(conn); /* the client takes bytes */
        }
    }
    size_t pending = ex->out.len - ex->out_sent;
    if (pending == 0) {
        buf_clear(&ex->out);
        ex->out_sent = 0;
        if (ex->ended && conn->state == CONN_FLUSHING)
            conn_finish_exchange(conn);
    } else if (ex->out_sent > REPLY_HIGH_WATER) {
        memmove(ex->out.data, ex->out.data + ex->out_sent, pending);
        explicit_bzero(ex->out.data + pending, ex->out_sent);
        ex->out.len = pending;
        ex->out_sent = 0;
    }
    if (!conn->running)
        conn_update_deadline(conn);
}

/* --- the way of a request --- */

static bool conn_is_reading(const struct conn *conn)
{
    return !conn->dead && conn->state <= CONN_BODY;
}

static void conn_hand_over(struct conn *conn)
{
    struct listener *l = conn->listener;
    struct http_exchange *ex = conn->exchange;
    if (!ex->parsed) { /* gate and parser disagree on where the message ends */
        conn_refuse(conn, HTTP_REFUSAL_PARSER);
        return;
    }
    conn_set_state(conn, CONN_HANDLING);
    ex->handed = true;
    COUNT(l->counts.requests);
    l->handler.on_request(l->handler.ctx, ex);
}

static void conn_end_head(struct conn *conn, bool body_is_here)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct http_exchange *ex = conn->exchange;
    uint64_t length = ex->gate.content_length;

    conn_set_state(conn, CONN_BODY);
    if (buf_reserve(&ex->body, length < BODY_AT_FIRST ? (size_t)length : BODY_AT_FIRST) != 0) {
        conn_refuse(conn, HTTP_REFUSAL_NO_MEMORY);
        return;
    }
    if (ex->gate.expect_continue && !body_is_here) {
        if (buf_append(&ex->out, go_on, sizeof(go_on) - 1) != 0)
            conn_refuse(conn, HTTP_REFUSAL_NO_MEMORY);
        else
            conn_flush(conn);
    }
}

static bool conn_begin(struct conn *conn)
{
    struct http_exchange *ex = exchange_take(conn);
    if (ex == NULL) {
        conn_close(conn);
        return false;
    }
    exchange_begin(ex, &conn->listener->limits.request);
    /* A first request's time counts from the connection, else silence would be free. */
    int64_t since_us = conn->served ? now_us(conn) : conn->phase_us;
    conn_set_state(conn, CONN_HEAD);
    conn->phase_us = since_us;
    return true;
}

/* Decodes up to the end of one message. Returns the bytes used; none are left after a refusal. */
static size_t conn_decode(struct conn *conn, const uint8_t *bytes, size_t len)
{
    size_t done = 0;
    if (conn->state == CONN_IDLE && !conn_begin(conn))
        return len;
    struct http_exchange *ex = conn->exchange;
    for (;;) {
        size_t used;
        enum http_gate_step step = http_gate_feed(&ex->gate, bytes + done, len - done, &used);
        if (step == HTTP_GATE_REFUSED) {
            conn_refuse(conn, ex->gate.refusal);
            return len;
        }
        if (used != 0 && llhttp_execute(&ex->parser, (const char *)bytes + done, used) != HPE_OK) {
            conn_refuse(conn, ex->no_memory ? HTTP_REFUSAL_NO_MEMORY : HTTP_REFUSAL_PARSER);
            return len;
        }
        done += used;
        switch (step) {
        case HTTP_GATE_HEAD:
            conn_end_head(conn, done < len);
            if (!conn_is_reading(conn))
                return len;
            break;
        case HTTP_GATE_END:
            conn_hand_over(conn);
            return done;
        default:
            if (ex->parsed) { /* the parser ended the message before the gate did */
                conn_refuse(conn, HTTP_REFUSAL_PARSER);
                return len;
            }
            return done;
        }
    }
}

/* Requests that were read ahead. False when there are none. */
static bool conn_step_input(struct conn *conn)
{
    if (conn->input.len == conn->input_used)
        return false;
    size_t used =
        conn_decode(conn, conn->input.data + conn->input_used, conn->input.len - conn->input_used);
    if (conn->input.len == 0)
        return true; /* it was the last request: lingering released the rest */
    conn->input_used += used;
    if (conn->input_used == conn->input.len) {
        buf_release(&conn->input);
        conn->input_used = 0;
    }
    return true;
}

/* Bytes of a request that must wait for the one being handled. */
static void conn_keep(struct conn *conn, const void *bytes, size_t len)
{
    struct buf *input = &conn->input;
    if (conn->input_used != 0) {
        size_t left = input->len - conn->input_used;
        memmove(input->data, input->data + conn->input_used, left);
        explicit_bzero(input->data + left, conn->input_used);
        input->len = left;
        conn->input_used = 0;
    }
    if (buf_append(input, bytes, len) != 0)
        conn_close(conn);
}

/* One read and what follows from it. False when there is nothing to do now. */
static bool conn_step(struct conn *conn)
{
    uint8_t *scratch = conn->listener->scratch;
    size_t room = CONN_READ_BYTES;

    if (conn_is_reading(conn) && conn_step_input(conn))
        return true;
    if (conn->state == CONN_HANDLING || conn->state == CONN_FLUSHING) {
        size_t ahead = conn->input.len - conn->input_used;
        room = ahead < CONN_AHEAD_BYTES ? CONN_AHEAD_BYTES - ahead : 0;
    }
    if (!conn->readable || room == 0)
        return false;
    ssize_t n = conn_read(conn, scratch, room);
    if (n == IO_AGAIN)
        return false;
    if (n <= 0) {
        conn_lost(conn, n < 0);
        return false;
    }
    size_t len = (size_t)n, used = conn->state == CONN_LINGER ? len : 0;
    while (used < len && conn_is_reading(conn))
        used += conn_decode(conn, scratch + used, len - used);
    if (used < len && !conn->dead && conn->state != CONN_LINGER)
        conn_keep(conn, scratch + used, len - used);
    explicit_bzero(scratch, len);
    /*
     * A reset that came together with these bytes has no event of its own, nor does libevent tell
     * it from bytes: the next read would. Waiting for more of a request, it is looked for here;
     * while one is handled the timer looks, which costs ordinary requests nothing.
     */
    if (conn->state == CONN_HEAD || conn->state == CONN_BODY)
        conn->readable = true;
    return true;
}

void conn_run(struct conn *conn)
{
    conn->running = true;
    unsigned reads = 0;
    while (!conn->dead && conn_step(conn)) {
        if (++reads == CONN_READS_PER_TURN) {
            conn_resume_later(conn);
            break;
        }
    }
    conn->running = false;
    if (!conn->dead && conn->state == CONN_IDLE && conn->served && conn->listener->stopping)
        conn_close(conn);
    conn_update_deadline(conn);
}

static void on_conn_event(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    struct conn *conn = ctx;
    struct listener *l = conn->listener;

    if (what & (EV_READ | EV_CLOSED))
        conn->readable = true;
    if (what & EV_CLOSED)
        conn->hung_up = true;
    if ((what & EV_WRITE) || conn->ssl != NULL) /* TLS may have to read before it can write */
        conn->writable = true;
    if (conn_pending(conn) != 0)
        conn_flush(conn);
    if (!conn->dead && conn->readable) {
        conn_run(conn);
        /* Reading is paused as the buffer is full; the end of the client must be seen all the same.
         */
        if (!conn->dead && conn->readable &&
            (conn->state == CONN_HANDLING || conn->state == CONN_FLUSHING))
            conn_look_for_hangup(conn);
    }
    struct http_exchange *ex = conn->exchange;
    if (conn->dead || ex == NULL || !ex->drain_wanted || ex->ended ||
        conn_pending(conn) > REPLY_LOW_WATER)
        return;
    ex->drain_wanted = false;
    if (l->handler.on_drain != NULL && ex->user != NULL)
        l->handler.on_drain(ex->user);
}

static void name_peer(struct conn *conn, const struct sockaddr *peer)
{
    const void *address = NULL;
    int family = peer->sa_family;
    if (family == AF_INET6) {
        const struct in6_addr *v6 = &((const struct sockaddr_in6 *)(const void *)peer)->sin6_addr;
        bool mapped = IN6_IS_ADDR_V4MAPPED(v6); /* an IPv4 client on a socket for both */
        family = mapped ? AF_INET : AF_INET6;
        address = mapped ? &v6->s6_addr[12] : &v6->s6_addr[0];
    } else if (family == AF_INET) {
        address = &((const struct sockaddr_in *)(const void *)peer)->sin_addr;
    }
    if (address == NULL || inet_ntop(family, address, conn->peer, sizeof(conn->peer)) == NULL)
        memcpy(conn->peer, "unix", sizeof("unix"));
}

struct conn *conn_new(struct listener *listener, int fd, const struct sockaddr *peer)
{
    struct event_base *base = worker_base(listener->worker);
    struct conn *conn = calloc(1, sizeof(*conn));
    if (conn == NULL)
        return NULL;
    conn->listener = listener;
    conn->fd = fd;
    conn->writable = true;
    name_peer(conn, peer);
    if (listener->tls != NULL) {
        conn->ssl = tls_session_new(listener->tls, fd);
        if (conn->ssl == NULL)
            goto fail;
    }
    if (event_assign(&conn->event, base, fd, EV_READ | EV_WRITE | EV_CLOSED | EV_ET | EV_PERSIST,
                     on_conn_event, conn) != 0 ||
        evtimer_assign(&conn->timer, base, on_conn_timer, conn) != 0 ||
        event_add(&conn->event, NULL) != 0)
        goto fail;
    TAILQ_INSERT_TAIL(&listener->conns, conn, all);
    (void)atomic_fetch_add_explicit(&listener->counts.open, 1, memory_order_relaxed);
    conn_set_state(conn, CONN_IDLE);
    conn_update_deadline(conn);
    return conn;
fail:
    if (conn->ssl != NULL)
        tls_session_free(conn->ssl);
    free(conn);
    return NULL;
}

void conn_stop(struct conn *conn)
{
    if (conn->state != CONN_IDLE)
        return;
    if (conn->served)
        conn_close(conn);
    else
        conn_update_deadline(conn); /* a request may be on its way */
}
