#include <string.h>

#include "router/pii_internal.h"

/* Bytes before a date in which "born", "DOB" and the like speak of it. */
enum { DOB_BEFORE = 32, DOB_AFTER = 6 };

size_t pii_read_digits(const struct pii_run *run, size_t at, unsigned *value)
{
    size_t n = 0;
    *value = 0;
    while (n < 9 && pii_is(run, at + n, PII_DIGIT)) {
        *value = *value * 10 + (unsigned)(run->text[at + n] - '0');
        n++;
    }
    return n;
}

/* 1 to 12 when a month's name (English, German, French, Spanish, Italian) is a whole word at `at`.
 */
static unsigned read_month(const struct pii_run *run, size_t at, size_t *length)
{
    static const struct {
        const char *name;
        uint8_t month;
    } names[] = {
        {"january", 1},    {"jan", 1},        {"februar", 2},   {"february", 2},   {"feb", 2},
        {"march", 3},      {"mar", 3},        {"märz", 3},      {"april", 4},      {"apr", 4},
        {"may", 5},        {"mai", 5},        {"june", 6},      {"jun", 6},        {"juni", 6},
        {"july", 7},       {"jul", 7},        {"juli", 7},      {"august", 8},     {"aug", 8},
        {"september", 9},  {"sept", 9},       {"sep", 9},       {"october", 10},   {"oct", 10},
        {"oktober", 10},   {"okt", 10},       {"november", 11}, {"nov", 11},       {"december", 12},
        {"dec", 12},       {"dezember", 12},  {"dez", 12},      {"januar", 1},     {"janvier", 1},
        {"février", 2},    {"mars", 3},       {"avril", 4},     {"juin", 6},       {"juillet", 7},
        {"août", 8},       {"septembre", 9},  {"octobre", 10},  {"novembre", 11},  {"décembre", 12},
        {"enero", 1},      {"febrero", 2},    {"marzo", 3},     {"abril", 4},      {"mayo", 5},
        {"junio", 6},      {"julio", 7},      {"agosto", 8},    {"septiembre", 9}, {"octubre", 10},
        {"noviembre", 11}, {"diciembre", 12}, {"gennaio", 1},   {"febbraio", 2},   {"aprile", 4},
        {"maggio", 5},     {"giugno", 6},     {"luglio", 7},    {"settembre", 9},  {"ottobre", 10},
        {"dicembre", 12},
    };
    size_t end = at;
    while (end < at + 12 && pii_is(run, end, PII_LETTER | PII_HIGH))
        end++;
    size_t n = end - at;
    if (n < 3 || pii_is(run, end, PII_LETTER | PII_HIGH))
        return 0;
    char first = pii_lower(run->text[at]), second = pii_lower(run->text[at + 1]);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].name[0] == first && names[i].name[1] == second && strlen(names[i].name) == n &&
            pii_starts_with(run, at, names[i].name)) {
            *length = n;
            return names[i].month;
        }
    }
    return 0;
}

static bool is_year(unsigned value, size_t digits)
{
    return (digits == 4 && value >= 1800 && value <= 2100) || digits == 2;
}

static bool is_day(unsigned value)
{
    return value >= 1 && value <= 31;
}

static size_t skip_ordinal(const struct pii_run *run, size_t at)
{
    static const char *const endings[] = {"st", "nd", "rd", "th"};
    for (size_t i = 0; i < 4; i++)
        if (pii_starts_with(run, at, endings[i]) && !pii_is(run, at + 2, PII_WORD))
            return at + 2;
    return at;
}

/* "T12:34:56.789Z", " 12:34", "+02:00" behind a date belong to it. */
static size_t skip_time(const struct pii_run *run, size_t at)
{
    unsigned value;
    size_t i = at;
    if (pii_at(run, i) != 'T' && pii_at(run, i) != ' ')
        return at;
    i++;
    size_t n = pii_read_digits(run, i, &value);
    if (n == 0 || n > 2 || value > 24 || pii_at(run, i + n) != ':')
        return at;
    i += n + 1;
    n = pii_read_digits(run, i, &value);
    if (n != 2 || value > 59)
        return at;
    i += 2;
    if (pii_at(run, i) == ':' && pii_read_digits(run, i + 1, &value) == 2)
        i += 3;
    if (pii_at(run, i) == '.') {
        n = pii_read_digits(run, i + 1, &value);
        i += n > 0 ? n + 1 : 0;
    }
    if (pii_at(run, i) == 'Z')
        return i + 1;
    if ((pii_at(run, i) == '+' || pii_at(run, i) == '-') &&
        pii_read_digits(run, i + 1, &value) == 2 && pii_at(run, i + 3) == ':')
        return i + 6 <= run->len ? i + 6 : i;
    return i;
}

/* "Born" is said of everybody in an encyclopaedia; a form asks for a date of birth. */
static bool is_form_label(const char *phrase)
{
    static const char *const parts[] = {"dat", "dob", "d o b", "fecha", "bday"};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        if (strstr(phrase, parts[i]) != NULL)
            return true;
    return false;
}

/* A day that stands alone in [start, end), or with the time of it in [start, whole). */
static size_t emit_day(struct pii_run *run, size_t start, size_t end, size_t whole, bool with_year,
                       const char *name)
{
    const char *context =
        with_year ? pii_context_within(run, start, end, CTX(DOB), DOB_BEFORE, DOB_AFTER) : NULL;
    whole = context != NULL ? end : whole;
    pii_emit(run, &(struct pii_candidate){.start = start,
                                          .end = whole,
                                          .type = context ? PII_DATE_OF_BIRTH : PII_DATE_TIME,
                                          .score = context ? 0.95F : 0.6F,
                                          .validated = context != NULL && is_form_label(context),
                                          .recognizer = context ? "birth_date" : name,
                                          .context = context});
    return whole;
}

static size_t emit_date(struct pii_run *run, size_t start, size_t end, bool with_year,
                        const char *name)
{
    size_t whole = skip_time(run, end);
    return pii_stands_alone(run, start, whole) ? emit_day(run, start, end, whole, with_year, name)
                                               : 0;
}

static bool is_version(struct pii_run *run, size_t start, size_t end)
{
    char before = pii_before(run, start);
    return (before != '\0' && strchr("=~<>^@\"':/v", before) != NULL) ||
           pii_context_find(run, start, end, CTX(NOT)) != NULL;
}

/* 05/2021: of a card, a form, a course; no fraction of that size is written. */
static size_t month_and_year(struct pii_run *run, size_t at)
{
    unsigned month;
    unsigned year;
    size_t n = pii_read_digits(run, at, &month);
    if (n == 0 || n > 2 || month < 1 || month > 12 || pii_at(run, at + n) != '/' ||
        pii_read_digits(run, at + n + 1, &year) != 4 || year < 1900 || year > 2100)
        return 0;
    return emit_date(run, at, at + n + 5, false, "date_month");
}

/* 20/5/2021, 2021-05-20, 20.05.21 */
static size_t numeric_date(struct pii_run *run, size_t at)
{
    unsigned a;
    unsigned b;
    unsigned c;
    size_t first = pii_read_digits(run, at, &a);
    char separator = pii_at(run, at + first);
    if ((first != 4 && first > 2) || (separator != '-' && separator != '/' && separator != '.'))
        return 0;
    size_t i = at + first + 1;
    size_t second = pii_read_digits(run, i, &b);
    i += second;
    if (second == 0 || second > 2 || pii_at(run, i) != separator)
        return 0;
    i++;
    size_t third = pii_read_digits(run, i, &c);
    i += third;
    if (third == 0 || third > 4 || third == 3)
        return 0;
    bool iso = first == 4 && is_year(a, 4) && b >= 1 && b <= 12 && is_day(c) && third <= 2;
    bool local = first <= 2 && is_year(c, third) && third != 1 &&
                 ((is_day(a) && b >= 1 && b <= 12) || (a >= 1 && a <= 12 && is_day(b)));
    if (local && third == 2 && separator == '.' && pii_at(run, i) == '.')
        return 0;
    /* With a two-digit year and no slash it may be a version: 1.2.34 is one, 20.5.21 a date. */
    if (local && third == 2 && separator != '/' && (first != 2 || second != 2) &&
        (first + second != 3 || is_version(run, at, i)))
        return 0;
    return iso || local ? emit_date(run, at, i, true, "date_numeric") : 0;
}

static size_t skip_join(const struct pii_run *run, size_t at)
{
    size_t i = at;
    while (i < at + 3 && (pii_at(run, i) == ' ' || pii_at(run, i) == ',' || pii_at(run, i) == '-' ||
                          pii_at(run, i) == '.' || pii_at(run, i) == '/'))
        i++;
    return i;
}

/* 5 May 2021, 5th of May, 5-MAY-21 */
static size_t day_first(struct pii_run *run, size_t at)
{
    unsigned day;
    unsigned year;
    size_t length = 0;
    size_t n = pii_read_digits(run, at, &day);
    if (n > 2 || !is_day(day))
        return 0;
    size_t i = skip_ordinal(run, at + n);
    size_t joined = skip_join(run, i);
    if (joined == i)
        return 0;
    i = joined;
    if (pii_starts_with(run, i, "of "))
        i += 3;
    else if (pii_starts_with(run, i, "de "))
        i += 3;
    if (read_month(run, i, &length) == 0)
        return 0;
    i += length;
    size_t end = i;
    i = skip_join(run, i);
    if (pii_starts_with(run, i, "de "))
        i += 3;
    n = i > end ? pii_read_digits(run, i, &year) : 0;
    bool with_year = n > 0 && is_year(year, n) && !pii_is(run, i + n, PII_WORD) &&
                     (n == 4 || pii_at(run, end) == '-');
    return emit_date(run, at, with_year ? i + n : end, with_year, "date_written");
}

/* May 5, 2021; May 2021; May-21 */
static size_t month_first(struct pii_run *run, size_t at)
{
    unsigned day;
    unsigned year;
    size_t length = 0;
    if (read_month(run, at, &length) == 0)
        return 0;
    size_t end = at + length;
    size_t i = skip_join(run, end);
    size_t n = i > end ? pii_read_digits(run, i, &day) : 0;
    if (n == 0 || n > 4)
        return 0;
    if (n == 4)
        return is_year(day, 4) ? emit_date(run, at, i + 4, false, "date_month") : 0;
    if (n == 2 && day > 31 && i == end + 1 && run->text[end] == '-')
        return emit_date(run, at, i + 2, false, "date_month"); /* may-95 */
    if (n == 3 || !is_day(day))
        return 0;
    end = skip_ordinal(run, i + n);
    if (pii_is(run, end, PII_WORD))
        return 0;
    i = skip_join(run, end);
    n = i > end ? pii_read_digits(run, i, &year) : 0;
    bool with_year = n == 4 && is_year(year, 4) && !pii_is(run, i + 4, PII_WORD);
    return emit_date(run, at, with_year ? i + n : end, with_year, "date_written");
}

size_t pii_counted_by(const struct pii_run *run, size_t at, unsigned most, const char *const *signs)
{
    unsigned value;
    size_t n = pii_read_digits(run, at, &value);
    if (n == 0 || value == 0 || value > most)
        return 0;
    at += n + pii_is_gap(pii_at(run, at + n));
    for (; *signs != NULL; signs++)
        if (pii_starts_with(run, at, *signs))
            return at + strlen(*signs);
    return 0;
}

/* "12月1号楼", house 1 in December. */
static bool is_number_of_building(const struct pii_run *run, size_t at)
{
    static const char *const numbers[] = {"号", "號", NULL};
    static const char *const signs[] = {"楼", "樓", "线", "線", "房", "室", "院", "门", "門", NULL};
    return pii_starts_with_one_of(run, at - strlen(numbers[0]), numbers) &&
           pii_starts_with_one_of(run, at, signs);
}

/* 2021年3月12日, 3月12日, 平成29年3月, 2021년 3월 12일: what follows the day may be the next word.
 */
static size_t east_asian_date(struct pii_run *run, size_t at)
{
    static const char *const years[] = {"年", "년", NULL};
    static const char *const months[] = {"月", "월", NULL};
    static const char *const days[] = {"日", "号", "號", "일", NULL};
    static const char *const eras[] = {"令和", "平成", "昭和", "大正",
                                       "明治", "民国", "民國", NULL};
    unsigned first;
    size_t sign = at + pii_read_digits(run, at, &first);
    sign += pii_is_gap(pii_at(run, sign));
    if (!pii_is(run, sign, PII_HIGH) || (at > 0 && pii_is(run, at - 1, PII_ALNUM)))
        return 0;
    size_t start = at;
    size_t month = pii_counted_by(run, at, 2100, years);
    if (month != 0)
        month += pii_is_gap(pii_at(run, month));
    size_t day = pii_counted_by(run, month != 0 ? month : at, 12, months);
    if (day == 0)
        return 0;
    size_t day_at = day + pii_is_gap(pii_at(run, day));
    size_t end = pii_counted_by(run, day_at, 31, days);
    if (end != 0 && is_number_of_building(run, end))
        end = 0;
    if (month == 0 && end == 0)
        return 0; /* "3月": any March */
    for (size_t i = 0; month != 0 && eras[i] != NULL; i++) {
        size_t before = strlen(eras[i]) + pii_is_gap(pii_before(run, at));
        if (at >= before && pii_starts_with(run, at - before, eras[i]))
            start = at - before;
    }
    end = end != 0 ? end : day;
    return emit_day(run, start, end, end, month != 0, "date_written");
}

/* Part of a date of birth, right behind the word for it. */
static size_t birth_part(struct pii_run *run, size_t at, size_t end)
{
    if (!pii_stands_alone(run, at, end))
        return 0;
    const char *context = pii_context_within(run, at, end, CTX(DOB), 8, 0);
    if (context == NULL)
        return 0;
    pii_emit(run, &(struct pii_candidate){.start = at,
                                          .end = end,
                                          .type = PII_DATE_OF_BIRTH,
                                          .score = 0.6F,
                                          .recognizer = "birth_part",
                                          .context = context});
    return end;
}

/* "birthday 05/21": the day without the year, or the month with it */
static size_t birth_day(struct pii_run *run, size_t at)
{
    unsigned month;
    unsigned day;
    size_t n = pii_read_digits(run, at, &month);
    if (n == 0 || n > 2 || month < 1 || month > 31 || pii_at(run, at + n) != '/' ||
        pii_read_digits(run, at + n + 1, &day) != 2)
        return 0;
    return birth_part(run, at, at + n + 3);
}

/* "born in 1960": the year alone is the date */
static size_t birth_year(struct pii_run *run, size_t at)
{
    unsigned year;
    if (pii_read_digits(run, at, &year) != 4 || year < 1900 || year > 2100)
        return 0;
    return birth_part(run, at, at + 4);
}

size_t pii_date(struct pii_run *run, size_t at)
{
    if (!pii_is(run, at, PII_DIGIT))
        return month_first(run, at);
    size_t end = numeric_date(run, at);
    if (end == 0)
        end = east_asian_date(run, at);
    if (end == 0)
        end = day_first(run, at);
    if (end == 0)
        end = month_and_year(run, at);
    if (end == 0)
        end = birth_year(run, at);
    if (end == 0)
        end = birth_day(run, at);
    return end != 0 ? end : pii_told_day(run, at);
}
