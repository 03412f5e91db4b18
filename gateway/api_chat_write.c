#include <inttypes.h>

#include "gateway/api_chat.h"

static const char *finish_name(enum backend_finish finish)
{
    return finish == BACKEND_FINISH_LENGTH  ? "length"
           : finish == BACKEND_FINISH_CALLS ? "tool_calls"
                                            : "stop";
}

/* The fields that every object of the dialect begins with. */
static int write_head(struct buf *out, const struct chat_reply *reply, const char *object)
{
    int rc = buf_printf(out, "{\"id\":\"%s\",\"object\":\"%s\",\"created\":%" PRId64 ",\"model\":",
                        reply->id, object, reply->created);
    size_t len = 0;
    while (reply->model[len] != '\0')
        len++;
    return rc != 0 ? rc : json_write_string(out, content_of(reply->model, len));
}

static int write_usage(struct buf *out, const struct backend_result *result)
{
    return buf_printf(out,
                      "{\"prompt_tokens\":%" PRIu32 ",\"completion_tokens\":%" PRIu32
                      ",\"total_tokens\":%" PRIu32 "}",
                      result->prompt_tokens, result->completion_tokens,
                      result->prompt_tokens + result->completion_tokens);
}

/* "token":…,"logprob":…,"bytes":…  A marker has no bytes. */
static int write_token(struct buf *out, const struct local_model *model,
                       const struct engine_logprob *entry)
{
    enum { TOKEN_BYTES = 512, UNLIKELY = -9999 }; /* OpenAI's word for minus infinity */
    char bytes[TOKEN_BYTES];
    size_t len = local_model_token_bytes(model, entry->token, bytes, sizeof(bytes));
    len = len < sizeof(bytes) ? len : sizeof(bytes);
    double logprob = entry->logprob >= UNLIKELY ? (double)entry->logprob : UNLIKELY;
    int rc = buf_append_str(out, "\"token\":");
    if (rc == 0)
        rc = json_write_string(out, content_of(bytes, len));
    if (rc == 0)
        rc = buf_printf(out, ",\"logprob\":%.9g,\"bytes\":%s", logprob, len > 0 ? "[" : "null");
    for (size_t i = 0; rc == 0 && i < len; i++)
        rc = buf_printf(out, "%u%s", (unsigned)(uint8_t)bytes[i], i + 1 < len ? "," : "]");
    return rc;
}

static int write_logprobs(struct buf *out, const struct chat_logprobs *in)
{
    if (in->width == 0)
        return buf_append_str(out, "null");
    int rc = buf_append_str(out, "{\"content\":[");
    for (size_t t = 0; rc == 0 && t < in->tokens; t++) {
        const struct engine_logprob *row = &in->rows[t * in->width];
        rc = buf_append_str(out, t > 0 ? ",{" : "{");
        if (rc == 0)
            rc = write_token(out, in->model, row);
        if (rc == 0)
            rc = buf_append_str(out, ",\"top_logprobs\":[");
        for (uint32_t i = 1; rc == 0 && i < in->width && row[i].token >= 0; i++) {
            rc = buf_append_str(out, i > 1 ? ",{" : "{");
            if (rc == 0)
                rc = write_token(out, in->model, &row[i]);
            if (rc == 0)
                rc = buf_append(out, "}", 1);
        }
        if (rc == 0)
            rc = buf_append(out, "]}", 2);
    }
    return rc != 0 ? rc : buf_append_str(out, "],\"refusal\":null}");
}

/* "id":…,"type":"function","function":{"name":…,"arguments":" */
static int write_call_head(struct buf *out, const struct chat_reply *reply, unsigned index,
                           struct content name)
{
    size_t len = 0;
    while (reply->id[len] != '\0')
        len++;
    const char *tail = reply->id + (len > 16 ? len - 16 : 0);
    int rc = buf_printf(out, "\"id\":\"call_%s", tail);
    if (rc == 0 && reply->choice > 0)
        rc = buf_printf(out, "%" PRIu32 "_", reply->choice);
    if (rc == 0)
        rc = buf_printf(out, "%u\",\"type\":\"function\",\"function\":{\"name\":", index);
    if (rc == 0)
        rc = json_write_string(out, name);
    return rc != 0 ? rc : buf_append_str(out, ",\"arguments\":\"");
}

int chat_write_call(struct buf *out, const struct chat_reply *reply, unsigned index,
                    struct content name)
{
    int rc = buf_append_str(out, index > 0 ? "\"}},{" : "{");
    return rc != 0 ? rc : write_call_head(out, reply, index, name);
}

int chat_write_arguments(struct buf *out, struct content piece)
{
    struct buf quoted = BUF_INIT;
    int rc = json_write_string(&quoted, piece);
    if (rc == 0)
        rc = buf_append(out, quoted.data + 1, quoted.len - 2);
    buf_release(&quoted);
    return rc;
}

int chat_write_begin(struct buf *out, const struct chat_reply *reply)
{
    int rc = write_head(out, reply, "chat.completion");
    return rc != 0 ? rc : buf_append_str(out, ",\"system_fingerprint\":null,\"choices\":[");
}

int chat_write_choice(struct buf *out, const struct chat_reply *reply, struct content text,
                      const struct buf *calls, const struct chat_logprobs *logprobs,
                      enum backend_finish finish)
{
    bool called = calls->len > 0;
    int rc =
        buf_printf(out, "%s{\"index\":%" PRIu32 ",\"message\":{\"role\":\"assistant\",\"content\":",
                   reply->choice > 0 ? "," : "", reply->choice);
    if (rc == 0)
        rc = called && content_len(text) == 0 ? buf_append_str(out, "null")
                                              : json_write_string(out, text);
    if (rc == 0 && called)
        rc = buf_append_str(out, ",\"tool_calls\":[");
    if (rc == 0 && called)
        rc = buf_append(out, calls->data, calls->len);
    if (rc == 0 && called)
        rc = buf_append_str(out, "\"}}]");
    if (rc == 0)
        rc = buf_append_str(out, ",\"refusal\":null,\"annotations\":[]},\"logprobs\":");
    if (rc == 0)
        rc = write_logprobs(out, logprobs);
    return rc != 0 ? rc : buf_printf(out, ",\"finish_reason\":\"%s\"}", finish_name(finish));
}

int chat_write_end(struct buf *out, const struct backend_result *result)
{
    int rc = buf_append_str(out, "],\"usage\":");
    if (rc == 0)
        rc = write_usage(out, result);
    return rc != 0 ? rc : buf_append(out, "}", 1);
}

static int begin_event(struct buf *out, const struct chat_reply *reply)
{
    int rc = buf_append_str(out, "data: ");
    if (rc == 0)
        rc = write_head(out, reply, "chat.completion.chunk");
    return rc != 0 ? rc : buf_append_str(out, ",\"system_fingerprint\":null,\"choices\":[");
}

int chat_write_role(struct buf *out, const struct chat_reply *reply)
{
    int rc = begin_event(out, reply);
    return rc != 0 ? rc
                   : buf_printf(out,
                                "{\"index\":%" PRIu32 ",\"delta\":{\"role\":\"assistant\","
                                "\"content\":\"\",\"refusal\":null},\"logprobs\":null,"
                                "\"finish_reason\":null}]}\n\n",
                                reply->choice);
}

int chat_write_delta(struct buf *out, const struct chat_reply *reply, struct content text,
                     const struct chat_logprobs *logprobs)
{
    int rc = begin_event(out, reply);
    if (rc == 0)
        rc = buf_printf(out, "{\"index\":%" PRIu32 ",\"delta\":{\"content\":", reply->choice);
    if (rc == 0)
        rc = json_write_string(out, text);
    if (rc == 0)
        rc = buf_append_str(out, "},\"logprobs\":");
    if (rc == 0)
        rc = write_logprobs(out, logprobs);
    return rc != 0 ? rc : buf_append_str(out, ",\"finish_reason\":null}]}\n\n");
}

int chat_write_call_delta(struct buf *out, const struct chat_reply *reply, unsigned index,
                          struct content name, struct content arguments)
{
    int rc = begin_event(out, reply);
    if (rc == 0)
        rc = buf_printf(out, "{\"index\":%" PRIu32 ",\"delta\":{\"tool_calls\":[{\"index\":%u,",
                        reply->choice, index);
    if (rc == 0)
        rc = content_len(name) > 0 ? write_call_head(out, reply, index, name)
                                   : buf_append_str(out, "\"function\":{\"arguments\":\"");
    if (rc == 0)
        rc = chat_write_arguments(out, arguments);
    return rc != 0 ? rc
                   : buf_append_str(out, "\"}}]},\"logprobs\":null,\"finish_reason\":null}]}\n\n");
}

int chat_write_finish(struct buf *out, const struct chat_reply *reply, enum backend_finish finish)
{
    int rc = begin_event(out, reply);
    return rc != 0 ? rc
                   : buf_printf(out,
                                "{\"index\":%" PRIu32
                                ",\"delta\":{},\"logprobs\":null,\"finish_reason\":\"%s\"}]}\n\n",
                                reply->choice, finish_name(finish));
}

int chat_write_done(struct buf *out, const struct chat_reply *reply,
                    const struct backend_result *usage)
{
    int rc = 0;
    if (usage != NULL) {
        rc = begin_event(out, reply);
        if (rc == 0)
            rc = buf_append_str(out, "],\"usage\":");
        if (rc == 0)
            rc = write_usage(out, usage);
        if (rc == 0)
            rc = buf_append_str(out, "}\n\n");
    }
    return rc != 0 ? rc : buf_append_str(out, "data: [DONE]\n\n");
}

int chat_write_error_event(struct buf *out, enum api_error error)
{
    int rc = buf_append_str(out, "data: ");
    if (rc == 0)
        rc = api_error_write(out, error, NULL, NULL);
    return rc != 0 ? rc : buf_append_str(out, "\n\n");
}
