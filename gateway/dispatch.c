/*
 * Targets in the order of the decision, one at a time: a failure before the first word of an answer
 * goes on to the next one, a failure after it ends the reply visibly.
 */
#include <string.h>

#include "gateway/dispatch.h"

static uint64_t now_ms(const struct request *r)
{
    return (uint64_t)worker_now_us(r->desk->worker) / 1000;
}

const struct site_target *dispatch_target(const struct request *r)
{
    return &r->site->targets[r->target];
}

static void record_try(struct request *r, enum backend_outcome outcome, int status)
{
    const struct site_target *target = dispatch_target(r);
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

void dispatch_note_failure(struct request *r, const char *reason, enum backend_outcome outcome,
                           int status, int retry_after)
{
    r->last_outcome = outcome;
    r->last_status = status;
    if (retry_after >= 0)
        r->retry_after = retry_after;
    const char *comma = r->fallbacks.len != 0 ? ", " : "";
    /* Only a header for people: without memory it is shorter. */
    int rc = buf_printf(&r->fallbacks, "%s%s=%s", comma, dispatch_target(r)->config->name, reason);
    (void)rc;
}

/* ---- the end of all attempts ---- */

/* In the target's eyes: another target would only say so again. */
static bool is_callers_mistake(int status)
{
    return status == 400 || status == 413 || status == 422;
}

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
        if (is_callers_mistake(status))
            return API_ERROR_TARGET_REJECTED;
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

static void finish_unanswered(struct request *r)
{
    if (r->held_target >= 0) {
        dispatch_deliver_held(r);
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

/* ---- the end of one ---- */

/* Release the breaker's slot and the job's place; the job itself is gone already. */
static void settle(struct request *r, const struct backend_result *result)
{
    breaker_report(dispatch_target(r)->breaker, &r->ticket, breaker_mark_of(result),
                   result->retry_after, now_ms(r));
    record_try(r, result->outcome, result->status);
    r->job = NULL;
    r->paused = false;
}

void dispatch_set_answered(struct request *r, const struct backend_result *result)
{
    const struct site_target *target = dispatch_target(r);
    r->record.answered = true;
    DECISION_SET(r->record.target, target->config->name);
    r->record.placement = target->config->placement;
    r->record.prompt_tokens = result->prompt_tokens;
    r->record.completion_tokens = result->completion_tokens;
    if (target->upstream == NULL) {
        DECISION_SET(r->record.target_model, r->reply.model);
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

void dispatch_on_head(void *user, const struct backend_head *head)
{
    struct request *r = user;
    if (head->local != NULL)
        r->model = local_model_ref(head->local);
    r->record.target_model_hash[0] = '\0';
    if (head->model_sha256 != NULL)
        DECISION_SET(r->record.target_model_hash, head->model_sha256);
    breaker_answered(dispatch_target(r)->breaker, &r->ticket, now_ms(r));
}

void dispatch_on_end(void *user, const struct backend_result *result)
{
    struct request *r = user;
    settle(r, result);
    if (r->answering)
        dispatch_set_answered(r, result);
    if (result->outcome != BACKEND_OK) {
        request_stop_scan(r);
        dispatch_note_failure(r, backend_outcome_name(result->outcome), result->outcome,
                              result->status, result->retry_after);
        if (r->answering)
            finish_partial(r, result);
        else if (result->outcome == BACKEND_ERR_STATUS && is_callers_mistake(result->status))
            finish_unanswered(r);
        else
            request_dispatch(r);
        return;
    }
    if (dispatch_target(r)->upstream != NULL) {
        dispatch_set_answered(r, result);
        if (r->classify_ticket == 0) /* else the pool has the answer */
            request_finish(r, DECISION_OUTCOME_OK, API_ERROR_NONE, NULL, NULL);
    } else if (!dispatch_goes_on(r, result)) {
        dispatch_finish_engine(r, result);
    }
}

/* ---- asking ---- */

/* Whether the policy wants the body edited for this target. */
static bool is_edited_for(const struct request *r)
{
    return r->decision.edits && dispatch_target(r)->config->placement >= r->decision.edit_for;
}

/*
 * The client's bytes go up as they came, but for the spans that are changed on purpose: the
 * model's name, and what is redacted. Returns how many pieces, 0 when memory ran out.
 */
static size_t compose_body(struct request *r, struct content pieces[3])
{
    const char *body = content_bytes(request_body(r));
    size_t len = content_len(request_body(r));
    const char *model = config_target_model(dispatch_target(r)->config, r->chat.model);
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
        .on_head = dispatch_on_head, .on_data = dispatch_on_data, .on_end = dispatch_on_end};
    struct content pieces[3];
    size_t count = compose_body(r, pieces);
    if (count == 0)
        return BACKEND_ERR_INTERNAL;
    struct upstream_request request = {.pieces = pieces,
                                       .piece_count = count,
                                       .request_id = r->record.request_id,
                                       .stream = r->chat.stream};
    return upstream_start(r->desk->upstream, dispatch_target(r)->upstream, &request, &events, r,
                          &r->job);
}

bool dispatch_begin_restore(struct request *r)
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
    const struct site_target *target = dispatch_target(r);
    r->try_began_us = worker_clock_us();
    r->holds_answer = r->decision.cascade == DECISION_CASCADE_JUDGE && target->upstream == NULL &&
                      r->next_target < r->decision.target_count;
    if (target->upstream == NULL)
        acknowledge_drop(r, DECISION_ACK_DROPPED); /* it answers itself */
    /* The promise that placement never drops is kept here once more, whatever decided. */
    if (target->config->placement > r->decision.allowed) {
        dispatch_note_failure(r, "not_allowed", BACKEND_ERR_INTERNAL, 0, -1);
        return false;
    }
    if (is_edited_for(r) && r->redaction == NULL) {
        dispatch_note_failure(r, "not_redacted", BACKEND_ERR_INTERNAL, 0, -1);
        return false;
    }
    if (!dispatch_begin_restore(r)) {
        dispatch_note_failure(r, "no_memory", BACKEND_ERR_INTERNAL, 0, -1);
        return false;
    }
    if (target->upstream == NULL)
        chat_request_fit(&r->chat, local_engine_describe(request_engine(r, r->target)));
    if (target->upstream == NULL && r->chat.obstacle.error != API_ERROR_NONE) {
        dispatch_note_failure(r, "unsupported_field", r->last_outcome, r->last_status, -1);
        return false;
    }
    switch (breaker_allow(target->breaker, now_ms(r), &r->ticket)) {
    case BREAKER_ALLOWED:
        break;
    case BREAKER_REFUSED:
        dispatch_note_failure(r, "circuit_open", BACKEND_ERR_CONNECT, 0,
                              (int)breaker_retry_after(target->breaker, now_ms(r)));
        return false;
    case BREAKER_FULL:
        dispatch_note_failure(r, "busy", BACKEND_ERR_BUSY, 0, 1);
        return false;
    }
    enum backend_outcome outcome =
        target->upstream != NULL ? ask_upstream(r) : dispatch_ask_engine(r);
    if (outcome == BACKEND_OK)
        return true;
    breaker_report(target->breaker, &r->ticket, BREAKER_NEUTRAL, -1, now_ms(r));
    record_try(r, outcome, 0);
    bool busy = outcome == BACKEND_ERR_BUSY && target->upstream == NULL;
    dispatch_note_failure(r, backend_outcome_name(outcome), outcome, 0,
                          busy ? local_engine_retry_after(request_engine(r, r->target)) : -1);
    return false;
}

void request_dispatch(struct request *r)
{
    while (r->next_target < r->decision.target_count) {
        r->target = r->decision.targets[r->next_target++];
        if (ask(r)) {
            if (dispatch_target(r)->upstream != NULL)
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
    breaker_report(dispatch_target(r)->breaker, &r->ticket, BREAKER_NEUTRAL, -1, now_ms(r));
    record_try(r, BACKEND_CANCELLED, 0);
}
