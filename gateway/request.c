#include "gateway/request.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/log.h"
#include "gateway/chat_facts.h"

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

static enum stage_result stage_authenticate(struct request *r)
{
    struct principal principal;
    struct err err;
    if (!desk_authenticate(r->site, r->exchange, &principal, &err))
        return refuse(r, API_ERROR_CALLER_UNAUTHENTICATED, NULL, err.text);
    DECISION_SET(r->record.principal, principal.id);
    DECISION_SET(r->record.key_id, principal.key_id);
    return STAGE_NEXT;
}

/* JSON in UTF-8, as it is: what says to be anything else would be read as something else. */
static bool is_json(const struct http_exchange *exchange)
{
    static const char json[] = "application/json", charset[] = "charset=";
    size_t types, encodings, len = sizeof(json) - 1;
    const char *type = http_exchange_header_counted(exchange, "content-type", &types);
    const char *encoding = http_exchange_header_counted(exchange, "content-encoding", &encodings);
    if (types > 1 || encodings > 1 || (encoding != NULL && strcasecmp(encoding, "identity") != 0))
        return false;
    if (type == NULL)
        return true;
    if (strncasecmp(type, json, len) != 0 || strchr("; \t", type[len]) == NULL)
        return false;
    const char *set = strcasestr(type + len, charset);
    if (set == NULL)
        return true;
    set += sizeof(charset) - 1;
    set += *set == '"';
    return strncasecmp(set, "utf-8", 5) == 0 && strchr("\"; \t", set[5]) != NULL;
}

static enum stage_result take_decoded(struct request *r, int rc, const struct chat_problem *problem)
{
    if (rc != 0)
        return refuse(r, problem->error, problem->param, problem->detail);
    r->decoded = true;
    r->record.decode_us = since_began_us(r);
    return STAGE_NEXT;
}

static enum stage_result stage_decode(struct request *r)
{
    struct chat_problem problem;
    if (!is_json(r->exchange))
        return refuse(r, API_ERROR_CALLER_UNSUPPORTED_MEDIA_TYPE, NULL, NULL);
    if (request_read_apart(r))
        return STAGE_WAIT;
    return take_decoded(r, chat_request_decode(&r->chat, request_body(r), &problem), &problem);
}

static const struct learn_key *outcomes_key_of(const struct request *r)
{
    const struct outcomes *outcomes = r->desk->services->outcomes;
    return outcomes != NULL ? outcomes_key(outcomes) : NULL;
}

const struct correction_file *request_correction(const struct request *r)
{
    const struct services *services = r->desk->services;
    const struct correction_file *file = r->site->correction;
    bool fits = services->classifiers != NULL &&
                correction_fits(file, classifiers_complexity_hash(services->classifiers),
                                outcomes_key_of(r));
    return fits ? file : NULL;
}

static void run_stages(struct request *r);

struct request *request_find(const struct desk *desk, uint64_t number)
{
    struct request *r = desk->first;
    while (r != NULL && r->number != number)
        r = r->next;
    return r;
}

static void on_classified(void *user, struct classify_done *done)
{
    struct request *r = request_find(user, done->request);
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
    struct classify_input input = chat_classify_input(&r->chat, config, r->site->policy, &r->spans);
    const struct correction_file *correction = request_correction(r);
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

static enum stage_result stage_decide(struct request *r)
{
    r->record.classify_us = since_began_us(r);
    request_decide(r);
    r->record.decide_us = since_began_us(r);
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

void request_decoded(struct request *r, int rc, const struct chat_problem *problem)
{
    if (take_decoded(r, rc, problem) != STAGE_NEXT)
        return;
    request_set_state(r, REQUEST_CLASSIFY);
    run_stages(r);
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

/* The client's last word of this request. */
static void reply_ending(struct request *r, enum api_error error, const char *param,
                         const char *detail)
{
    if (error == API_ERROR_NONE) {
        reply_end(r->exchange);
    } else if (r->state != REQUEST_REPLY) {
        struct reply_header headers[REQUEST_HEADERS + 2];
        size_t count = request_headers(r, "application/json", headers);
        desk_refuse(r->exchange, error, param, detail, headers, count, r->retry_after);
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
    if (record->reply_scanned)
        memcpy(record->reply_pii, r->scan.found, sizeof(record->reply_pii));
    DECISION_SET(record->policy_hash, policy_hash(r->site->policy));
    if (services->classifiers != NULL && (record->scanned || record->reply_scanned))
        DECISION_SET(record->pii_hash, classifiers_pii_hash(services->classifiers));
    if (services->classifiers != NULL && record->scored)
        DECISION_SET(record->complexity_hash, classifiers_complexity_hash(services->classifiers));
    if (services->outcomes != NULL && outcome == DECISION_OUTCOME_OK && record->answered) {
        outcomes_expect(services->outcomes, &(struct outcomes_answer){
                                                .request_id = record->request_id,
                                                .principal = record->principal,
                                                .facts = &r->facts.complexity,
                                                .local = record->placement == PLACEMENT_IN_PROCESS,
                                                .conversation = r->asked,
                                                .now_ms = (uint64_t)worker_clock_us() / 1000});
        dual_call_begin(r);
    }
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
    buf_release(&r->body);
    acknowledge_release(&r->acknowledgement);
    reply_text_release(&r->said);
    restore_free(r->restore);
    redaction_free(r->redaction);
    classify_spans_release(&r->spans);
    buf_release(&r->model_json);
    buf_release(&r->edited);
    buf_release(&r->whole);
    classify_spans_release(&r->found);
    buf_release(&r->answer);
    buf_release(&r->fallbacks);
    buf_release(&r->signals);
    buf_release(&r->reasons);
    buf_release(&r->out);
    request_free_answers(r);
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
    request_stop_scan(r);
    acknowledge_drop(r, DECISION_ACK_DROPPED);
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

void request_begin(struct desk *desk, struct http_exchange *exchange)
{
    static const char reply_prefix[] = "chatcmpl-";
    struct services *services = desk->services;
    struct reply_header headers[4] = {{"content-type", "application/json"}};
    if (services->log != NULL && !decision_log_accepting(services->log)) {
        metrics_count_log_refusal(services->metrics, desk->shard);
        desk_refuse(exchange, API_ERROR_INTERNAL_LOG_UNAVAILABLE, NULL, NULL, headers, 1, 1);
        return;
    }
    struct request *r = malloc(sizeof(*r));
    if (r == NULL) {
        desk_refuse(exchange, API_ERROR_INTERNAL_OVERLOADED, NULL, NULL, headers, 1, 1);
        return;
    }
    memset(r, 0, offsetof(struct request, record));
    decision_record_init(&r->record);
    r->keys.count = 0;
    r->keys.conversation = 0;
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

    request_id_next(&desk->ids, r->record.request_id);
    memcpy(r->reply_id, reply_prefix, sizeof(reply_prefix) - 1);
    memcpy(r->reply_id + sizeof(reply_prefix) - 1, r->record.request_id + sizeof("req_") - 1,
           sizeof(r->record.request_id) - (sizeof("req_") - 1));
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
