/*
 * admin.h - the pages of the admin listener: /healthz, /readyz, /metrics, and POST /ratchet/lower.
 *
 * Knows no sockets: the caller has a path and sends the reply. Any thread, as long as the view
 * stays the same meanwhile. Pages hold numbers, enumerations and names from the configuration only.
 */
#ifndef PENSTOCK_ADMIN_H
#define PENSTOCK_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/decision_log.h"
#include "gateway/metrics.h"
#include "gateway/placeholders.h"
#include "gateway/ratchet.h"
#include "router/facts.h"

enum admin_mode {
    ADMIN_MODE_NORMAL,
    ADMIN_MODE_DEGRADED, /* some target is down */
    ADMIN_MODE_OFFLINE   /* no cloud or on-premises target is up though some are configured */
};

struct admin_target {
    const char *name;
    enum placement placement;
    bool up;
    const char *model;           /* local_state_name() of one in process; NULL: it is elsewhere */
    size_t model_bytes;          /* that it takes now: weights, keys and values, scratch memory */
    uint32_t answering, waiting; /* its requests */
};

/* What the pages are made from; the pointers are the caller's and may be NULL where it says so. */
struct admin_view {
    const struct metrics *metrics;
    const struct decision_log *log;        /* NULL: none configured */
    const struct listener_counts *clients; /* of all listeners for clients */
    const struct admin_target *targets;    /* NULL when target_count is 0 */
    size_t target_count;
    const char *policy_hash; /* NULL: no policy yet */
    uint64_t uptime_ms;
    bool started;  /* configuration, policy and models are loaded, listeners open */
    bool draining; /* SIGTERM came */
    struct placeholders *placeholders; /* NULL: off */
    struct ratchet *ratchet;           /* NULL: off */
    struct content body;               /* of the request, for POST */
    const char *content_type;          /* likewise; NULL: none */
};

struct admin_reply {
    int status;               /* 200, 400, 404, 405, 503 */
    const char *content_type; /* static */
};

enum admin_mode admin_mode_of(const struct admin_target *targets, size_t count);
const char *admin_mode_name(enum admin_mode mode); /* "normal", … */

/*
 * /ratchet/lower takes {"conversation":"16 hex digits"} (of a decision record) or {"all":true} and
 * forgets what is remembered of it, which the operational log tells. It wants the content type
 * application/json, which no web page can send to another's server unasked.
 *
 * Appends the body to *out. method and path are as parsed; a query is ignored. Returns 0 also for
 * 404 and 405, or ERR_MEMORY.
 */
MUST_CHECK int admin_handle(const struct admin_view *view, const char *method, size_t method_len,
                            const char *path, size_t path_len, struct buf *out,
                            struct admin_reply *reply);

#endif
