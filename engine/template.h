/*
 * template.h - chat templates: the part of Jinja that model files use.
 *
 * Statements if, for (with filter, else, recursive, loop.*), set, macro, call, with, filter, break,
 * continue, generation, raw; expressions with Python's operators, slices, calls, filters, tests and
 * the usual methods. Other constructs are refused by name: statements when the template is parsed,
 * filters and tests when it is rendered. Jinja2, set up as transformers does, is the reference.
 *
 * Every byte of a string carries a mark: whether somebody said it. The mark follows the byte
 * through every operation, so that the tokenizer can tell the template's markers from the same
 * characters in a message. A template is immutable after parsing; any thread may render it.
 * Rendering is bounded in memory, steps and depth, since templates come with model files.
 */
#ifndef PENSTOCK_ENGINE_TEMPLATE_H
#define PENSTOCK_ENGINE_TEMPLATE_H

#include "engine/engine.h"

#include <time.h>

struct template;

/* source is copied. ENGINE_ERR_TEMPLATE with the line for what cannot be parsed. */
ENGINE_CHECK int template_parse(struct template **out, const char *source, size_t len,
                                struct engine_error *error);
void template_free(struct template *t); /* NULL is fine */

enum template_kind {
    TEMPLATE_NONE,
    TEMPLATE_BOOL,
    TEMPLATE_INTEGER,
    TEMPLATE_REAL,
    TEMPLATE_STRING,
    TEMPLATE_LIST,
    TEMPLATE_DICT,
};

/* What a template is given: a tree that the caller owns. */
struct template_value {
    enum template_kind kind;
    bool boolean;
    bool content; /* strings, and keys of dicts: somebody said it */
    int64_t integer;
    double real;
    const char *text; /* of a dict: the JSON string that it stood in, or NULL */
    size_t len;
    const struct template_value *items; /* of a list, or values of a dict */
    const char *const *keys;            /* of a dict */
    size_t count;
};

struct template_output {
    char *bytes;      /* UTF-8 if the inputs were */
    uint8_t *content; /* one byte each: 1 where somebody said it */
    size_t len;
};

/*
 * variables: a dict. now: what strftime_now shows. Release the output with
 * template_output_release, which wipes it. A refusal by raise_exception is ENGINE_ERR_TEMPLATE.
 */
ENGINE_CHECK int template_render(const struct template *t, const struct template_value *variables,
                                 const struct tm *now, struct template_output *out,
                                 struct engine_error *error);
void template_output_release(struct template_output *out);

#endif
