/* Looking into schemas: what is wrong with them, what they refer to, what holds of one value. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/schema_parts.h"

/* ---- problems ---- */

static const char *const keywords[] = {
    "$defs",
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "definitions",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "oneOf",
    "pattern",
    "prefixItems",
    "properties",
    "required",
    "type",
    "multipleOf",
    "uniqueItems",
    "not",
    "if",
    "then",
    "else",
    "patternProperties",
    "propertyNames",
    "contains",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedProperties",
    "unevaluatedItems",
    "minContains",
    "maxContains",
    "$dynamicRef",
    "additionalItems",
    "dependencies",
};
enum { KNOWN = 24 }; /* of these are kept; the others are refused */

static const char *const ignored[] = {
    "title",     "description", "default",  "examples",         "example",
    "$schema",   "$id",         "$comment", "$anchor",          "readOnly",
    "writeOnly", "deprecated",  "strict",   "contentMediaType", "contentEncoding",
};

static const char *keyword_of(const struct json_doc *doc, uint32_t key, const char *const *list,
                              size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (json_string_is(doc, key, list[i]))
            return list[i];
    return NULL;
}
#define KEYWORD_OF(doc, key, list) keyword_of((doc), (key), (list), sizeof(list) / sizeof(*(list)))

bool schema_is_ignored(const struct json_doc *doc, uint32_t key)
{
    return KEYWORD_OF(doc, key, ignored) != NULL;
}

/* The way from the schema to a node: keywords by name, everything else by its place. */
static void write_path(const struct schema_writer *w, uint32_t node)
{
    const struct json_doc *doc = w->doc;
    struct schema_problem *p = w->problem;
    size_t len = 0;
    uint32_t at = w->schema;
    p->path[0] = '\0';
    while (at != node && node > at && node < doc->nodes[at].next) {
        size_t place = 0;
        uint32_t child = json_first(doc, at);
        bool object = doc->nodes[at].type == JSON_TYPE_OBJECT;
        for (; child != JSON_NONE && doc->nodes[object ? child + 1 : child].next <= node; place++)
            child = json_next(doc, at, child);
        if (child == JSON_NONE)
            return;
        const char *word = object ? KEYWORD_OF(doc, child, keywords) : NULL;
        int n = word != NULL ? snprintf(p->path + len, sizeof(p->path) - len, ".%s", word)
                             : snprintf(p->path + len, sizeof(p->path) - len, "[%zu]", place);
        len += n > 0 ? (size_t)n : 0;
        if (len >= sizeof(p->path) || child == node)
            return;
        at = object ? child + 1 : child;
    }
}

int schema_fail(const struct schema_writer *w, int code, uint32_t node, const char *detail)
{
    write_path(w, node);
    (void)snprintf(w->problem->detail, sizeof(w->problem->detail), "%s", detail);
    return code;
}

int schema_wrong(const struct schema_writer *w, uint32_t node, const char *detail)
{
    return schema_fail(w, ERR_SYNTAX, node, detail);
}

int schema_cannot(const struct schema_writer *w, uint32_t node, const char *detail)
{
    return schema_fail(w, ERR_UNSUPPORTED, node, detail);
}

/* ---- looking into a view ---- */

enum json_type schema_type(const struct schema_writer *w, uint32_t node)
{
    return w->doc->nodes[node].type;
}

/* The value of a keyword that only one of the schemas may have, or several alike. */
int schema_find(const struct schema_writer *w, const struct schema_view *v, const char *keyword,
                uint32_t *out)
{
    const struct json_doc *doc = w->doc;
    *out = JSON_NONE;
    for (size_t i = 0; i < v->count; i++) {
        uint32_t node = json_get(doc, v->nodes[i], keyword);
        if (node == JSON_NONE)
            continue;
        if (*out != JSON_NONE) {
            const struct json_node *a = &doc->nodes[*out], *b = &doc->nodes[node];
            if (a->end - a->start != b->end - b->start ||
                memcmp(doc->bytes + a->start, doc->bytes + b->start, a->end - a->start) != 0)
                return schema_cannot(w, node,
                                     "schemas that are joined both say this, and not the same");
        }
        *out = node;
    }
    return 0;
}

int schema_find_count(const struct schema_writer *w, const struct schema_view *v,
                      const char *keyword, unsigned most, int *out)
{
    uint32_t node;
    double value;
    int rc = schema_find(w, v, keyword, &node);
    *out = -1;
    if (rc != 0 || node == JSON_NONE)
        return rc;
    if (!json_number(w->doc, node, &value) || value < 0 || value != floor(value))
        return schema_wrong(w, node, "a whole number, 0 or above, is needed");
    if (value > most)
        return schema_cannot(w, node, "the number is beyond what is supported");
    *out = (int)value;
    return 0;
}

/* ---- references ---- */

/* Follow one step of a JSON pointer; JSON_NONE: it leads nowhere. */
static uint32_t step_to(const struct json_doc *doc, uint32_t at, char *step)
{
    char *to = step;
    for (const char *from = step; *from != '\0'; from++) { /* ~0 is ~ and ~1 is / */
        bool escape = from[0] == '~' && (from[1] == '0' || from[1] == '1');
        *to++ = !escape ? *from : from[1] == '0' ? '~' : '/';
        from += escape;
    }
    *to = '\0';
    if (doc->nodes[at].type == JSON_TYPE_OBJECT)
        return json_get(doc, at, step);
    if (doc->nodes[at].type != JSON_TYPE_ARRAY || step[0] == '\0')
        return JSON_NONE;
    char *end;
    unsigned long place = strtoul(step, &end, 10);
    uint32_t child = *end == '\0' ? json_first(doc, at) : JSON_NONE;
    while (child != JSON_NONE && place-- > 0)
        child = json_next(doc, at, child);
    return child;
}

static int resolve(const struct schema_writer *w, uint32_t ref, uint32_t *out)
{
    struct buf text = BUF_INIT;
    *out = JSON_NONE;
    if (schema_type(w, ref) != JSON_TYPE_STRING)
        return schema_wrong(w, ref, "a string is needed");
    int rc = json_decode(w->doc, ref, &text);
    if (rc == 0)
        rc = buf_append(&text, "", 1);
    if (rc == 0 && text.data[0] == '#') {
        char *rest = (char *)text.data + 1;
        *out = w->schema;
        while (*out != JSON_NONE && *rest == '/') {
            char *step = rest + 1;
            rest = step + strcspn(step, "/");
            bool last = *rest == '\0';
            *rest = '\0';
            *out = step_to(w->doc, *out, step);
            if (!last)
                *rest = '/';
        }
        if (*rest != '\0')
            *out = JSON_NONE;
    }
    buf_release(&text);
    if (rc == 0 && *out == JSON_NONE)
        rc = schema_cannot(w, ref, "this leads to no place in the schema");
    return rc;
}

/* ---- putting views together ---- */

static int check_keywords(const struct schema_writer *w, uint32_t schema)
{
    const struct json_doc *doc = w->doc;
    for (uint32_t key = json_first(doc, schema); key != JSON_NONE;
         key = json_next(doc, schema, key)) {
        uint32_t value = key + 1;
        double number;
        bool flag = true;
        if (keyword_of(doc, key, keywords, KNOWN) != NULL || schema_is_ignored(doc, key))
            continue;
        if (json_string_is(doc, key, "uniqueItems") && json_bool(doc, value, &flag) && !flag)
            continue;
        if (json_string_is(doc, key, "multipleOf") && json_number(doc, value, &number) &&
            number == 1)
            continue;
        return schema_cannot(w, value, "this keyword is not supported");
    }
    return 0;
}

bool schema_is_true(const struct schema_writer *w, uint32_t node)
{
    bool value = false;
    return json_bool(w->doc, node, &value) && value;
}

/* Add a schema with all that it refers to and joins. `true` adds nothing. */
int schema_join(struct schema_writer *w, struct schema_view *v, uint32_t schema)
{
    const struct json_doc *doc = w->doc;
    if (schema_is_true(w, schema))
        return 0;
    if (schema_type(w, schema) != JSON_TYPE_OBJECT)
        return schema_type(w, schema) == JSON_TYPE_PRIMITIVE
                   ? schema_cannot(w, schema, "a schema that nothing conforms to")
                   : schema_wrong(w, schema, "a schema is an object, true or false");
    for (size_t i = 0; i < v->count; i++)
        if (v->nodes[i] == schema)
            return 0;
    if (v->count == SCHEMA_MOST_VIEW)
        return schema_fail(w, ERR_LIMIT, schema, "too many schemas are joined");
    v->nodes[v->count++] = schema;
    int rc = check_keywords(w, schema);
    uint32_t ref = json_get(doc, schema, "$ref"), all = json_get(doc, schema, "allOf");
    if (rc == 0 && ref != JSON_NONE) {
        uint32_t target = JSON_NONE;
        rc = resolve(w, ref, &target);
        if (rc == 0)
            rc = schema_join(w, v, target);
    }
    if (rc == 0 && all != JSON_NONE && schema_type(w, all) != JSON_TYPE_ARRAY)
        rc = schema_wrong(w, all, "a list is needed");
    if (all != JSON_NONE)
        for (uint32_t s = rc == 0 ? json_first(doc, all) : JSON_NONE; rc == 0 && s != JSON_NONE;
             s = json_next(doc, all, s))
            rc = schema_join(w, v, s);
    return rc;
}

/* A schema with nothing but $ref (and words about it) is the one it refers to. */
int schema_behind_refs(const struct schema_writer *w, uint32_t *schema)
{
    const struct json_doc *doc = w->doc;
    for (unsigned i = 0; i < SCHEMA_MOST_VIEW; i++) {
        uint32_t target;
        if (schema_type(w, *schema) != JSON_TYPE_OBJECT)
            return 0;
        uint32_t ref = json_get(doc, *schema, "$ref");
        if (ref == JSON_NONE)
            return 0;
        for (uint32_t key = json_first(doc, *schema); key != JSON_NONE;
             key = json_next(doc, *schema, key))
            if (key + 1 != ref && !schema_is_ignored(doc, key) &&
                !json_string_is(doc, key, "$defs") && !json_string_is(doc, key, "definitions"))
                return 0;
        int rc = resolve(w, ref, &target);
        if (rc != 0)
            return rc;
        *schema = target;
    }
    return schema_cannot(w, *schema, "references that lead in a circle");
}
