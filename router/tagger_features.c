#include "router/tagger_features.h"

#include "router/hash_mix.h"
#include "router/models/builtin.h"
#include "router/utf8_scan.h"

enum {
    MAX_LETTERS = 24, /* of a token that its features look at */
    MAX_TRIGRAMS = 9,
    MAX_SHAPE = 6,
};

/* Seeds keep a prefix "an" apart from a suffix "an". */
enum feature_seed {
    SEED_WORD = 0x1001,
    SEED_CASED = 0x3007,
    SEED_PREFIX = 0x4009,
    SEED_SUFFIX = 0x5011,
    SEED_TRIGRAM = 0x6013,
    SEED_SHAPE = 0x7019,
    SEED_GAP = 0x8021,
    SEED_NAME = 0x9029,
};

bool tagger_next_token(const uint8_t *text, size_t len, size_t *position, struct tagger_token *out)
{
    size_t at = *position;
    uint32_t character = 0;
    size_t size = 0;
    enum char_kind kind = CHAR_SPACE;
    while (at < len) {
        size = utf8_scan(text + at, len - at, &character);
        kind = char_kind_of(character);
        if (kind != CHAR_SPACE && kind != CHAR_NOTHING) {
            break;
        }
        at += size;
    }
    if (at >= len) {
        *position = len;
        return false;
    }
    out->start = at;
    at += size;
    if (kind == CHAR_LETTER || kind == CHAR_DIGIT) {
        while (at < len && at - out->start < TAGGER_MAX_TOKEN_BYTES) {
            size = utf8_scan(text + at, len - at, &character);
            kind = char_kind_of(character);
            if (kind != CHAR_LETTER && kind != CHAR_DIGIT && kind != CHAR_NOTHING) {
                break;
            }
            at += size;
        }
    }
    out->end = at;
    *position = at;
    return true;
}

/* Upper, lower, digit or the character itself: "McDonald" is XxXx, "B12" is Xd. */
static uint32_t shape_class(uint32_t character, uint32_t lower, enum char_kind kind)
{
    if (kind == CHAR_LETTER) {
        return character != lower ? 'X' : 'x';
    }
    if (kind == CHAR_DIGIT) {
        return 'd';
    }
    return kind == CHAR_SINGLE ? 'c' : character;
}

/* What stands between two tokens: nothing, a space, several, a line end, an empty line. */
static uint32_t gap_class(const uint8_t *text, size_t from, size_t to)
{
    if (from == to) {
        return to == 0 ? 3 : 0; /* the beginning of a text begins a line */
    }
    unsigned lines = 0;
    size_t looked_at = to - from > 16 ? 16 : to - from;
    for (size_t i = 0; i < looked_at; i++) {
        lines += text[to - 1 - i] == '\n';
    }
    if (lines > 0) {
        return lines > 1 ? 4 : 3;
    }
    return to - from > 1 ? 2 : 1;
}

static uint32_t hash_run(uint32_t seed, const uint32_t *letters, size_t count)
{
    uint32_t hash = hash_mix(seed, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        hash = hash_mix(hash, letters[i]);
    }
    return hash;
}

struct letters {
    uint32_t lower[MAX_LETTERS]; /* the first 16 and the last 8 of a long word */
    size_t count;
    uint32_t word, cased, shape, plain; /* plain: as word_codes.h knows the word */
    bool digits;                        /* it holds some */
    bool single;                        /* of a script that is written without spaces */
};

static void letters_of(const uint8_t *text, struct tagger_token token, struct letters *out)
{
    uint32_t word = hash_mix(SEED_WORD, 0), cased = hash_mix(SEED_CASED, 0);
    uint32_t shape = hash_mix(SEED_SHAPE, 0), last_class = 0;
    size_t count = 0, shape_count = 0;
    uint32_t plain = word_codes_begin();
    bool digits = false, single = false;
    for (size_t at = token.start; at < token.end;) {
        uint32_t character = 0;
        at += utf8_scan(text + at, token.end - at, &character);
        enum char_kind kind = char_kind_of(character);
        if (kind == CHAR_NOTHING) {
            continue;
        }
        uint32_t lower = char_lower(character);
        if (count < MAX_LETTERS) {
            out->lower[count++] = lower;
        } else {
            for (size_t i = 16; i + 1 < MAX_LETTERS; i++) {
                out->lower[i] = out->lower[i + 1];
            }
            out->lower[MAX_LETTERS - 1] = lower;
        }
        word = hash_mix(word, lower);
        plain = word_codes_add(plain, lower);
        cased = hash_mix(cased, character);
        uint32_t class = shape_class(character, lower, kind);
        /* A class is written twice at most, so that "Xx" and "XX" differ from "X". */
        if (shape_count < MAX_SHAPE && (class != last_class || shape_count == 1)) {
            shape = hash_mix(shape, class);
            shape_count++;
        }
        last_class = class;
        digits |= kind == CHAR_DIGIT;
        single |= kind == CHAR_SINGLE;
    }
    out->digits = digits;
    out->single = single;
    out->count = count;
    out->word = word;
    out->plain = plain;
    out->cased = cased;
    out->shape = hash_mix(shape, count > 4 ? 5 : (uint32_t)count);
}

static uint32_t word_id(uint32_t hash)
{
    return TAGGER_PART_BUCKETS + hash_finish(hash) % TAGGER_WORD_BUCKETS;
}

static uint32_t part_id(uint32_t hash)
{
    return hash_finish(hash) % TAGGER_PART_BUCKETS;
}

/*
 * What lists of forenames, surnames and places say of a word: a class that names_table.py chose, 0
 * for words in none of them. Slots are found by the key's low bits, going on to the next one while
 * taken; one in some thousand other words passes for a name by chance, which training knows too.
 */
static uint32_t name_class(uint32_t key)
{
    enum { TAG_SHIFT = 6, CLASS_MASK = (1 << TAG_SHIFT) - 1 };
    for (uint32_t slot = key;; slot++) {
        const unsigned char *at = builtin_names + 2 * (size_t)(slot % BUILTIN_NAMES_SLOTS);
        unsigned entry = at[0] | (unsigned)at[1] << 8;
        if (entry == 0)
            return 0;
        if (entry >> TAG_SHIFT == key >> 22)
            return entry & CLASS_MASK;
    }
}

uint32_t tagger_name_key(const uint8_t *word, size_t len)
{
    struct letters letters;
    letters_of(word, (struct tagger_token){.start = 0, .end = len}, &letters);
    return hash_finish(letters.word);
}

/* Where no spaces are written, most words are of two letters, and most others of one. */
static size_t codes_of_single(const uint8_t *text, struct tagger_token token, size_t previous_end,
                              const struct letters *letters, uint32_t *ids)
{
    if (previous_end == token.start && previous_end > 0) {
        uint32_t before = 0;
        (void)utf8_scan_back(text, previous_end, &before);
        uint32_t pair = word_codes_add(word_codes_begin(), before);
        size_t count = word_codes_of(word_codes_add(pair, letters->lower[0]), TAGGER_CODES, ids);
        if (count > 0)
            return count;
    }
    return word_codes_of(letters->plain, TAGGER_CODES, ids);
}

size_t tagger_token_features(const uint8_t *text, struct tagger_token token, size_t previous_end,
                             uint32_t ids[TAGGER_MAX_FEATURES])
{
    struct letters letters;
    letters_of(text, token, &letters);
    size_t count = 0, n = letters.count;
    ids[count++] = word_id(letters.word);
    ids[count++] = word_id(letters.cased);
    uint32_t names = n > 1 ? name_class(hash_finish(letters.word)) : 0;
    ids[count++] = part_id(hash_mix(SEED_NAME, names));
    ids[count++] = part_id(letters.shape);
    uint32_t gap = gap_class(text, previous_end, token.start);
    ids[count++] = part_id(hash_mix(SEED_GAP, gap));
    ids[count++] = part_id(hash_mix(letters.shape, SEED_GAP + gap));
    for (size_t size = 2; size <= 4 && size < n; size++) {
        ids[count++] = part_id(hash_run(SEED_PREFIX, letters.lower, size));
        ids[count++] = part_id(hash_run(SEED_SUFFIX, letters.lower + n - size, size));
    }
    /* Trigrams of "^word$"; a long word is sampled at its front, where names carry most. */
    if (n > 1) {
        size_t trigrams = n < MAX_TRIGRAMS ? n : MAX_TRIGRAMS;
        for (size_t i = 0; i < trigrams; i++) {
            uint32_t hash = hash_mix(SEED_TRIGRAM, i == 0 ? '^' : letters.lower[i - 1]);
            hash = hash_mix(hash, letters.lower[i]);
            ids[count++] = part_id(hash_mix(hash, i + 1 < n ? letters.lower[i + 1] : '$'));
        }
    }
    if (n > 1 && !letters.digits)
        count += word_codes_of(letters.plain, TAGGER_CODES, ids + count);
    else if (letters.single)
        count += codes_of_single(text, token, previous_end, &letters, ids + count);
    return count;
}

size_t tagger_features_of_text(const uint8_t *text, size_t len, uint64_t *token_start,
                               uint64_t *token_end, uint32_t *starts, size_t cap_tokens,
                               uint32_t *ids, size_t cap_ids)
{
    size_t position = 0, tokens = 0, count = 0, previous_end = 0;
    struct tagger_token token;
    starts[0] = 0;
    while (tagger_next_token(text, len, &position, &token)) {
        if (tokens == cap_tokens || cap_ids - count < TAGGER_MAX_FEATURES) {
            return (size_t)-1;
        }
        count += tagger_token_features(text, token, previous_end, ids + count);
        token_start[tokens] = token.start;
        token_end[tokens] = token.end;
        starts[++tokens] = (uint32_t)count;
        previous_end = token.end;
    }
    return tokens;
}
