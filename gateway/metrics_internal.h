/* metrics_internal.h - what metrics.c counts in and metrics_render.c reads. Nobody else's. */
#ifndef PENSTOCK_METRICS_INTERNAL_H
#define PENSTOCK_METRICS_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/backend.h"
#include "gateway/metrics.h"

enum { METRICS_BUCKETS = 16 };

struct metrics_buckets {
    const uint64_t *bounds; /* upper bounds, in 1/scale of the unit that is shown */
    unsigned count;         /* at most METRICS_BUCKETS; one more is +Inf */
    unsigned scale;
};
extern const struct metrics_buckets metrics_overhead_buckets, metrics_duration_buckets,
    metrics_first_token_buckets, metrics_token_buckets;

struct metrics_histogram {
    atomic_uint_fast64_t cells[METRICS_BUCKETS + 1];
    atomic_uint_fast64_t sum;
};

/* One thread writes, any reads: the atomics are for the readers and cost next to nothing. */
struct metrics_shard {
    atomic_uint_fast64_t requests[METRICS_ROUTES][PLACEMENT_COUNT + 1][DECISION_OUTCOME_COUNT];
    atomic_uint_fast64_t pii[PII_TYPE_COUNT][METRICS_PII_ACTION_COUNT];
    atomic_uint_fast64_t fallbacks[METRICS_TARGETS][METRICS_TARGETS][BACKEND_OUTCOME_COUNT];
    struct metrics_histogram overhead, classifiers[METRICS_CLASSIFIER_COUNT];
    struct metrics_histogram durations[METRICS_TARGETS], first_tokens[METRICS_TARGETS];
    struct metrics_histogram tokens[METRICS_TARGETS][2]; /* input, output */
    atomic_uint_fast64_t log_refusals;
    atomic_uint_fast64_t reply_pii[PII_TYPE_COUNT]; /* in answers */
    atomic_uint_fast64_t cache[2];                  /* texts: scanned, known from before */
    atomic_uint_fast64_t held;                      /* requests that earlier turns raised */
};

/* Append only, so that an id is good for ever; sized for the larger of the two tables. */
struct metrics_names {
    char *text[METRICS_ROUTES];
    atomic_uint count;
};

struct metrics {
    pthread_mutex_t lock; /* of names (writers) and policy_hash */
    struct metrics_names routes, targets;
    char policy_hash[HASH_HEX_SIZE];
    atomic_int target_state[METRICS_TARGETS]; /* a metrics_target_state plus one; 0: never set */
    atomic_int model_state[METRICS_TARGETS];  /* an enum local_state plus one; likewise */
    atomic_uint_fast64_t reloads[2];          /* rejected, accepted */
    atomic_uint_fast64_t connections, requests_in_flight;
    double start_time;
    unsigned shard_count;
    struct metrics_shard **shards;
};

#endif
