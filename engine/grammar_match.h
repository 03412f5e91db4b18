/*
 * grammar_match.h - how far a text has come in a grammar, and which tokens may follow.
 *
 * A state is the set of places where the text may stand, each a node and the rules it will return
 * to. States and what leads from one to another are remembered as they are met, so that a byte
 * costs one look into a table; so are the masks of the last states. Memory and work for a step are
 * bounded: where a grammar is so ambiguous that a bound is met, some of its texts are not found,
 * but never one allowed that is not of the grammar.
 *
 * One thread. The grammar, the vocabulary and the trie must outlive it.
 */
#ifndef PENSTOCK_ENGINE_GRAMMAR_MATCH_H
#define PENSTOCK_ENGINE_GRAMMAR_MATCH_H

#include "engine/grammar.h"
#include "engine/trie.h"

struct grammar_match;

ENGINE_CHECK int grammar_match_new(struct grammar_match **out, const struct engine_grammar *grammar,
                                   const struct vocab *vocab, const struct trie *trie,
                                   struct engine_error *error);
void grammar_match_free(struct grammar_match *match); /* wipes; NULL is fine */

/* Before the questions of a step: makes room. False: no memory. */
ENGINE_CHECK bool grammar_match_begin(struct grammar_match *match);
/* End tokens are allowed where the grammar's text may end. */
bool grammar_match_allows(struct grammar_match *match, int32_t token);
/*
 * One bit for each token, 64 to a word, valid until the next call but allows. NULL: no memory.
 */
const uint64_t *grammar_match_mask(struct grammar_match *match);
/* Goes on behind an allowed token. */
void grammar_match_accept(struct grammar_match *match, int32_t token);
/* Nothing but an end can follow. */
bool grammar_match_ended(const struct grammar_match *match);

#endif
