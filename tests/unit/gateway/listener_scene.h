/*
 * listener_scene.h - a listener on a real socket with a worker thread, a handler that does by path
 * what a test asks for, and a blocking client.
 */
#ifndef PENSTOCK_TEST_LISTENER_SCENE_H
#define PENSTOCK_TEST_LISTENER_SCENE_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/listener.h"
#include "gateway/reply.h"
#include "gateway/worker.h"

enum { TOGETHER = 40 }; /* requests that are answered in one turn of the loop */
enum { PATIENCE_MS = 60000, FLOOD_BYTES = 8 << 20, FLOOD_PIECE = 16 * 1024, LATER_MS = 5 };

struct scene {
    struct worker *worker;
    struct listener_socket *socket;
    struct listener *listener;
    atomic_uint requests, aborts, drains, in_flight, most_in_flight;
    atomic_size_t most_pending;
    atomic_bool wrong;
    struct http_exchange *together[TOGETHER];
    unsigned together_count;
    struct held *told; /* what /until-told holds: on_later() answers it, on the worker's thread */
};

/* One request that is not answered at once. */
struct held {
    struct scene *scene;
    struct http_exchange *exchange;
    struct worker_timer *timer;
    size_t sent;
    bool flood;
};

static inline void held_free(struct held *held)
{
    (void)atomic_fetch_sub(&held->scene->in_flight, 1);
    worker_timer_free(held->timer);
    free(held);
}

static inline void held_flood(struct held *held)
{
    static const char piece[FLOOD_PIECE];
    while (held->sent < FLOOD_BYTES && reply_pending(held->exchange) <= REPLY_HIGH_WATER) {
        reply_data(held->exchange, piece, sizeof(piece));
        held->sent += sizeof(piece);
        size_t pending = reply_pending(held->exchange);
        if (pending > atomic_load(&held->scene->most_pending))
            atomic_store(&held->scene->most_pending, pending);
    }
    if (held->sent == FLOOD_BYTES) {
        reply_end(held->exchange);
        held_free(held);
    }
}

static inline void on_later(void *ptr)
{
    struct held *held = ptr;
    reply_simple(held->exchange, 200, "text/plain", "later", 5);
    held_free(held);
}

static inline void scene_hold(struct scene *scene, struct http_exchange *ex, const char *path)
{
    struct held *held = calloc(1, sizeof(*held));
    if (held == NULL)
        abort();
    held->scene = scene;
    held->exchange = ex;
    held->timer = worker_timer_new(scene->worker, on_later, held);
    http_exchange_set_user(ex, held);
    unsigned now = atomic_fetch_add(&scene->in_flight, 1) + 1;
    if (now > atomic_load(&scene->most_in_flight))
        atomic_store(&scene->most_in_flight, now);
    if (strcmp(path, "/later") == 0) {
        worker_timer_start(held->timer, LATER_MS);
    } else if (strcmp(path, "/until-told") == 0) {
        scene->told = held;
    } else if (strcmp(path, "/head-only") == 0) {
        reply_start(ex, 200, NULL, 0, REPLY_CHUNKED);
    } else if (strcmp(path, "/flood") == 0) {
        held->flood = true;
        reply_start(ex, 200, NULL, 0, REPLY_CHUNKED);
        held_flood(held);
    }
}

/* None of them is answered before the last one is there. */
static inline void scene_gather(struct scene *scene, struct http_exchange *ex)
{
    scene->together[scene->together_count++] = ex;
    if (scene->together_count < TOGETHER)
        return;
    for (unsigned i = 0; i < TOGETHER; i++)
        reply_simple(scene->together[i], 200, "text/plain", "together", 8);
    scene->together_count = 0;
}

static inline void on_request(void *ctx, struct http_exchange *ex)
{
    struct scene *scene = ctx;
    const char *path = http_exchange_path(ex);
    struct content body = http_exchange_body(ex);
    (void)atomic_fetch_add(&scene->requests, 1);
    if (strcmp(path, "/hold") == 0 || strcmp(path, "/later") == 0 ||
        strcmp(path, "/head-only") == 0 || strcmp(path, "/flood") == 0 ||
        strcmp(path, "/until-told") == 0) {
        scene_hold(scene, ex, path);
    } else if (strcmp(path, "/together") == 0) {
        scene_gather(scene, ex);
    } else if (strcmp(path, "/cut-chunked") == 0) {
        reply_start(ex, 200, NULL, 0, REPLY_CHUNKED);
        reply_data(ex, "part", 4);
        reply_abort(ex);
    } else if (strcmp(path, "/cut-length") == 0) {
        reply_start(ex, 200, NULL, 0, 10);
        reply_data(ex, "part", 4);
        reply_end(ex);
    } else if (strcmp(path, "/too-much") == 0) {
        reply_start(ex, 200, NULL, 0, 4);
        reply_data(ex, "partial", 7);
        reply_end(ex);
    } else if (strcmp(path, "/nothing") == 0) {
        reply_abort(ex);
    } else if (strcmp(path, "/empty") == 0) {
        reply_simple(ex, 204, NULL, NULL, 0);
    } else if (strcmp(path, "/chunks") == 0) {
        reply_start(ex, 200, NULL, 0, REPLY_CHUNKED);
        reply_data(ex, "one", 3);
        reply_data(ex, "two", 3);
        reply_end(ex);
    } else if (strcmp(path, "/close") == 0) {
        reply_close_after(ex);
        reply_simple(ex, 200, "text/plain", "bye", 3);
    } else if (strcmp(path, "/header") == 0) {
        struct reply_header h = {.name = "X-Test", .value = "a\r\nX-Evil: b"};
        reply_whole(ex, 299, &h, 1, "", 0);
    } else if (strcmp(path, "/facts") == 0) {
        char text[512];
        size_t count;
        const char *name, *value;
        const char *twice = http_exchange_header_counted(ex, "x-twice", &count);
        const char *query = http_exchange_query(ex), *none = http_exchange_header(ex, "x-none");
        http_exchange_header_at(ex, 1, &name, &value);
        int n = snprintf(text, sizeof(text), "%s|%s|%s|%s|%s|%zu|%s|%zu|%s=%s|%s|%d",
                         http_exchange_method(ex), http_exchange_target(ex), path,
                         query != NULL ? query : "-", twice != NULL ? twice : "-", count,
                         none != NULL ? none : "-", http_exchange_header_total(ex), name, value,
                         http_exchange_peer(ex), http_exchange_is_tls(ex));
        reply_simple(ex, 200, "text/plain", text, (size_t)n);
    } else {
        reply_simple(ex, 200, "application/octet-stream", content_bytes(body), content_len(body));
    }
}

static inline void on_abort(void *user)
{
    struct held *held = user;
    (void)atomic_fetch_add(&held->scene->aborts, 1);
    /* Must be harmless now. */
    reply_data(held->exchange, "late", 4);
    reply_end(held->exchange);
    held_free(held);
}

static inline void on_drain(void *user)
{
    struct held *held = user;
    (void)atomic_fetch_add(&held->scene->drains, 1);
    if (held->flood)
        held_flood(held);
}

static inline struct listener_limits scene_limits(void)
{
    struct listener_limits limits = LISTENER_LIMITS_DEFAULT;
    return limits;
}

static inline void scene_open(struct scene *scene, const char *address, struct listener_tls *tls,
                              struct listener_limits limits)
{
    struct err e = {.code = ERR_NONE};
    struct listener_handler handler = {
        .on_request = on_request, .on_abort = on_abort, .on_drain = on_drain, .ctx = scene};
    memset(scene, 0, sizeof(*scene));
    scene->worker = worker_new(0, &e);
    assert_non_null(scene->worker);
    scene->socket = listener_socket_open(address, &e);
    if (scene->socket == NULL)
        fail_msg("%s", e.text);
    scene->listener = listener_start(scene->worker, scene->socket, tls, &limits, &handler, &e);
    assert_non_null(scene->listener);
    assert_int_equal(worker_start(scene->worker, &e), 0);
}

/* Every request must have been ended, by an answer or by on_abort. */
static inline void scene_close(struct scene *scene)
{
    worker_stop(scene->worker);
    worker_join(scene->worker);
    listener_free(scene->listener);
    assert_int_equal(atomic_load(&scene->in_flight), 0);
    worker_free(scene->worker);
    listener_socket_close(scene->socket);
    assert_false(atomic_load(&scene->wrong));
}

static inline struct listener_counts scene_counts(const struct scene *scene)
{
    struct listener_counts counts = {.accepted = 0};
    listener_count(scene->listener, &counts);
    return counts;
}

static inline void nap_ms(int ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000L};
    (void)nanosleep(&t, NULL);
}

/* Waits until *counter is at least value. */
static inline void await(atomic_uint *counter, unsigned value)
{
    for (int waited = 0; atomic_load(counter) < value; waited++) {
        assert_true(waited < PATIENCE_MS);
        nap_ms(1);
    }
}

/* The flood has filled what a client that does not read leaves for it. */
static inline void await_held_up(struct scene *scene)
{
    for (int waited = 0; atomic_load(&scene->most_pending) <= REPLY_HIGH_WATER; waited++) {
        assert_true(waited < PATIENCE_MS);
        nap_ms(1);
    }
}

static inline int client_socket(const struct scene *scene, struct sockaddr_storage *to,
                                socklen_t *len)
{
    const char *address = listener_socket_address(scene->socket);
    memset(to, 0, sizeof(*to));
    if (strncmp(address, "unix:", 5) == 0) {
        struct sockaddr_un *path = (struct sockaddr_un *)(void *)to;
        path->sun_family = AF_UNIX;
        (void)snprintf(path->sun_path, sizeof(path->sun_path), "%s", address + 5);
        *len = sizeof(*path);
    } else {
        struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)to;
        v4->sin_family = AF_INET;
        v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        v4->sin_port = htons((uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10));
        *len = sizeof(*v4);
    }
    int fd = socket(to->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    return fd;
}

static inline int client_open(const struct scene *scene)
{
    struct sockaddr_storage to;
    socklen_t len;
    int fd = client_socket(scene, &to, &len);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, len), 0);
    return fd;
}

/* False when the other side does not want it any more. */
static inline bool client_send(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len != 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n < 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static inline void client_say(int fd, const char *text)
{
    assert_true(client_send(fd, text, strlen(text)));
}

static inline void client_reset(int fd)
{
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(fd);
}

struct heard {
    char text[16384]; /* NUL-terminated; what does not fit is counted only */
    size_t len;
    bool ended; /* by FIN */
    bool reset;
};

/* Reads until until is in the text (NULL: to the end). Whether it came to that. */
static inline bool client_hear(int fd, struct heard *heard, const char *until)
{
    char piece[16384];
    for (;;) {
        if (until != NULL && strstr(heard->text, until) != NULL)
            return true;
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (poll(&p, 1, PATIENCE_MS) != 1)
            return false;
        ssize_t n = recv(fd, piece, sizeof(piece), 0);
        if (n <= 0) {
            heard->ended = n == 0;
            heard->reset = n < 0;
            return until == NULL;
        }
        size_t used = heard->len < sizeof(heard->text) - 1 ? heard->len : sizeof(heard->text) - 1;
        size_t room = sizeof(heard->text) - 1 - used;
        for (ssize_t i = 0; i < n; i++) {
            if (piece[i] == '\0')
                piece[i] = '?'; /* so that the text can be searched */
        }
        memcpy(heard->text + used, piece, (size_t)n < room ? (size_t)n : room);
        heard->len += (size_t)n;
    }
}

static inline unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

#define HELLO "GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
#define ASK(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"

#endif
