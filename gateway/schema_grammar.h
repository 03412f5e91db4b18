/*
 * schema_grammar.h - a JSON schema as a grammar, for answers that must be of it.
 *
 * The grammar is llama.cpp's GBNF, as engine.h takes it. What it lets through conforms to the
 * schema; a keyword that it cannot keep is refused by its place, never ignored, but for those that
 * say nothing of the value (title, description, default, examples and their like). Members come in
 * the order of "properties"; without "additionalProperties" there are no others. Pure; any thread.
 */
#ifndef PENSTOCK_SCHEMA_GRAMMAR_H
#define PENSTOCK_SCHEMA_GRAMMAR_H

#include "gateway/base/buf.h"
#include "gateway/base/json.h"

enum { SCHEMA_GRAMMAR_MOST_BYTES = 512 * 1024 };

/* Never holds a word of the schema but its keywords. */
struct schema_problem {
    char path[192]; /* behind the schema's own place, e.g. ".properties[2].pattern"; may be "" */
    char detail[160];
};

/*
 * Append the rules. `name` (of letters) begins the names of all rules: the value is the rule of
 * that very name, and several schemas may stand in one grammar under different names. ERR_SYNTAX or
 * ERR_UNSUPPORTED with *problem filled, ERR_LIMIT likewise, ERR_MEMORY.
 */
MUST_CHECK int schema_grammar_write(struct buf *out, const char *name, const struct json_doc *doc,
                                    uint32_t schema, struct schema_problem *problem);
/* The rules that all of these use, once in a grammar; among them json-object, json-value, ws. */
MUST_CHECK int schema_grammar_write_common(struct buf *out);
/* A GBNF literal of these bytes. */
MUST_CHECK int schema_grammar_write_literal(struct buf *out, struct content text);

#endif
