/*
 * word_meaning.h - what the words of a text mean on the whole: a mean of word vectors.
 *
 * models/meanings.bin holds for each row of the code books behind word_codes.h what it adds to a
 * word's rarity and to fifteen principal parts of its vector, so that a word costs ten short rows.
 * Common words count little (Arora, Liang, Ma 2017, "A simple but tough-to-beat baseline for
 * sentence embeddings"). router/train/words_table.py makes the table. Pure functions, any thread.
 */
#ifndef PENSTOCK_ROUTER_WORD_MEANING_H
#define PENSTOCK_ROUTER_WORD_MEANING_H

#include <stdint.h>

#include "router/word_codes.h"

enum {
    WORD_MEANING_PARTS = 15,
    WORD_MEANING_FULL = 64, /* what a rare word weighs; the commonest nothing */
    WORD_MEANING_UNIT = 24, /* a part's standard deviation over the words of a text */
};

/* Sums over words: they add up in any order. Whole numbers, exact below 2^24. */
struct word_meaning {
    float weight;
    float part[WORD_MEANING_PARTS]; /* times the word's weight */
};

/* One word; codes as word_codes_of wrote them with the same base. */
void word_meaning_add(struct word_meaning *sum, const uint32_t codes[WORD_CODES], uint32_t base);
void word_meaning_sum(struct word_meaning *into, const struct word_meaning *more);

#endif
