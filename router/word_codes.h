/*
 * word_codes.h - what word vectors say of a word: ten codes, each one feature more for a net.
 *
 * models/words.bin holds the 119,193 commonest English words, and for each the rows of ten code
 * books whose sum is nearest to its GloVe vector (Pennington et al. 2014, public domain; quantised
 * as Babenko and Lempitsky's additive quantisation does). Beside them it holds the commonest words
 * of other languages (router/train/glossaries), each with the codes of the English word that it
 * stands for: what a net has learned from English text it knows of theirs. A net whose table
 * begins with a projection of the books knows something of every one of these words, whether its
 * training texts hold it or not. router/train/words_table.py makes the table. Pure functions, any
 * thread, no allocation.
 */
#ifndef PENSTOCK_ROUTER_WORD_CODES_H
#define PENSTOCK_ROUTER_WORD_CODES_H

#include <stddef.h>
#include <stdint.h>

#include "router/hash_mix.h"

enum {
    WORD_CODES = 10,                             /* of one word */
    WORD_CODE_ROWS = 256,                        /* of one code book */
    WORD_CODE_IDS = WORD_CODES * WORD_CODE_ROWS, /* feature ids that the codes take */
};

/*
 * A word is known by the hash of its small letters (utf8_scan.h): begin, add each of them, and ask.
 * Accents are left out, since the vectors were made of text without ("jose" stands for "José"). For
 * words of letters alone: others are not in the table.
 */
static inline uint32_t word_codes_begin(void)
{
    return hash_mix(0x1001, 0);
}

uint32_t word_codes_add_accented(uint32_t hash, uint32_t lower);

static inline uint32_t word_codes_add(uint32_t hash, uint32_t lower)
{
    return lower < 0x80 ? hash_mix(hash, lower) : word_codes_add_accented(hash, lower);
}

/*
 * Writes the ids of the word's codes, base to base + WORD_CODE_IDS - 1, one for each book, and
 * returns WORD_CODES, or 0 for a word that is not in the table (but for one in some six thousand
 * of those, which pass for another word).
 */
size_t word_codes_of(uint32_t hash, uint32_t base, uint32_t ids[WORD_CODES]);

/* For the script that makes the table: a word's key, and the second line that it may stand in. */
uint32_t word_codes_key(const uint8_t *word, size_t len);
uint32_t word_codes_second_line(uint32_t key);

#endif
