/*
 * Memory that runs out inside a request: of all allocations that a request makes here and in
 * libcurl, each fails once, and once all from it on. The client gets the answer, an error or a cut
 * connection; the next request is served as ever. Leaks are the address sanitizer's to find.
 *
 * Where libcurl 7.88 has no memory to note a socket it says so and goes on: the transfer is then
 * ended by its time-out, which is short here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/models/builtin.h"
#include "gateway/base/log.h"
#include "gateway/desk.h"
#include "gateway/local_room.h"
#include "tests/unit/gateway/listener_scene.h"
#include "tests/unit/gateway/scripted_server.h"

/* ---- the allocator: see the link options of this test in tests/CMakeLists.txt ---- */

static atomic_long countdown; /* the allocation that fails; 0: none */
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool sticky; /* those behind it fail, too */
static atomic_bool failed;
static _Thread_local bool spared; /* the test's own threads, and the decision log's */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t len);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t len);

static bool fails(void)
{
    if (spared || atomic_load(&countdown) == 0)
        return false;
    char thread[16] = "";
    (void)pthread_getname_np(pthread_self(), thread, sizeof(thread));
    if (strcmp(thread, "decision-log") == 0) {
        spared = true; /* it keeps what it cannot write yet, and says no to requests meanwhile */
        return false;
    }
    pthread_mutex_lock(&counting);
    long now = atomic_load(&countdown);
    bool fail_now = now == 1;
    if (now > 1 || (fail_now && !atomic_load(&sticky)))
        atomic_store(&countdown, now - 1);
    if (fail_now)
        atomic_store(&failed, true);
    pthread_mutex_unlock(&counting);
    return fail_now;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
    return fails() ? NULL : __real_realloc(p, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t len)
{
    return fails() ? NULL : __real_strndup(text, len);
}

/* ---- a gateway in this process ---- */

struct gateway {
    char folder[64];
    struct server upstream;
    struct services services;
    struct site *site;
    struct desk *desk;
    struct scene scene;
};

#define ANSWER                                                                                     \
    "{\"id\":\"x\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":[{"    \
    "\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Write to <EMAIL_ADDRESS_1>.\"}" \
    ",\"finish_reason\":\"stop\"}]}"
#define EVENT                                                                                      \
    "data: {\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\","      \
    "\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Write to <EMAIL_ADDRESS_1>.\"}}]}\n\n"

#define LATE "\"user\":\"late\""

static void answer(struct server *s)
{
    char head[256];
    spared = true;
    while (server_read_request(s)) {
        bool stream = strstr(s->request, "\"stream\":true") != NULL;
        if (strstr(s->request, LATE) != NULL)
            usleep(20000); /* time for an acknowledgement */
        const char *body = stream ? EVENT EVENT "data: [DONE]\n\n" : ANSWER;
        (void)snprintf(head, sizeof(head),
                       "HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                       stream ? "text/event-stream" : "application/json", strlen(body));
        if (!server_say(s, head) || !server_say(s, body))
            break;
    }
}

static void put(const struct gateway *g, const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof(path), "%s/%s", g->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void open_services(struct gateway *g)
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

static void open_site(struct gateway *g)
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
                   "       breaker: {failures: 1000, window: 64, failure_percent: 100}}\n",
                   g->upstream.port);
    put(g, "penstock.yaml", text);
    (void)snprintf(path, sizeof(path), "%s/penstock.yaml", g->folder);
    if (site_load(&g->site, path, NULL, g->services.metrics, g->services.room, &problems) != 0) {
        problems_print(&problems, stderr);
        fail();
    }
    problems_release(&problems);
}

static void gateway_open(struct gateway *g)
{
    struct err e;
    struct listener_limits limits = LISTENER_LIMITS_DEFAULT;
    *g = (struct gateway){.folder = "/tmp/penstock-memory-XXXXXX"};
    log_set_level(LOG_LEVEL_ERROR);
    assert_non_null(mkdtemp(g->folder));
    server_start(&g->upstream, answer, NULL);
    open_services(g);
    open_site(g);
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

static void gateway_close(struct gateway *g)
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

/* ---- requests ---- */

static void ask(const struct gateway *g, const char *body, struct heard *heard)
{
    char head[256];
    int n = snprintf(head, sizeof(head),
                     "POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                     "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                     strlen(body));
    int fd = client_open(&g->scene);
    *heard = (struct heard){.len = 0};
    if (client_send(fd, head, (size_t)n))
        (void)client_send(fd, body, strlen(body));
    if (!client_hear(fd, heard, NULL))
        fail_msg("no end came; heard so far: %s", heard->text);
    close(fd);
}

static bool is_whole(const struct heard *heard)
{
    const char *length = strstr(heard->text, "Content-Length: ");
    const char *body = strstr(heard->text, "\r\n\r\n");
    if (body == NULL)
        return false;
    if (length != NULL && length < body)
        return strlen(body + 4) == strtoul(length + 16, NULL, 10);
    return strstr(body, "\r\n0\r\n\r\n") != NULL;
}

/* Nothing is right as well, and so is what breaks off visibly. */
static void judge(const struct heard *heard, long n)
{
    const char *text = heard->text;
    if (heard->len == 0 || !is_whole(heard))
        return;
    bool ok = strncmp(text, "HTTP/1.1 200 ", 13) == 0 &&
              (strstr(text, "[DONE]") != NULL || strstr(text, "\"error\":") != NULL ||
               strstr(text, "\"finish_reason\":\"") != NULL);
    bool refused =
        (strncmp(text, "HTTP/1.1 50", 11) == 0 && strstr(text, "\"error\":") != NULL) ||
        (strncmp(text, "HTTP/1.1 403 ", 13) == 0 && strstr(text, "policy_unscannable") != NULL);
    if (!ok && !refused)
        fail_msg("allocation %ld: %s", n, text);
}

/* Soon: on a slow machine the time-outs above may end a request that nothing was wrong with. */
static void expect_service(const struct gateway *g, const char *body, long n)
{
    struct heard heard;
    int64_t until = worker_clock_us() + (int64_t)PATIENCE_MS * 1000;
    do {
        ask(g, body, &heard);
        if (strncmp(heard.text, "HTTP/1.1 200 ", 13) == 0 && is_whole(&heard))
            return;
    } while (worker_clock_us() < until);
    fail_msg("after allocation %ld: %s", n, heard.text);
}

static void run_out(const char *body)
{
    static struct gateway g;
    struct heard heard;
    gateway_open(&g);
    ask(&g, body, &heard); /* what is made once is there from now on */
    for (int all = 0; all <= 1; all++) {
        long n = 0;
        bool was_reached = true;
        while (was_reached) {
            n++;
            atomic_store(&failed, false);
            atomic_store(&sticky, all != 0);
            atomic_store(&countdown, n);
            ask(&g, body, &heard);
            atomic_store(&countdown, 0);
            was_reached = atomic_load(&failed);
            judge(&heard, n);
            expect_service(&g, body, n);
        }
        assert_true(n > 20);
    }
    gateway_close(&g);
}

#define MESSAGES                                                                                   \
    "\"messages\":[{\"role\":\"user\",\"content\":\"Hello,\\nwrite to jane.roe@example.org.\"}]"

static void test_upstream_whole(void **state)
{
    (void)state;
    run_out("{\"model\":\"m\"," MESSAGES "}");
}

static void test_upstream_stream(void **state)
{
    (void)state;
    run_out("{\"model\":\"m\",\"stream\":true," MESSAGES "}");
}

static void test_engine_whole(void **state)
{
    (void)state;
    run_out("{\"model\":\"own\"," MESSAGES "}");
}

static void test_engine_stream(void **state)
{
    (void)state;
    run_out("{\"model\":\"own\",\"stream\":true," MESSAGES "}");
}

static void test_acknowledged_stream(void **state)
{
    (void)state;
    run_out("{\"model\":\"both\",\"stream\":true," LATE "," MESSAGES "}");
}

int main(void)
{
    spared = true;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upstream_whole),      cmocka_unit_test(test_upstream_stream),
        cmocka_unit_test(test_engine_whole),        cmocka_unit_test(test_engine_stream),
        cmocka_unit_test(test_acknowledged_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
