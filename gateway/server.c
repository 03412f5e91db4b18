#include "gateway/server.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "engine/models/builtin.h"
#include "gateway/admin.h"
#include "gateway/base/log.h"
#include "gateway/desk.h"
#include "gateway/listener.h"
#include "gateway/local_room.h"
#include "gateway/notify.h"
#include "gateway/reply.h"
#include "gateway/services.h"
#include "gateway/site.h"
#include "gateway/worker.h"

enum { MAX_LISTENS = 16, TICK_MS = 1000, DRAIN_TICK_MS = 20 };

struct station { /* one worker with what stands on it */
    struct worker *worker;
    struct desk *desk;
    struct listener *listeners[MAX_LISTENS];
};

struct server {
    const struct server_options *options;
    struct services services;
    struct site *site;
    struct station *stations;
    unsigned station_count;
    struct listener_socket *sockets[MAX_LISTENS];
    struct listener_tls *tls[MAX_LISTENS];
    struct listener_socket *admin_socket;
    struct listener *admin_listener;
    bool engine_was_ready;
};

/* Of clients; the admin page's own are not among them. */
static uint64_t open_connections(const struct server *server)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < server->station_count; i++)
        for (size_t k = 0; k < MAX_LISTENS && server->stations[i].listeners[k] != NULL; k++)
            sum += listener_connections(server->stations[i].listeners[k]);
    return sum;
}

static void count_clients(const struct server *server, struct listener_counts *counts)
{
    *counts = (struct listener_counts){.accepted = 0};
    for (unsigned i = 0; i < server->station_count; i++)
        for (size_t k = 0; k < MAX_LISTENS && server->stations[i].listeners[k] != NULL; k++)
            listener_count(server->stations[i].listeners[k], counts);
}

/* ---- the admin pages, on the first worker ---- */

static void on_admin_request(void *ctx, struct http_exchange *exchange)
{
    struct server *server = ctx;
    struct admin_target targets[FACTS_MAX_TARGETS];
    struct listener_counts clients;
    const struct site *site = desk_site(server->stations[0].desk);
    const char *method = http_exchange_method(exchange);
    const char *path = http_exchange_path(exchange);
    struct admin_view view = {
        .metrics = server->services.metrics,
        .log = server->services.log,
        .clients = &clients,
        .targets = targets,
        .target_count = site_target_states(site, server->services.engine, targets),
        .policy_hash = policy_hash(site->policy),
        .uptime_ms = (uint64_t)(worker_clock_us() - server->services.started_us) / 1000,
        .started = atomic_load(&server->services.ready),
        .draining = atomic_load(&server->services.draining),
        .ratchet = server->services.ratchet,
        .placeholders = server->services.placeholders,
        .body = http_exchange_body(exchange),
        .content_type = http_exchange_header(exchange, "content-type"),
    };
    struct buf body = BUF_INIT;
    struct admin_reply reply;
    count_clients(server, &clients);
    metrics_set_load(server->services.metrics, clients.open,
                     atomic_load(&server->services.requests_in_flight));
    if (admin_handle(&view, method, strlen(method), path, strlen(path), &body, &reply) == 0)
        reply_simple(exchange, reply.status, reply.content_type, body.data, body.len);
    else
        reply_abort(exchange);
    buf_release(&body);
}

/* Its replies are whole at once: there is nothing to tell it later. */
static void on_admin_abort(void *user)
{
    (void)user;
}

/* ---- services ---- */

static void report(const char *event, const struct err *err)
{
    LOG(LOG_LEVEL_ERROR, "start_failed", LOG_NAME("what", event), LOG_ERR(err));
}

/* Signals are blocked until the gateway serves. */
static bool stop_is_asked(void *unused)
{
    sigset_t pending;
    (void)unused;
    return sigpending(&pending) == 0 &&
           (sigismember(&pending, SIGTERM) == 1 || sigismember(&pending, SIGINT) == 1);
}

static int open_engine(struct server *server, struct err *err)
{
    const struct config *config = server->site->config;
    bool needed = false;
    for (size_t i = 0; i < config->target_count; i++)
        needed = needed || (config->targets[i].kind == CONFIG_TARGET_ENGINE &&
                            config->targets[i].model_file == NULL);
    if (!needed)
        return 0;
    struct local_options options = site_engine_options(config);
    options.source =
        (struct engine_source){.path = config->engine.model, .sha256 = config->engine.sha256};
    options.source.stop = stop_is_asked;
    options.draft.path = config->engine.draft_model;
    options.room = server->services.room;
    if (config->engine.model == NULL)
        options.source.bytes = engine_builtin_chat(&options.source.size);
    return local_engine_new(&server->services.engine, &options, err);
}

static int open_classifiers(struct server *server, struct err *err)
{
    const struct config_classifiers *config = &server->site->config->classifiers;
    struct classify_pool_options options = {.threads = config->pool_threads,
                                            .queue = config->pool_queue_length,
                                            .cache_texts = config->cache_texts,
                                            .timeout_ms = config->timeout_ms};
    int rc = classifiers_new(&server->services.classifiers, err);
    if (rc == 0)
        rc = classify_pool_new(&options, server->services.classifiers, &server->services.pool, err);
    return rc;
}

static int open_log(struct server *server, struct err *err)
{
    const struct config_decision_log *config = &server->site->config->decision_log;
    struct decision_log_options options = {.path = config->path,
                                           .on_full = config->on_full == CONFIG_LOG_REFUSE
                                                          ? DECISION_ON_FULL_REFUSE
                                                          : DECISION_ON_FULL_COUNT,
                                           .capacity = config->queue_length};
    return config->path == NULL ? 0 : decision_log_open(&options, &server->services.log, err);
}

static int open_outcomes(struct server *server, struct err *err)
{
    const struct config_learning *config = &server->site->config->learning;
    return config->outcomes == NULL
               ? 0
               : outcomes_open(&server->services.outcomes, config->outcomes, config->waiting,
                               classifiers_complexity_hash(server->services.classifiers), err);
}

/* Told rather than refused: an update of the program must not keep the gateway from starting. */
static void reopen_outcomes(struct outcomes *outcomes)
{
    struct err err = {.code = ERR_NONE};
    if (outcomes != NULL && outcomes_reopen(outcomes, &err) != 0)
        LOG(LOG_LEVEL_ERROR, "outcomes_reopen_failed", LOG_ERR(&err));
}

static void check_correction(const struct server *server, const struct site *site)
{
    const struct services *services = &server->services;
    const struct learn_key *key =
        services->outcomes != NULL ? outcomes_key(services->outcomes) : NULL;
    if (site->correction != NULL && services->classifiers != NULL &&
        !correction_fits(site->correction, classifiers_complexity_hash(services->classifiers), key))
        LOG(LOG_LEVEL_WARN, "correction_ignored",
            LOG_NAME("remedy", "learn it again: it is for other weights or another key"));
}

static int open_ratchet(struct server *server, struct err *err)
{
    const struct config_ratchet *config = &server->site->config->ratchet;
    struct ratchet_options options = {.entries = config->entries,
                                      .lifetime_ms = config->lifetime_ms};
    return config->lifetime_ms == 0 ? 0 : ratchet_new(&options, &server->services.ratchet, err);
}

static int open_placeholders(struct server *server, struct err *err)
{
    const struct config_placeholders *config = &server->site->config->placeholders;
    struct placeholders_options options = {.conversations = config->conversations,
                                           .bytes = config->memory,
                                           .lifetime_ms = config->lifetime_ms};
    return config->lifetime_ms == 0
               ? 0
               : placeholders_new(&options, &server->services.placeholders, err);
}

static int load_site(struct server *server)
{
    struct problems problems = PROBLEMS_INIT;
    int rc = site_load(&server->site, server->options->config_path, NULL, server->services.metrics,
                       server->services.room, &problems);
    if (rc != 0)
        problems_print(&problems, stderr);
    else
        metrics_set_policy(server->services.metrics, policy_hash(server->site->policy));
    problems_release(&problems);
    return rc;
}

/* ---- listeners ---- */

/* The listener's spelling of an address, in which a unix socket is marked as one. */
static void address_text(const struct config_address *address, char *out, size_t size)
{
    bool v6 = address->path == NULL && strchr(address->host, ':') != NULL;
    if (address->path != NULL)
        (void)snprintf(out, size, "unix:%s", address->path);
    else
        (void)snprintf(out, size, v6 ? "[%s]:%u" : "%s:%u", address->host, address->port);
}

static int open_sockets(struct server *server, struct err *err)
{
    const struct config *config = server->site->config;
    char address[512];
    if (config->listen_count > MAX_LISTENS)
        return err_set(err, ERR_LIMIT, "more than %d listeners", MAX_LISTENS);
    for (size_t i = 0; i < config->listen_count; i++) {
        const struct config_listen *listen = &config->listens[i];
        address_text(&listen->address, address, sizeof(address));
        server->sockets[i] = listener_socket_open(address, err);
        if (server->sockets[i] == NULL)
            return err->code;
        if (listen->cert_file == NULL)
            continue;
        server->tls[i] = listener_tls_new(
            listen->cert_file, listen->key_file,
            listen->min_version == CONFIG_TLS_1_3 ? LISTENER_TLS_1_3 : LISTENER_TLS_1_2, err);
        if (server->tls[i] == NULL)
            return err->code;
    }
    address_text(&config->admin, address, sizeof(address));
    server->admin_socket = listener_socket_open(address, err);
    return server->admin_socket != NULL ? 0 : (int)err->code;
}

static struct listener_limits limits_of(const struct config_limits *config)
{
    struct listener_limits limits = LISTENER_LIMITS_DEFAULT;
    limits.request.header_bytes = (uint32_t)config->header_bytes;
    limits.request.header_count = config->header_count;
    limits.request.body_bytes = config->body_bytes;
    limits.connections = config->connections;
    limits.header_timeout_ms = config->header_timeout_ms;
    limits.body_timeout_ms = config->body_timeout_ms;
    limits.idle_timeout_ms = config->idle_timeout_ms;
    limits.write_timeout_ms = config->write_timeout_ms;
    return limits;
}

static int open_station(struct server *server, unsigned index, struct err *err)
{
    struct station *station = &server->stations[index];
    const struct config *config = server->site->config;
    struct listener_limits limits = limits_of(&config->limits);
    station->worker = worker_new(index, err);
    if (station->worker == NULL)
        return err->code;
    int rc = desk_new(&station->desk, station->worker, index, &server->services, server->site, err);
    if (rc != 0)
        return rc;
    struct listener_handler handler = {.on_request = desk_on_request,
                                       .on_abort = desk_on_abort,
                                       .on_drain = desk_on_drain,
                                       .ctx = station->desk};
    for (size_t i = 0; i < config->listen_count; i++) {
        station->listeners[i] = listener_start(station->worker, server->sockets[i], server->tls[i],
                                               &limits, &handler, err);
        if (station->listeners[i] == NULL)
            return err->code;
    }
    if (index != 0)
        return 0;
    struct listener_handler admin = {
        .on_request = on_admin_request, .on_abort = on_admin_abort, .ctx = server};
    server->admin_listener =
        listener_start(station->worker, server->admin_socket, NULL, &limits, &admin, err);
    return server->admin_listener != NULL ? 0 : (int)err->code;
}

static int start(struct server *server, struct err *err)
{
    server->stations = calloc(server->site->config->workers, sizeof(*server->stations));
    if (server->stations == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    server->station_count = server->site->config->workers;
    int rc = 0;
    for (unsigned i = 0; rc == 0 && i < server->station_count; i++)
        rc = open_station(server, i, err);
    for (unsigned i = 0; rc == 0 && i < server->station_count; i++)
        rc = worker_start(server->stations[i].worker, err);
    return rc;
}

/* ---- letting people know ---- */

static void print_url(const char *before, const struct listener_socket *socket, bool tls)
{
    const char *address = listener_socket_address(socket);
    if (strncmp(address, "unix:", 5) == 0)
        printf("%s%s", before, address);
    else
        printf("%s%s://%s", before, tls ? "https" : "http", address);
}

static void print_examples(const struct server *server)
{
    static const char *const prompts[][2] = {
        {"An easy question, answered in process:", "What is the capital of France?"},
        {"A diagnosis and an SSN, kept in process (see x-penstock-rule):",
         "Patient John Carter, SSN 536-22-8145, has stage II colon cancer. Draft a referral."},
        {"A hard question for the cloud (see x-penstock-fallback without a key or a line):",
         "Prove that every finite integral domain is a field, and say where finiteness is needed."},
    };
    printf("\nTry:\n");
    for (size_t i = 0; i < sizeof(prompts) / sizeof(*prompts); i++) {
        printf("\n# %s\ncurl -si ", prompts[i][0]);
        print_url("", server->sockets[0], server->tls[0] != NULL);
        printf(
            "/v1/chat/completions -H 'content-type: application/json' \\\n"
            "  -d '{\"model\":\"auto\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}'\n",
            prompts[i][1]);
    }
    printf("\n");
}

static void announce(const struct server *server)
{
    print_url("penstock ready: ", server->sockets[0], server->tls[0] != NULL);
    print_url(" (admin ", server->admin_socket, false);
    printf(")\n");
    for (size_t i = 1; i < server->site->config->listen_count; i++) {
        print_url("also on ", server->sockets[i], server->tls[i] != NULL);
        printf("\n");
    }
    if (server->options->examples)
        print_examples(server);
    (void)fflush(stdout);
    clearerr(stdout); /* nobody needs to hear it; how the gateway ended is another matter */
    LOG(LOG_LEVEL_INFO, "ready", LOG_NAME("listen", listener_socket_address(server->sockets[0])),
        LOG_NAME("policy", policy_hash(server->site->policy)),
        LOG_NUMBER("workers", server->station_count));
    notify_ready("serving");
}

static void update_gauges(const struct server *server)
{
    uint64_t now_ms = (uint64_t)worker_clock_us() / 1000;
    for (size_t i = 0; i < server->site->target_count; i++) {
        static const enum metrics_target_state states[] = {
            [BREAKER_CLOSED] = METRICS_TARGET_UP,
            [BREAKER_OPEN] = METRICS_TARGET_DOWN,
            [BREAKER_HALF_OPEN] = METRICS_TARGET_PROBING,
        };
        const struct site_target *target = &server->site->targets[i];
        enum metrics_target_state state = states[breaker_state(target->breaker, now_ms)];
        if (state == METRICS_TARGET_UP && !site_target_up(target, server->services.engine, now_ms))
            state = METRICS_TARGET_DOWN;
        metrics_set_target_state(server->services.metrics, target->metrics_id, state);
        const struct local_engine *engine =
            target->engine != NULL ? target->engine : server->services.engine;
        if (target->upstream == NULL && engine != NULL)
            metrics_set_model_state(server->services.metrics, target->metrics_id,
                                    (int)local_engine_state(engine));
    }
}

/* Once for each time, as it comes and as it goes. */
static void watch_engine(struct server *server)
{
    bool ready = server->services.engine == NULL || local_engine_ready(server->services.engine);
    if (ready && !server->engine_was_ready)
        LOG(LOG_LEVEL_INFO, "engine_ready");
    else if (!ready && server->engine_was_ready)
        LOG(LOG_LEVEL_ERROR, "engine_not_ready");
    server->engine_was_ready = ready;
}

/* ---- reload ---- */

struct site_message {
    struct inbox_message message;
    struct desk *desk;
    struct site *site; /* a reference of its own */
};

static void deliver_site(struct inbox_message *message)
{
    struct site_message *m = inbox_container_of(message, struct site_message, message);
    desk_set_site(m->desk, m->site);
    site_unref(m->site);
    free(m);
}

/* All workers or none: the messages are made before the first one is sent. */
static int hand_out(struct server *server, struct site *site)
{
    struct site_message **messages = calloc(server->station_count, sizeof(struct site_message *));
    int rc = messages != NULL ? 0 : ERR_MEMORY;
    for (unsigned i = 0; rc == 0 && i < server->station_count; i++) {
        messages[i] = calloc(1, sizeof(*messages[i]));
        if (messages[i] == NULL)
            rc = ERR_MEMORY;
    }
    for (unsigned i = 0; messages != NULL && i < server->station_count; i++) {
        if (rc != 0) {
            free(messages[i]);
            continue;
        }
        messages[i]->message.run = deliver_site;
        messages[i]->desk = server->stations[i].desk;
        messages[i]->site = site_ref(site);
        worker_post(server->stations[i].worker, &messages[i]->message);
    }
    free(messages);
    return rc;
}

static void reload_certificates(struct server *server)
{
    const struct config *config = server->site->config;
    for (size_t i = 0; i < config->listen_count; i++) {
        struct err err;
        if (server->tls[i] != NULL &&
            listener_tls_reload(server->tls[i], config->listens[i].cert_file,
                                config->listens[i].key_file, &err) != 0)
            LOG(LOG_LEVEL_ERROR, "certificate_kept", LOG_ERR(&err));
    }
}

static void reload(struct server *server)
{
    struct problems problems = PROBLEMS_INIT;
    struct site *next;
    notify_reloading();
    if (server->services.log != NULL)
        decision_log_reopen(server->services.log);
    reopen_outcomes(server->services.outcomes);
    int rc = site_load(&next, server->options->config_path, server->site, server->services.metrics,
                       server->services.room, &problems);
    const char *key = rc == 0 ? config_needs_restart(server->site->config, next->config) : NULL;
    if (key != NULL) {
        problems_add(&problems, server->options->config_path, 0, key, "needs a restart to change");
        site_unref(next);
        rc = ERR_BAD_STATE;
    }
    if (rc == 0 && hand_out(server, next) != 0) {
        problems_add(&problems, server->options->config_path, 0, "", "out of memory");
        site_unref(next);
        rc = ERR_MEMORY;
    }
    if (rc == 0) {
        site_unref(server->site);
        server->site = next;
        metrics_set_policy(server->services.metrics, policy_hash(next->policy));
        check_correction(server, next);
        LOG(LOG_LEVEL_INFO, "reloaded", LOG_NAME("policy", policy_hash(next->policy)));
    } else {
        problems_print(&problems, stderr);
        LOG(LOG_LEVEL_ERROR, "reload_refused", LOG_NUMBER("problems", problems_count(&problems)));
    }
    reload_certificates(server);
    metrics_count_reload(server->services.metrics, rc == 0);
    problems_release(&problems);
    notify_ready("serving");
}

/* ---- drain and stop ---- */

struct stop_message {
    struct inbox_message message;
    struct station *station;
};

static void stop_accepting(struct inbox_message *message)
{
    struct stop_message *m = inbox_container_of(message, struct stop_message, message);
    for (size_t i = 0; i < MAX_LISTENS && m->station->listeners[i] != NULL; i++)
        listener_stop_accepting(m->station->listeners[i]);
    free(m);
}

static uint64_t under_way(const struct server *server)
{
    uint64_t sum = open_connections(server);
    for (unsigned i = 0; i < server->station_count; i++)
        sum += desk_load(server->stations[i].desk);
    return sum;
}

/* A second signal ends it at once: whoever sends one does not want to wait. */
static void drain(struct server *server, const sigset_t *signals)
{
    int64_t until = worker_clock_us() + (int64_t)server->site->config->drain_ms * 1000;
    notify_stopping();
    atomic_store(&server->services.draining, true);
    LOG(LOG_LEVEL_INFO, "draining", LOG_NUMBER("under_way", under_way(server)));
    for (unsigned i = 0; i < server->station_count; i++) {
        struct stop_message *m = calloc(1, sizeof(*m));
        if (m == NULL)
            break; /* what arrives meanwhile is answered with 503 */
        m->message.run = stop_accepting;
        m->station = &server->stations[i];
        worker_post(m->station->worker, &m->message);
    }
    const struct timespec tick = {.tv_nsec = DRAIN_TICK_MS * 1000000L};
    int signal;
    do
        signal = sigtimedwait(signals, NULL, &tick);
    while (signal != SIGTERM && signal != SIGINT && under_way(server) != 0 &&
           worker_clock_us() < until);
    uint64_t left = under_way(server);
    if (left != 0)
        LOG(LOG_LEVEL_WARN, "drain_cut_short", LOG_NUMBER("cut", left));
}

/* Nothing comes from them any more; what they had is freed with the sites. */
static void end_engines(struct server *server)
{
    for (size_t i = 0; server->site != NULL && i < server->site->target_count; i++)
        if (server->site->targets[i].engine != NULL)
            local_engine_end(server->site->targets[i].engine);
    if (server->services.room != NULL)
        local_room_reap(server->services.room, true);
    local_engine_free(server->services.engine);
}

/* In the order of dependence: whoever may still be told something goes last. */
static void stop(struct server *server)
{
    for (unsigned i = 0; i < server->station_count; i++) {
        if (server->stations[i].worker == NULL)
            continue;
        worker_stop(server->stations[i].worker);
        worker_join(server->stations[i].worker);
    }
    listener_free(server->admin_listener);
    for (unsigned i = 0; i < server->station_count; i++)
        for (size_t k = 0; k < MAX_LISTENS; k++)
            listener_free(server->stations[i].listeners[k]);
    if (server->services.pool != NULL)
        classify_pool_free(server->services.pool);
    end_engines(server);
    for (unsigned i = 0; i < server->station_count; i++) {
        struct station *station = &server->stations[i];
        if (station->worker == NULL)
            continue;
        worker_join(station->worker); /* runs what the services still sent */
        desk_free(station->desk);
        worker_free(station->worker);
    }
    free(server->stations);
    for (size_t i = 0; i < MAX_LISTENS; i++) {
        listener_socket_close(server->sockets[i]);
        listener_tls_free(server->tls[i]);
    }
    listener_socket_close(server->admin_socket);
    site_unref(server->site);
    if (server->services.room != NULL)
        local_room_reap(server->services.room, true);
    local_room_free(server->services.room);
    if (server->services.classifiers != NULL)
        classifiers_free(server->services.classifiers);
    if (server->services.log != NULL && decision_log_close(server->services.log) != 0)
        LOG(LOG_LEVEL_ERROR, "decision_records_lost");
    outcomes_close(server->services.outcomes);
    ratchet_free(server->services.ratchet);
    placeholders_free(server->services.placeholders);
    if (server->services.metrics != NULL)
        metrics_free(server->services.metrics);
}

/* ---- the main loop ---- */

static void serve(struct server *server, const sigset_t *signals)
{
    const struct timespec tick = {.tv_sec = TICK_MS / 1000};
    for (;;) {
        int signal = sigtimedwait(signals, NULL, &tick);
        if (signal == SIGHUP)
            reload(server);
        else if (signal == SIGTERM || signal == SIGINT)
            return;
        update_gauges(server);
        if (server->services.placeholders != NULL)
            placeholders_expire(server->services.placeholders, (uint64_t)worker_clock_us() / 1000);
        watch_engine(server);
        local_room_reap(server->services.room, false);
        notify_watchdog();
    }
}

/* Crash files hold memory, and memory holds what people said. */
static void forbid_core_dumps(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
}

/*
 * A large prompt passes through buffers of megabytes. Given back to the kernel each time, they cost
 * more in page faults than all work on them: let each thread's heap keep some.
 */
static void keep_freed_memory(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

/* A connection is a descriptor, and the usual soft limit is a tenth of the connections allowed. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

enum server_exit server_run(const struct server_options *options)
{
    struct server server = {.options = options, .engine_was_ready = true};
    struct err err = {.code = ERR_NONE};
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is an error of write, not the end */
    forbid_core_dumps();
    raise_descriptor_limit();
    keep_freed_memory();
    notify_init();
    server.services.started_us = worker_clock_us();

    const char *what = "metrics";
    enum { SHARDS = 65 }; /* most workers there can be, and the main thread */
    int rc = metrics_new(SHARDS, &server.services.metrics, &err);
    if (rc == 0) {
        what = "engine";
        rc = local_room_new(&server.services.room);
    }
    if (rc == 0) {
        what = NULL;
        rc = load_site(&server);
    }
    if (rc == 0) {
        what = "listen";
        rc = open_sockets(&server, &err);
    }
    if (rc == 0) {
        what = "decision log";
        rc = open_log(&server, &err);
    }
    if (rc == 0) {
        what = "classifiers";
        rc = open_classifiers(&server, &err);
    }
    if (rc == 0) {
        what = "outcomes";
        rc = open_outcomes(&server, &err);
    }
    if (rc == 0) {
        check_correction(&server, server.site);
        what = "ratchet";
        rc = open_ratchet(&server, &err);
        if (rc == 0)
            rc = open_placeholders(&server, &err);
    }
    if (rc == 0) {
        what = "engine";
        rc = open_engine(&server, &err);
    }
    if (rc == 0) {
        what = "workers";
        rc = start(&server, &err);
    }
    if (rc == 0) {
        atomic_store(&server.services.ready, true);
        announce(&server);
        serve(&server, &signals);
        drain(&server, &signals);
    } else if (stop_is_asked(NULL)) {
        rc = 0; /* before it served */
    } else if (what != NULL) {
        report(what, &err);
    }
    stop(&server);
    notify_release();
    return rc == 0 ? SERVER_EXIT_OK : SERVER_EXIT_FAILED;
}
