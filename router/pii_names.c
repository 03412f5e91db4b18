#include <string.h>

#include "router/pii_internal.h"

/*
 * What the tagger took along with a name and is no part of it: what stands behind the quote that
 * closes somebody's words, and the label of a number, which is no name however it is written
 * ("Budi Santoso NIK 3174…", "Паспорт 45 08 …").
 */

/* The bytes of the quotation mark at `at`: straight, curly, low or an angle; 0 for none. */
static size_t quote(const char *text, size_t len, size_t at)
{
    static const char *const marks[] = {"\"", "'", "“", "”", "„", "‘", "’", "‚", "«", "»"};
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        size_t n = strlen(marks[i]);
        if (at + n <= len && memcmp(text + at, marks[i], n) == 0)
            return n;
    }
    return 0;
}

static bool ends_sentence(char c)
{
    return c == '\0' || strchr(".,;:!?\n", c) != NULL;
}

/* Where in a name the quote stands that closes somebody's words, or `end`. That of a nickname has
 * been opened in the name, and an apostrophe (O' Grady) is not beside the end of a sentence. */
static size_t closing_quote(const char *text, size_t len, size_t start, size_t end)
{
    bool open = false;
    for (size_t i = start; i < end; i++) {
        size_t n =
            (uint8_t)text[i] < 0x80 && text[i] != '"' && text[i] != '\'' ? 0 : quote(text, end, i);
        if (n == 0)
            continue;
        char before = i > start ? text[i - 1] : ' ';
        char after = i + n < len ? text[i + n] : '\0';
        if (before == ' ' || before == '(' || open) {
            open = !open;
        } else if (!pii_byte_is(text, len, i + n, PII_WORD) &&
                   (ends_sentence(before) || ends_sentence(after))) {
            return i;
        }
        i += n - 1;
    }
    return end;
}

/* The end of [start, end) without what stands between a name and what comes behind it. */
static size_t trimmed(const char *text, size_t start, size_t end)
{
    static const char behind[] = " \t\n.,;:!?(-/";
    while (end > start && memchr(behind, text[end - 1], sizeof(behind) - 1) != NULL)
        end--;
    return end;
}

/* Ends a name at the quote behind it; what goes on behind that is a name of its own. */
static void cut_at_quote(struct pii_run *run, size_t span, const char *text, size_t len)
{
    struct pii_span name = run->spans->items[span];
    size_t at = closing_quote(text, len, name.start, name.end);
    if (at == name.end)
        return;
    size_t end = trimmed(text, name.start, at);
    if (end == name.start)
        return;
    run->spans->items[span].end = end;
    for (size_t n; at < name.end; at += n) {
        n = quote(text, name.end, at);
        if (n == 0 && pii_byte_is(text, len, at, PII_WORD))
            break;
        n += n == 0;
    }
    name.start = at;
    if (at < name.end && !pii_byte_is(text, len, at, PII_LOWER) && run->rc == 0)
        run->rc = pii_spans_add(run->spans, &name, run->err);
}

/* ---- labels ---- */

/* The contexts that are no labels of numbers. */
static const uint64_t no_labels = CTX(NOT) | CTX(TITLE) | CTX(NRP) | CTX(STAND_IN) | CTX(INITIALS) |
                                  CTX(WHEN) | CTX(LIFE) | CTX(BESIDE) | CTX(AGE) | CTX(ADDRESS) |
                                  CTX(USER) | CTX(PASSWORD) | CTX(SECRET);

static bool begins_with(const char *text, size_t len, size_t at, const char *lower)
{
    for (; *lower != '\0'; lower++, at++)
        if (at >= len || pii_lower(text[at]) != *lower)
            return false;
    return true;
}

/* Does a number of five digits or more stand at `at`, or behind a colon, "no." or the like? */
static bool number_follows(const char *text, size_t len, size_t at)
{
    enum { LEAST = 5, GAP = 4, LETTERS = 3, LONGEST = 24 };
    static const char *const joins[] = {"no", "nr", "n°", "nº", "№", "number", "nummer", "номер"};
    for (int part = 0; part < 2; part++) {
        for (size_t gap = 0; gap < GAP && at < len && strchr(" \t:#=.-\"'", text[at]) != NULL;
             gap++)
            at++;
        size_t n = 0;
        for (size_t i = 0; i < sizeof(joins) / sizeof(joins[0]) && n == 0 && part == 0; i++)
            n = begins_with(text, len, at, joins[i]) ? strlen(joins[i]) : 0;
        at += n;
    }
    size_t digits = 0, letters = 0;
    for (size_t i = at; i < len && i < at + LONGEST && digits < LEAST; i++) {
        bool digit = pii_byte_is(text, len, i, PII_DIGIT);
        bool letter = pii_byte_is(text, len, i, PII_UPPER);
        if (!digit && !(letter && letters < LETTERS) &&
            (i == at || strchr(" -./", text[i]) == NULL))
            break;
        digits += digit;
        letters += letter;
    }
    return digits >= LEAST;
}

/* "Ernie Banks", "Peter Pan": labels that are surnames as well, unless in capitals. */
static bool is_surname(const char *text, size_t name, size_t start, size_t end)
{
    static const char *const surnames[] = {"Bank", "Banks", "Card", "Pan", "Nie"};
    for (size_t i = 0; start > name && i < sizeof(surnames) / sizeof(surnames[0]); i++)
        if (strlen(surnames[i]) == end - start &&
            memcmp(text + start, surnames[i], end - start) == 0)
            return true;
    return false;
}

/* Takes the labels that end names off them; a name that is nothing else goes. */
static void cut_labels(struct pii_run *run, const struct pii_normal *normal, size_t first,
                       const char *text, size_t len)
{
    enum { PHRASE_LONGEST = 48 }; /* so far before its end one that ends later may begin */
    struct pii_spans *spans = run->spans;
    size_t kept = first, hit = 0;
    for (size_t i = first; i < spans->count; i++) {
        struct pii_span name = spans->items[i];
        while (hit < run->hit_count && pii_original_end(normal, run->hits[hit].end) < name.end)
            hit++;
        size_t end = name.end;
        for (size_t h = hit; h < run->hit_count; h++) {
            const struct pii_context_hit *label = &run->hits[h];
            size_t start = pii_original_start(normal, label->start);
            if (start >= name.end + PHRASE_LONGEST)
                break;
            size_t stop = pii_original_end(normal, label->end);
            if ((label->mask & ~no_labels) != 0 && start < end && number_follows(text, len, stop) &&
                !is_surname(text, name.start, start, stop))
                end = start;
        }
        bool whole = end <= name.start;
        if (end < name.end && (whole || name.type == PII_PERSON))
            name.end = whole ? name.start : trimmed(text, name.start, end);
        if (name.end > name.start)
            spans->items[kept++] = name;
    }
    spans->count = kept;
}

void pii_names_cut(struct pii_run *run, const struct pii_normal *normal, size_t first,
                   const char *text, size_t len)
{
    cut_labels(run, normal, first, text, len);
    for (size_t i = first; i < run->spans->count && run->rc == 0; i++)
        if (run->spans->items[i].type == PII_PERSON)
            cut_at_quote(run, i, text, len);
}
