/*
 * Cuts text into words as the regular expressions of the BPE families do, written out by hand:
 * each alternative is one function that gives the end of its match, or `at` for none.
 */
#include "engine/unicode.h"
#include "engine/vocab.h"

struct scan {
    const uint32_t *cps;
    size_t count;
};

static uint32_t at_or_0(const struct scan *s, size_t at)
{
    return at < s->count ? s->cps[at] : 0;
}

static bool is_letter(const struct scan *s, size_t at)
{
    if (at >= s->count)
        return false;
    enum unicode_kind k = unicode_kind_of(s->cps[at]);
    return k >= UNICODE_UPPER && k <= UNICODE_LETTER;
}

static bool is_number(const struct scan *s, size_t at)
{
    return at < s->count && unicode_kind_of(s->cps[at]) == UNICODE_NUMBER;
}

static bool is_space(const struct scan *s, size_t at)
{
    return at < s->count && unicode_is_space(s->cps[at]);
}

static bool is_break(const struct scan *s, size_t at)
{
    return at < s->count && (s->cps[at] == '\r' || s->cps[at] == '\n');
}

static bool is_sign(const struct scan *s, size_t at)
{
    return at < s->count && !is_space(s, at) && !is_letter(s, at) && !is_number(s, at);
}

typedef bool predicate(const struct scan *s, size_t at);

static size_t run(const struct scan *s, size_t at, predicate *p)
{
    while (p(s, at))
        at++;
    return at;
}

/* 's 't 'm 'd 're 've 'll */
static size_t contraction(const struct scan *s, size_t at, bool any_case)
{
    if (at_or_0(s, at) != '\'')
        return at;
    uint32_t fold = any_case ? 0x20 : 0;
    uint32_t a = at_or_0(s, at + 1) | fold, b = at_or_0(s, at + 2) | fold;
    if (a == 's' || a == 't' || a == 'm' || a == 'd')
        return at + 2;
    if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l'))
        return at + 3;
    return at;
}

/* " ?" and then a run */
static size_t spaced_run(const struct scan *s, size_t at, predicate *p)
{
    size_t start = at + (at_or_0(s, at) == ' ');
    size_t end = run(s, start, p);
    return end > start ? end : at;
}

/* \s+(?!\S) and then \s+: all the space but the one that belongs to the next word. */
static size_t trailing_space(const struct scan *s, size_t at)
{
    size_t end = run(s, at, is_space);
    return end < s->count && end - at > 1 ? end - 1 : end;
}

static size_t gpt2(const struct scan *s, size_t at)
{
    size_t end = contraction(s, at, false);
    if (end == at)
        end = spaced_run(s, at, is_letter);
    if (end == at)
        end = spaced_run(s, at, is_number);
    if (end == at)
        end = spaced_run(s, at, is_sign);
    return end > at ? end : trailing_space(s, at);
}

/* Digits one by one; the text between them by GPT-2's rules as if it stood alone. */
static size_t smollm(const struct scan *s, size_t at)
{
    if (is_number(s, at))
        return at + 1;
    size_t end = contraction(s, at, false);
    if (end == at)
        end = spaced_run(s, at, is_letter);
    if (end == at)
        end = spaced_run(s, at, is_sign);
    if (end > at)
        return end;
    end = run(s, at, is_space);
    return is_number(s, end) ? end : trailing_space(s, at);
}

/* [^\r\n\p{L}\p{N}]? before letters */
static size_t after_lead(const struct scan *s, size_t at)
{
    bool lead = at < s->count && !is_break(s, at) && !is_letter(s, at) && !is_number(s, at);
    return at + lead;
}

static size_t led_letters(const struct scan *s, size_t at)
{
    size_t start = after_lead(s, at);
    size_t end = run(s, start, is_letter);
    return end > start ? end : at;
}

static bool not_lower_ascii(const struct scan *s, size_t at)
{
    return is_letter(s, at) && !(s->cps[at] >= 'a' && s->cps[at] <= 'z');
}

static bool not_upper_ascii(const struct scan *s, size_t at)
{
    return is_letter(s, at) && !(s->cps[at] >= 'A' && s->cps[at] <= 'Z');
}

/* Capitals and then small letters; letters without case count as both. */
static size_t cased_letters(const struct scan *s, size_t at)
{
    size_t start = after_lead(s, at);
    size_t capitals = run(s, start, not_lower_ascii);
    size_t end = run(s, capitals, not_upper_ascii);
    if (end > capitals)
        return end;
    for (size_t i = capitals; i > start; i--) {
        if (not_upper_ascii(s, i - 1))
            return i;
    }
    return capitals > start ? capitals : at;
}

static size_t digits(const struct scan *s, size_t at, size_t most)
{
    size_t end = at;
    while (end - at < most && is_number(s, end))
        end++;
    return end;
}

static bool is_break_or_slash(const struct scan *s, size_t at)
{
    return is_break(s, at) || at_or_0(s, at) == '/';
}

/* \s*[\r\n]+ */
static size_t breaks(const struct scan *s, size_t at)
{
    size_t end = at;
    for (size_t i = at; is_space(s, i); i++) {
        if (is_break(s, i))
            end = i + 1;
    }
    return end;
}

static size_t signs(const struct scan *s, size_t at, predicate *behind)
{
    size_t end = spaced_run(s, at, is_sign);
    return end > at ? run(s, end, behind) : at;
}

static size_t llama3(const struct scan *s, size_t at, size_t most_digits)
{
    size_t end = contraction(s, at, true);
    if (end == at)
        end = led_letters(s, at);
    if (end == at)
        end = digits(s, at, most_digits);
    if (end == at)
        end = signs(s, at, is_break);
    if (end == at)
        end = breaks(s, at);
    return end > at ? end : trailing_space(s, at);
}

static size_t gpt4o(const struct scan *s, size_t at, size_t most_digits, bool contractions)
{
    size_t end = cased_letters(s, at);
    if (end > at)
        return contractions ? contraction(s, end, true) : end;
    end = digits(s, at, most_digits);
    if (end == at)
        end = signs(s, at, is_break_or_slash);
    if (end == at)
        end = breaks(s, at);
    return end > at ? end : trailing_space(s, at);
}

size_t words_next(enum vocab_words rules, const uint32_t *cps, size_t count, size_t at)
{
    struct scan s = {cps, count};
    size_t end = at;
    switch (rules) {
    case WORDS_GPT2:
        end = gpt2(&s, at);
        break;
    case WORDS_SMOLLM:
        end = smollm(&s, at);
        break;
    case WORDS_LLAMA3:
        end = llama3(&s, at, 3);
        break;
    case WORDS_QWEN2:
        end = llama3(&s, at, 1);
        break;
    case WORDS_GPT4O:
        end = gpt4o(&s, at, 3, true);
        break;
    case WORDS_TEKKEN:
        end = gpt4o(&s, at, 1, false);
        break;
    }
    return end > at ? end : at + 1;
}
