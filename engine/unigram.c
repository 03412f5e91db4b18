/*
 * SentencePiece's unigram vocabularies, as llama.cpp computes them: a text is made uniform by the
 * file's own map, and cut where the sum of its pieces' log-probabilities is highest (Kudo 2018,
 * "Subword Regularization"; the way there is Viterbi's).
 */
#include "engine/vocab.h"

#include "engine/error.h"
#include "engine/unicode.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#define SPACE "\xe2\x96\x81" /* U+2581, how spaces are written */
enum { SPACE_LEN = 3 };

static const double unknown_penalty = 10; /* below the worst piece, for a character that is none */

static int no_memory(struct engine_error *error)
{
    return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a text");
}

/* ---- the file ---- */

static int compare_pieces(const void *a, const void *b)
{
    const struct vocab_piece *x = a, *y = b;
    int order = memcmp(x->text, y->text, x->len < y->len ? x->len : y->len);
    if (order != 0)
        return order;
    return x->len != y->len ? (x->len > y->len) - (x->len < y->len) : x->id - y->id;
}

/*
 * User-defined pieces are left out: where they may be seen the text was cut at them before, and
 * elsewhere they are somebody's content.
 */
static bool is_piece(const struct vocab_token *t)
{
    return t->len > 0 && (t->kind == TOKEN_NORMAL || t->kind == TOKEN_UNUSED);
}

static int sort_pieces(struct vocab *v, struct engine_error *error)
{
    struct vocab_unigram *u = &v->unigram;
    float worst = FLT_MAX;
    u->pieces = calloc(v->count, sizeof(*u->pieces));
    if (u->pieces == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the vocabulary");
    for (uint32_t i = 0; i < v->count; i++) {
        const struct vocab_token *t = &v->tokens[i];
        if (t->kind == TOKEN_NORMAL && t->score < worst)
            worst = t->score;
        if (is_piece(t))
            u->pieces[u->piece_count++] = (struct vocab_piece){t->text, t->len, (int32_t)i};
    }
    u->unknown_score = (double)worst - unknown_penalty;
    qsort(u->pieces, u->piece_count, sizeof(*u->pieces), compare_pieces);
    return 0;
}

/* Its length in bytes, a double array of that length, then the texts that its values point to. */
static int load_map(struct vocab_unigram *u, const struct gguf *file, struct engine_error *error)
{
    struct gguf_array map;
    uint32_t len = 0;
    if (!gguf_array(file, "tokenizer.ggml.precompiled_charsmap", &map))
        return 0;
    bool fits = (map.type == GGUF_VALUE_U8 || map.type == GGUF_VALUE_I8) && map.count > sizeof(len);
    if (fits)
        memcpy(&len, map.bytes, sizeof(len));
    if (!fits || len >= map.count - sizeof(len) || map.bytes[map.count - 1] != '\0')
        return engine_fail(error, ENGINE_ERR_FORMAT,
                           "tokenizer.ggml.precompiled_charsmap is cut or no map");
    u->units = map.bytes + sizeof(len);
    u->unit_count = len / sizeof(uint32_t);
    u->replacements = (const char *)u->units + len;
    u->replacement_bytes = map.count - sizeof(len) - len;
    return 0;
}

int unigram_load(struct vocab *v, const struct gguf *file, struct engine_error *error)
{
    gguf_bool(file, "tokenizer.ggml.remove_extra_whitespaces", &v->unigram.merges_spaces);
    int status = load_map(&v->unigram, file, error);
    return status != 0 ? status : sort_pieces(v, error);
}

/* ---- the uniform text ---- */

struct text {
    char *bytes;
    size_t len, cap;
    bool failed;
};

/* Not realloc: what it leaves behind would not be wiped. */
static void put(struct text *t, const char *bytes, size_t len)
{
    if (t->cap - t->len < len && !t->failed) {
        size_t cap = 2 * t->cap + len;
        char *grown = malloc(cap);
        if (grown == NULL) {
            t->failed = true;
            return;
        }
        memcpy(grown, t->bytes, t->len);
        explicit_bzero(t->bytes, t->cap);
        free(t->bytes);
        t->bytes = grown;
        t->cap = cap;
    }
    if (t->failed)
        return;
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
}

static void release_text(struct text *t)
{
    explicit_bzero(t->bytes, t->cap);
    free(t->bytes);
}

/* A unit of the double array; one that nothing leads to where the file points outside. */
static uint32_t unit_at(const struct vocab_unigram *u, uint32_t at)
{
    uint32_t unit = UINT32_MAX;
    if (at < u->unit_count)
        memcpy(&unit, u->units + (size_t)at * sizeof(unit), sizeof(unit));
    return unit;
}

static uint32_t base_of(uint32_t unit)
{
    return (unit >> 10) << ((unit & 1u << 9) >> 6);
}

/*
 * How many bytes at text the map replaces at most, 0 for none, and by what. The array is that of
 * Kanda (2018), "Space- and Time-Efficient String Dictionaries": a unit holds its label in bits 0
 * to 7, whether a value follows in bit 8, the way to its children above; values have bit 31.
 */
static size_t find_replacement(const struct vocab_unigram *u, const char *text, size_t len,
                               const char **replacement)
{
    size_t longest = 0;
    uint32_t at = base_of(unit_at(u, 0));
    for (size_t i = 0; i < len && text[i] != '\0'; i++) {
        uint8_t c = (uint8_t)text[i];
        at ^= c;
        uint32_t unit = unit_at(u, at);
        if ((unit & (1u << 31 | 0xff)) != c)
            break;
        at ^= base_of(unit);
        uint32_t value = unit_at(u, at) & ~(1u << 31);
        if ((unit & 1u << 8) != 0 && value < u->replacement_bytes) {
            *replacement = u->replacements + value;
            longest = i + 1;
        }
    }
    return longest;
}

/* What the map or UTF-8 makes of the bytes at text: how many they are, and what stands for them. */
static size_t uniform(const struct vocab_unigram *u, const char *text, size_t len, const char **out,
                      size_t *out_len)
{
    uint32_t cp = 0;
    size_t n = u->unit_count > 0 ? find_replacement(u, text, len, out) : 0;
    if (n > 0) {
        *out_len = strlen(*out);
        return n;
    }
    n = unicode_decode(text, len, &cp);
    bool valid = cp != 0xfffd || n == 3;
    *out = valid ? text : "\xef\xbf\xbd";
    *out_len = valid ? n : 3;
    return n;
}

static void make_uniform(const struct vocab *v, const char *text, size_t len, struct text *out)
{
    bool merges = v->unigram.merges_spaces, prefixed = !v->space_prefix, in_word = false;
    for (size_t at = 0; at < len && !out->failed;) {
        const char *bytes = NULL;
        size_t count = 0;
        at += uniform(&v->unigram, text + at, len - at, &bytes, &count);
        for (size_t i = 0; i < count; i++) {
            bool space = bytes[i] == ' ';
            if (space ? !merges : !in_word && (!prefixed || merges)) {
                put(out, SPACE, SPACE_LEN);
                prefixed = prefixed || !space;
            }
            if (!space)
                put(out, bytes + i, 1);
            in_word = !space;
        }
    }
}

/* ---- the best way to cut it ---- */

/* The best way up to a place of the text ends with this piece. */
struct step {
    double score;
    size_t from;
    int32_t id;
};

/* Within pieces that share their first `depth` bytes: those that go on with this one. */
static void narrow(const struct vocab_unigram *u, uint32_t depth, uint8_t byte, uint32_t *first,
                   uint32_t *end)
{
    uint32_t bounds[2];
    for (int upper = 0; upper < 2; upper++) {
        uint32_t low = *first, high = *end;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            const struct vocab_piece *p = &u->pieces[middle];
            int at = p->len > depth ? (uint8_t)p->text[depth] : -1;
            if (at < (int)byte + upper)
                low = middle + 1;
            else
                high = middle;
        }
        bounds[upper] = low;
    }
    *first = bounds[0];
    *end = bounds[1];
}

static void offer(struct step *to, double score, size_t from, int32_t id)
{
    if (score > to->score)
        *to = (struct step){.score = score, .from = from, .id = id};
}

static size_t character_bytes(uint8_t first)
{
    return first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

/* Every piece that begins here, and "unknown" where none is just this character. */
static void go_on(const struct vocab *v, const struct text *t, size_t at, size_t character,
                  struct step *steps)
{
    const struct vocab_unigram *u = &v->unigram;
    uint32_t first = 0, end = u->piece_count, depth = 0;
    bool whole = false;
    while (at + depth < t->len) {
        narrow(u, depth, (uint8_t)t->bytes[at + depth], &first, &end);
        if (first == end)
            break;
        depth++;
        uint32_t exact = first;
        while (exact < end && u->pieces[exact].len == depth)
            exact++;
        if (exact == first)
            continue;
        int32_t id = u->pieces[exact - 1].id; /* of equal ones the last counts */
        whole = whole || depth == character;
        offer(&steps[at + depth], steps[at].score + (double)v->tokens[id].score, at, id);
    }
    if (!whole)
        offer(&steps[at + character], steps[at].score + u->unknown_score, at, v->unknown);
}

/* From the end back to the start; neighbours that are unknown become one. */
static void collect(const struct vocab *v, const struct step *steps, size_t len,
                    struct token_list *out)
{
    size_t before = out->count;
    bool unknown = false;
    for (size_t at = len; at > 0; at = steps[at].from) {
        if (steps[at].id >= 0 && !(unknown && steps[at].id == v->unknown))
            token_list_add(out, steps[at].id);
        unknown = steps[at].id == v->unknown;
    }
    for (size_t i = before, j = out->count; !out->failed && i + 1 < j; i++) {
        int32_t id = out->ids[--j];
        out->ids[j] = out->ids[i];
        out->ids[i] = id;
    }
}

int unigram_tokenize(const struct vocab *v, const char *text, size_t len, struct token_list *out,
                     struct engine_error *error)
{
    struct text t = {.cap = len + len / 2 + 16};
    t.bytes = malloc(t.cap);
    if (t.bytes == NULL)
        return no_memory(error);
    make_uniform(v, text, len, &t);
    struct step *steps = t.failed ? NULL : malloc((t.len + 1) * sizeof(*steps));
    if (steps == NULL) {
        release_text(&t);
        return no_memory(error);
    }
    for (size_t i = 0; i <= t.len; i++)
        steps[i] = (struct step){.score = i == 0 ? 0 : -DBL_MAX, .id = v->unknown};
    for (size_t at = 0; at < t.len;) {
        size_t character = character_bytes((uint8_t)t.bytes[at]);
        if (character > t.len - at)
            character = t.len - at;
        go_on(v, &t, at, character, steps);
        at += character;
    }
    collect(v, steps, t.len, out);
    explicit_bzero(steps, (t.len + 1) * sizeof(*steps));
    free(steps);
    release_text(&t);
    return 0;
}
