/*
 * WordPiece, as llama.cpp computes it for BERT's vocabularies: words of small letters without
 * accents, each cut from the left into the longest tokens there are.
 */
#include "engine/vocab.h"

#include "engine/error.h"
#include "engine/unicode.h"

#include <stdlib.h>
#include <string.h>

/* The vocabulary writes U+2581 before what begins a word, where others write ## before the rest. */
#define WORD_BEGIN "\xe2\x96\x81"
enum { WORD_BEGIN_LEN = 3 };

static bool is_ideograph(uint32_t cp)
{
    static const uint32_t blocks[][2] = {
        {0x4e00, 0x9fff},   {0x3400, 0x4dbf},   {0x20000, 0x2a6df}, {0x2a700, 0x2b73f},
        {0x2b740, 0x2b81f}, {0x2b920, 0x2ceaf}, {0xf900, 0xfaff},   {0x2f800, 0x2fa1f},
    };
    for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
        if (cp >= blocks[i][0] && cp <= blocks[i][1])
            return true;
    }
    return false;
}

/* Characters that are a word by themselves. */
static bool stands_alone(uint32_t cp)
{
    enum unicode_kind kind = unicode_kind_of(cp);
    return kind == UNICODE_PUNCTUATION || (cp < 0x7f && kind == UNICODE_SYMBOL) || is_ideograph(cp);
}

/* The tokens of one word, which has WORD_BEGIN before it; one "unknown" if any part is none. */
static void add_word(const struct vocab *v, const char *word, size_t len, struct token_list *out)
{
    size_t before = out->count;
    for (size_t at = 0; at < len && !out->failed;) {
        size_t n = len - at < v->longest ? len - at : v->longest;
        int32_t id = -1;
        while (n > 0 && (id = vocab_find(v, word + at, n)) < 0)
            n--;
        if (id < 0) {
            out->count = before;
            break;
        }
        token_list_add(out, id);
        at += n;
    }
    if (out->count == before && v->unknown >= 0)
        token_list_add(out, v->unknown);
}

int wordpiece_tokenize(const struct vocab *v, const char *text, size_t len, struct token_list *out,
                       struct engine_error *error)
{
    size_t cap = WORD_BEGIN_LEN + 4 * len, n = WORD_BEGIN_LEN;
    char *word = malloc(cap);
    if (word == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a text");
    memcpy(word, WORD_BEGIN, WORD_BEGIN_LEN);
    for (size_t at = 0; at < len;) {
        uint32_t cp = 0;
        at += unicode_decode(text + at, len - at, &cp);
        if (v->strip_accents)
            cp = unicode_base(cp);
        if (v->strip_accents && unicode_kind_of(cp) == UNICODE_MARK)
            continue;
        bool space = unicode_is_space(cp), alone = !space && stands_alone(cp);
        if ((space || alone) && n > WORD_BEGIN_LEN) {
            add_word(v, word, n, out);
            n = WORD_BEGIN_LEN;
        }
        if (space || cp == 0 || cp == 0xfffd || unicode_kind_of(cp) == UNICODE_CONTROL)
            continue;
        n += unicode_encode(v->lowercase ? unicode_lower(cp) : cp, word + n);
        if (alone) {
            add_word(v, word, n, out);
            n = WORD_BEGIN_LEN;
        }
    }
    if (n > WORD_BEGIN_LEN)
        add_word(v, word, n, out);
    explicit_bzero(word, cap);
    free(word);
    return 0;
}
