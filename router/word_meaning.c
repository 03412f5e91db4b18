#include "router/word_meaning.h"

#include <stddef.h>

#include "router/models/builtin.h"

_Static_assert((int)BUILTIN_MEANINGS_BYTES == (int)WORD_CODE_IDS * (int)WORD_MEANING_KINDS,
               "builtin.h knows the table's size");

static const signed char *row_of(uint32_t code)
{
    return builtin_meanings + (size_t)code * WORD_MEANING_KINDS;
}

void word_meaning_add(struct word_meaning *sum, const uint32_t codes[WORD_CODES], uint32_t base)
{
    int16_t word[WORD_MEANING_KINDS] = {0};
    _Static_assert(WORD_CODES % 5 == 0, "five rows at a time: the sums stay in registers longer");
    for (size_t i = 0; i < WORD_CODES; i += 5) {
        const signed char *a = row_of(codes[i] - base), *b = row_of(codes[i + 1] - base);
        const signed char *c = row_of(codes[i + 2] - base), *d = row_of(codes[i + 3] - base);
        const signed char *e = row_of(codes[i + 4] - base);
        for (size_t j = 0; j < WORD_MEANING_KINDS; j++)
            word[j] = (int16_t)(word[j] + a[j] + b[j] + c[j] + d[j] + e[j]);
    }
    sum->words++;
    for (size_t j = 0; j < WORD_MEANING_KINDS; j++) {
        int16_t some = word[j] < 0 ? 0 : word[j];
        sum->kind[j] += (uint16_t)(some > WORD_MEANING_MOST ? WORD_MEANING_MOST : some);
    }
}

void word_meaning_sum(struct word_meaning *into, const struct word_meaning *more)
{
    into->words += more->words;
    for (size_t j = 0; j < WORD_MEANING_KINDS; j++)
        into->kind[j] += more->kind[j];
}
