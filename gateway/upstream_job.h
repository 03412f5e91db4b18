/*
 * upstream_job.h - one request to a remote target and its answer, as the upstream_*.c files share
 * it; not for others. upstream.c has the life of a job, upstream_send.c what goes up,
 * upstream_answer.c what comes down. All on the pool's thread.
 */
#ifndef PENSTOCK_UPSTREAM_JOB_H
#define PENSTOCK_UPSTREAM_JOB_H

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/answer.h"
#include "gateway/base/buf.h"
#include "gateway/sse.h"
#include "gateway/upstream.h"
#include "gateway/upstream_handle.h"
#include "gateway/upstream_head.h"
#include "gateway/upstream_lookups.h"
#include "gateway/upstream_multi.h"

enum { UPSTREAM_MAX_ID = 128 }; /* of x-request-id */

/* What a job waits for; each has a time-out of its own. */
enum upstream_phase {
    PHASE_RESOLVE, /* an address, or a free connection */
    PHASE_CONNECT, /* TCP */
    PHASE_TLS,
    PHASE_SENT, /* the first line of the answer */
    PHASE_ANSWER,
    PHASE_LINGER, /* nothing that matters any more */
};

struct upstream_job {
    struct backend_job base;
    struct upstream_pool *pool;
    const struct upstream_target *target;
    struct backend_events events;
    void *user;
    struct upstream_handle *handle;
    struct upstream_job *prev, *next; /* in pool->jobs */
    struct upstream_job *next_todo;
    struct event timer;

    /* What is to be done when libcurl is not running. */
    bool queued, to_add, to_remove, to_resume;

    bool added; /* to the multi handle */
    bool over;  /* libcurl says so */
    bool cancelled;
    bool ending; /* inside finish_job */
    bool paused;
    enum upstream_phase phase;
    int64_t deadline_us; /* of the whole */
    int64_t phase_us;    /* when the phase began, or the last piece came */
    int64_t timer_us;    /* when the timer fires; 0: it does not run */

    /* The request. */
    struct content pieces[UPSTREAM_MAX_PIECES];
    size_t piece_count, total;
    size_t piece, offset; /* next byte to send */
    unsigned sends;       /* how often libcurl began to */
    struct buf small;     /* the whole body, when it is small */
    struct curl_slist accept_header, id_header;
    char id_line[sizeof("x-request-id: ") + UPSTREAM_MAX_ID];
    bool stream;

    /* The answer. */
    enum backend_outcome verdict; /* set inside libcurl before it is told to stop */
    int status;                   /* 0 until the head is whole */
    struct upstream_head head;
    size_t body_bytes, max_bytes;
    uint64_t turn; /* in which turn_bytes came */
    uint64_t resume_turn;
    size_t turn_bytes;
    struct sse sse;
    struct buf body; /* unstreamed */
    struct answer_facts facts;
};

struct upstream_pool {
    struct upstream_multi multi;
    struct event *kick; /* something is on the todo list */
    struct upstream_job *jobs, *todo;
    uint64_t turn; /* counts the times that libcurl returned */
    struct upstream_handles handles;
    struct upstream_lookups lookups;
    struct upstream_counts counts;
};

/* ---- upstream.c ---- */

int64_t upstream_clock_us(void);
/* The job waits for something else from now on, for as long as its target's time-outs allow. */
void upstream_job_enter(struct upstream_job *job, enum upstream_phase phase);
/* The loop serves others first: what libcurl has more of comes in the next turn. */
void upstream_job_yield(struct upstream_job *job);

/* ---- upstream_send.c ---- */

/* libcurl's callbacks for what goes up, once for each handle. */
void upstream_send_set_callbacks(struct upstream_handle *handle);
/* Body and headers of the request. ERR_MEMORY. */
MUST_CHECK int upstream_send_prepare(struct upstream_job *job,
                                     const struct upstream_request *request);

/* ---- upstream_answer.c ---- */

/* libcurl's callbacks for what comes down, once for each handle. */
void upstream_answer_set_callbacks(struct upstream_handle *handle);
void upstream_answer_init(struct upstream_job *job);
/* The transfer is over: code is libcurl's, or missed says which time-out it was. */
enum backend_outcome upstream_answer_judge(struct upstream_job *job, CURLcode code,
                                           enum backend_outcome missed);

#endif
