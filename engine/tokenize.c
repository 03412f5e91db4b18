/* Cuts text at markers and hands what lies between to the vocabulary's own method. */
#include "engine/vocab.h"

#include "engine/error.h"
#include "engine/unicode.h"

#include <stdlib.h>
#include <string.h>

void token_list_add(struct token_list *list, int32_t id)
{
    if (list->count == list->cap) {
        /* Not realloc: what it leaves behind would not be wiped. */
        size_t cap = list->cap < 64 ? 64 : list->cap * 2;
        int32_t *ids = calloc(cap, sizeof(*ids));
        if (ids == NULL) {
            list->failed = true;
            return;
        }
        if (list->count > 0) {
            memcpy(ids, list->ids, list->count * sizeof(*ids));
            explicit_bzero(list->ids, list->cap * sizeof(*ids));
        }
        free(list->ids);
        list->ids = ids;
        list->cap = cap;
    }
    list->ids[list->count++] = id;
}

void token_list_release(struct token_list *list)
{
    if (list->ids != NULL)
        explicit_bzero(list->ids, list->cap * sizeof(*list->ids));
    free(list->ids);
    *list = (struct token_list){0};
}

static bool any_content(const struct vocab_text *text, size_t at, size_t len)
{
    return text->content != NULL && memchr(text->content + at, 1, len) != NULL;
}

/*
 * The longest marker at this place, or -1. Somebody's content never becomes a control marker; a
 * user-defined one in it does when it is plain text, which a marker in brackets is not.
 */
static int32_t marker_at(const struct vocab *v, const struct vocab_text *text, size_t at)
{
    if (!v->marker_first[(uint8_t)text->bytes[at]])
        return -1;
    for (size_t i = 0; i < v->marker_length_count; i++) {
        uint32_t len = v->marker_lengths[i];
        int32_t id = len <= text->len - at ? vocab_find(v, text->bytes + at, len) : -1;
        if (id < 0)
            continue;
        const struct vocab_token *t = &v->tokens[id];
        if (t->kind != TOKEN_CONTROL && t->kind != TOKEN_USER_DEFINED)
            continue;
        if (t->kind == TOKEN_CONTROL && !text->markers)
            continue;
        bool bracketed = t->kind == TOKEN_CONTROL || t->text[0] == '<' || t->text[0] == '[';
        if (!bracketed || !any_content(text, at, len))
            return id;
    }
    return -1;
}

static int tokenize_plain(const struct vocab *v, const struct vocab_text *text, size_t from,
                          size_t to, bool prefix, struct token_list *out,
                          struct engine_error *error)
{
    size_t len = to - from;
    if (len == 0)
        return 0;
    if (v->kind == VOCAB_BPE)
        return bpe_tokenize(v, text->bytes + from, len, out, error);
    if (v->kind == VOCAB_UNIGRAM)
        return unigram_tokenize(v, text->bytes + from, len, out, error);
    if (v->kind == VOCAB_WORDPIECE)
        return wordpiece_tokenize(v, text->bytes + from, len, out, error);
    /* SentencePiece sees a space before the text, and spaces as U+2581. */
    char *escaped = malloc(3 * (len + 1));
    if (escaped == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a text");
    size_t n = 0;
    if (prefix) {
        memcpy(escaped, "\xe2\x96\x81", 3);
        n = 3;
    }
    for (size_t i = from; i < to; i++) {
        if (text->bytes[i] == ' ') {
            memcpy(escaped + n, "\xe2\x96\x81", 3);
            n += 3;
        } else {
            escaped[n++] = text->bytes[i];
        }
    }
    int status = spm_tokenize(v, escaped, n, out, error);
    explicit_bzero(escaped, n);
    free(escaped);
    return status;
}

int vocab_tokenize(const struct vocab *v, const struct vocab_text *text, struct token_list *out,
                   struct engine_error *error)
{
    size_t from = 0;
    bool after_marker = true; /* the beginning counts as one */
    if (text->len > UINT32_MAX / 4)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "the text is too long to tokenise");
    for (size_t at = 0; at < text->len;) {
        int32_t marker = marker_at(v, text, at);
        if (marker < 0) {
            at++;
            continue;
        }
        int status = tokenize_plain(v, text, from, at, v->space_prefix && after_marker, out, error);
        if (status != 0)
            return status;
        token_list_add(out, marker);
        at += v->tokens[marker].len;
        while (v->tokens[marker].strips && at < text->len &&
               strchr(" \t\n\v\f\r", text->bytes[at]) && text->bytes[at] != '\0')
            at++;
        from = at;
        after_marker = true;
    }
    int status =
        tokenize_plain(v, text, from, text->len, v->space_prefix && after_marker, out, error);
    if (status == 0 && out->failed)
        status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the tokens");
    return status;
}
