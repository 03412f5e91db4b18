/*
 * lookup.h - guesses at the next tokens, from what the prompt and the answer said before.
 *
 * Where the last tokens stood earlier, what followed them there is likely to follow again: names,
 * code, quotations. The guesses are fed with the sequence's own token in one pass; each is kept
 * only if the sampler, given the logits before it, chooses that very token. So the answer is the
 * one that would have come without guesses, greedy or drawn: the sampler sees the same logits and
 * draws the same random numbers in the same order.
 */
#ifndef PENSTOCK_ENGINE_LOOKUP_H
#define PENSTOCK_ENGINE_LOOKUP_H

#include "engine/sequence.h"

/* How many guesses there are for what follows the last token, at most `most`: q->guesses on. */
size_t lookup_guess(struct sequence *q, size_t most);

/* Learn how many of the guesses were right, whoever made them: bad ones are soon not made any more.
 */
void lookup_learn(struct sequence *q, size_t guessed, size_t right, size_t most);

#endif
