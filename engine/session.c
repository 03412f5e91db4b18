#include "engine/engine.h"

#include "engine/draft.h"
#include "engine/error.h"
#include "engine/forward.h"
#include "engine/lookup.h"
#include "engine/model.h"
#include "engine/prefix.h"
#include "engine/sequence.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SMALLEST_CHUNK = 8, FIRST_CHUNK = 16 }; /* tokens */

struct engine_session {
    const struct engine_model *model;
    struct engine_session_options options;
    struct kv_store store;
    struct forward *forward;
    struct draft *draft; /* NULL: none */
    size_t most_guesses; /* in a pass */
    struct sequence *sequences;
    struct sampler_candidate *candidates;
    struct trie trie; /* empty until a sequence has a grammar */
    struct forward_item *items;
    size_t turn;          /* whose prompt comes first in the next pass */
    size_t chunk;         /* prompt tokens that a pass may hold now */
    size_t prompt_tokens; /* of this pass */
    bool spoiled;         /* the model's file changed: what was computed since may be anything */
};

/* ---- life ---- */

/* Of those who wait for its prompt one takes its place, with what is done of the prompt. */
static void hand_over(struct engine_session *s, struct sequence *q)
{
    struct sequence *heir = NULL;
    for (size_t i = 0; i < s->options.max_sequences; i++) {
        struct sequence *f = &s->sequences[i];
        if (f->leader != q)
            continue;
        f->leader = heir;
        if (heir != NULL)
            continue;
        heir = f;
        struct kv_sequence own = f->kv;
        f->kv = q->kv;
        f->fed = q->fed;
        f->cached = q->cached;
        q->kv = own;
        q->fed = 0;
    }
}

static void sequence_close(struct engine_session *s, struct sequence *q)
{
    hand_over(s, q);
    if (s->draft != NULL)
        draft_close(s->draft, q);
    if (!s->spoiled)
        prefix_keep(&s->store, &q->kv, q->tokens, q->fed, true);
    kv_sequence_close(&q->kv, &s->store);
    sequence_release(q);
}

static void options_default(struct engine_session_options *o, const struct engine_model *model)
{
    o->threads = o->threads > 0 ? o->threads : 1;
    o->max_sequences = o->max_sequences > 0 ? o->max_sequences : 8;
    o->kv_bytes_limit = o->kv_bytes_limit > 0 ? o->kv_bytes_limit : (size_t)64 << 20;
    o->prefill_chunk_tokens = o->prefill_chunk_tokens > 0 ? o->prefill_chunk_tokens : 128;
    o->step_ms = o->step_ms > 0 ? o->step_ms : 100;
    o->draft_tokens = o->draft_tokens > 0 ? o->draft_tokens : 4;
    if (o->context_length == 0 || o->context_length > model->arch.context)
        o->context_length = model->arch.context;
}

static int open_parts(struct engine_session *s, struct engine_error *error)
{
    struct engine_session_options *o = &s->options;
    const struct engine_model *model = s->model;
    if (o->threads > 256 || o->max_sequences > 4096 || o->prefill_chunk_tokens > 65536 ||
        o->lookup_tokens > MOST_GUESSES || o->draft_tokens > MOST_GUESSES ||
        o->kv_type > ENGINE_KV_Q8_0)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "the session's options are out of range");
    enum gguf_type type = o->kv_type == ENGINE_KV_Q8_0 ? GGUF_Q8_0 : GGUF_F16;
    int status = kv_store_init(&s->store, &model->arch, o->kv_bytes_limit, type, error);
    s->most_guesses = o->lookup_tokens;
    if (status == 0 && o->draft != NULL) {
        if (s->most_guesses < o->draft_tokens)
            s->most_guesses = o->draft_tokens;
        status = draft_new(&s->draft, o->draft, model, &s->store, o, error);
    }
    if (status == 0 && o->prefix_cache && !model->arch.kv_outside)
        status = prefix_init(&s->store, error);
    if (status != 0)
        return status;
    if (o->context_length > s->store.limit * KV_PAGE)
        o->context_length = (unsigned)(s->store.limit * KV_PAGE);
    struct forward_options forward = {.context = o->context_length,
                                      .batch = o->prefill_chunk_tokens + o->max_sequences +
                                               (unsigned)s->most_guesses,
                                      .most_logits = o->max_sequences + (unsigned)s->most_guesses,
                                      .sequences = o->max_sequences,
                                      .threads = o->threads};
    status = forward_new(&s->forward, &model->arch, &model->weights, &s->store, &forward, error);
    if (status != 0)
        return status;
    /* Nothing is known yet of how long a token takes: grow from the small end, but for those who
     * do not mind. */
    s->chunk = o->prefill_chunk_tokens;
    if (s->chunk > FIRST_CHUNK && o->step_ms < 1000)
        s->chunk = FIRST_CHUNK;
    s->sequences = calloc(o->max_sequences, sizeof(*s->sequences));
    s->candidates = calloc(model->vocab.count, sizeof(*s->candidates));
    s->items = calloc(forward.batch, sizeof(*s->items));
    if (s->sequences == NULL || s->candidates == NULL || s->items == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a session");
    return 0;
}

int engine_session_new(struct engine_session **out, const struct engine_model *model,
                       const struct engine_session_options *options, struct engine_error *error)
{
    *out = NULL;
    if (model->weights.embedding == NULL)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "the model was opened for its words alone");
    if (model->arch.encoder)
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                           "architecture %s is an encoder: it makes embeddings, not text",
                           model->arch.name);
    struct engine_session *s = calloc(1, sizeof(*s));
    if (s == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a session");
    s->model = model;
    if (options != NULL)
        s->options = *options;
    options_default(&s->options, model);
    int status = open_parts(s, error);
    if (status != 0) {
        engine_session_free(s);
        return status;
    }
    *out = s;
    return 0;
}

void engine_session_free(struct engine_session *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; s->sequences != NULL && i < s->options.max_sequences; i++) {
        struct sequence *q = &s->sequences[i];
        if (q->active)
            sequence_close(s, q);
        sequence_free_given(q);
    }
    if (s->candidates != NULL)
        explicit_bzero(s->candidates, s->model->vocab.count * sizeof(*s->candidates));
    free(s->sequences);
    free(s->candidates);
    trie_release(&s->trie);
    free(s->items);
    forward_free(s->forward);
    draft_free(s->draft);
    kv_store_release(&s->store);
    free(s);
}

/* ---- submitting ---- */

static int check_submission(const struct engine_session *s, const struct engine_submission *in,
                            struct engine_error *error)
{
    if (in->prompt == NULL || in->prompt_count == 0)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "the prompt is empty");
    if (in->prompt_count >= s->options.context_length &&
        (!in->shift || s->options.context_length < 4))
        return engine_fail(error, ENGINE_ERR_CONTEXT,
                           "the prompt has %zu tokens; the context holds %u", in->prompt_count,
                           s->options.context_length);
    for (size_t i = 0; i < in->prompt_count; i++) {
        if (in->prompt[i] < 0 || (uint32_t)in->prompt[i] >= s->model->vocab.count)
            return engine_fail(error, ENGINE_ERR_ARGUMENT, "the prompt holds ids of no token");
    }
    if (in->answers > s->options.max_sequences)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "%u answers; the session has %u sequences",
                           (unsigned)in->answers, s->options.max_sequences);
    if (in->stop_count > MOST_STOPS)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "more than %d stop strings", MOST_STOPS);
    for (size_t i = 0; i < in->stop_count; i++) {
        size_t len = in->stop[i] != NULL ? strlen(in->stop[i]) : 0;
        if (len == 0 || len > ENGINE_MOST_STOP_BYTES)
            return engine_fail(error, ENGINE_ERR_ARGUMENT,
                               "a stop string is empty or longer than %d bytes",
                               ENGINE_MOST_STOP_BYTES);
    }
    return 0;
}

/*
 * How many positions to promise. With no max_tokens the answer may fill the context, but one
 * sequence must not take the whole store from the others for that: it gets its share of it.
 */
static size_t positions_for(const struct engine_session *s, const struct engine_submission *in)
{
    size_t context = s->options.context_length;
    if (in->prompt_count >= context)
        return context;
    size_t room = context - in->prompt_count;
    if (in->max_tokens > 0)
        return in->prompt_count + (in->max_tokens < room ? in->max_tokens : room);
    size_t share = s->store.limit * KV_PAGE / s->options.max_sequences;
    size_t least = in->prompt_count + 256 < context ? in->prompt_count + 256 : context;
    if (share > context)
        share = context;
    return share > least ? share : least;
}

/* The vocabulary's pieces are put in order when the first grammar comes. */
static int constrain(struct engine_session *s, struct sequence *q, struct engine_error *error)
{
    int status = 0;
    if (s->trie.nodes == NULL)
        status = trie_init(&s->trie, &s->model->vocab, error);
    return status != 0 ? status : sampler_constrain(&q->sampler, &s->model->vocab, &s->trie, error);
}

/* Keys and values of its own, or what the leader will share of the prompt's and its own behind. */
static int open_cache(struct engine_session *s, struct sequence *q,
                      const struct engine_submission *in, size_t positions,
                      struct engine_error *error)
{
    if (q->leader != NULL)
        return kv_sequence_open(&q->kv, &s->store, positions, 0, q->count / KV_PAGE, error);
    /* The last token is always fed: its logits are what the answer begins with. */
    size_t known = q->count - 1;
    size_t shared = prefix_shared(&s->store, in->tenant, q->tokens, known);
    int status = kv_sequence_open(&q->kv, &s->store, positions, shared, 0, error);
    if (status != 0)
        return status;
    q->fed = prefix_attach(&s->store, &q->kv, in->tenant, q->tokens, known);
    q->cached = (uint32_t)q->fed;
    return 0;
}

static int open_sequence(struct engine_session *s, struct sequence *q,
                         const struct engine_submission *in, struct engine_error *error)
{
    size_t positions = positions_for(s, in);
    int status = sequence_init(q, in, positions, s->model->vocab.longest,
                               1 + (uint32_t)s->most_guesses, error);
    if (status != 0)
        return status;
    bool endless = in->shift && in->max_tokens > 0;
    q->limit = endless ? in->max_tokens : (uint32_t)(positions - q->count);
    /* Log-probabilities are valid for one choice: their tokens come one in a step. */
    q->guess = in->sampling.logprobs == 0 ? (uint32_t)s->most_guesses : 0;
    status = sampler_init(&q->sampler, &in->sampling, s->model->vocab.count, in->prompt,
                          in->prompt_count, error);
    if (status == 0 && in->sampling.grammar != NULL)
        status = constrain(s, q, error);
    if (status == 0)
        status = open_cache(s, q, in, positions, error);
    if (status == 0 && s->draft != NULL && q->guess > 0)
        draft_open(s->draft, q, positions);
    return status;
}

/* Whether so many answers fit the store at all, sharing the full pages of their prompt. */
static int check_room(const struct engine_session *s, const struct engine_submission *in,
                      size_t answers, struct engine_error *error)
{
    size_t pages = (positions_for(s, in) + KV_PAGE - 1) / KV_PAGE;
    size_t shared = in->prompt_count / KV_PAGE < pages ? in->prompt_count / KV_PAGE : pages;
    if (s->model->arch.kv_outside || in->prompt_count >= s->options.context_length)
        shared = 0; /* of a prompt that overflows they share what is kept of it */
    if (pages + (answers - 1) * (pages - shared) <= s->store.limit)
        return 0;
    return engine_fail(error, ENGINE_ERR_CONTEXT,
                       "%zu answers of up to %zu tokens do not fit the KV limit", answers,
                       positions_for(s, in));
}

/* The first of the answers computes the prompt; the others wait for it. */
static int open_answers(struct engine_session *s, const struct engine_submission *in,
                        size_t answers, struct engine_error *error)
{
    struct sequence *leader = NULL;
    struct engine_submission one = *in;
    int status = 0;
    for (size_t i = 0; status == 0 && answers > 0; i++) {
        struct sequence *q = &s->sequences[i];
        if (q->active)
            continue;
        q->leader = leader;
        status = open_sequence(s, q, &one, error);
        if (status != 0) {
            sequence_release(q);
            break;
        }
        q->active = true;
        if (leader == NULL && !s->model->arch.kv_outside)
            leader = q;
        one.tag++;
        one.sampling.seed++;
        answers--;
    }
    return status;
}

int engine_session_submit(struct engine_session *s, const struct engine_submission *in,
                          struct engine_error *error)
{
    size_t answers = in->answers > 0 ? in->answers : 1, vacant = 0;
    int status = check_submission(s, in, error);
    if (status == 0)
        status = check_room(s, in, answers, error);
    if (status != 0)
        return status;
    for (size_t i = 0; i < s->options.max_sequences; i++)
        vacant += !s->sequences[i].active;
    if (vacant < answers)
        return engine_fail(error, ENGINE_ERR_BUSY, "of %u sequences %zu are taken",
                           s->options.max_sequences, s->options.max_sequences - vacant);
    status = open_answers(s, in, answers, error);
    for (size_t i = 0; status != 0 && i < answers; i++)
        engine_session_cancel(s, in->tag + answers - 1 - i);
    return status;
}

/* ---- stepping ---- */

static bool runnable(const struct sequence *q)
{
    return q->active && q->leader == NULL &&
           (sequence_pending(q) > 1 || !q->has_credit || q->credit > 0);
}

static void add_item(struct engine_session *s, struct sequence *q, size_t *count, int32_t token,
                     size_t position, bool wants_logits)
{
    s->items[(*count)++] = (struct forward_item){.token = token,
                                                 .position = (uint32_t)position,
                                                 .sequence = &q->kv,
                                                 .wants_logits = wants_logits};
    q->rows += wants_logits;
}

/* How many guesses may stand behind a sequence's next token. */
static size_t guesses_for(const struct sequence *q, size_t left)
{
    if (!runnable(q) || sequence_pending(q) > 1 || q->said < q->not_before)
        return 0;
    size_t most = q->limit - q->said - 1;
    if (most > q->guess)
        most = q->guess;
    if (q->has_credit && most > q->credit - 1)
        most = q->credit - 1;
    if (most > q->cap - q->count - 1)
        most = q->cap - q->count - 1;
    return most < left ? most : left;
}

/* From what was said before first, which costs nothing; where that knows nothing, from the draft.
 */
static void guess(struct engine_session *s)
{
    size_t left = s->most_guesses, asking = 0;
    for (size_t i = 0; i < s->options.max_sequences; i++) {
        struct sequence *q = &s->sequences[i];
        q->wanted =
            guesses_for(q, s->options.lookup_tokens < left ? s->options.lookup_tokens : left);
        q->guessed = lookup_guess(q, q->wanted);
        left -= q->guessed;
        q->wanted =
            s->draft != NULL && q->guessed == 0 ? guesses_for(q, s->options.draft_tokens) : 0;
        asking += q->wanted > 0;
    }
    if (s->draft == NULL)
        return;
    size_t share = asking > 0 ? left / asking : 0;
    for (size_t i = 0; i < s->options.max_sequences; i++) {
        struct sequence *q = &s->sequences[i];
        q->wanted = q->wanted < share ? q->wanted : share;
    }
    draft_guess(s->draft, s->sequences, s->options.max_sequences,
                s->chunk + 2 * s->options.max_sequences);
}

/*
 * The sequence's part of a pass: the next of its prompt (as many tokens as there is room for), or
 * its last token with guesses behind.
 */
static void fill_from(struct engine_session *s, struct sequence *q, size_t *room, size_t *count)
{
    size_t pending = sequence_pending(q), n = pending;
    if (pending > 1) {
        n = pending < *room ? pending : *room;
        *room -= n;
    }
    q->failed = kv_sequence_grow(&q->kv, &s->store, q->fed + n + q->guessed, NULL) != 0;
    if (q->failed)
        return;
    for (size_t i = 0; i < n; i++)
        add_item(s, q, count, q->tokens[q->fed + i], q->fed + i, q->fed + i + 1 == q->count);
    for (size_t i = 0; i < q->guessed; i++)
        add_item(s, q, count, q->guesses[i], q->count + i, true);
    q->fed += n;
}

static void shift(struct engine_session *s, struct sequence *q)
{
    sequence_shift(q, &s->store);
    if (s->draft != NULL)
        draft_cut(s->draft, q, q->fed);
}

/*
 * Fill a pass: the next token of everyone who speaks, and prompts up to the chunk, so that a long
 * prompt delays the others by one chunk at most. Prompts take turns.
 */
static size_t fill_pass(struct engine_session *s)
{
    size_t n = s->options.max_sequences, count = 0, rows = 0, room = s->chunk;
    for (size_t i = 0; i < n; i++) {
        struct sequence *q = &s->sequences[i];
        if (runnable(q) && q->count == q->cap)
            shift(s, q);
    }
    guess(s);
    for (size_t i = 0; i < n; i++) {
        struct sequence *q = &s->sequences[(s->turn + i) % n];
        q->rows = 0;
        q->row = rows;
        if (!runnable(q))
            continue;
        fill_from(s, q, &room, &count);
        rows += q->rows;
    }
    s->turn = (s->turn + 1) % n;
    s->prompt_tokens = s->chunk - room;
    return count;
}

/* Let the chunk grow and shrink so that a pass with that much of prompts lasts about step_ms. */
static void adapt_chunk(struct engine_session *s, const struct timespec *began)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double ms =
        (double)(now.tv_sec - began->tv_sec) * 1e3 + (double)(now.tv_nsec - began->tv_nsec) * 1e-6;
    double target = s->options.step_ms, most = s->options.prefill_chunk_tokens;
    double chunk = (double)s->chunk, least = most < SMALLEST_CHUNK ? most : SMALLEST_CHUNK;
    if (s->prompt_tokens > 0 && ms > target)
        chunk = (double)s->prompt_tokens * (ms > 4 * target ? 0.25 : target / ms);
    else if (s->prompt_tokens == s->chunk && ms < 0.75 * target)
        chunk *= ms < 0.4 * target ? 2 : 1.25;
    s->chunk = (size_t)(chunk > most ? most : chunk < least ? least : chunk);
}

/* Choose tokens from a sequence's rows of logits, as long as the guesses among them are right. */
static void speak(struct engine_session *s, struct sequence *q, struct engine_event *events,
                  size_t *event_count)
{
    size_t guessed = q->rows > 0 ? q->rows - 1 : 0, right = 0;
    for (bool goes_on = true; goes_on;) {
        struct engine_event *event = &events[*event_count];
        int32_t token = -1;
        if (!q->failed)
            token = sampler_choose(&q->sampler, forward_logits(s->forward, q->row + right),
                                   s->candidates);
        *event_count += sequence_say(q, &s->model->vocab, token, event);
        if (event->finish != ENGINE_FINISH_NONE) {
            sequence_close(s, q);
            return;
        }
        goes_on = right < guessed && token == q->guesses[right];
        right += goes_on;
        q->fed += goes_on;
    }
    if (s->draft != NULL)
        draft_cut(s->draft, q, q->fed);
    lookup_learn(q, guessed, right, s->most_guesses);
}

/* Those who waited for this prompt have it now, and choose from the same logits. */
static void share_prompt(struct engine_session *s, struct sequence *leader)
{
    for (size_t i = 0; leader->rows > 0 && i < s->options.max_sequences; i++) {
        struct sequence *q = &s->sequences[i];
        if (q->leader != leader)
            continue;
        q->leader = NULL;
        q->failed = kv_sequence_share(&q->kv, &s->store, &leader->kv, leader->fed, NULL) != 0;
        q->fed = leader->fed;
        q->cached = leader->cached;
        q->row = leader->row;
        q->rows = 1;
    }
}

static int check_file(struct engine_session *s, struct engine_error *error)
{
    s->spoiled = s->spoiled || !gguf_intact(s->model->file);
    if (!s->spoiled)
        return 0;
    return engine_fail(error, ENGINE_ERR_IO, "the model's file was changed while in use");
}

int engine_session_step(struct engine_session *s, struct engine_event *events, size_t *event_count,
                        struct engine_error *error)
{
    struct timespec began;
    *event_count = 0;
    for (size_t i = 0; i < s->options.max_sequences; i++)
        sequence_wipe_given(&s->sequences[i]);
    int status = check_file(s, error);
    if (status != 0)
        return status;
    clock_gettime(CLOCK_MONOTONIC, &began);
    size_t count = fill_pass(s);
    if (count > 0) {
        forward_run(s->forward, s->items, count);
        adapt_chunk(s, &began);
        status = check_file(s, error);
        if (status != 0)
            return status;
    }
    for (size_t i = 0; i < s->options.max_sequences; i++) {
        struct sequence *q = &s->sequences[i];
        if (!q->active || q->leader != NULL)
            continue;
        prefix_keep(&s->store, &q->kv, q->tokens, q->fed, false);
        share_prompt(s, q);
    }
    int going = 0;
    for (size_t i = 0; i < s->options.max_sequences; i++) {
        struct sequence *q = &s->sequences[i];
        if (q->active && (q->rows > 0 || q->failed))
            speak(s, q, events, event_count);
    }
    for (size_t i = 0; i < s->options.max_sequences; i++)
        going += runnable(&s->sequences[i]);
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
        .scratch = forward_bytes(s->forward) + s->trie.bytes +
                   s->model->vocab.count * sizeof(struct sampler_candidate),
    };
    if (s->draft == NULL)
        return;
    out->weights += s->draft->model->weights.bytes;
    out->kv += kv_store_bytes(&s->draft->store);
    out->scratch += draft_scratch_bytes(s->draft);
}
