#include "router/utf8_scan.h"

#include <utf8proc.h>

size_t utf8_scan(const uint8_t *text, size_t len, uint32_t *character)
{
    if (text[0] < 0x80) {
        *character = text[0];
        return 1;
    }
    utf8proc_int32_t decoded = 0;
    utf8proc_ssize_t size = utf8proc_iterate(text, len > 4 ? 4 : (utf8proc_ssize_t)len, &decoded);
    if (size < 1) {
        *character = 0xFFFD;
        return 1;
    }
    *character = (uint32_t)decoded;
    return (size_t)size;
}

static enum char_kind kind_of_ascii(uint32_t character)
{
    uint32_t lower = character | 0x20;
    if (lower >= 'a' && lower <= 'z') {
        return CHAR_LETTER;
    }
    if (character >= '0' && character <= '9') {
        return CHAR_DIGIT;
    }
    if (character == ' ' || (character >= '\t' && character <= '\r')) {
        return CHAR_SPACE;
    }
    return CHAR_OTHER;
}

enum char_kind char_kind_of(uint32_t character)
{
    if (character < 0x80) {
        return kind_of_ascii(character);
    }
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

uint32_t char_lower(uint32_t character)
{
    if (character < 0x80) {
        return character >= 'A' && character <= 'Z' ? character + 32 : character;
    }
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)character);
}
