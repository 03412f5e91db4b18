#include "router/complexity_features.h"

#include <math.h>
#include <string.h>

#include "router/complexity_words.h"
#include "router/hash_mix.h"
#include "router/utf8_scan.h"
#include "router/word_codes.h"

enum {
    SEED_WORD = 0x11,
    SEED_PAIR = 0x22,
    SEED_SYMBOL = 0x33,
    SEED_COMMAND = 0x44,
    SEED_NUMBER = 0x55,
    SEED_BEGINNING = 0x66,
    SEED_ENDING = 0x77,
    BEGINNING_LETTERS = 5, /* of a longer word: what its forms share */
    ENDING_LETTERS = 4,
    TELLING_LETTERS = 4,  /* shorter words are mostly "the" and "of": their vectors say nothing */
    SHORT_PARAGRAPH = 48, /* bytes: a heading or a greeting belongs to what follows */
};

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static bool is_ascii_letter(uint8_t byte)
{
    uint8_t lower = byte | 0x20;
    return lower >= 'a' && lower <= 'z';
}

/* Length of an answer label such as "A. ", "(b) " or "C) " at the beginning of a line, or 0. */
static size_t option_label(const uint8_t *at, size_t len)
{
    size_t i = len > 0 && at[0] == '(' ? 1 : 0;
    if (i + 2 >= len || !is_ascii_letter(at[i]) ||
        (at[i + 1] != '.' && at[i + 1] != ')' && at[i + 1] != ':')) {
        return 0;
    }
    return is_blank(at[i + 2]) ? i + 3 : 0;
}

static size_t end_of_line(const uint8_t *text, size_t len, size_t at)
{
    const uint8_t *end = at < len ? memchr(text + at, '\n', len - at) : NULL;
    return end ? (size_t)(end - text) : len;
}

static size_t skip_space(const uint8_t *text, size_t len, size_t at, bool *blank_line)
{
    unsigned lines = 0;
    while (at < len && (is_blank(text[at]) || text[at] == '\n')) {
        lines += text[at] == '\n';
        at++;
    }
    *blank_line = lines > 1;
    return at;
}

/* Where a paragraph that is too long can be cut: the last white space before the limit. */
static size_t cut_before(const uint8_t *text, size_t start, size_t limit)
{
    for (size_t at = limit; at > start + COMPLEXITY_SEGMENT_BYTES / 2; at--) {
        if (is_blank(text[at]) || text[at] == '\n') {
            return at;
        }
    }
    while (limit > start + 1 && (text[limit] & 0xC0) == 0x80) {
        limit--;
    }
    return limit;
}

bool complexity_next_segment(const uint8_t *text, size_t len, size_t *position,
                             struct complexity_segment *out)
{
    bool blank_line = false;
    size_t start = skip_space(text, len, *position, &blank_line);
    if (start >= len) {
        *position = len;
        return false;
    }
    size_t at = start, end = start;
    bool fenced = false;
    for (;;) {
        size_t line_end = end_of_line(text, len, at);
        if (line_end - at >= 3 && !memcmp(text + at, "```", 3)) {
            fenced = !fenced;
        }
        if (line_end - start > COMPLEXITY_SEGMENT_BYTES) {
            end = end > start + COMPLEXITY_SEGMENT_BYTES / 2
                      ? end
                      : cut_before(text, start, start + COMPLEXITY_SEGMENT_BYTES);
            at = end;
            break;
        }
        end = line_end;
        size_t next = skip_space(text, len, line_end, &blank_line);
        if (next >= len) {
            at = len;
            break;
        }
        if (blank_line && !fenced && end - start >= SHORT_PARAGRAPH &&
            option_label(text + next, len - next) == 0) {
            at = next;
            break;
        }
        at = next;
    }
    *out = (struct complexity_segment){start, end};
    *position = at;
    return true;
}

/* What is counted on the way through a segment. */
struct counts {
    size_t bytes, numbers, digits, math, code, commands, options, lines;
    size_t sentences, questions, commas, other_scripts;
    size_t words, letters, long_words; /* of different words but those of courtesy */
    size_t of_kind[COMPLEXITY_COURTESY + 1];
};

/* Whether the segment has not had it: else nothing is added, so that repeating steers nothing. */
static bool add_id(struct complexity_features *out, uint32_t hash)
{
    uint32_t id = hash_finish(hash), bit = id % COMPLEXITY_MET_BITS;
    uint64_t mark = (uint64_t)1 << bit % 64;
    if ((out->met[bit / 64] & mark) != 0 || out->id_count == COMPLEXITY_MAX_IDS)
        return false;
    out->met[bit / 64] |= mark;
    out->ids[out->id_count++] = id;
    return true;
}

/* A word, number, command or symbol: itself, and paired with the one before it on the line. */
static bool add_item(struct complexity_features *out, uint32_t hash, uint32_t *previous)
{
    bool first = add_id(out, hash);
    if (*previous) {
        add_id(out, hash_mix(hash_mix(SEED_PAIR, *previous), hash));
    }
    *previous = hash ? hash : 1;
    return first;
}

static void count_symbol(struct counts *counts, uint32_t character)
{
    if (character < 0x80 && character) {
        counts->math += strchr("+*/=<>^$%", (int)character) != NULL;
        counts->code += strchr("{}()[];_=", (int)character) != NULL;
        counts->sentences += character == '.' || character == '!' || character == '?';
        counts->questions += character == '?';
        counts->commas += character == ',';
    }
}

static size_t read_word(const uint8_t *text, size_t at, size_t end, uint32_t seed,
                        struct complexity_features *out, struct counts *counts, uint32_t *previous)
{
    uint32_t hash = hash_mix(seed, 0), character = 0;
    uint32_t beginning = 0, last[ENDING_LETTERS] = {0}, known = word_codes_begin();
    char lower[COMPLEXITY_WORD_LETTERS + 1]; /* what fits of an English word */
    size_t letters = 0;
    while (at < end) {
        size_t size = utf8_scan(text + at, end - at, &character);
        enum char_kind kind = char_kind_of(character);
        if (kind != CHAR_LETTER && kind != CHAR_NOTHING && !(kind == CHAR_SINGLE && letters == 0)) {
            break;
        }
        at += size;
        if (kind != CHAR_NOTHING) {
            uint32_t small = char_lower(character);
            hash = hash_mix(hash, small);
            known = word_codes_add(known, small);
            if (letters < sizeof lower)
                lower[letters] = small < 0x80 ? (char)small : '?';
            last[letters++ % ENDING_LETTERS] = small;
            if (letters == BEGINNING_LETTERS)
                beginning = hash;
            counts->other_scripts += character >= 0x250;
        }
        if (kind == CHAR_SINGLE || letters >= 48) {
            break;
        }
    }
    bool first = add_item(out, hash, previous);
    if (seed == SEED_WORD) {
        if (first && letters > BEGINNING_LETTERS) {
            uint32_t ending = hash_mix(SEED_ENDING, 0);
            for (size_t i = 0; i < ENDING_LETTERS; i++)
                ending = hash_mix(ending, last[(letters + i) % ENDING_LETTERS]);
            add_id(out, hash_mix(SEED_BEGINNING, beginning));
            add_id(out, ending);
        }
        if (first && letters >= TELLING_LETTERS &&
            out->code_count + WORD_CODES <= COMPLEXITY_MAX_CODES)
            out->code_count += word_codes_of(known, 0, out->codes + out->code_count);
        enum complexity_word kind = complexity_word_of(lower, letters);
        bool told = first && kind != COMPLEXITY_COURTESY;
        counts->words += told;
        counts->letters += told ? letters : 0;
        counts->long_words += told && letters >= 9;
        counts->of_kind[kind]++;
        if (out->word_count < COMPLEXITY_MAX_IDS) {
            out->words[out->word_count++] = hash_finish(hash) % COMPLEXITY_SEEN_BITS;
        }
    } else {
        counts->commands++;
    }
    return at;
}

/* A number counts by its length: 7 and 9 are the same to the scorer, 7 and 7000 are not. */
static size_t read_number(const uint8_t *text, size_t at, size_t end,
                          struct complexity_features *out, struct counts *counts,
                          uint32_t *previous)
{
    uint32_t digits = 0;
    while (at < end && ((text[at] >= '0' && text[at] <= '9') ||
                        ((text[at] == '.' || text[at] == ',') && at + 1 < end &&
                         text[at + 1] >= '0' && text[at + 1] <= '9'))) {
        digits++;
        at++;
    }
    counts->numbers++;
    counts->digits += digits;
    add_item(out, hash_mix(SEED_NUMBER, digits < 5 ? digits : 5), previous);
    return at;
}

static bool is_ascii_word(uint8_t byte)
{
    return is_ascii_letter(byte) || (byte >= '0' && byte <= '9');
}

/*
 * Bytes of a mark that only sets words in bold ("**", "***"), or 0. Between two letters or figures,
 * or between two blanks, it is a power: "x**2", "2 ** 3". Chinese and Japanese leave no blanks.
 */
static size_t emphasis(const uint8_t *line, size_t at, size_t end)
{
    size_t len = 0;
    while (at + len < end && line[at + len] == '*' && len < 3)
        len++;
    if (len < 2)
        return 0;
    uint8_t left = at > 0 ? line[at - 1] : ' ', right = at + len < end ? line[at + len] : ' ';
    bool power =
        (is_ascii_word(left) && is_ascii_word(right)) || (is_blank(left) && is_blank(right));
    return power ? 0 : len;
}

static void read_line(const uint8_t *text, size_t at, size_t end, struct complexity_features *out,
                      struct counts *counts)
{
    uint32_t previous = 0; /* pairs do not reach over a line end: options may change places */
    size_t label = option_label(text + at, end - at), start = at;
    counts->options += label > 0;
    counts->lines++;
    at += label;
    while (at < end) {
        uint32_t character = 0;
        size_t size = utf8_scan(text + at, end - at, &character);
        size_t bold = emphasis(text + start, at - start, end - start);
        enum char_kind kind = char_kind_of(character);
        if (bold > 0) {
            at += bold;
        } else if (kind == CHAR_LETTER || kind == CHAR_SINGLE) {
            at = read_word(text, at, end, SEED_WORD, out, counts, &previous);
        } else if (character >= '0' && character <= '9') {
            at = read_number(text, at, end, out, counts, &previous);
        } else if (character == '\\' && at + 1 < end && is_ascii_letter(text[at + 1])) {
            at = read_word(text, at + 1, end, SEED_COMMAND, out, counts, &previous);
        } else {
            if (kind == CHAR_OTHER) {
                count_symbol(counts, character);
                /* Stops and quotes say nothing about how hard a question is. */
                if (character >= 0x80 || !strchr(".,;:'\"!-", (int)character)) {
                    add_item(out, hash_mix(SEED_SYMBOL, character), &previous);
                }
            }
            at += size;
        }
    }
}

static float share(size_t part, size_t whole, float most)
{
    float value = whole ? (float)part / (float)whole / most : 0.0f;
    return value < 1.5f ? value : 1.5f;
}

static float logarithm(size_t count, float most)
{
    return log1pf((float)count) / most;
}

void complexity_features_of(const uint8_t *text, struct complexity_segment segment,
                            struct complexity_features *out)
{
    struct counts counts = {.bytes = segment.end - segment.start};
    memset(out->met, 0, sizeof out->met);
    out->id_count = out->word_count = out->code_count = 0;
    for (size_t at = segment.start; at < segment.end;) {
        while (at < segment.end && (is_blank(text[at]) || text[at] == '\n')) {
            at++;
        }
        size_t end = end_of_line(text, segment.end, at);
        if (at < end) {
            read_line(text, at, end, out, &counts);
        }
        at = end;
    }
    size_t items = counts.words + counts.numbers + counts.commands;
    out->options = counts.options;
    out->different_words = counts.words;
    const float dense[COMPLEXITY_DENSE] = {
        logarithm(counts.bytes, 8),
        logarithm(counts.words, 6),
        logarithm(counts.sentences, 4),
        logarithm(counts.numbers, 4),
        share(counts.numbers, items, 0.5f),
        share(counts.digits, counts.bytes, 0.3f),
        share(counts.math, counts.bytes, 0.15f),
        share(counts.code, counts.bytes, 0.15f),
        logarithm(counts.commands, 4),
        share(counts.letters, counts.words, 8),
        share(counts.long_words, counts.words, 0.4f),
        share(counts.options, 10, 1),
        counts.questions ? 1.0f : 0.0f,
        logarithm(counts.lines, 5),
        share(counts.commas, counts.words, 0.2f),
        share(counts.other_scripts, counts.letters, 1),
        logarithm(counts.of_kind[COMPLEXITY_AMOUNT], 2),
        logarithm(counts.of_kind[COMPLEXITY_PART], 2),
        logarithm(counts.of_kind[COMPLEXITY_EACH], 2),
        logarithm(counts.of_kind[COMPLEXITY_COMPARED], 2),
        logarithm(counts.of_kind[COMPLEXITY_WHOLE], 2),
        logarithm(counts.of_kind[COMPLEXITY_ORDER], 2),
        logarithm(counts.of_kind[COMPLEXITY_UNIT], 2),
        logarithm(counts.of_kind[COMPLEXITY_NEGATION], 2),
    };
    memcpy(out->dense, dense, sizeof dense);
}

size_t complexity_features_of_text(const uint8_t *text, size_t len, size_t cap, uint32_t *starts,
                                   uint32_t *ids, size_t cap_ids, float *dense, uint32_t *words,
                                   uint32_t *word_starts, uint32_t *codes, uint32_t *code_starts)
{
    size_t position = 0, count = 0, id_count = 0, word_count = 0, code_count = 0;
    struct complexity_segment segment;
    struct complexity_features features;
    starts[0] = word_starts[0] = code_starts[0] = 0;
    while (count < cap && complexity_next_segment(text, len, &position, &segment)) {
        complexity_features_of(text, segment, &features);
        if (id_count + features.id_count > cap_ids || word_count + features.word_count > cap_ids ||
            code_count + features.code_count > 2 * cap_ids) {
            break;
        }
        memcpy(ids + id_count, features.ids, features.id_count * sizeof *ids);
        memcpy(words + word_count, features.words, features.word_count * sizeof *words);
        memcpy(codes + code_count, features.codes, features.code_count * sizeof *codes);
        memcpy(dense + count * COMPLEXITY_DENSE, features.dense, sizeof features.dense);
        id_count += features.id_count;
        word_count += features.word_count;
        code_count += features.code_count;
        count++;
        starts[count] = (uint32_t)id_count;
        word_starts[count] = (uint32_t)word_count;
        code_starts[count] = (uint32_t)code_count;
    }
    return count;
}
