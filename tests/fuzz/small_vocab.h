/*
 * small_vocab.h - a vocabulary of all bytes and a few longer tokens, for targets that need no
 * files.
 */
#ifndef PENSTOCK_TESTS_SMALL_VOCAB_H
#define PENSTOCK_TESTS_SMALL_VOCAB_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/vocab.h"

static inline size_t put(uint8_t *out, size_t at, const void *bytes, size_t len)
{
    memcpy(out + at, bytes, len);
    return at + len;
}

static inline size_t put_u32(uint8_t *out, size_t at, uint32_t value)
{
    return put(out, at, &value, sizeof(value));
}

static inline size_t put_u64(uint8_t *out, size_t at, uint64_t value)
{
    return put(out, at, &value, sizeof(value));
}

static inline size_t put_string(uint8_t *out, size_t at, const char *text)
{
    at = put_u64(out, at, strlen(text));
    return put(out, at, text, strlen(text));
}

static const char *const longer[] = {"<s>", "</s>", "\xe2\x96\x81", "\xe2\x96\x81t", "he",
                                     "th",  "the",  "aa",           "aaaa"};
enum { LONGER = sizeof(longer) / sizeof(longer[0]) };

/* model: "llama", "t5" or "bert". Made once and never freed: the files stay reachable here. */
static inline void make_vocab(struct vocab *out, const char *model)
{
    static struct gguf *files[3];
    static size_t count;
    uint8_t *bytes = malloc(16384);
    if (bytes == NULL)
        abort();
    size_t at = put(bytes, 0, "GGUF", 4);
    at = put_u32(bytes, at, 3);
    at = put_u64(bytes, at, 0);
    at = put_u64(bytes, at, 3);
    at = put_string(bytes, at, "tokenizer.ggml.model");
    at = put_u32(bytes, at, GGUF_VALUE_STRING);
    at = put_string(bytes, at, model);
    at = put_string(bytes, at, "tokenizer.ggml.tokens");
    at = put_u32(bytes, at, GGUF_VALUE_ARRAY);
    at = put_u32(bytes, at, GGUF_VALUE_STRING);
    at = put_u64(bytes, at, 256 + LONGER);
    for (unsigned i = 0; i < 256; i++) {
        char name[8];
        snprintf(name, sizeof(name), "<0x%02X>", i);
        at = put_string(bytes, at, name);
    }
    for (size_t i = 0; i < LONGER; i++)
        at = put_string(bytes, at, longer[i]);
    at = put_string(bytes, at, "tokenizer.ggml.token_type");
    at = put_u32(bytes, at, GGUF_VALUE_ARRAY);
    at = put_u32(bytes, at, GGUF_VALUE_I32);
    at = put_u64(bytes, at, 256 + LONGER);
    for (unsigned i = 0; i < 256 + LONGER; i++)
        at = put_u32(bytes, at, i < 256 ? TOKEN_BYTE : i < 258 ? TOKEN_CONTROL : TOKEN_NORMAL);
    struct engine_source source = {.bytes = bytes, .size = at};
    if (count == 3 || gguf_open(&files[count], &source, NULL) != 0 ||
        vocab_load(out, files[count], NULL) != 0)
        abort();
    count++;
}

#endif
