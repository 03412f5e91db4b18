/*
 * gateway_scene.h - a whole gateway in the test's own process: a desk with all its services behind
 * a listener, on a thread, in front of a scripted upstream. For one test program each.
 */
#ifndef PENSTOCK_TEST_GATEWAY_SCENE_H
#define PENSTOCK_TEST_GATEWAY_SCENE_H

#include "engine/models/builtin.h"
#include "gateway/base/log.h"
#include "gateway/desk.h"
#include "gateway/local_room.h"
#include "tests/unit/gateway/listener_scene.h"
#include "tests/unit/gateway/scripted_server.h"

struct gateway {
    char folder[64];
    struct server upstream;
    struct services services;
    struct site *site;
    struct desk *desk;
    struct scene scene;
};

static inline void put(const struct gateway *g, const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", g->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static inline void open_services(struct gateway *g)
{
    struct err e;
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/decisions", g->folder);
    struct decision_log_options log = {.path = path};
    struct local_options engine = {.session = {.threads = 1}, .default_max_tokens = 4};
    struct ratchet_options ratchet = {.entries = 1024, .lifetime_ms = 100000};
    struct classify_pool_options pool = {.threads = 1, .queue = 4, .timeout_ms = 60000};
    struct services *s = &g->services;
    engine.source.bytes = engine_builtin_chat(&engine.source.size);
    assert_int_equal(metrics_new(2, &s->metrics, &e), 0);
    assert_int_equal(local_room_new(&s->room), 0);
    engine.room = s->room;
    assert_int_equal(decision_log_open(&log, &s->log, &e), 0);
    assert_int_equal(ratchet_new(&ratchet, &s->ratchet, &e), 0);
    assert_int_equal(classifiers_new(&s->classifiers, &e), 0);
    assert_int_equal(classify_pool_new(&pool, s->classifiers, &s->pool, &e), 0);
    assert_int_equal(local_engine_new(&s->engine, &engine, &e), 0);
}

static inline void open_site(struct gateway *g, const char *more)
{
    char text[512], path[128];
    struct problems problems = PROBLEMS_INIT;
    put(g, "policy.yaml",
        "version: 1\n"
        "pii: {redact_for: on_premises, entities: {EMAIL_ADDRESS: redact}}\n"
        "rules:\n"
        "- {name: own, when: {model: own}, route: [local]}\n"
        "- {name: both, when: {model: both}, route: [up, local], cascade: {mode: ack_then_deepen, "
        "max_tokens: 2}}\n"
        "default: {route: [up]}\n");
    (void)snprintf(text, sizeof(text),
                   "policy: policy.yaml\n"
                   "targets:\n"
                   "  local: {kind: engine}\n"
                   "  up: {placement: on_premises, url: 'http://127.0.0.1:%u/v1', model: other,\n"
                   "       connect_timeout: 1s, first_byte_timeout: 1s, idle_timeout: 1s,\n"
                   "       breaker: {failures: 1000, window: 64, failure_percent: 100}}\n"
                   "%s",
                   g->upstream.port, more);
    put(g, "penstock.yaml", text);
    (void)snprintf(path, sizeof(path), "%s/penstock.yaml", g->folder);
    if (site_load(&g->site, path, NULL, g->services.metrics, g->services.room, &problems) != 0) {
        problems_print(&problems, stderr);
        fail();
    }
    problems_release(&problems);
}

/* answer: what the upstream does, on a thread of its own. more: lines of the configuration. */
static inline void gateway_open(struct gateway *g, void (*answer)(struct server *),
                                const char *more)
{
    struct err e;
    struct listener_limits limits = LISTENER_LIMITS_DEFAULT;
    *g = (struct gateway){.folder = "/tmp/penstock-gateway-XXXXXX"};
    log_set_level(LOG_LEVEL_ERROR);
    assert_non_null(mkdtemp(g->folder));
    server_start(&g->upstream, answer, NULL);
    open_services(g);
    open_site(g, more);
    g->scene.worker = worker_new(0, &e);
    assert_non_null(g->scene.worker);
    assert_int_equal(desk_new(&g->desk, g->scene.worker, 0, &g->services, g->site, &e), 0);
    struct listener_handler handler = {.on_request = desk_on_request,
                                       .on_abort = desk_on_abort,
                                       .on_drain = desk_on_drain,
                                       .ctx = g->desk};
    g->scene.socket = listener_socket_open("127.0.0.1:0", &e);
    assert_non_null(g->scene.socket);
    g->scene.listener =
        listener_start(g->scene.worker, g->scene.socket, NULL, &limits, &handler, &e);
    assert_non_null(g->scene.listener);
    assert_int_equal(worker_start(g->scene.worker, &e), 0);
}

static inline void gateway_close(struct gateway *g)
{
    worker_stop(g->scene.worker);
    worker_join(g->scene.worker);
    listener_free(g->scene.listener);
    classify_pool_free(g->services.pool);
    local_engine_free(g->services.engine);
    worker_join(g->scene.worker);
    desk_free(g->desk);
    worker_free(g->scene.worker);
    listener_socket_close(g->scene.socket);
    site_unref(g->site);
    local_room_free(g->services.room);
    classifiers_free(g->services.classifiers);
    ratchet_free(g->services.ratchet);
    assert_int_equal(decision_log_close(g->services.log), 0);
    metrics_free(g->services.metrics);
    server_stop(&g->upstream);
    static const char *const names[] = {"policy.yaml", "penstock.yaml", "decisions",
                                        "decisions.lock"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char path[128];
        (void)snprintf(path, sizeof(path), "%s/%s", g->folder, names[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(g->folder), 0);
}

static inline int send_request(const struct gateway *g, const char *body)
{
    char head[256];
    int n = snprintf(head, sizeof(head),
                     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                     "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                     strlen(body));
    int fd = client_open(&g->scene);
    if (client_send(fd, head, (size_t)n))
        (void)client_send(fd, body, strlen(body));
    return fd;
}

static inline void ask(const struct gateway *g, const char *body, struct heard *heard)
{
    int fd = send_request(g, body);
    *heard = (struct heard){.len = 0};
    if (!client_hear(fd, heard, NULL))
        fail_msg("no end came; heard so far: %s", heard->text);
    close(fd);
}

static inline bool is_whole(const struct heard *heard)
{
    const char *length = strstr(heard->text, "Content-Length: ");
    const char *body = strstr(heard->text, "\r\n\r\n");
    if (body == NULL)
        return false;
    if (length != NULL && length < body)
        return strlen(body + 4) == strtoul(length + 16, NULL, 10);
    return strstr(body, "\r\n0\r\n\r\n") != NULL;
}

#endif
