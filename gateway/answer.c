#include "gateway/answer.h"

#include <string.h>
#include <utf8proc.h>

/*
 * A descent of one function per rule, bounded by ANSWER_MAX_DEPTH. `where` follows the few paths
 * that are read: {"usage": {...}, "choices": [{"finish_reason": ...}], "error": ...}.
 */
enum where { AT_ROOT, AT_USAGE, AT_CHOICES, AT_CHOICE, ELSEWHERE };

struct scan {
    const uint8_t *p, *end;
    int depth;
    struct answer_facts *facts;
};

struct span {
    const uint8_t *bytes;
    size_t len;
};

static bool scan_value(struct scan *s, enum where where);

static bool span_is(struct span span, const char *text)
{
    size_t len = strlen(text);
    return span.len == len && memcmp(span.bytes, text, len) == 0;
}

static void skip_space(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

static bool take(struct scan *s, uint8_t c)
{
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static bool take_word(struct scan *s, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(s->end - s->p) < len || memcmp(s->p, word, len) != 0)
        return false;
    s->p += len;
    return true;
}

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(uint8_t c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static bool scan_escape(struct scan *s)
{
    if (s->p == s->end)
        return false;
    switch (*s->p++) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return true;
    case 'u':
        if (s->end - s->p < 4)
            return false;
        for (int i = 0; i < 4; i++)
            if (!is_hex(*s->p++))
                return false;
        return true;
    default:
        return false;
    }
}

/* *out: the raw bytes between the quotes. */
static bool scan_string(struct scan *s, struct span *out)
{
    if (!take(s, '"'))
        return false;
    const uint8_t *start = s->p;
    while (s->p < s->end) {
        uint8_t c = *s->p;
        if (c == '"') {
            *out = (struct span){start, (size_t)(s->p - start)};
            s->p++;
            return true;
        }
        if (c == '\\') {
            s->p++;
            if (!scan_escape(s))
                return false;
        } else if (c < 0x20) {
            return false;
        } else if (c < 0x80) {
            s->p++;
        } else {
            utf8proc_int32_t code;
            utf8proc_ssize_t n = utf8proc_iterate(s->p, s->end - s->p, &code);
            if (n <= 0)
                return false;
            s->p += n;
        }
    }
    return false;
}

static bool scan_digits(struct scan *s)
{
    const uint8_t *start = s->p;
    while (s->p < s->end && is_digit(*s->p))
        s->p++;
    return s->p > start;
}

/* *out: the value of a whole number that fits, else 0. */
static bool scan_number(struct scan *s, uint32_t *out)
{
    *out = 0;
    bool negative = take(s, '-');
    const uint8_t *start = s->p;
    if (!take(s, '0') && !scan_digits(s))
        return false;
    const uint8_t *end = s->p;
    bool whole = true;
    if (take(s, '.')) {
        whole = false;
        if (!scan_digits(s))
            return false;
    }
    if (s->p < s->end && (*s->p | 0x20) == 'e') {
        whole = false;
        s->p++;
        if (!take(s, '+'))
            (void)take(s, '-');
        if (!scan_digits(s))
            return false;
    }
    if (!negative && whole && end - start <= 9)
        for (const uint8_t *d = start; d < end; d++)
            *out = *out * 10 + (uint32_t)(*d - '0');
    return true;
}

static void note_string(struct scan *s, enum where where, struct span key, struct span value)
{
    if (where == AT_CHOICE && span_is(key, "finish_reason")) {
        s->facts->finished = true;
        s->facts->finish = span_is(value, "length") ? BACKEND_FINISH_LENGTH : BACKEND_FINISH_STOP;
    }
}

static void note_number(struct scan *s, enum where where, struct span key, uint32_t value)
{
    if (where != AT_USAGE)
        return;
    if (span_is(key, "prompt_tokens"))
        s->facts->prompt_tokens = value;
    else if (span_is(key, "completion_tokens"))
        s->facts->completion_tokens = value;
}

static enum where below(enum where where, struct span key)
{
    if (where == AT_ROOT && span_is(key, "usage"))
        return AT_USAGE;
    if (where == AT_ROOT && span_is(key, "choices"))
        return AT_CHOICES;
    return ELSEWHERE;
}

static bool scan_member(struct scan *s, enum where where)
{
    struct span key, text;
    uint32_t number;
    skip_space(s);
    if (!scan_string(s, &key))
        return false;
    skip_space(s);
    if (!take(s, ':'))
        return false;
    skip_space(s);
    if (s->p == s->end)
        return false;
    if (where == AT_ROOT && span_is(key, "error"))
        s->facts->error = *s->p != 'n';
    if (*s->p == '"') {
        if (!scan_string(s, &text))
            return false;
        note_string(s, where, key, text);
        return true;
    }
    if (*s->p == '-' || is_digit(*s->p)) {
        if (!scan_number(s, &number))
            return false;
        note_number(s, where, key, number);
        return true;
    }
    return scan_value(s, below(where, key));
}

static bool scan_items(struct scan *s, enum where where, bool object)
{
    uint8_t close = object ? '}' : ']';
    s->p++;
    if (++s->depth > ANSWER_MAX_DEPTH)
        return false;
    skip_space(s);
    if (!take(s, close)) {
        for (;;) {
            if (object ? !scan_member(s, where)
                       : !scan_value(s, where == AT_CHOICES ? AT_CHOICE : ELSEWHERE))
                return false;
            skip_space(s);
            if (take(s, close))
                break;
            if (!take(s, ','))
                return false;
        }
    }
    s->depth--;
    return true;
}

static bool scan_value(struct scan *s, enum where where)
{
    struct span text;
    uint32_t number;
    skip_space(s);
    if (s->p == s->end)
        return false;
    switch (*s->p) {
    case '{':
        return scan_items(s, where == AT_CHOICES ? ELSEWHERE : where, true);
    case '[':
        return scan_items(s, where, false);
    case '"':
        return scan_string(s, &text);
    case 't':
        return take_word(s, "true");
    case 'f':
        return take_word(s, "false");
    case 'n':
        return take_word(s, "null");
    default:
        return scan_number(s, &number);
    }
}

bool answer_scan(const void *bytes, size_t len, struct answer_facts *facts)
{
    struct scan s = {.p = bytes, .end = (const uint8_t *)bytes + len, .facts = facts};
    skip_space(&s);
    if (s.p == s.end || *s.p != '{' || !scan_value(&s, AT_ROOT))
        return false;
    skip_space(&s);
    return s.p == s.end;
}
