#include "engine/vocab.h"

#include "engine/error.h"
#include "engine/merge.h"
#include "engine/unicode.h"

#include <stdlib.h>
#include <string.h>

static bool join_by_score(const struct vocab *v, const char *text, const struct symbol *left,
                          const struct symbol *right, int32_t *id, double *priority)
{
    *id = vocab_find(v, text + left->start, left->len + right->len);
    if (*id < 0)
        return false;
    *priority = (double)v->tokens[*id].score;
    return true;
}

int spm_tokenize(const struct vocab *v, const char *text, size_t len, struct token_list *out,
                 struct engine_error *error)
{
    size_t count = 0;
    struct symbol *symbols = malloc(len * sizeof(*symbols));
    if (symbols == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a text");
    for (size_t at = 0; at < len; count++) {
        uint32_t cp = 0;
        size_t n = unicode_decode(text + at, len - at, &cp);
        symbols[count] = (struct symbol){
            .start = (uint32_t)at, .len = (uint32_t)n, .id = vocab_find(v, text + at, n)};
        at += n;
    }
    int status = merge_symbols(v, text, symbols, count, join_by_score, error);
    for (size_t i = 0; status == 0 && i < count; i++) {
        if (symbols[i].len == 0)
            continue;
        if (symbols[i].id >= 0)
            token_list_add(out, symbols[i].id);
        for (uint32_t b = 0; symbols[i].id < 0 && b < symbols[i].len; b++) {
            int32_t byte = v->byte_tokens[(uint8_t)text[symbols[i].start + b]];
            if (byte >= 0)
                token_list_add(out, byte);
        }
    }
    explicit_bzero(symbols, len * sizeof(*symbols));
    free(symbols);
    return status;
}
