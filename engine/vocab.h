/*
 * vocab.h - a model's vocabulary, and text to tokens and back.
 *
 * SentencePiece (with byte fallback, and its unigram models), byte-level BPE and WordPiece as
 * llama.cpp computes them.
 * Immutable after vocab_load; any thread. Token texts stay in the gguf, which must outlive the
 * vocabulary.
 */
#ifndef PENSTOCK_ENGINE_VOCAB_H
#define PENSTOCK_ENGINE_VOCAB_H

#include "engine/gguf.h"

enum vocab_kind { VOCAB_SENTENCEPIECE, VOCAB_UNIGRAM, VOCAB_BPE, VOCAB_WORDPIECE };

/* How BPE cuts text into words before merging. */
enum vocab_words {
    WORDS_GPT2,
    WORDS_STARCODER,
    WORDS_LLAMA3,
    WORDS_QWEN2,
    WORDS_QWEN35,
    WORDS_GPT4O,
    WORDS_TEKKEN,
    WORDS_FALCON,
    WORDS_DEEPSEEK,
    WORDS_DEEPSEEK_CODER,
    WORDS_SEED,
    WORDS_PORO,
    WORDS_VIKING,
    WORDS_DEFAULT, /* of files that name none */
    WORDS_DEEPSEEK3,
};

enum token_kind {
    TOKEN_NORMAL = 1,
    TOKEN_UNKNOWN = 2,
    TOKEN_CONTROL = 3,
    TOKEN_USER_DEFINED = 4,
    TOKEN_UNUSED = 5,
    TOKEN_BYTE = 6,
};

struct vocab_token {
    const char *text; /* not NUL-terminated */
    uint32_t len;
    float score;
    uint8_t kind;
    bool ends;   /* generation stops here */
    bool strips; /* as a marker it swallows the spaces behind it */
};

struct vocab_merge {
    int32_t left, right; /* left -1: an empty place of the table */
    int32_t result;
    uint32_t rank;
};

struct vocab_piece {
    const char *text;
    uint32_t len;
    int32_t id;
};

/* What a unigram vocabulary has beside. The map of characters lies in the gguf. */
struct vocab_unigram {
    struct vocab_piece *pieces; /* by their bytes */
    uint32_t piece_count;
    double unknown_score;
    const uint8_t *units; /* of the map's double array: 32 bits each, unaligned */
    uint32_t unit_count;
    const char *replacements; /* NUL-terminated, one behind the other */
    size_t replacement_bytes;
    bool merges_spaces;
};

struct vocab {
    enum vocab_kind kind;
    enum vocab_words words;
    struct vocab_token *tokens;
    uint32_t count;
    uint32_t longest; /* bytes of the longest token */
    int32_t *table;   /* ids by hash of text; -1: empty */
    uint32_t table_mask;
    struct vocab_merge *merges;
    uint32_t merge_mask;
    int32_t byte_tokens[256]; /* -1: none */
    uint32_t *marker_lengths; /* of control and user-defined tokens, each once, longest first */
    size_t marker_length_count;
    uint8_t marker_first[256]; /* whether some marker starts with this byte */
    int32_t bos, eos, unknown; /* -1: none; an encoder's are CLS and SEP */
    bool add_bos, add_eos, space_prefix, whole_words;
    bool lowercase, strip_accents; /* WordPiece */
    struct vocab_unigram unigram;
};

ENGINE_CHECK int vocab_load(struct vocab *out, const struct gguf *file, struct engine_error *error);
void vocab_release(struct vocab *vocab);

int32_t vocab_find(const struct vocab *vocab, const char *text, size_t len); /* -1: none */
const struct vocab_merge *vocab_merge_of(const struct vocab *vocab, int32_t left, int32_t right);

/* The bytes that a token stands for; 0 for markers and for ids that are no token. */
size_t vocab_bytes(const struct vocab *vocab, int32_t token, char *out, size_t cap);

/* A growing list of tokens; wiped when released. */
struct token_list {
    int32_t *ids;
    size_t count, cap;
    bool failed; /* out of memory at some point: the list is not to be used */
};
void token_list_add(struct token_list *list, int32_t id);
void token_list_release(struct token_list *list);

struct vocab_text {
    const char *bytes;
    size_t len;
    /* One byte per byte of text, not 0 where it is somebody's content, in which no markers are
     * seen; NULL: none of it is. */
    const uint8_t *content;
    bool markers; /* see control markers (user-defined ones are always seen) */
};

/* Append the text's tokens, without those for beginning and end. */
ENGINE_CHECK int vocab_tokenize(const struct vocab *vocab, const struct vocab_text *text,
                                struct token_list *out, struct engine_error *error);

/* ---- parts, for vocab_load and vocab_tokenize ---- */
ENGINE_CHECK int unigram_load(struct vocab *vocab, const struct gguf *file,
                              struct engine_error *error);
ENGINE_CHECK int unigram_tokenize(const struct vocab *vocab, const char *text, size_t len,
                                  struct token_list *out, struct engine_error *error);
ENGINE_CHECK int spm_tokenize(const struct vocab *vocab, const char *text, size_t len,
                              struct token_list *out, struct engine_error *error);
ENGINE_CHECK int bpe_tokenize(const struct vocab *vocab, const char *text, size_t len,
                              struct token_list *out, struct engine_error *error);
ENGINE_CHECK int wordpiece_tokenize(const struct vocab *vocab, const char *text, size_t len,
                                    struct token_list *out, struct engine_error *error);

enum { WORDS_STAGES = 6 };
/* A walk over a text's words; the characters must outlive it. */
struct words {
    enum vocab_words rule;
    const uint32_t *cps;
    size_t count, at;
    size_t ends[WORDS_STAGES]; /* of the piece that each stage is in */
};
void words_begin(struct words *words, enum vocab_words rule, const uint32_t *cps, size_t count);
size_t words_next(struct words *words); /* the next word's end; only while at < count */

#endif
