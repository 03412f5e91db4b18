#include "router/complexity_words.h"

#include <stdint.h>

static const struct {
    char word[COMPLEXITY_WORD_LETTERS + 1];
    uint8_t kind;
} words[] = {
#define WORD(text, kind) {text, COMPLEXITY_##kind},
#include "router/complexity_words.def"
#undef WORD
};

/* Where the words with each first letter begin, and where the last ones end. */
static const uint8_t begins[27] = {0,   9,   13,  22,  35,  43,  60,  66,  80,
                                   86,  86,  90,  98,  114, 123, 129, 138, 142,
                                   150, 161, 185, 186, 186, 193, 193, 198, 198};

/* Below 0: comes before the listed one. */
static int order_of(const char *word, size_t len, const char *listed)
{
    for (size_t i = 1; i < len; i++)
        if (word[i] != listed[i])
            return word[i] < listed[i] ? -1 : 1; /* also at the zero behind a shorter one */
    return listed[len] != '\0' ? -1 : 0;
}

enum complexity_word complexity_word_of(const char *word, size_t len)
{
    if (len < 2 || len > COMPLEXITY_WORD_LETTERS || word[0] < 'a' || word[0] > 'z')
        return COMPLEXITY_PLAIN;
    size_t letter = (size_t)(word[0] - 'a');
    for (size_t i = begins[letter]; i < begins[letter + 1]; i++) {
        int order = order_of(word, len, words[i].word);
        if (order == 0)
            return (enum complexity_word)words[i].kind;
        if (order < 0)
            break;
    }
    return COMPLEXITY_PLAIN;
}
