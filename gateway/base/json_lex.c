#include "gateway/base/json_lex.h"

#include <string.h>
#include <utf8proc.h>

static bool is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(uint8_t c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

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

static unsigned hex4(const uint8_t *p)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned c = p[i];
        value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

/* Behind a backslash. */
static bool lex_escape(struct json_lexer *x, struct json_string *out)
{
    if (x->p == x->end)
        return false;
    if (*x->p != 'u') {
        bool known = *x->p != '\0' && strchr("\"\\/bfnrt", *x->p) != NULL;
        x->p += known;
        return known;
    }
    x->p++;
    const uint8_t *digits = x->p;
    for (int i = 0; i < 4; i++, x->p++)
        if (x->p == x->end || !is_hex(*x->p))
            return false;
    unsigned c = hex4(digits);
    out->nul = out->nul || c == 0;
    if (is_low_half(c)) {
        out->half_surrogate = true;
    } else if (is_high_half(c)) {
        const uint8_t *low = x->p;
        bool paired = x->end - low >= 6 && low[0] == '\\' && low[1] == 'u';
        for (int i = 2; paired && i < 6; i++)
            paired = is_hex(low[i]);
        paired = paired && is_low_half(hex4(low + 2));
        if (paired)
            x->p += 6;
        else
            out->half_surrogate = true;
    }
    return true;
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
            utf8proc_int32_t code;
            utf8proc_ssize_t n = utf8proc_iterate(x->p, x->end - x->p, &code);
            if (n <= 0)
                return false;
            x->p += n;
        }
    }
}

size_t json_lex_escape(const uint8_t **p, const uint8_t *end, uint8_t out[4])
{
    static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
    const uint8_t *at = *p + 1;
    if (*at != 'u') {
        const char *letter = strchr(letters, *at);
        out[0] = letter != NULL ? (uint8_t)meanings[letter - letters] : *at;
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
