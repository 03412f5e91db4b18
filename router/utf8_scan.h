/*
 * utf8_scan.h - one character at a time out of UTF-8, and what kind of character it is.
 *
 * Shared by the feature extractors. Total: an invalid byte is one character U+FFFD of length 1.
 */
#ifndef PENSTOCK_ROUTER_UTF8_SCAN_H
#define PENSTOCK_ROUTER_UTF8_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum char_kind {
    CHAR_OTHER,
    CHAR_SPACE,
    CHAR_LETTER,
    CHAR_DIGIT,
    CHAR_SINGLE,  /* a letter of a script written without spaces: a word of its own */
    CHAR_NOTHING, /* zero-width: joins what is around it and leaves no trace */
};

/* Of bytes from 0x80 on; of the others below, where the loops over text see them. */
size_t utf8_scan_wide(const uint8_t *text, size_t len, uint32_t *character);
enum char_kind char_kind_wide(uint32_t character);
uint32_t char_lower_wide(uint32_t character);
extern const uint8_t char_kinds_ascii[128];

/* Reads the character at text[0] (len > 0) and returns its length in bytes. */
static inline size_t utf8_scan(const uint8_t *text, size_t len, uint32_t *character)
{
    *character = text[0];
    return text[0] < 0x80 ? 1 : utf8_scan_wide(text, len, character);
}

/* Reads the character that ends before text[at] (at > 0) and returns where it begins. */
size_t utf8_scan_back(const uint8_t *text, size_t at, uint32_t *character);

/* Of a script that puts no spaces between words, or lets endings follow a number at once: kana,
 * ideographs, Hangul, Thai to Khmer. */
bool char_is_unspaced(uint32_t character);

/*
 * Does it end a word where a letter of an alphabet would not: "电话139…", "☎139…", "「a@b.cd」"? A
 * sign of money, a section sign and the like belong to the number beside them, and so does a
 * bullet, which stands for digits left out.
 */
bool char_ends_word(uint32_t character);

static inline enum char_kind char_kind_of(uint32_t character)
{
    return character < 0x80 ? (enum char_kind)char_kinds_ascii[character]
                            : char_kind_wide(character);
}

static inline uint32_t char_lower(uint32_t character)
{
    return character >= 0x80 ? char_lower_wide(character)
                             : character + (character - 'A' < 26 ? 32 : 0);
}

#endif
