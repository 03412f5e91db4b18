/*
 * backend.h - whatever answers a chat request: a remote server (upstream.h) or the engine
 * (local.h).
 *
 * Verbs go down, events come up. All of it happens on the worker thread that owns the request.
 * After on_end no further event comes and the job is gone. After backend_cancel no event comes at
 * all, and the job must not be touched again. Events are never raised from inside a verb.
 */
#ifndef PENSTOCK_BACKEND_H
#define PENSTOCK_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum backend_outcome {
    BACKEND_OK = 0,
    BACKEND_ERR_RESOLVE,    /* the target's name gave no address in time */
    BACKEND_ERR_CONNECT,    /* refused, unreachable, connect time-out */
    BACKEND_ERR_TLS,        /* handshake or certificate */
    BACKEND_ERR_FIRST_BYTE, /* connected, then silence */
    BACKEND_ERR_IDLE,       /* began to answer, then silence */
    BACKEND_ERR_TOTAL,      /* total time used up */
    BACKEND_ERR_CUT,        /* answer ended before its end */
    BACKEND_ERR_GARBAGE,    /* not HTTP, not SSE, not what was promised, or too large */
    BACKEND_ERR_STATUS,     /* the target answered with an error status (429, 5xx, 4xx) */
    BACKEND_ERR_NO_KEY,     /* the target wants a key and none is configured */
    BACKEND_ERR_BUSY,       /* queue full, no slot */
    BACKEND_ERR_MODEL,      /* the local model's file cannot be opened */
    BACKEND_ERR_CONTEXT,    /* prompt does not fit the local model */
    BACKEND_ERR_INTERNAL,
    BACKEND_CANCELLED, /* never an event: what the record says of a job that was let go */
    BACKEND_OUTCOME_COUNT
};

/* Stable snake_case name for logs and metrics, e.g. "first_byte_timeout". */
const char *backend_outcome_name(enum backend_outcome outcome);

struct local_model;

struct backend_head {
    int status;                /* of the target; 200 for the engine */
    bool event_stream;         /* content type was text/event-stream */
    int retry_after;           /* seconds, capped to an hour; -1: none */
    const char *model;         /* name to report; configuration's */
    const char *model_sha256;  /* hex, of the engine's weights; NULL upstream */
    struct local_model *local; /* where rows were asked for: what knows their tokens' bytes */
};

enum backend_finish { BACKEND_FINISH_STOP, BACKEND_FINISH_LENGTH, BACKEND_FINISH_CALLS };

struct backend_result {
    enum backend_outcome outcome;
    int status;                                /* HTTP status of the target, 0 if none came */
    int retry_after;                           /* seconds; -1: none */
    enum backend_finish finish;                /* upstream's first answer */
    uint32_t prompt_tokens, completion_tokens; /* of all answers; 0: unknown */
};

struct engine_logprob;

/* A piece of one of the engine's answers to a request. */
struct backend_text {
    uint32_t answer; /* 0 .. the number asked for - 1 */
    const char *bytes;
    size_t len;
    const struct engine_logprob *rows; /* when asked for: of the tokens of this piece */
    size_t row_tokens;
    bool ended; /* nothing of this answer comes any more; finish says why */
    enum backend_finish finish;
};

struct backend_events {
    /* Once, before any data, only for a status below 400. */
    void (*on_head)(void *user, const struct backend_head *head);
    /* Upstream: body bytes as they came. */
    void (*on_data)(void *user, const void *bytes, size_t len);
    /* The engine: text in UTF-8. Each answer of a job that ends well has ended before on_end. */
    void (*on_text)(void *user, const struct backend_text *piece);
    void (*on_end)(void *user, const struct backend_result *result);
};

struct backend_job;
struct backend_ops {
    void (*cancel)(struct backend_job *job);
    /* The client is slow: stop reading (pause) and go on (resume). Idempotent. */
    void (*pause)(struct backend_job *job);
    void (*resume)(struct backend_job *job);
};

/* Every job begins with this. */
struct backend_job {
    const struct backend_ops *ops;
};

#endif
