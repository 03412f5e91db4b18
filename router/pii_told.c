#include <string.h>

#include "router/pii_internal.h"

/*
 * What leads to nobody by itself, but is somebody's beside "I", "my" or "the patient": when
 * something befell him ("since 2016", "two years ago", "at 2am") and where he lies or lives
 * ("room 12B"). In a text about nobody the same words are left alone.
 */
enum { CLAUSE_BEFORE = 160, CLAUSE_AFTER = 96 };

static const float told_score = 0.5F;

bool pii_is_one_of(const struct pii_run *run, size_t start, size_t end, const char *list)
{
    size_t n = end - start;
    if (n == 0 || end > run->len)
        return false;
    for (; list[1] != '\0'; list = strchr(list + 1, '|')) {
        size_t same = 0;
        while (same < n && pii_lower(run->text[start + same]) == list[1 + same])
            same++;
        if (same == n && list[1 + n] == '|')
            return true;
    }
    return false;
}

static bool ends_clause(const struct pii_run *run, size_t at)
{
    char c = run->text[at];
    return c == '\n' || (strchr(".?!", c) != NULL && pii_is(run, at + 1, PII_SPACE));
}

struct pii_word pii_word_before(const struct pii_run *run, size_t at, const char *gap)
{
    enum { LONGEST = 16 };
    if (at < 2 || strchr(gap, run->text[at - 1]) == NULL)
        return (struct pii_word){at, at};
    struct pii_word word = {at - 1, at - 1};
    while (word.start > 0 && word.end - word.start < LONGEST &&
           pii_is(run, word.start - 1, PII_WORD))
        word.start--;
    return word;
}

/* "in the US", "9 min", "2pm PT", "Mon to Fri", "I/O", "i = 0", "multi-tenant", "my_var". */
static bool only_looks_like(const struct pii_run *run, size_t start, size_t end)
{
    char next = pii_at(run, end);
    char last = start > 0 ? run->text[start - 1] : ' ';
    bool part = next == '-' || next == '/' || last == '-' || last == '/';
    if (next == '_' || next == '=' || last == '_' || pii_starts_with(run, end, " = "))
        return true;
    if (part && (end - start == 1 || pii_is_one_of(run, start, end, "|client|tenant|")))
        return true;
    if (end - start == 1)
        return next == '.' && pii_is(run, end + 1, PII_WORD);
    struct pii_word before = pii_word_before(run, start, " ");
    bool some = before.start < before.end;
    bool shouted =
        some && pii_is(run, before.start, PII_UPPER) && pii_is(run, before.start + 1, PII_UPPER);
    if (pii_is(run, start, PII_UPPER) && pii_is(run, start + 1, PII_UPPER) && !shouted &&
        pii_is_one_of(run, start, end, "|us|eu|me|ma|mi|min|mis|mia|nan|"))
        return true;
    if (pii_is(run, start, PII_UPPER) && pii_is_one_of(run, start, end, "|mon|"))
        return !pii_is(run, end + 1, PII_LOWER) || pii_starts_with(run, end, " to ");
    bool counted = some && pii_is(run, before.start, PII_DIGIT);
    return counted &&
           (pii_is_one_of(run, start, end, "|min|mi|ma|") ||
            (pii_lower(run->text[start - 2]) == 'm' && pii_is_one_of(run, start, end, "|pt|")));
}

/* Those whom a private text is about, as it calls them, by their first letter. */
static bool is_somebody(const struct pii_run *run, size_t start, size_t end)
{
    enum { LONGEST = 8 };
    static const char m[] =
        "|my|me|mine|mum|mom|mein|meine|mir|mon|ma|mes|mi|mis|mio|mia|meu|minha|"
        "mijn|mój|moja|moje|min|mitt|";
    static const char *const words[26] = {
        ['b' - 'a'] = "|benim|",
        ['c' - 'a'] = "|client|",
        ['d' - 'a'] = "|dad|",
        ['e' - 'a'] = "|employee|eu|",
        ['h' - 'a'] = "|hes|",
        ['i' - 'a'] = "|i|im|ive|ich|ik|",
        ['j' - 'a'] = "|je|jag|",
        ['m' - 'a'] = m,
        ['n' - 'a'] = "|nous|nan|",
        ['o' - 'a'] = "|our|",
        ['p' - 'a'] = "|pt|patient|pupil|",
        ['r' - 'a'] = "|resident|",
        ['s' - 'a'] = "|shes|",
        ['t' - 'a'] = "|tenant|",
        ['u' - 'a'] = "|us|",
        ['w' - 'a'] = "|we|wir|wij|",
        ['y' - 'a'] = "|yo|",
    };
    char letter = pii_lower(run->text[start]);
    if (end - start > LONGEST || letter < 'a' || letter > 'z')
        return false;
    const char *list = words[letter - 'a'];
    return list != NULL && pii_is_one_of(run, start, end, list) &&
           !only_looks_like(run, start, end);
}

bool pii_is_told(struct pii_run *run, size_t at)
{
    struct pii_clause *clause = &run->clause;
    if (at < clause->start || at >= clause->end) {
        size_t start = at;
        while (start > 0 && at - start < CLAUSE_BEFORE && !ends_clause(run, start - 1))
            start--;
        *clause = (struct pii_clause){.start = start, .end = start};
    } else if (clause->told) {
        return true;
    }
    while (!clause->closed && clause->end < at + CLAUSE_AFTER) {
        size_t word = clause->end;
        size_t stop = word;
        while (pii_is(run, stop, PII_WORD))
            stop++;
        bool whole = stop > word && (word == 0 || !pii_is(run, word - 1, PII_WORD));
        clause->told = clause->told || (whole && is_somebody(run, word, stop));
        clause->closed = stop >= run->len || ends_clause(run, stop);
        clause->end = stop + !clause->closed;
    }
    return clause->told;
}

static const char date_told[] = "date_told", room_told[] = "room_told";

bool pii_told_found(const struct pii_span *span)
{
    return span->recognizer == date_told || span->recognizer == room_told;
}

static void emit(struct pii_run *run, size_t start, size_t end, enum pii_type type,
                 const char *recognizer)
{
    if (pii_is_told(run, start))
        pii_emit(run, &(struct pii_candidate){.start = start,
                                              .end = end,
                                              .type = type,
                                              .score = told_score,
                                              .recognizer = recognizer});
}

static bool is_behind_one_of(const struct pii_run *run, size_t at, const char *list)
{
    return pii_word_is(run, pii_word_before(run, at, " "), list);
}

static const char joins[] =
    "|in|since|from|until|till|til|by|seit|depuis|desde|dal|da|sinds|od|en|em|am|el|w|we|";

/* "since 2016" */
static size_t year_end(const struct pii_run *run, size_t at)
{
    unsigned year;
    bool plausible = pii_read_digits(run, at, &year) == 4 && year >= 1930 && year <= 2100 &&
                     pii_stands_alone(run, at, at + 4);
    return plausible && is_behind_one_of(run, at, joins) ? at + 4 : 0;
}

/* "on the 14th,", and not "the 14th floor" */
static size_t day_end(const struct pii_run *run, size_t at)
{
    unsigned day;
    size_t end = at + pii_read_digits(run, at, &day);
    if (!pii_is(run, end, PII_LETTER))
        return 0;
    if (end > at + 2 || day < 1 || day > 31 || !pii_is_one_of(run, end, end + 2, "|st|nd|rd|th|") ||
        !is_behind_one_of(run, at, "|the|"))
        return 0;
    end += 2;
    char next = pii_at(run, end);
    bool alone = next == '\0' || next == '\n' || strchr(",.;?!)", next) != NULL;
    return alone && !pii_is(run, end + 1, PII_WORD) ? end : 0;
}

/* "for 11 years", "at 9 weeks", and no age */
static size_t lapse_end(const struct pii_run *run, size_t at)
{
    unsigned count;
    size_t unit = at + pii_read_digits(run, at, &count) + 1;
    size_t end = unit;
    while (pii_is(run, end, PII_LOWER))
        end++;
    bool lasted =
        count > 0 && count < 100 && end > unit && run->text[unit - 1] == ' ' &&
        pii_is_one_of(run, unit, end, "|days|weeks|months|month|week|years|year|yrs|yr|") &&
        is_behind_one_of(run, at, "|for|after|at|within|past|last|over|almost|nearly|about|");
    bool aged = pii_starts_with(run, end, " old") || pii_starts_with(run, end, " of age");
    return lasted && !aged ? end : 0;
}

/* "at 2am", "till 10:30 pm" */
static size_t hour_end(const struct pii_run *run, size_t at)
{
    unsigned hour;
    unsigned minute;
    size_t end = at + pii_read_digits(run, at, &hour);
    if (end > at + 2 || hour < 1 || hour > 12)
        return 0;
    if (pii_at(run, end) == ':' && pii_read_digits(run, end + 1, &minute) == 2 && minute < 60)
        end += 3;
    end += pii_at(run, end) == ' ';
    bool half = pii_is_one_of(run, end, end + 2, "|am|pm|") && !pii_is(run, end + 2, PII_WORD);
    return half && is_behind_one_of(run, at,
                                    "|at|around|about|until|till|by|from|to|since|before|after|")
               ? end + 2
               : 0;
}

size_t pii_told_day(struct pii_run *run, size_t at)
{
    if (pii_before(run, at) != ' ')
        return 0; /* each of them stands behind a word */
    size_t end = year_end(run, at);
    end = end != 0 ? end : day_end(run, at);
    end = end != 0 ? end : lapse_end(run, at);
    end = end != 0 ? end : hour_end(run, at);
    if (end == 0 || !pii_is_told(run, at))
        return 0;
    emit(run, at, end, PII_DATE_TIME, date_told);
    return end;
}

/* Where "three weeks" before "ago" begins, or `at`. */
static size_t ago_start(const struct pii_run *run, size_t at)
{
    struct pii_word unit = pii_word_before(run, at, " ");
    if (!pii_word_is(run, unit,
                     "|minutes|hours|hour|days|day|weeks|week|months|month|years|year|yrs|"))
        return at;
    struct pii_word count = pii_word_before(run, unit.start, " ");
    bool counted = (count.start < count.end && pii_is(run, count.start, PII_DIGIT)) ||
                   pii_word_is(run, count,
                               "|a|an|one|two|three|four|five|six|seven|eight|nine|ten|few|"
                               "some|many|several|couple|of|");
    return counted ? count.start : at;
}

/* "28 weeks pregnant": the lapse, at its unit. */
static void lapse(struct pii_run *run, size_t unit)
{
    unsigned count;
    size_t start = pii_word_before(run, unit, " ").start;
    size_t n = start < unit ? pii_read_digits(run, start, &count) : 0;
    size_t end = unit;
    while (pii_is(run, end, PII_LETTER))
        end++;
    if (n > 0 && start + n + 1 == unit && count > 0 && count < 45)
        emit(run, start, end, PII_DATE_TIME, date_told);
}

/* A phrase of CTX(WHEN). */
void pii_told_when(struct pii_run *run, size_t start, size_t end)
{
    size_t first = start;
    if (end - start > 3 && pii_starts_with(run, end - 3, "old")) {
        pii_age_words(run, start);
        return;
    }
    if (pii_starts_with(run, end - 3, "ant") || pii_starts_with(run, end - 5, "along")) {
        lapse(run, start);
        return;
    }
    if (pii_starts_with(run, start, "ago") && (start = ago_start(run, start)) == first)
        return;
    /* "since May", "am Montag": the day alone */
    size_t second = start;
    while (pii_is(run, second, PII_WORD))
        second++;
    if (second < end && pii_is_one_of(run, start, second, joins))
        start = second + 1;
    emit(run, start, end, PII_DATE_TIME, date_told);
}

/* At "room", "ward", "flat" and the like: the number behind it. */
void pii_told_where(struct pii_run *run, size_t start, size_t end)
{
    enum { NUMBER_BYTES = 5 };
    size_t number = end + (pii_at(run, end) == '.');
    if (pii_at(run, number++) != ' ')
        return;
    size_t stop = number;
    bool digit = false;
    while (stop < number + NUMBER_BYTES && pii_is(run, stop, PII_ALNUM))
        digit |= pii_is(run, stop++, PII_DIGIT);
    bool of_book = pii_starts_with(run, stop, " of "); /* "unit 5 of our textbook" */
    if (digit && !of_book && pii_stands_alone(run, number, stop))
        emit(run, start, stop, PII_LOCATION, room_told);
}
