#include "engine/template_parts.h"

#include "engine/error.h"
#include "engine/unicode.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
    max_align_t data[];
};

void pool_fail(struct pool *a, const char *format, ...)
{
    char text[160];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    a->status =
        engine_fail(a->error, ENGINE_ERR_TEMPLATE, "chat template, line %u: %s", a->line, text);
    longjmp(a->failed, 1);
}

void pool_step(struct pool *a)
{
    enum { MOST_STEPS = 20000000 };
    if (++a->steps > MOST_STEPS)
        pool_fail(a, "it does not end");
}

void *pool_take(struct pool *a, size_t size)
{
    struct arena_chunk *chunk = a->chunks;
    if (size > a->limit)
        pool_fail(a, "it needs too much memory");
    size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (chunk == NULL || chunk->size - chunk->used < size) {
        size_t room = size > 16384 ? size : 16384;
        if (a->total + room > a->limit)
            pool_fail(a, "it needs too much memory");
        chunk = calloc(1, sizeof(*chunk) + room);
        if (chunk == NULL)
            pool_fail(a, "out of memory");
        chunk->size = room;
        chunk->next = a->chunks;
        a->chunks = chunk;
        a->total += room;
    }
    void *p = (char *)chunk->data + chunk->used;
    chunk->used += size;
    return p;
}

void pool_release(struct pool *a)
{
    while (a->chunks != NULL) {
        struct arena_chunk *next = a->chunks->next;
        explicit_bzero(a->chunks->data, a->chunks->size);
        free(a->chunks);
        a->chunks = next;
    }
    a->total = 0;
}

/* ---- making values ---- */

struct value value_bool(bool b)
{
    return (struct value){.kind = V_BOOL, .as.boolean = b};
}

struct value value_int(int64_t i)
{
    return (struct value){.kind = V_INT, .as.integer = i};
}

struct value value_real(double x)
{
    return (struct value){.kind = V_REAL, .as.real = x};
}

struct value value_string(struct str s)
{
    return (struct value){.kind = V_STRING, .as.string = s};
}

struct value value_undefined(struct str name)
{
    return (struct value){.kind = V_UNDEFINED, .as.string = name};
}

struct value value_text(struct pool *a, const char *text)
{
    struct builder b = {0};
    builder_text(a, &b, text);
    return value_string(builder_str(&b));
}

struct value value_list(struct pool *a, size_t cap)
{
    struct list *list = pool_take(a, sizeof(*list));
    if (cap > a->limit / sizeof(struct value))
        pool_fail(a, "it needs too much memory");
    list->items = pool_take(a, cap * sizeof(struct value));
    list->cap = cap;
    return (struct value){.kind = V_LIST, .as.list = list};
}

struct value value_dict(struct pool *a)
{
    return (struct value){.kind = V_DICT, .as.dict = pool_take(a, sizeof(struct dict))};
}

static struct value *grown(struct pool *a, struct value *from, size_t count, size_t cap)
{
    struct value *to = pool_take(a, cap * sizeof(*to));
    if (count > 0)
        memcpy(to, from, count * sizeof(*to));
    return to;
}

void list_add(struct pool *a, struct list *list, struct value v)
{
    if (list->count == list->cap) {
        list->cap = list->cap * 2 + 4;
        list->items = grown(a, list->items, list->count, list->cap);
    }
    list->items[list->count++] = v;
}

void dict_set(struct pool *a, struct dict *dict, struct value key, struct value v)
{
    for (size_t i = 0; i < dict->count; i++) {
        if (value_equal(dict->keys[i], key)) {
            dict->values[i] = v;
            return;
        }
    }
    if (dict->count == dict->cap) {
        dict->cap = dict->cap * 2 + 4;
        dict->keys = grown(a, dict->keys, dict->count, dict->cap);
        dict->values = grown(a, dict->values, dict->count, dict->cap);
    }
    dict->keys[dict->count] = key;
    dict->values[dict->count++] = v;
}

const struct value *dict_find(const struct dict *dict, struct str key)
{
    for (size_t i = 0; i < dict->count; i++) {
        if (dict->keys[i].kind == V_STRING && str_equal(dict->keys[i].as.string, key))
            return &dict->values[i];
    }
    return NULL;
}

const struct value *dict_find_text(const struct dict *dict, const char *key)
{
    for (size_t i = 0; i < dict->count; i++) {
        if (dict->keys[i].kind == V_STRING && str_is(dict->keys[i].as.string, key))
            return &dict->values[i];
    }
    return NULL;
}

/* ---- text ---- */

void builder_add(struct pool *a, struct builder *b, const unit *units, size_t len)
{
    if (b->cap - b->len < len) {
        size_t cap = (b->len + len) * 2 + 32;
        if (cap > a->limit / sizeof(unit))
            pool_fail(a, "it needs too much memory");
        unit *to = pool_take(a, cap * sizeof(unit));
        if (b->len > 0)
            memcpy(to, b->units, b->len * sizeof(unit));
        b->units = to;
        b->cap = cap;
    }
    if (len > 0)
        memcpy(b->units + b->len, units, len * sizeof(unit));
    b->len += len;
}

void builder_text(struct pool *a, struct builder *b, const char *text)
{
    for (; *text != '\0'; text++) {
        unit u = (uint8_t)*text;
        builder_add(a, b, &u, 1);
    }
}

struct str builder_str(const struct builder *b)
{
    static const unit empty[1] = {0};
    return (struct str){b->units != NULL ? b->units : empty, b->len};
}

bool str_is(struct str s, const char *text)
{
    for (size_t i = 0; i < s.len; i++) {
        if (text[i] == '\0' || (s.units[i] & 0xff) != (uint8_t)text[i])
            return false;
    }
    return text[s.len] == '\0';
}

static bool same_units(const unit *a, const unit *b, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if ((a[i] & 0xff) != (b[i] & 0xff))
            return false;
    }
    return true;
}

bool str_equal(struct str a, struct str b)
{
    return a.len == b.len && same_units(a.units, b.units, a.len);
}

size_t str_find(struct str s, struct str part, size_t from)
{
    for (size_t i = from; part.len <= s.len && i <= s.len - part.len; i++) {
        if (same_units(s.units + i, part.units, part.len))
            return i;
    }
    return SIZE_MAX;
}

size_t str_char(struct str s, size_t at, uint32_t *cp)
{
    char bytes[4];
    size_t n = 0;
    for (; n < 4 && at + n < s.len; n++)
        bytes[n] = (char)(s.units[at + n] & 0xff);
    return unicode_decode(bytes, n, cp);
}

size_t str_length(struct str s)
{
    size_t count = 0;
    uint32_t cp = 0;
    for (size_t at = 0; at < s.len; count++)
        at += str_char(s, at, &cp);
    return count;
}

struct str str_part(struct str s, size_t from, size_t len)
{
    return (struct str){s.units + from, len};
}

const char *str_name(struct pool *a, struct str s)
{
    size_t len = s.len < 60 ? s.len : 60;
    char *out = pool_take(a, len + 1);
    for (size_t i = 0; i < len; i++)
        out[i] = s.units[i] >= 0x20 && s.units[i] < 0x7f ? (char)s.units[i] : '?';
    return out;
}

/* ---- questions ---- */

const char *value_kind_name(struct value v)
{
    static const char *const names[] = {
        "undefined", "none",        "a boolean", "an integer", "a number",   "a string", "a list",
        "a mapping", "a namespace", "a loop",    "a macro",    "a function", "a method"};
    return names[v.kind];
}

bool value_is_number(struct value v)
{
    return v.kind == V_BOOL || v.kind == V_INT || v.kind == V_REAL;
}

double value_number(struct value v)
{
    return v.kind == V_BOOL ? v.as.boolean : v.kind == V_INT ? (double)v.as.integer : v.as.real;
}

void value_need(struct pool *a, struct value v)
{
    if (v.kind == V_UNDEFINED)
        pool_fail(a, "'%s' is undefined", str_name(a, v.as.string));
}

bool value_true(struct value v)
{
    switch (v.kind) {
    case V_UNDEFINED:
    case V_NONE:
        return false;
    case V_BOOL:
    case V_INT:
    case V_REAL:
        return fpclassify(value_number(v)) != FP_ZERO;
    case V_STRING:
        return v.as.string.len > 0;
    case V_LIST:
        return v.as.list->count > 0 || v.as.list->generator;
    case V_DICT:
        return v.as.dict->count > 0;
    default:
        return true;
    }
}

static bool equal_within(struct value a, struct value b, int depth)
{
    if (value_is_number(a) && value_is_number(b)) {
        if (a.kind == V_INT && b.kind == V_INT)
            return a.as.integer == b.as.integer;
        return !(value_number(a) < value_number(b)) && !(value_number(a) > value_number(b));
    }
    if (a.kind != b.kind || depth > 50)
        return false;
    switch (a.kind) {
    case V_UNDEFINED:
    case V_NONE:
        return true;
    case V_STRING:
        return str_equal(a.as.string, b.as.string);
    case V_LIST:
        if (a.as.list->count != b.as.list->count || a.as.list->tuple != b.as.list->tuple)
            return false;
        for (size_t i = 0; i < a.as.list->count; i++) {
            if (!equal_within(a.as.list->items[i], b.as.list->items[i], depth + 1))
                return false;
        }
        return true;
    case V_DICT:
        if (a.as.dict->count != b.as.dict->count)
            return false;
        for (size_t i = 0; i < a.as.dict->count; i++) {
            if (a.as.dict->keys[i].kind != V_STRING)
                return false;
            const struct value *other = dict_find(b.as.dict, a.as.dict->keys[i].as.string);
            if (other == NULL || !equal_within(a.as.dict->values[i], *other, depth + 1))
                return false;
        }
        return true;
    default:
        return false;
    }
}

bool value_equal(struct value a, struct value b)
{
    return equal_within(a, b, 0);
}

/* The first items that differ decide, then the length. */
static int compare_lists(struct pool *a, const struct list *x, const struct list *y)
{
    for (size_t i = 0; i < x->count && i < y->count; i++) {
        if (!value_equal(x->items[i], y->items[i]))
            return value_compare(a, x->items[i], y->items[i]);
    }
    return (x->count > y->count) - (x->count < y->count);
}

int value_compare(struct pool *a, struct value x, struct value y)
{
    if (x.kind == V_LIST && y.kind == V_LIST)
        return compare_lists(a, x.as.list, y.as.list);
    if (value_is_number(x) && value_is_number(y))
        return (value_number(x) > value_number(y)) - (value_number(x) < value_number(y));
    if (x.kind != V_STRING || y.kind != V_STRING)
        pool_fail(a, "%s and %s cannot be ordered", value_kind_name(x), value_kind_name(y));
    struct str s = x.as.string, t = y.as.string;
    for (size_t i = 0; i < s.len && i < t.len; i++) {
        int d = (s.units[i] & 0xff) - (t.units[i] & 0xff);
        if (d != 0)
            return d;
    }
    return (s.len > t.len) - (s.len < t.len);
}

struct list *value_iterate(struct pool *a, struct value v)
{
    if (v.kind == V_LIST)
        return v.as.list;
    struct value out = value_list(a, 4);
    if (v.kind == V_DICT || v.kind == V_NAMESPACE) {
        for (size_t i = 0; i < v.as.dict->count; i++)
            list_add(a, out.as.list, v.as.dict->keys[i]);
    } else if (v.kind == V_STRING) {
        uint32_t cp = 0;
        for (size_t at = 0; at < v.as.string.len;) {
            size_t n = str_char(v.as.string, at, &cp);
            list_add(a, out.as.list, value_string(str_part(v.as.string, at, n)));
            at += n;
        }
    } else if (v.kind != V_UNDEFINED) {
        pool_fail(a, "%s cannot be looped over", value_kind_name(v));
    }
    return out.as.list;
}

/* ---- showing ---- */

enum style { STYLE_JSON, STYLE_PYTHON };

struct writer {
    struct pool *arena;
    struct builder out;
    enum style style;
    struct json_style json;
    int depth;
};

/* The shortest digits that read back as the same number, as Python writes them. */
static void write_real(struct writer *w, double x)
{
    char text[40];
    if (!isfinite(x)) {
        builder_text(w->arena, &w->out, isnan(x) ? "NaN" : x > 0 ? "Infinity" : "-Infinity");
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, x);
        double back = strtod(text, NULL);
        if (!(back < x) && !(back > x))
            break;
    }
    if (strpbrk(text, "e.") == NULL || (strchr(text, 'e') && fabs(x) >= 1e-4 && fabs(x) < 1e16)) {
        snprintf(text, sizeof(text), "%.17g", x);
        if (strpbrk(text, "e.") == NULL)
            snprintf(text, sizeof(text), "%.1f", x);
    }
    builder_text(w->arena, &w->out, text);
}

/* \uXXXX, twice for what lies beyond; units of the character. */
static size_t write_ascii(struct writer *w, struct str s, size_t at)
{
    char text[16];
    uint32_t cp = 0;
    size_t n = str_char(s, at, &cp);
    if (cp < 0x10000)
        snprintf(text, sizeof(text), "\\u%04x", (unsigned)cp);
    else
        snprintf(text, sizeof(text), "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (cp >> 10)),
                 (unsigned)(0xdc00 + (cp & 0x3ff)));
    for (const char *p = text; *p != '\0'; p++) {
        unit u = (unit)((uint8_t)*p | (s.units[at] & CONTENT));
        builder_add(w->arena, &w->out, &u, 1);
    }
    return n;
}

static void write_string(struct writer *w, struct str s)
{
    bool json = w->style == STYLE_JSON;
    char quote = '"';
    if (!json) {
        bool single = false, twice = false;
        for (size_t i = 0; i < s.len; i++) {
            single = single || (s.units[i] & 0xff) == '\'';
            twice = twice || (s.units[i] & 0xff) == '"';
        }
        quote = single && !twice ? '"' : '\'';
    }
    unit mark = (unit)(uint8_t)quote;
    builder_add(w->arena, &w->out, &mark, 1);
    for (size_t i = 0; i < s.len; i++) {
        unit u = s.units[i], flag = u & CONTENT;
        char c = (char)(u & 0xff), escaped[8] = "";
        if (json && w->json.ascii && (u & 0x80) != 0) {
            i += write_ascii(w, s, i) - 1;
            continue;
        }
        if (c == quote || c == '\\')
            snprintf(escaped, sizeof(escaped), "\\%c", c);
        else if (c == '\n')
            snprintf(escaped, sizeof(escaped), "\\n");
        else if (c == '\r')
            snprintf(escaped, sizeof(escaped), "\\r");
        else if (c == '\t')
            snprintf(escaped, sizeof(escaped), "\\t");
        else if (json && (c == '\b' || c == '\f'))
            snprintf(escaped, sizeof(escaped), c == '\b' ? "\\b" : "\\f");
        else if ((u & 0xff) < 0x20)
            snprintf(escaped, sizeof(escaped), json ? "\\u%04x" : "\\x%02x", (unsigned)(u & 0xff));
        if (escaped[0] == '\0')
            builder_add(w->arena, &w->out, &u, 1);
        for (const char *p = escaped; *p != '\0'; p++) {
            unit e = (unit)((uint8_t)*p | flag);
            builder_add(w->arena, &w->out, &e, 1);
        }
    }
    builder_add(w->arena, &w->out, &mark, 1);
}

static void write_break(struct writer *w)
{
    if (w->json.indent < 0)
        return;
    builder_text(w->arena, &w->out, "\n");
    for (int i = 0; i < w->depth * w->json.indent; i++)
        builder_text(w->arena, &w->out, " ");
}

static void write_value(struct writer *w, struct value v);

static void write_sign(struct writer *w, struct str own, const char *usual)
{
    if (own.units != NULL)
        builder_add(w->arena, &w->out, own.units, own.len);
    else
        builder_text(w->arena, &w->out, usual);
}

static void write_member(struct writer *w, struct value key, struct value v)
{
    if (w->style == STYLE_JSON && key.kind != V_STRING)
        key = value_string(value_to_str(w->arena, key));
    write_value(w, key);
    write_sign(w, w->json.behind_key, ": ");
    write_value(w, v);
}

static int compare_keys(const void *a, const void *b)
{
    const struct value *x = *(struct value *const *)a, *y = *(struct value *const *)b;
    struct str s = x->as.string, t = y->as.string;
    for (size_t i = 0; i < s.len && i < t.len; i++) {
        if ((s.units[i] & 0xff) != (t.units[i] & 0xff))
            return (s.units[i] & 0xff) - (t.units[i] & 0xff);
    }
    return (s.len > t.len) - (s.len < t.len);
}

/* The keys in the order they are written in. */
static const struct value **ordered_keys(struct writer *w, const struct dict *d)
{
    const struct value **keys = pool_take(w->arena, (d->count + 1) * sizeof(*keys));
    bool sorts = w->json.sorted;
    for (size_t i = 0; i < d->count; i++) {
        keys[i] = &d->keys[i];
        sorts = sorts && keys[i]->kind == V_STRING;
    }
    if (sorts)
        qsort(keys, d->count, sizeof(*keys), compare_keys);
    return keys;
}

static void write_items(struct writer *w, struct value v)
{
    bool list = v.kind == V_LIST, tuple = list && v.as.list->tuple && w->style == STYLE_PYTHON;
    size_t count = list ? v.as.list->count : v.as.dict->count;
    const struct value **keys = list ? NULL : ordered_keys(w, v.as.dict);
    if (++w->depth > 50)
        pool_fail(w->arena, "a value is nested too deep");
    builder_text(w->arena, &w->out, tuple ? "(" : list ? "[" : "{");
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            write_sign(w, w->json.between, w->json.indent >= 0 ? "," : ", ");
        write_break(w);
        if (list)
            write_value(w, v.as.list->items[i]);
        else
            write_member(w, *keys[i], v.as.dict->values[keys[i] - v.as.dict->keys]);
    }
    w->depth--;
    if (count > 0)
        write_break(w);
    if (tuple)
        builder_text(w->arena, &w->out, count == 1 ? ",)" : ")");
    else
        builder_text(w->arena, &w->out, list ? "]" : "}");
}

static void write_value(struct writer *w, struct value v)
{
    char text[32];
    bool json = w->style == STYLE_JSON;
    switch (v.kind) {
    case V_NONE:
        builder_text(w->arena, &w->out, json ? "null" : "None");
        break;
    case V_BOOL:
        builder_text(w->arena, &w->out,
                     v.as.boolean ? (json ? "true" : "True") : (json ? "false" : "False"));
        break;
    case V_INT:
        snprintf(text, sizeof(text), "%lld", (long long)v.as.integer);
        builder_text(w->arena, &w->out, text);
        break;
    case V_REAL:
        write_real(w, v.as.real);
        break;
    case V_STRING:
        write_string(w, v.as.string);
        break;
    case V_LIST:
    case V_DICT:
        write_items(w, v);
        break;
    case V_UNDEFINED:
        if (!json)
            break;
        /* fall through */
    default:
        pool_fail(w->arena, "%s cannot be shown", value_kind_name(v));
    }
}

struct str value_to_str(struct pool *a, struct value v)
{
    if (v.kind == V_STRING)
        return v.as.string;
    if (v.kind == V_DICT && v.as.dict->said.units != NULL)
        return v.as.dict->said;
    struct writer w = {.arena = a, .style = STYLE_PYTHON, .json = {.indent = -1}};
    write_value(&w, v);
    return builder_str(&w.out);
}

struct str value_to_json(struct pool *a, struct value v, const struct json_style *style)
{
    struct writer w = {.arena = a, .style = STYLE_JSON, .json = *style};
    write_value(&w, v);
    return builder_str(&w.out);
}
