#include "engine/vocab.h"

#include "engine/error.h"
#include "engine/unicode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t hash_text(const char *text, size_t len)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ (uint8_t)text[i]) * 1099511628211u;
    return (uint32_t)(h ^ h >> 32);
}

static uint32_t hash_pair(int32_t left, int32_t right)
{
    uint64_t h = ((uint64_t)(uint32_t)left << 32 | (uint32_t)right) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(h >> 32);
}

/* The place of a text in the table, or the empty place where it would go. */
static uint32_t place_of(const struct vocab *v, const char *text, size_t len)
{
    uint32_t at = hash_text(text, len) & v->table_mask;
    for (; v->table[at] >= 0; at = (at + 1) & v->table_mask) {
        const struct vocab_token *t = &v->tokens[v->table[at]];
        if (t->len == len && memcmp(t->text, text, len) == 0)
            break;
    }
    return at;
}

int32_t vocab_find(const struct vocab *v, const char *text, size_t len)
{
    return v->table[place_of(v, text, len)];
}

static uint32_t merge_place(const struct vocab *v, int32_t left, int32_t right)
{
    uint32_t at = hash_pair(left, right) & v->merge_mask;
    for (; v->merges[at].left >= 0; at = (at + 1) & v->merge_mask) {
        if (v->merges[at].left == left && v->merges[at].right == right)
            break;
    }
    return at;
}

const struct vocab_merge *vocab_merge_of(const struct vocab *v, int32_t left, int32_t right)
{
    if (v->merges == NULL || left < 0 || right < 0)
        return NULL;
    const struct vocab_merge *m = &v->merges[merge_place(v, left, right)];
    return m->left >= 0 ? m : NULL;
}

/* Places for n entries at most half full; 0 when n is beyond reason. */
static uint32_t table_size(size_t n)
{
    uint32_t size = 16;
    while (size < 2 * n && size < 1u << 30)
        size *= 2;
    return size >= 2 * n ? size : 0;
}

static int no_memory(struct engine_error *error)
{
    return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the vocabulary");
}

static int load_tokens(struct vocab *v, const struct gguf *file, struct engine_error *error)
{
    struct gguf_array texts, scores, kinds;
    if (!gguf_array(file, "tokenizer.ggml.tokens", &texts) || texts.type != GGUF_VALUE_STRING ||
        texts.count == 0)
        return engine_fail(error, ENGINE_ERR_FORMAT, "the model has no vocabulary");
    bool has_scores = gguf_array(file, "tokenizer.ggml.scores", &scores);
    bool has_kinds = gguf_array(file, "tokenizer.ggml.token_type", &kinds);
    if ((has_scores && (scores.count != texts.count || scores.type != GGUF_VALUE_F32)) ||
        (has_kinds && kinds.count != texts.count))
        return engine_fail(error, ENGINE_ERR_FORMAT, "the vocabulary's parts differ in length");
    uint32_t size = table_size(texts.count);
    if (size == 0)
        return engine_fail(error, ENGINE_ERR_FORMAT, "the vocabulary is too large");
    v->count = (uint32_t)texts.count;
    v->table_mask = size - 1;
    v->tokens = calloc(v->count, sizeof(*v->tokens));
    v->table = malloc(size * sizeof(*v->table));
    if (v->tokens == NULL || v->table == NULL)
        return no_memory(error);
    memset(v->table, 0xff, size * sizeof(*v->table));
    size_t offset = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        size_t len = 0;
        struct vocab_token *t = &v->tokens[i];
        t->text = gguf_array_next(&texts, &offset, &len);
        if (len > 65536)
            return engine_fail(error, ENGINE_ERR_FORMAT, "token %u is %zu bytes long", (unsigned)i,
                               len);
        t->len = (uint32_t)len;
        v->longest = t->len > v->longest ? t->len : v->longest;
        t->score = has_scores ? (float)gguf_array_number(&scores, i) : 0;
        double kind = has_kinds ? gguf_array_number(&kinds, i) : TOKEN_NORMAL;
        t->kind = kind >= 1 && kind <= 6 ? (uint8_t)kind : TOKEN_NORMAL;
        v->table[place_of(v, t->text, len)] = (int32_t)i;
    }
    return 0;
}

/* GPT-2's alphabet: printable bytes stand for themselves, the rest for 256 and up. */
static uint32_t letter_of_byte(unsigned byte)
{
    unsigned above = 0;
    if ((byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae)
        return byte;
    if (byte <= 0x20)
        above = byte;
    else if (byte <= 0xa0)
        above = byte - 0x7f + 0x21;
    else
        above = 0x21 + 0x22;
    return 256 + above;
}

static void load_bytes(struct vocab *v)
{
    for (unsigned b = 0; b < 256; b++) {
        char text[8];
        if (v->kind == VOCAB_BPE) {
            v->byte_tokens[b] = vocab_find(v, text, unicode_encode(letter_of_byte(b), text));
            continue;
        }
        snprintf(text, sizeof(text), "<0x%02X>", b);
        v->byte_tokens[b] = vocab_find(v, text, 6);
        char raw = (char)b;
        if (v->byte_tokens[b] < 0)
            v->byte_tokens[b] = vocab_find(v, &raw, 1);
        if (v->byte_tokens[b] < 0)
            v->byte_tokens[b] = v->unknown;
    }
}

static void add_merge(struct vocab *v, const char *text, size_t len, uint32_t rank)
{
    const char *space = len > 1 ? memchr(text + 1, ' ', len - 1) : NULL;
    char joined[256];
    if (space == NULL || len > sizeof(joined))
        return;
    size_t left = (size_t)(space - text), right = len - left - 1;
    memcpy(joined, text, left);
    memcpy(joined + left, space + 1, right);
    struct vocab_merge m = {.left = vocab_find(v, text, left),
                            .right = vocab_find(v, space + 1, right),
                            .result = vocab_find(v, joined, left + right),
                            .rank = rank};
    if (m.left < 0 || m.right < 0 || m.result < 0)
        return;
    uint32_t at = merge_place(v, m.left, m.right);
    if (v->merges[at].left < 0) /* of two equal ones the first counts */
        v->merges[at] = m;
}

static int load_merges(struct vocab *v, const struct gguf *file, struct engine_error *error)
{
    struct gguf_array merges;
    if (!gguf_array(file, "tokenizer.ggml.merges", &merges) || merges.type != GGUF_VALUE_STRING)
        return engine_fail(error, ENGINE_ERR_FORMAT, "the model lacks tokenizer.ggml.merges");
    uint32_t size = table_size(merges.count);
    if (size == 0)
        return engine_fail(error, ENGINE_ERR_FORMAT, "the vocabulary has too many merges");
    v->merge_mask = size - 1;
    v->merges = malloc(size * sizeof(*v->merges));
    if (v->merges == NULL)
        return no_memory(error);
    memset(v->merges, 0xff, size * sizeof(*v->merges));
    size_t offset = 0;
    for (size_t i = 0; i < merges.count; i++) {
        size_t len = 0;
        const char *text = gguf_array_next(&merges, &offset, &len);
        add_merge(v, text, len, (uint32_t)i);
    }
    return 0;
}

static int load_words(struct vocab *v, const struct gguf *file, struct engine_error *error)
{
    static const struct {
        const char *pre;
        enum vocab_words words;
        bool bos, whole;
    } known[] = {
        {"gpt-2", WORDS_GPT2, false, false},
        {"phi-2", WORDS_GPT2, false, false},
        {"mpt", WORDS_GPT2, false, false},
        {"olmo", WORDS_GPT2, false, false},
        {"roberta-bpe", WORDS_GPT2, false, false},
        {"jina-v1-en", WORDS_GPT2, false, false},
        {"jina-v2-code", WORDS_GPT2, false, false},
        {"jina-es", WORDS_GPT2, false, false},
        {"jina-de", WORDS_GPT2, false, false},
        {"jina-v2-es", WORDS_GPT2, false, false},
        {"jina-v2-de", WORDS_GPT2, false, false},
        {"modern-bert", WORDS_GPT2, false, false},
        {"jais", WORDS_GPT2, false, false},
        {"exaone4", WORDS_GPT2, false, false},
        {"trillion", WORDS_GPT2, false, false},
        {"granite-docling", WORDS_GPT2, false, false},
        {"gigachat", WORDS_GPT2, false, false},
        {"a.x-4.0", WORDS_GPT2, false, false},
        {"mellum", WORDS_GPT2, false, false},
        {"smollm", WORDS_STARCODER, false, false},
        {"starcoder", WORDS_STARCODER, false, false},
        {"refact", WORDS_STARCODER, false, false},
        {"command-r", WORDS_STARCODER, false, false},
        {"codeshell", WORDS_STARCODER, false, false},
        {"exaone", WORDS_STARCODER, false, false},
        {"minerva-7b", WORDS_STARCODER, false, false},
        {"mellum2", WORDS_STARCODER, false, false},
        {"llama-bpe", WORDS_LLAMA3, true, true},
        {"llama3", WORDS_LLAMA3, true, true},
        {"llama-v3", WORDS_LLAMA3, true, true},
        {"falcon3", WORDS_LLAMA3, true, true},
        {"falcon-h1", WORDS_LLAMA3, true, true},
        {"pixtral", WORDS_LLAMA3, true, true},
        {"midm-2.0", WORDS_LLAMA3, true, true},
        {"lfm2", WORDS_LLAMA3, true, true},
        {"jina-v5-nano", WORDS_LLAMA3, true, true},
        {"dbrx", WORDS_LLAMA3, false, false},
        {"smaug-bpe", WORDS_LLAMA3, false, false},
        {"glm4", WORDS_LLAMA3, false, false},
        {"chatglm-bpe", WORDS_LLAMA3, false, false},
        {"qwen2", WORDS_QWEN2, false, false},
        {"qwen35", WORDS_QWEN35, false, false},
        {"deepseek-r1-qwen", WORDS_QWEN2, false, false},
        {"f2llmv2", WORDS_QWEN2, false, false},
        {"kormo", WORDS_QWEN2, false, false},
        {"megrez", WORDS_QWEN2, false, false},
        {"stablelm2", WORDS_QWEN2, false, false},
        {"hunyuan", WORDS_QWEN2, false, false},
        {"solar-open", WORDS_QWEN2, false, false},
        {"grok-2", WORDS_QWEN2, false, false},
        {"gpt-4o", WORDS_GPT4O, false, false},
        {"llama4", WORDS_GPT4O, false, false},
        {"kanana2", WORDS_GPT4O, false, false},
        {"talkie", WORDS_GPT4O, false, false},
        {"minimax-m2", WORDS_GPT4O, false, false},
        {"tekken", WORDS_TEKKEN, true, true},
        {"falcon", WORDS_FALCON, false, false},
        {"deepseek-llm", WORDS_DEEPSEEK, false, false},
        {"deepseek-coder", WORDS_DEEPSEEK_CODER, false, false},
        {"deepseek-v3", WORDS_DEEPSEEK3, false, false},
        {"hunyuan-dense", WORDS_DEEPSEEK3, false, false},
        {"joyai-llm", WORDS_DEEPSEEK3, false, false},
        {"seed-coder", WORDS_SEED, false, false},
        {"poro-chat", WORDS_PORO, false, false},
        {"bloom", WORDS_PORO, false, false},
        {"gpt3-finnish", WORDS_PORO, false, false},
        {"viking", WORDS_VIKING, false, false},
        {"default", WORDS_DEFAULT, false, false},
    };
    const char *pre = gguf_string(file, "tokenizer.ggml.pre", NULL);
    if (pre == NULL)
        pre = "default";
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i].pre, pre) == 0) {
            v->words = known[i].words;
            v->add_bos = known[i].bos;
            v->whole_words = known[i].whole;
            return 0;
        }
    }
    return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                       "pre-tokenizer %.40s is not supported (gpt-2, llama-bpe, qwen2, smollm, "
                       "gpt-4o, tekken, falcon, starcoder and deepseek are); serve the file with "
                       "llama-server as an on-premises "
                       "target",
                       pre);
}

static bool is_marker(const struct vocab_token *t)
{
    return t->len > 0 && (t->kind == TOKEN_CONTROL || t->kind == TOKEN_USER_DEFINED);
}

static int compare_lengths(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x < y) - (x > y);
}

static int load_markers(struct vocab *v, struct engine_error *error)
{
    size_t count = 0, distinct = 0;
    for (uint32_t i = 0; i < v->count; i++)
        count += is_marker(&v->tokens[i]);
    v->marker_lengths = calloc(count + 1, sizeof(*v->marker_lengths));
    if (v->marker_lengths == NULL)
        return no_memory(error);
    count = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        if (!is_marker(&v->tokens[i]))
            continue;
        v->marker_lengths[count++] = v->tokens[i].len;
        v->marker_first[(uint8_t)v->tokens[i].text[0]] = 1;
    }
    qsort(v->marker_lengths, count, sizeof(*v->marker_lengths), compare_lengths);
    for (size_t i = 0; i < count; i++) {
        if (distinct == 0 || v->marker_lengths[distinct - 1] != v->marker_lengths[i])
            v->marker_lengths[distinct++] = v->marker_lengths[i];
    }
    v->marker_length_count = distinct;
    return 0;
}

static int32_t read_id(const struct vocab *v, const struct gguf *file, const char *key,
                       int32_t otherwise)
{
    uint32_t id = 0;
    if (!gguf_u32(file, key, &id))
        return otherwise;
    return id < v->count ? (int32_t)id : -1;
}

/*
 * Tokens that llama.cpp takes for control markers by their text, whatever the file calls them; with
 * most of them generation stops.
 */
static void mark_known(struct vocab *v)
{
    static const char *const ends[] = {"<|eot_id|>",
                                       "<|im_end|>",
                                       "<|end|>",
                                       "<|return|>",
                                       "<|call|>",
                                       "<end_of_turn>",
                                       "<|endoftext|>",
                                       "<|end_of_text|>",
                                       "<EOT>",
                                       "_<EOT>",
                                       "[EOT]",
                                       "[EOS]",
                                       "<|eom_id|>",
                                       "</s>",
                                       "<eos>",
                                       "<turn|>",
                                       "<|fim_pad|>",
                                       "<fim_pad>",
                                       "<fim-pad>",
                                       "<PAD>",
                                       "[PAD]",
                                       "<|fim_repo|>",
                                       "<|repo_name|>",
                                       "<fim-repo>",
                                       "<REPO>",
                                       "<reponame>",
                                       "<|file_sep|>",
                                       "<|tool_response>",
                                       "<|flush|>",
                                       "<end_of_utterance>",
                                       "<｜end▁of▁sentence｜>"};
    static const char *const others[] = {
        "<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>",    "<PRE>",           "<|fim_suffix|>",
        "<fim-suffix>",   "<fim_suffix>", "<SUF>",           "<|fim_middle|>",  "<fim-middle>",
        "<fim_middle>",   "<MID>",        "<|code_prefix|>", "<|code_suffix|>", "<|code_middle|>",
        "▁<PRE>",         "▁<SUF>",       "▁<MID>",          "<｜fim▁begin｜>", "<｜fim▁hole｜>",
        "<｜fim▁end｜>"};
    const size_t end_count = sizeof(ends) / sizeof(ends[0]);
    for (size_t i = 0; i < end_count + sizeof(others) / sizeof(others[0]); i++) {
        const char *text = i < end_count ? ends[i] : others[i - end_count];
        int32_t id = vocab_find(v, text, strlen(text));
        if (id < 0)
            continue;
        v->tokens[id].kind = TOKEN_CONTROL;
        v->tokens[id].ends = i < end_count;
    }
}

/* Tokens that end a turn because the file says so. */
static void mark_ends(struct vocab *v, const struct gguf *file)
{
    static const char *const keys[] = {"tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id",
                                       "tokenizer.ggml.eom_token_id"};
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        int32_t id = read_id(v, file, keys[i], -1);
        if (id >= 0)
            v->tokens[id].ends = true;
    }
    if (v->eos >= 0)
        v->tokens[v->eos].ends = true;
}

/* Phi-3's markers swallow the spaces behind them; its files do not say so, its name does. */
static void mark_strips(struct vocab *v, const struct gguf *file)
{
    const char *name = gguf_string(file, "general.name", NULL);
    if (name == NULL || (strcasestr(name, "phi-3") == NULL && strcasestr(name, "phi3") == NULL))
        return;
    for (uint32_t i = 0; i < v->count; i++) {
        struct vocab_token *t = &v->tokens[i];
        t->strips = is_marker(t) && !(t->len == 3 && memcmp(t->text, "<s>", 3) == 0) &&
                    !(t->len == 5 && memcmp(t->text, "<unk>", 5) == 0) &&
                    !(t->len == 13 && memcmp(t->text, "<|endoftext|>", 13) == 0);
    }
}

/* What the tokenizer's kind implies unless the file says otherwise. */
static int load_kind(struct vocab *v, const struct gguf *file, struct engine_error *error)
{
    const char *model = gguf_string(file, "tokenizer.ggml.model", NULL);
    if (model == NULL)
        return engine_fail(error, ENGINE_ERR_FORMAT, "the model lacks tokenizer.ggml.model");
    *v = (struct vocab){.bos = -1, .eos = -1, .unknown = -1};
    if (strcmp(model, "llama") == 0) {
        v->kind = VOCAB_SENTENCEPIECE;
        v->bos = 1;
        v->eos = 2;
        v->unknown = 0;
        v->add_bos = true;
        v->space_prefix = true;
        return 0;
    }
    if (strcmp(model, "gpt2") == 0) {
        v->kind = VOCAB_BPE;
        return load_words(v, file, error);
    }
    if (strcmp(model, "t5") == 0) {
        v->kind = VOCAB_UNIGRAM;
        v->eos = 1;
        v->unknown = 2;
        v->add_eos = true;
        return 0;
    }
    if (strcmp(model, "bert") == 0) {
        v->kind = VOCAB_WORDPIECE;
        v->bos = 101;
        v->eos = 102;
        v->unknown = 100;
        v->add_bos = true;
        v->add_eos = true;
        v->lowercase = true;
        v->strip_accents = true;
        return 0;
    }
    return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                       "tokenizer %.40s is not supported (llama, t5, gpt2 and bert are); serve "
                       "the file with llama-server as an on-premises target",
                       model);
}

static void load_settings(struct vocab *v, const struct gguf *file)
{
    int32_t *defaults[] = {&v->bos, &v->eos, &v->unknown};
    for (size_t i = 0; i < 3; i++) {
        if (*defaults[i] >= (int32_t)v->count)
            *defaults[i] = -1;
    }
    v->bos = read_id(v, file, "tokenizer.ggml.cls_token_id", v->bos);
    v->bos = read_id(v, file, "tokenizer.ggml.bos_token_id", v->bos);
    v->unknown = read_id(v, file, "tokenizer.ggml.unknown_token_id", v->unknown);
    gguf_bool(file, "tokenizer.ggml.add_bos_token", &v->add_bos);
    gguf_bool(file, "tokenizer.ggml.add_space_prefix", &v->space_prefix);
    if (gguf_bool(file, "tokenizer.ggml.normalizer.lowercase", &v->lowercase))
        v->strip_accents = v->lowercase;
    gguf_bool(file, "tokenizer.ggml.normalizer.strip_accents", &v->strip_accents);
    if (v->kind == VOCAB_WORDPIECE) { /* what ends its texts is the separator, spelt like this */
        v->eos = read_id(v, file, "tokenizer.ggml.seperator_token_id", v->eos);
        gguf_bool(file, "tokenizer.ggml.add_sep_token", &v->add_eos);
    } else {
        v->eos = read_id(v, file, "tokenizer.ggml.eos_token_id", v->eos);
        gguf_bool(file, "tokenizer.ggml.add_eos_token", &v->add_eos);
    }
}

int vocab_load(struct vocab *v, const struct gguf *file, struct engine_error *error)
{
    *v = (struct vocab){0};
    int status = load_kind(v, file, error);
    if (status == 0)
        status = load_tokens(v, file, error);
    if (status == 0 && v->kind == VOCAB_BPE)
        status = load_merges(v, file, error);
    if (status == 0) {
        mark_known(v);
        status = load_markers(v, error);
    }
    if (status == 0 && v->kind == VOCAB_UNIGRAM)
        status = unigram_load(v, file, error);
    if (status != 0) {
        vocab_release(v);
        return status;
    }
    load_settings(v, file);
    load_bytes(v);
    mark_ends(v, file);
    mark_strips(v, file);
    return 0;
}

void vocab_release(struct vocab *v)
{
    free(v->tokens);
    free(v->table);
    free(v->merges);
    free(v->marker_lengths);
    free(v->unigram.pieces);
    *v = (struct vocab){0};
}

static size_t put(char *out, size_t cap, size_t at, char byte)
{
    if (at < cap)
        out[at] = byte;
    return at + 1;
}

/* BPE texts are written in GPT-2's alphabet; anything outside it stands for itself. */
static size_t bpe_bytes(const struct vocab_token *t, char *out, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < t->len;) {
        uint32_t cp = 0;
        size_t len = unicode_decode(t->text + i, t->len - i, &cp);
        int byte = -1;
        if (cp < 256 && letter_of_byte(cp) == cp)
            byte = (int)cp;
        else if (cp >= 256 && cp <= 256 + 0x20)
            byte = (int)(cp - 256);
        else if (cp > 256 + 0x20 && cp <= 256 + 0x20 + 0x22)
            byte = (int)(cp - 256 - 0x21 + 0x7f);
        else if (cp == 256 + 0x43)
            byte = 0xad;
        for (size_t j = 0; byte < 0 && j < len; j++)
            n = put(out, cap, n, t->text[i + j]);
        if (byte >= 0)
            n = put(out, cap, n, (char)byte);
        i += len;
    }
    return n;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 0;
}

size_t vocab_bytes(const struct vocab *v, int32_t token, char *out, size_t cap)
{
    if (token < 0 || (uint32_t)token >= v->count)
        return 0;
    const struct vocab_token *t = &v->tokens[token];
    size_t n = 0;
    if (t->kind == TOKEN_CONTROL || t->kind == TOKEN_UNKNOWN)
        return 0;
    if (t->kind == TOKEN_BYTE && t->len == 6)
        return put(out, cap, 0, (char)(hex_digit(t->text[3]) * 16 + hex_digit(t->text[4])));
    if (v->kind == VOCAB_BPE && t->kind != TOKEN_USER_DEFINED)
        return bpe_bytes(t, out, cap);
    for (size_t i = 0; i < t->len; i++) {
        bool space =
            v->kind != VOCAB_BPE && t->len - i >= 3 && memcmp(t->text + i, "\xe2\x96\x81", 3) == 0;
        n = put(out, cap, n, space ? ' ' : t->text[i]);
        i += space ? 2 : 0;
    }
    return n;
}
