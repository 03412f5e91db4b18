#include "router/utf8_scan.h"

#include <utf8proc.h>

enum {
    O = CHAR_OTHER,
    S = CHAR_SPACE,
    L = CHAR_LETTER,
    D = CHAR_DIGIT,
};

const uint8_t char_kinds_ascii[128] = {
    O, O, O, O, O, O, O, O, O, S, S, S, S, S, O, O, /* tab to carriage return */
    O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O,
    S, O, O, O, O, O, O, O, O, O, O, O, O, O, O, O, /* space */
    D, D, D, D, D, D, D, D, D, D, O, O, O, O, O, O, /* 0 */
    O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, /* A */
    L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O, /* P */
    O, L, L, L, L, L, L, L, L, L, L, L, L, L, L, L, /* a */
    L, L, L, L, L, L, L, L, L, L, L, O, O, O, O, O, /* p */
};

size_t utf8_scan_wide(const uint8_t *text, size_t len, uint32_t *character)
{
    utf8proc_int32_t decoded = 0;
    utf8proc_ssize_t size = utf8proc_iterate(text, len > 4 ? 4 : (utf8proc_ssize_t)len, &decoded);
    if (size < 1) {
        *character = 0xFFFD;
        return 1;
    }
    *character = (uint32_t)decoded;
    return (size_t)size;
}

enum char_kind char_kind_wide(uint32_t character)
{
    /* Thai to Khmer, kana, ideographs: no spaces between words. */
    if ((character >= 0x0E00 && character <= 0x0EFF) ||
        (character >= 0x1000 && character <= 0x109F) ||
        (character >= 0x1780 && character <= 0x17FF) ||
        (character >= 0x3040 && character <= 0x30FF) ||
        (character >= 0x3400 && character <= 0x9FFF) ||
        (character >= 0xF900 && character <= 0xFAFF) ||
        (character >= 0x20000 && character <= 0x3FFFF)) {
        return CHAR_SINGLE;
    }
    switch (utf8proc_category((utf8proc_int32_t)character)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return CHAR_LETTER;
    case UTF8PROC_CATEGORY_ND:
        return CHAR_DIGIT;
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return CHAR_SPACE;
    case UTF8PROC_CATEGORY_CF:
        return CHAR_NOTHING;
    default:
        return CHAR_OTHER;
    }
}

uint32_t char_lower_wide(uint32_t character)
{
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)character);
}

size_t utf8_scan_back(const uint8_t *text, size_t at, uint32_t *character)
{
    size_t start = at - 1;
    while (start > 0 && at - start < 4 && (text[start] & 0xC0) == 0x80)
        start--;
    if (start + utf8_scan(text + start, at - start, character) == at)
        return start;
    *character = 0xFFFD;
    return at - 1;
}

bool char_is_unspaced(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x0E00, 0x0EFF}, {0x1000, 0x109F}, {0x1780, 0x17FF}, {0x3005, 0x3007}, {0x3040, 0x31FF},
        {0x3400, 0x9FFF}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0xFF66, 0xFF9F}, {0x20000, 0x3FFFF},
    };
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (character <= ranges[i].last)
            return character >= ranges[i].first;
    return false;
}

bool char_ends_word(uint32_t character)
{
    enum { ARROWS = 0x2190, ARROWS_END = 0x2200, CIRCLED = 0x2460, CIRCLED_END = 0x2500 };
    enum { SKIN = 0x1F3FB, SKIN_END = 0x1F400, PRIMES = 0x2032, PRIMES_END = 0x2038 };
    if (character < 0x80 || character == 0xFFFD)
        return false;
    if (char_is_unspaced(character) || (character >= ARROWS && character < ARROWS_END) ||
        (character >= CIRCLED && character < CIRCLED_END) ||
        (character >= SKIN && character < SKIN_END))
        return true;
    switch (utf8proc_category((utf8proc_int32_t)character)) {
    case UTF8PROC_CATEGORY_PS:
    case UTF8PROC_CATEGORY_PE:
    case UTF8PROC_CATEGORY_PI:
    case UTF8PROC_CATEGORY_PF:
        return true;
    case UTF8PROC_CATEGORY_SO: /* emoji, № and ℡; not © ® ° */
        return character >= ARROWS || character == 0x2116 || character == 0x2121;
    case UTF8PROC_CATEGORY_PD:
        return character == 0x301C || character == 0x5BE;
    case UTF8PROC_CATEGORY_PO: /* not § ¶ † ‰ •, nor minutes and seconds */
        return character == 0xA1 || character == 0xB7 || character == 0x589 || character == 0x964 ||
               character == 0x965 || character == 0x1362 || character == 0xBF ||
               character == 0x2026 || (character >= 0x0600 && character < 0x0700) ||
               (character >= PRIMES_END && character < 0xFF00);
    default:
        return false;
    }
}
