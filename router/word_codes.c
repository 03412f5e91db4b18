#include "router/word_codes.h"

#include <utf8proc.h>

#include "router/models/builtin.h"
#include "router/utf8_scan.h"

enum {
    LINE_BYTES = 64, /* a cache line: entries one after the other */
    PER_LINE = 5,
    ENTRY_BYTES = 2 + WORD_CODES, /* fingerprint, little endian, 0 for none; codes */
};

uint32_t word_codes_add_accented(uint32_t hash, uint32_t lower)
{
    static const struct {
        uint32_t letter;
        char plain[3];
    } others[] = {{0xDF, "ss"}, {0xE6, "ae"}, {0xF0, "d"},  {0xF8, "o"},  {0xFE, "th"},
                  {0x111, "d"}, {0x131, "i"}, {0x142, "l"}, {0x153, "oe"}};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (others[i].letter == lower) {
            for (const char *at = others[i].plain; *at != '\0'; at++)
                hash = hash_mix(hash, (uint32_t)*at);
            return hash;
        }
    utf8proc_int32_t parts[4];
    int class = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(
        (utf8proc_int32_t)lower, parts, 4, UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK, &class);
    /* An accent by itself says nothing, a vowel sign of an Indian script does. */
    if (count == 0 && utf8proc_get_property((utf8proc_int32_t)lower)->combining_class != 0)
        return hash;
    return hash_mix(hash, count == 1 && parts[0] < 0x80 ? (uint32_t)parts[0] : lower);
}

static uint32_t line_of(uint32_t key)
{
    return (uint32_t)((uint64_t)key * BUILTIN_WORDS_LINES >> 32);
}

uint32_t word_codes_second_line(uint32_t key)
{
    return line_of(hash_finish(key ^ 0x2003));
}

static const unsigned char *find_in_line(uint32_t line, uint32_t fingerprint)
{
    const unsigned char *entry = builtin_words + (size_t)line * LINE_BYTES;
    for (size_t i = 0; i < PER_LINE; i++, entry += ENTRY_BYTES)
        if (((uint32_t)entry[0] | (uint32_t)entry[1] << 8) == fingerprint)
            return entry + 2;
    return NULL;
}

size_t word_codes_of(uint32_t hash, uint32_t base, uint32_t ids[WORD_CODES])
{
    uint32_t key = hash_finish(hash), low = key & 0xFFFF;
    uint32_t fingerprint = low > 0 ? low : 1;
    const unsigned char *codes = find_in_line(line_of(key), fingerprint);
    if (codes == NULL)
        codes = find_in_line(word_codes_second_line(key), fingerprint);
    if (codes == NULL)
        return 0;
    for (uint32_t i = 0; i < WORD_CODES; i++)
        ids[i] = base + i * WORD_CODE_ROWS + codes[i];
    return WORD_CODES;
}

uint32_t word_codes_key(const uint8_t *word, size_t len)
{
    uint32_t hash = word_codes_begin(), character = 0;
    for (size_t at = 0; at < len;) {
        at += utf8_scan(word + at, len - at, &character);
        hash = word_codes_add(hash, char_lower(character));
    }
    return hash_finish(hash);
}
