#include "gateway/dual_call.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/request.h"
#include "router/utf8_scan.h"

enum { TOKENS_AT_MOST = 256, WORDS_AT_MOST = 1024, LEAST_LETTERS = 3 };
static const uint32_t fnv_prime = 16777619u;
static const float agreeing = 0.5f;

/* ---- agreement ---- */

struct words {
    uint32_t items[WORDS_AT_MOST]; /* hashes, sorted, each once */
    size_t count;
    uint32_t last_number; /* hash of it; 0: there is none */
};

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void add_word(struct words *w, uint32_t hash)
{
    if (w->count < WORDS_AT_MOST)
        w->items[w->count++] = hash;
}

/* Characters of one kind in a row. */
struct run {
    enum char_kind kind;
    uint32_t hash; /* of small letters */
    uint32_t last; /* as it is written */
    size_t count;
};

static const struct run nothing = {.kind = CHAR_OTHER, .hash = 2166136261u};

static void add_character(struct words *w, struct run *run, enum char_kind kind, uint32_t character)
{
    run->kind = kind;
    if (kind == CHAR_OTHER || kind == CHAR_SPACE)
        return;
    /* Where no spaces tell words each two neighbours are one. */
    if (kind == CHAR_SINGLE && run->count != 0)
        add_word(w, (run->last * fnv_prime ^ character) * fnv_prime);
    run->hash = (run->hash ^ char_lower(character)) * fnv_prime;
    run->last = character;
    run->count++;
}

static void end_run(struct words *w, struct run *run, size_t least_letters)
{
    if (run->kind == CHAR_DIGIT)
        w->last_number = run->hash | 1;
    if (run->kind == CHAR_DIGIT || (run->kind == CHAR_SINGLE && run->count == 1))
        add_word(w, run->hash);
    else if (run->kind == CHAR_LETTER && run->count >= least_letters)
        add_word(w, run->count == 1 ? run->last : run->hash); /* A is an option, a an article */
    *run = nothing;
}

static bool digit_follows(const uint8_t *bytes, size_t len)
{
    uint32_t character = 0;
    if (len != 0)
        (void)utf8_scan(bytes, len, &character);
    return char_kind_of(character) == CHAR_DIGIT;
}

static void read_words(struct words *w, struct content text, size_t least_letters)
{
    const uint8_t *bytes = content_bytes(text);
    size_t len = content_len(text);
    struct run run = nothing;
    w->count = 0;
    w->last_number = 0;
    for (size_t at = 0, size; at < len; at += size) {
        uint32_t character;
        size = utf8_scan(bytes + at, len - at, &character);
        enum char_kind kind = char_kind_of(character);
        if (run.kind == CHAR_DIGIT && (character == '.' || character == ',') &&
            digit_follows(bytes + at + 1, len - at - 1)) /* 1.5 is not 15, but 1,000 is 1000 */
            kind = character == '.' ? CHAR_DIGIT : CHAR_NOTHING;
        if (kind == CHAR_NOTHING)
            continue;
        if (kind != run.kind)
            end_run(w, &run, least_letters);
        add_character(w, &run, kind, character);
    }
    end_run(w, &run, least_letters);
    qsort(w->items, w->count, sizeof(*w->items), by_value);
    size_t kept = 0;
    for (size_t i = 0; i < w->count; i++)
        if (kept == 0 || w->items[i] != w->items[kept - 1])
            w->items[kept++] = w->items[i];
    w->count = kept;
}

float dual_call_agreement(struct content a, struct content b)
{
    struct words x, y;
    size_t shared = 0;
    read_words(&x, a, LEAST_LETTERS);
    read_words(&y, b, LEAST_LETTERS);
    if (x.count == 0 || y.count == 0) { /* "B", "no" */
        read_words(&x, a, 1);
        read_words(&y, b, 1);
    }
    size_t least = x.count < y.count ? x.count : y.count;
    if (least == 0 || (x.last_number != 0 && y.last_number != 0 && x.last_number != y.last_number))
        return 0;
    for (size_t i = 0, j = 0; i < x.count && j < y.count;) {
        shared += x.items[i] == y.items[j];
        if (x.items[i] <= y.items[j])
            i++;
        else
            j++;
    }
    return (float)shared / (float)least;
}

/* ---- the call ---- */

struct dual_call {
    struct desk *desk;
    struct backend_job *job;
    struct buf theirs, ours;
    char request_id[REQUEST_ID_CHARS];
    char principal[PRINCIPAL_ID_CHARS];
};

static void dual_call_free(void *ptr)
{
    struct dual_call *call = ptr;
    buf_release(&call->theirs);
    buf_release(&call->ours);
    free(call);
}

static void on_head(void *user, const struct backend_head *head)
{
    (void)user;
    (void)head;
}

static void on_text(void *user, const struct backend_text *piece)
{
    struct dual_call *call = user;
    if (buf_append(&call->ours, piece->bytes, piece->len) != 0)
        buf_clear(&call->ours);
}

static void on_end(void *user, const struct backend_result *result)
{
    struct dual_call *call = user;
    struct desk *desk = call->desk;
    float agreement = dual_call_agreement(content_of(call->theirs.data, call->theirs.len),
                                          content_of(call->ours.data, call->ours.len));
    /* Somebody's own word may have been first: then it counts. */
    if (result->outcome == BACKEND_OK)
        (void)!outcomes_tell(desk->services->outcomes, call->request_id, call->principal,
                             agreement >= agreeing ? FEEDBACK_AGREES : FEEDBACK_DIFFERS);
    desk->dual_call = NULL;
    worker_defer(desk->worker, dual_call_free, call);
}

/* The share, spread evenly over the requests of a desk. */
static bool is_of_share(uint64_t number, uint32_t percent)
{
    uint32_t place = (uint32_t)(number * 0x9e3779b97f4a7c15u >> 32);
    return (uint64_t)place * 100 < (uint64_t)percent << 32;
}

bool dual_call_is_wanted(const struct request *r)
{
    const struct services *services = r->desk->services;
    const struct chat_request *chat = &r->chat;
    return services->outcomes != NULL && services->engine != NULL &&
           r->decision.action == DECISION_ROUTE && !chat->tools &&
           chat->response_format == JSON_NONE && chat->grammar_text == JSON_NONE &&
           chat->obstacle.error == API_ERROR_NONE && chat->choices == 1 &&
           is_of_share(r->number, r->site->config->learning.dual_percent);
}

static bool engine_has_time(struct local_engine *engine)
{
    struct local_counts counts;
    local_engine_counts(engine, &counts);
    return local_engine_ready(engine) && counts.waiting == 0;
}

void dual_call_begin(struct request *r)
{
    static const struct backend_events events = {
        .on_head = on_head, .on_text = on_text, .on_end = on_end};
    const struct services *services = r->desk->services;
    const struct buf *theirs = &r->said.choices[0];
    uint32_t asked = r->chat.max_tokens;
    struct local_params params = {
        .max_tokens = asked != 0 && asked < TOKENS_AT_MOST ? asked : (uint32_t)TOKENS_AT_MOST,
        .stop = r->chat.stop,
        .stop_count = r->chat.stop_count};
    /* Behind an acknowledgement stand words of the engine's own, which it would agree with. */
    if (!r->compares || theirs->len == 0 || r->acknowledgement.said || r->desk->dual_call != NULL ||
        r->record.placement == PLACEMENT_IN_PROCESS || !engine_has_time(services->engine))
        return;
    struct dual_call *call = calloc(1, sizeof(*call));
    if (call == NULL)
        return;
    call->desk = r->desk;
    memcpy(call->request_id, r->record.request_id, sizeof(call->request_id));
    memcpy(call->principal, r->record.principal, sizeof(call->principal));
    if (buf_append(&call->theirs, theirs->data, theirs->len) != 0 ||
        local_start(services->engine, r->desk->worker, r->chat.messages, r->chat.message_count,
                    &params, &events, call, &call->job) != BACKEND_OK) {
        dual_call_free(call);
        return;
    }
    r->desk->dual_call = call;
}
