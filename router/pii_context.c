#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "router/pii_internal.h"
#include "router/utf8_scan.h"

enum {
    PHRASE_WORDS = 4,
    WORD_GAP = 3,       /* bytes between two words of one phrase: "d. o. b.", "account - no" */
    BEFORE_BYTES = 72,  /* how far a label reaches forward */
    AFTER_BYTES = 28,   /* … and back: "123-45-6789 is my SSN" */
    UNSPACED_BYTES = 3, /* of most letters of char_is_unspaced() */
    CURSOR_SLACK = 512, /* recognizers may look at a place that far behind the newest one */
};

struct phrase {
    const char *text; /* ends at '|' or NUL */
    uint64_t contexts;
    uint8_t signal; /* a topic, or PII_TOPIC_COUNT and the cue's number */
    uint8_t weight;
};

/* pii_context.def spreads over more rows than one initialiser needs names for: keep it a table. */
static const struct phrase rows[] = {
#define PHRASE(text, contexts, topic, weight) {text, contexts, topic, weight},
#include "router/pii_context.def"
#undef PHRASE
};

static const char *const cues[] = {
#define CUE(name, phrases) phrases,
#include "router/pii_cues.def"
#undef CUE
};

/* Words that are spans themselves. */
static const struct phrase people[] = {
#define PEOPLE(context, phrases) {phrases, CTX(context), PII_TOPIC_COUNT, 0},
#include "router/pii_people.def"
#undef PEOPLE
};

enum { PEOPLE_COUNT = sizeof(people) / sizeof(people[0]) };
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]), CUE_COUNT = sizeof(cues) / sizeof(cues[0]) };
_Static_assert((int)CUE_COUNT == (int)PII_CUE_KINDS, "facts.h has room for each kind of cue");

/* Entries are found by their last word; the words before it are compared by hash. */
struct entry {
    struct phrase phrase;
    uint32_t words[PHRASE_WORDS]; /* hashes, last word first */
    uint8_t count;
    int16_t next; /* of the same last word, or -1 */
};

enum { SLOT_BITS = 13, SLOTS = 1 << SLOT_BITS, ENTRY_MAX = SLOTS / 4 * 3 };

struct pii_lexicon {
    int16_t slots[SLOTS]; /* first entry, or -1 */
    size_t count;
    struct entry entries[ENTRY_MAX]; /* many share their last word: most slots stay empty */
};

static const uint32_t hash_seed = 2166136261u;

static inline uint32_t hash_byte(uint32_t hash, uint8_t byte)
{
    return (hash ^ byte) * 16777619u;
}

/* A byte of a word in small letters. Cyrillic and Greek have theirs, in the order of the capitals,
 * 32 places on, the second half of them behind another first byte: both are read as the one. Those
 * of "Číslo" and "ŁÓDŹ" follow their capitals, which are odd in two places: read as the even one.
 */
static inline uint8_t small(uint8_t before, uint8_t byte, unsigned class)
{
    if ((class & PII_UPPER) != 0)
        return (uint8_t)(byte + 32);
    if ((class & PII_HIGH) == 0)
        return byte;
    if (before == 0xC3 && byte <= 0x9E)
        return (uint8_t)(byte + 32); /* É, Ü, Ø … */
    if (before == 0xC4 || before == 0xC5) {
        bool odd = before == 0xC4 ? byte >= 0xB9 : byte <= 0x88 || byte >= 0xB9;
        return (uint8_t)((byte + odd) & ~1);
    }
    bool capital = (before == 0xD0 && byte >= 0x90 && byte <= 0xAF) ||
                   (before == 0xCE && byte >= 0x91 && byte <= 0xA9);
    if (capital)
        return byte ^ 0x20;
    return byte == 0xD1 || byte == 0xCF ? byte - 1 : byte;
}

static inline size_t slot_of(uint32_t hash)
{
    return (hash * 2654435769u) >> (32 - SLOT_BITS);
}

static int16_t find_word(const struct pii_lexicon *lexicon, uint32_t word)
{
    for (size_t slot = slot_of(word);; slot = (slot + 1) & (SLOTS - 1)) {
        int16_t first = lexicon->slots[slot];
        if (first < 0 || lexicon->entries[first].words[0] == word)
            return first;
    }
}

static bool ends_phrase(char c)
{
    return c == '\0' || c == '|';
}

/* Returns the phrase's end. */
static const char *add_phrase(struct pii_lexicon *lexicon, struct phrase phrase)
{
    struct entry *entry = &lexicon->entries[lexicon->count];
    const char *text = phrase.text;
    uint32_t words[PHRASE_WORDS + 1];
    size_t count = 0;
    while (!ends_phrase(*text) && count <= PHRASE_WORDS) {
        uint32_t hash = hash_seed;
        uint8_t before = 0;
        while (!ends_phrase(*text) && *text != ' ') {
            hash = hash_byte(hash, small(before, (uint8_t)*text, pii_class[(uint8_t)*text]));
            before = (uint8_t)*text++;
        }
        words[count++] = hash;
        if (*text == ' ')
            text++;
    }
    if (count > PHRASE_WORDS) /* the first words may go: the rest is as telling */
        count = PHRASE_WORDS;
    entry->phrase = phrase;
    for (size_t i = 0; i < count; i++)
        entry->words[i] = words[count - 1 - i];
    entry->count = (uint8_t)count;

    size_t slot = slot_of(entry->words[0]);
    while (lexicon->slots[slot] >= 0 &&
           lexicon->entries[lexicon->slots[slot]].words[0] != entry->words[0])
        slot = (slot + 1) & (SLOTS - 1);
    entry->next = lexicon->slots[slot];
    lexicon->slots[slot] = (int16_t)lexicon->count++;
    return text;
}

/* A list of them. */
static void add_phrases(struct pii_lexicon *lexicon, struct phrase phrase)
{
    while (*phrase.text != '\0') {
        phrase.text = add_phrase(lexicon, phrase);
        phrase.text += *phrase.text == '|';
    }
}

static size_t phrases_of(const char *list)
{
    size_t count = 1;
    for (; *list != '\0'; list++)
        count += *list == '|';
    return count;
}

int pii_lexicon_new(struct pii_lexicon **out, struct err *err)
{
    *out = NULL;
    size_t count = ROW_COUNT;
    for (size_t i = 0; i < PEOPLE_COUNT; i++)
        count += phrases_of(people[i].text);
    for (size_t i = 0; i < CUE_COUNT; i++)
        count += phrases_of(cues[i]);
    if (count > ENTRY_MAX)
        return err_set(err, ERR_BAD_STATE, "more context words than there is room for");
    struct pii_lexicon *lexicon = calloc(1, sizeof(*lexicon));
    if (lexicon == NULL)
        return err_set(err, ERR_MEMORY, "out of memory for the context words");
    for (size_t i = 0; i < SLOTS; i++)
        lexicon->slots[i] = -1;
    for (size_t i = 0; i < ROW_COUNT; i++)
        (void)add_phrase(lexicon, rows[i]);
    for (size_t i = 0; i < PEOPLE_COUNT; i++)
        add_phrases(lexicon, people[i]);
    for (size_t i = 0; i < CUE_COUNT; i++)
        add_phrases(lexicon, (struct phrase){.text = cues[i],
                                             .signal = (uint8_t)(PII_TOPIC_COUNT + i),
                                             .weight = 1});
    *out = lexicon;
    return 0;
}

void pii_lexicon_free(struct pii_lexicon *lexicon)
{
    free(lexicon);
}

static void add_hit(struct pii_run *run, size_t start, size_t end, uint64_t mask,
                    const char *phrase)
{
    run->seen |= mask;
    if (run->hit_count == run->hit_cap) {
        size_t cap = run->hit_cap != 0 ? run->hit_cap * 2 : 64;
        struct pii_context_hit *hits = realloc(run->hits, cap * sizeof(*hits));
        if (hits == NULL) {
            run->rc = err_set(run->err, ERR_MEMORY, "out of memory for context words");
            return;
        }
        run->hits = hits;
        run->hit_cap = cap;
    }
    run->hits[run->hit_count++] =
        (struct pii_context_hit){.start = start, .end = end, .mask = mask, .phrase = phrase};
}

struct word {
    uint32_t hash;
    size_t start, end;
};

/* Every phrase that ends with the newest word. */
static void match_phrases(struct pii_run *run, const struct pii_lexicon *lexicon, int16_t first,
                          const struct word *ring, size_t newest)
{
    for (int16_t i = first; i >= 0; i = lexicon->entries[i].next) {
        const struct entry *entry = &lexicon->entries[i];
        const struct word *word = &ring[newest % PHRASE_WORDS];
        size_t end = word->end;
        size_t have = 1;
        while (have < entry->count && have <= newest) {
            const struct word *previous = &ring[(newest - have) % PHRASE_WORDS];
            if (previous->hash != entry->words[have] || word->start - previous->end > WORD_GAP)
                break;
            word = previous;
            have++;
        }
        if (have < entry->count)
            continue;
        const struct phrase *phrase = &entry->phrase;
        if (phrase->contexts != 0)
            add_hit(run, word->start, end, phrase->contexts, phrase->text);
        if (phrase->weight != 0)
            pii_evidence_phrase(run, word->start, phrase->signal, phrase->weight);
    }
}

/* The letter at `at`, if it is one of three bytes of a script without spaces; else 0. */
static uint32_t unspaced_at(const struct pii_run *run, size_t at)
{
    const uint8_t *text = (const uint8_t *)run->text + at;
    if (at + UNSPACED_BYTES > run->len || (text[0] & 0xF0) != 0xE0)
        return 0;
    uint32_t point = (text[0] & 0xFu) << 12 | (text[1] & 0x3Fu) << 6 | (text[2] & 0x3Fu);
    return char_is_unspaced(point) ? point : 0;
}

/* Phrases of one word anywhere in a run of such letters, "联系电话": where a word begins nobody
 * knows. Returns the run's end. */
static size_t match_unspaced(struct pii_run *run, const struct pii_lexicon *lexicon, size_t at)
{
    enum { LETTERS = 20 };
    for (; run->rc == 0 && unspaced_at(run, at) != 0; at += UNSPACED_BYTES) {
        uint32_t hash = hash_seed;
        size_t end = at;
        while (end < at + (size_t)LETTERS * UNSPACED_BYTES && unspaced_at(run, end) != 0) {
            for (size_t i = 0; i < UNSPACED_BYTES; i++)
                hash = hash_byte(hash, (uint8_t)run->text[end++]);
            struct word word = {.hash = hash, .start = at, .end = end};
            int16_t first = find_word(lexicon, hash);
            if (first >= 0)
                match_phrases(run, lexicon, first, &word, 0);
        }
    }
    return at;
}

void pii_context_collect(struct pii_run *run, const struct pii_lexicon *lexicon)
{
    const uint8_t *text = (const uint8_t *)run->text;
    struct word ring[PHRASE_WORDS];
    size_t newest = 0;
    size_t count = 0;
    size_t at = 0;
    while (at < run->len && run->rc == 0) {
        if ((pii_class[text[at]] & PII_WORD) == 0) {
            at++;
            continue;
        }
        size_t start = at;
        at = match_unspaced(run, lexicon, at);
        if (at > start) {
            run->unspaced += at - start;
            continue;
        }
        uint32_t hash = hash_seed;
        uint32_t before_last = hash_seed;
        uint8_t previous = 0;
        while (at < run->len && (pii_class[text[at]] & PII_WORD) != 0) {
            uint8_t byte = text[at];
            unsigned class = pii_class[byte];
            /* camelCase: a hump begins a new word. */
            if ((class & PII_UPPER) != 0 && (pii_class[previous] & PII_LOWER) != 0)
                break;
            if ((byte & 0xF0) == 0xE0 && unspaced_at(run, at) != 0)
                break; /* "①电话" */
            before_last = hash;
            hash = hash_byte(hash, small(previous, byte, class));
            previous = text[at];
            at++;
        }
        newest = count++;
        struct word *word = &ring[newest % PHRASE_WORDS];
        *word = (struct word){.hash = hash, .start = start, .end = at};
        /* The i of "iPhone" is nobody's. */
        bool hump = at - start == 1 && at < run->len && (pii_class[text[at]] & PII_UPPER) != 0;
        int16_t first = hump ? -1 : find_word(lexicon, hash);
        if (first < 0 && (previous == 's' || previous == 'S') && at - start > 3) {
            word->hash = before_last; /* a plural */
            first = find_word(lexicon, before_last);
            if (first < 0)
                word->hash = hash;
        }
        if (first >= 0)
            match_phrases(run, lexicon, first, ring, newest);
    }
}

/* Is the number that ends at `end` one of money or of things, "合计2126647665元", "123456789件",
 * and is that no other word: "13912345678台湾"? */
static bool is_amount(const struct pii_run *run, size_t end)
{
    static const char *const units[] = {"元", "円", "圆", "圓", "원", "บาท", "件", "台", "笔",
                                        "개", "대", "个", "個", "次", "万",  "萬", "亿", "億"};
    end += pii_at(run, end) == PII_PARTED || pii_at(run, end) == ' ';
    if (!pii_is(run, end, PII_HIGH))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
        if (pii_starts_with(run, end, units[i]))
            return unspaced_at(run, end + strlen(units[i])) == 0;
    return false;
}

const char *pii_context_within(struct pii_run *run, size_t start, size_t end, uint64_t mask,
                               size_t before, size_t after)
{
    if ((run->seen & mask) == 0 || is_amount(run, end))
        return NULL;
    while (run->cursor < run->hit_count && run->hits[run->cursor].end + CURSOR_SLACK < start)
        run->cursor++;
    const struct pii_context_hit *best = NULL;
    size_t best_distance = SIZE_MAX;
    const struct pii_context_hit *against = NULL;
    size_t against_distance = SIZE_MAX;
    for (size_t i = run->cursor; i < run->hit_count; i++) {
        const struct pii_context_hit *hit = &run->hits[i];
        if (hit->start >= end + after)
            break;
        size_t distance;
        if (hit->end <= start) {
            distance = start - hit->end;
            if (distance > before)
                continue;
        } else if (hit->start >= end) {
            /* A label behind the number is more likely the next number's. */
            distance = (hit->start - end) * 2 + 8;
        } else {
            continue;
        }
        if ((hit->mask & CTX(NOT)) != 0 && (mask & CTX(NOT)) == 0) {
            if (distance < against_distance && hit->end <= start) {
                against_distance = distance;
                against = hit;
            }
        } else if ((hit->mask & mask) != 0 && distance <= best_distance) {
            best_distance = distance;
            best = hit;
        }
    }
    if (best == NULL || against_distance < best_distance)
        return NULL;
    /* "MIT license" says more than "license" */
    bool longer = against_distance == best_distance && against->end == best->end &&
                  against->start < best->start;
    return longer ? NULL : best->phrase;
}

const char *pii_context_find(struct pii_run *run, size_t start, size_t end, uint64_t mask)
{
    return pii_context_within(run, start, end, mask, BEFORE_BYTES, AFTER_BYTES);
}
