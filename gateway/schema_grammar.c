#include "gateway/schema_grammar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/schema_parts.h"

enum {
    MOST_DEPTH = 96,    /* of schemas within schemas */
    MOST_CHARS = 20000, /* as many as a grammar's repetition takes */
};

static int write_view(struct schema_writer *w, struct buf *b, const struct schema_view *v);

/* Writes the rule of a view into the whole, then its name into b. */
int schema_write_rule(struct schema_writer *w, struct buf *b, const struct schema_view *v,
                      const char *rule)
{
    struct buf body = BUF_INIT;
    int rc = 0;
    if (++w->depth > MOST_DEPTH)
        rc = schema_fail(w, ERR_LIMIT, v->nodes[0], "schemas are nested too deep");
    if (rc == 0)
        rc = write_view(w, &body, v);
    if (rc == 0)
        rc = buf_printf(w->out, "%s ::= ", rule);
    if (rc == 0)
        rc = buf_append(w->out, body.data, body.len);
    if (rc == 0)
        rc = buf_append(w->out, "\n", 1);
    if (rc == 0 && w->out->len > SCHEMA_GRAMMAR_MOST_BYTES)
        rc = schema_fail(w, ERR_LIMIT, v->nodes[0], "the schema is too large");
    if (rc == 0)
        rc = buf_append_str(b, rule);
    buf_release(&body);
    w->depth--;
    return rc;
}

/* A schema's rule, written once: that is how recursion ends. */
int schema_write(struct schema_writer *w, struct buf *b, uint32_t schema)
{
    char rule[64];
    struct schema_view v = {.count = 0};
    int rc = schema_behind_refs(w, &schema);
    if (rc == 0 && schema_is_true(w, schema))
        return buf_append_str(b, "json-value");
    (void)snprintf(rule, sizeof(rule), "%s-%u", w->name, (unsigned)schema);
    if (rc == 0 && w->named[schema])
        return buf_append_str(b, rule);
    w->named[schema] = true;
    if (rc == 0)
        rc = schema_join(w, &v, schema);
    return rc != 0 ? rc : schema_write_rule(w, b, &v, rule);
}

void schema_new_rule(struct schema_writer *w, char *rule, size_t size)
{
    (void)snprintf(rule, size, "%s-x%u", w->name, w->next_rule++);
}

/* ---- values given outright ---- */

int schema_grammar_write_literal(struct buf *out, struct content text)
{
    const uint8_t *p = content_bytes(text);
    int rc = buf_append(out, "\"", 1);
    for (size_t i = 0; rc == 0 && i < content_len(text); i++) {
        if (p[i] == '"' || p[i] == '\\') {
            uint8_t pair[2] = {'\\', p[i]};
            rc = buf_append(out, pair, 2);
        } else if (p[i] < 0x20) {
            rc = buf_printf(out, "\\x%02x", p[i]);
        } else {
            rc = buf_append(out, &p[i], 1);
        }
    }
    return rc != 0 ? rc : buf_append(out, "\"", 1);
}

/* A string as the answer spells it. */
int schema_write_string(struct schema_writer *w, struct buf *b, uint32_t node)
{
    struct buf decoded = BUF_INIT, encoded = BUF_INIT;
    int rc = json_decode(w->doc, node, &decoded);
    if (rc == 0)
        rc = json_write_string(&encoded, content_of(decoded.data, decoded.len));
    if (rc == 0)
        rc = schema_grammar_write_literal(b, content_of(encoded.data, encoded.len));
    buf_release(&decoded);
    buf_release(&encoded);
    return rc;
}

static int write_constant(struct schema_writer *w, struct buf *b, uint32_t node)
{
    const struct json_node *n = &w->doc->nodes[node];
    if (n->type == JSON_TYPE_STRING)
        return schema_write_string(w, b, node);
    return schema_grammar_write_literal(b, content_of(w->doc->bytes + n->start, n->end - n->start));
}

static int write_enum(struct schema_writer *w, struct buf *b, uint32_t list)
{
    const struct json_doc *doc = w->doc;
    if (schema_type(w, list) != JSON_TYPE_ARRAY || json_first(doc, list) == JSON_NONE)
        return schema_wrong(w, list, "a list of at least one value is needed");
    int rc = 0;
    const char *bar = "(";
    for (uint32_t i = json_first(doc, list); rc == 0 && i != JSON_NONE;
         i = json_next(doc, list, i)) {
        rc = buf_append_str(b, bar);
        if (rc == 0)
            rc = write_constant(w, b, i);
        bar = " | ";
    }
    return rc != 0 ? rc : buf_append_str(b, ")");
}

/* ---- strings and numbers ---- */

static int write_string(struct schema_writer *w, struct buf *b, const struct schema_view *v)
{
    uint32_t pattern, format;
    int least = -1, most = -1;
    const char *problem = NULL, *expression = NULL;
    int rc = schema_find(w, v, "pattern", &pattern);
    if (rc == 0)
        rc = schema_find(w, v, "format", &format);
    if (rc == 0)
        rc = schema_find_count(w, v, "minLength", MOST_CHARS, &least);
    if (rc == 0)
        rc = schema_find_count(w, v, "maxLength", MOST_CHARS, &most);
    if (rc != 0)
        return rc;
    bool bounded = least > 0 || most >= 0;
    if (most >= 0 && least > most)
        return schema_wrong(w, v->nodes[0], "minLength is above maxLength");
    if ((pattern != JSON_NONE) + (format != JSON_NONE) + bounded > 1)
        return schema_cannot(
            w, pattern != JSON_NONE ? pattern : format,
            "pattern, format and bounds of the length are supported one at a time");
    if (pattern != JSON_NONE) {
        struct buf text = BUF_INIT;
        if (schema_type(w, pattern) != JSON_TYPE_STRING)
            return schema_wrong(w, pattern, "a string is needed");
        rc = json_decode(w->doc, pattern, &text);
        if (rc == 0)
            rc = schema_write_pattern(b, content_of(text.data, text.len), &problem);
        buf_release(&text);
        return problem != NULL ? schema_cannot(w, pattern, problem) : rc;
    }
    if (format != JSON_NONE) {
        const struct json_node *n = &w->doc->nodes[format];
        if (n->type != JSON_TYPE_STRING)
            return schema_wrong(w, format, "a string is needed");
        if (!schema_find_format(content_of(w->doc->bytes + n->start, n->end - n->start),
                                &expression))
            return schema_cannot(
                w, format,
                "of formats, date, time, date-time, uuid, email, hostname, ipv4 and uri "
                "are supported");
        return buf_append_str(b, expression);
    }
    if (!bounded)
        return buf_append_str(b, "json-string");
    least = least > 0 ? least : 0;
    return most >= 0 ? buf_printf(b, "(\"\\\"\" json-char{%d,%d} \"\\\"\")", least, most)
                     : buf_printf(b, "(\"\\\"\" json-char{%d,} \"\\\"\")", least);
}

static int find_bound(struct schema_writer *w, const struct schema_view *v, const char *keyword,
                      bool *has, double *out)
{
    uint32_t node;
    int rc = schema_find(w, v, keyword, &node);
    *has = rc == 0 && node != JSON_NONE;
    if (*has && !json_number(w->doc, node, out))
        rc = schema_wrong(w, node, "a number is needed");
    return rc;
}

static int write_number(struct schema_writer *w, struct buf *b, const struct schema_view *v,
                        bool whole)
{
    struct schema_bounds bounds = {0};
    double low = 0, high = 0;
    bool open_low = false, open_high = false;
    const char *problem = NULL;
    uint32_t step;
    int rc = schema_find(w, v, "multipleOf", &step);
    whole = whole || step != JSON_NONE;
    if (rc == 0)
        rc = find_bound(w, v, "minimum", &bounds.has_low, &bounds.low);
    if (rc == 0)
        rc = find_bound(w, v, "maximum", &bounds.has_high, &bounds.high);
    if (rc == 0)
        rc = find_bound(w, v, "exclusiveMinimum", &open_low, &low);
    if (rc == 0)
        rc = find_bound(w, v, "exclusiveMaximum", &open_high, &high);
    if (rc != 0)
        return rc;
    if (open_low && (!bounds.has_low || low >= bounds.low)) {
        bounds.has_low = bounds.open_low = true;
        bounds.low = low;
    }
    if (open_high && (!bounds.has_high || high <= bounds.high)) {
        bounds.has_high = bounds.open_high = true;
        bounds.high = high;
    }
    rc = schema_write_numbers(b, &bounds, whole, &problem);
    return problem != NULL ? schema_cannot(w, v->nodes[0], problem) : rc;
}

/* ---- arrays ---- */

/* `, item` from `least` to `most` times (most < 0: any number), the first without a comma. */
static int write_items(struct buf *b, const char *item, int least, int most, bool first)
{
    int rc = 0;
    if (!first || most == 0) {
        if (most == 0)
            return 0;
        rc = buf_printf(b, " (\",\" ws %s){%d,", item, least);
        if (rc == 0 && most >= 0)
            rc = buf_printf(b, "%d", most);
        return rc != 0 ? rc : buf_append_str(b, "}");
    }
    rc = buf_printf(b, " (%s", item);
    if (rc == 0)
        rc = write_items(b, item, least > 0 ? least - 1 : 0, most > 0 ? most - 1 : most, false);
    return rc != 0 ? rc : buf_append_str(b, least > 0 ? ")" : ")?");
}

static int write_array(struct schema_writer *w, struct buf *b, const struct schema_view *v)
{
    const struct json_doc *doc = w->doc;
    uint32_t items, prefix;
    int least, most, given = 0;
    struct buf item = BUF_INIT;
    int rc = schema_find(w, v, "items", &items);
    if (rc == 0)
        rc = schema_find(w, v, "prefixItems", &prefix);
    if (rc == 0)
        rc = schema_find_count(w, v, "minItems", MOST_CHARS, &least);
    if (rc == 0)
        rc = schema_find_count(w, v, "maxItems", MOST_CHARS, &most);
    if (rc != 0)
        return rc;
    if (most >= 0 && least > most)
        return schema_wrong(w, v->nodes[0], "minItems is above maxItems");
    bool no_more = items != JSON_NONE && schema_type(w, items) == JSON_TYPE_PRIMITIVE &&
                   !schema_is_true(w, items);
    rc = buf_append_str(b, "(\"[\" ws");
    if (prefix != JSON_NONE && schema_type(w, prefix) != JSON_TYPE_ARRAY)
        rc = schema_wrong(w, prefix, "a list of schemas is needed");
    if (prefix != JSON_NONE)
        for (uint32_t s = rc == 0 ? json_first(doc, prefix) : JSON_NONE; rc == 0 && s != JSON_NONE;
             s = json_next(doc, prefix, s), given++) {
            rc = buf_append_str(b, given > 0 ? " \",\" ws " : " ");
            if (rc == 0)
                rc = schema_write(w, b, s);
        }
    if (rc == 0 && most >= 0 && given > most)
        rc = schema_cannot(w, prefix, "more prefixItems than maxItems");
    no_more = no_more || (items == JSON_NONE && given > 0);
    if (rc == 0 && no_more && least > given)
        rc = schema_cannot(w, v->nodes[0], "minItems asks for more than the items that there are");
    if (rc == 0 && !no_more) {
        rc = items != JSON_NONE ? schema_write(w, &item, items)
                                : buf_append_str(&item, "json-value");
        if (rc == 0)
            rc = buf_append(&item, "", 1);
        if (rc == 0)
            rc = write_items(b, (const char *)item.data, least > given ? least - given : 0,
                             most >= 0 ? most - given : -1, given == 0);
    }
    buf_release(&item);
    return rc != 0 ? rc : buf_append_str(b, " ws \"]\")");
}

/* ---- a value ---- */

static int write_type(struct schema_writer *w, struct buf *b, const struct schema_view *v,
                      uint32_t type)
{
    const struct json_doc *doc = w->doc;
    if (json_string_is(doc, type, "object"))
        return schema_write_object(w, b, v);
    if (json_string_is(doc, type, "array"))
        return write_array(w, b, v);
    if (json_string_is(doc, type, "string"))
        return write_string(w, b, v);
    if (json_string_is(doc, type, "number") || json_string_is(doc, type, "integer"))
        return write_number(w, b, v, json_string_is(doc, type, "integer"));
    if (json_string_is(doc, type, "boolean"))
        return buf_append_str(b, "(\"true\" | \"false\")");
    if (json_string_is(doc, type, "null"))
        return buf_append_str(b, "\"null\"");
    return schema_wrong(w, type,
                        "a type is one of object, array, string, number, integer, boolean, null");
}

/* Without a type the keywords tell it. */
static int write_untyped(struct schema_writer *w, struct buf *b, const struct schema_view *v)
{
    static const struct {
        const char *keyword;
        int (*write)(struct schema_writer *w, struct buf *b, const struct schema_view *v);
    } signs[] = {{"properties", schema_write_object},
                 {"required", schema_write_object},
                 {"additionalProperties", schema_write_object},
                 {"items", write_array},
                 {"prefixItems", write_array},
                 {"minItems", write_array},
                 {"maxItems", write_array},
                 {"pattern", write_string},
                 {"format", write_string},
                 {"minLength", write_string},
                 {"maxLength", write_string}};
    static const char *const numeric[] = {"minimum", "maximum", "exclusiveMinimum",
                                          "exclusiveMaximum", "multipleOf"};
    for (size_t s = 0; s < sizeof(signs) / sizeof(*signs); s++)
        for (size_t i = 0; i < v->count; i++)
            if (json_get(w->doc, v->nodes[i], signs[s].keyword) != JSON_NONE)
                return signs[s].write(w, b, v);
    for (size_t s = 0; s < sizeof(numeric) / sizeof(*numeric); s++)
        for (size_t i = 0; i < v->count; i++)
            if (json_get(w->doc, v->nodes[i], numeric[s]) != JSON_NONE)
                return write_number(w, b, v, false);
    return buf_append_str(b, "json-value");
}

/* One of several schemas, each joined with all else that is said of the value. */
static int write_choice(struct schema_writer *w, struct buf *b, const struct schema_view *v,
                        size_t chooser, uint32_t list)
{
    const struct json_doc *doc = w->doc;
    if (schema_type(w, list) != JSON_TYPE_ARRAY || json_first(doc, list) == JSON_NONE)
        return schema_wrong(w, list, "a list of at least one schema is needed");
    bool alone = v->count == 1;
    for (uint32_t key = json_first(doc, v->nodes[chooser]); key != JSON_NONE;
         key = json_next(doc, v->nodes[chooser], key))
        alone =
            alone && (key + 1 == list || schema_is_ignored(doc, key) ||
                      json_string_is(doc, key, "$defs") || json_string_is(doc, key, "definitions"));
    int rc = 0;
    const char *bar = "(";
    for (uint32_t s = json_first(doc, list); rc == 0 && s != JSON_NONE;
         s = json_next(doc, list, s)) {
        rc = buf_append_str(b, bar);
        bar = " | ";
        if (rc != 0 || alone) {
            rc = rc != 0 ? rc : schema_write(w, b, s);
            continue;
        }
        struct schema_view joined = *v;
        char rule[64];
        rc = schema_join(w, &joined, s);
        /* The list itself is done with: a schema that only chooses would choose again. */
        for (size_t i = 0; rc == 0 && i < joined.count; i++)
            if (i != chooser && (json_get(doc, joined.nodes[i], "anyOf") != JSON_NONE ||
                                 json_get(doc, joined.nodes[i], "oneOf") != JSON_NONE))
                rc = schema_cannot(w, list,
                                   "choices within choices that are joined with other schemas");
        joined.chosen = list;
        schema_new_rule(w, rule, sizeof(rule));
        if (rc == 0)
            rc = schema_write_rule(w, b, &joined, rule);
    }
    return rc != 0 ? rc : buf_append_str(b, ")");
}

static int write_view(struct schema_writer *w, struct buf *b, const struct schema_view *v)
{
    const struct json_doc *doc = w->doc;
    uint32_t node;
    int rc = schema_find(w, v, "const", &node);
    if (rc != 0 || node != JSON_NONE)
        return rc != 0 ? rc : write_constant(w, b, node);
    rc = schema_find(w, v, "enum", &node);
    if (rc != 0 || node != JSON_NONE)
        return rc != 0 ? rc : write_enum(w, b, node);
    for (size_t i = 0; i < v->count; i++) {
        uint32_t any = json_get(doc, v->nodes[i], "anyOf");
        uint32_t one = json_get(doc, v->nodes[i], "oneOf");
        if (any != JSON_NONE && one != JSON_NONE)
            return schema_cannot(w, one, "anyOf and oneOf beside one another");
        node = any != JSON_NONE ? any : one;
        if (node != JSON_NONE && node != v->chosen)
            return write_choice(w, b, v, i, node);
    }
    rc = schema_find(w, v, "type", &node);
    if (rc != 0)
        return rc;
    if (node == JSON_NONE)
        return write_untyped(w, b, v);
    if (schema_type(w, node) != JSON_TYPE_ARRAY)
        return write_type(w, b, v, node);
    const char *bar = "(";
    if (json_first(doc, node) == JSON_NONE)
        return schema_wrong(w, node, "a type, or a list of at least one");
    for (uint32_t type = json_first(doc, node); rc == 0 && type != JSON_NONE;
         type = json_next(doc, node, type)) {
        rc = buf_append_str(b, bar);
        if (rc == 0)
            rc = write_type(w, b, v, type);
        bar = " | ";
    }
    return rc != 0 ? rc : buf_append_str(b, ")");
}

/* ---- the whole ---- */

int schema_grammar_write(struct buf *out, const char *name, const struct json_doc *doc,
                         uint32_t schema, struct schema_problem *problem)
{
    *problem = (struct schema_problem){0};
    struct buf root = BUF_INIT;
    struct schema_writer w = {
        .doc = doc, .name = name, .schema = schema, .out = out, .problem = problem};
    w.named = calloc(doc->count, sizeof(*w.named));
    int rc = w.named != NULL ? schema_write(&w, &root, schema) : ERR_MEMORY;
    if (rc == 0)
        rc = buf_printf(out, "%s ::= ", name);
    if (rc == 0)
        rc = buf_append(out, root.data, root.len);
    if (rc == 0)
        rc = buf_append_str(out, "\n");
    buf_release(&root);
    free(w.named);
    return rc;
}

int schema_grammar_write_common(struct buf *out)
{
    static const char rules[] =
        "ws ::= | \" \" | \"\\n\"{1,2} [ \\t]{0,20}\n"
        "json-plain ::= [^\"\\\\\\x7F\\x00-\\x1F]\n"
        "json-char ::= json-plain | \"\\\\\" ([\"\\\\/bfnrt] | \"u\" json-unit)\n"
        "json-unit ::= [0-9a-cefA-CEF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2} | "
        "[dD] [89abAB] [0-9a-fA-F]{2} \"\\\\u\" [dD] [c-fC-F] [0-9a-fA-F]{2}\n"
        "json-string ::= \"\\\"\" json-char* \"\\\"\"\n"
        "json-integer ::= \"-\"? (\"0\" | [1-9] [0-9]{0,14})\n"
        "json-number ::= json-integer (\".\" [0-9]{1,16})? ([eE] [-+]? [0-9]{1,2})?\n"
        "json-member ::= json-string \":\" ws json-value\n"
        "json-object ::= \"{\" ws (json-member (\",\" ws json-member)*)? ws \"}\"\n"
        "json-array ::= \"[\" ws (json-value (\",\" ws json-value)*)? ws \"]\"\n"
        "json-value ::= json-object | json-array | json-string | json-number | \"true\" | "
        "\"false\" | \"null\"\n";
    return buf_append_str(out, rules);
}
