/* decision_record.c - fill a decision record, and write it as a line of JSON. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "gateway/decision_log.h"
#include "router/language.h"

/* More than a record with every array full and every name escaped can need. */
enum { LINE_BYTES_MAX = 48 * 1024 };

static const char *const outcome_names[DECISION_OUTCOME_COUNT] = {
    "ok", "refused", "blocked", "failed", "partial", "cancelled",
};

const char *decision_outcome_name(enum decision_outcome outcome)
{
    return outcome_names[outcome];
}

const char *decision_redaction_name(enum decision_redaction redaction)
{
    static const char *const names[DECISION_REDACTION_COUNT] = {"none",     "done",    "place",
                                                                "too_many", "residue", "memory"};
    return names[redaction];
}

const char *decision_ack_name(enum decision_ack ack)
{
    static const char *const names[DECISION_ACK_COUNT] = {
        "none", "said", "overtaken", "too_slow", "unfit", "unavailable", "unsuited", "dropped"};
    return names[ack];
}

void decision_record_init(struct decision_record *record)
{
    struct timespec now;
    memset(record, 0, offsetof(struct decision_record, reasons));
    clock_gettime(CLOCK_REALTIME, &now);
    record->time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void decision_record_copy(struct decision_record *to, const struct decision_record *from)
{
    memcpy(to, from, offsetof(struct decision_record, reasons));
    memcpy(to->reasons, from->reasons, from->reason_count * sizeof(from->reasons[0]));
    memcpy(to->tries, from->tries, from->try_count * sizeof(from->tries[0]));
    if (from->classified && from->scanned)
        to->pii = from->pii;
    if (from->classified && from->scored)
        to->complexity = from->complexity;
    if (from->pii_actions)
        memcpy(to->pii_action, from->pii_action, sizeof(to->pii_action));
    if (from->reply_scanned)
        memcpy(to->reply_pii, from->reply_pii, sizeof(to->reply_pii));
}

void decision_name_set(char *array, size_t size, const char *name)
{
    size_t len = name != NULL ? strnlen(name, size) : 0;
    if (len >= size) {
        len = size - 1;
        /* Not in the middle of a UTF-8 character. */
        while (len != 0 && ((unsigned char)name[len] & 0xc0) == 0x80)
            len--;
    }
    if (len != 0)
        memcpy(array, name, len);
    array[len] = '\0';
}

struct decision_try *decision_record_add_try(struct decision_record *record, const char *target,
                                             enum placement placement)
{
    if (record->try_count == DECISION_TARGETS) {
        if (record->tries_dropped < UINT8_MAX)
            record->tries_dropped++;
        return NULL;
    }
    struct decision_try *one = &record->tries[record->try_count++];
    DECISION_SET(one->target, target);
    one->placement = placement;
    return one;
}

void decision_record_set_facts(struct decision_record *record, const struct facts *facts,
                               const struct classify_times *times)
{
    record->classified = true;
    record->unclassified = facts->unclassified;
    if (record->scanned)
        record->pii = facts->pii;
    if (record->scored)
        record->complexity = facts->complexity;
    record->prompt_tokens_estimate = facts->prompt_tokens;
    record->max_tokens = facts->max_tokens;
    record->messages = facts->messages;
    record->text_bytes = facts->text_bytes;
    record->stream = facts->stream;
    record->tools = facts->tools;
    record->targets_up = 0;
    for (unsigned i = 0; i < FACTS_MAX_TARGETS; i++)
        record->targets_up |= facts->target_up[i] ? 1u << i : 0;
    if (times != NULL)
        record->classifiers = *times;
}

void decision_record_set_decision(struct decision_record *record, const struct decision *decision)
{
    record->decided = true;
    record->action = decision->action;
    record->block = decision->block;
    record->target_count = decision->target_count;
    memcpy(record->targets, decision->targets, decision->target_count);
    record->allowed = decision->allowed;
    record->restricted = decision->restricted;
    DECISION_SET(record->rule, decision->rule_name);
    record->reason_count = decision->reason_count < DECISION_MAX_REASONS
                               ? decision->reason_count
                               : (uint8_t)DECISION_MAX_REASONS;
    record->pii_actions = decision->pii_actions;
    record->edit_for = decision->edit_for;
    if (record->pii_actions)
        memcpy(record->pii_action, decision->pii_action, sizeof(record->pii_action));
    memcpy(record->reasons, decision->reasons, record->reason_count * sizeof(record->reasons[0]));
}

/*
 * The encoder. A JSON library would build a tree of some eighty nodes for each request only to
 * print it: here a line costs no allocation and about two microseconds. What goes in are numbers
 * and short names, so all there is to JSON is escaping, in put_name().
 */
struct writer {
    char *at, *end; /* invariant: at <= end; what does not fit sets full */
    bool full;
    bool comma; /* a value stands before this place in the same object */
};

/* Inlined where the text is a literal, so that its length is known and its copy a few moves. */
#define INLINED static inline __attribute__((always_inline))

INLINED void put_bytes(struct writer *w, const char *bytes, size_t len)
{
    if ((size_t)(w->end - w->at) < len) {
        w->full = true;
        return;
    }
    memcpy(w->at, bytes, len);
    w->at += len;
}

INLINED void put_text(struct writer *w, const char *text)
{
    put_bytes(w, text, strlen(text));
}

INLINED void put_key(struct writer *w, const char *key)
{
    size_t len = strlen(key);
    if ((size_t)(w->end - w->at) < len + 4) {
        w->full = true;
        return;
    }
    if (w->comma)
        *w->at++ = ',';
    w->comma = true;
    *w->at++ = '"';
    memcpy(w->at, key, len);
    w->at += len;
    *w->at++ = '"';
    *w->at++ = ':';
}

INLINED void open_bracket(struct writer *w, const char *bracket)
{
    put_text(w, bracket);
    w->comma = false;
}

INLINED void close_bracket(struct writer *w, const char *bracket)
{
    put_text(w, bracket);
    w->comma = true;
}

/* The element of an array. */
static void next_element(struct writer *w)
{
    if (w->comma)
        put_bytes(w, ",", 1);
    w->comma = true;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

/* A word of ours: nothing in it needs an escape. */
static void put_word(struct writer *w, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(w->end - w->at) < len + 2) {
        w->full = true;
        return;
    }
    *w->at++ = '"';
    memcpy(w->at, word, len);
    w->at += len;
    *w->at++ = '"';
}

/* Eight bytes at a time: has one of them to be escaped? */
static bool is_plain_word(const char *bytes)
{
    const uint64_t ones = UINT64_MAX / 255, highs = ones * 0x80;
    uint64_t v;
    memcpy(&v, bytes, sizeof(v));
    uint64_t quote = v ^ ones * '"', backslash = v ^ ones * '\\', erase = v ^ ones * 0x7f;
    uint64_t control = (v - ones * 0x20) & ~v;
    uint64_t special = ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                       ((erase - ones) & ~erase) | control;
    return (special & highs) == 0;
}

static bool is_plain_name(const char *name, size_t len)
{
    size_t i = 0;
    for (; i + 8 <= len; i += 8)
        if (!is_plain_word(name + i))
            return false;
    while (i < len && is_plain((unsigned char)name[i]))
        i++;
    return i == len;
}

static void put_escaped(struct writer *w, const char *name)
{
    put_bytes(w, "\"", 1);
    for (; *name != '\0'; name++) {
        char escape[8];
        unsigned char c = (unsigned char)*name;
        if (is_plain(c)) {
            put_bytes(w, name, 1);
            continue;
        }
        (void)snprintf(escape, sizeof(escape), c < 0x20 || c == 0x7f ? "\\u%04x" : "\\%c", c);
        put_text(w, escape);
    }
    put_bytes(w, "\"", 1);
}

/* A name from the configuration, an id or a hash. */
static void put_name(struct writer *w, const char *name)
{
    if (is_plain_name(name, strlen(name)))
        put_word(w, name);
    else
        put_escaped(w, name);
}

static void put_unsigned(struct writer *w, uint64_t value)
{
    char digits[20];
    size_t at = sizeof(digits);
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    put_bytes(w, digits + at, sizeof(digits) - at);
}

/* A score of 0..1 with four decimals: enough to explain a threshold, and quick to write. */
static void put_score(struct writer *w, double score)
{
    if (!isfinite(score)) {
        put_text(w, "null");
        return;
    }
    double clamped = score < 0 ? 0 : score > 1 ? 1 : score;
    unsigned n = (unsigned)(clamped * 10000 + 0.5);
    char text[6] = {(char)('0' + n / 10000),     '.',
                    (char)('0' + n / 1000 % 10), (char)('0' + n / 100 % 10),
                    (char)('0' + n / 10 % 10),   (char)('0' + n % 10)};
    put_bytes(w, text, sizeof(text));
}

static void put_double(struct writer *w, double value)
{
    char text[32];
    if (!isfinite(value)) {
        put_text(w, "null");
        return;
    }
    (void)snprintf(text, sizeof(text), "%.6g", value);
    put_text(w, text);
}

INLINED void field_name(struct writer *w, const char *key, const char *name)
{
    put_key(w, key);
    put_name(w, name);
}

INLINED void field_word(struct writer *w, const char *key, const char *word)
{
    put_key(w, key);
    put_word(w, word);
}

INLINED void field_name_or_null(struct writer *w, const char *key, const char *name)
{
    put_key(w, key);
    if (name[0] != '\0')
        put_name(w, name);
    else
        put_text(w, "null");
}

INLINED void field_unsigned(struct writer *w, const char *key, uint64_t value)
{
    put_key(w, key);
    put_unsigned(w, value);
}

INLINED void field_bool(struct writer *w, const char *key, bool value)
{
    put_key(w, key);
    put_text(w, value ? "true" : "false");
}

INLINED void field_score(struct writer *w, const char *key, double value)
{
    put_key(w, key);
    put_score(w, value);
}

/* Digits with zeros in front. */
static char *write_digits(char *at, unsigned value, unsigned count)
{
    for (unsigned i = count; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + count;
}

/* By hand: strftime takes longer than the rest of a short line. */
static void field_time(struct writer *w, int64_t time_ms)
{
    static const struct {
        char before;
        unsigned count;
    } parts[] = {{'"', 4}, {'-', 2}, {'-', 2}, {'T', 2}, {':', 2}, {':', 2}, {'.', 3}};
    char text[32], *at = text;
    struct tm t;
    time_t seconds = (time_t)(time_ms / 1000);
    int ms = (int)(time_ms % 1000);
    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    if (gmtime_r(&seconds, &t) == NULL || t.tm_year < -1900 || t.tm_year > 8099)
        return;
    const int values[] = {t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
                          t.tm_min,         t.tm_sec,     ms};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        *at++ = parts[i].before;
        at = write_digits(at, (unsigned)values[i], parts[i].count);
    }
    *at++ = 'Z';
    *at++ = '"';
    put_key(w, "time");
    put_bytes(w, text, (size_t)(at - text));
}

static void put_entities(struct writer *w, const struct decision_record *r)
{
    put_key(w, "pii");
    open_bracket(w, "{");
    for (int i = 0; i < PII_TYPE_COUNT; i++) {
        if (r->pii.count[i] == 0)
            continue;
        put_key(w, pii_type_name((enum pii_type)i));
        open_bracket(w, "{");
        field_unsigned(w, "count", r->pii.count[i]);
        field_score(w, "score", (double)r->pii.best_score[i]);
        field_unsigned(w, "validated", r->pii.validated[i]);
        if (r->decided && r->pii_actions)
            field_word(w, "action", pii_action_name((enum pii_action)r->pii_action[i]));
        close_bracket(w, "}");
    }
    close_bracket(w, "}");
    field_score(w, "sensitive", (double)r->pii.sensitive);
    field_score(w, "identifying", (double)r->pii.identifying);
    put_key(w, "topics");
    open_bracket(w, "{");
    for (int i = 0; i < PII_TOPIC_COUNT; i++)
        if (!(r->pii.topic[i] < 0.00005f))
            field_score(w, pii_topic_name((enum pii_topic)i), (double)r->pii.topic[i]);
    close_bracket(w, "}");
}

static void put_complexity(struct writer *w, const struct decision_record *r)
{
    put_key(w, "complexity");
    open_bracket(w, "{");
    field_score(w, "score", (double)r->complexity.score);
    field_word(w, "tier", complexity_tier_name(r->complexity.tier));
    field_score(w, "unfamiliar", (double)r->complexity.unfamiliar);
    field_word(w, "task", complexity_task_name(r->complexity.task));
    field_word(w, "domain", complexity_domain_name(r->complexity.domain));
    field_word(w, "language", language_name(r->complexity.language));
    field_unsigned(w, "expected_tokens", r->complexity.expected_tokens);
    field_bool(w, "needs_tools", r->complexity.needs_tools);
    field_bool(w, "needs_recent", r->complexity.needs_recent);
    field_bool(w, "follows", r->complexity.follows);
    close_bracket(w, "}");
}

static void put_signals(struct writer *w, const struct decision_record *r)
{
    field_word(w, "unclassified", unclassified_name(r->unclassified));
    if (r->scanned)
        put_entities(w, r);
    if (r->scored)
        put_complexity(w, r);
    field_unsigned(w, "text_bytes", r->text_bytes);
    field_unsigned(w, "messages", r->messages);
    field_unsigned(w, "prompt_tokens_estimate", r->prompt_tokens_estimate);
    field_unsigned(w, "max_tokens", r->max_tokens);
    field_bool(w, "tools", r->tools);
    field_name_or_null(w, "conversation", r->conversation);
    field_bool(w, "held", r->held);
    put_key(w, "targets_up");
    open_bracket(w, "[");
    for (unsigned i = 0; i < FACTS_MAX_TARGETS; i++) {
        if ((r->targets_up >> i & 1) != 0) {
            next_element(w);
            put_unsigned(w, i);
        }
    }
    close_bracket(w, "]");
}

const char *decision_subject_name(const struct decision_reason *reason)
{
    int subject = reason->subject;
    if (reason->signal == DECISION_SIGNAL_PII && subject < PII_TYPE_COUNT)
        return pii_type_name((enum pii_type)subject);
    if (reason->signal == DECISION_SIGNAL_TIER && subject < TIER_COUNT)
        return complexity_tier_name((enum complexity_tier)subject);
    if (reason->signal == DECISION_SIGNAL_TASK && subject < TASK_COUNT)
        return complexity_task_name((enum complexity_task)subject);
    if (reason->signal == DECISION_SIGNAL_DOMAIN && subject < DOMAIN_COUNT)
        return complexity_domain_name((enum complexity_domain)subject);
    if (reason->signal == DECISION_SIGNAL_LANGUAGE)
        return language_name((uint8_t)subject);
    if (reason->signal == DECISION_SIGNAL_UNCLASSIFIED && subject <= UNCLASSIFIED_OFF)
        return unclassified_name((enum unclassified)subject);
    return NULL;
}

static void put_subject(struct writer *w, const struct decision_reason *reason)
{
    if (reason->subject < 0)
        return;
    const char *name = decision_subject_name(reason);
    put_key(w, "subject");
    if (name != NULL)
        put_word(w, name);
    else
        put_unsigned(w, (uint64_t)reason->subject);
}

static void put_decision(struct writer *w, const struct decision_record *r)
{
    field_word(w, "action", decision_action_name(r->action));
    field_name(w, "rule", r->rule);
    if (r->action == DECISION_BLOCK) {
        field_word(w, "block", decision_block_name(r->block));
    } else {
        field_word(w, "allowed_placement", placement_name(r->allowed));
        put_key(w, "targets");
        open_bracket(w, "[");
        for (unsigned i = 0; i < r->target_count; i++) {
            next_element(w);
            put_unsigned(w, r->targets[i]);
        }
        close_bracket(w, "]");
    }
    field_bool(w, "restricted", r->restricted);
    put_key(w, "reasons");
    open_bracket(w, "[");
    for (unsigned i = 0; i < r->reason_count; i++) {
        const struct decision_reason *reason = &r->reasons[i];
        next_element(w);
        open_bracket(w, "{");
        field_word(w, "signal", decision_signal_name(reason->signal));
        put_subject(w, reason);
        field_word(w, "compare", decision_compare_name(reason->compare));
        put_key(w, "value");
        put_double(w, reason->value);
        put_key(w, "threshold");
        put_double(w, reason->threshold);
        if (reason->negated)
            field_bool(w, "negated", true);
        if (reason->assumed)
            field_bool(w, "assumed", true);
        close_bracket(w, "}");
    }
    close_bracket(w, "]");
}

static void put_redaction(struct writer *w, const struct decision_record *r)
{
    put_key(w, "redaction");
    open_bracket(w, "{");
    field_word(w, "outcome", decision_redaction_name(r->redaction));
    field_word(w, "redact_for", placement_name(r->edit_for));
    field_unsigned(w, "spans", r->redacted_spans);
    field_unsigned(w, "values", r->redacted_values);
    field_unsigned(w, "restored", r->restored);
    close_bracket(w, "}");
}

static void put_reply(struct writer *w, const struct decision_record *r)
{
    put_key(w, "reply");
    open_bracket(w, "{");
    put_key(w, "pii");
    open_bracket(w, "{");
    for (int i = 0; i < PII_TYPE_COUNT; i++)
        if (r->reply_pii[i] != 0)
            field_unsigned(w, pii_type_name((enum pii_type)i), r->reply_pii[i]);
    close_bracket(w, "}");
    field_unsigned(w, "masked", r->reply_masked);
    close_bracket(w, "}");
}

static void put_ack(struct writer *w, const struct decision_record *r)
{
    put_key(w, "acknowledgement");
    open_bracket(w, "{");
    field_name(w, "outcome", decision_ack_name(r->ack));
    if (r->ack_target[0] != '\0') {
        field_name(w, "target", r->ack_target);
        field_unsigned(w, "prompt_tokens", r->ack_prompt_tokens);
        field_unsigned(w, "completion_tokens", r->ack_completion_tokens);
        field_unsigned(w, "duration_us", r->ack_us);
    }
    close_bracket(w, "}");
}

static void put_tries(struct writer *w, const struct decision_record *r)
{
    put_key(w, "tries");
    open_bracket(w, "[");
    for (unsigned i = 0; i < r->try_count; i++) {
        const struct decision_try *one = &r->tries[i];
        next_element(w);
        open_bracket(w, "{");
        field_name(w, "target", one->target);
        field_word(w, "placement", placement_name(one->placement));
        field_word(w, "outcome", backend_outcome_name(one->outcome));
        if (one->status != 0)
            field_unsigned(w, "status", one->status);
        field_unsigned(w, "duration_us", one->duration_us);
        close_bracket(w, "}");
    }
    close_bracket(w, "]");
    if (r->tries_dropped != 0)
        field_unsigned(w, "tries_dropped", r->tries_dropped);
}

static void put_timings(struct writer *w, const struct decision_record *r)
{
    const struct {
        const char *key;
        uint64_t us;
    } timings[] = {
        {"decode", r->decode_us},       {"classify", r->classify_us},
        {"pii", r->classifiers.pii_us}, {"complexity", r->classifiers.complexity_us},
        {"decide", r->decide_us},       {"first_byte", r->first_byte_us},
        {"answer", r->answer_us},       {"total", r->total_us},
    };
    put_key(w, "timings_us");
    open_bracket(w, "{");
    for (size_t i = 0; i < sizeof(timings) / sizeof(timings[0]); i++)
        if (timings[i].us != 0)
            field_unsigned(w, timings[i].key, timings[i].us);
    close_bracket(w, "}");
}

static void put_record(struct writer *w, const struct decision_record *r, uint64_t seq)
{
    open_bracket(w, "{");
    field_time(w, r->time_ms);
    field_unsigned(w, "seq", seq);
    field_word(w, "event", "decision");
    field_name(w, "request_id", r->request_id);
    field_name_or_null(w, "principal", r->principal);
    if (r->key_id[0] != '\0')
        field_name(w, "key_id", r->key_id);
    field_name_or_null(w, "model_asked", r->model_asked);
    field_bool(w, "stream", r->stream);
    field_bool(w, "classified", r->classified);
    if (r->classified)
        put_signals(w, r);
    field_bool(w, "decided", r->decided);
    if (r->decided)
        put_decision(w, r);
    if (r->redaction != DECISION_REDACTION_NONE)
        put_redaction(w, r);
    if (r->reply_scanned)
        put_reply(w, r);
    put_tries(w, r);
    if (r->cascade != CASCADE_NONE) {
        put_key(w, "cascade");
        open_bracket(w, "{");
        field_word(w, "verdict", cascade_verdict_name(r->cascade));
        field_score(w, "confidence", (double)r->cascade_confidence);
        close_bracket(w, "}");
    }
    if (r->ack != DECISION_ACK_NONE)
        put_ack(w, r);
    field_name_or_null(w, "target", r->answered ? r->target : "");
    field_name_or_null(w, "placement", r->answered ? placement_name(r->placement) : "");
    if (r->answered && r->target_model[0] != '\0')
        field_name(w, "target_model", r->target_model);
    field_bool(w, "degraded", r->degraded);
    field_word(w, "outcome", decision_outcome_name(r->outcome));
    field_unsigned(w, "http_status", r->http_status);
    field_name_or_null(w, "error_code", r->error_code);
    put_key(w, "tokens");
    open_bracket(w, "{");
    field_unsigned(w, "prompt", r->prompt_tokens);
    field_unsigned(w, "completion", r->completion_tokens);
    close_bracket(w, "}");
    put_timings(w, r);
    put_key(w, "hashes");
    open_bracket(w, "{");
    field_name_or_null(w, "policy", r->policy_hash);
    field_name_or_null(w, "pii", r->pii_hash);
    field_name_or_null(w, "complexity", r->complexity_hash);
    if (r->answered && r->target_model_hash[0] != '\0')
        field_name(w, "model", r->target_model_hash);
    close_bracket(w, "}");
    close_bracket(w, "}");
    put_bytes(w, "\n", 1);
}

int decision_record_encode(const struct decision_record *record, uint64_t seq, struct buf *out)
{
    int rc = buf_reserve(out, LINE_BYTES_MAX);
    if (rc != 0)
        return rc;
    struct writer w = {.at = (char *)out->data + out->len};
    w.end = w.at + LINE_BYTES_MAX;
    put_record(&w, record, seq);
    if (w.full)
        return ERR_LIMIT;
    out->len = (size_t)((uint8_t *)w.at - out->data);
    return 0;
}
