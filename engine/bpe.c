#include "engine/vocab.h"

#include "engine/error.h"
#include "engine/merge.h"
#include "engine/unicode.h"

#include <stdlib.h>
#include <string.h>

static bool join_by_rank(const struct vocab *v, const char *text, const struct symbol *left,
                         const struct symbol *right, int32_t *id, double *priority)
{
    (void)text;
    const struct vocab_merge *m = vocab_merge_of(v, left->id, right->id);
    if (m == NULL)
        return false;
    *id = m->result;
    *priority = -(double)m->rank;
    return true;
}

/* The word as one token, looked up in GPT-2's alphabet; -1 when it is none. */
static int32_t whole_word(const struct vocab *v, const char *word, size_t len)
{
    char text[512];
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        int32_t byte = v->byte_tokens[(uint8_t)word[i]];
        if (byte < 0 || n + v->tokens[byte].len > sizeof(text))
            return -1;
        memcpy(text + n, v->tokens[byte].text, v->tokens[byte].len);
        n += v->tokens[byte].len;
    }
    return vocab_find(v, text, n);
}

static int add_word(const struct vocab *v, const char *word, size_t len, struct symbol *symbols,
                    struct token_list *out, struct engine_error *error)
{
    int32_t whole = v->whole_words ? whole_word(v, word, len) : -1;
    size_t count = 0;
    if (whole >= 0) {
        token_list_add(out, whole);
        return 0;
    }
    for (size_t i = 0; i < len; i++) {
        int32_t byte = v->byte_tokens[(uint8_t)word[i]];
        if (byte >= 0)
            symbols[count++] = (struct symbol){.start = (uint32_t)i, .len = 1, .id = byte};
    }
    int status = merge_symbols(v, word, symbols, count, join_by_rank, error);
    for (size_t i = 0; status == 0 && i < count; i++) {
        if (symbols[i].len > 0)
            token_list_add(out, symbols[i].id);
    }
    return status;
}

int bpe_tokenize(const struct vocab *v, const char *text, size_t len, struct token_list *out,
                 struct engine_error *error)
{
    int status = 0;
    size_t count = 0;
    struct symbol *symbols = malloc(len * sizeof(*symbols));
    uint32_t *cps = malloc(len * sizeof(*cps));
    uint32_t *starts = malloc((len + 1) * sizeof(*starts));
    if (symbols == NULL || cps == NULL || starts == NULL) {
        status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a text");
        goto out;
    }
    for (size_t at = 0; at < len; count++) {
        starts[count] = (uint32_t)at;
        at += unicode_decode(text + at, len - at, &cps[count]);
    }
    starts[count] = (uint32_t)len;
    struct words words;
    words_begin(&words, v->words, cps, count);
    while (status == 0 && words.at < count) {
        size_t at = words.at, end = words_next(&words);
        status = add_word(v, text + starts[at], starts[end] - starts[at], symbols, out, error);
    }
    explicit_bzero(cps, len * sizeof(*cps));
    explicit_bzero(symbols, len * sizeof(*symbols));
out:
    free(symbols);
    free(cps);
    free(starts);
    return status;
}
