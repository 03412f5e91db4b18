#include "gateway/request.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "gateway/api_feedback.h"
#include "gateway/api_models.h"
#include "gateway/base/log.h"
#include "gateway/debug_headers.h"
#include "gateway/reply.h"
#include "gateway/request_state.h"

/* ---- states ---- */

#define TO(state) (1u << REQUEST_##state)
static const unsigned legal[REQUEST_STATE_COUNT] = {
    [REQUEST_NEW] = TO(AUTHENTICATE) | TO(FINISHED),
    [REQUEST_AUTHENTICATE] = TO(DECODE) | TO(FINISHED),
    [REQUEST_DECODE] = TO(CLASSIFY) | TO(FINISHED),
    [REQUEST_CLASSIFY] = TO(DECIDE) | TO(FINISHED),
    [REQUEST_DECIDE] = TO(DISPATCH) | TO(FINISHED),
    [REQUEST_DISPATCH] = TO(REPLY) | TO(FINISHED),
    [REQUEST_REPLY] = TO(FINISHED),
    [REQUEST_FINISHED] = 0,
};

void request_set_state(struct request *request, enum request_state state)
{
    if ((legal[request->state] & (1u << state)) == 0) {
        LOG(LOG_LEVEL_ERROR, "illegal_request_state", LOG_NUMBER("from", request->state),
            LOG_NUMBER("to", state));
        assert(false && "illegal request state");
    }
    request->state = state;
}

static uint64_t since_began_us(const struct request *r)
{
    return (uint64_t)(worker_clock_us() - http_exchange_began_us(r->exchange));
}

/* ---- stages ---- */

enum stage_result { STAGE_NEXT, STAGE_WAIT, STAGE_FINISHED };

static enum stage_result refuse(struct request *r, enum api_error error, const char *param,
                                const char *detail)
{
    request_finish(r, DECISION_OUTCOME_REFUSED, error, param, detail);
    return STAGE_FINISHED;
}

static bool authenticate(const struct site *site, const struct http_exchange *exchange,
                         struct principal *principal, struct err *err)
{
    size_t count;
    const char *header = http_exchange_header_counted(exchange, "authorization", &count);
    if (count > 1) {
        err_set(err, ERR_DENIED, "more than one Authorization header");
        return false;
    }
    return identity_authenticate(site->identities, header, header != NULL ? strlen(header) : 0,
                                 principal, err) == IDENTITY_OK;
}

static enum stage_result stage_authenticate(struct request *r)
{
    struct principal principal;
    struct err err;
    if (!authenticate(r->site, r->exchange, &principal, &err))
        return refuse(r, API_ERROR_CALLER_UNAUTHENTICATED, NULL, err.text);
    DECISION_SET(r->record.principal, principal.id);
    DECISION_SET(r->record.key_id, principal.key_id);
    return STAGE_NEXT;
}

static enum stage_result stage_decode(struct request *r)
{
    const char *type = http_exchange_header(r->exchange, "content-type");
    static const char json[] = "application/json";
    size_t len = sizeof(json) - 1;
    if (type != NULL && (strncasecmp(type, json, len) != 0 || strchr("; \t", type[len]) == NULL))
        return refuse(r, API_ERROR_CALLER_UNSUPPORTED_MEDIA_TYPE, NULL, NULL);
    struct chat_problem problem;
    if (chat_request_decode(&r->chat, http_exchange_body(r->exchange), &problem) != 0)
        return refuse(r, problem.error, problem.param, problem.detail);
    r->decoded = true;
    r->record.decode_us = since_began_us(r);
    return STAGE_NEXT;
}

static bool has_any(const struct pii_set *types)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < PII_SET_WORDS; i++)
        bits |= types->bits[i];
    return bits != 0;
}

static struct classify_input classify_input_of(struct request *r)
{
    const struct config_classifiers *config = &r->site->config->classifiers;
    const struct pii_set *edited = policy_edited_types(r->site->policy);
    return (struct classify_input){.texts = r->chat.texts,
                                   .text_count = r->chat.text_count,
                                   .unscannable = r->chat.unscannable,
                                   .skip_pii = !config->pii,
                                   .skip_complexity = !config->complexity,
                                   .wanted = has_any(edited) ? edited : NULL,
                                   .spans = &r->spans,
                                   .max_tokens = r->chat.max_tokens,
                                   .tools = r->chat.tools,
                                   .effort = r->chat.effort,
                                   .model = r->chat.model};
}

static const struct learn_key *outcomes_key_of(const struct request *r)
{
    const struct outcomes *outcomes = r->desk->services->outcomes;
    return outcomes != NULL ? outcomes_key(outcomes) : NULL;
}

/* The site's correction where it may be used, or NULL. */
static const struct correction_file *correction_of(const struct request *r)
{
    const struct services *services = r->desk->services;
    const struct correction_file *file = r->site->correction;
    bool fits = services->classifiers != NULL &&
                correction_fits(file, classifiers_complexity_hash(services->classifiers),
                                outcomes_key_of(r));
    return fits ? file : NULL;
}

static void run_stages(struct request *r);

static void on_classified(void *user, struct classify_done *done)
{
    struct desk *desk = user;
    struct request *r = desk->first;
    while (r != NULL && r->number != done->request)
        r = r->next;
    if (r == NULL || r->classify_ticket != done->ticket)
        return;
    r->classify_ticket = 0;
    r->facts.unclassified = done->facts.unclassified;
    r->facts.pii = done->facts.pii;
    r->facts.complexity = done->facts.complexity;
    r->record.classifiers = done->times;
    r->spans = done->spans;
    done->spans = (struct classify_spans){.items = NULL};
    request_set_state(r, REQUEST_DECIDE);
    run_stages(r);
}

static enum stage_result stage_classify(struct request *r)
{
    const struct config_classifiers *config = &r->site->config->classifiers;
    struct services *services = r->desk->services;
    struct classify_input input = classify_input_of(r);
    const struct correction_file *correction = correction_of(r);
    const struct learn_key *key = correction != NULL ? &correction->key : outcomes_key_of(r);
    input.sketch = key != NULL;
    if (key != NULL)
        input.sketch_key = *key;
    /* Known whatever becomes of the classifiers: a time-out must not make a prompt look short. */
    r->facts.text_bytes = classify_input_bytes(&input);
    if (!config->pii && !config->complexity) {
        classify_none(&r->facts, input.unscannable ? UNCLASSIFIED_UNSCANNABLE : UNCLASSIFIED_OFF);
        return STAGE_NEXT;
    }
    if (r->facts.text_bytes <= config->large_prompt_bytes) {
        classify_request(services->classifiers, r->desk->scratch, &input, &r->facts,
                         &r->record.classifiers);
        return STAGE_NEXT;
    }
    struct classify_job_options job = {.request = r->number,
                                       .generation = r->number,
                                       .worker = r->desk->worker,
                                       .on_done = on_classified,
                                       .user = r->desk};
    int rc = classify_pool_submit(services->pool, &input, &job, &r->classify_ticket);
    if (rc == 0)
        return STAGE_WAIT;
    classify_none(&r->facts, rc == ERR_BUSY ? UNCLASSIFIED_OVERLOAD : UNCLASSIFIED_ERROR);
    return STAGE_NEXT;
}

/* The configuration's spelling of the model asked for, or NULL when it knows none. */
static const char *known_model(const struct request *r)
{
    const struct config *config = r->site->config;
    for (size_t i = 0; i < config->model_count; i++)
        if (strcmp(config->models[i], r->chat.model) == 0)
            return config->models[i];
    for (size_t i = 0; i < config->target_count; i++)
        if (config->targets[i].model != NULL &&
            strcmp(config->targets[i].model, r->chat.model) == 0)
            return config->targets[i].model;
    return NULL;
}

static uint64_t clock_ms(const struct request *r)
{
    return (uint64_t)worker_now_us(r->desk->worker) / 1000;
}

static void complete_facts(struct request *r)
{
    enum { BYTES_PER_TOKEN = 4 }; /* of English under common vocabularies */
    uint64_t now_ms = clock_ms(r);
    struct facts *facts = &r->facts;
    uint64_t tokens = facts->text_bytes / BYTES_PER_TOKEN + 1;
    size_t messages = r->chat.message_count;
    facts->model = r->chat.model;
    facts->prompt_tokens = tokens > UINT32_MAX ? UINT32_MAX : (uint32_t)tokens;
    facts->max_tokens = r->chat.max_tokens;
    facts->messages = messages > UINT32_MAX ? UINT32_MAX : (uint32_t)messages;
    facts->stream = r->chat.stream;
    facts->tools = r->chat.tools;
    for (size_t i = 0; i < r->site->target_count; i++) {
        facts->target_up[i] =
            site_target_up(&r->site->targets[i], r->desk->services->engine, now_ms);
        r->record.degraded = r->record.degraded || !facts->target_up[i];
    }
}

/*
 * The body for targets that the policy edits it for, made before any of them is asked. What cannot
 * be edited stays with the others.
 */
static void prepare_redaction(struct request *r)
{
    const struct policy *policy = r->site->policy;
    struct decision *decision = &r->decision;
    bool needed = false;
    for (size_t i = 0; i < decision->target_count; i++)
        needed =
            needed || policy_target_placement(policy, decision->targets[i]) >= decision->edit_for;
    if (!decision->edits || !needed)
        return;
    r->record.redaction = redaction_new(&r->redaction, &r->chat, &r->spans, policy, decision->rule);
    if (r->redaction == NULL) {
        decision_keep_from(policy, decision->edit_for, decision);
        return;
    }
    r->record.redacted_spans = (uint32_t)r->redaction->edit_count;
    r->record.redacted_values = (uint32_t)r->redaction->map.count;
}

static void prepare_reply_scan(struct request *r)
{
    enum pii_reply wanted = policy_scan_reply(r->site->policy, r->decision.rule);
    if (wanted == PII_REPLY_OFF || r->decision.action != DECISION_ROUTE ||
        !r->site->config->classifiers.pii)
        return;
    r->scans = true;
    r->scan = (struct reply_scan){.classifiers = r->desk->services->classifiers,
                                  .scratch = r->desk->scratch,
                                  .policy = r->site->policy,
                                  .rule = r->decision.rule,
                                  .mask = wanted == PII_REPLY_MASK};
}

/* What earlier turns showed holds for this one, whether they are still in it or not. */
static void recall(struct request *r)
{
    struct ratchet *ratchet = r->desk->services->ratchet;
    if (ratchet == NULL || !r->site->config->classifiers.pii)
        return;
    ratchet_keys_of(ratchet, r->record.principal, r->chat.texts, r->chat.text_count, &r->keys);
    r->record.held = ratchet_recall(ratchet, &r->keys, clock_ms(r), &r->facts);
}

/* What is refused never became part of a conversation: it may be asked again without the secret. */
static void remember(struct request *r)
{
    struct ratchet *ratchet = r->desk->services->ratchet;
    if (ratchet == NULL || !r->site->config->classifiers.pii ||
        r->decision.action != DECISION_ROUTE)
        return;
    r->remembered = ratchet_remember(ratchet, &r->keys, clock_ms(r), &r->facts);
    ratchet_id_write(r->keys.conversation, r->record.conversation);
}

void request_remember_answer(struct request *r)
{
    struct ratchet *ratchet = r->desk->services->ratchet;
    for (size_t i = 0; r->remembered && i < REPLY_TEXT_CHOICES; i++) {
        const struct buf *said = &r->said.choices[i];
        if (said->len == 0)
            continue;
        ratchet_keys_of_answer(ratchet, r->record.principal, r->chat.texts, r->chat.text_count,
                               content_of(said->data, said->len), &r->keys);
        (void)ratchet_remember(ratchet, &r->keys, clock_ms(r), &r->facts);
    }
    r->remembered = false;
}

/* How the record calls the model that was asked for. */
static void record_model(struct request *r)
{
    struct desk *desk = r->desk;
    const char *known = known_model(r);
    if (desk->services->log == NULL)
        return;
    if (known != NULL) {
        decision_log_model_name(desk->services->log, known, NULL, 0, r->record.model_asked);
        return;
    }
    if (strcmp(desk->model_asked, r->chat.model) != 0) {
        memcpy(desk->model_asked, r->chat.model, sizeof(desk->model_asked));
        decision_log_model_name(desk->services->log, NULL, r->chat.model, strlen(r->chat.model),
                                desk->model_recorded);
    }
    DECISION_SET(r->record.model_asked, desk->model_recorded);
}

/* For who asks and may; without memory it is left out. */
static void explain(struct request *r)
{
    enum config_debug allowed = r->site->config->identity.debug;
    const char *wish = http_exchange_header(r->exchange, "x-penstock-debug");
    if (wish == NULL || strcasecmp(wish, "true") != 0 || allowed == CONFIG_DEBUG_OFF ||
        (allowed == CONFIG_DEBUG_KEYS && r->record.key_id[0] == '\0'))
        return;
    if (debug_signals_write(&r->record, &r->signals) != 0 ||
        debug_reasons_write(&r->record, &r->reasons) != 0)
        buf_clear(&r->reasons);
}

static enum stage_result stage_decide(struct request *r)
{
    struct decision_record *record = &r->record;
    record->classify_us = since_began_us(r);
    complete_facts(r);
    recall(r);
    const struct correction_file *correction = correction_of(r);
    struct complexity_facts *complexity = &r->facts.complexity;
    if (correction != NULL)
        complexity->score = correction_apply(&correction->correction, &complexity->sketch,
                                             complexity->shipped_score);
    facts_round(&r->facts);
    complexity->tier = policy_tier(r->site->policy, complexity->score);
    policy_decide(r->site->policy, &r->facts, &r->decision);
    prepare_redaction(r);
    prepare_reply_scan(r);
    remember(r);
    decision_record_set_facts(record, &r->facts, &record->classifiers);
    decision_record_set_decision(record, &r->decision);
    record_model(r);
    explain(r);
    record->decide_us = since_began_us(r);
    if (r->decision.action == DECISION_ROUTE)
        return STAGE_NEXT;
    request_finish(r, DECISION_OUTCOME_BLOCKED,
                   r->decision.block == DECISION_BLOCK_UNCLASSIFIED ? API_ERROR_POLICY_UNSCANNABLE
                                                                    : API_ERROR_POLICY_BLOCKED,
                   NULL, r->decision.message);
    return STAGE_FINISHED;
}

static enum stage_result stage_dispatch(struct request *r)
{
    request_dispatch(r);
    return r->state == REQUEST_FINISHED ? STAGE_FINISHED : STAGE_WAIT;
}

/* The way of a request. Who asks comes before what is asked: strangers get nothing parsed. */
static const struct stage {
    enum request_state state;
    enum stage_result (*run)(struct request *r);
} stages[] = {
    {REQUEST_AUTHENTICATE, stage_authenticate}, {REQUEST_DECODE, stage_decode},
    {REQUEST_CLASSIFY, stage_classify},         {REQUEST_DECIDE, stage_decide},
    {REQUEST_DISPATCH, stage_dispatch},
};
enum { STAGE_COUNT = sizeof(stages) / sizeof(*stages) };

/* Goes on from the stage that the request is in. */
static void run_stages(struct request *r)
{
    size_t i = 0;
    while (stages[i].state != r->state)
        i++;
    while (stages[i].run(r) == STAGE_NEXT)
        request_set_state(r, stages[++i].state);
}

/* ---- ending ---- */

size_t request_headers(const struct request *r, const char *content_type,
                       struct reply_header *headers)
{
    size_t n = 0;
    headers[n++] = (struct reply_header){"content-type", content_type};
    headers[n++] = (struct reply_header){"x-request-id", r->record.request_id};
    if (r->record.decided) {
        headers[n++] = (struct reply_header){"x-penstock-rule", r->decision.rule_name};
        headers[n++] = (struct reply_header){"x-penstock-policy", policy_hash(r->site->policy)};
    }
    if (r->job != NULL || r->record.answered) {
        const struct config_target *target = r->site->targets[r->target].config;
        headers[n++] = (struct reply_header){"x-penstock-route", target->name};
        headers[n++] =
            (struct reply_header){"x-penstock-placement", placement_name(target->placement)};
    }
    if (r->fallbacks.len != 0)
        headers[n++] = (struct reply_header){"x-penstock-fallback", (char *)r->fallbacks.data};
    if (r->reasons.len != 0) {
        headers[n++] = (struct reply_header){"x-penstock-signals", (char *)r->signals.data};
        headers[n++] = (struct reply_header){"x-penstock-reasons", (char *)r->reasons.data};
    }
    return n;
}

static void reply_with_error(struct http_exchange *exchange, enum api_error error,
                             const char *param, const char *detail, struct reply_header *headers,
                             size_t count, int retry_after)
{
    const struct api_error_row *row = api_error_row(error);
    struct buf body = BUF_INIT;
    char seconds[16];
    if (row->status == 401)
        headers[count++] = (struct reply_header){"www-authenticate", "Bearer"};
    if (row->status == 503 || row->status == 429) {
        (void)snprintf(seconds, sizeof(seconds), "%d", retry_after > 0 ? retry_after : 1);
        headers[count++] = (struct reply_header){"retry-after", seconds};
    }
    if (api_error_write(&body, error, param, detail) == 0)
        reply_whole(exchange, row->status, headers, count, body.data, body.len);
    else
        reply_abort(exchange);
    buf_release(&body);
}

/* The client's last word of this request. */
static void reply_ending(struct request *r, enum api_error error, const char *param,
                         const char *detail)
{
    if (error == API_ERROR_NONE) {
        reply_end(r->exchange);
    } else if (r->state != REQUEST_REPLY) {
        struct reply_header headers[REQUEST_HEADERS + 2];
        size_t count = request_headers(r, "application/json", headers);
        reply_with_error(r->exchange, error, param, detail, headers, count, r->retry_after);
    } else if (r->chat.stream) {
        buf_clear(&r->out);
        if (chat_write_error_event(&r->out, error) == 0) {
            reply_data(r->exchange, r->out.data, r->out.len);
            reply_end(r->exchange);
        } else {
            reply_abort(r->exchange);
        }
    } else {
        reply_abort(r->exchange);
    }
    r->exchange = NULL;
}

static void write_record(struct request *r, enum decision_outcome outcome, enum api_error error)
{
    struct services *services = r->desk->services;
    struct decision_record *record = &r->record;
    record->outcome = outcome;
    if (error != API_ERROR_NONE) {
        record->http_status =
            r->state == REQUEST_REPLY ? 200 : (uint16_t)api_error_row(error)->status;
        DECISION_SET(record->error_code, api_error_row(error)->code);
    } else {
        record->http_status = outcome == DECISION_OUTCOME_OK ? 200 : 0;
    }
    if (r->restore != NULL)
        record->restored = restore_count(r->restore);
    record->reply_scanned = r->scans && record->answered;
    record->reply_masked = r->scan.masked;
    memcpy(record->reply_pii, r->scan.found, sizeof(record->reply_pii));
    DECISION_SET(record->policy_hash, policy_hash(r->site->policy));
    if (services->classifiers != NULL) {
        DECISION_SET(record->pii_hash, classifiers_pii_hash(services->classifiers));
        DECISION_SET(record->complexity_hash, classifiers_complexity_hash(services->classifiers));
    }
    if (services->outcomes != NULL && outcome == DECISION_OUTCOME_OK && record->answered)
        outcomes_expect(services->outcomes, record->request_id, record->principal,
                        &r->facts.complexity, record->placement == PLACEMENT_IN_PROCESS);
    if (services->log != NULL)
        decision_log_submit(services->log, record);
    metrics_count_record(services->metrics, r->desk->shard, record,
                         record->decided ? r->site->route_ids[r->decision.rule] : METRICS_NONE);
}

static void request_free(void *ptr)
{
    struct request *r = ptr;
    if (r->decoded)
        chat_request_release(&r->chat);
    reply_text_release(&r->said);
    restore_free(r->restore);
    redaction_free(r->redaction);
    classify_spans_release(&r->spans);
    buf_release(&r->model_json);
    buf_release(&r->edited);
    buf_release(&r->answer);
    buf_release(&r->fallbacks);
    buf_release(&r->signals);
    buf_release(&r->reasons);
    buf_release(&r->out);
    buf_release(&r->text);
    buf_release(&r->logprobs);
    tool_calls_release(&r->calls);
    buf_release(&r->call_json);
    site_unref(r->site);
    free(r);
}

void request_finish(struct request *r, enum decision_outcome outcome, enum api_error error,
                    const char *param, const char *detail)
{
    struct desk *desk = r->desk;
    if (r->exchange != NULL)
        r->record.total_us = since_began_us(r);
    request_remember_answer(r);
    if (r->classify_ticket != 0)
        classify_pool_cancel(desk->services->pool, r->classify_ticket);
    request_drop_job(r);
    write_record(r, outcome, error);
    if (r->exchange != NULL)
        reply_ending(r, error, param, detail);
    request_set_state(r, REQUEST_FINISHED);

    if (r->previous != NULL)
        r->previous->next = r->next;
    else
        desk->first = r->next;
    if (r->next != NULL)
        r->next->previous = r->previous;
    atomic_fetch_sub(&desk->load, 1);
    atomic_fetch_sub(&desk->services->requests_in_flight, 1);
    worker_defer(desk->worker, request_free, r);
}

void desk_on_abort(void *user)
{
    struct request *r = user;
    r->record.total_us = since_began_us(r);
    r->exchange = NULL;
    request_finish(r, DECISION_OUTCOME_CANCELLED, API_ERROR_NONE, NULL, NULL);
}

/* ---- beginning ---- */

static void begin_chat(struct desk *desk, struct http_exchange *exchange)
{
    struct services *services = desk->services;
    struct reply_header headers[4] = {{"content-type", "application/json"}};
    if (services->log != NULL && !decision_log_accepting(services->log)) {
        metrics_count_log_refusal(services->metrics, desk->shard);
        reply_with_error(exchange, API_ERROR_INTERNAL_LOG_UNAVAILABLE, NULL, NULL, headers, 1, 1);
        return;
    }
    struct request *r = calloc(1, sizeof(*r));
    if (r == NULL) {
        reply_with_error(exchange, API_ERROR_INTERNAL_OVERLOADED, NULL, NULL, headers, 1, 1);
        return;
    }
    r->desk = desk;
    r->exchange = exchange;
    r->site = site_ref(desk->site);
    r->number = ++desk->last_number;
    r->target = r->held_target = -1;
    r->retry_after = -1;
    reply_text_init(&r->said, RATCHET_SAMPLE_BYTES);
    r->next = desk->first;
    if (desk->first != NULL)
        desk->first->previous = r;
    desk->first = r;
    atomic_fetch_add(&desk->load, 1);
    unsigned in_flight = atomic_fetch_add(&services->requests_in_flight, 1);

    decision_record_init(&r->record);
    request_id_next(&desk->ids, r->record.request_id);
    (void)snprintf(r->reply_id, sizeof(r->reply_id), "chatcmpl-%s", r->record.request_id + 4);
    r->reply = (struct chat_reply){.id = r->reply_id, .created = r->record.time_ms / 1000};
    http_exchange_set_user(exchange, r);

    if (atomic_load(&services->draining)) {
        request_finish(r, DECISION_OUTCOME_FAILED, API_ERROR_INTERNAL_DRAINING, NULL, NULL);
        return;
    }
    if (in_flight >= r->site->config->limits.requests_in_flight) {
        request_finish(r, DECISION_OUTCOME_FAILED, API_ERROR_INTERNAL_OVERLOADED, NULL, NULL);
        return;
    }
    request_set_state(r, REQUEST_AUTHENTICATE);
    run_stages(r);
}

static void serve_models(struct desk *desk, struct http_exchange *exchange)
{
    struct principal principal;
    struct err err;
    struct reply_header headers[4] = {{"content-type", "application/json"}};
    if (!authenticate(desk->site, exchange, &principal, &err)) {
        reply_with_error(exchange, API_ERROR_CALLER_UNAUTHENTICATED, NULL, err.text, headers, 1, 1);
        return;
    }
    struct buf body = BUF_INIT;
    enum api_error error =
        api_models_write(&body, desk->site->config, http_exchange_path(exchange));
    if (error == API_ERROR_NONE)
        reply_whole(exchange, 200, headers, 1, body.data, body.len);
    else
        reply_with_error(exchange, error, NULL, NULL, headers, 1, 1);
    buf_release(&body);
}

static void serve_feedback(struct desk *desk, struct http_exchange *exchange)
{
    struct principal principal;
    struct err err;
    struct reply_header headers[4] = {{"content-type", "application/json"}};
    struct outcomes *outcomes = desk->services->outcomes;
    if (!authenticate(desk->site, exchange, &principal, &err)) {
        reply_with_error(exchange, API_ERROR_CALLER_UNAUTHENTICATED, NULL, err.text, headers, 1, 1);
        return;
    }
    char request_id[REQUEST_ID_CHARS];
    enum feedback feedback = FEEDBACK_GOOD;
    const char *param = NULL, *detail = NULL;
    struct buf body = BUF_INIT;
    enum api_error error = outcomes == NULL ? API_ERROR_CALLER_NOT_FOUND
                                            : api_feedback_read(http_exchange_body(exchange),
                                                                request_id, &feedback, &param);
    if (error == API_ERROR_NONE)
        error = api_feedback_write(
            &body, outcomes_tell(outcomes, request_id, principal.id, feedback), &detail);
    if (error == API_ERROR_NONE)
        reply_whole(exchange, 200, headers, 1, body.data, body.len);
    else
        reply_with_error(exchange, error, param, detail, headers, 1, 1);
    buf_release(&body);
}

void desk_on_request(void *ctx, struct http_exchange *exchange)
{
    struct desk *desk = ctx;
    const char *method = http_exchange_method(exchange);
    const char *path = http_exchange_path(exchange);
    struct reply_header headers[4] = {{"content-type", "application/json"}};
    const char *needed = NULL;
    bool feedback = strcmp(path, API_FEEDBACK_PATH) == 0;
    if (feedback || strcmp(path, "/v1/chat/completions") == 0)
        needed = "POST";
    else if (strcmp(path, API_MODELS_PATH) == 0 ||
             strncmp(path, API_MODELS_PATH "/", sizeof(API_MODELS_PATH)) == 0)
        needed = "GET";
    if (needed == NULL) {
        reply_with_error(exchange, API_ERROR_CALLER_NOT_FOUND, NULL, NULL, headers, 1, 1);
    } else if (strcmp(method, needed) != 0) {
        headers[1] = (struct reply_header){"allow", needed};
        reply_with_error(exchange, API_ERROR_CALLER_METHOD_NOT_ALLOWED, NULL, NULL, headers, 2, 1);
    } else if (feedback) {
        serve_feedback(desk, exchange);
    } else if (needed[0] == 'P') {
        begin_chat(desk, exchange);
    } else {
        serve_models(desk, exchange);
    }
}

/* ---- the desk ---- */

int desk_new(struct desk **out, struct worker *worker, unsigned shard, struct services *services,
             struct site *site, struct err *err)
{
    *out = NULL;
    struct desk *desk = calloc(1, sizeof(*desk));
    if (desk == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    desk->worker = worker;
    desk->shard = shard;
    desk->services = services;
    desk->site = site_ref(site);
    int rc = request_id_source_init(&desk->ids, err);
    if (rc == 0)
        rc = classify_scratch_new(site->config->classifiers.cache_texts, &desk->scratch, err);
    if (rc == 0) {
        desk->upstream = upstream_pool_new(worker_base(worker));
        if (desk->upstream == NULL)
            rc = err_set(err, ERR_MEMORY, "out of memory");
    }
    if (rc != 0) {
        desk_free(desk);
        return rc;
    }
    *out = desk;
    return 0;
}

void desk_free(struct desk *desk)
{
    if (desk == NULL)
        return;
    if (desk->upstream != NULL)
        upstream_pool_free(desk->upstream);
    classify_scratch_free(desk->scratch);
    site_unref(desk->site);
    explicit_bzero(desk->model_asked, sizeof(desk->model_asked));
    free(desk);
}

void desk_set_site(struct desk *desk, struct site *site)
{
    struct site *old = desk->site;
    desk->site = site_ref(site);
    site_unref(old);
}

const struct site *desk_site(const struct desk *desk)
{
    return desk->site;
}

size_t desk_load(const struct desk *desk)
{
    return atomic_load(&desk->load);
}
