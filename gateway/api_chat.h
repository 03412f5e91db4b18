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

struct chat_request {
    struct json_doc doc;

    char model[CHAT_MODEL_CHARS];
    uint32_t model_start, model_end; /* of the value in the body, quotes included */
    bool stream;
    bool include_usage; /* stream_options */
    bool tools;
    bool unscannable;    /* a part whose text cannot be read */
    uint32_t max_tokens; /* 0: not said */
    struct engine_sampling sampling;
    struct engine_bias *biases; /* sampling's */
    bool seeded;
    const char *stop[CHAT_MAX_STOPS];
    size_t stop_count;
    const char *local_obstacle; /* field that the in-process engine cannot honour, or NULL */

    struct classify_text *texts; /* every text byte of the request */
    size_t text_count, text_cap;
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
/* Look for obstacles that only the model in process can tell of. */
void chat_request_fit(struct chat_request *request, uint32_t vocab_size);

/* ---- replies of the engine; each appends to *out ---- */

struct chat_reply {
    const char *id;    /* "chatcmpl-…" */
    int64_t created;   /* seconds since 1970 */
    const char *model; /* name from the configuration */
};

/* Log-probabilities of a text's tokens, `width` to a token: see engine.h. */
struct chat_logprobs {
    const struct local_engine *engine; /* what knows the tokens' bytes */
    const struct engine_logprob *rows;
    size_t tokens;
    uint32_t width; /* 0: none were asked for */
};

MUST_CHECK int chat_write_whole(struct buf *out, const struct chat_reply *reply,
                                struct content text, const struct chat_logprobs *logprobs,
                                const struct backend_result *result);
/* Streamed: one event each. */
MUST_CHECK int chat_write_role(struct buf *out, const struct chat_reply *reply);
MUST_CHECK int chat_write_delta(struct buf *out, const struct chat_reply *reply,
                                struct content text, const struct chat_logprobs *logprobs);
/* The finish, the usage when asked for, and [DONE]. */
MUST_CHECK int chat_write_finish(struct buf *out, const struct chat_reply *reply,
                                 const struct backend_result *result, bool usage);
/* An error inside a stream that has begun. */
MUST_CHECK int chat_write_error_event(struct buf *out, enum api_error error);

#endif
