/*
 * grammar_check.h - whether texts are of a grammar, by the bytes of a small vocabulary.
 */
#ifndef PENSTOCK_TESTS_GRAMMAR_CHECK_H
#define PENSTOCK_TESTS_GRAMMAR_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "engine/grammar_match.h"

static struct gguf *file;
static struct vocab vocab;
static struct trie trie;

static inline int open_vocab(void **unused)
{
    (void)unused;
    struct engine_error error;
    struct engine_source source = {.path =
                                       TEST_SOURCE_DIR "/tests/golden/models/llama-linear.gguf"};
    if (gguf_open(&file, &source, &error) != 0 || vocab_load(&vocab, file, &error) != 0 ||
        trie_init(&trie, &vocab, &error) != 0)
        fail_msg("%s", error.text);
    return 0;
}

static inline int close_vocab(void **unused)
{
    (void)unused;
    trie_release(&trie);
    vocab_release(&vocab);
    gguf_free(file);
    return 0;
}

static inline struct engine_grammar *compile(const char *text)
{
    struct engine_grammar *grammar = NULL;
    struct engine_error error;
    if (engine_grammar_new(&grammar, text, strlen(text), &error) != 0)
        fail_msg("%s\n%s", text, error.text);
    return grammar;
}

static inline struct grammar_match *begin(const struct engine_grammar *grammar)
{
    struct grammar_match *match = NULL;
    assert_int_equal(grammar_match_new(&match, grammar, &vocab, &trie, NULL), 0);
    return match;
}

/* How many bytes of the text the grammar takes; *whole: it may end there. */
static inline size_t feed(struct grammar_match *m, const char *text, size_t len, bool *whole)
{
    size_t i = 0;
    for (; i < len; i++) {
        int32_t token = vocab.byte_tokens[(uint8_t)text[i]];
        assert_true(grammar_match_begin(m));
        if (!grammar_match_allows(m, token))
            break;
        grammar_match_accept(m, token);
    }
    *whole = grammar_match_allows(m, vocab.eos);
    return i;
}

static inline bool is_of(const struct engine_grammar *grammar, const char *text)
{
    bool whole = false;
    struct grammar_match *m = begin(grammar);
    size_t n = feed(m, text, strlen(text), &whole);
    grammar_match_free(m);
    return n == strlen(text) && whole;
}

#endif
