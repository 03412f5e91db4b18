/*
 * api_chat.h - OpenAI's chat completions dialect: read the request, write the reply.
 *
 * Reading copies nothing that it need not: the texts are views of the body, or of decoded copies
 * that the chat_request owns and wipes. The body must outlive it. Any thread; one at a time.
 */
#ifndef PENSTOCK_API_CHAT_H
#define PENSTOCK_API_CHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "gateway/api_error.h"
#include "gateway/backend.h"
#include "gateway/base/buf.h"
#include "gateway/base/content.h"
#include "gateway/base/json.h"
#include "gateway/classify.h"
#include "gateway/local.h"

enum { CHAT_MODEL_CHARS = 129, CHAT_MAX_STOPS = 4, CHAT_MAX_BIASES = 1024 };

/*
 * Where a stretch of a text comes from. The stretches of one text are in its order and do not
 * overlap; what lies between two of them was put there by the reader.
 */
enum chat_origin_kind {
    CHAT_ORIGIN_STRING, /* the decoded bytes of a string */
    CHAT_ORIGIN_NESTED, /* those of a string inside JSON that a string holds (tool arguments) */
    CHAT_ORIGIN_FIXED,  /* a key, a number, a name that tools go by, bytes out of base64 */
};

struct chat_origin {
    uint32_t text;    /* index in texts */
    uint32_t at, len; /* of the stretch in the text */
    uint32_t node;    /* the string in doc */
    enum chat_origin_kind kind;
    uint32_t inner_at, inner_len; /* NESTED: the inner string, in the decoded bytes of the outer */
    const uint8_t *inner;         /* NESTED: those decoded bytes */
};

struct chat_request {
    struct json_doc doc;

    char model[CHAT_MODEL_CHARS];
    uint32_t model_start, model_end; /* of the value in the body, quotes included */
    bool stream;
    bool include_usage; /* stream_options */
    bool tools;
    bool unscannable;    /* a part whose text cannot be read */
    uint32_t max_tokens; /* 0: not said */
    uint32_t choices;    /* answers asked for: n */
    enum complexity_effort effort;
    struct engine_sampling sampling;
    struct engine_bias *biases; /* sampling's */
    bool seeded;
    const char *stop[CHAT_MAX_STOPS];
    size_t stop_count;

    /* What the engine's answer must be of: nodes of doc; JSON_NONE: nothing was said. */
    uint32_t response_format, grammar_text;
    uint32_t tool_list;             /* of the tools that may be called, likewise */
    uint32_t tool_choice;           /* where a call is demanded */
    struct engine_grammar *grammar; /* made of these by chat_request_fit */

    bool fitted; /* to a model: an obstacle is that model's */
    /* What keeps the engine from answering. NONE: nothing, as far as is known. */
    struct chat_obstacle {
        enum api_error error;
        char param[256], detail[200];
    } obstacle;

    struct classify_text *texts; /* every text byte of the request */
    size_t text_count, text_cap;
    struct chat_origin *origins; /* in the order of texts */
    size_t origin_count, origin_cap;
    struct local_message *messages; /* the conversation for the engine */
    size_t message_count;

    /* Storage of decoded copies, each reserved once so that views stay where they are. */
    struct buf _decoded, _joined, _rest, _uris, _stops;
};

/* What is wrong with a request: never text of it. */
struct chat_problem {
    enum api_error error;
    char param[64];   /* a path in the schema, e.g. "messages[2].content"; "" for none */
    char detail[256]; /* for a person; "" for none */
};

/* 0, or negative with *problem filled; then there is nothing to release. */
MUST_CHECK int chat_request_decode(struct chat_request *out, struct content body,
                                   struct chat_problem *problem);
void chat_request_release(struct chat_request *request);
/*
 * Make ready for the model in process: the grammar that its answer must be of. What it cannot do is
 * the request's obstacle then, found before or here.
 */
void chat_request_fit(struct chat_request *request, const struct local_description *engine);
/* The JSON of the tools that the model in process is offered; empty: none. */
struct content chat_request_tools(const struct chat_request *request,
                                  const struct local_description *engine);

/* A place in one of the texts, and in the body. */
struct chat_place {
    size_t text, start, end;
    size_t body_start, body_end;
};

/*
 * From places in the texts to places in the body. Calls go forward: by text and, within one, by
 * start, without overlaps.
 */
struct chat_locator {
    const struct chat_request *request;
    size_t origin;
    bool walking; /* outer and inner stand in the string of that origin */
    struct json_walk outer, inner;
    uint32_t outer_node;
};
void chat_locator_init(struct chat_locator *locator, const struct chat_request *request);
/*
 * Widens start and end to whole characters and sets body_start and body_end to the bytes that hold
 * them. False when these cannot be exchanged for others in place.
 */
MUST_CHECK bool chat_locate(struct chat_locator *locator, struct chat_place *place);

/* ---- replies of the engine; each appends to *out ---- */

struct chat_reply {
    const char *id;    /* "chatcmpl-…"; calls are numbered behind its last letters */
    int64_t created;   /* seconds since 1970 */
    const char *model; /* name from the configuration */
    uint32_t choice;   /* which of the answers what is written next belongs to */
};

/* Log-probabilities of a text's tokens, `width` to a token: see engine.h. */
struct chat_logprobs {
    const struct local_model *model; /* what knows the tokens' bytes */
    const struct engine_logprob *rows;
    size_t tokens;
    uint32_t width; /* 0: none were asked for */
};

/* Whole: the beginning, each choice, the end. */
MUST_CHECK int chat_write_begin(struct buf *out, const struct chat_reply *reply);
/* calls: what chat_write_call and chat_write_arguments left, or empty. */
MUST_CHECK int chat_write_choice(struct buf *out, const struct chat_reply *reply,
                                 struct content text, const struct buf *calls,
                                 const struct chat_logprobs *logprobs, enum backend_finish finish);
MUST_CHECK int chat_write_end(struct buf *out, const struct backend_result *result);
/* The beginning of a call, ended by the next or by chat_write_choice. */
MUST_CHECK int chat_write_call(struct buf *out, const struct chat_reply *reply, unsigned index,
                               struct content name);
MUST_CHECK int chat_write_arguments(struct buf *out, struct content piece);
/* Streamed: one event each. */
MUST_CHECK int chat_write_role(struct buf *out, const struct chat_reply *reply);
MUST_CHECK int chat_write_delta(struct buf *out, const struct chat_reply *reply,
                                struct content text, const struct chat_logprobs *logprobs);
/* The beginning of a call, with its name; or, with an empty name, a piece of its arguments. */
MUST_CHECK int chat_write_call_delta(struct buf *out, const struct chat_reply *reply,
                                     unsigned index, struct content name, struct content arguments);
/* The end of a choice. */
MUST_CHECK int chat_write_finish(struct buf *out, const struct chat_reply *reply,
                                 enum backend_finish finish);
/* The end of all: the usage unless usage is NULL, and [DONE]. */
MUST_CHECK int chat_write_done(struct buf *out, const struct chat_reply *reply,
                               const struct backend_result *usage);
/* An error inside a stream that has begun. */
MUST_CHECK int chat_write_error_event(struct buf *out, enum api_error error);

#endif
