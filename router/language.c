#include "router/language.h"

#include <stdbool.h>
#include <string.h>

#include "router/hash_mix.h"
#include "router/models/builtin.h"
#include "router/utf8_scan.h"

enum {
    SEED_GRAM = 0x4C,
    SEED_WORD = 0x57,
    WORD_LETTERS = 24,
    LONGEST_GRAM = 4,
    FEWEST_LETTERS = 3,
    WEIGHED_AT_MOST = 48,  /* languages that weights decide between: whole vectors */
    ROWS_IN_16_BITS = 256, /* of 128 at most */
    /* The weights' file: this many names of three bytes, then one row of weights for each bucket.
     */
    NAME_BYTES = 3,
};

/* Languages that their script tells, beside those of the weights. */
enum script {
    SCRIPT_WEIGHTS, /* Latin, Cyrillic, Arabic: the weights decide */
    SCRIPT_GREEK,
    SCRIPT_HEBREW,
    SCRIPT_ARMENIAN,
    SCRIPT_DEVANAGARI,
    SCRIPT_BENGALI,
    SCRIPT_GURMUKHI,
    SCRIPT_GUJARATI,
    SCRIPT_TAMIL,
    SCRIPT_TELUGU,
    SCRIPT_KANNADA,
    SCRIPT_MALAYALAM,
    SCRIPT_SINHALA,
    SCRIPT_THAI,
    SCRIPT_LAO,
    SCRIPT_TIBETAN,
    SCRIPT_BURMESE,
    SCRIPT_GEORGIAN,
    SCRIPT_ETHIOPIC,
    SCRIPT_KHMER,
    SCRIPT_HANGUL,
    SCRIPT_KANA,
    SCRIPT_HAN,
    SCRIPT_COUNT
};

static const char script_names[SCRIPT_COUNT][NAME_BYTES] = {
    "",   "el", "he", "hy", "hi", "bn", "pa", "gu", "ta", "te", "kn", "ml",
    "si", "th", "lo", "bo", "my", "ka", "am", "km", "ko", "ja", "zh"};

static const struct {
    uint32_t first, last;
    enum script script;
} ranges[] = {
    {0x0370, 0x03FF, SCRIPT_GREEK},     {0x0530, 0x058F, SCRIPT_ARMENIAN},
    {0x0590, 0x05FF, SCRIPT_HEBREW},    {0x0900, 0x097F, SCRIPT_DEVANAGARI},
    {0x0980, 0x09FF, SCRIPT_BENGALI},   {0x0A00, 0x0A7F, SCRIPT_GURMUKHI},
    {0x0A80, 0x0AFF, SCRIPT_GUJARATI},  {0x0B80, 0x0BFF, SCRIPT_TAMIL},
    {0x0C00, 0x0C7F, SCRIPT_TELUGU},    {0x0C80, 0x0CFF, SCRIPT_KANNADA},
    {0x0D00, 0x0D7F, SCRIPT_MALAYALAM}, {0x0D80, 0x0DFF, SCRIPT_SINHALA},
    {0x0E00, 0x0E7F, SCRIPT_THAI},      {0x0E80, 0x0EFF, SCRIPT_LAO},
    {0x0F00, 0x0FFF, SCRIPT_TIBETAN},   {0x1000, 0x109F, SCRIPT_BURMESE},
    {0x10A0, 0x10FF, SCRIPT_GEORGIAN},  {0x1100, 0x11FF, SCRIPT_HANGUL},
    {0x1200, 0x137F, SCRIPT_ETHIOPIC},  {0x1780, 0x17FF, SCRIPT_KHMER},
    {0x3040, 0x30FF, SCRIPT_KANA},      {0x3400, 0x9FFF, SCRIPT_HAN},
    {0xAC00, 0xD7AF, SCRIPT_HANGUL},    {0x20000, 0x3FFFF, SCRIPT_HAN},
};

static enum script script_of(uint32_t character)
{
    if (character < 0x370)
        return SCRIPT_WEIGHTS;
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return ranges[i].script;
    return SCRIPT_WEIGHTS;
}

/* ---- features ---- */

struct reading {
    uint32_t *ids;
    size_t count;
    uint32_t word[WORD_LETTERS + 2]; /* with an edge before and after */
    size_t letters;                  /* of the word */
};

static void add(struct reading *reading, uint32_t hash)
{
    if (reading->count < LANGUAGE_FEATURES)
        reading->ids[reading->count++] = hash_finish(hash) % LANGUAGE_BUCKETS;
}

static void end_word(struct reading *reading)
{
    if (reading->letters == 0)
        return;
    size_t size = reading->letters + 2;
    reading->word[0] = reading->word[size - 1] = '_';
    uint32_t whole = SEED_WORD;
    for (size_t i = 1; i + 1 < size; i++)
        whole = hash_mix(whole, reading->word[i]);
    add(reading, whole);
    for (size_t start = 0; start < size; start++) {
        uint32_t hash = SEED_GRAM;
        for (size_t n = 0; n < LONGEST_GRAM && start + n < size; n++) {
            hash = hash_mix(hash, reading->word[start + n]);
            if (n > 0)
                add(reading, hash);
        }
    }
    reading->letters = 0;
}

/* Reads the text's beginning; counts letters by script. */
static size_t read_text(const uint8_t *text, size_t len, uint32_t *ids,
                        size_t letters[SCRIPT_COUNT])
{
    struct reading reading = {.ids = ids};
    size_t total = 0;
    for (size_t at = 0; at < len && total < LANGUAGE_LETTERS;) {
        uint32_t character = 0;
        at += utf8_scan(text + at, len - at, &character);
        enum char_kind kind = char_kind_of(character);
        if (kind != CHAR_LETTER && kind != CHAR_SINGLE) {
            if (kind != CHAR_NOTHING)
                end_word(&reading);
            continue;
        }
        enum script script = script_of(character);
        letters[script]++;
        total++;
        if (script == SCRIPT_WEIGHTS && reading.letters < WORD_LETTERS)
            reading.word[++reading.letters] = char_lower(character);
    }
    end_word(&reading);
    return reading.count;
}

size_t language_features_of_text(const uint8_t *text, size_t len, uint32_t *ids)
{
    size_t letters[SCRIPT_COUNT] = {0};
    return read_text(text, len, ids, letters);
}

/* ---- the answer ---- */

static size_t weight_languages(void)
{
    return builtin_language[0];
}

static const char *weight_name(size_t language)
{
    return (const char *)builtin_language + 1 + language * NAME_BYTES;
}

/*
 * Whole vectors of a row are added, whatever the number of languages: what lies behind its end (the
 * next row's beginning, or behind the last one zeros) is never looked at. Sums of few rows fit into
 * 16 bits, so that an instruction adds twice as many.
 */
static uint8_t best_by_weights(const uint32_t *ids, size_t count)
{
    size_t languages = weight_languages();
    const int8_t *rows = (const int8_t *)builtin_language + 1 + languages * NAME_BYTES;
    int32_t sums[WEIGHED_AT_MOST] = {0};
    for (size_t i = 0; i < count;) {
        int16_t some[WEIGHED_AT_MOST] = {0};
        for (size_t end = i + ROWS_IN_16_BITS; i < count && i < end; i++) {
            const int8_t *row = rows + ids[i] * languages;
            for (size_t l = 0; l < WEIGHED_AT_MOST; l++)
                some[l] = (int16_t)(some[l] + row[l]);
        }
        for (size_t l = 0; l < WEIGHED_AT_MOST; l++)
            sums[l] += some[l];
    }
    size_t best = 0;
    for (size_t l = 1; l < languages; l++)
        best = sums[l] > sums[best] ? l : best;
    return (uint8_t)(best + 1);
}

uint8_t language_of(const uint8_t *text, size_t len)
{
    uint32_t ids[LANGUAGE_FEATURES];
    size_t letters[SCRIPT_COUNT] = {0};
    size_t count = read_text(text, len, ids, letters);
    size_t total = 0;
    enum script most = SCRIPT_WEIGHTS;
    for (int s = 0; s < SCRIPT_COUNT; s++) {
        total += letters[s];
        if (letters[s] > letters[most])
            most = (enum script)s;
    }
    if (letters[SCRIPT_KANA] * 8 > total)
        most = SCRIPT_KANA; /* Japanese writes with ideographs too */
    /* One word of an ideographic script is a word; two Latin letters may be anything. */
    if (total == 0 || (most == SCRIPT_WEIGHTS && total < FEWEST_LETTERS))
        return LANGUAGE_UNKNOWN;
    if (most == SCRIPT_WEIGHTS)
        return best_by_weights(ids, count);
    return (uint8_t)(weight_languages() + (size_t)most);
}

const char *language_name(uint8_t language)
{
    if (language == LANGUAGE_UNKNOWN)
        return "und";
    if (language <= weight_languages())
        return weight_name(language - 1u);
    size_t script = language - weight_languages();
    return script < SCRIPT_COUNT ? script_names[script] : "und";
}

int language_find(const char *name)
{
    for (size_t i = 0; i < weight_languages() + SCRIPT_COUNT; i++)
        if (language_name((uint8_t)i)[0] != '\0' && strcmp(language_name((uint8_t)i), name) == 0)
            return (int)i;
    return -1;
}
