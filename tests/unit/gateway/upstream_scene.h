/*
 * upstream_scene.h - a loop with a pool and a job whose events are written down, and servers on
 * loopback that answer by a script. For the tests of upstream.h, one program each: it replaces
 * libc's getaddrinfo.
 */
#ifndef PENSTOCK_TEST_UPSTREAM_SCENE_H
#define PENSTOCK_TEST_UPSTREAM_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <event2/event.h>
#include <netdb.h>
#include <time.h>

#include "gateway/base/buf.h"
#include "gateway/upstream.h"
#include "scripted_server.h"

#define JSON_BODY                                                                                  \
    "{\"choices\":[{\"message\":{\"content\":\"hi\"},\"finish_reason\":\"length\"}],"              \
    "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":7}}"
#define SHORT_BODY "{\"choices\":[1]}" /* 15 bytes */
#define EVENT "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n"
#define LAST "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
#define DONE "data: [DONE]\n\n"
#define OK_JSON "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
#define OK_STREAM "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
#define CLOSE "Connection: close\r\n\r\n"

static inline int64_t clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static atomic_bool lookups_may_end;
static atomic_int lookups_ended;

/*
 * Instead of libc's: names ending in ".slow" take until lookups_may_end, as with a name server that
 * says nothing; ".missing" do not exist.
 */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    (void)service;
    (void)hints;
    *out = NULL;
    if (strstr(name, ".slow") != NULL) {
        struct timespec wait = {.tv_nsec = 1000 * 1000};
        while (!lookups_may_end)
            nanosleep(&wait, NULL);
        lookups_ended++;
    }
    return EAI_NONAME;
}

/* ---- a loop with a pool, and a job whose events are written down ---- */

struct fixture {
    struct event_base *base;
    struct upstream_pool *pool;
    struct upstream_target *target;
};

struct seen {
    struct fixture *f;
    struct backend_job *job;
    int heads, pieces, ends;
    struct backend_head head;
    struct buf data;
    struct backend_result result;
    int64_t started, ended_ms;
    bool cancel_on_head, cancel_on_data, pause_on_data;
    bool in_verb, discard;
    struct seen *cancel_other;
};

static inline void on_head(void *user, const struct backend_head *head)
{
    struct seen *s = user;
    assert_false(s->in_verb);
    assert_int_equal(s->heads + s->pieces + s->ends, 0);
    s->heads++;
    s->head = *head;
    if (s->cancel_on_head) {
        s->job->ops->cancel(s->job);
        s->job = NULL;
    }
}

static inline void cancel(struct seen *s)
{
    s->in_verb = true;
    s->job->ops->cancel(s->job);
    s->in_verb = false;
    s->job = NULL;
}

static inline void on_data(void *user, const void *bytes, size_t len)
{
    struct seen *s = user;
    assert_false(s->in_verb);
    assert_non_null(s->job);
    assert_int_equal(s->heads, 1);
    assert_int_equal(s->ends, 0);
    s->pieces++;
    if (!s->discard)
        assert_int_equal(buf_append(&s->data, bytes, len), 0);
    if (s->pause_on_data)
        s->job->ops->pause(s->job);
    if (s->cancel_other != NULL && s->cancel_other->job != NULL)
        cancel(s->cancel_other);
    if (s->cancel_on_data)
        cancel(s);
}

static inline void on_end(void *user, const struct backend_result *result)
{
    struct seen *s = user;
    assert_false(s->in_verb);
    assert_non_null(s->job);
    s->ends++;
    s->result = *result;
    s->ended_ms = clock_ms() - s->started;
    s->job = NULL;
}

static const struct backend_events events = {
    .on_head = on_head, .on_data = on_data, .on_end = on_end};

static inline void fixture_open(struct fixture *f, const struct upstream_options *options)
{
    struct err err = {0};
    f->base = event_base_new();
    f->pool = upstream_pool_new(f->base);
    assert_non_null(f->pool);
    if (upstream_target_new(&f->target, options, &err) != 0)
        fail_msg("%s", err.text);
}

static inline void fixture_close(struct fixture *f)
{
    upstream_pool_free(f->pool);
    upstream_target_free(f->target);
    event_base_free(f->base);
}

static const char *url_of(const struct server *server, const char *scheme)
{
    static char url[64];
    snprintf(url, sizeof(url), "%s://127.0.0.1:%u/v1", scheme, (unsigned)server->port);
    return url;
}

/*
 * No time-out comes before a test has given up. A test that is about one makes it SHORT_MS: there
 * the answer has to be one that never comes, so that no load of the machine decides who wins.
 */
enum { NEVER_MS = 600 * 1000, SHORT_MS = 200, PATIENCE_MS = 60 * 1000 };

static inline struct upstream_options patient_times(const char *url)
{
    return (struct upstream_options){.name = "t",
                                     .model = "m",
                                     .url = url,
                                     .api_key = "sk-secret",
                                     .connect_timeout_ms = NEVER_MS,
                                     .tls_timeout_ms = NEVER_MS,
                                     .first_byte_timeout_ms = NEVER_MS,
                                     .idle_timeout_ms = NEVER_MS,
                                     .total_timeout_ms = NEVER_MS};
}

static const char small_body[] = "{\"model\":\"a\",\"x\":1}";

static inline void start_bytes(struct fixture *f, struct seen *s, bool stream, const void *bytes,
                               size_t len)
{
    struct content pieces[3] = {content_of(bytes, len < 7 ? len : 7),
                                content_of((const char *)bytes + 7, 0),
                                content_of((const char *)bytes + 7, len - 7)};
    struct upstream_request request = {
        .pieces = pieces, .piece_count = 3, .request_id = "req-1", .stream = stream};
    s->f = f;
    s->started = clock_ms();
    s->in_verb = true;
    assert_int_equal(upstream_start(f->pool, f->target, &request, &events, s, &s->job), BACKEND_OK);
    s->in_verb = false;
}

static inline void start(struct fixture *f, struct seen *s, bool stream)
{
    start_bytes(f, s, stream, small_body, strlen(small_body));
}

static inline void on_guard(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    *(bool *)arg = true;
}

/* Runs the loop for so long. */
static inline void run_for(struct fixture *f, int64_t for_ms)
{
    bool over = false;
    struct timeval tv = {.tv_sec = for_ms / 1000, .tv_usec = for_ms % 1000 * 1000};
    struct event *guard = evtimer_new(f->base, on_guard, &over);
    event_add(guard, &tv);
    while (!over)
        event_base_loop(f->base, EVLOOP_ONCE);
    event_free(guard);
}

/* Runs the loop until *count is wanted. */
static inline void run_until(struct fixture *f, const int *count, int wanted)
{
    int64_t until = clock_ms() + PATIENCE_MS;
    while (*count < wanted) {
        if (clock_ms() > until)
            fail_msg("%d of %d came", *count, wanted);
        run_for(f, 1);
    }
}

static inline void run_to_end(struct seen *s)
{
    run_until(s->f, &s->ends, 1);
}

/* Runs the loop until the server has read a whole request. */
static inline void run_until_asked(struct fixture *f, struct server *server)
{
    int64_t until = clock_ms() + PATIENCE_MS;
    while (server->requests == 0) {
        assert_true(clock_ms() < until);
        run_for(f, 1);
    }
}

static inline void assert_data(const struct seen *s, const char *text)
{
    if (s->data.len != strlen(text) || (s->data.len > 0 && memcmp(s->data.data, text, s->data.len)))
        fail_msg("got %zu bytes of data, wanted %zu", s->data.len, strlen(text));
}

static inline void assert_outcome(const char *name, const struct seen *s,
                                  enum backend_outcome outcome)
{
    if (s->result.outcome != outcome)
        fail_msg("%s: %s, not %s", name, backend_outcome_name(s->result.outcome),
                 backend_outcome_name(outcome));
}

/* ---- answers by script ---- */

enum ending { FIN, RST, HOLD };

struct answer_case {
    const char *name;
    bool stream;
    const char *answer;
    enum ending ending;
    enum backend_outcome outcome;
    int status;
    const char *data; /* NULL: none */
    int heads;
};

static inline void serve_case(struct server *server)
{
    const struct answer_case *c = server->script;
    if (!server_read_request(server) || !server_say(server, c->answer))
        return;
    if (c->ending == RST) {
        server_wait_until_read(server); /* the reset throws the rest away */
        server_reset(server);
    } else if (c->ending == HOLD) {
        server_wait_for_close(server);
    }
}

static inline void serve_keep_alive(struct server *server)
{
    while (server_read_request(server))
        if (!server_say(server, OK_JSON "Content-Length: 15\r\n\r\n" SHORT_BODY))
            break;
}

static inline void serve_once_then_close(struct server *server)
{
    if (server_read_request(server))
        server_say(server, OK_JSON "Content-Length: 15\r\n\r\n" SHORT_BODY);
}

#endif
