#include "engine/engine.h"

#include "engine/error.h"
#include "engine/forward.h"
#include "engine/logprobs.h"
#include "engine/model.h"
#include "engine/sampler.h"
#include "engine/unicode.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_STOPS = 16, MOST_STOP_BYTES = 256 };

struct stop {
    char *text;
    size_t len;
};

struct sequence {
    bool active;
    uint64_t tag;
    int32_t *prompt;
    size_t prompt_count;
    size_t fed;     /* tokens in the KV cache */
    int32_t next;   /* the token to feed once the prompt is through */
    uint32_t said;  /* tokens chosen */
    uint32_t limit; /* most tokens to choose */
    bool failed;    /* no memory for its next pages */
    bool has_credit;
    uint32_t credit;
    struct kv_sequence kv;
    struct sampler sampler;
    struct stop stops[MOST_STOPS];
    size_t stop_count;
    char *held; /* text not given out: it may be part of a stop string or of a character */
    size_t held_len, held_cap;
    char *given; /* the last event's text */
    size_t given_cap;
    struct logprobs logprobs;
    size_t logits; /* which row of this pass is its own; SIZE_MAX: none */
};

struct engine_session {
    const struct engine_model *model;
    struct engine_session_options options;
    struct kv_store store;
    struct forward *forward;
    struct sequence *sequences;
    struct sampler_candidate *candidates;
    struct forward_item *items;
    size_t turn; /* whose prompt comes first in the next pass */
};

static void sequence_close(struct engine_session *s, struct sequence *q)
{
    kv_sequence_close(&q->kv, &s->store);
    sampler_release(&q->sampler);
    for (size_t i = 0; i < q->stop_count; i++) {
        explicit_bzero(q->stops[i].text, q->stops[i].len);
        free(q->stops[i].text);
    }
    if (q->prompt != NULL)
        explicit_bzero(q->prompt, q->prompt_count * sizeof(*q->prompt));
    free(q->prompt);
    if (q->held != NULL)
        explicit_bzero(q->held, q->held_cap);
    free(q->held);
    /* What was given out last stays readable until the next call, as engine.h promises. */
    char *given = q->given;
    size_t given_cap = q->given_cap;
    struct logprobs logprobs = q->logprobs;
    *q = (struct sequence){.given = given, .given_cap = given_cap, .logprobs = logprobs};
}

static void options_default(struct engine_session_options *o, const struct engine_model *model)
{
    o->threads = o->threads > 0 ? o->threads : 1;
    o->max_sequences = o->max_sequences > 0 ? o->max_sequences : 8;
    o->kv_bytes_limit = o->kv_bytes_limit > 0 ? o->kv_bytes_limit : (size_t)64 << 20;
    o->prefill_chunk_tokens = o->prefill_chunk_tokens > 0 ? o->prefill_chunk_tokens : 64;
    if (o->context_length == 0 || o->context_length > model->arch.context)
        o->context_length = model->arch.context;
}

int engine_session_new(struct engine_session **out, const struct engine_model *model,
                       const struct engine_session_options *options, struct engine_error *error)
{
    *out = NULL;
    struct engine_session *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a session");
    s->model = model;
    if (options != NULL)
        s->options = *options;
    options_default(&s->options, model);
    struct engine_session_options *o = &s->options;
    int status = 0;
    if (o->threads > 256 || o->max_sequences > 4096 || o->prefill_chunk_tokens > 65536)
        status = engine_fail(error, ENGINE_ERR_ARGUMENT, "the session's options are out of range");
    if (status == 0)
        status = kv_store_init(&s->store, &model->arch, o->kv_bytes_limit, true, error);
    if (status == 0 && o->context_length > s->store.limit * KV_PAGE)
        o->context_length = (unsigned)(s->store.limit * KV_PAGE);
    struct forward_options forward = {.context = o->context_length,
                                      .batch = o->prefill_chunk_tokens + o->max_sequences,
                                      .most_logits = o->max_sequences,
                                      .threads = o->threads};
    if (status == 0)
        status =
            forward_new(&s->forward, &model->arch, &model->weights, &s->store, &forward, error);
    if (status == 0) {
        s->sequences = calloc(o->max_sequences, sizeof(*s->sequences));
        s->candidates = calloc(model->vocab.count, sizeof(*s->candidates));
        s->items = calloc(forward.batch, sizeof(*s->items));
        if (s->sequences == NULL || s->candidates == NULL || s->items == NULL)
            status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a session");
    }
    if (status != 0) {
        engine_session_free(s);
        return status;
    }
    *out = s;
    return 0;
}

static void wipe_given(struct sequence *q)
{
    if (q->given != NULL)
        explicit_bzero(q->given, q->given_cap);
    logprobs_release(&q->logprobs);
}

void engine_session_free(struct engine_session *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; s->sequences != NULL && i < s->options.max_sequences; i++) {
        struct sequence *q = &s->sequences[i];
        if (q->active)
            sequence_close(s, q);
        wipe_given(q);
        free(q->given);
    }
    if (s->candidates != NULL)
        explicit_bzero(s->candidates, s->model->vocab.count * sizeof(*s->candidates));
    free(s->sequences);
    free(s->candidates);
    free(s->items);
    forward_free(s->forward);
    kv_store_release(&s->store);
    free(s);
}

/* ---- submitting ---- */

static int check_submission(const struct engine_session *s, const struct engine_submission *in,
                            struct engine_error *error)
{
    if (in->prompt == NULL || in->prompt_count == 0)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "the prompt is empty");
    if (in->prompt_count >= s->options.context_length)
        return engine_fail(error, ENGINE_ERR_CONTEXT,
                           "the prompt has %zu tokens; the context holds %u", in->prompt_count,
                           s->options.context_length);
    for (size_t i = 0; i < in->prompt_count; i++) {
        if (in->prompt[i] < 0 || (uint32_t)in->prompt[i] >= s->model->vocab.count)
            return engine_fail(error, ENGINE_ERR_ARGUMENT, "the prompt holds ids of no token");
    }
    if (in->stop_count > MOST_STOPS)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "more than %d stop strings", MOST_STOPS);
    for (size_t i = 0; i < in->stop_count; i++) {
        size_t len = in->stop[i] != NULL ? strlen(in->stop[i]) : 0;
        if (len == 0 || len > MOST_STOP_BYTES)
            return engine_fail(error, ENGINE_ERR_ARGUMENT,
                               "a stop string is empty or longer than %d bytes", MOST_STOP_BYTES);
    }
    return 0;
}

/*
 * How many positions to promise. With no max_tokens the answer may fill the context, but one
 * sequence must not take the whole store from the others for that: it gets its share of it.
 */
static size_t positions_for(const struct engine_session *s, const struct engine_submission *in)
{
    size_t context = s->options.context_length, room = context - in->prompt_count;
    if (in->max_tokens > 0)
        return in->prompt_count + (in->max_tokens < room ? in->max_tokens : room);
    size_t share = s->store.limit * KV_PAGE / s->options.max_sequences;
    size_t least = in->prompt_count + 256 < context ? in->prompt_count + 256 : context;
    if (share > context)
        share = context;
    return share > least ? share : least;
}

static int copy_submission(struct sequence *q, const struct engine_submission *in,
                           uint32_t longest_token, struct engine_error *error)
{
    bool fine = true;
    q->prompt = malloc(in->prompt_count * sizeof(*q->prompt));
    fine = q->prompt != NULL;
    if (fine)
        memcpy(q->prompt, in->prompt, in->prompt_count * sizeof(*q->prompt));
    q->prompt_count = fine ? in->prompt_count : 0;
    for (size_t i = 0; fine && i < in->stop_count; i++) {
        q->stops[i].text = strdup(in->stop[i]);
        fine = q->stops[i].text != NULL;
        q->stops[i].len = fine ? strlen(in->stop[i]) : 0;
        q->stop_count += fine;
    }
    /* Held at most: a stop string less its last byte, and the bytes of the newest token. */
    q->held_cap = (size_t)MOST_STOP_BYTES + longest_token + 8;
    q->held = fine ? malloc(q->held_cap) : NULL;
    if (q->given == NULL) {
        q->given_cap = 3 * q->held_cap; /* a bad byte becomes the three of U+FFFD */
        q->given = malloc(q->given_cap);
    }
    if (q->held == NULL || q->given == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a sequence");
    return 0;
}

int engine_session_submit(struct engine_session *s, const struct engine_submission *in,
                          struct engine_error *error)
{
    struct sequence *q = NULL;
    int status = check_submission(s, in, error);
    if (status != 0)
        return status;
    for (size_t i = 0; q == NULL && i < s->options.max_sequences; i++) {
        if (!s->sequences[i].active)
            q = &s->sequences[i];
    }
    if (q == NULL)
        return engine_fail(error, ENGINE_ERR_BUSY, "all %u sequences are taken",
                           s->options.max_sequences);
    size_t positions = positions_for(s, in);
    status = kv_sequence_open(&q->kv, &s->store, positions, error);
    if (status != 0)
        return status;
    q->active = true;
    q->tag = in->tag;
    q->limit = (uint32_t)(positions - in->prompt_count);
    q->has_credit = in->credit > 0;
    q->credit = in->credit;
    status = sampler_init(&q->sampler, &in->sampling, s->model->vocab.count, in->prompt,
                          in->prompt_count, error);
    logprobs_release(&q->logprobs);
    q->logprobs.width = in->sampling.logprobs;
    if (status == 0)
        status = copy_submission(q, in, s->model->vocab.longest, error);
    if (status != 0)
        sequence_close(s, q);
    return status;
}

/* ---- text ---- */

/* Where a stop string begins in the held text, or SIZE_MAX. */
static size_t find_stop(const struct sequence *q)
{
    size_t first = SIZE_MAX;
    for (size_t i = 0; i < q->stop_count; i++) {
        const char *at = memmem(q->held, q->held_len, q->stops[i].text, q->stops[i].len);
        if (at != NULL && (size_t)(at - q->held) < first)
            first = (size_t)(at - q->held);
    }
    return first;
}

/* How much of the held text's end could be the beginning of a stop string. */
static size_t maybe_stop(const struct sequence *q)
{
    size_t most = 0;
    for (size_t i = 0; i < q->stop_count; i++) {
        size_t n = q->stops[i].len - 1 < q->held_len ? q->stops[i].len - 1 : q->held_len;
        while (n > most && memcmp(q->held + q->held_len - n, q->stops[i].text, n) != 0)
            n--;
        most = n > most ? n : most;
    }
    return most;
}

/* Bytes that cannot become a character are given out as U+FFFD, so that text is always UTF-8. */
static struct engine_event give(struct sequence *q, size_t len, enum engine_finish finish)
{
    size_t n = 0;
    struct engine_event event = {.tag = q->tag,
                                 .text = q->given,
                                 .finish = finish,
                                 .prompt_tokens = (uint32_t)q->prompt_count,
                                 .completion_tokens = q->said};
    event.logprobs = logprobs_give(&q->logprobs, len, &event.logprob_tokens);
    for (size_t at = 0; at < len;) {
        uint32_t cp = 0;
        size_t bytes = unicode_decode(q->held + at, len - at, &cp);
        char encoded[4];
        size_t encoded_len = unicode_encode(cp, encoded);
        if (n + encoded_len <= q->given_cap) {
            memcpy(q->given + n, encoded, encoded_len);
            n += encoded_len;
        }
        at += bytes;
    }
    q->held_len -= len;
    memmove(q->held, q->held + len, q->held_len);
    event.text_len = n;
    return event;
}

/* False: no memory. */
static bool hold(struct sequence *q, const struct vocab *vocab, int32_t token)
{
    size_t room = q->held_cap - q->held_len;
    size_t n = vocab_bytes(vocab, token, q->held + q->held_len, room);
    n = n < room ? n : room;
    q->held_len += n;
    return q->logprobs.width == 0 || logprobs_add(&q->logprobs, q->sampler.logprobs, n);
}

/* ---- stepping ---- */

static bool prompt_done(const struct sequence *q)
{
    return q->fed >= q->prompt_count;
}

static bool runnable(const struct sequence *q)
{
    if (!q->active)
        return false;
    return !prompt_done(q) || !q->has_credit || q->credit > 0;
}

static void add_item(struct engine_session *s, struct sequence *q, size_t *count, int32_t token,
                     bool wants_logits)
{
    s->items[(*count)++] = (struct forward_item){.token = token,
                                                 .position = (uint32_t)q->fed,
                                                 .sequence = &q->kv,
                                                 .wants_logits = wants_logits};
    q->fed++;
}

/*
 * Fill a pass: the next token of everyone who speaks, and prompts up to the chunk, so that a long
 * prompt delays the others by one chunk at most. Prompts take turns.
 */
static size_t fill_pass(struct engine_session *s)
{
    size_t n = s->options.max_sequences, left = s->options.prefill_chunk_tokens, rows = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        struct sequence *q = &s->sequences[(s->turn + i) % n];
        q->logits = SIZE_MAX;
        if (!runnable(q))
            continue;
        size_t tokens = 1;
        if (!prompt_done(q))
            tokens = q->prompt_count - q->fed < left ? q->prompt_count - q->fed : left;
        q->failed = kv_sequence_grow(&q->kv, &s->store, q->fed + tokens, NULL) != 0;
        if (q->failed)
            continue;
        if (prompt_done(q)) {
            q->logits = rows++;
            add_item(s, q, &count, q->next, true);
            continue;
        }
        left -= tokens;
        for (size_t t = 0; t < tokens; t++) {
            bool last = q->fed + 1 == q->prompt_count;
            if (last)
                q->logits = rows++;
            add_item(s, q, &count, q->prompt[q->fed], last);
        }
    }
    s->turn = (s->turn + 1) % n;
    return count;
}

/* Choose the next token of a sequence whose logits are there, and say what it means. */
static bool speak(struct engine_session *s, struct sequence *q, struct engine_event *event)
{
    const struct vocab *vocab = &s->model->vocab;
    enum engine_finish finish = ENGINE_FINISH_NONE;
    int32_t token = -1;
    if (!q->failed)
        token = sampler_choose(&q->sampler, forward_logits(s->forward, q->logits), s->candidates);
    if (token < 0) {
        *event = give(q, q->held_len, ENGINE_FINISH_ERROR);
        return true;
    }
    q->said++;
    q->next = token;
    if (q->has_credit)
        q->credit--;
    if (vocab->tokens[token].ends)
        finish = ENGINE_FINISH_STOP;
    else if (!hold(q, vocab, token))
        finish = ENGINE_FINISH_ERROR;
    size_t stop = find_stop(q), len = 0;
    if (stop != SIZE_MAX) {
        finish = ENGINE_FINISH_STOP;
        len = stop;
    } else if (finish == ENGINE_FINISH_NONE && q->said >= q->limit) {
        finish = ENGINE_FINISH_LENGTH;
    }
    if (stop == SIZE_MAX) {
        len = q->held_len;
        if (finish == ENGINE_FINISH_NONE)
            len = unicode_whole(q->held, q->held_len - maybe_stop(q));
    }
    *event = give(q, len, finish);
    return event->text_len > 0 || event->logprob_tokens > 0 || finish != ENGINE_FINISH_NONE;
}

int engine_session_step(struct engine_session *s, struct engine_event *events, size_t *event_count,
                        struct engine_error *error)
{
    *event_count = 0;
    for (size_t i = 0; i < s->options.max_sequences; i++) {
        if (!s->sequences[i].active)
            wipe_given(&s->sequences[i]);
    }
    /* A file that was cut under the map would end the process at the first page that is gone. */
    if (!gguf_intact(s->model->file))
        return engine_fail(error, ENGINE_ERR_IO, "the model's file was changed while in use");
    size_t count = fill_pass(s);
    if (count > 0)
        forward_run(s->forward, s->items, count);
    int going = 0;
    for (size_t i = 0; i < s->options.max_sequences; i++) {
        struct sequence *q = &s->sequences[i];
        if (!q->active)
            continue;
        if ((q->logits != SIZE_MAX || q->failed) && speak(s, q, &events[*event_count])) {
            if (events[(*event_count)++].finish != ENGINE_FINISH_NONE)
                sequence_close(s, q);
        }
        going += runnable(q);
    }
    return going;
}

static struct sequence *find_sequence(struct engine_session *s, uint64_t tag)
{
    for (size_t i = 0; i < s->options.max_sequences; i++) {
        if (s->sequences[i].active && s->sequences[i].tag == tag)
            return &s->sequences[i];
    }
    return NULL;
}

void engine_session_credit(struct engine_session *s, uint64_t tag, uint32_t tokens)
{
    struct sequence *q = find_sequence(s, tag);
    if (q != NULL)
        q->credit = q->credit > UINT32_MAX - tokens ? UINT32_MAX : q->credit + tokens;
}

void engine_session_cancel(struct engine_session *s, uint64_t tag)
{
    struct sequence *q = find_sequence(s, tag);
    if (q != NULL)
        sequence_close(s, q);
}

void engine_session_memory(const struct engine_session *s, struct engine_memory *out)
{
    *out = (struct engine_memory){
        .weights = s->model->weights.bytes,
        .kv = kv_store_bytes(&s->store),
        .scratch =
            forward_bytes(s->forward) + s->model->vocab.count * sizeof(struct sampler_candidate),
    };
}
