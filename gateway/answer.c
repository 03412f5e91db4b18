#include "gateway/answer.h"

#include <string.h>

#include "gateway/base/json_lex.h"

/*
 * A descent of one function per rule, bounded by ANSWER_MAX_DEPTH. `where` follows the few paths
 * that are read: {"usage": {...}, "choices": [{"finish_reason": ...}], "error": ...}.
 */
enum where { AT_ROOT, AT_USAGE, AT_CHOICES, AT_CHOICE, ELSEWHERE };

struct scan {
    struct json_lexer lexer;
    int depth;
    struct answer_facts *facts;
};

static bool scan_value(struct scan *s, enum where where);

static bool text_is(struct json_string string, const char *text)
{
    size_t len = strlen(text);
    return string.len == len && memcmp(string.bytes, text, len) == 0;
}

/* 0 unless it is a whole number that fits. */
static uint32_t count_of(const struct json_digits *number)
{
    uint32_t value = 0;
    if (!number->negative && number->whole && number->integer_len <= 9)
        for (size_t i = 0; i < number->integer_len; i++)
            value = value * 10 + (uint32_t)(number->integer[i] - '0');
    return value;
}

static void note_string(struct scan *s, enum where where, struct json_string key,
                        struct json_string value)
{
    if (where == AT_CHOICE && text_is(key, "finish_reason")) {
        s->facts->finished = true;
        s->facts->finish = text_is(value, "length") ? BACKEND_FINISH_LENGTH : BACKEND_FINISH_STOP;
    }
}

static void note_number(struct scan *s, enum where where, struct json_string key, uint32_t value)
{
    if (where != AT_USAGE)
        return;
    if (text_is(key, "prompt_tokens"))
        s->facts->prompt_tokens = value;
    else if (text_is(key, "completion_tokens"))
        s->facts->completion_tokens = value;
}

static enum where below(enum where where, struct json_string key)
{
    if (where == AT_ROOT && text_is(key, "usage"))
        return AT_USAGE;
    if (where == AT_ROOT && text_is(key, "choices"))
        return AT_CHOICES;
    return ELSEWHERE;
}

static bool scan_member(struct scan *s, enum where where)
{
    struct json_lexer *x = &s->lexer;
    struct json_string key, text;
    struct json_digits number;
    if (!json_lex_string(x, &key))
        return false;
    json_lex_space(x);
    if (!json_lex_byte(x, ':'))
        return false;
    json_lex_space(x);
    if (x->p == x->end)
        return false;
    if (where == AT_ROOT && text_is(key, "error"))
        s->facts->error = *x->p != 'n';
    if (*x->p == '"') {
        if (!json_lex_string(x, &text))
            return false;
        note_string(s, where, key, text);
        return true;
    }
    if (*x->p == '-' || (*x->p >= '0' && *x->p <= '9')) {
        if (!json_lex_number(x, &number))
            return false;
        note_number(s, where, key, count_of(&number));
        return true;
    }
    return scan_value(s, below(where, key));
}

static bool scan_items(struct scan *s, enum where where, bool object)
{
    struct json_lexer *x = &s->lexer;
    uint8_t close = object ? '}' : ']';
    x->p++;
    if (++s->depth > ANSWER_MAX_DEPTH)
        return false;
    json_lex_space(x);
    if (!json_lex_byte(x, close)) {
        s->facts->choices = s->facts->choices || (where == AT_CHOICES && !object);
        for (;;) {
            if (object ? !scan_member(s, where)
                       : !scan_value(s, where == AT_CHOICES ? AT_CHOICE : ELSEWHERE))
                return false;
            json_lex_space(x);
            if (json_lex_byte(x, close))
                break;
            if (!json_lex_byte(x, ','))
                return false;
            json_lex_space(x);
        }
    }
    s->depth--;
    return true;
}

static bool scan_value(struct scan *s, enum where where)
{
    struct json_lexer *x = &s->lexer;
    struct json_string text;
    struct json_digits number;
    if (x->p == x->end)
        return false;
    switch (*x->p) {
    case '{':
        return scan_items(s, where == AT_CHOICES ? ELSEWHERE : where, true);
    case '[':
        return scan_items(s, where, false);
    case '"':
        return json_lex_string(x, &text);
    case 't':
        return json_lex_word(x, "true");
    case 'f':
        return json_lex_word(x, "false");
    case 'n':
        return json_lex_word(x, "null");
    default:
        return json_lex_number(x, &number);
    }
}

bool answer_scan(const void *bytes, size_t len, struct answer_facts *facts)
{
    struct json_lexer whole = {.p = bytes, .end = (const uint8_t *)bytes + len};
    struct scan s = {.lexer = whole, .facts = facts};
    struct json_lexer *x = &s.lexer;
    json_lex_space(x);
    if (x->p == x->end || *x->p != '{' || !scan_value(&s, AT_ROOT))
        return false;
    json_lex_space(x);
    return x->p == x->end;
}
