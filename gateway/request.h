/*
 * request.h - the way of a request through one worker; shared by request.c (stages, ending),
 * request_read.c, request_decide.c, dispatch*.c (targets, reply) and desk.c. Private to these.
 *
 * A request begins in request_begin(), walks the stage table in request.c and ends in
 * request_finish(), which also writes the decision record; its memory goes at the end of that turn
 * of the loop. All on the worker's thread.
 */
#ifndef PENSTOCK_REQUEST_H
#define PENSTOCK_REQUEST_H

#include "gateway/acknowledge.h"
#include "gateway/api_chat.h"
#include "gateway/desk.h"
#include "gateway/dual_call.h"
#include "gateway/redaction.h"
#include "gateway/reply.h"
#include "gateway/reply_text.h"
#include "gateway/request_id.h"
#include "gateway/restore.h"
#include "gateway/tool_calls.h"
#include "gateway/worker.h"
#include "router/decide.h"

/* One of the engine's answers, on its way out. */
struct request_answer {
    struct request *request;
    struct buf text;     /* all of it, for an unstreamed reply; else what is not written yet */
    struct buf logprobs; /* rows of the tokens of the text to be written next */
    struct tool_calls calls;
    struct buf call_json; /* of an unstreamed reply */
    struct cascade_confidence confidence;
    enum backend_finish finish;
};

enum request_state {
    REQUEST_NEW,
    REQUEST_AUTHENTICATE,
    REQUEST_DECODE,   /* may wait for the pool */
    REQUEST_CLASSIFY, /* likewise */
    REQUEST_DECIDE,
    REQUEST_DISPATCH, /* a target is being asked, nothing was replied yet */
    REQUEST_REPLY,    /* the reply has begun */
    REQUEST_FINISHED,
    REQUEST_STATE_COUNT
};

struct desk {
    struct worker *worker;
    struct services *services;
    struct site *site;
    struct upstream_pool *upstream;
    struct classify_scratch *scratch;
    struct request_id_source ids;
    unsigned shard;
    struct request *first; /* list of those under way */
    atomic_size_t load;
    uint64_t last_number;
    struct dual_call *dual_call; /* under way; NULL: none is */
    /* The last unknown model, and what the record calls it: the keyed hash is a tenth of the work
     * for a short request, and clients keep asking for the same model. */
    char model_asked[CHAT_MODEL_CHARS];
    char model_recorded[DECISION_NAME_CHARS];
};

struct request {
    struct desk *desk;
    struct request *next, *previous;
    uint64_t number; /* unique on the desk: results from elsewhere find the request by it */
    enum request_state state;
    struct http_exchange *exchange; /* NULL once it was ended */
    struct site *site;

    struct buf body; /* when it was read apart; else it is the exchange's */
    struct chat_request chat;
    bool decoded;
    struct facts facts;
    struct decision decision;
    uint64_t asked;  /* what was asked, for outcomes.h; 0: nobody wants to know */
    bool compares;   /* the answer, with the local model's */
    bool remembered; /* the answer belongs to what is remembered */
    struct reply_text said;
    struct classify_spans spans; /* entities that the policy may want edited */
    struct redaction *redaction; /* NULL: nothing is edited for anybody */
    uint64_t classify_ticket;    /* of the pool, while it is at work, on an answer too; 0: none */

    /* the target that is being asked */
    uint8_t next_target; /* position in decision.targets */
    int target;          /* its index in the site; -1: none */
    struct backend_job *job;
    struct breaker_ticket ticket;
    int64_t try_began_us;
    struct buf model_json;   /* the name sent upstream, as JSON */
    struct buf edited;       /* the body for targets that it is edited for */
    struct restore *restore; /* of the answer to it; NULL: the answer passes as it comes */
    struct reply_scan scan;  /* of what targets say, when the rule wants it */
    bool scans;
    bool paused;

    /* the local model's answer while it is judged, and when it was not good enough: it goes out
     * after all where no other target answers */
    bool holds_answer;
    int held_target; /* -1: none */
    struct backend_result held_result;

    struct acknowledgement acknowledgement;
    bool answering; /* bytes of an answer went out: no other target can take over */

    /* what went wrong with the targets asked so far, for the last word if none can answer */
    enum backend_outcome last_outcome;
    int last_status, retry_after;
    struct buf fallbacks;        /* value of x-penstock-fallback */
    struct buf signals, reasons; /* for who asked with x-penstock-debug */

    /* the reply */
    struct chat_reply reply;
    char reply_id[REQUEST_ID_CHARS + 16];
    struct buf out;
    struct buf whole;            /* a long answer while the pool scans it */
    struct classify_spans found; /* what the pool found in it */
    struct buf answer;           /* the piece under way, with values put back and entities masked */
    bool calling;                /* tools were offered to the engine: what it says may be calls */
    struct request_answer *answers; /* the engine's; NULL: it was not asked */
    uint32_t answer_count;
    struct local_model *model; /* that answered; NULL: none of the engine's yet */

    /* What stands above is zero at first. These begin in their own way: they are most of the
     * request, and most of them stays empty. */
    struct decision_record record;
    struct ratchet_keys keys; /* of the messages; of the answer once the request is decided */
};

/* Who asks. False: nobody that is known; err says why. */
MUST_CHECK bool desk_authenticate(const struct site *site, const struct http_exchange *exchange,
                                  struct principal *principal, struct err *err);
/*
 * Ends the exchange with an error in the API's shape; param and detail may be NULL. headers has
 * room for two more.
 */
void desk_refuse(struct http_exchange *exchange, enum api_error error, const char *param,
                 const char *detail, struct reply_header *headers, size_t count, int retry_after);

/* A chat request; it ends by itself. */
void request_begin(struct desk *desk, struct http_exchange *exchange);
/* The only writer of request.state; asserts that the step is legal. */
void request_set_state(struct request *request, enum request_state state);

/*
 * The one ending. error NONE: the reply is complete. Otherwise it answers with the error where
 * nothing was replied yet, ends a stream with an error event, or cuts what cannot be mended. detail
 * and param may be NULL.
 */
void request_finish(struct request *request, enum decision_outcome outcome, enum api_error error,
                    const char *param, const char *detail);

/*
 * Hands a long body to the pool to be read. True: it is at work, and request_decoded() goes on from
 * there.
 */
bool request_read_apart(struct request *request);
/* rc and problem as chat_request_decode left them; the chat is the request's. */
void request_decoded(struct request *request, int rc, const struct chat_problem *problem);
struct content request_body(const struct request *request);

/* The site's correction of the complexity score where it may be used, or NULL. */
const struct correction_file *request_correction(const struct request *request);
/* From the facts to the decision, and what has to be ready before a target is asked. */
void request_decide(struct request *request);
/* Ask the next target of the decision, or finish when there is none left. */
void request_dispatch(struct request *request);
/*
 * What was said so far becomes part of the conversation that is remembered. Before the client has
 * the end of it, since its next request may come at once. Only the first call counts.
 */
void request_remember_answer(struct request *request);
/* Of a target in process. */
struct local_engine *request_engine(const struct request *request, int target);
/* Wipes. */
void request_free_answers(struct request *request);
/* The head of the reply; length as reply_start has it. */
void request_begin_reply(struct request *request, const char *content_type, int64_t length);
/* Whether the engine may find again what this caller's earlier prompts left. */
bool request_shares_prefixes(const struct request *request);
/*
 * Hands a long answer that is not streamed to the pool. True: it is at work, or the request is
 * finished; request_answer_scanned() goes on from there. The caller keeps the bytes.
 */
bool request_scan_apart(struct request *request, const void *bytes, size_t len);
void request_stop_scan(struct request *request);
void request_answer_scanned(struct request *request);
/* The request with that number, or NULL when it is gone. */
struct request *request_find(const struct desk *desk, uint64_t number);
/* Let go of the target that is being asked, if any. */
void request_drop_job(struct request *request);

/* Headers that tell of the decision; returns how many of at most REQUEST_HEADERS it wrote. */
enum { REQUEST_HEADERS = 12 };
size_t request_headers(const struct request *request, const char *content_type,
                       struct reply_header *headers);

#endif
