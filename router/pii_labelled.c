#include <string.h>

#include "router/pii_internal.h"
#include "router/utf8_scan.h"

/*
 * Values that nothing but their label gives away: "MRN: 48-2211", "member id is XK 2291",
 * "password = hunter2". The label is a context hit, so the cost is that of the hits.
 */
enum { VALUE_MAX = 64, JOIN_MAX = 16 };

struct label {
    uint64_t context;
    enum pii_type type;
    float score;
    uint8_t digits; /* the value must have at least so many */
    uint8_t least;  /* … and so many characters */
    bool joined;    /* needs ':', '=', '#' or "is" between */
    const char *name;
};

static const struct label labels[] = {
    {CTX(MRN), PII_MEDICAL_RECORD_NUMBER, 0.9F, 4, 5, false, "medical_record_by_context"},
    {CTX(PLAN), PII_HEALTH_PLAN_NUMBER, 0.75F, 4, 6, false, "health_plan_by_context"},
    {CTX(ACCOUNT), PII_ACCOUNT_NUMBER, 0.7F, 4, 5, false, "account_by_context"},
    {CTX(NUMBER), PII_ACCOUNT_NUMBER, 0.7F, 9, 9, false, "account_by_context"},
    {CTX(CASE), PII_CASE_NUMBER, 0.65F, 2, 4, false, "case_by_context"},
    {CTX(DEVICE), PII_DEVICE_IDENTIFIER, 0.65F, 4, 6, false, "device_by_context"},
    {CTX(PASSPORT), PII_US_PASSPORT, 0.6F, 6, 7, false, "passport_by_context"},
    {CTX(LICENSE), PII_US_DRIVER_LICENSE, 0.5F, 5, 6, true, "license_by_context"},
    {CTX(PLATE), PII_VEHICLE_IDENTIFICATION_NUMBER, 0.5F, 1, 5, false, "plate_by_context"},
    {CTX(PASSWORD), PII_SECRET, 0.8F, 0, 4, true, "password_by_context"},
    {CTX(USER), PII_USERNAME, 0.6F, 0, 3, true, "username_by_context"},
};

/* Behind PII_PARTED: one letter, or none, of a script without spaces ("p@ss中W0rd9"); more of them
 * are the text that goes on, and so is a sign of that text. */
static bool value_goes_on(const struct pii_run *run, size_t at)
{
    const uint8_t *text = (const uint8_t *)run->text;
    uint32_t point = 0, next = 0;
    if (at >= run->len)
        return false;
    size_t behind = at + utf8_scan(text + at, run->len - at, &point);
    if (!char_is_unspaced(point))
        return point < 0x3000 || point > 0xFFFF;
    if (behind < run->len)
        (void)utf8_scan(text + behind, run->len - behind, &next);
    return !char_ends_word(next);
}

static bool is_value(const struct pii_run *run, size_t at, bool any)
{
    char c = pii_at(run, at);
    if (c == '\0' || pii_is(run, at, PII_SPACE))
        return false;
    if (c == PII_PARTED)
        return any && value_goes_on(run, at + 1);
    if (any)
        return strchr("\"'`<>,;", c) == NULL;
    return pii_is(run, at, PII_ALNUM) || c == '-' || c == '/' || c == '_';
}

/* Steps over "no.", "number", "#", ": ", "is" … Says whether there was a plain join. */
static size_t skip_join(const struct pii_run *run, size_t at, bool *joined)
{
    static const char *const words[] = {"number", "num",  "nr",        "no",     "id",  "is",
                                        "was",    "code", "ending in", "ending", "are", "digits",
                                        "是",     "为",   "為",        "は",     "는",  "은"};
    size_t i = at;
    *joined = false;
    while (i < at + JOIN_MAX) {
        char c = pii_at(run, i);
        if (c == ':' || c == '=' || c == '#') {
            *joined = true;
            i++;
        } else if (pii_is_gap(c) || c == '.' || c == '"' || c == '\'' || c == '*' || c == '(' ||
                   c == '\t' || c == '|' || c == '`' || c == '_' || c == ')') {
            i++;
        } else {
            size_t step = 0;
            for (size_t w = 0; w < sizeof(words) / sizeof(words[0]) && step == 0; w++) {
                size_t n = strlen(words[w]);
                if (pii_starts_with(run, i, words[w]) && !pii_is(run, i + n, PII_WORD)) {
                    step = n;
                    *joined = *joined || words[w][0] == 'i' || words[w][0] == 'w' ||
                              (words[w][0] & 0x80) != 0;
                }
            }
            if (step == 0)
                break;
            i += step;
        }
    }
    return i;
}

static bool is_stand_in(const struct pii_run *run, size_t start, size_t end)
{
    static const char *const words[] = {
        "required",  "none",    "null",     "true",      "false",    "string",  "str",
        "your",      "here",    "the",      "must",      "not",      "please",  "reset",
        "field",     "input",   "value",    "incorrect", "wrong",    "text",    "type",
        "self",      "this",    "req",      "request",   "user",     "data",    "hash",
        "protected", "and",     "for",      "os",        "env",      "process", "undefined",
        "a",         "an",      "password", "passwd",    "username", "secret",  "changeme",
        "xxx",       "example", "optional", "in",        "to",       "with"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t n = strlen(words[i]);
        if (pii_starts_with(run, start, words[i]) &&
            (start + n >= end || !pii_is(run, start + n, PII_ALNUM)))
            return true;
    }
    return false;
}

/* Capitals and digits, five to nine of them, as on a vehicle's plate. */
static bool is_plate(struct pii_run *run, const struct pii_context_hit *hit, size_t start,
                     size_t end)
{
    enum { PLATE_MAX = 9, SERIES = 3, VEHICLE_BEFORE = 72, VEHICLE_AFTER = 28 };
    size_t capitals = 0, digits = 0;
    for (size_t i = start; i < end; i++) {
        capitals += pii_is(run, i, PII_UPPER);
        digits += pii_is(run, i, PII_DIGIT);
        if (pii_is(run, i, PII_LOWER))
            return false;
    }
    if (capitals == 0 || end - start > PLATE_MAX)
        return false;
    /* Metal has plates too, and markup tags: "plate T6061", "tag number HTML5". */
    bool vehicle = strchr(hit->phrase, ' ') != NULL && (hit->mask & CTX(VEHICLE)) != 0;
    return vehicle || (capitals == SERIES && digits >= SERIES) ||
           pii_context_within(run, hit->start, end, CTX(VEHICLE), VEHICLE_BEFORE, VEHICLE_AFTER) !=
               NULL;
}

/* "badge 2024-1234" is of a conference, unless it is called a number. */
static bool is_of_conference(const struct pii_run *run, const struct pii_context_hit *hit,
                             size_t start)
{
    unsigned year;
    return strcmp(hit->phrase, "badge") == 0 && start == hit->end + 1 &&
           pii_read_digits(run, start, &year) == 4 && year >= 1990 && year < 2100 &&
           pii_at(run, start + 4) == '-';
}

static void emit_labelled(struct pii_run *run, const struct pii_context_hit *hit,
                          const struct label *label)
{
    bool joined;
    if (pii_starts_with(run, hit->start, "employees"))
        return; /* how many there are */
    size_t start = skip_join(run, hit->end, &joined);
    if (start == hit->end || (label->joined && !joined))
        return;
    bool any = label->type == PII_SECRET;
    if (any && (pii_at(run, hit->start) & 0xF0) == 0xE0 && pii_is(run, start, PII_HIGH))
        return; /* "密码是什么", what the password is */
    size_t end = start;
    size_t digits = 0;
    size_t others = 0;
    while (end < start + VALUE_MAX && is_value(run, end, any)) {
        digits += pii_is(run, end, PII_DIGIT);
        others += !pii_is(run, end, PII_ALNUM);
        end++;
    }
    if (end == start + VALUE_MAX)
        return;
    /* "XK 2291 88": spaced groups go on while they hold digits; "HBX 4821" is a plate. */
    bool series =
        label->context == CTX(PLATE) && end - start <= 3 && pii_is(run, end - 1, PII_UPPER);
    while (!any && pii_at(run, end) == ' ' && pii_is(run, end + 1, PII_DIGIT) &&
           (digits > 0 || series) && end < start + 20) {
        size_t group = end + 1;
        while (group < end + 8 && pii_is(run, group, PII_DIGIT))
            group++;
        if (pii_is(run, group, PII_WORD) || group - end < 3)
            break;
        digits += group - end - 1;
        end = group;
    }
    while (end > start && strchr(".-/_!?)]}", run->text[end - 1]) != NULL)
        end--;
    /* "acct ending 4471": the last four are as many as one tells */
    bool last = label->type == PII_ACCOUNT_NUMBER && (pii_starts_with(run, hit->end, " ending ") ||
                                                      pii_starts_with(run, hit->start, "last "));
    size_t least = last ? 4 : label->least;
    if (digits < label->digits || end - start < least ||
        (digits == 0 && is_stand_in(run, start, end)))
        return;
    if (label->context == CTX(PLATE) && !is_plate(run, hit, start, end))
        return;
    if (is_of_conference(run, hit, start))
        return;
    /* "MIT license: 200100", "a steel plate ABC123": not what the label says */
    if (pii_context_within(run, start, end, label->context, JOIN_MAX, 0) == NULL)
        return;
    if (label->type == PII_SECRET && digits == 0 && others == 0 && end - start < 6)
        return;
    /* A year or a date is no record number. */
    unsigned dots = 0;
    for (size_t i = start; i < end; i++)
        dots += run->text[i] == '/';
    if (dots == 2 && label->type != PII_SECRET && label->type != PII_CASE_NUMBER)
        return;
    pii_emit(run, &(struct pii_candidate){.start = start,
                                          .end = end,
                                          .type = label->type,
                                          .score = label->score,
                                          .validated = label->type == PII_MEDICAL_RECORD_NUMBER,
                                          .recognizer = label->name,
                                          .context = hit->phrase});
}

size_t pii_labelled(struct pii_run *run)
{
    uint64_t any = 0;
    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
        any |= labels[i].context;
    if ((run->seen & any) == 0)
        return 0;
    run->cursor = 0; /* from the beginning of the text again */
    for (size_t h = 0; h < run->hit_count && run->rc == 0; h++) {
        const struct pii_context_hit *hit = &run->hits[h];
        if ((hit->mask & any) == 0)
            continue;
        for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
            if ((hit->mask & labels[i].context) != 0)
                emit_labelled(run, hit, &labels[i]);
    }
    return 0;
}
