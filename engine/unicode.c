#include "engine/unicode.h"

#include <stdlib.h>

struct range {
    uint32_t first, last;
    int32_t value;
};

#include "engine/unicode_tables.h"

int unicode_range_order(const void *cp, const void *range)
{
    uint32_t c = *(const uint32_t *)cp;
    const uint32_t *r = range;
    return c < r[0] ? -1 : c > r[1];
}

static const struct range *range_of(const struct range *ranges, size_t count, uint32_t cp)
{
    return bsearch(&cp, ranges, count, sizeof(*ranges), unicode_range_order);
}

enum unicode_kind unicode_kind_of(uint32_t cp)
{
    const struct range *r = range_of(kinds, sizeof(kinds) / sizeof(kinds[0]), cp);
    return r != NULL ? (enum unicode_kind)r->value : UNICODE_OTHER;
}

uint32_t unicode_lower(uint32_t cp)
{
    const struct range *r = range_of(lowers, sizeof(lowers) / sizeof(lowers[0]), cp);
    return r != NULL ? (uint32_t)((int32_t)cp + r->value) : cp;
}

/* No table: alphabets keep their capitals a fixed way before the small letters. */
uint32_t unicode_upper(uint32_t cp)
{
    static const int32_t ways[] = {32, 1, 80, 48, 37, 38, 63, 64, 26, -121};
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        uint32_t capital = (uint32_t)((int32_t)cp - ways[i]);
        if (capital != cp && unicode_lower(capital) == cp)
            return capital;
    }
    return cp;
}

uint32_t unicode_base(uint32_t cp)
{
    const struct range *r = range_of(bases, sizeof(bases) / sizeof(bases[0]), cp);
    return r != NULL ? (uint32_t)r->value : cp;
}

bool unicode_is_space(uint32_t cp)
{
    return (cp >= 0x9 && cp <= 0xd) || cp == 0x20 || cp == 0x85 || cp == 0xa0 || cp == 0x1680 ||
           (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 || cp == 0x2029 || cp == 0x202f ||
           cp == 0x205f || cp == 0x3000;
}

/* Bytes that a character starting with this byte has; 0 for bytes that start none. */
static size_t length_of(uint8_t lead)
{
    return lead < 0x80   ? 1
           : lead < 0xc2 ? 0
           : lead < 0xe0 ? 2
           : lead < 0xf0 ? 3
           : lead < 0xf5 ? 4
                         : 0;
}

size_t unicode_decode(const char *text, size_t len, uint32_t *cp)
{
    const uint8_t *p = (const uint8_t *)text;
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = length_of(p[0]);
    *cp = 0xfffd;
    if (n == 0 || n > len)
        return 1;
    uint32_t value = n == 1 ? p[0] : p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 1;
        value = value << 6 | (p[i] & 0x3f);
    }
    if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
        return 1;
    *cp = value;
    return n;
}

size_t unicode_encode(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xc0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3f));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xe0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
        out[2] = (char)(0x80 | (cp & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
    out[3] = (char)(0x80 | (cp & 0x3f));
    return 4;
}

size_t unicode_whole(const char *text, size_t len)
{
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        uint8_t byte = (uint8_t)text[len - back];
        if ((byte & 0xc0) != 0x80)
            return length_of(byte) > back ? len - back : len;
    }
    return len;
}
