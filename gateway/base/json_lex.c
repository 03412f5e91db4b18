#include "gateway/base/json_lex.h"

#include <string.h>
#include <utf8proc.h>

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* One more than its value, so that what is no hex digit has 0. */
static const uint8_t hex_digits[UINT8_MAX + 1] = {
    ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,  ['6'] = 7,  ['7'] = 8,
    ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
};

static bool is_high_half(unsigned c)
{
    return c >= 0xd800 && c < 0xdc00;
}

static bool is_low_half(unsigned c)
{
    return c >= 0xdc00 && c < 0xe000;
}

void json_lex_space(struct json_lexer *x)
{
    while (x->p < x->end && (*x->p == ' ' || *x->p == '\t' || *x->p == '\n' || *x->p == '\r'))
        x->p++;
}

bool json_lex_byte(struct json_lexer *x, uint8_t byte)
{
    if (x->p == x->end || *x->p != byte)
        return false;
    x->p++;
    return true;
}

bool json_lex_word(struct json_lexer *x, const char *word)
{
    for (; *word != '\0'; word++)
        if (!json_lex_byte(x, (uint8_t)*word))
            return false;
    return true;
}

/* ---- strings ---- */

/* Of eight bytes in memory the first one that has its top bit set. */
static int first_byte(uint64_t marks)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_ctzll(marks) / 8;
#else
    (void)marks;
    return 0; /* a borrow goes the other way: byte by byte from here */
#endif
}

/*
 * Eight bytes at a time while none of them is a quote, a backslash, a control character or beyond
 * ASCII. A borrow may only mark bytes behind the first that is one of these.
 */
static const uint8_t *skip_plain(const uint8_t *p, const uint8_t *end)
{
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    while (end - p >= 8) {
        uint64_t bytes;
        memcpy(&bytes, p, sizeof(bytes));
        uint64_t quote = (bytes ^ ones * '"') - ones;
        uint64_t backslash = (bytes ^ ones * '\\') - ones;
        uint64_t control = bytes - ones * 0x20;
        uint64_t marks = (bytes | quote | backslash | control) & tops;
        if (marks != 0)
            return p + first_byte(marks);
        p += 8;
    }
    return p;
}

/* Of digits that were looked at. */
static unsigned hex4(const uint8_t *p)
{
    return (hex_digits[p[0]] - 1u) << 12 | (hex_digits[p[1]] - 1u) << 8 |
           (hex_digits[p[2]] - 1u) << 4 | (hex_digits[p[3]] - 1u);
}

/* Moves over them as far as they go. */
static bool lex_hex4(struct json_lexer *x)
{
    for (int i = 0; i < 4; i++, x->p++)
        if (x->p == x->end || hex_digits[*x->p] == 0)
            return false;
    return true;
}

/* Behind a backslash. */
static bool lex_escape(struct json_lexer *x, struct json_string *out)
{
    if (x->p == x->end)
        return false;
    switch (*x->p++) {
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
        break;
    default:
        x->p--;
        return false;
    }
    if (!lex_hex4(x))
        return false;
    unsigned c = hex4(x->p - 4);
    out->nul = out->nul || c == 0;
    if (is_low_half(c)) {
        out->half_surrogate = true;
    } else if (is_high_half(c)) {
        struct json_lexer low = *x;
        if (json_lex_word(&low, "\\u") && lex_hex4(&low) && is_low_half(hex4(low.p - 4)))
            x->p = low.p;
        else
            out->half_surrogate = true;
    }
    return true;
}

static bool is_continuation(uint8_t c)
{
    return (c & 0xc0) == 0x80;
}

/* Behind a character beyond ASCII; NULL when there is none. The common ones are seen at once. */
static const uint8_t *skip_character(const uint8_t *p, const uint8_t *end)
{
    if (end - p >= 2 && p[0] >= 0xc2 && p[0] <= 0xdf && is_continuation(p[1]))
        return p + 2;
    if (end - p >= 3 && p[0] > 0xe0 && p[0] < 0xf0 && p[0] != 0xed && is_continuation(p[1]) &&
        is_continuation(p[2]))
        return p + 3;
    utf8proc_int32_t code;
    utf8proc_ssize_t n = utf8proc_iterate(p, end - p, &code);
    return n > 0 ? p + n : NULL;
}

bool json_lex_string(struct json_lexer *x, struct json_string *out)
{
    if (!json_lex_byte(x, '"'))
        return false;
    *out = (struct json_string){.bytes = x->p};
    for (;;) {
        x->p = skip_plain(x->p, x->end);
        if (x->p == x->end)
            return false;
        uint8_t c = *x->p;
        if (c == '"') {
            out->len = (size_t)(x->p - out->bytes);
            x->p++;
            return true;
        }
        if (c == '\\') {
            out->escaped = true;
            x->p++;
            if (!lex_escape(x, out))
                return false;
        } else if (c < 0x20) {
            return false;
        } else if (c < 0x80) {
            x->p++;
        } else {
            do {
                const uint8_t *next = skip_character(x->p, x->end);
                if (next == NULL)
                    return false;
                x->p = next;
            } while (x->p < x->end && *x->p >= 0x80);
        }
    }
}

size_t json_lex_escape(const uint8_t **p, const uint8_t *end, uint8_t out[4])
{
    static const uint8_t meanings[UINT8_MAX + 1] = {
        ['b'] = '\b', ['f'] = '\f', ['n'] = '\n', ['r'] = '\r', ['t'] = '\t'};
    const uint8_t *at = *p + 1;
    if (*at != 'u') {
        out[0] = meanings[*at] != 0 ? meanings[*at] : *at;
        *p = at + 1;
        return 1;
    }
    unsigned c = hex4(at + 1);
    at += 5;
    if (is_high_half(c) && end - at >= 6 && at[0] == '\\' && at[1] == 'u' &&
        is_low_half(hex4(at + 2))) {
        c = 0x10000 + ((c - 0xd800) << 10) + (hex4(at + 2) - 0xdc00);
        at += 6;
    } else if (is_high_half(c) || is_low_half(c)) {
        c = 0xfffd;
    }
    *p = at;
    return (size_t)utf8proc_encode_char((utf8proc_int32_t)c, out);
}

/* ---- numbers ---- */

static bool lex_digits(struct json_lexer *x)
{
    const uint8_t *start = x->p;
    while (x->p < x->end && is_digit(*x->p))
        x->p++;
    return x->p > start;
}

bool json_lex_number(struct json_lexer *x, struct json_digits *out)
{
    *out = (struct json_digits){.bytes = x->p, .whole = true};
    out->negative = json_lex_byte(x, '-');
    out->integer = x->p;
    if (!json_lex_byte(x, '0') && !lex_digits(x))
        return false;
    out->integer_len = (size_t)(x->p - out->integer);
    if (json_lex_byte(x, '.')) {
        out->whole = false;
        if (!lex_digits(x))
            return false;
    }
    if (json_lex_byte(x, 'e') || json_lex_byte(x, 'E')) {
        out->whole = false;
        out->exponent = true;
        if (!json_lex_byte(x, '+'))
            (void)json_lex_byte(x, '-');
        if (!lex_digits(x))
            return false;
    }
    out->len = (size_t)(x->p - out->bytes);
    return true;
}
