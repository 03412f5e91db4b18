/*
 * metrics.h - counters, gauges and histograms, and their Prometheus text form (0.0.4).
 *
 * Each worker counts in a shard of its own, so that no cache line is shared on a request's way;
 * rendering adds the shards up. Label values are numbers in enumerations or names that were
 * registered when a configuration was loaded: nothing that a client sends can become one.
 *
 * Names are registered from the main thread and never forgotten, so that an id stays valid over
 * reloads; a table that is full answers with the id of "overflow".
 */
#ifndef PENSTOCK_METRICS_H
#define PENSTOCK_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/decision_log.h"

enum {
    METRICS_ROUTES = 320, /* ids of each kind, "none" and "overflow" among them */
    METRICS_TARGETS = 48,
    METRICS_NONE = 0,    /* label "none": no route was chosen, no target answered */
    METRICS_OVERFLOW = 1 /* label "overflow" */
};

enum metrics_classifier {
    METRICS_CLASSIFIER_PII,
    METRICS_CLASSIFIER_COMPLEXITY,
    METRICS_CLASSIFIER_COUNT
};
/* What became of a request in which an entity of that type was found. */
enum metrics_pii_action {
    METRICS_PII_KEPT,      /* only targets in process or on the premises were asked */
    METRICS_PII_FORWARDED, /* a cloud target was asked, whatever came of it */
    METRICS_PII_BLOCKED,   /* no target was asked */
    METRICS_PII_REDACTED,  /* a target was asked with placeholders in its stead */
    METRICS_PII_MASKED,    /* likewise, for good */
    METRICS_PII_ACTION_COUNT
};
enum metrics_target_state {
    METRICS_TARGET_DOWN = 0, /* circuit open */
    METRICS_TARGET_UP = 1,
    METRICS_TARGET_PROBING = 2
};

struct metrics;

/* shards: one per worker and one more for all other threads, which is number `shards - 1`. */
MUST_CHECK int metrics_new(unsigned shards, struct metrics **out, struct err *err);
void metrics_free(struct metrics *metrics);

/* Main thread, at configuration load. The same name gives the same id. */
uint16_t metrics_route_id(struct metrics *metrics, const char *route);
uint16_t metrics_target_id(struct metrics *metrics, const char *target);
void metrics_set_policy(struct metrics *metrics, const char *hash);

/*
 * Count a finished request from its record: requests, overhead, classifier durations, PII events,
 * fallbacks, the gen_ai histograms. route is metrics_route_id() of the rule or METRICS_NONE.
 * Overhead is what the gateway added before it dispatched: decide_us.
 */
void metrics_count_record(struct metrics *metrics, unsigned shard,
                          const struct decision_record *record, uint16_t route);

/* Any thread. */
/* How many there are now: client connections, and requests of theirs under way. */
void metrics_set_load(struct metrics *metrics, uint64_t connections, uint64_t requests);
void metrics_set_target_state(struct metrics *metrics, uint16_t target,
                              enum metrics_target_state state);
/* state: an enum local_state. */
void metrics_set_model_state(struct metrics *metrics, uint16_t target, int state);
void metrics_count_reload(struct metrics *metrics, bool accepted);
/* A request refused because the decision log does not accept (it has no record). */
void metrics_count_log_refusal(struct metrics *metrics, unsigned shard);

/* The whole page; log may be NULL. Any thread. */
struct listener_counts; /* listener.h */
MUST_CHECK int metrics_render(const struct metrics *metrics, const struct decision_log *log,
                              const struct listener_counts *clients, struct buf *out);

#endif
