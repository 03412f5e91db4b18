/*
 * sequence.h - one answer in the making: its tokens, and its text on the way out.
 *
 * A value inside the session's table; used on the thread that steps the session. Everything that
 * holds content is wiped when it is released.
 */
#ifndef PENSTOCK_ENGINE_SEQUENCE_H
#define PENSTOCK_ENGINE_SEQUENCE_H

#include "engine/kv.h"
#include "engine/logprobs.h"
#include "engine/sampler.h"
#include "engine/vocab.h"

enum { MOST_STOPS = 16, MOST_GUESSES = 64 };

struct stop {
    char *text;
    size_t len;
};

struct sequence {
    bool active;
    uint64_t tag;
    int32_t *tokens; /* prompt and answer: what the context holds */
    size_t count, cap;
    size_t fed;                          /* of these, in the KV cache */
    uint32_t prompt_tokens, said, limit; /* given, chosen, most to choose */
    uint32_t cached;
    bool failed;  /* no memory for its next pages */
    bool markers; /* are text too */
    bool has_credit;
    uint32_t credit;
    bool shift;
    size_t keep;
    struct sequence *leader; /* whose pass over their prompt it waits for; NULL: nobody's */
    struct kv_sequence kv;
    struct sampler sampler;
    struct stop stops[MOST_STOPS];
    size_t stop_count;
    char *held; /* text not given out: it may be part of a stop string or of a character */
    size_t held_len, held_cap;
    char *given; /* text of the last step's events */
    size_t given_len, given_cap;
    struct logprobs logprobs;   /* of the held text's tokens */
    size_t row, rows;           /* of the logits of this pass */
    uint32_t guess, not_before; /* how many may be guessed, once so many were said */
    const int32_t *guesses;     /* that this pass tries: in tokens, or drafted */
    size_t guessed;
    /* draft.h's: how many guesses are wanted, tokens that it has read, its row of logits */
    bool read_along;
    size_t wanted, read, draft_row;
    struct kv_sequence draft_kv;
    int32_t drafted[MOST_GUESSES];
};

/*
 * Copy a submission that was checked. cap: most tokens that the context holds. most: tokens it may
 * choose in one step. The KV pages and the sampler are the caller's. ENGINE_ERR_MEMORY; release it
 * then, too.
 */
ENGINE_CHECK int sequence_init(struct sequence *q, const struct engine_submission *in, size_t cap,
                               uint32_t longest_token, uint32_t most, struct engine_error *error);
/* All but what the last events point to, which stays readable until sequence_wipe_given. */
void sequence_release(struct sequence *q);
void sequence_wipe_given(struct sequence *q);
void sequence_free_given(struct sequence *q);

/* Tokens that are not in the KV cache yet: at least one while it is active. */
static inline size_t sequence_pending(const struct sequence *q)
{
    return q->count - q->fed;
}

/* Make room in a full context: keep the first ones, drop the older half of the others. */
void sequence_shift(struct sequence *q, struct kv_store *store);

/*
 * Take a chosen token (negative: there was none, the sequence fails) and say what it means. False
 * when there is nothing to tell the client yet.
 */
bool sequence_say(struct sequence *q, const struct vocab *vocab, int32_t token,
                  struct engine_event *event);

#endif
