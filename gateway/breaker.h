/*
 * breaker.h - one circuit breaker per target, shared by all workers.
 *
 *   CLOSED ---- failures in a row, or share of the last answers, or 429/503 with Retry-After --->
 * OPEN OPEN ------ the open period (doubling, with jitter) is over ---------------------> HALF_OPEN
 *   HALF_OPEN - lets one probe through: an answer closes it, a failure opens it again for longer
 *
 * Way of a request: breaker_allow() -> BREAKER_ALLOWED and a ticket; the transfer; then exactly one
 * breaker_report() with the ticket, whatever happened (a cancelled one reports BREAKER_NEUTRAL). A
 * report whose ticket is from before the last change of state frees its slot and changes nothing
 * else: late failures of the requests that opened the circuit do not open it again.
 *
 * Time is monotonic milliseconds given by the caller. Any thread; a short mutex inside, no waiting.
 */
#ifndef PENSTOCK_BREAKER_H
#define PENSTOCK_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/backend.h"
#include "gateway/base/err.h"

struct breaker;

/* Zero means the default in brackets. */
struct breaker_options {
    uint32_t failures;          /* in a row, until it opens [5] */
    uint32_t window;            /* last answers that the failure share looks at, at most 64 [20] */
    uint32_t failure_percent;   /* of a full window, until it opens [50] */
    uint32_t open_ms;           /* first open period [5000] */
    uint32_t open_max_ms;       /* longest, after doubling [60000, at least open_ms] */
    uint32_t retry_after_max_s; /* longest Retry-After that is believed [300] */
    uint32_t max_in_flight;     /* requests at once [no limit] */
    uint64_t seed;              /* of the jitter: periods last up to a quarter longer */
};

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

enum breaker_verdict {
    BREAKER_ALLOWED,
    BREAKER_REFUSED, /* open, or half-open with its probe under way */
    BREAKER_FULL,    /* max_in_flight reached */
};

enum breaker_mark {
    BREAKER_SUCCESS,
    BREAKER_FAILURE,
    BREAKER_NEUTRAL, /* says nothing of the target: cancelled, refused before it was sent */
};

struct breaker_ticket {
    uint32_t generation;
    bool probe;
    bool held; /* set by breaker_allow, cleared by breaker_report */
};

MUST_CHECK struct breaker *breaker_new(const struct breaker_options *options); /* NULL: no memory */
void breaker_free(struct breaker *breaker); /* NULL is fine; no ticket may be held */

MUST_CHECK enum breaker_verdict breaker_allow(struct breaker *breaker, uint64_t now_ms,
                                              struct breaker_ticket *ticket);

/* The target has begun to answer well (on_head): a probe closes the circuit now, not at its end. */
void breaker_answered(struct breaker *breaker, const struct breaker_ticket *ticket,
                      uint64_t now_ms);

/*
 * The end of an allowed request. retry_after in seconds, -1 for none; only looked at for a failure:
 * it opens the circuit at once, for that long (capped, with jitter). A ticket not held is ignored.
 */
void breaker_report(struct breaker *breaker, struct breaker_ticket *ticket, enum breaker_mark mark,
                    int retry_after, uint64_t now_ms);

/* What an ending says of the target. 4xx other than 429 are the caller's fault, not the target's.
 */
enum breaker_mark breaker_mark_of(const struct backend_result *result);

enum breaker_state breaker_state(struct breaker *breaker, uint64_t now_ms);
const char *breaker_state_name(enum breaker_state state); /* "closed", "open", "half_open" */

/* For facts.target_up: would breaker_allow let a request through, in-flight limit aside? */
bool breaker_up(struct breaker *breaker, uint64_t now_ms);

/* Seconds until it may be worth asking again, at least 1; 0 when it is up. For Retry-After. */
uint32_t breaker_retry_after(struct breaker *breaker, uint64_t now_ms);

struct breaker_counts {
    uint32_t in_flight;
    uint64_t allowed, refused, full, failures, opened;
};
void breaker_counts(struct breaker *breaker, struct breaker_counts *out);

#endif
