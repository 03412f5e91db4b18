#include <string.h>

#include "router/pii_east.h"

/*
 * Names in Chinese, Japanese and Korean text, line by line, in one pass that runs only where a scan
 * has seen such letters; then once more for the names that were found, wherever else they stand.
 * What the tagger, which knows alphabets alone, says of such letters is cut off.
 */

/* ---- words ---- */

static const struct words {
    const char *text;
    size_t count;
} words[EAST_LIST_COUNT][EAST_WORD_MAX + 1] = {
#define EAST(list, letters, text)                                                                  \
    [EAST_##list][letters] = {text, (sizeof(text) - 1) / (EAST_LETTER * (letters))},
#include "router/pii_east_names.def"
#undef EAST
};

/* Its bytes as a number, in their order. */
static uint32_t first_letter(const char *text)
{
    const uint8_t *bytes = (const uint8_t *)text;
    return (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
}

bool east_is(enum east_list list, const struct pii_run *run, size_t start, size_t end)
{
    size_t bytes = end - start;
    if (bytes > EAST_WORD_MAX * EAST_LETTER || bytes % EAST_LETTER != 0)
        return false;
    const struct words *of_length = &words[list][bytes / EAST_LETTER];
    size_t low = 0, high = of_length->count;
    uint32_t letter = high != 0 ? first_letter(run->text + start) : 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        const char *word = of_length->text + middle * bytes;
        uint32_t other = first_letter(word);
        int order = letter < other ? -1 : letter > other;
        if (order == 0 && bytes > EAST_LETTER)
            order = memcmp(run->text + start, word, bytes);
        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

size_t east_begins(enum east_list list, const struct pii_run *run, size_t at)
{
    for (size_t letters = EAST_WORD_MAX; letters > 0; letters--) {
        size_t end = at + letters * EAST_LETTER;
        if (words[list][letters].count != 0 && end <= run->len && east_is(list, run, at, end))
            return end;
    }
    return 0;
}

bool east_ends(enum east_list list, const struct pii_run *run, size_t at)
{
    for (size_t letters = 1; letters <= EAST_WORD_MAX; letters++) {
        size_t bytes = letters * EAST_LETTER;
        if (words[list][letters].count != 0 && bytes <= at && east_is(list, run, at - bytes, at))
            return true;
    }
    return false;
}

/* ---- letters ---- */

static enum east_script script_of(uint32_t point)
{
    if ((point >= 0x3400 && point <= 0x9FFF) || (point >= 0xF900 && point <= 0xFAFF) ||
        point == 0x3005) /* 々 */
        return EAST_HAN;
    if (point >= 0x3041 && point <= 0x309F)
        return EAST_HIRAGANA;
    if (point >= 0x30A1 && point <= 0x30FF && point != 0x30FB)
        return EAST_KATAKANA;
    return point >= 0xAC00 && point <= 0xD7A3 ? EAST_HANGUL : EAST_NONE;
}

enum east_script east_script(const struct pii_run *run, size_t at)
{
    const uint8_t *bytes = (const uint8_t *)run->text + at;
    if (at + EAST_LETTER > run->len || (bytes[0] & 0xF0) != 0xE0)
        return EAST_NONE;
    return script_of((bytes[0] & 0xFu) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu));
}

size_t east_run_end(const struct pii_run *run, size_t at, enum east_script script, size_t most)
{
    for (; most > 0 && east_script(run, at) == script; most--)
        at += EAST_LETTER;
    return at;
}

size_t east_label_end(const struct pii_run *run, size_t at, bool *marked)
{
    enum { BYTES = 6 };
    *marked = false;
    for (size_t i = 0; i < BYTES && at > 0 && strchr(" \x1f\t:=\"'|(*", run->text[at - 1]) != NULL;
         i++) {
        char mark = run->text[--at];
        *marked |= mark == ':' || mark == '=' || mark == '|' || mark == '\t';
    }
    return at;
}

static bool is_same(const struct pii_run *run, const struct east_name *name, size_t start,
                    size_t end)
{
    return name->end - name->start == end - start &&
           memcmp(run->text + name->start, run->text + start, end - start) == 0;
}

static bool is_known(const struct east *east, size_t start, size_t end)
{
    for (size_t i = 0; i < east->count; i++)
        if (is_same(east->run, &east->names[i], start, end))
            return true;
    return false;
}

size_t east_person(struct east *east, size_t start, size_t end, float score, const char *recognizer)
{
    static const float known_again = 0.6F;
    enum { LETTERS_LEAST = 2, NAMES = sizeof(east->names) / sizeof(east->names[0]) };
    pii_emit(east->run, &(struct pii_candidate){.start = start,
                                                .end = end,
                                                .type = PII_PERSON,
                                                .score = score,
                                                .recognizer = recognizer});
    if (score >= known_again && end - start >= LETTERS_LEAST * EAST_LETTER && east->count < NAMES &&
        !is_known(east, start, end))
        east->names[east->count++] = (struct east_name){
            .start = start, .end = end, .letter = first_letter(east->run->text + start)};
    return end;
}

/* ---- the passes ---- */

/* Is it Japanese: one letter in eight or more is kana? */
static bool has_kana(const struct pii_run *run, size_t start, size_t end)
{
    enum { SHARE = 8 };
    size_t kana = 0, han = 0;
    for (size_t at = start; at < end;) {
        enum east_script script = east_script(run, at);
        kana += script == EAST_HIRAGANA || script == EAST_KATAKANA;
        han += script == EAST_HAN;
        at += script != EAST_NONE ? EAST_LETTER : 1;
    }
    return kana * SHARE > han;
}

/* Four letters alone that begin with a family name of two: "高橋美咲", where no kana stands in the
 * line. */
static bool is_japanese(const struct pii_run *run, size_t at)
{
    enum { FAMILY = 2, WHOLE = 4 };
    return east_begins(EAST_JA_FAMILY, run, at) == at + (size_t)FAMILY * EAST_LETTER &&
           east_run_end(run, at, EAST_HAN, WHOLE + 1) == at + (size_t)WHOLE * EAST_LETTER;
}

static void read_line(struct east *east, size_t start, size_t end)
{
    const struct pii_run *run = east->run;
    bool kana = has_kana(run, start, end);
    size_t first = start; /* where letters begin */
    for (size_t at = start; at < end && run->rc == 0;) {
        enum east_script script = east_script(run, at);
        size_t found = 0;
        if (script == EAST_NONE) {
            first = ++at;
            continue;
        }
        if (script == EAST_HANGUL)
            found = east_korean(east, at);
        else if (script == EAST_HAN && !kana && !is_japanese(run, at) &&
                 east_has(EAST_FAMILY_BEGINS, run, at))
            found = east_chinese(east, at, first);
        if (found == 0 && script != EAST_HANGUL)
            found = east_japanese(east, at, first, kana);
        at = found != 0 ? found : at + EAST_LETTER;
    }
}

/* May a name that was found elsewhere stand in [start, end) with nothing beside it? A short one of
 * ideographs has an end of them on one side, or it may be part of a word. */
static bool stands_again(const struct pii_run *run, size_t start, size_t end)
{
    enum { SHORT = 2 };
    enum east_script script = east_script(run, start);
    enum east_script front =
        start >= EAST_LETTER ? east_script(run, start - EAST_LETTER) : EAST_NONE;
    bool behind = east_script(run, end) == script;
    if (script == EAST_HANGUL)
        return front != script &&
               east_korean_tail(run, end, east_run_end(run, end, script, EAST_WORD_MAX));
    if (script == EAST_HAN)
        return end - start > SHORT * EAST_LETTER || front != script || !behind;
    return front != script && !behind;
}

static void find_again(struct east *east)
{
    struct pii_run *run = east->run;
    uint64_t begins = 0; /* by the last byte of the first letter */
    for (size_t i = 0; i < east->count; i++)
        begins |= UINT64_C(1) << (run->text[east->names[i].start + 2] & 0x3F);
    for (size_t at = 0; begins != 0 && at + EAST_LETTER <= run->len && run->rc == 0; at++) {
        if (((uint8_t)run->text[at] & 0xF0) != 0xE0 ||
            (begins >> (run->text[at + 2] & 0x3F) & 1) == 0)
            continue;
        uint32_t letter = first_letter(run->text + at);
        for (size_t i = 0; i < east->count; i++) {
            if (east->names[i].letter != letter)
                continue;
            const struct east_name *name = &east->names[i];
            size_t n = name->end - name->start;
            if (at != name->start && n <= run->len - at && is_same(run, name, at, at + n) &&
                stands_again(run, at, at + n)) {
                pii_emit(run, &(struct pii_candidate){.start = at,
                                                      .end = at + n,
                                                      .type = PII_PERSON,
                                                      .score = 0.6F,
                                                      .recognizer = "east_again"});
                break;
            }
        }
    }
}

void pii_east_names(struct pii_run *run)
{
    struct east east = {.run = run};
    if (run->unspaced == 0)
        return;
    for (size_t line = 0; line < run->len && run->rc == 0;) {
        const char *stop = memchr(run->text + line, '\n', run->len - line);
        size_t end = stop != NULL ? (size_t)(stop - run->text) : run->len;
        read_line(&east, line, end);
        line = end + 1;
    }
    find_again(&east);
}

bool pii_east_found(const struct pii_span *span)
{
    return span->source == PII_SOURCE_RECOGNIZER && strncmp(span->recognizer, "east_", 5) == 0;
}
