#include <string.h>

#include "router/pii_internal.h"

/*
 * The one pass over the text that finds identifiers. Each byte is classed by a table; only what can
 * begin or anchor an identifier costs more: a number, an alphanumeric token, '@', ':', a dash row.
 */
enum { TOKEN_MAX = 128 };

void pii_emit(struct pii_run *run, const struct pii_candidate *candidate)
{
    if (run->rc != 0)
        return;
    struct pii_span span = {
        .start = candidate->start,
        .end = candidate->end,
        .type = candidate->type,
        .score = candidate->score,
        .source = PII_SOURCE_RECOGNIZER,
        .validated = candidate->validated,
        .placeholder = candidate->placeholder,
        .recognizer = candidate->recognizer,
        .context = candidate->context,
    };
    run->rc = pii_spans_add(run->spans, &span, run->err);
}

bool pii_starts_with(const struct pii_run *run, size_t at, const char *lower)
{
    for (; *lower != '\0'; lower++, at++)
        if (at >= run->len || (pii_lower(run->text[at]) != pii_lower(*lower) &&
                               (uint8_t)run->text[at] != (uint8_t)*lower))
            return false;
    return true;
}

bool pii_starts_with_one_of(const struct pii_run *run, size_t at, const char *const *list)
{
    for (; *list != NULL; list++)
        if (pii_starts_with(run, at, *list))
            return true;
    return false;
}

/* Does [start, end), behind a digit and a comma, go on with that number, "1,234" or "3,14159",
 * rather than begin the next field of a row? */
static bool is_after_comma(const struct pii_run *run, size_t start, size_t end)
{
    enum {
        GROUP = 3,
        FIELD_LEAST = 9
    }; /* "7,4539578763621486" is a row, as no fraction is so long */
    size_t head = start - 1, digits = start;
    while (head > 0 && start - 1 - head <= GROUP && pii_is(run, head - 1, PII_DIGIT))
        head--;
    bool whole = start - 1 - head <= GROUP && (head == 0 || pii_is(run, head - 1, PII_SPACE) ||
                                               strchr("([{$<>=\"'", run->text[head - 1]) != NULL);
    while (digits < end && pii_is(run, digits, PII_DIGIT))
        digits++;
    return whole && ((digits == end && end - start < FIELD_LEAST) ||
                     (digits == start + GROUP && pii_at(run, digits) != '-'));
}

static inline bool begins_alone(const struct pii_run *run, size_t start, size_t end)
{
    if (start > 0) {
        char before = run->text[start - 1];
        if (pii_is(run, start - 1, PII_WORD) || before == '$' || before == '_' || before == '^')
            return false;
        if (strchr("-./+,&~%", before) != NULL && start > 1 && pii_is(run, start - 2, PII_WORD))
            return before == ',' &&
                   (!pii_is(run, start - 2, PII_DIGIT) || !is_after_comma(run, start, end));
    }
    return true;
}

static inline bool ends_alone(const struct pii_run *run, size_t start, size_t end)
{
    if (end < run->len) {
        char after = run->text[end];
        if (pii_is(run, end, PII_WORD) || after == '%' || after == '_' || after == '@')
            return false;
        if (strchr("-./+:=", after) != NULL && pii_is(run, end + 1, PII_WORD))
            return false;
        if (after == ',' && pii_is(run, end + 1, PII_DIGIT) && pii_is(run, end + 3, PII_DIGIT) &&
            !pii_is(run, end + 4, PII_DIGIT) && end - start <= 3)
            return false; /* 1,234 */
    }
    return true;
}

bool pii_stands_alone(const struct pii_run *run, size_t start, size_t end)
{
    return begins_alone(run, start, end) && ends_alone(run, start, end);
}

bool pii_stands_joined(const struct pii_run *run, size_t start, size_t end)
{
    char before = pii_before(run, start), after = pii_at(run, end);
    bool behind = before == '/' && start > 1 && pii_is(run, start - 2, PII_WORD);
    bool ahead = (after == '/' || after == ':') && pii_is(run, end + 1, PII_WORD);
    return behind != ahead && (behind || begins_alone(run, start, end)) &&
           (ahead || ends_alone(run, start, end));
}

/* The longest of what begins at a number. */
static size_t at_number(struct pii_run *run, size_t at)
{
    size_t digits = 1;
    while (digits <= TOKEN_MAX && pii_is(run, at + digits, PII_DIGIT))
        digits++;
    size_t end = 0;
    char next = pii_at(run, at + digits);
    if (digits <= 3 && next == '.' && (end = pii_ipv4(run, at)) != 0)
        return end;
    if (digits <= 19 && (end = pii_card(run, at)) != 0)
        return end;
    if (digits <= 4 && (end = pii_date(run, at)) != 0)
        return end;
    if (digits <= 3 && (end = pii_age(run, at)) != 0)
        return end;
    if (digits <= 5 && (end = pii_address(run, at)) != 0)
        return end;
    if (digits <= 18) {
        size_t rule = pii_rules(run, at);
        size_t phone = pii_phone(run, at);
        end = rule > phone ? rule : phone;
    }
    return end;
}

/* A token that begins with a letter or mixes letters and digits. */
static size_t at_mixed(struct pii_run *run, size_t at, size_t token, bool digits)
{
    size_t n = token - at;
    size_t end = 0;
    if (digits && n >= 26 && n <= TOKEN_MAX && (end = pii_crypto(run, at)) != 0)
        return end;
    if (pii_is(run, at, PII_LETTER) && pii_is(run, at + 1, PII_LETTER) &&
        pii_is(run, at + 2, PII_DIGIT) && pii_is(run, at + 3, PII_DIGIT) &&
        (end = pii_iban(run, at)) != 0)
        return end;
    /* A short word may be the head of a spaced identifier, which goes on with a digit; of a British
     * licence it is five letters of the surname. */
    bool head = n <= 3 || (n == 5 && pii_is(run, token - 1, PII_UPPER));
    if (digits || (head && pii_is(run, token + 1, PII_DIGIT) &&
                   (pii_at(run, token) == ' ' || pii_at(run, token) == '-')))
        end = pii_rules(run, at);
    return end;
}

/*
 * A German number plate: "B-AB 1234", "M-XY 99E". Without the space ("B-AB1234"), or without the
 * dash ("B AB 1234"), only beside a word that says so.
 */
static size_t plate(struct pii_run *run, size_t at, size_t dash)
{
    size_t letters = dash + 1;
    while (letters < dash + 3 && pii_is(run, letters, PII_UPPER))
        letters++;
    bool spaced = pii_at(run, letters) == ' ';
    size_t start = letters + spaced;
    size_t end = start;
    while (end < start + 4 && pii_is(run, end, PII_DIGIT))
        end++;
    if (letters == dash + 1 || end == start || pii_at(run, start) == '0')
        return 0;
    if (pii_at(run, end) == 'E' || pii_at(run, end) == 'H')
        end++; /* electric, historic */
    const char *context = pii_context_find(run, at, end, CTX(VEHICLE));
    bool plain = spaced && run->text[dash] == '-';
    if (!pii_stands_alone(run, at, end) || (context == NULL && !plain))
        return 0;
    pii_emit(run, &(struct pii_candidate){.start = at,
                                          .end = end,
                                          .type = PII_DE_LICENSE_PLATE,
                                          .score = context != NULL ? 0.85F : 0.4F,
                                          .recognizer = "de_plate",
                                          .context = context});
    return end;
}

/* One to three capitals, "M", "GÖ", "SÜW"? */
static bool is_place(const struct pii_run *run, size_t at, size_t end)
{
    size_t letters = 0;
    while (at < end) {
        bool umlaut = (uint8_t)run->text[at] == 0xc3 && strchr("\x84\x96\x9c", pii_at(run, at + 1));
        if (!umlaut && !pii_is(run, at, PII_UPPER))
            return false;
        at += umlaut ? 2 : 1;
        letters++;
    }
    return letters <= 3;
}

/* A licence of Washington State: twelve capitals, digits and stars where the name was too short,
 * "DOE**MJ501P1". */
static size_t starred_licence(struct pii_run *run, size_t at)
{
    enum { LENGTH = 12, DIGITS_LEAST = 3, STARS_LEAST = 2 };
    size_t digits = 0, stars = 0, end = at;
    while (end < at + LENGTH &&
           (pii_is(run, end, PII_UPPER | PII_DIGIT) || pii_at(run, end) == '*')) {
        digits += pii_is(run, end, PII_DIGIT);
        stars += run->text[end] == '*';
        end++;
    }
    if (end < at + LENGTH || digits < DIGITS_LEAST || stars == 0 || pii_at(run, end) == '*' ||
        !pii_stands_alone(run, at, end))
        return 0;
    const char *context = pii_context_find(run, at, end, CTX(LICENSE));
    if (context == NULL && stars < STARS_LEAST)
        return 0;
    pii_emit(run, &(struct pii_candidate){.start = at,
                                          .end = end,
                                          .type = PII_US_DRIVER_LICENSE,
                                          .score = context != NULL ? 0.8F : 0.4F,
                                          .recognizer = "us_driver_license",
                                          .context = context});
    return end;
}

/* Is there a digit where a date would go on: "May 5", "May-21", "Mar. 3"? */
static bool number_follows(const struct pii_run *run, size_t at)
{
    for (size_t i = at; i < at + 3; i++)
        if (pii_is(run, i, PII_DIGIT))
            return i > at;
    return false;
}

static size_t at_word(struct pii_run *run, size_t at)
{
    size_t end = at;
    bool digits = false;
    bool high = false;
    while (end < run->len && pii_is(run, end, PII_WORD)) {
        digits |= pii_is(run, end, PII_DIGIT);
        high |= pii_is(run, end, PII_HIGH);
        end++;
    }
    size_t n = end - at;
    size_t found = 0;
    char next = pii_at(run, end);
    if ((digits || next == '-' || next == '_' || next == '.' || n >= 16) && n <= 4096 &&
        (found = pii_secret(run, at)) != 0)
        return found;
    if (n == 2 && (run->text[at] | 0x20) == 'a' && (run->text[at + 1] | 0x20) == 't' &&
        (found = pii_email_spelled(run, at)) != 0)
        return found;
    if (n == 3 && next == '.' && pii_starts_with(run, at, "www") && (found = pii_url(run, at)) != 0)
        return found;
    if (!digits && n <= 12 && n >= 3 && number_follows(run, end) &&
        (found = pii_date(run, at)) != 0)
        return found;
    if (n <= TOKEN_MAX && !high && (found = at_mixed(run, at, end, digits)) != 0)
        return found;
    if (n >= 2 && !digits && (pii_is(run, at, PII_UPPER) || (n == 2 && next == '.')) &&
        (next == ' ' || next == '.') && (found = pii_street(run, at)) != 0)
        return found;
    bool parted = next == '-' || (next == ' ' && (run->seen & CTX(VEHICLE)) != 0);
    if (n <= 4 && parted && is_place(run, at, end) && (found = plate(run, at, end)) != 0)
        return found;
    if (next == '*' && pii_is(run, at, PII_UPPER) && (found = starred_licence(run, at)) != 0)
        return found;
    if (n == 2 && next == '-' && (found = pii_mac(run, at)) != 0)
        return found;
    if (n == 4 && next == '.' && (found = pii_mac(run, at)) != 0)
        return found;
    if (next == '.' && pii_is(run, end + 1, PII_ALNUM) && pii_before(run, at) != '@' &&
        pii_before(run, at) != '.' && (found = pii_domain(run, at)) != 0)
        return found;
    return end;
}

static size_t skip_digits(const struct pii_run *run, size_t at)
{
    while (pii_is(run, at, PII_DIGIT))
        at++;
    return at;
}

void pii_recognize(struct pii_run *run)
{
    size_t at = 0;
    while (at < run->len && run->rc == 0) {
        uint8_t byte = (uint8_t)run->text[at];
        unsigned class = pii_class[byte];
        size_t end = 0;
        if ((class & PII_DIGIT) != 0) {
            end = at_number(run, at);
            if (end == 0) {
                end = skip_digits(run, at);
                /* 12345678Z, 1EG4TE5…: letters make it a token */
                if (pii_is(run, end, PII_LETTER)) {
                    size_t token = at_word(run, at);
                    end = token > end ? token : end;
                } else if (end - at <= 4 && (pii_at(run, end) == '-' || pii_at(run, end) == '.')) {
                    size_t mac = pii_mac(run, at);
                    end = mac != 0 ? mac : end;
                }
            }
        } else if ((class & (PII_LETTER | PII_HIGH)) != 0) {
            end = at_word(run, at);
        } else if (byte == '@') {
            end = pii_email(run, at);
        } else if (byte == '+' || byte == '(') {
            if (pii_is(run, at + 1, PII_DIGIT) || (byte == '+' && pii_at(run, at + 1) == '('))
                end = pii_phone(run, at);
        } else if (byte == ':') {
            if (pii_at(run, at + 1) == '/' && pii_at(run, at + 2) == '/')
                end = pii_url(run, at);
            else if (at >= 2 && pii_is(run, at - 1, PII_HEX) && pii_is(run, at - 2, PII_HEX) &&
                     (at < 3 || !pii_is(run, at - 3, PII_WORD)) &&
                     (end = pii_mac(run, at - 2)) != 0)
                ;
            else if (pii_is(run, at + 1, PII_HEX) || pii_at(run, at + 1) == ':')
                end = pii_ipv6(run, at);
        } else if (byte == '-' && pii_at(run, at + 1) == '-' && pii_at(run, at + 4) == '-') {
            end = pii_pem(run, at);
        }
        at = end > at ? end : at + 1;
    }
    pii_labelled(run);
    pii_people(run);
    pii_east_names(run);
}
