/*
 * A grammar, and behind a NUL a text that is fed to it byte by byte: what a mask allows is allowed,
 * and an end can follow where nothing else can.
 */
#include "engine/grammar_match.h"
#include "tests/fuzz/small_vocab.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vocab vocab;
static struct trie trie;

/* What a mask leaves out may be allowed all the same, where making it took all of a step's work. */
static void check_mask(struct grammar_match *match)
{
    const uint64_t *mask = grammar_match_mask(match);
    for (uint32_t i = 0; mask != NULL && i < vocab.count; i++) {
        if ((mask[i / 64] >> i % 64 & 1) != 0 && !grammar_match_allows(match, (int32_t)i))
            abort();
    }
}

static void match_text(struct grammar_match *match, const uint8_t *text, size_t len)
{
    enum { MOST_BYTES = 64, CHECKED = 8 };
    for (size_t i = 0; i < len && i < MOST_BYTES; i++) {
        int32_t token = vocab.byte_tokens[text[i]];
        if (!grammar_match_begin(match))
            return;
        if (i < CHECKED)
            check_mask(match);
        if (!grammar_match_allows(match, token))
            return;
        grammar_match_accept(match, token);
        if (grammar_match_ended(match) && !grammar_match_allows(match, vocab.eos))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct engine_grammar *grammar = NULL;
    struct grammar_match *match = NULL;
    struct engine_error error;
    if (trie.nodes == NULL) {
        make_vocab(&vocab, "llama");
        if (trie_init(&trie, &vocab, NULL) != 0)
            abort();
    }
    const uint8_t *end = size > 0 ? memchr(data, 0, size) : NULL;
    size_t len = end != NULL ? (size_t)(end - data) : size;
    if (engine_grammar_new(&grammar, (const char *)data, len, &error) != 0)
        return 0;
    if (grammar_match_new(&match, grammar, &vocab, &trie, NULL) == 0)
        match_text(match, end != NULL ? end + 1 : data, end != NULL ? size - len - 1 : 0);
    grammar_match_free(match);
    engine_grammar_free(grammar);
    return 0;
}
