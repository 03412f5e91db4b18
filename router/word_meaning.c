#include "router/word_meaning.h"

#include <stddef.h>

#include "router/models/builtin.h"

enum { COLUMNS = 1 + WORD_MEANING_PARTS }; /* of a row: rarity, then the parts */
_Static_assert((int)BUILTIN_MEANINGS_BYTES == (int)WORD_CODE_IDS * (int)COLUMNS,
               "builtin.h knows the table's size");

void word_meaning_add(struct word_meaning *sum, const uint32_t codes[WORD_CODES], uint32_t base)
{
    int16_t word[COLUMNS] = {0};
    for (size_t i = 0; i < WORD_CODES; i++) {
        const signed char *row = builtin_meanings + (size_t)(codes[i] - base) * COLUMNS;
        for (size_t j = 0; j < COLUMNS; j++)
            word[j] = (int16_t)(word[j] + row[j]);
    }
    float weight = word[0] < WORD_MEANING_FULL ? word[0] : WORD_MEANING_FULL;
    if (weight <= 0)
        return;
    sum->weight += weight;
    for (size_t j = 0; j < WORD_MEANING_PARTS; j++)
        sum->part[j] += weight * word[1 + j];
}

void word_meaning_sum(struct word_meaning *into, const struct word_meaning *more)
{
    into->weight += more->weight;
    for (size_t j = 0; j < WORD_MEANING_PARTS; j++)
        into->part[j] += more->part[j];
}
