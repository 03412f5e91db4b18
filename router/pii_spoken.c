#include <string.h>

#include "router/pii_internal.h"

/*
 * Numbers in words: "five five five, one two three, four five six seven", "double seven",
 * "two one nine forty-five sixty-seven eighty", "212 then 664 dash 7665". They are read as digits,
 * with a dash where the speaker pauses; what follows asks for check digits, shapes and labels as it
 * does of any number. English, and the plain digits of German, French and Spanish.
 */
enum { GAP_MAX = 3, WORDS_MIN = 3, GROUP_MAX = 16, FILLER_WORDS = 2 };

enum token { NONE, DIGIT, TEN, TEEN, GROUP, TIMES, PLUS, PAUSE, AMOUNT };

struct word {
    const char *text;
    uint8_t token;
    uint8_t value;
};

static const struct word words[] = {
    {"zero", DIGIT, 0},     {"oh", DIGIT, 0},        {"o", DIGIT, 0},        {"nought", DIGIT, 0},
    {"one", DIGIT, 1},      {"two", DIGIT, 2},       {"three", DIGIT, 3},    {"four", DIGIT, 4},
    {"five", DIGIT, 5},     {"six", DIGIT, 6},       {"seven", DIGIT, 7},    {"eight", DIGIT, 8},
    {"nine", DIGIT, 9},     {"niner", DIGIT, 9},     {"ten", TEEN, 0},       {"eleven", TEEN, 1},
    {"twelve", TEEN, 2},    {"thirteen", TEEN, 3},   {"fourteen", TEEN, 4},  {"fifteen", TEEN, 5},
    {"sixteen", TEEN, 6},   {"seventeen", TEEN, 7},  {"eighteen", TEEN, 8},  {"nineteen", TEEN, 9},
    {"twenty", TEN, 2},     {"thirty", TEN, 3},      {"forty", TEN, 4},      {"fifty", TEN, 5},
    {"sixty", TEN, 6},      {"seventy", TEN, 7},     {"eighty", TEN, 8},     {"ninety", TEN, 9},
    {"double", TIMES, 2},   {"triple", TIMES, 3},    {"then", PAUSE, 0},     {"dash", PAUSE, 0},
    {"hyphen", PAUSE, 0},   {"minus", PAUSE, 0},     {"and", PAUSE, 0},      {"plus", PLUS, 0},
    {"hundred", AMOUNT, 0}, {"thousand", AMOUNT, 0}, {"million", AMOUNT, 0}, {"null", DIGIT, 0},
    {"eins", DIGIT, 1},     {"zwei", DIGIT, 2},      {"zwo", DIGIT, 2},      {"drei", DIGIT, 3},
    {"vier", DIGIT, 4},     {"fünf", DIGIT, 5},      {"sechs", DIGIT, 6},    {"sieben", DIGIT, 7},
    {"acht", DIGIT, 8},     {"neun", DIGIT, 9},      {"cero", DIGIT, 0},     {"uno", DIGIT, 1},
    {"dos", DIGIT, 2},      {"tres", DIGIT, 3},      {"cuatro", DIGIT, 4},   {"cinco", DIGIT, 5},
    {"seis", DIGIT, 6},     {"siete", DIGIT, 7},     {"ocho", DIGIT, 8},     {"nueve", DIGIT, 9},
    {"zéro", DIGIT, 0},     {"deux", DIGIT, 2},      {"trois", DIGIT, 3},    {"quatre", DIGIT, 4},
    {"cinq", DIGIT, 5},     {"sept", DIGIT, 7},      {"huit", DIGIT, 8},     {"neuf", DIGIT, 9},
    {"un", DIGIT, 1},
};

/* How the words go on behind their first letter: most words of a text are none of them. */
#define SECOND(letter) (1u << ((letter) - 'a'))
static const uint32_t seconds[26] = {
    ['a' - 'a'] = SECOND('n') | SECOND('c'),
    ['c' - 'a'] = SECOND('e') | SECOND('u') | SECOND('i'),
    ['d' - 'a'] = SECOND('o') | SECOND('a') | SECOND('r') | SECOND('e'),
    ['e' - 'a'] = SECOND('i') | SECOND('l'),
    ['f' - 'a'] = SECOND('o') | SECOND('i'),
    ['h' - 'a'] = SECOND('y') | SECOND('u'),
    ['m' - 'a'] = SECOND('i'),
    ['n' - 'a'] = SECOND('o') | SECOND('i') | SECOND('u') | SECOND('e'),
    ['o' - 'a'] = SECOND('h') | SECOND('n') | SECOND('c'),
    ['p' - 'a'] = SECOND('l'),
    ['q' - 'a'] = SECOND('u'),
    ['s' - 'a'] = SECOND('i') | SECOND('e'),
    ['t' - 'a'] = SECOND('w') | SECOND('h') | SECOND('e') | SECOND('r'),
    ['u' - 'a'] = SECOND('n'),
    ['v' - 'a'] = SECOND('i'),
    ['z' - 'a'] = SECOND('e') | SECOND('w'),
};

/* No more than a guess: "o" alone and what goes on with é or ü pass too. */
static bool may_be_word(const uint8_t *text, size_t len, size_t at)
{
    unsigned first = (text[at] | 0x20u) - 'a';
    if (first >= 26 || seconds[first] == 0)
        return false;
    if (at + 1 >= len || (pii_class[text[at + 1]] & PII_LETTER) == 0)
        return true;
    return (seconds[first] >> ((text[at + 1] | 0x20u) - 'a') & 1) != 0;
}

static bool is(const uint8_t *text, size_t len, size_t at, unsigned classes)
{
    return at < len && (pii_class[text[at]] & classes) != 0;
}

static const struct word *read_word(const uint8_t *text, size_t len, size_t at, size_t *length)
{
    enum { WORD_MAX = 9 };
    char lower[WORD_MAX + 1];
    size_t n = 0;
    if (at >= len || !may_be_word(text, len, at))
        return NULL;
    while (n <= WORD_MAX && is(text, len, at + n, PII_WORD)) {
        lower[n < WORD_MAX ? n : WORD_MAX] = pii_lower((char)text[at + n]);
        n++;
    }
    if (n == 0 || n > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (words[i].text[0] == lower[0] && strlen(words[i].text) == n &&
            memcmp(words[i].text, lower, n) == 0) {
            *length = n;
            return &words[i];
        }
    return NULL;
}

/* Reading one number: what it has become, and of what. */
struct reading {
    const uint8_t *text;
    size_t len;
    struct pii_spoken *out;
    size_t words, pauses;
    enum token last;
    unsigned times;    /* of a "double" that waits for its digit */
    size_t times_at;   /* where that stands */
    bool amount, full; /* "two hundred"; more digits than any identifier has */
};

static void put(struct reading *r, char c, size_t at, size_t width)
{
    struct pii_spoken *out = r->out;
    if (out->count == PII_SPOKEN_MAX) {
        r->full = true;
        return;
    }
    out->pieces[out->count++] = (struct pii_spoken_piece){.c = c, .at = at, .width = width};
    out->digits += (pii_class[(uint8_t)c] & PII_DIGIT) != 0;
}

/* The digit `count` times over, the first ones in place of the words in front of it. */
static void put_times(struct reading *r, char c, size_t at, size_t width)
{
    size_t before = at - r->times_at;
    if (r->times == 2)
        put(r, c, r->times_at, before);
    if (r->times == 3) {
        put(r, c, r->times_at, before / 2);
        put(r, c, r->times_at + before / 2, before - before / 2);
    }
    put(r, c, at, width);
    r->times = 0;
}

/* One word or group of digits; its end, or 0 when the number has ended. */
static size_t read_token(struct reading *r, size_t at)
{
    if (is(r->text, r->len, at, PII_DIGIT)) {
        size_t n = 0;
        while (n <= GROUP_MAX && is(r->text, r->len, at + n, PII_DIGIT))
            n++;
        if (n > GROUP_MAX || r->times != 0 || is(r->text, r->len, at + n, PII_WORD))
            return 0;
        for (size_t i = 0; i < n; i++)
            put(r, (char)r->text[at + i], at + i, 1);
        r->last = GROUP;
        return at + n;
    }
    size_t n = 0;
    const struct word *word = read_word(r->text, r->len, at, &n);
    if (word == NULL || (r->times != 0 && word->token != DIGIT))
        return 0;
    char c = (char)('0' + word->value);
    switch (word->token) {
    case DIGIT:
        if (r->out->count == 0 && word->value == 0 && n <= 2)
            return 0; /* "oh" begins no number */
        /* "forty" was written 40: "forty-five" takes the nought back */
        if (r->last == TEN && r->times == 0 && word->value != 0 && !r->full &&
            r->out->pieces[r->out->count - 1].c == '0') {
            struct pii_spoken_piece *nought = &r->out->pieces[r->out->count - 1];
            *nought = (struct pii_spoken_piece){.c = c, .at = at, .width = n};
            nought[-1].width = at - nought[-1].at;
        } else if (r->times != 0) {
            put_times(r, c, at, n);
        } else {
            put(r, c, at, n);
        }
        break;
    case TEN:
        put(r, c, at, n / 2);
        put(r, '0', at + n / 2, n - n / 2);
        break;
    case TEEN:
        put(r, '1', at, n / 2);
        put(r, c, at + n / 2, n - n / 2);
        break;
    case TIMES:
        r->times = word->value;
        r->times_at = at;
        break;
    case PLUS:
        if (r->out->count != 0)
            return 0;
        put(r, '+', at, n);
        break;
    case AMOUNT:
        r->amount = true;
        break;
    default:
        return 0;
    }
    r->words++;
    r->last = word->token;
    return at + n;
}

static size_t skip_gap(const struct reading *r, size_t at, bool *pause)
{
    size_t i = at;
    while (i < r->len && i - at < GAP_MAX && strchr(" ,-.()/", r->text[i]) != NULL &&
           r->text[i] != '\0') {
        *pause = *pause || r->text[i] != ' ';
        i++;
    }
    return i;
}

/* What lies between two tokens: spaces, a comma, "then", "and then". The next token, or 0. */
static size_t read_gap(struct reading *r, size_t at)
{
    bool pause = false;
    size_t i = skip_gap(r, at, &pause);
    if (i == at)
        return 0;
    for (size_t filler = 0; filler < FILLER_WORDS; filler++) {
        size_t n = 0;
        const struct word *word = read_word(r->text, r->len, i, &n);
        if (word == NULL || word->token != PAUSE)
            break;
        r->pauses += word->text[0] != 'a'; /* "and" joins amounts too */
        pause = true;
        size_t next = skip_gap(r, i + n, &pause);
        if (next == i + n)
            return 0;
        i = next;
    }
    bool groups = r->last == GROUP || is(r->text, r->len, i, PII_DIGIT);
    bool tens = r->last == TEN && i == at + 1; /* "forty-five" */
    if ((pause || groups) && !tens && r->times == 0 && r->out->count > 0)
        put(r, '-', at, i - at);
    return i;
}

/* One two three four …: somebody counts. */
static bool is_counting(const struct pii_spoken *spoken)
{
    char previous = '\0';
    size_t steps = 0;
    for (size_t i = 0; i < spoken->count; i++) {
        char c = spoken->pieces[i].c;
        if (c == '-' || c == '+')
            continue;
        steps += previous != '\0' && c - previous == 1;
        previous = c;
    }
    return steps + 3 >= spoken->digits;
}

static void drop_dash(struct pii_spoken *spoken)
{
    if (spoken->count > 0 && spoken->pieces[spoken->count - 1].c == '-')
        spoken->count--;
}

size_t pii_spoken_read(const uint8_t *text, size_t len, size_t at, struct pii_spoken *out)
{
    enum { DIGITS_MIN = 7, DIGITS_MAX = 19 };
    struct reading r = {.text = text, .len = len, .out = out};
    out->count = 0;
    out->digits = 0;
    size_t end = at;
    size_t token = read_token(&r, at);
    while (token != 0) {
        end = token;
        size_t next = read_gap(&r, token);
        token = next != 0 && next < len ? read_token(&r, next) : 0;
    }
    drop_dash(out);
    bool spoken = r.words >= WORDS_MIN || (r.pauses > 0 && r.last == GROUP);
    if (!spoken || r.amount || r.full || r.times != 0 || out->digits < DIGITS_MIN ||
        out->digits > DIGITS_MAX || is_counting(out))
        out->count = 0;
    return end;
}

/* Is there any of the words? Without one a text of many numbers need not be read. */
static bool has_words(const uint8_t *text, size_t len)
{
    for (size_t at = 0, n; at < len; at++) {
        if ((pii_class[text[at]] & PII_WORD) == 0)
            continue;
        if (read_word(text, len, at, &n) != NULL)
            return true;
        while (at < len && (pii_class[text[at]] & PII_WORD) != 0)
            at++;
    }
    return false;
}

bool pii_has_spoken(const uint8_t *text, size_t len)
{
    struct pii_spoken spoken;
    if (!has_words(text, len))
        return false;
    for (size_t at = 0; at < len;) {
        if ((pii_class[text[at]] & PII_WORD) == 0) {
            at++;
            continue;
        }
        size_t end = pii_spoken_read(text, len, at, &spoken);
        if (spoken.count != 0)
            return true;
        at = end > at ? end : at + 1;
        while (at < len && (pii_class[text[at]] & PII_WORD) != 0)
            at++;
    }
    return false;
}
