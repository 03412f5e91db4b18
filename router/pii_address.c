#include <string.h>

#include "router/pii_internal.h"

enum { WORDS_MAX = 6, WORD_MAX = 24, TAIL_MAX = 64 };

static size_t word_end(const struct pii_run *run, size_t at)
{
    size_t end = at;
    while (end - at < WORD_MAX && (pii_is(run, end, PII_WORD) || pii_at(run, end) == '\''))
        end++;
    return end;
}

static bool is_one_of(const struct pii_run *run, size_t start, size_t end, const char *const *list,
                      size_t count)
{
    char first = pii_lower(run->text[start]);
    for (size_t i = 0; i < count; i++)
        if (list[i][0] == first && strlen(list[i]) == end - start &&
            pii_starts_with(run, start, list[i]))
            return true;
    return false;
}
#define IS_ONE_OF(run, start, end, list)                                                           \
    is_one_of(run, start, end, list, sizeof(list) / sizeof((list)[0]))

static bool is_suffix(const struct pii_run *run, size_t start, size_t end)
{
    static const char *const suffixes[] = {
        "street",  "st",     "avenue", "ave",     "road",     "rd",       "boulevard", "blvd",
        "lane",    "ln",     "drive",  "dr",      "court",    "ct",       "place",     "pl",
        "terrace", "ter",    "circle", "cir",     "way",      "parkway",  "pkwy",      "highway",
        "hwy",     "square", "sq",     "close",   "crescent", "cres",     "gardens",   "grove",
        "trail",   "trl",    "mews",   "alley",   "plaza",    "loop",     "turnpike",  "row",
        "walk",    "quay",   "ridge",  "heights", "hill",     "broadway", "esplanade", "parade"};
    return IS_ONE_OF(run, start, end, suffixes);
}

/* Rarer ones: only in capitals, after a number and a name. */
static bool is_rare_suffix(const struct pii_run *run, size_t start, size_t end)
{
    static const char *const suffixes[] = {
        "alley",      "annex",    "arcade",    "beach",      "bend",       "bluff",     "branch",
        "bridge",     "brook",    "bypass",    "canyon",     "causeway",   "center",    "centre",
        "cliff",      "corner",   "courtyard", "cove",       "creek",      "crest",     "crossing",
        "crossroad",  "curve",    "dale",      "estate",     "expressway", "falls",     "ferry",
        "field",      "flat",     "ford",      "forest",     "fork",       "freeway",   "garden",
        "gateway",    "glen",     "green",     "harbor",     "harbour",    "haven",     "hollow",
        "inlet",      "island",   "isle",      "junction",   "knoll",      "lake",      "landing",
        "lodge",      "mall",     "manor",     "meadow",     "mew",        "mill",      "motorway",
        "mount",      "mountain", "neck",      "orchard",    "oval",       "overpass",  "park",
        "pass",       "passage",  "path",      "pike",       "pine",       "point",     "port",
        "prairie",    "ramp",     "ranch",     "rest",       "run",        "shoal",     "shore",
        "skyway",     "spring",   "spur",      "station",    "stravenue",  "stream",    "summit",
        "throughway", "trace",    "track",     "trafficway", "tunnel",     "underpass", "valley",
        "via",        "viaduct",  "view",      "village",    "ville",      "vista",     "wall",
        "well",       "wharf",    "yard"};
    if (IS_ONE_OF(run, start, end, suffixes))
        return true;
    return run->text[end - 1] == 's' &&
           (IS_ONE_OF(run, start, end - 1, suffixes) || is_suffix(run, start, end - 1));
}

/* Suffixes that are hardly anything else. */
static bool is_plain_suffix(const struct pii_run *run, size_t start, size_t end)
{
    static const char *const suffixes[] = {"street", "avenue", "ave", "boulevard", "blvd", "lane"};
    return IS_ONE_OF(run, start, end, suffixes);
}

/* Words of street names that come first: rue de la Paix 5, Calle Mayor 3, Via Roma 10. */
static bool is_street_word(const struct pii_run *run, size_t start, size_t end)
{
    static const char *const words[] = {
        "rue",   "calle", "via",   "rua", "avenida", "plaza",  "piazza", "paseo",     "avenue",
        "corso", "viale", "ulica", "ul",  "quai",    "chemin", "place",  "boulevard", "impasse"};
    return IS_ONE_OF(run, start, end, words);
}

/* ", Apt 4B, Springfield, IL 62704" and the like, as far as it is plainly one address. */
static size_t read_tail(const struct pii_run *run, size_t end)
{
    static const char *const units[] = {"apt",  "apartment", "suite", "ste",
                                        "unit", "floor",     "flat"};
    size_t best = end;
    size_t i = end;
    if (pii_at(run, i) == '.')
        i++;
    size_t limit = i + TAIL_MAX;
    while (i < limit) {
        size_t start = i;
        while (i < start + 3 && (pii_at(run, i) == ' ' || pii_at(run, i) == ',' ||
                                 pii_at(run, i) == '#' || pii_at(run, i) == '\n'))
            i++;
        size_t end_of_word = word_end(run, i);
        if (end_of_word == i)
            break;
        bool upper = pii_is(run, i, PII_UPPER);
        bool digits = pii_is(run, i, PII_DIGIT);
        if (IS_ONE_OF(run, i, end_of_word, units)) {
            size_t number = end_of_word;
            while (number < end_of_word + 2 &&
                   (pii_at(run, number) == ' ' || pii_at(run, number) == '.'))
                number++;
            end_of_word = word_end(run, number);
            best = end_of_word;
        } else if (digits && end_of_word - i >= 4 && end_of_word - i <= 6) {
            best = end_of_word; /* a postal code ends it */
            if (pii_at(run, best) == '-' && pii_is(run, best + 1, PII_DIGIT)) {
                size_t more = word_end(run, best + 1);
                if (more - best == 5)
                    best = more;
            }
            break;
        } else if (!upper) {
            break;
        } else if (end_of_word - i == 2 && pii_is(run, i + 1, PII_UPPER)) {
            best = end_of_word; /* a state */
        }
        i = end_of_word;
    }
    return best;
}

static size_t emit_address(struct pii_run *run, size_t start, size_t end, float score,
                           const char *name)
{
    pii_emit(run, &(struct pii_candidate){
                      .start = start,
                      .end = end,
                      .type = PII_STREET_ADDRESS,
                      .score = score,
                      .recognizer = name,
                      .context = pii_context_within(run, start, end, CTX(ADDRESS), 32, 0)});
    return end;
}

/* Four digits that a comma parts from a street are rather a year than its number. */
static bool is_year(const char *digits, size_t n)
{
    return n == 4 && (memcmp(digits, "18", 2) == 0 || memcmp(digits, "19", 2) == 0 ||
                      memcmp(digits, "20", 2) == 0);
}

/* 742 Evergreen Terrace; 12 rue de la Paix */
size_t pii_address(struct pii_run *run, size_t at)
{
    size_t i = at;
    while (i < at + 6 && pii_is(run, i, PII_DIGIT))
        i++;
    if (i - at > 5 || (at > 0 && strchr("$#.,-/:", run->text[at - 1]) != NULL))
        return 0;
    if (pii_is(run, i, PII_LETTER) && !pii_is(run, i + 1, PII_WORD))
        i++; /* 12b */
    if (pii_at(run, i) == ',') {
        if (is_year(run->text + at, i - at))
            return 0; /* "In 2008, Main Street suffered" */
        i++;
    }
    if (pii_at(run, i) != ' ')
        return 0;
    bool named = false; /* a name stands between number and suffix */
    bool foreign = false;
    bool small = false; /* "28 years Dr. Hayes": a word in small letters stands between them */
    for (size_t words = 0; words < WORDS_MAX; words++) {
        size_t start = i + 1;
        size_t end = word_end(run, start);
        if (end == start)
            return 0;
        bool upper = pii_is(run, start, PII_UPPER);
        bool ordinal = pii_is(run, start, PII_DIGIT);
        static const char *const fillers[] = {"the", "of", "and", "to", "a", "an", "in"};
        if (words == 0 && IS_ONE_OF(run, start, end, fillers))
            return 0;
        if (words == 0 && is_street_word(run, start, end) && pii_at(run, end) == ' ') {
            foreign = true;
        } else if (named && is_suffix(run, start, end) && !foreign) {
            /* In small letters "3 hours to walk" reads the same: ask for a sign more. */
            if ((upper && !small) || (!upper && is_plain_suffix(run, start, end)) ||
                pii_context_within(run, at, end, CTX(ADDRESS), 32, 0) != NULL)
                return emit_address(run, at, read_tail(run, end), upper ? 0.85F : 0.6F,
                                    "street_address");
        } else if (named && upper && words > 0 && !foreign && pii_at(run, end) != ' ' &&
                   is_rare_suffix(run, start, end)) {
            return emit_address(run, at, read_tail(run, end), 0.65F, "street_address");
        } else if (named && upper && words > 0 && !foreign && !pii_is(run, end + 1, PII_UPPER) &&
                   is_rare_suffix(run, start, end)) {
            return emit_address(run, at, read_tail(run, end), 0.55F, "street_address");
        }
        if (!upper && !ordinal && !foreign && end - start > 3 && words > 0)
            return 0;
        small = small || (!upper && !ordinal && end - start > 2);
        named = named || upper || (ordinal && pii_is(run, end - 1, PII_LETTER)) ||
                (words == 0 && end - start >= 3);
        if (foreign && words >= 1 && upper &&
            (pii_at(run, end) == ',' || !pii_is(run, end + 1, PII_UPPER)))
            return emit_address(run, at, read_tail(run, end), 0.75F, "street_address_rue");
        i = end;
        if (pii_at(run, i) == '.' && end - start <= 2)
            i++; /* 12 N. Main St */
        if (pii_at(run, i) != ' ')
            return 0;
    }
    return 0;
}

/* ---- what belongs to an address that the tagger found ---- */

/* Where the number before a street, or before a part of the number, begins, "4/15 Beach Rd" and
 * "No. 18, Lane 5", or `at`. */
static size_t before_street(const char *text, size_t len, size_t at)
{
    static const char *const units[] = {"Unit ", "Flat ", "Apt ", "Apt. ", "No. ", "Suite "};
    size_t start = at - (at > 1 && text[at - 1] == ' ');
    start -= start > 1 && text[start - 1] == ',';
    size_t end = start;
    while (start > 0 && end - start < 7 &&
           (pii_byte_is(text, len, start - 1, PII_DIGIT) || text[start - 1] == '/' ||
            text[start - 1] == '-'))
        start--;
    if (start == at || !pii_byte_is(text, len, start, PII_DIGIT) ||
        (text[end] == ',' && is_year(text + start, end - start)) ||
        (start > 0 && text[start - 1] != ' ' && text[start - 1] != '\n'))
        return at;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        size_t n = strlen(units[i]);
        if (start >= n && memcmp(text + start - n, units[i], n) == 0)
            return start - n;
    }
    return start;
}

static size_t digits_end(const char *text, size_t len, size_t at)
{
    size_t end = at;
    while (end < at + 7 && pii_byte_is(text, len, end, PII_DIGIT))
        end++;
    return end;
}

/* Where the house number behind a street ends, if nothing but the end of a clause follows. */
static size_t after_street(const char *text, size_t len, size_t at)
{
    if (at >= len || text[at] != ' ')
        return at;
    size_t end = digits_end(text, len, at + 1);
    if (end == at + 1 || end > at + 5)
        return at;
    end += pii_byte_is(text, len, end, PII_LETTER) && !pii_byte_is(text, len, end + 1, PII_WORD);
    return end == len || strchr(",.;)\n", text[end]) != NULL ? end : at;
}

/* ", 28013 Madrid", ", 1016 DV Amsterdam", ", 411 24 Göteborg": where the code ends, or `at`. The
 * town is a place of its own. */
static size_t after_number(const char *text, size_t len, size_t at)
{
    if (at + 2 >= len || text[at] != ',' || text[at + 1] != ' ')
        return at;
    size_t end = digits_end(text, len, at + 2);
    size_t digits = end - at - 2;
    if (digits == 3 && pii_byte_is(text, len, end, PII_SPACE)) {
        size_t more = digits_end(text, len, end + 1);
        digits = more - end == 3 ? 5 : 0;
        end = more;
    } else if (digits == 4 && end + 3 < len && text[end] == ' ' &&
               pii_byte_is(text, len, end + 1, PII_UPPER) &&
               pii_byte_is(text, len, end + 2, PII_UPPER)) {
        end += 3;
    }
    bool town = end + 1 < len && text[end] == ' ' && pii_byte_is(text, len, end + 1, PII_UPPER);
    return town && digits >= 4 && digits <= 6 ? end : at;
}

/* Rows of numbers look like house numbers and postcodes to the tagger; a street has a name. */
static bool has_letters(const char *text, size_t len, const struct pii_span *span)
{
    size_t at = span->start;
    while (at < span->end && !pii_byte_is(text, len, at, PII_LETTER | PII_HIGH))
        at++;
    return at < span->end;
}

void pii_addresses_complete(struct pii_spans *spans, size_t first, const char *text, size_t len)
{
    size_t kept = first;
    for (size_t i = first; i < spans->count; i++) {
        struct pii_span *span = &spans->items[i];
        bool tagged = span->type == PII_STREET_ADDRESS && span->source == PII_SOURCE_TAGGER;
        if (tagged && !has_letters(text, len, span))
            continue;
        if (tagged) {
            if (pii_byte_is(text, len, span->start, PII_UPPER) ||
                (span->start > 0 && (text[span->start - 1] == '/' || text[span->start - 1] == '-')))
                span->start = before_street(text, len, span->start);
            span->end = after_street(text, len, span->end);
            span->end = after_number(text, len, span->end);
        }
        spans->items[kept++] = *span;
    }
    spans->count = kept;
}

/* ---- streets whose name comes first ---- */

static bool has_german_ending(const struct pii_run *run, size_t start, size_t end)
{
    static const char *const endings[] = {"straße", "strasse", "str",   "gasse",  "platz", "allee",
                                          "weg",    "damm",    "ufer",  "straat", "laan",  "gracht",
                                          "plein",  "gatan",   "vägen", "veien"};
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t n = strlen(endings[i]);
        if (end - start > n + 2 && pii_starts_with(run, end - n, endings[i]))
            return true;
    }
    return false;
}

/* Hauptstraße 12, 10115 Berlin; Calle Mayor 5; P.O. Box 1234 */
size_t pii_street(struct pii_run *run, size_t at)
{
    size_t end = word_end(run, at);
    if (!pii_is(run, at, PII_UPPER) && end - at != 2)
        return 0;
    size_t i = end;
    size_t first = at;
    if (pii_before(run, at) == '-' &&
        (pii_starts_with(run, at, "straße") || pii_starts_with(run, at, "strasse") ||
         pii_starts_with(run, at, "platz") || pii_starts_with(run, at, "weg"))) {
        /* Hans-Beimler-Straße */
        while (first > 0 && at - first < 48 &&
               (pii_is(run, first - 1, PII_WORD) || run->text[first - 1] == '-'))
            first--;
    } else if (has_german_ending(run, at, end)) {
        if (pii_at(run, i) == '.')
            i++;
    } else if (end - at == 2 && pii_at(run, end) == '.' && is_street_word(run, at, end)) {
        i = end + 1; /* ul. Długa 5 */
        for (size_t words = 0; words < 3 && pii_at(run, i) == ' ' && !pii_is(run, i + 1, PII_DIGIT);
             words++)
            i = word_end(run, i + 1);
    } else if (is_street_word(run, at, end) && pii_is(run, end + 1, PII_UPPER | PII_LOWER) &&
               !pii_starts_with(run, at, "place ") && !pii_starts_with(run, at, "avenue ") &&
               !pii_starts_with(run, at, "boulevard ")) {
        for (size_t words = 0; words < 4 && pii_at(run, i) == ' ' && !pii_is(run, i + 1, PII_DIGIT);
             words++)
            i = word_end(run, i + 1);
        if (i == end)
            return 0;
        if (pii_at(run, i) == ',')
            i++;
    } else if (pii_starts_with(run, at, "PO Box ") || pii_starts_with(run, at, "po box ") ||
               pii_starts_with(run, at, "p.o. box ")) {
        i = at + (pii_at(run, at + 1) == '.' ? 8 : 6);
    } else {
        return 0;
    }
    if (pii_at(run, i) != ' ' || !pii_is(run, i + 1, PII_DIGIT))
        return 0;
    size_t number = word_end(run, i + 1);
    if (number - i > 6)
        return 0;
    if (pii_at(run, number) == '/' && pii_is(run, number + 1, PII_DIGIT))
        number = word_end(run, number + 1);
    size_t tail = read_tail(run, number);
    if (tail == number)
        tail = after_number(run->text, run->len, number);
    /* 10115 Berlin: here the town stands behind its code */
    if (tail > number && pii_is(run, tail - 1, PII_DIGIT) && pii_at(run, tail) == ' ' &&
        pii_is(run, tail + 1, PII_UPPER))
        tail = word_end(run, tail + 1);
    return emit_address(run, first, tail, 0.8F, "street_address_local");
}
