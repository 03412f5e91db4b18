/*
 * The model in process as a target: what it says becomes events or a whole answer, with the calls
 * of tools in it, and may be judged before a byte of it goes out.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/dispatch.h"

struct local_engine *request_engine(const struct request *r, int target)
{
    struct local_engine *own = r->site->targets[target].engine;
    return own != NULL ? own : r->desk->services->engine;
}

static struct local_engine *engine_of(const struct request *r)
{
    return request_engine(r, r->target);
}

/* Entries for each token: a judged answer needs the chosen tokens' also when nobody asked. */
static uint32_t engine_width(const struct request *r)
{
    uint32_t asked = r->chat.sampling.logprobs;
    return asked == 0 && r->holds_answer ? 1 : asked;
}

static struct chat_logprobs logprobs_of(const struct request_answer *a)
{
    const struct request *r = a->request;
    uint32_t width = r->chat.sampling.logprobs;
    const struct engine_logprob *rows = (const void *)a->logprobs.data;
    return (struct chat_logprobs){.model = r->model,
                                  .rows = rows,
                                  .tokens = width > 0 ? a->logprobs.len / width / sizeof(*rows) : 0,
                                  .width = width};
}

/* ---- what it says, as text and as calls: into the stream, or kept for the whole ---- */

static int on_said_text(void *user, struct content text)
{
    struct request_answer *a = user;
    struct request *r = a->request;
    if (!r->chat.stream)
        return buf_append(&a->text, content_bytes(text), content_len(text));
    struct chat_logprobs logprobs = logprobs_of(a);
    int rc = content_len(text) > 0 ? chat_write_delta(&r->out, &r->reply, text, &logprobs) : 0;
    buf_clear(&a->logprobs);
    return rc;
}

static int on_said_call(void *user, unsigned index, struct content name)
{
    struct request_answer *a = user;
    struct request *r = a->request;
    if (!r->chat.stream)
        return chat_write_call(&a->call_json, &r->reply, index, name);
    return chat_write_call_delta(&r->out, &r->reply, index, name, content_of("", 0));
}

static int on_said_arguments(void *user, unsigned index, struct content piece)
{
    struct request_answer *a = user;
    struct request *r = a->request;
    if (!r->chat.stream)
        return chat_write_arguments(&a->call_json, piece);
    return chat_write_call_delta(&r->out, &r->reply, index, content_of("", 0), piece);
}

static int hear(struct request_answer *a, struct content text)
{
    return a->request->calling ? tool_calls_feed(&a->calls, text) : on_said_text(a, text);
}

/* In a stream every answer says first whose it is, unless it was said already. */
static int begin_stream(struct request *r)
{
    bool begun = r->state == REQUEST_REPLY;
    int rc = 0;
    if (!r->answering)
        dispatch_begin_answer(r, "text/event-stream", REPLY_CHUNKED);
    if (begun)
        return 0;
    for (r->reply.choice = 0; rc == 0 && r->reply.choice < r->answer_count; r->reply.choice++)
        rc = chat_write_role(&r->out, &r->reply);
    return rc;
}

/* The last of an answer's text was heard. */
static int end_answer(struct request_answer *a)
{
    struct request *r = a->request;
    int rc = r->calling ? tool_calls_end(&a->calls) : 0;
    if (a->calls.count > 0 && a->finish == BACKEND_FINISH_STOP)
        a->finish = BACKEND_FINISH_CALLS;
    if (rc == 0 && r->chat.stream)
        rc = chat_write_finish(&r->out, &r->reply, a->finish);
    return rc;
}

static int stream_text(struct request *r, struct request_answer *a,
                       const struct backend_text *piece)
{
    buf_clear(&r->out);
    int rc = begin_stream(r);
    r->reply.choice = piece->answer;
    if (rc == 0)
        rc = hear(a, content_of(piece->bytes, piece->len));
    if (rc == 0 && piece->ended)
        rc = end_answer(a);
    const void *events = r->out.data;
    size_t size = r->out.len;
    if (rc == 0 && size > 0 && dispatch_edit_answer(r, &events, &size))
        dispatch_reply_bytes(r, events, size);
    return rc;
}

static void on_engine_text(void *user, const struct backend_text *piece)
{
    struct request *r = user;
    struct request_answer *a = &r->answers[piece->answer];
    size_t row_bytes = r->chat.sampling.logprobs * sizeof(*piece->rows);
    int rc = 0;
    a->finish = piece->finish;
    if (r->holds_answer)
        cascade_note(&a->confidence, piece->rows, piece->row_tokens, engine_width(r));
    if (row_bytes != 0 && piece->row_tokens != 0)
        rc = buf_append(&a->logprobs, piece->rows, piece->row_tokens * row_bytes);
    if (rc == 0 && r->chat.stream && !r->holds_answer)
        rc = stream_text(r, a, piece);
    else if (rc == 0)
        rc = buf_append(&a->text, piece->bytes, piece->len);
    if (rc != 0)
        dispatch_finish_without_memory(r);
}

/* ---- the end of it ---- */

/* Of an answer that was kept: its text is looked at for calls, and written. */
static int write_kept(struct request_answer *a)
{
    struct request *r = a->request;
    struct buf said = a->text;
    a->text = (struct buf)BUF_INIT;
    int rc = hear(a, content_of(said.data, said.len));
    buf_release(&said);
    if (rc == 0)
        rc = end_answer(a);
    if (rc != 0 || r->chat.stream)
        return rc;
    struct chat_logprobs logprobs = logprobs_of(a);
    return chat_write_choice(&r->out, &r->reply, content_of(a->text.data, a->text.len),
                             &a->call_json, &logprobs, a->finish);
}

/* The end of a reply that was streamed, or all of one that was not. */
static int write_engine_end(struct request *r, const struct backend_result *result)
{
    bool kept = !r->chat.stream || r->holds_answer;
    buf_clear(&r->out);
    int rc = r->chat.stream ? begin_stream(r) : chat_write_begin(&r->out, &r->reply);
    for (uint32_t i = 0; rc == 0 && kept && i < r->answer_count; i++) {
        r->reply.choice = i;
        rc = write_kept(&r->answers[i]);
    }
    if (rc != 0)
        return rc;
    return r->chat.stream
               ? chat_write_done(&r->out, &r->reply, r->chat.include_usage ? result : NULL)
               : chat_write_end(&r->out, result);
}

void dispatch_finish_engine(struct request *r, const struct backend_result *result)
{
    dispatch_set_answered(r, result);
    if (write_engine_end(r, result) != 0) {
        dispatch_finish_without_memory(r);
        return;
    }
    const void *bytes = r->out.data;
    size_t len = r->out.len;
    if (request_scan_apart(r, bytes, len) || !dispatch_edit_answer(r, &bytes, &len))
        return;
    if (!r->chat.stream)
        dispatch_begin_answer(r, "application/json", (int64_t)len);
    reply_data(r->exchange, bytes, len);
    request_finish(r, DECISION_OUTCOME_OK, API_ERROR_NONE, NULL, NULL);
}

/* ---- the cascade ---- */

/* By the field for it, or in words. */
static bool asks_for_json(const struct request *r)
{
    const struct chat_request *chat = &r->chat;
    bool last = true; /* of what the user said */
    for (size_t i = chat->message_count; i-- > 0 && !r->calling;) {
        bool user = strcmp(chat->messages[i].role, "user") == 0;
        bool counts = user ? last : strcmp(chat->messages[i].role, "system") == 0;
        if (counts && cascade_speaks_of_json(chat->messages[i].text))
            return true;
        last = last && !user;
    }
    return chat->response_format != JSON_NONE;
}

static enum cascade_verdict judge(const struct request *r, const struct request_answer *a,
                                  float confidence, bool json)
{
    struct cascade_answer answer = {.text = content_of(a->text.data, a->text.len),
                                    .confidence = confidence,
                                    .json = json,
                                    .cut_off = a->finish == BACKEND_FINISH_LENGTH &&
                                               r->chat.max_tokens == 0};
    return cascade_judge(&answer, r->decision.min_confidence);
}

bool dispatch_goes_on(struct request *r, const struct backend_result *result)
{
    if (!r->holds_answer)
        return false;
    bool json = asks_for_json(r);
    r->record.cascade = CASCADE_KEPT;
    for (uint32_t i = 0; r->record.cascade == CASCADE_KEPT && i < r->answer_count; i++) {
        r->record.cascade_confidence = cascade_confidence(&r->answers[i].confidence);
        r->record.cascade = judge(r, &r->answers[i], r->record.cascade_confidence, json);
    }
    if (r->record.cascade == CASCADE_KEPT)
        return false;
    dispatch_note_failure(r, cascade_verdict_name(r->record.cascade), r->last_outcome,
                          r->last_status, -1);
    r->held_target = r->target;
    r->held_result = *result;
    request_dispatch(r);
    return true;
}

void dispatch_deliver_held(struct request *r)
{
    r->target = r->held_target;
    r->held_target = -1;
    r->holds_answer = true;
    if (dispatch_begin_restore(r))
        dispatch_finish_engine(r, &r->held_result);
    else
        request_finish(r, DECISION_OUTCOME_FAILED, API_ERROR_INTERNAL_OVERLOADED, NULL, NULL);
}

/* ---- asking ---- */

void request_free_answers(struct request *r)
{
    for (uint32_t i = 0; i < r->answer_count; i++) {
        struct request_answer *a = &r->answers[i];
        buf_release(&a->text);
        buf_release(&a->logprobs);
        buf_release(&a->call_json);
        tool_calls_release(&a->calls);
    }
    free(r->answers);
    r->answers = NULL;
    r->answer_count = 0;
    local_model_unref(r->model);
    r->model = NULL;
}

static bool make_answers(struct request *r, const struct tool_call_events *calls)
{
    request_free_answers(r);
    r->answers = calloc(r->chat.choices, sizeof(*r->answers));
    if (r->answers == NULL)
        return false;
    for (; r->answer_count < r->chat.choices; r->answer_count++) {
        struct request_answer *a = &r->answers[r->answer_count];
        a->request = r;
        tool_calls_init(&a->calls, local_engine_describe(engine_of(r))->calls, calls, a);
    }
    return true;
}

/* Callers without a key are strangers to each other unless the configuration says otherwise. */
bool request_shares_prefixes(const struct request *r)
{
    enum config_prefix_cache cache = r->site->config->engine.prefix_cache;
    return cache == CONFIG_PREFIX_ALL ||
           (cache == CONFIG_PREFIX_KEYS && r->record.key_id[0] != '\0');
}

enum backend_outcome dispatch_ask_engine(struct request *r)
{
    static const struct backend_events events = {
        .on_head = dispatch_on_head, .on_text = on_engine_text, .on_end = dispatch_on_end};
    struct local_params params = {.answers = r->chat.choices,
                                  .max_tokens = r->chat.max_tokens,
                                  .sampling = r->chat.sampling,
                                  .grammar = r->chat.grammar,
                                  .stop = r->chat.stop,
                                  .stop_count = r->chat.stop_count,
                                  .stream = r->chat.stream && !r->holds_answer,
                                  .principal = r->record.principal};
    params.sampling.logprobs = engine_width(r);
    r->held_target = -1;
    params.share_prefixes = request_shares_prefixes(r);
    if (!r->chat.seeded)
        params.sampling.seed = (uint64_t)worker_clock_us() * 0x9e3779b97f4a7c15u + r->number;
    const struct local_description *engine = local_engine_describe(engine_of(r));
    static const struct tool_call_events calls = {
        .on_text = on_said_text, .on_call = on_said_call, .on_arguments = on_said_arguments};
    params.tools = chat_request_tools(&r->chat, engine);
    r->calling = content_len(params.tools) > 0;
    r->reply.model = engine->name;
    if (!make_answers(r, &calls))
        return BACKEND_ERR_INTERNAL;
    enum backend_outcome outcome = local_start(engine_of(r), r->desk->worker, r->chat.messages,
                                               r->chat.message_count, &params, &events, r, &r->job);
    if (outcome == BACKEND_OK)
        r->chat.grammar = NULL; /* the job's now */
    return outcome;
}
