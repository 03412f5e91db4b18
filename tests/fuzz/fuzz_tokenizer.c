/*
 * Arbitrary text through SentencePiece (with and without markers) and back to the same text, since
 * every byte has a token; through WordPiece; through a unigram vocabulary, also as its map of
 * characters; the same bytes as words and as a chat template.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/template.h"
#include "engine/unicode.h"
#include "engine/vocab.h"
#include "tests/fuzz/small_vocab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void there_and_back(const struct vocab *v, const uint8_t *data, size_t size, bool markers)
{
    struct token_list list = {0};
    struct vocab_text text = {.bytes = (const char *)data, .len = size, .markers = markers};
    if (vocab_tokenize(v, &text, &list, NULL) != 0)
        abort();
    char *back = malloc(size + 8);
    size_t n = 0;
    for (size_t i = 0; i < list.count && back != NULL; i++)
        n += vocab_bytes(v, list.ids[i], back + n, size + 8 - n);
    /* Spaces and U+2581 are one to SentencePiece; without either the text comes back whole. */
    if (!markers && size > 0 && back != NULL && memmem(data, size, "\xe2\x96\x81", 3) == NULL &&
        (n != size + 1 || memcmp(back + 1, data, size) != 0))
        abort();
    free(back);
    token_list_release(&list);
}

/* At most one token for each character, and one for a text that has anything but space. */
static void through_wordpiece(const struct vocab *v, const uint8_t *data, size_t size)
{
    struct token_list list = {0};
    struct vocab_text text = {.bytes = (const char *)data, .len = size};
    if (vocab_tokenize(v, &text, &list, NULL) != 0 || list.count > size)
        abort();
    token_list_release(&list);
}

/* At most one token for each byte of the text, also where the map is made of the same bytes. */
static void through_unigram(struct vocab *v, const uint8_t *data, size_t size)
{
    struct token_list list = {0};
    size_t half = size / 2;
    struct vocab_text text = {.bytes = (const char *)data, .len = size};
    if (vocab_tokenize(v, &text, &list, NULL) != 0 || list.count > size)
        abort();
    token_list_release(&list);
    if (half < 5 || data[half - 1] != '\0')
        return;
    v->unigram.units = data;
    v->unigram.unit_count = 1 + (uint32_t)half / 8;
    v->unigram.replacements = (const char *)data;
    v->unigram.replacement_bytes = half;
    text = (struct vocab_text){.bytes = (const char *)data + half, .len = size - half};
    if (vocab_tokenize(v, &text, &list, NULL) != 0)
        abort();
    token_list_release(&list);
    v->unigram.unit_count = 0;
}

static void cut_words(const uint8_t *data, size_t size)
{
    uint32_t *cps = malloc((size + 1) * sizeof(*cps));
    size_t count = 0;
    for (size_t at = 0; cps != NULL && at < size; count++)
        at += unicode_decode((const char *)data + at, size - at, &cps[count]);
    for (int rule = WORDS_GPT2; cps != NULL && rule <= WORDS_DEEPSEEK3; rule++) {
        struct words words;
        words_begin(&words, (enum vocab_words)rule, cps, count);
        while (words.at < count) {
            size_t before = words.at, end = words_next(&words);
            if (end <= before || end > count)
                abort();
        }
    }
    free(cps);
}

static void as_template(const uint8_t *data, size_t size)
{
    static const char *const keys[] = {"role", "content"};
    static const char *const top[] = {"messages", "add_generation_prompt"};
    const struct template_value parts[] = {
        {.kind = TEMPLATE_STRING, .text = "user", .len = 4, .content = true},
        {.kind = TEMPLATE_STRING, .text = "Hi \xc3\xa9", .len = 5, .content = true}};
    const struct template_value message = {
        .kind = TEMPLATE_DICT, .items = parts, .keys = keys, .count = 2};
    const struct template_value values[] = {{.kind = TEMPLATE_LIST, .items = &message, .count = 1},
                                            {.kind = TEMPLATE_BOOL, .boolean = true}};
    const struct template_value variables = {
        .kind = TEMPLATE_DICT, .items = values, .keys = top, .count = 2};
    struct template_output out;
    struct engine_error error;
    struct tm now = {.tm_year = 125};
    struct template *t = NULL;
    if (template_parse(&t, (const char *)data, size, &error) != 0)
        return;
    if (template_render(t, &variables, &now, &out, &error) == 0)
        template_output_release(&out);
    template_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct vocab vocab, wordpiece, unigram;
    if (vocab.tokens == NULL) {
        make_vocab(&vocab, "llama");
        make_vocab(&wordpiece, "bert");
        make_vocab(&unigram, "t5");
    }
    there_and_back(&vocab, data, size, false);
    there_and_back(&vocab, data, size, true);
    through_wordpiece(&wordpiece, data, size);
    through_unigram(&unigram, data, size);
    cut_words(data, size);
    as_template(data, size);
    return 0;
}
