/*
 * unicode.h - what the tokenizers need of Unicode: decoding and categories. Pure; any thread.
 */
#ifndef PENSTOCK_ENGINE_UNICODE_H
#define PENSTOCK_ENGINE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum unicode_kind {
    UNICODE_OTHER,
    UNICODE_UPPER, /* the five kinds of letters */
    UNICODE_LOWER,
    UNICODE_TITLE,
    UNICODE_MODIFIER,
    UNICODE_LETTER,
    UNICODE_NUMBER,
    UNICODE_MARK,
    UNICODE_PUNCTUATION,
    UNICODE_SYMBOL,
    UNICODE_CONTROL, /* and formats and private use */
};

/* bsearch's order of a character (uint32_t) in ranges, which begin with their first and last. */
int unicode_range_order(const void *cp, const void *range);

enum unicode_kind unicode_kind_of(uint32_t cp);
bool unicode_is_space(uint32_t cp);  /* White_Space */
uint32_t unicode_lower(uint32_t cp); /* the small letter, where it is one character */
uint32_t unicode_upper(uint32_t cp); /* the inverse, for alphabets that have capitals */
uint32_t unicode_base(uint32_t cp);  /* the first character of the canonical decomposition */

/*
 * Bytes of the character at text (len > 0), and its code point. A byte that starts no valid
 * character counts as one of U+FFFD.
 */
size_t unicode_decode(const char *text, size_t len, uint32_t *cp);
size_t unicode_encode(uint32_t cp, char out[4]);

/* How many of the len bytes are whole characters, when the last one may be cut off. */
size_t unicode_whole(const char *text, size_t len);

#endif
