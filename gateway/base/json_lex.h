/*
 * json_lex.h - the words of JSON (RFC 8259): strings, numbers, literals, white space.
 *
 * What json.c and answer.c have in common, so that there is one JSON grammar in the tree. A lexer
 * stands before the next byte; after a refusal it stands where the mistake is. What some readers
 * refuse and others let pass (a NUL, half a surrogate pair) is told, not refused. Pure.
 */
#ifndef PENSTOCK_BASE_JSON_LEX_H
#define PENSTOCK_BASE_JSON_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_lexer {
    const uint8_t *p, *end;
};

struct json_string {
    const uint8_t *bytes; /* as they stand between the quotes */
    size_t len;
    bool escaped;        /* there is a backslash in it */
    bool nul;            /* there is an escaped U+0000 in it */
    bool half_surrogate; /* there is an escape in it that is no character by itself */
};

struct json_digits {
    const uint8_t *bytes; /* of the whole number */
    size_t len;
    const uint8_t *integer; /* its digits before point and exponent */
    size_t integer_len;
    bool negative, whole, exponent;
};

void json_lex_space(struct json_lexer *lexer);
bool json_lex_byte(struct json_lexer *lexer, uint8_t byte);
bool json_lex_word(struct json_lexer *lexer, const char *word);
bool json_lex_string(struct json_lexer *lexer, struct json_string *out);
bool json_lex_number(struct json_lexer *lexer, struct json_digits *out);

/*
 * The character of an escape that json_lex_string let pass, as UTF-8; *p is moved behind it. A half
 * surrogate becomes U+FFFD.
 */
size_t json_lex_escape(const uint8_t **p, const uint8_t *end, uint8_t out[4]);

#endif
