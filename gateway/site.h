/*
 * site.h - one generation of what a reload replaces: configuration, policy, keys, targets.
 *
 * Immutable and reference-counted (atomic). A reload builds a new one, whole, and hands it to each
 * worker; a request keeps the one that it began with. Circuit breakers and open models pass from
 * the old generation to the new for targets that kept name and settings, so that a reload forgets
 * no fault and closes no model.
 */
#ifndef PENSTOCK_SITE_H
#define PENSTOCK_SITE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/admin.h"
#include "gateway/base/err.h"
#include "gateway/base/problems.h"
#include "gateway/breaker.h"
#include "gateway/config.h"
#include "gateway/correction.h"
#include "gateway/identity.h"
#include "gateway/local.h"
#include "gateway/metrics.h"
#include "gateway/upstream.h"
#include "router/policy.h"

struct site_target {
    const struct config_target *config;
    struct upstream_target *upstream; /* NULL for the engine */
    struct local_engine *engine;      /* of a model of its own; NULL: upstream, or engine.model's */
    struct breaker *breaker;
    struct site_breaker *_shared;
    struct site_engine *_engine;
    uint16_t metrics_id;
};

struct site {
    struct config *config;
    struct policy *policy;
    struct identity_set *identities;
    struct correction_file *correction; /* NULL: none */
    struct site_target *targets;        /* by the index that facts and decisions use */
    size_t target_count;
    uint16_t *route_ids; /* metrics_route_id() by rule */
    struct local_room *room;
    atomic_uint _refs;
};

/*
 * Main thread. Reads configuration, policy and keys; every mistake goes to *problems. previous (may
 * be NULL) lends its breakers and the engines of targets that kept name, file and limits; those
 * of others end when the last generation that knew them does. The caller owns one reference.
 */
MUST_CHECK int site_load(struct site **out, const char *path, const struct site *previous,
                         struct metrics *metrics, struct local_room *room,
                         struct problems *problems);
/* How the configuration wants a model run, but for the model itself. */
struct local_options site_engine_options(const struct config *config);
struct site *site_ref(struct site *site);
void site_unref(struct site *site); /* NULL is fine */

/* Is it worth asking? engine: NULL where there is none. Any thread. */
bool site_target_up(const struct site_target *target, const struct local_engine *engine,
                    uint64_t now_ms);
/* For admin pages: fills up to FACTS_MAX_TARGETS entries, returns how many. Any thread. */
size_t site_target_states(const struct site *site, struct local_engine *engine,
                          struct admin_target *out);

#endif
