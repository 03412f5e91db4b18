/*
 * Targets in the order of the decision, one at a time: a failure before the first word of an answer
 * goes on to the next one, a failure after it ends the reply visibly.
 */
#include <stdlib.h>
#include <string.h>

#include "gateway/request.h"
#include "gateway/stream_join.h"

static uint64_t now_ms(const struct request *r)
{
    return (uint64_t)worker_now_us(r->desk->worker) / 1000;
}

static const struct site_target *target_of(const struct request *r)
{
    return &r->site->targets[r->target];
}

struct local_engine *request_engine(const struct request *r, int target)
{
    struct local_engine *own = r->site->targets[target].engine;
    return own != NULL ? own : r->desk->services->engine;
}

static struct local_engine *engine_of(const struct request *r)
{
    return request_engine(r, r->target);
}

static void record_try(struct request *r, enum backend_outcome outcome, int status)
{
    const struct site_target *target = target_of(r);
    struct decision_try *try =
        decision_record_add_try(&r->record, target->config->name, target->config->placement);
    if (try == NULL)
        return;
    try->outcome = outcome;
    try->status = (uint16_t)status;
    try->metrics_id = target->metrics_id;
    int64_t spent = worker_clock_us() - r->try_began_us;
    try->duration_us = spent > UINT32_MAX ? UINT32_MAX : (uint32_t)spent;
}

/* Remember why this target did not answer, for the header and for the last word. */
static void note_failure(struct request *r, const char *reason, enum backend_outcome outcome,
                         int status, int retry_after)
{
    r->last_outcome = outcome;
    r->last_status = status;
    if (retry_after >= 0)
        r->retry_after = retry_after;
    const char *comma = r->fallbacks.len != 0 ? ", " : "";
    /* Only a header for people: without memory it is shorter. */
    int rc = buf_printf(&r->fallbacks, "%s%s=%s", comma, target_of(r)->config->name, reason);
    (void)rc;
}

/* ---- the end of all attempts ---- */

static enum api_error error_of(enum backend_outcome outcome, int status)
{
    switch (outcome) {
    case BACKEND_ERR_FIRST_BYTE:
    case BACKEND_ERR_IDLE:
    case BACKEND_ERR_TOTAL:
        return API_ERROR_TARGET_TIMEOUT;
    case BACKEND_ERR_CUT:
        return API_ERROR_TARGET_CUT;
    case BACKEND_ERR_GARBAGE:
        return API_ERROR_TARGET_BAD_REPLY;
    case BACKEND_ERR_STATUS:
        if (status == 429)
            return API_ERROR_TARGET_RATE_LIMITED;
        return status >= 500 ? API_ERROR_TARGET_UNAVAILABLE : API_ERROR_TARGET_REFUSED;
    case BACKEND_ERR_CONTEXT:
        return API_ERROR_CALLER_CONTEXT_TOO_LONG;
    case BACKEND_ERR_BUSY:
        return API_ERROR_INTERNAL_OVERLOADED;
    case BACKEND_ERR_INTERNAL:
        return API_ERROR_INTERNAL_ERROR;
    default:
        return API_ERROR_TARGET_UNAVAILABLE;
    }
}

static bool begin_restore(struct request *r);
static void deliver_held(struct request *r);

static void finish_unanswered(struct request *r)
{
    if (r->held_target >= 0) {
        deliver_held(r);
        return;
    }
    const struct chat_obstacle *obstacle = &r->chat.obstacle;
    if (obstacle->error != API_ERROR_NONE && r->last_outcome == BACKEND_OK) {
        request_finish(r, DECISION_OUTCOME_FAILED, obstacle->error, obstacle->param,
                       obstacle->detail);
        return;
    }
    const char *detail = r->last_outcome != BACKEND_OK ? backend_outcome_name(r->last_outcome) : "";
    request_finish(r, DECISION_OUTCOME_FAILED, error_of(r->last_outcome, r->last_status), NULL,
                   detail);
}

/* The caller's own mistake in the target's eyes: another target would only say so again. */
static bool is_final(const struct backend_result *result)
{
    return result->outcome == BACKEND_ERR_STATUS &&
           (result->status == 400 || result->status == 413 || result->status == 422);
}

/* ---- events ---- */

static void reply_bytes(struct request *r, const void *bytes, size_t len)
{
    reply_data(r->exchange, bytes, len);
    if (!r->paused && reply_pending(r->exchange) > REPLY_HIGH_WATER) {
        r->paused = true;
        r->job->ops->pause(r->job);
    }
}

void request_begin_reply(struct request *r, const char *content_type, int64_t length)
{
    struct reply_header headers[REQUEST_HEADERS + 1];
    size_t count = request_headers(r, content_type, headers);
    if (length == REPLY_CHUNKED)
        headers[count++] = (struct reply_header){"cache-control", "no-cache"};
    request_set_state(r, REQUEST_REPLY);
    r->record.first_byte_us = (uint64_t)(worker_clock_us() - http_exchange_began_us(r->exchange));
    reply_start(r->exchange, 200, headers, count, length);
}

/* From here on the answer is this target's. */
static void begin_answer(struct request *r, const char *content_type, int64_t length)
{
    if (r->state != REQUEST_REPLY)
        request_begin_reply(r, content_type, length);
    r->answering = true;
    if (r->acknowledgement.said)
        r->record.answer_us = (uint64_t)(worker_clock_us() - http_exchange_began_us(r->exchange));
}

static void finish_without_memory(struct request *r)
{
    request_finish(r, DECISION_OUTCOME_PARTIAL, API_ERROR_INTERNAL_OVERLOADED, NULL, NULL);
}

static void on_head(void *user, const struct backend_head *head)
{
    struct request *r = user;
    if (head->local != NULL)
        r->model = local_model_ref(head->local);
    breaker_answered(target_of(r)->breaker, &r->ticket, now_ms(r));
}

/*
 * What the client gets of a piece of an answer: its bytes, unless values are to be put back into it
 * or it is to be scanned. It becomes part of the conversation that is remembered, as the client
 * will send it back. False: the request is finished.
 */
static bool edit_answer(struct request *r, const void **bytes, size_t *len)
{
    if (r->restore != NULL) {
        buf_clear(&r->answer);
        int rc = r->chat.stream ? restore_events(r->restore, *bytes, *len, &r->answer)
                                : restore_body(r->restore, *bytes, *len, &r->answer);
        if (rc != 0) {
            finish_without_memory(r);
            return false;
        }
        *bytes = r->answer.data;
        *len = r->answer.len;
    }
    /* Without memory for it the turn itself is still remembered. */
    if (r->remembered || r->compares)
        (void)!reply_text_read(&r->said, *bytes, *len, r->chat.stream);
    if (r->said.ended)
        request_remember_answer(r);
    return true;
}

/* Upstream's bytes are the client's: nothing is taken apart that need not be. */
static void on_upstream_data(void *user, const void *bytes, size_t len)
{
    struct request *r = user;
    acknowledge_drop(r, DECISION_ACK_OVERTAKEN);
    if (r->acknowledgement.said) {
        buf_clear(&r->out);
        if (stream_join(&r->reply, bytes, len, &r->out) != 0) {
            finish_without_memory(r);
            return;
        }
        bytes = r->out.data;
        len = r->out.len;
    }
    if (request_scan_apart(r, bytes, len) || !edit_answer(r, &bytes, &len))
        return;
    if (!r->answering && r->chat.stream)
        begin_answer(r, "text/event-stream", REPLY_CHUNKED);
    else if (!r->answering)
        begin_answer(r, "application/json", (int64_t)len);
    reply_bytes(r, bytes, len);
}

void request_answer_scanned(struct request *r)
{
    const void *bytes = r->whole.data;
    size_t len = r->whole.len;
    if (!edit_answer(r, &bytes, &len))
        return;
    begin_answer(r, "application/json", (int64_t)len);
    if (r->job != NULL) { /* its end has yet to come */
        reply_bytes(r, bytes, len);
        return;
    }
    reply_data(r->exchange, bytes, len);
    request_finish(r, DECISION_OUTCOME_OK, API_ERROR_NONE, NULL, NULL);
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

/* ---- what the engine says, as text and as calls: into the stream, or kept for the whole ---- */

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
        begin_answer(r, "text/event-stream", REPLY_CHUNKED);
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
    if (rc == 0 && size > 0 && edit_answer(r, &events, &size))
        reply_bytes(r, events, size);
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
        finish_without_memory(r);
}

/* Release the breaker's slot and the job's place; the job itself is gone already. */
static void settle(struct request *r, const struct backend_result *result)
{
    breaker_report(target_of(r)->breaker, &r->ticket, breaker_mark_of(result), result->retry_after,
                   now_ms(r));
    record_try(r, result->outcome, result->status);
    r->job = NULL;
    r->paused = false;
}

static void set_answered(struct request *r, const struct backend_result *result)
{
    const struct site_target *target = target_of(r);
    r->record.answered = true;
    DECISION_SET(r->record.target, target->config->name);
    r->record.placement = target->config->placement;
    r->record.prompt_tokens = result->prompt_tokens;
    r->record.completion_tokens = result->completion_tokens;
    if (target->upstream == NULL) {
        DECISION_SET(r->record.target_model, r->reply.model);
        if (r->model != NULL)
            DECISION_SET(r->record.target_model_hash, local_model_sha256(r->model));
    } else if (target->config->model != NULL) {
        DECISION_SET(r->record.target_model, target->config->model);
    }
}

/* The answer broke off: what was held back of it goes out before the client is told. */
static void finish_partial(struct request *r, const struct backend_result *result)
{
    buf_clear(&r->out);
    if (r->restore != NULL && r->chat.stream && restore_end(r->restore, &r->out) == 0)
        reply_data(r->exchange, r->out.data, r->out.len);
    request_finish(r, DECISION_OUTCOME_PARTIAL, error_of(result->outcome, result->status), NULL,
                   NULL);
}

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

static void finish_engine(struct request *r, const struct backend_result *result)
{
    set_answered(r, result);
    if (write_engine_end(r, result) != 0) {
        finish_without_memory(r);
        return;
    }
    const void *bytes = r->out.data;
    size_t len = r->out.len;
    if (request_scan_apart(r, bytes, len) || !edit_answer(r, &bytes, &len))
        return;
    if (!r->chat.stream)
        begin_answer(r, "application/json", (int64_t)len);
    reply_data(r->exchange, bytes, len);
    request_finish(r, DECISION_OUTCOME_OK, API_ERROR_NONE, NULL, NULL);
}

/* ---- the cascade ---- */

static void judge(struct request *r, const struct request_answer *a)
{
    bool cut_off = a->finish == BACKEND_FINISH_LENGTH && r->chat.max_tokens == 0;
    r->record.cascade_confidence = cascade_confidence(&a->confidence);
    r->record.cascade =
        cascade_judge(content_of(a->text.data, a->text.len), r->record.cascade_confidence,
                      r->decision.min_confidence, cut_off);
}

/* Judges answers that are held back, until one is not good enough; true when another target was
 * asked in its place. */
static bool goes_on(struct request *r, const struct backend_result *result)
{
    if (!r->holds_answer)
        return false;
    r->record.cascade = CASCADE_KEPT;
    for (uint32_t i = 0; r->record.cascade == CASCADE_KEPT && i < r->answer_count; i++)
        judge(r, &r->answers[i]);
    if (r->record.cascade == CASCADE_KEPT)
        return false;
    note_failure(r, cascade_verdict_name(r->record.cascade), r->last_outcome, r->last_status, -1);
    r->held_target = r->target;
    r->held_result = *result;
    request_dispatch(r);
    return true;
}

/* Nobody had a better one: the answer that was not good enough is better than none. */
static void deliver_held(struct request *r)
{
    r->target = r->held_target;
    r->held_target = -1;
    r->holds_answer = true;
    if (begin_restore(r))
        finish_engine(r, &r->held_result);
    else
        request_finish(r, DECISION_OUTCOME_FAILED, API_ERROR_INTERNAL_OVERLOADED, NULL, NULL);
}

static void on_end(void *user, const struct backend_result *result)
{
    struct request *r = user;
    settle(r, result);
    if (r->answering)
        set_answered(r, result);
    if (result->outcome != BACKEND_OK) {
        request_stop_scan(r);
        note_failure(r, backend_outcome_name(result->outcome), result->outcome, result->status,
                     result->retry_after);
        if (r->answering)
            finish_partial(r, result);
        else if (is_final(result))
            finish_unanswered(r);
        else
            request_dispatch(r);
        return;
    }
    if (target_of(r)->upstream != NULL) {
        set_answered(r, result);
        if (r->classify_ticket == 0) /* else the pool has the answer */
            request_finish(r, DECISION_OUTCOME_OK, API_ERROR_NONE, NULL, NULL);
    } else if (!goes_on(r, result)) {
        finish_engine(r, result);
    }
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

static enum backend_outcome ask_engine(struct request *r)
{
    static const struct backend_events events = {
        .on_head = on_head, .on_text = on_engine_text, .on_end = on_end};
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

/* Whether the policy wants the body edited for this target. */
static bool is_edited_for(const struct request *r)
{
    return r->decision.edits && target_of(r)->config->placement >= r->decision.edit_for;
}

/*
 * The client's bytes go up as they came, but for the spans that are changed on purpose: the
 * model's name, and what is redacted. Returns how many pieces, 0 when memory ran out.
 */
static size_t compose_body(struct request *r, struct content pieces[3])
{
    const char *body = content_bytes(request_body(r));
    size_t len = content_len(request_body(r));
    const char *model = config_target_model(target_of(r)->config, r->chat.model);
    bool renamed = strcmp(model, r->chat.model) != 0;
    buf_clear(&r->model_json);
    if (renamed && json_write_string(&r->model_json, content_of(model, strlen(model))) != 0)
        return 0;
    if (is_edited_for(r) && r->redaction->edit_count != 0) {
        buf_clear(&r->edited);
        if (redaction_write(r->redaction, &r->chat, renamed ? &r->model_json : NULL, &r->edited) !=
            0)
            return 0;
        pieces[0] = content_of(r->edited.data, r->edited.len);
        return 1;
    }
    pieces[0] = content_of(body, len);
    if (!renamed)
        return 1;
    pieces[0] = content_of(body, r->chat.model_start);
    pieces[1] = content_of(r->model_json.data, r->model_json.len);
    pieces[2] = content_of(body + r->chat.model_end, len - r->chat.model_end);
    return 3;
}

static enum backend_outcome ask_upstream(struct request *r)
{
    static const struct backend_events events = {
        .on_head = on_head, .on_data = on_upstream_data, .on_end = on_end};
    struct content pieces[3];
    size_t count = compose_body(r, pieces);
    if (count == 0)
        return BACKEND_ERR_INTERNAL;
    struct upstream_request request = {.pieces = pieces,
                                       .piece_count = count,
                                       .request_id = r->record.request_id,
                                       .stream = r->chat.stream};
    return upstream_start(r->desk->upstream, target_of(r)->upstream, &request, &events, r, &r->job);
}

/* What this target's answer has to go through. */
static bool begin_restore(struct request *r)
{
    bool edited = is_edited_for(r) && r->redaction->edit_count != 0;
    restore_free(r->restore);
    r->restore = NULL;
    if (!edited && !r->scans)
        return true;
    r->restore = restore_new(edited ? &r->redaction->map : NULL, r->scans ? &r->scan : NULL);
    return r->restore != NULL;
}

/* Whether the target is being asked now; otherwise it was passed over and noted. */
static bool ask(struct request *r)
{
    const struct site_target *target = target_of(r);
    r->try_began_us = worker_clock_us();
    r->holds_answer = r->decision.cascade == DECISION_CASCADE_JUDGE && target->upstream == NULL &&
                      r->next_target < r->decision.target_count;
    if (target->upstream == NULL)
        acknowledge_drop(r, DECISION_ACK_DROPPED); /* it answers itself */
    /* The promise that placement never drops is kept here once more, whatever decided. */
    if (target->config->placement > r->decision.allowed) {
        note_failure(r, "not_allowed", BACKEND_ERR_INTERNAL, 0, -1);
        return false;
    }
    if (is_edited_for(r) && r->redaction == NULL) {
        note_failure(r, "not_redacted", BACKEND_ERR_INTERNAL, 0, -1);
        return false;
    }
    if (!begin_restore(r)) {
        note_failure(r, "no_memory", BACKEND_ERR_INTERNAL, 0, -1);
        return false;
    }
    if (target->upstream == NULL)
        chat_request_fit(&r->chat, local_engine_describe(engine_of(r)));
    if (target->upstream == NULL && r->chat.obstacle.error != API_ERROR_NONE) {
        note_failure(r, "unsupported_field", r->last_outcome, r->last_status, -1);
        return false;
    }
    switch (breaker_allow(target->breaker, now_ms(r), &r->ticket)) {
    case BREAKER_ALLOWED:
        break;
    case BREAKER_REFUSED:
        note_failure(r, "circuit_open", BACKEND_ERR_CONNECT, 0,
                     (int)breaker_retry_after(target->breaker, now_ms(r)));
        return false;
    case BREAKER_FULL:
        note_failure(r, "busy", BACKEND_ERR_BUSY, 0, 1);
        return false;
    }
    enum backend_outcome outcome = target->upstream != NULL ? ask_upstream(r) : ask_engine(r);
    if (outcome == BACKEND_OK)
        return true;
    breaker_report(target->breaker, &r->ticket, BREAKER_NEUTRAL, -1, now_ms(r));
    record_try(r, outcome, 0);
    bool busy = outcome == BACKEND_ERR_BUSY && target->upstream == NULL;
    note_failure(r, backend_outcome_name(outcome), outcome, 0,
                 busy ? local_engine_retry_after(engine_of(r)) : -1);
    return false;
}

void request_dispatch(struct request *r)
{
    while (r->next_target < r->decision.target_count) {
        r->target = r->decision.targets[r->next_target++];
        if (ask(r)) {
            if (target_of(r)->upstream != NULL)
                acknowledge_begin(r);
            return;
        }
    }
    finish_unanswered(r);
}

void request_drop_job(struct request *r)
{
    if (r->job == NULL)
        return;
    r->job->ops->cancel(r->job);
    r->job = NULL;
    breaker_report(target_of(r)->breaker, &r->ticket, BREAKER_NEUTRAL, -1, now_ms(r));
    record_try(r, BACKEND_CANCELLED, 0);
}

void desk_on_drain(void *user)
{
    struct request *r = user;
    if (r->paused && r->job != NULL) {
        r->paused = false;
        r->job->ops->resume(r->job);
    }
}
