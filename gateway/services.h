/*
 * services.h - what lives as long as the process and is shared by all workers. Pointers are set
 * before the workers start and constant afterwards; each service says itself how it is shared.
 */
#ifndef PENSTOCK_SERVICES_H
#define PENSTOCK_SERVICES_H

#include <stdatomic.h>
#include <stdint.h>

#include "gateway/classify_pool.h"
#include "gateway/decision_log.h"
#include "gateway/local.h"
#include "gateway/metrics.h"
#include "gateway/outcomes.h"
#include "gateway/placeholders.h"
#include "gateway/ratchet.h"

struct services {
    struct classifiers *classifiers;   /* NULL: switched off */
    struct classify_pool *pool;        /* NULL likewise */
    struct local_room *room;           /* of the models in process; NULL: there are none */
    struct local_engine *engine;       /* of targets that name no model; NULL: there is none */
    struct decision_log *log;          /* NULL: off */
    struct outcomes *outcomes;         /* NULL: nothing is kept for learning */
    struct ratchet *ratchet;           /* NULL: off */
    struct placeholders *placeholders; /* NULL: off */
    struct metrics *metrics;
    int64_t started_us;             /* worker_clock_us() */
    atomic_uint requests_in_flight; /* over all workers */
    atomic_bool ready, draining;
};

#endif
