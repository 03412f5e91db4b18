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
