#include "engine/sequence.h"

#include "engine/error.h"
#include "engine/unicode.h"

#include <stdlib.h>
#include <string.h>

/* ---- life ---- */

/* A prompt that overflows the context keeps what sequence_shift would have kept of it. */
static void copy_prompt(struct sequence *q, const struct engine_submission *in)
{
    size_t n = in->prompt_count, keep = 0;
    if (n >= q->cap) {
        n = q->keep + (q->cap - q->keep) / 2;
        keep = q->keep;
        memcpy(q->tokens, in->prompt, keep * sizeof(*q->tokens));
    }
    memcpy(q->tokens + keep, in->prompt + in->prompt_count - (n - keep),
           (n - keep) * sizeof(*q->tokens));
    q->count = n;
    q->prompt_tokens = (uint32_t)in->prompt_count;
}

static bool copy_stops(struct sequence *q, const struct engine_submission *in)
{
    for (size_t i = 0; i < in->stop_count; i++) {
        struct stop *stop = &q->stops[i];
        stop->text = strdup(in->stop[i]);
        if (stop->text == NULL)
            return false;
        stop->len = strlen(stop->text);
        q->stop_count++;
    }
    return true;
}

int sequence_init(struct sequence *q, const struct engine_submission *in, size_t cap,
                  uint32_t longest_token, uint32_t most, struct engine_error *error)
{
    q->tag = in->tag;
    q->markers = in->markers;
    q->has_credit = in->credit > 0;
    q->credit = in->credit;
    q->shift = in->shift;
    logprobs_release(&q->logprobs);
    q->logprobs.width = in->sampling.logprobs;
    q->keep = in->shift_keep < cap / 2 ? in->shift_keep : cap / 2;
    q->cap = cap;
    q->tokens = malloc(cap * sizeof(*q->tokens));
    /* Held at most: a stop string less its last byte, and the bytes of the newest token. */
    q->held_cap = (size_t)ENGINE_MOST_STOP_BYTES + longest_token + 8;
    q->held = malloc(q->held_cap);
    if (q->given == NULL) {
        /* A bad byte becomes the three of U+FFFD. */
        q->given_cap = 3 * (q->held_cap + (size_t)most * longest_token);
        q->given = malloc(q->given_cap);
    }
    if (q->tokens == NULL || q->held == NULL || q->given == NULL || !copy_stops(q, in))
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a sequence");
    copy_prompt(q, in);
    return 0;
}

void sequence_release(struct sequence *q)
{
    sampler_release(&q->sampler);
    for (size_t i = 0; i < q->stop_count; i++) {
        explicit_bzero(q->stops[i].text, q->stops[i].len);
        free(q->stops[i].text);
    }
    if (q->tokens != NULL)
        explicit_bzero(q->tokens, q->cap * sizeof(*q->tokens));
    free(q->tokens);
    if (q->held != NULL)
        explicit_bzero(q->held, q->held_cap);
    free(q->held);
    *q = (struct sequence){.given = q->given,
                           .given_len = q->given_len,
                           .given_cap = q->given_cap,
                           .logprobs = q->logprobs};
}

void sequence_wipe_given(struct sequence *q)
{
    if (q->given_len > 0)
        explicit_bzero(q->given, q->given_len);
    q->given_len = 0;
    if (!q->active)
        logprobs_release(&q->logprobs);
}

void sequence_free_given(struct sequence *q)
{
    sequence_wipe_given(q);
    free(q->given);
    q->given = NULL;
}

void sequence_shift(struct sequence *q, struct kv_store *store)
{
    size_t drop = (q->count - q->keep + 1) / 2;
    memmove(q->tokens + q->keep, q->tokens + q->keep + drop,
            (q->count - q->keep - drop) * sizeof(*q->tokens));
    q->count -= drop;
    /*
     * Keys and values of all layers but the first came about in sight of what is dropped: what
     * moves is computed anew, so that the text goes on as if the rest had never been there.
     */
    kv_sequence_cut(&q->kv, store, q->keep / KV_PAGE);
    q->fed = q->keep / KV_PAGE * KV_PAGE;
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
static void give(struct sequence *q, size_t len)
{
    for (size_t at = 0; at < len;) {
        uint32_t cp = 0;
        size_t bytes = unicode_decode(q->held + at, len - at, &cp);
        char encoded[4];
        size_t encoded_len = unicode_encode(cp, encoded);
        if (q->given_len + encoded_len <= q->given_cap) {
            memcpy(q->given + q->given_len, encoded, encoded_len);
            q->given_len += encoded_len;
        }
        at += bytes;
    }
    q->held_len -= len;
    memmove(q->held, q->held + len, q->held_len);
}

/* False: no memory. */
static bool hold(struct sequence *q, const struct vocab *vocab, int32_t token)
{
    size_t room = q->held_cap - q->held_len;
    const struct vocab_token *t = &vocab->tokens[token];
    size_t n = vocab_bytes(vocab, token, q->held + q->held_len, room);
    if (q->markers && t->kind == TOKEN_CONTROL) {
        n = t->len;
        memcpy(q->held + q->held_len, t->text, n < room ? n : room);
    }
    n = n < room ? n : room;
    q->held_len += n;
    return q->logprobs.width == 0 || logprobs_add(&q->logprobs, q->sampler.logprobs, n);
}

static bool tell(struct sequence *q, size_t len, enum engine_finish finish,
                 struct engine_event *event)
{
    size_t before = q->given_len;
    *event = (struct engine_event){.tag = q->tag,
                                   .text = q->given + before,
                                   .finish = finish,
                                   .prompt_tokens = q->prompt_tokens,
                                   .completion_tokens = q->said,
                                   .cached_tokens = q->cached};
    event->logprobs = logprobs_give(&q->logprobs, len, &event->logprob_tokens);
    give(q, len);
    event->text_len = q->given_len - before;
    return event->text_len > 0 || event->logprob_tokens > 0 || finish != ENGINE_FINISH_NONE;
}

bool sequence_say(struct sequence *q, const struct vocab *vocab, int32_t token,
                  struct engine_event *event)
{
    enum engine_finish finish = ENGINE_FINISH_NONE;
    if (token < 0)
        return tell(q, q->held_len, ENGINE_FINISH_ERROR, event);
    q->said++;
    if (q->count < q->cap)
        q->tokens[q->count++] = token;
    if (q->has_credit)
        q->credit--;
    if (vocab->tokens[token].ends)
        finish = ENGINE_FINISH_STOP;
    else if (!hold(q, vocab, token))
        finish = ENGINE_FINISH_ERROR;
    else if (sampler_ended(&q->sampler))
        finish = ENGINE_FINISH_STOP;
    size_t stop = find_stop(q);
    if (stop != SIZE_MAX)
        return tell(q, stop, ENGINE_FINISH_STOP, event);
    if (finish == ENGINE_FINISH_NONE && q->said >= q->limit)
        finish = ENGINE_FINISH_LENGTH;
    size_t len = q->held_len;
    if (finish == ENGINE_FINISH_NONE)
        len = unicode_whole(q->held, q->held_len - maybe_stop(q));
    return tell(q, len, finish, event);
}
