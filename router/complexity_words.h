/*
 * complexity_words.h - words that say how much there is to combine: amounts, parts, comparisons,
 * order.
 *
 * How many steps a word problem takes follows from these better than from its other words. Part of
 * the features that the nets were trained on: changing a list means training again. Pure.
 */
#ifndef PENSTOCK_ROUTER_COMPLEXITY_WORDS_H
#define PENSTOCK_ROUTER_COMPLEXITY_WORDS_H

#include <stddef.h>

enum complexity_word {
    COMPLEXITY_AMOUNT,   /* two, dozen */
    COMPLEXITY_PART,     /* half, twice, percent, rate */
    COMPLEXITY_EACH,     /* each, per */
    COMPLEXITY_COMPARED, /* than, more, older */
    COMPLEXITY_WHOLE,    /* remaining, altogether */
    COMPLEXITY_ORDER,    /* then, before, if */
    COMPLEXITY_UNIT,     /* hours, miles */
    COMPLEXITY_NEGATION, /* not, except */
    COMPLEXITY_WORD_KINDS,
    COMPLEXITY_PLAIN = COMPLEXITY_WORD_KINDS,
    COMPLEXITY_COURTESY, /* please, thanks: does not make a text longer */
};

enum { COMPLEXITY_WORD_LETTERS = 10 }; /* longer words are plain */

/* Of a word in lower case. */
enum complexity_word complexity_word_of(const char *word, size_t len);

#endif
