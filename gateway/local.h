/*
 * local.h - jobs for the in-process engine, behind backend.h.
 *
 * One engine thread owns the session: it renders the chat template, tokenises, steps all sequences
 * together and sleeps when there is nothing to do. Workers hand it jobs through a bounded queue;
 * text comes back through the worker's inbox and is raised as events on the worker's thread.
 *
 * Callers take turns in the queue (fair_queue.h), and wait in it for a limited time. Should a step
 * hang, every job is told so by its worker, which does not depend on the engine's thread.
 *
 * Each model has an engine of its own, with its thread and queue. Those that share a room
 * (local_room.h) take turns at the cores, and may open on demand: on the engine's thread, so that
 * only the requests for that model wait while a file is read and its SHA-256 compared.
 *
 * A slow client spends its sequence's token credit and the sequence stops (pause/resume); a
 * cancelled one frees its slot within a step. Copies of prompts and answers are wiped.
 */
#ifndef PENSTOCK_LOCAL_H
#define PENSTOCK_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "gateway/backend.h"
#include "gateway/base/content.h"
#include "gateway/base/err.h"

struct worker;
struct local_engine;
struct local_room;

/* An open model. Counted, so that what it said can be read to the end when it has closed. */
struct local_model;
struct local_model *local_model_ref(struct local_model *model);
void local_model_unref(struct local_model *model); /* NULL is fine; any thread */
/* As engine_token_bytes. Any thread. */
size_t local_model_token_bytes(const struct local_model *model, int32_t token, char *out,
                               size_t cap);

struct local_options {
    struct engine_source source, draft;    /* draft: nowhere for none */
    struct engine_session_options session; /* but for its draft */
    struct local_room *room;     /* shared with other models, outlives them all; NULL: alone */
    bool on_demand;              /* opens when a job comes, and may leave; needs a room */
    const char *name;            /* to report in backend_head.model; copied */
    uint32_t queue_length;       /* jobs waiting beside those being answered; 0: 64 */
    uint32_t credit_tokens;      /* tokens a sequence may run ahead of its client; 0: 32 */
    uint32_t default_max_tokens; /* when the request says none; 0: until the context is full */
    uint32_t queue_wait_ms;      /* longest wait for a place; 0: 30 s */
    uint32_t stuck_ms;           /* a step that lasts longer is taken for hung; 0: 30 s */
    bool context_shift;          /* a full context drops old tokens rather than end the answer */
    uint32_t context_keep;       /* then: but not the first ones, so many */
};

/*
 * Opens the model, or on demand only looks at its file, and starts the thread. Copies paths and
 * hashes. ERR_IO, ERR_SYNTAX (a bad file), ERR_MEMORY, ERR_LIMIT (larger than the room), ...
 */
MUST_CHECK int local_engine_new(struct local_engine **out, const struct local_options *options,
                                struct err *err);
/*
 * Ends the thread (within a step). Workers must still run or must have been drained: jobs that
 * still run end with BACKEND_ERR_INTERNAL, through their worker's inbox. NULL is fine.
 */
void local_engine_free(struct local_engine *engine);
/* Has the thread end without waiting for it. */
void local_engine_stop(struct local_engine *engine);
/* Has it end and waits: nothing comes from it any more. The owner's thread. */
void local_engine_end(struct local_engine *engine);
bool local_engine_stopped(const struct local_engine *engine);

struct local_message {
    const char *role; /* NUL-terminated */
    struct content text;
    struct content more; /* JSON of the whole message where it has other fields; may be empty */
};

/* Everything is copied, but the grammar. */
struct local_params {
    uint32_t answers;                /* to the one prompt, at most most_answers; 0: 1 */
    uint32_t max_tokens;             /* of each; 0: not said */
    struct engine_sampling sampling; /* of the first; the others' seeds are those behind it */
    struct engine_grammar *grammar;  /* sampling's; the job's own once it is started */
    struct content tools;            /* JSON; empty: none are offered */
    const char *const *stop;
    size_t stop_count;
    bool stream;           /* false: one on_text for each answer, with all of it */
    const char *principal; /* whose turn in the queue it takes; NULL: nobody's in particular */
    bool share_prefixes;   /* may find again what this principal's earlier prompts left */
};

/*
 * BACKEND_OK: *out is the job, events come on the worker's thread. BACKEND_ERR_BUSY (queue full,
 * engine stuck) or INTERNAL (no memory, engine ended or broken): no event will come, *out is NULL.
 * A prompt that does not fit ends with BACKEND_ERR_CONTEXT; one that waited too long, or made room
 * in a full queue for another owner, with BUSY; one whose engine is stuck with FIRST_BYTE or IDLE.
 */
MUST_CHECK enum backend_outcome local_start(struct local_engine *engine, struct worker *worker,
                                            const struct local_message *messages,
                                            size_t message_count, const struct local_params *params,
                                            const struct backend_events *events, void *user,
                                            struct backend_job **out);

struct local_description {
    const char *name;         /* options.name, else the model's own; lives as long as the engine */
    const char *architecture; /* likewise */
    uint32_t context_length, vocab_size;
    uint32_t most_answers; /* to one prompt */
    enum engine_call calls;
    uint64_t parameters;
};
/* Any thread; lives as long as the engine. */
const struct local_description *local_engine_describe(const struct local_engine *engine);

struct local_counts {
    uint32_t waiting, running;
    uint64_t jobs, refused, expired, prompt_tokens, completion_tokens;
    struct engine_memory memory;
};
void local_engine_counts(struct local_engine *engine, struct local_counts *out); /* any thread */
enum local_state { LOCAL_CLOSED, LOCAL_OPENING, LOCAL_OPEN, LOCAL_FAILED };
const char *local_state_name(enum local_state state); /* "closed", ... */
/* FAILED: the file could not be opened, or was changed while it was in use. Any thread. */
enum local_state local_engine_state(const struct local_engine *engine);
/*
 * False while a step hangs; after a failure of the model for good, but on demand only for a while,
 * which doubles from a second to a minute. Any thread.
 */
bool local_engine_ready(const struct local_engine *engine);
/* Seconds until it may be worth asking a busy engine again. Any thread. */
int local_engine_retry_after(struct local_engine *engine);

#endif
