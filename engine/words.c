/*
 * Cuts text into words as the regular expressions of the BPE families do, written out by hand:
 * each alternative is one function that gives the end of its match, or `at` for none. llama.cpp's
 * reading of them counts, which is what model files are used with.
 */
#include "engine/unicode.h"
#include "engine/vocab.h"

#include <stdlib.h>
#include <string.h>

struct scan {
    const uint32_t *cps;
    size_t count;
};

static uint32_t at_or_0(const struct scan *s, size_t at)
{
    return at < s->count ? s->cps[at] : 0;
}

static bool is_letter(const struct scan *s, size_t at)
{
    if (at >= s->count)
        return false;
    enum unicode_kind k = unicode_kind_of(s->cps[at]);
    return k >= UNICODE_UPPER && k <= UNICODE_LETTER;
}

static bool is_number(const struct scan *s, size_t at)
{
    return at < s->count && unicode_kind_of(s->cps[at]) == UNICODE_NUMBER;
}

static bool is_space(const struct scan *s, size_t at)
{
    return at < s->count && unicode_is_space(s->cps[at]);
}

static bool is_break(const struct scan *s, size_t at)
{
    return at < s->count && (s->cps[at] == '\r' || s->cps[at] == '\n');
}

static bool is_sign(const struct scan *s, size_t at)
{
    return at < s->count && !is_space(s, at) && !is_letter(s, at) && !is_number(s, at);
}

typedef bool predicate(const struct scan *s, size_t at);

static size_t run(const struct scan *s, size_t at, predicate *p)
{
    while (p(s, at))
        at++;
    return at;
}

/* 's 't 'm 'd 're 've 'll */
static size_t contraction(const struct scan *s, size_t at, bool any_case)
{
    if (at_or_0(s, at) != '\'')
        return at;
    uint32_t fold = any_case ? 0x20 : 0;
    uint32_t a = at_or_0(s, at + 1) | fold, b = at_or_0(s, at + 2) | fold;
    if (a == 's' || a == 't' || a == 'm' || a == 'd')
        return at + 2;
    if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l'))
        return at + 3;
    return at;
}

/* " ?" and then a run */
static size_t spaced_run(const struct scan *s, size_t at, predicate *p)
{
    size_t start = at + (at_or_0(s, at) == ' ');
    size_t end = run(s, start, p);
    return end > start ? end : at;
}

/* \s+(?!\S) and then \s+: all the space but the one that belongs to the next word. */
static size_t trailing_space(const struct scan *s, size_t at)
{
    size_t end = run(s, at, is_space);
    return end < s->count && end - at > 1 ? end - 1 : end;
}

/* \s+$ */
static size_t last_space(const struct scan *s, size_t at)
{
    size_t end = run(s, at, is_space);
    return end == s->count ? end : at;
}

static size_t gpt2(const struct scan *s, size_t at)
{
    size_t end = contraction(s, at, false);
    if (end == at)
        end = spaced_run(s, at, is_letter);
    if (end == at)
        end = spaced_run(s, at, is_number);
    if (end == at)
        end = spaced_run(s, at, is_sign);
    return end > at ? end : trailing_space(s, at);
}

/* [^\r\n\p{L}\p{N}]? before letters */
static size_t after_lead(const struct scan *s, size_t at)
{
    bool lead = at < s->count && !is_break(s, at) && !is_letter(s, at) && !is_number(s, at);
    return at + lead;
}

static size_t led_letters(const struct scan *s, size_t at)
{
    size_t start = after_lead(s, at);
    size_t end = run(s, start, is_letter);
    return end > start ? end : at;
}

static bool not_lower_ascii(const struct scan *s, size_t at)
{
    return is_letter(s, at) && !(s->cps[at] >= 'a' && s->cps[at] <= 'z');
}

static bool not_upper_ascii(const struct scan *s, size_t at)
{
    return is_letter(s, at) && !(s->cps[at] >= 'A' && s->cps[at] <= 'Z');
}

/* Capitals and then small letters; letters without case count as both. */
static size_t cased_letters(const struct scan *s, size_t at)
{
    size_t start = after_lead(s, at);
    size_t capitals = run(s, start, not_lower_ascii);
    size_t end = run(s, capitals, not_upper_ascii);
    if (end > capitals)
        return end;
    for (size_t i = capitals; i > start; i--) {
        if (not_upper_ascii(s, i - 1))
            return i;
    }
    return capitals > start ? capitals : at;
}

static size_t digits(const struct scan *s, size_t at, size_t most)
{
    size_t end = at;
    while (end - at < most && is_number(s, end))
        end++;
    return end;
}

static bool is_break_or_slash(const struct scan *s, size_t at)
{
    return is_break(s, at) || at_or_0(s, at) == '/';
}

/* \s*[\r\n]+ */
static size_t breaks(const struct scan *s, size_t at)
{
    size_t end = at;
    for (size_t i = at; is_space(s, i); i++) {
        if (is_break(s, i))
            end = i + 1;
    }
    return end;
}

static size_t signs(const struct scan *s, size_t at, predicate *behind)
{
    size_t end = spaced_run(s, at, is_sign);
    return end > at ? run(s, end, behind) : at;
}

static bool is_nothing(const struct scan *s, size_t at)
{
    (void)s;
    (void)at;
    return false;
}

static size_t llama3(const struct scan *s, size_t at, size_t most_digits, predicate *behind_signs)
{
    size_t end = contraction(s, at, true);
    if (end == at)
        end = led_letters(s, at);
    if (end == at)
        end = digits(s, at, most_digits);
    if (end == at)
        end = signs(s, at, behind_signs);
    if (end == at)
        end = breaks(s, at);
    return end > at ? end : trailing_space(s, at);
}

static size_t gpt4o(const struct scan *s, size_t at, size_t most_digits, bool contractions)
{
    size_t end = cased_letters(s, at);
    if (end > at)
        return contractions ? contraction(s, end, true) : end;
    end = digits(s, at, most_digits);
    if (end == at)
        end = signs(s, at, is_break_or_slash);
    if (end == at)
        end = breaks(s, at);
    return end > at ? end : trailing_space(s, at);
}

static size_t one_digit(const struct scan *s, size_t at)
{
    return digits(s, at, 1);
}

static size_t three_digits(const struct scan *s, size_t at)
{
    return digits(s, at, 3);
}

static size_t all_digits(const struct scan *s, size_t at)
{
    return run(s, at, is_number);
}

static size_t llama3_words(const struct scan *s, size_t at)
{
    return llama3(s, at, 3, is_break);
}

static size_t qwen2_words(const struct scan *s, size_t at)
{
    return llama3(s, at, 1, is_break);
}

static size_t seed_words(const struct scan *s, size_t at)
{
    return llama3(s, at, 1, is_nothing);
}

static size_t gpt4o_words(const struct scan *s, size_t at)
{
    return gpt4o(s, at, 3, true);
}

static size_t tekken_words(const struct scan *s, size_t at)
{
    return gpt4o(s, at, 1, false);
}

/* ---- Falcon, and files that name no rule ---- */

static bool is_plain_sign(const struct scan *s, size_t at)
{
    if (at >= s->count)
        return false;
    uint32_t cp = s->cps[at];
    return unicode_kind_of(cp) == UNICODE_PUNCTUATION ||
           (cp < 128 && cp > 0 && strchr("$+<=>^~|", (int)cp) != NULL);
}

static bool is_falcon_sign(const struct scan *s, size_t at)
{
    return is_plain_sign(s, at) || at_or_0(s, at) == '`';
}

static size_t plain_signs(const struct scan *s, size_t at)
{
    return run(s, at, is_plain_sign);
}

static size_t falcon_signs(const struct scan *s, size_t at)
{
    return run(s, at, is_falcon_sign);
}

static size_t three_ascii_digits(const struct scan *s, size_t at)
{
    for (size_t i = at; i < at + 3; i++) {
        if (at_or_0(s, i) < '0' || at_or_0(s, i) > '9')
            return at;
    }
    return at + 3;
}

/* ---- DeepSeek ---- */

struct span {
    uint32_t first, last;
};

static bool among(const struct span *spans, size_t count, uint32_t cp)
{
    return bsearch(&cp, spans, count, sizeof(*spans), unicode_range_order) != NULL;
}

/* Letters with case, as its regular expression lists them. */
static bool is_listed_letter(const struct scan *s, size_t at)
{
    static const struct span letters[] = {
        {0x41, 0x5a},       {0x61, 0x7a},       {0xb5, 0xb5},       {0xc0, 0xd6},
        {0xd8, 0xf6},       {0xf8, 0x1ba},      {0x1bc, 0x1bf},     {0x1c4, 0x293},
        {0x295, 0x2af},     {0x370, 0x373},     {0x376, 0x376},     {0x377, 0x377},
        {0x37b, 0x37d},     {0x37f, 0x37f},     {0x386, 0x386},     {0x388, 0x38a},
        {0x38c, 0x38c},     {0x38e, 0x3a1},     {0x3a3, 0x3f5},     {0x3f7, 0x481},
        {0x48a, 0x52f},     {0x531, 0x556},     {0x10a0, 0x10c5},   {0x13a0, 0x13f5},
        {0x13f8, 0x13fd},   {0x1c90, 0x1cba},   {0x1cbd, 0x1cbf},   {0x1d00, 0x1d2b},
        {0x1d6b, 0x1d77},   {0x1d79, 0x1d9a},   {0x1e00, 0x1f15},   {0x1f18, 0x1f1d},
        {0x1f20, 0x1f45},   {0x1f48, 0x1f4d},   {0x1f50, 0x1f57},   {0x1f59, 0x1f59},
        {0x1f5b, 0x1f5b},   {0x1f5d, 0x1f5d},   {0x1f5f, 0x1f7d},   {0x1f80, 0x1fb4},
        {0x1fb6, 0x1fbc},   {0x1fbe, 0x1fbe},   {0x1fc2, 0x1fc4},   {0x1fc6, 0x1fcc},
        {0x1fd0, 0x1fd3},   {0x1fd6, 0x1fdb},   {0x1fe0, 0x1fec},   {0x1ff2, 0x1ff4},
        {0x1ff6, 0x1ffc},   {0x2102, 0x2102},   {0x2107, 0x2107},   {0x210a, 0x2113},
        {0x2115, 0x2115},   {0x2119, 0x211d},   {0x2124, 0x2124},   {0x2126, 0x2126},
        {0x2128, 0x2128},   {0x212a, 0x212d},   {0x212f, 0x2134},   {0x2139, 0x2139},
        {0x213c, 0x213f},   {0x2145, 0x2149},   {0x214e, 0x214e},   {0x2183, 0x2183},
        {0x2184, 0x2184},   {0x2c00, 0x2c7b},   {0x2c7e, 0x2ce4},   {0x2ceb, 0x2cee},
        {0x2cf2, 0x2cf2},   {0x2cf3, 0x2cf3},   {0xa640, 0xa66d},   {0xa680, 0xa69b},
        {0xa722, 0xa76f},   {0xa771, 0xa787},   {0xa78b, 0xa78e},   {0xab70, 0xabbf},
        {0xfb00, 0xfb06},   {0xfb13, 0xfb17},   {0xff21, 0xff3a},   {0xff41, 0xff5a},
        {0x10400, 0x1044f}, {0x104b0, 0x104d3}, {0x104d8, 0x104fb}, {0x10c80, 0x10cb2},
        {0x10cc0, 0x10cf2}, {0x118a0, 0x118df}, {0x1e900, 0x1e943}};
    return at < s->count && among(letters, sizeof(letters) / sizeof(letters[0]), s->cps[at]);
}

static bool is_listed_sign(const struct scan *s, size_t at)
{
    static const struct span signs[] = {{'!', '/'},       {':', '~'},       {0x2018, 0x201f},
                                        {0x3001, 0x3002}, {0xff01, 0xff0f}, {0xff1a, 0xff5e}};
    return at < s->count && among(signs, sizeof(signs) / sizeof(signs[0]), s->cps[at]);
}

/* Spaces are none of them: llama.cpp makes all spaces one character before it looks. */
static bool is_east_asian(const struct scan *s, size_t at)
{
    static const struct span blocks[] = {{0x800, 0x9fa5}, {0xac00, 0xd7ff}};
    return at < s->count && !is_space(s, at) && among(blocks, 2, s->cps[at]);
}

static bool is_kana_or_kanji(const struct scan *s, size_t at)
{
    return at < s->count && ((s->cps[at] >= 0x3040 && s->cps[at] <= 0x30ff) ||
                             (s->cps[at] >= 0x4e00 && s->cps[at] <= 0x9fa5));
}

static bool is_punctuation(const struct scan *s, size_t at)
{
    return at < s->count && unicode_kind_of(s->cps[at]) == UNICODE_PUNCTUATION;
}

static bool is_letter_or_mark(const struct scan *s, size_t at)
{
    return is_letter(s, at) || (at < s->count && unicode_kind_of(s->cps[at]) == UNICODE_MARK);
}

static bool is_punctuation_or_symbol(const struct scan *s, size_t at)
{
    return is_punctuation(s, at) ||
           (at < s->count && unicode_kind_of(s->cps[at]) == UNICODE_SYMBOL);
}

static bool is_ascii_letter(const struct scan *s, size_t at)
{
    uint32_t cp = at_or_0(s, at) | 0x20;
    return cp >= 'a' && cp <= 'z';
}

static bool is_ascii_sign(const struct scan *s, size_t at)
{
    uint32_t cp = at_or_0(s, at);
    return cp > ' ' && cp < 0x7f && !is_ascii_letter(s, at) && !(cp >= '0' && cp <= '9');
}

/* \s? and then a run */
static size_t any_spaced_run(const struct scan *s, size_t at, predicate *p)
{
    size_t start = at + is_space(s, at);
    size_t end = run(s, start, p);
    return end > start ? end : run(s, at, p);
}

static size_t one_break(const struct scan *s, size_t at)
{
    return at + is_break(s, at);
}

static size_t listed_letters(const struct scan *s, size_t at)
{
    return any_spaced_run(s, at, is_listed_letter);
}

static size_t listed_signs(const struct scan *s, size_t at)
{
    return any_spaced_run(s, at, is_listed_sign);
}

static size_t any_letters(const struct scan *s, size_t at)
{
    return any_spaced_run(s, at, is_letter);
}

static size_t any_punctuation(const struct scan *s, size_t at)
{
    return any_spaced_run(s, at, is_punctuation);
}

static size_t east_asian(const struct scan *s, size_t at)
{
    return run(s, at, is_east_asian);
}

static size_t kana_or_kanji(const struct scan *s, size_t at)
{
    return run(s, at, is_kana_or_kanji);
}

/* [^\r\n\p{L}\p{P}\p{S}]? before letters and marks */
static size_t led_letters_and_marks(const struct scan *s, size_t at)
{
    bool lead =
        at < s->count && !is_break(s, at) && !is_letter(s, at) && !is_punctuation_or_symbol(s, at);
    size_t end = run(s, at + lead, is_letter_or_mark);
    return end > at + lead ? end : run(s, at, is_letter_or_mark);
}

static size_t deepseek3(const struct scan *s, size_t at)
{
    if (is_ascii_sign(s, at) && is_ascii_letter(s, at + 1))
        return run(s, at + 1, is_ascii_letter);
    size_t end = led_letters_and_marks(s, at);
    if (end == at && (end = spaced_run(s, at, is_punctuation_or_symbol)) > at)
        end = run(s, end, is_break);
    if (end == at)
        end = breaks(s, at);
    return end > at ? end : trailing_space(s, at);
}

/* ---- Qwen 3.5: marks go with letters ---- */

static bool is_unmarked_sign(const struct scan *s, size_t at)
{
    return is_sign(s, at) && !is_letter_or_mark(s, at);
}

/* [^\r\n\p{L}\p{N}]? before letters and marks */
static size_t led_marked_letters(const struct scan *s, size_t at)
{
    size_t start = after_lead(s, at);
    size_t end = run(s, start, is_letter_or_mark);
    return end > start ? end : run(s, at, is_letter_or_mark);
}

static size_t qwen35(const struct scan *s, size_t at)
{
    size_t end = contraction(s, at, true);
    if (end == at)
        end = led_marked_letters(s, at);
    if (end == at)
        end = digits(s, at, 1);
    if (end == at && (end = spaced_run(s, at, is_unmarked_sign)) > at)
        end = run(s, end, is_break);
    if (end == at)
        end = breaks(s, at);
    return end > at ? end : trailing_space(s, at);
}

/* ---- Viking ---- */

static bool is_viking_letter(const struct scan *s, size_t at)
{
    static const uint32_t others[] = {'(',    ')',    '|',    '.',    ',',   '!',   '?',
                                      0x2026, 0x3002, 0xff0c, 0x3001, 0x964, 0x6d4, 0x60c};
    if (at >= s->count || is_space(s, at))
        return false;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (s->cps[at] == others[i])
            return false;
    }
    return true;
}

static size_t viking_letters(const struct scan *s, size_t at)
{
    return spaced_run(s, at, is_viking_letter);
}

/* ---- rules ---- */

/* The end of a match at this place, or the place itself. */
typedef size_t match(const struct scan *s, size_t at);

/* Each rule is a row of regular expressions, every one cutting the pieces that the last one left.
 */
static match *const rules[][WORDS_STAGES] = {
    [WORDS_GPT2] = {gpt2},
    [WORDS_STARCODER] = {one_digit, gpt2},
    [WORDS_LLAMA3] = {llama3_words},
    [WORDS_QWEN2] = {qwen2_words},
    [WORDS_QWEN35] = {qwen35},
    [WORDS_GPT4O] = {gpt4o_words},
    [WORDS_TEKKEN] = {tekken_words},
    [WORDS_SEED] = {seed_words},
    [WORDS_PORO] = {viking_letters},
    [WORDS_VIKING] = {viking_letters, one_digit},
    [WORDS_DEFAULT] = {plain_signs, gpt2, all_digits, three_ascii_digits},
    [WORDS_FALCON] = {falcon_signs, gpt2, three_ascii_digits},
    [WORDS_DEEPSEEK] = {one_break, listed_letters, listed_signs, last_space, east_asian,
                        all_digits},
    [WORDS_DEEPSEEK_CODER] = {one_break, any_letters, any_punctuation, east_asian, one_digit},
    [WORDS_DEEPSEEK3] = {three_digits, kana_or_kanji, deepseek3},
};

/* The piece that begins at `at`: a match, or what lies before the next one. */
static size_t piece_end(const struct scan *s, size_t at, match *m)
{
    size_t end = m(s, at);
    if (end > at)
        return end;
    while (++at < s->count && m(s, at) == at)
        continue;
    return at;
}

void words_begin(struct words *w, enum vocab_words rule, const uint32_t *cps, size_t count)
{
    *w = (struct words){.rule = rule, .cps = cps, .count = count};
}

size_t words_next(struct words *w)
{
    struct scan s = {w->cps, w->count};
    for (size_t i = 0; i < WORDS_STAGES && rules[w->rule][i] != NULL; i++) {
        if (w->ends[i] == w->at)
            w->ends[i] = piece_end(&s, w->at, rules[w->rule][i]);
        s.count = w->ends[i];
    }
    w->at = s.count;
    return w->at;
}
