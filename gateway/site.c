#include "gateway/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/config_load.h"
#include "gateway/local_room.h"
#include "gateway/worker.h"

/* A breaker outlives the generation that made it while a later one goes on with it. */
struct site_breaker {
    struct breaker *breaker;
    struct breaker_options options;
    atomic_uint refs;
};

static void shared_unref(struct site_breaker *shared)
{
    if (shared != NULL && atomic_fetch_sub(&shared->refs, 1) == 1) {
        breaker_free(shared->breaker);
        free(shared);
    }
}

/* Likewise an engine. */
struct site_engine {
    struct local_engine *engine;
    struct local_room *room;
    char *file, *sha256, *draft; /* NULL for none, but for the file */
    size_t kv_bytes;
    atomic_uint refs;
};

static void engine_unref(struct site_engine *shared)
{
    if (shared == NULL || atomic_fetch_sub(&shared->refs, 1) != 1)
        return;
    if (shared->engine != NULL)
        local_room_retire(shared->room, shared->engine);
    free(shared->file);
    free(shared->sha256);
    free(shared->draft);
    free(shared);
}

static struct breaker_options options_of(const struct config_target *target)
{
    return (struct breaker_options){.failures = target->breaker_failures,
                                    .window = target->breaker_window,
                                    .failure_percent = target->breaker_failure_percent,
                                    .open_ms = target->breaker_open_ms,
                                    .open_max_ms = target->breaker_open_max_ms,
                                    .max_in_flight = target->max_in_flight,
                                    .seed = (uint64_t)worker_clock_us()};
}

static bool same_options(struct breaker_options a, struct breaker_options b)
{
    return a.failures == b.failures && a.window == b.window &&
           a.failure_percent == b.failure_percent && a.open_ms == b.open_ms &&
           a.open_max_ms == b.open_max_ms && a.max_in_flight == b.max_in_flight;
}

static struct site_breaker *shared_breaker(const struct config_target *target,
                                           const struct site *previous)
{
    struct breaker_options options = options_of(target);
    for (size_t i = 0; previous != NULL && i < previous->target_count; i++) {
        const struct site_target *old = &previous->targets[i];
        if (strcmp(old->config->name, target->name) == 0 &&
            same_options(old->_shared->options, options)) {
            atomic_fetch_add(&old->_shared->refs, 1);
            return old->_shared;
        }
    }
    struct site_breaker *shared = calloc(1, sizeof(*shared));
    if (shared == NULL)
        return NULL;
    shared->options = options;
    atomic_init(&shared->refs, 1);
    shared->breaker = breaker_new(&options);
    if (shared->breaker == NULL) {
        free(shared);
        return NULL;
    }
    return shared;
}

static int open_upstream(struct site_target *target, struct err *err)
{
    const struct config_target *c = target->config;
    struct upstream_options options = {
        .name = c->name,
        .model = c->model,
        .url = c->url,
        .api_key = c->api_key,
        .wants_key = c->wants_key,
        .ca_file = c->ca_file,
        .http2 = c->http2,
        .connect_timeout_ms = c->connect_timeout_ms,
        .first_byte_timeout_ms = c->first_byte_timeout_ms,
        .idle_timeout_ms = c->idle_timeout_ms,
        .total_timeout_ms = c->total_timeout_ms,
    };
    return upstream_target_new(&target->upstream, &options, err);
}

struct local_options site_engine_options(const struct config *config)
{
    const struct config_engine *e = &config->engine;
    return (struct local_options){
        .session = {.threads = e->threads,
                    .max_sequences = e->max_sequences,
                    .context_length = e->context_length,
                    .kv_bytes_limit = e->kv_bytes,
                    .kv_type = e->kv_type == CONFIG_KV_Q8_0 ? ENGINE_KV_Q8_0 : ENGINE_KV_F16,
                    .prefix_cache = e->prefix_cache != CONFIG_PREFIX_OFF,
                    .lookup_tokens = e->lookup_tokens,
                    .draft_tokens = e->draft_tokens,
                    .step_ms = e->step_ms},
        .queue_length = e->queue_length,
        .queue_wait_ms = e->queue_wait_ms,
        .stuck_ms = e->stuck_ms,
        .context_shift = e->context_shift,
        .context_keep = e->context_keep,
        .default_max_tokens = e->max_tokens,
    };
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* One that failed is made anew: its file may hold another model now. */
static struct site_engine *known_engine(const struct config_target *target, size_t kv_bytes,
                                        const struct site *previous)
{
    for (size_t i = 0; previous != NULL && i < previous->target_count; i++) {
        struct site_engine *old = previous->targets[i]._engine;
        if (old != NULL && local_engine_state(old->engine) != LOCAL_FAILED &&
            strcmp(previous->targets[i].config->name, target->name) == 0 &&
            strcmp(old->file, target->model_file) == 0 && same_text(old->sha256, target->sha256) &&
            same_text(old->draft, target->draft_model) && old->kv_bytes == kv_bytes) {
            atomic_fetch_add(&old->refs, 1);
            return old;
        }
    }
    return NULL;
}

static int open_engine(struct site *site, struct site_target *target, const struct site *previous,
                       struct err *err)
{
    const struct config_target *c = target->config;
    struct local_options options = site_engine_options(site->config);
    if (c->kv_bytes != 0)
        options.session.kv_bytes_limit = c->kv_bytes;
    target->_engine = known_engine(c, options.session.kv_bytes_limit, previous);
    if (target->_engine != NULL) {
        target->engine = target->_engine->engine;
        return 0;
    }
    struct site_engine *shared = target->_engine = calloc(1, sizeof(*shared));
    if (shared == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    atomic_init(&shared->refs, 1);
    shared->room = site->room;
    shared->kv_bytes = options.session.kv_bytes_limit;
    shared->file = strdup(c->model_file);
    shared->sha256 = c->sha256 != NULL ? strdup(c->sha256) : NULL;
    shared->draft = c->draft_model != NULL ? strdup(c->draft_model) : NULL;
    if (shared->file == NULL || (c->sha256 != NULL && shared->sha256 == NULL) ||
        (c->draft_model != NULL && shared->draft == NULL))
        return err_set(err, ERR_MEMORY, "out of memory");
    options.source = (struct engine_source){.path = c->model_file, .sha256 = c->sha256};
    options.draft.path = c->draft_model;
    options.name = c->name;
    options.room = site->room;
    options.on_demand = true;
    int rc = local_engine_new(&shared->engine, &options, err);
    target->engine = shared->engine;
    return rc;
}

static int open_targets(struct site *site, const struct site *previous, struct metrics *metrics,
                        struct problems *problems)
{
    const struct config *config = site->config;
    int result = 0;
    site->targets = calloc(config->target_count, sizeof(*site->targets));
    if (site->targets == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < config->target_count; i++) {
        struct site_target *target = &site->targets[site->target_count++];
        target->config = &config->targets[i];
        target->metrics_id = metrics_target_id(metrics, target->config->name);
        target->_shared = shared_breaker(target->config, previous);
        if (target->_shared == NULL)
            return ERR_MEMORY;
        target->breaker = target->_shared->breaker;
        struct err err;
        int rc = 0;
        if (target->config->kind == CONFIG_TARGET_OPENAI)
            rc = open_upstream(target, &err);
        else if (target->config->model_file != NULL)
            rc = open_engine(site, target, previous, &err);
        if (rc != 0) {
            problems_add(problems, config->file, target->config->line, target->config->name, "%s",
                         err.text);
            result = ERR_SYNTAX;
        }
    }
    return result;
}

/* A correction that was not learned yet is no mistake; one that cannot be read is. */
static int load_correction(struct site *site, struct problems *problems)
{
    const char *path = site->config->learning.correction;
    struct err err;
    if (path == NULL || (access(path, F_OK) != 0 && errno == ENOENT))
        return 0;
    site->correction = malloc(sizeof(*site->correction));
    if (site->correction == NULL)
        return ERR_MEMORY;
    int rc = correction_load(site->correction, path, &err);
    if (rc != 0)
        problems_add(problems, site->config->file, 0, "learning.correction", "%s", err.text);
    return rc;
}

static int fill(struct site *site, const char *path, const struct site *previous,
                struct metrics *metrics, struct problems *problems)
{
    int rc = config_load_all(path, &site->config, &site->policy, problems);
    if (rc != 0)
        return rc;
    struct identity_options identity = {
        .keys_file = site->config->identity.keys_file,
        .anonymous = site->config->identity.mode == CONFIG_IDENTITY_ANONYMOUS,
    };
    rc = identity_set_load(&identity, &site->identities, problems);
    if (previous == NULL)
        local_room_set_limit(site->room, site->config->engine.models_bytes);
    int targets = open_targets(site, previous, metrics, problems);
    int correction = load_correction(site, problems);
    if (rc == 0)
        rc = targets != 0 ? targets : correction;
    size_t rules = policy_rule_count(site->policy);
    if (rc != 0)
        return rc;
    site->route_ids = calloc(rules, sizeof(*site->route_ids));
    if (site->route_ids == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < rules; i++)
        site->route_ids[i] = metrics_route_id(metrics, policy_rule_name(site->policy, i));
    return 0;
}

int site_load(struct site **out, const char *path, const struct site *previous,
              struct metrics *metrics, struct local_room *room, struct problems *problems)
{
    *out = NULL;
    struct site *site = calloc(1, sizeof(*site));
    if (site == NULL) {
        problems_add(problems, path, 0, "", "out of memory");
        return ERR_MEMORY;
    }
    atomic_init(&site->_refs, 1);
    site->room = room;
    int rc = fill(site, path, previous, metrics, problems);
    if (rc != 0) {
        if (problems_count(problems) == 0)
            problems_add(problems, path, 0, "", "out of memory");
        site_unref(site);
        return rc;
    }
    *out = site;
    return 0;
}

struct site *site_ref(struct site *site)
{
    atomic_fetch_add(&site->_refs, 1);
    return site;
}

void site_unref(struct site *site)
{
    if (site == NULL || atomic_fetch_sub(&site->_refs, 1) != 1)
        return;
    for (size_t i = 0; i < site->target_count; i++) {
        upstream_target_free(site->targets[i].upstream);
        shared_unref(site->targets[i]._shared);
        engine_unref(site->targets[i]._engine);
    }
    free(site->targets);
    free(site->route_ids);
    identity_set_unref(site->identities);
    free(site->correction);
    policy_unref(site->policy);
    config_unref(site->config);
    free(site);
}

bool site_target_up(const struct site_target *target, const struct local_engine *engine,
                    uint64_t now_ms)
{
    if (target->engine != NULL)
        engine = target->engine;
    bool ready = target->upstream != NULL || engine == NULL || local_engine_ready(engine);
    return ready && breaker_up(target->breaker, now_ms);
}

static void describe_model(struct local_engine *engine, struct admin_target *out)
{
    struct local_counts counts;
    local_engine_counts(engine, &counts);
    out->model = local_state_name(local_engine_state(engine));
    out->model_bytes = counts.memory.weights + counts.memory.kv + counts.memory.scratch;
    out->answering = counts.running;
    out->waiting = counts.waiting;
}

size_t site_target_states(const struct site *site, struct local_engine *engine,
                          struct admin_target *out)
{
    uint64_t now_ms = (uint64_t)worker_clock_us() / 1000;
    for (size_t i = 0; i < site->target_count; i++) {
        const struct site_target *target = &site->targets[i];
        out[i] = (struct admin_target){.name = target->config->name,
                                       .placement = target->config->placement,
                                       .up = site_target_up(target, engine, now_ms)};
        if (target->upstream == NULL && (target->engine != NULL || engine != NULL))
            describe_model(target->engine != NULL ? target->engine : engine, &out[i]);
    }
    return site->target_count;
}
