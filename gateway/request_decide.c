/*
 * From the facts of a request to its decision, and what follows from it before a target is asked:
 * the edited body, the scan of the answer, what is remembered of the conversation.
 */
#include <string.h>
#include <strings.h>

#include "gateway/chat_facts.h"
#include "gateway/debug_headers.h"
#include "gateway/request.h"

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
    uint64_t now_ms = clock_ms(r);
    struct facts *facts = &r->facts;
    chat_facts_set(&r->chat, facts);
    for (size_t i = 0; i < r->site->target_count; i++) {
        facts->target_up[i] =
            site_target_up(&r->site->targets[i], r->desk->services->engine, now_ms);
        r->record.degraded = r->record.degraded || !facts->target_up[i];
    }
}

/* The key that this request's values are remembered under, when they are to be. */
static bool names_key(const struct request *r, struct placeholders_key *key)
{
    const struct placeholders *placeholders = r->desk->services->placeholders;
    return placeholders != NULL && policy_keeps_names(r->site->policy, r->decision.rule) &&
           placeholders_key_of(placeholders, r->record.principal,
                               http_exchange_header(r->exchange, "x-penstock-session"),
                               r->keys.conversation, key);
}

/*
 * The body for targets that the policy edits it for, made before any of them is asked. What cannot
 * be edited stays with the others.
 */
static void prepare_redaction(struct request *r)
{
    const struct policy *policy = r->site->policy;
    struct decision *decision = &r->decision;
    if (!decision_edits_for_some(policy, decision))
        return;
    struct placeholders_key key;
    struct placeholders_known known = {.items = NULL};
    int rc = names_key(r, &key)
                 ? placeholders_recall(r->desk->services->placeholders, &key, clock_ms(r), &known)
                 : 0;
    r->record.redaction =
        rc == 0 ? redaction_new(&r->redaction, &r->chat, &r->spans, policy, decision->rule, &known)
                : DECISION_REDACTION_MEMORY;
    if (r->redaction == NULL) {
        decision_keep_from(policy, decision->edit_for, decision);
        return;
    }
    r->record.redacted_spans = (uint32_t)r->redaction->edit_count;
    r->record.redacted_values = (uint32_t)r->redaction->value_count;
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

/* Once the conversation is known that the request belongs to. */
static void remember_names(struct request *r)
{
    struct placeholders_key key;
    if (r->redaction != NULL && names_key(r, &key))
        placeholders_remember(r->desk->services->placeholders, &key, clock_ms(r),
                              &r->redaction->map);
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

/*
 * Who asks the same once more was not served by the answer. Callers without a key are strangers to
 * each other, who may well ask the same.
 */
static void note_asked_again(struct request *r)
{
    struct outcomes *outcomes = r->desk->services->outcomes;
    uint32_t within_ms = r->site->config->learning.asked_again_ms;
    if (outcomes == NULL || within_ms == 0 || r->record.key_id[0] == '\0')
        return;
    r->asked = outcomes_conversation(outcomes, r->chat.texts, r->chat.text_count);
    (void)outcomes_asked_again(outcomes, r->asked, r->record.principal, clock_ms(r), within_ms);
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

void request_decide(struct request *r)
{
    struct decision_record *record = &r->record;
    complete_facts(r);
    recall(r);
    note_asked_again(r);
    const struct correction_file *correction = request_correction(r);
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
    remember_names(r);
    r->compares = dual_call_is_wanted(r);
    record->scanned = r->site->config->classifiers.pii;
    record->scored = r->site->config->classifiers.complexity;
    decision_record_set_facts(record, &r->facts, &record->classifiers);
    decision_record_set_decision(record, &r->decision);
    record_model(r);
    explain(r);
}
