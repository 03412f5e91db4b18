#include "gateway/metrics.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/metrics_internal.h"

static atomic_uint_fast64_t *request_cell(struct metrics_shard *s, unsigned route,
                                          unsigned placement, unsigned outcome)
{
    return &s->requests[route][placement][outcome];
}

static void count(atomic_uint_fast64_t *cell, uint64_t by)
{
    atomic_fetch_add_explicit(cell, by, memory_order_relaxed);
}

/* Buckets hold their own observations only; they are summed up when rendered. */
static void observe(struct metrics_histogram *h, const struct metrics_buckets *buckets,
                    uint64_t value)
{
    unsigned i = 0;
    while (i < buckets->count && value > buckets->bounds[i])
        i++;
    count(&h->cells[i], 1);
    count(&h->sum, value);
}

static const uint64_t overhead_bounds[] = {50,     100,    200,     300,    500,   750,
                                           1000,   2000,   5000,    10000,  25000, 50000,
                                           100000, 250000, 1000000, 5000000};
static const uint64_t duration_bounds[] = {10000,    20000,    40000,    80000,   160000,
                                           320000,   640000,   1280000,  2560000, 5120000,
                                           10240000, 20480000, 40960000, 81920000};
static const uint64_t first_token_bounds[] = {1000,    5000,    10000,   20000,   40000,  60000,
                                              80000,   100000,  250000,  500000,  750000, 1000000,
                                              2500000, 5000000, 7500000, 10000000};
static const uint64_t token_bounds[] = {1,     4,     16,     64,      256,     1024,     4096,
                                        16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864};

#define BUCKETS(table, scale)                                                                      \
    {                                                                                              \
        (table), sizeof(table) / sizeof((table)[0]), (scale)                                       \
    }
const struct metrics_buckets metrics_overhead_buckets = BUCKETS(overhead_bounds, 1000000);
const struct metrics_buckets metrics_duration_buckets = BUCKETS(duration_bounds, 1000000);
const struct metrics_buckets metrics_first_token_buckets = BUCKETS(first_token_bounds, 1000000);
const struct metrics_buckets metrics_token_buckets = BUCKETS(token_bounds, 1);

static struct metrics_shard *shard_of(struct metrics *m, unsigned shard)
{
    return m->shards[shard < m->shard_count ? shard : m->shard_count - 1];
}

int metrics_new(unsigned shards, struct metrics **out, struct err *err)
{
    *out = NULL;
    struct metrics *m = calloc(1, sizeof(*m));
    if (m == NULL)
        return err_set(err, ERR_MEMORY, "out of memory for metrics");
    if (pthread_mutex_init(&m->lock, NULL) != 0) {
        free(m);
        return err_set(err, ERR_MEMORY, "out of memory for metrics");
    }
    m->shard_count = shards != 0 ? shards : 1;
    m->shards = calloc(m->shard_count, sizeof(struct metrics_shard *));
    for (unsigned i = 0; m->shards != NULL && i < m->shard_count; i++) {
        /* Mostly zeroes that are never touched: calloc leaves those pages to the kernel. */
        m->shards[i] = calloc(1, sizeof(*m->shards[i]));
        if (m->shards[i] == NULL) {
            metrics_free(m);
            return err_set(err, ERR_MEMORY, "out of memory for metrics");
        }
    }
    if (m->shards == NULL) {
        metrics_free(m);
        return err_set(err, ERR_MEMORY, "out of memory for metrics");
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    m->start_time = (double)now.tv_sec + (double)now.tv_nsec / 1e9;
    (void)metrics_route_id(m, "none");
    (void)metrics_route_id(m, "overflow");
    (void)metrics_target_id(m, "none");
    (void)metrics_target_id(m, "overflow");
    *out = m;
    return 0;
}

static void names_release(struct metrics_names *names)
{
    for (unsigned i = 0; i < atomic_load(&names->count); i++)
        free(names->text[i]);
}

void metrics_free(struct metrics *m)
{
    if (m == NULL)
        return;
    names_release(&m->routes);
    names_release(&m->targets);
    for (unsigned i = 0; m->shards != NULL && i < m->shard_count; i++)
        free(m->shards[i]);
    free(m->shards);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

/* ---- names ---- */

static uint16_t name_id(struct metrics *m, struct metrics_names *names, unsigned limit,
                        const char *name)
{
    uint16_t id = METRICS_OVERFLOW;
    pthread_mutex_lock(&m->lock);
    unsigned n = atomic_load(&names->count);
    for (unsigned i = 0; i < n; i++) {
        if (strcmp(names->text[i], name) == 0) {
            id = (uint16_t)i;
            goto out;
        }
    }
    if (n < limit) {
        names->text[n] = strdup(name);
        if (names->text[n] != NULL) {
            id = (uint16_t)n;
            /* Released after the text: a reader that sees the count sees the name. */
            atomic_store_explicit(&names->count, n + 1, memory_order_release);
        }
    }
out:
    pthread_mutex_unlock(&m->lock);
    return id;
}

uint16_t metrics_route_id(struct metrics *m, const char *route)
{
    return name_id(m, &m->routes, METRICS_ROUTES, route);
}

uint16_t metrics_target_id(struct metrics *m, const char *target)
{
    return name_id(m, &m->targets, METRICS_TARGETS, target);
}

void metrics_set_policy(struct metrics *m, const char *hash)
{
    pthread_mutex_lock(&m->lock);
    decision_name_set(m->policy_hash, sizeof(m->policy_hash), hash);
    pthread_mutex_unlock(&m->lock);
}

/* ---- counting ---- */

static unsigned target_in_range(unsigned id)
{
    return id < METRICS_TARGETS ? id : METRICS_OVERFLOW;
}

static enum metrics_pii_action pii_action(const struct decision_record *record)
{
    for (unsigned i = 0; i < record->try_count; i++)
        if (record->tries[i].placement == PLACEMENT_CLOUD)
            return METRICS_PII_FORWARDED;
    return record->try_count != 0 ? METRICS_PII_KEPT : METRICS_PII_BLOCKED;
}

/* An entity that was edited out of what a target got. */
static enum metrics_pii_action pii_action_for(const struct decision_record *record, unsigned type)
{
    bool edited = false;
    if (!record->pii_actions || record->redaction != DECISION_REDACTION_DONE)
        return pii_action(record);
    enum pii_action action = (enum pii_action)record->pii_action[type];
    for (unsigned i = 0; i < record->try_count; i++)
        edited = edited || record->tries[i].placement >= record->edit_for;
    if (edited && action == PII_ACTION_REDACT)
        return METRICS_PII_REDACTED;
    if (edited && action == PII_ACTION_MASK)
        return METRICS_PII_MASKED;
    return pii_action(record);
}

static void count_classification(struct metrics_shard *s, const struct decision_record *record)
{
    if (!record->classified)
        return;
    if (record->classifiers.pii_us != 0)
        observe(&s->classifiers[METRICS_CLASSIFIER_PII], &metrics_overhead_buckets,
                record->classifiers.pii_us);
    if (record->classifiers.complexity_us != 0)
        observe(&s->classifiers[METRICS_CLASSIFIER_COMPLEXITY], &metrics_overhead_buckets,
                record->classifiers.complexity_us);
    count(&s->cache[0], record->classifiers.cache_misses);
    count(&s->cache[1], record->classifiers.cache_hits);
    for (unsigned i = 0; record->scanned && i < PII_TYPE_COUNT; i++)
        if (record->pii.count[i] != 0)
            count(&s->pii[i][pii_action_for(record, i)], record->pii.count[i]);
}

/* A try that failed hands over to the next one, or to nobody. */
static void count_fallbacks(struct metrics_shard *s, const struct decision_record *record)
{
    for (unsigned i = 0; i < record->try_count; i++) {
        const struct decision_try *one = &record->tries[i];
        unsigned outcome = (unsigned)one->outcome;
        bool last = i + 1u == record->try_count;
        if (one->outcome == BACKEND_OK || one->outcome == BACKEND_CANCELLED ||
            outcome >= BACKEND_OUTCOME_COUNT)
            continue;
        unsigned to = last ? METRICS_NONE : target_in_range(record->tries[i + 1].metrics_id);
        count(&s->fallbacks[target_in_range(one->metrics_id)][to][outcome], 1);
    }
}

void metrics_count_record(struct metrics *m, unsigned shard, const struct decision_record *record,
                          uint16_t route)
{
    struct metrics_shard *s = shard_of(m, shard);
    unsigned placement = record->answered ? (unsigned)record->placement : PLACEMENT_COUNT;
    count(request_cell(s, route < METRICS_ROUTES ? route : METRICS_OVERFLOW, placement,
                       (unsigned)record->outcome),
          1);
    if (record->decided && record->decide_us != 0)
        observe(&s->overhead, &metrics_overhead_buckets, record->decide_us);
    count_classification(s, record);
    for (unsigned i = 0; record->reply_scanned && i < PII_TYPE_COUNT; i++)
        if (record->reply_pii[i] != 0)
            count(&s->reply_pii[i], record->reply_pii[i]);
    if (record->held)
        count(&s->held, 1);
    count_fallbacks(s, record);
    if (!record->answered || record->try_count == 0)
        return;
    unsigned target = target_in_range(record->tries[record->try_count - 1].metrics_id);
    observe(&s->durations[target], &metrics_duration_buckets, record->total_us);
    if (record->first_byte_us != 0)
        observe(&s->first_tokens[target], &metrics_first_token_buckets, record->first_byte_us);
    if (record->prompt_tokens != 0)
        observe(&s->tokens[target][0], &metrics_token_buckets, record->prompt_tokens);
    if (record->completion_tokens != 0)
        observe(&s->tokens[target][1], &metrics_token_buckets, record->completion_tokens);
}

void metrics_set_load(struct metrics *m, uint64_t connections, uint64_t requests)
{
    atomic_store(&m->connections, connections);
    atomic_store(&m->requests_in_flight, requests);
}

void metrics_set_target_state(struct metrics *m, uint16_t target, enum metrics_target_state state)
{
    if (target < METRICS_TARGETS)
        atomic_store(&m->target_state[target], (int)state + 1);
}

void metrics_set_model_state(struct metrics *m, uint16_t target, int state)
{
    if (target < METRICS_TARGETS)
        atomic_store(&m->model_state[target], state + 1);
}

void metrics_count_reload(struct metrics *m, bool accepted)
{
    count(&m->reloads[accepted ? 1 : 0], 1);
}

void metrics_count_log_refusal(struct metrics *m, unsigned shard)
{
    count(&shard_of(m, shard)->log_refusals, 1);
}
