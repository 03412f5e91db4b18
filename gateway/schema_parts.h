/*
 * schema_parts.h - what the parts of schema_grammar share. For schema_*.c alone.
 *
 * Each appends an expression that may stand in a sequence: a name, or something in parentheses.
 */
#ifndef PENSTOCK_SCHEMA_PARTS_H
#define PENSTOCK_SCHEMA_PARTS_H

#include <stdbool.h>

#include "gateway/schema_grammar.h"

enum { SCHEMA_MOST_VIEW = 16 /* schemas that one value must be of at once */ };

/* Schemas that a value must be of all at once: what allOf, $ref and anyOf put together. */
struct schema_view {
    uint32_t nodes[SCHEMA_MOST_VIEW];
    size_t count;
    uint32_t chosen; /* the list of anyOf or oneOf that one was chosen of; 0: none */
};

struct schema_writer {
    const struct json_doc *doc;
    const char *name;
    uint32_t schema; /* the whole */
    struct buf *out;
    bool *named; /* by node: its rule is written, or being written */
    unsigned next_rule;
    unsigned depth;
    size_t work; /* names compared */
    struct schema_problem *problem;
};

enum json_type schema_type(const struct schema_writer *w, uint32_t node);
bool schema_is_ignored(const struct json_doc *doc, uint32_t key); /* a keyword of words alone */
bool schema_is_true(const struct schema_writer *w, uint32_t node);

/* Fill the problem with the place of a node; they return code, ERR_SYNTAX and ERR_UNSUPPORTED. */
int schema_fail(const struct schema_writer *w, int code, uint32_t node, const char *detail);
int schema_wrong(const struct schema_writer *w, uint32_t node, const char *detail);
int schema_cannot(const struct schema_writer *w, uint32_t node, const char *detail);

/* The value of a keyword that one of the schemas has, or several alike; JSON_NONE: none has it. */
MUST_CHECK int schema_find(const struct schema_writer *w, const struct schema_view *v,
                           const char *keyword, uint32_t *out);
/* Likewise a number of things, at most `most`; -1: none has it. */
MUST_CHECK int schema_find_count(const struct schema_writer *w, const struct schema_view *v,
                                 const char *keyword, unsigned most, int *out);
/* A schema with nothing but $ref (and words about it) becomes the one it refers to. */
MUST_CHECK int schema_behind_refs(const struct schema_writer *w, uint32_t *schema);
/* Add a schema with all that it refers to and joins. `true` adds nothing. */
MUST_CHECK int schema_join(struct schema_writer *w, struct schema_view *v, uint32_t schema);

/* Append the name of a schema's rule, which is written once: that is how recursion ends. */
MUST_CHECK int schema_write(struct schema_writer *w, struct buf *b, uint32_t schema);
/* Write the rule of a view into the whole, and its name into b. */
MUST_CHECK int schema_write_rule(struct schema_writer *w, struct buf *b,
                                 const struct schema_view *v, const char *rule);
void schema_new_rule(struct schema_writer *w, char *rule, size_t size);
/* A string node as the answer spells it: a literal. */
MUST_CHECK int schema_write_string(struct schema_writer *w, struct buf *b, uint32_t node);
/* Members by properties, required and additionalProperties. */
MUST_CHECK int schema_write_object(struct schema_writer *w, struct buf *b,
                                   const struct schema_view *v);

/* A regular expression's texts, as JSON strings with quotes. NULL or what cannot be kept. */
MUST_CHECK int schema_write_pattern(struct buf *out, struct content pattern, const char **problem);
/* Strings of a format, with quotes; false: not one of those known. */
bool schema_find_format(struct content name, const char **expression);

/* Numbers between bounds, either of which may be absent. */
struct schema_bounds {
    bool has_low, has_high;
    bool open_low, open_high; /* the bound itself is out */
    double low, high;
};
/* whole: integers alone. NULL or what cannot be kept. */
MUST_CHECK int schema_write_numbers(struct buf *out, const struct schema_bounds *bounds, bool whole,
                                    const char **problem);

#endif
