#include <string.h>

#include "router/pii_internal.h"

/*
 * Characters that forms, links and mail write otherwise: "john%40posteo.de", "john&#64;posteo.de",
 * "john=40posteo.de". Only those are read that identifiers are made of: a space or a slash would
 * end the link that it stands in.
 */
enum { ENTITY_DIGITS_MAX = 7 };

static int hex_of(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is(const uint8_t *text, size_t len, size_t at, unsigned classes)
{
    return at < len && (pii_class[text[at]] & classes) != 0;
}

static size_t percent(const uint8_t *text, size_t len, size_t at, uint32_t *point)
{
    int high = len - at > 2 ? hex_of(text[at + 1]) : -1;
    int low = high >= 0 ? hex_of(text[at + 2]) : -1;
    if (low < 0)
        return 0;
    uint8_t c = (uint8_t)(high << 4 | low);
    bool plain = (pii_class[c] & PII_ALNUM) != 0 || (c != 0 && strchr("@-._+:", c) != NULL);
    /* "4539%201488", "%28212%29%20664": spaces and brackets of a number */
    bool spacing =
        (c == ' ' || c == '(' || c == ')') &&
        (is(text, len, at + 3, PII_DIGIT) || (at > 0 && is(text, len, at - 1, PII_DIGIT)));
    *point = c;
    return plain || spacing ? 3 : 0;
}

/* "=40" of quoted-printable, in the middle of a word. */
static size_t quoted(const uint8_t *text, size_t len, size_t at, uint32_t *point)
{
    if (len - at < 4 || text[at + 1] != '4' || text[at + 2] != '0' || at == 0 ||
        !is(text, len, at - 1, PII_ALNUM) || !is(text, len, at + 3, PII_LETTER))
        return 0;
    *point = '@';
    return 3;
}

static size_t numeric_entity(const uint8_t *text, size_t len, size_t at, uint32_t *point)
{
    size_t i = at + 2;
    uint32_t base = 10;
    if (i < len && (text[i] | 0x20) == 'x') {
        base = 16;
        i++;
    }
    size_t first = i;
    *point = 0;
    for (; i < len && i - first < ENTITY_DIGITS_MAX; i++) {
        int value = hex_of(text[i]);
        if (value < 0 || (uint32_t)value >= base)
            break;
        *point = *point * base + (uint32_t)value;
    }
    if (i == first || i >= len || text[i] != ';' || *point < ' ')
        return 0;
    return i + 1 - at;
}

static size_t entity(const uint8_t *text, size_t len, size_t at, uint32_t *point)
{
    static const struct {
        const char *name;
        char plain;
    } names[] = {{"&commat;", '@'}, {"&period;", '.'}, {"&nbsp;", ' '},  {"&hyphen;", '-'},
                 {"&dash;", '-'},   {"&lowbar;", '_'}, {"&plus;", '+'},  {"&colon;", ':'},
                 {"&lpar;", '('},   {"&rpar;", ')'},   {"&ndash;", '-'}, {"&shy;", '\0'}};
    if (len - at < 5)
        return 0;
    if (text[at + 1] == '#')
        return numeric_entity(text, len, at, point);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        size_t n = strlen(names[i].name);
        if (text[at + 1] == (uint8_t)names[i].name[1] && len - at >= n &&
            memcmp(text + at, names[i].name, n) == 0) {
            *point = names[i].plain != '\0' ? (uint8_t)names[i].plain : 0x00AD;
            return n;
        }
    }
    return 0;
}

size_t pii_escape(const uint8_t *text, size_t len, size_t at, uint32_t *point)
{
    switch (text[at]) {
    case '%':
        return percent(text, len, at, point);
    case '&':
        return entity(text, len, at, point);
    case '=':
        return quoted(text, len, at, point);
    default:
        return 0;
    }
}

bool pii_has_escapes(const uint8_t *text, size_t len)
{
    static const char signs[] = "%&=";
    for (size_t s = 0; s < sizeof(signs) - 1; s++) {
        const uint8_t *at = text;
        while ((at = memchr(at, signs[s], len - (size_t)(at - text))) != NULL) {
            uint32_t point;
            if (pii_escape(text, len, (size_t)(at - text), &point) != 0)
                return true;
            at++;
        }
    }
    return false;
}
