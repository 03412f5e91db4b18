/*
 * word_meaning.h - what the words of a text mean on the whole: how much of each of 64 kinds.
 *
 * A word is of a kind by a linear function of its vector, where that is positive: one layer over
 * each word, then a sum (Iyyer et al. 2015, "Deep unordered composition rivals syntactic methods
 * for text classification"). The kinds are learned with the verdict (router/train/word_kinds.py)
 * and have no names. models/meanings.bin holds what each row of the code books behind word_codes.h
 * adds to each kind, a byte each, so that a word costs ten rows of 64. Pure functions, any thread.
 */
#ifndef PENSTOCK_ROUTER_WORD_MEANING_H
#define PENSTOCK_ROUTER_WORD_MEANING_H

#include <stdint.h>

#include "router/word_codes.h"

enum {
    WORD_MEANING_KINDS = 64,
    WORD_MEANING_UNIT = 32, /* what the layer calls 1 */
    WORD_MEANING_MOST = 255 /* of one kind that a word counts for */
};

/* Sums over words: they add up in any order. 16 million words do not overflow. */
struct word_meaning {
    uint32_t words;
    uint32_t kind[WORD_MEANING_KINDS];
};

/* One word; codes as word_codes_of wrote them with the same base. */
void word_meaning_add(struct word_meaning *sum, const uint32_t codes[WORD_CODES], uint32_t base);
void word_meaning_sum(struct word_meaning *into, const struct word_meaning *more);

#endif
