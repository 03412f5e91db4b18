/*
 * draft.h - guesses at the next tokens from a second, smaller model of the same vocabulary.
 *
 * It reads along with the sequences and says what it finds likeliest; the guesses are tried as
 * those of lookup.h are, so the answer is the one that would have come without them, greedy or
 * drawn
 * ("Fast Inference from Transformers via Speculative Decoding", Leviathan et al. 2023, with the
 * sampler's own choice for the test: what is lost against their rule are some guesses of drawn
 * text, what is won is that a seed says the same with and without a draft). It keeps keys and
 * values of its own, in room taken off the session's limit. A sequence for which there is none goes
 * on without guesses. One thread: the session's.
 */
#ifndef PENSTOCK_ENGINE_DRAFT_H
#define PENSTOCK_ENGINE_DRAFT_H

#include "engine/forward.h"
#include "engine/sequence.h"

struct engine_model;

struct draft {
    const struct engine_model *model;
    struct forward *forward;
    struct kv_store store;
    struct forward_item *items;
    uint32_t context; /* most positions of a sequence */
    size_t batch;     /* most tokens of a pass */
};

/*
 * store: the session's, which gives up room: both then hold as many pages as fit together. target
 * must outlive the result, as must model. ENGINE_ERR_ARGUMENT, with the reason, when the two models
 * do not go together.
 */
ENGINE_CHECK int draft_new(struct draft **out, const struct engine_model *model,
                           const struct engine_model *target, struct kv_store *store,
                           const struct engine_session_options *options,
                           struct engine_error *error);
void draft_free(struct draft *draft); /* NULL is fine; its sequences are closed */
size_t draft_scratch_bytes(const struct draft *draft);

/* Read along with a sequence that was just opened. Without room for it there will be no guesses. */
void draft_open(struct draft *draft, struct sequence *q, size_t positions);
void draft_close(struct draft *draft, struct sequence *q);
/* Of the sequence's tokens only the first `count` still stand where they were read. */
void draft_cut(struct draft *draft, struct sequence *q, size_t count);

/*
 * Read what is new in the sequences, up to `most` tokens of prompts, and guess q->wanted tokens for
 * each that could be read to its end: q->guesses, q->guessed of them.
 */
void draft_guess(struct draft *draft, struct sequence *sequences, size_t count, size_t most);

#endif
