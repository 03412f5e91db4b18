/*
 * template_parser.h - shared by the two files that parse templates: statements in
 * template_parse.c, expressions and the words they are made of in template_expression.c.
 */
#ifndef PENSTOCK_ENGINE_TEMPLATE_PARSER_H
#define PENSTOCK_ENGINE_TEMPLATE_PARSER_H

#include "engine/template_parts.h"

struct parser {
    struct pool *arena;
    const char *source;
    size_t len, at;
    int depth;
    unsigned uses;     /* USES_*: mentioned in the macro that is being parsed */
    bool trim_next;    /* the last tag ended in -%}: drop the white space behind it */
    bool newline_next; /* the last tag was a block: drop one newline behind it */
};

void parse_fail(struct parser *p, const char *what) __attribute__((noreturn));
void parse_enter(struct parser *p); /* one level deeper; fails when that is too deep */
struct str parse_units(struct parser *p, const char *text, size_t len);

char parse_peek(const struct parser *p);
void parse_skip_space(struct parser *p);
bool parse_looking_at(const struct parser *p, const char *text);
bool parse_tag_ends(const struct parser *p);
bool parse_accept(struct parser *p, const char *sign);
void parse_expect(struct parser *p, const char *sign);
size_t parse_word_length(struct parser *p); /* of the word here; 0 when there is none */
bool parse_next_is(struct parser *p, const char *word);
bool parse_accept_word(struct parser *p, const char *word);
struct str parse_name(struct parser *p);

struct expression *parse_expression(struct parser *p);
struct expression *parse_without_condition(struct parser *p); /* leaves "if" to a loop */
struct expression *parse_filters_alone(struct parser *p);     /* "trim|upper" without a value */
/* An expression, or several with commas between, which are a list. */
struct expression *parse_tuple(struct parser *p);

#endif
