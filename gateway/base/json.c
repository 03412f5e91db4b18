#include "gateway/base/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "gateway/base/json_lex.h"

enum {
    NODES_AT_FIRST = 32,
    FEW_KEYS = 12, /* so many are compared with one another; more are sorted first */
};

enum mistake {
    MISTAKE_SYNTAX,
    MISTAKE_UTF8,
    MISTAKE_NUL,
    MISTAKE_RANGE,
    MISTAKE_EARLY_END,
    MISTAKE_LATE_END,
    MISTAKE_DUPLICATE,
};

struct parse {
    struct json_doc *doc;
    struct json_lexer lexer;
    struct err *err;
    bool *duplicate;
    uint32_t cap; /* of doc->nodes */
};

/* ---- mistakes ---- */

/* Says where, counted in characters, and never what stands there. */
static int refuse(struct parse *p, enum mistake mistake, const uint8_t *at)
{
    static const char *const reasons[] = {
        [MISTAKE_SYNTAX] = "not valid JSON",
        [MISTAKE_UTF8] = "not valid UTF-8",
        [MISTAKE_NUL] = "a NUL character",
        [MISTAKE_RANGE] = "a number out of range",
        [MISTAKE_EARLY_END] = "ends too early",
        [MISTAKE_LATE_END] = "text after the end",
        [MISTAKE_DUPLICATE] = "a key is given twice in one object",
    };
    unsigned line = 1, column = 1;
    for (const uint8_t *c = p->doc->bytes; c < at; c++) {
        if (*c == '\n') {
            line++;
            column = 1;
        } else if ((*c & 0xc0) != 0x80) {
            column++;
        }
    }
    if (p->duplicate != NULL)
        *p->duplicate = mistake == MISTAKE_DUPLICATE;
    return err_set(p->err, ERR_SYNTAX, "%s, line %u, column %u", reasons[mistake], line, column);
}

static int refuse_here(struct parse *p)
{
    const uint8_t *at = p->lexer.p;
    if (at == p->lexer.end)
        return refuse(p, MISTAKE_EARLY_END, at);
    utf8proc_int32_t code;
    bool is_text = utf8proc_iterate(at, p->lexer.end - at, &code) > 0;
    return refuse(p, is_text ? MISTAKE_SYNTAX : MISTAKE_UTF8, at);
}

/* ---- the scan ---- */

static uint32_t offset_of(const struct parse *p, const uint8_t *at)
{
    return (uint32_t)(at - p->doc->bytes);
}

/* NULL: no memory, too deep or too many; the error is set. */
static struct json_node *add_node(struct parse *p, enum json_type type, uint32_t depth, int *rc)
{
    struct json_doc *doc = p->doc;
    if (depth > JSON_MAX_DEPTH) {
        *rc = err_set(p->err, ERR_LIMIT, "nested deeper than %d levels", JSON_MAX_DEPTH);
        return NULL;
    }
    if (doc->count == JSON_MAX_NODES) {
        *rc = err_set(p->err, ERR_LIMIT, "more than %d keys and values", JSON_MAX_NODES);
        return NULL;
    }
    if (doc->count == p->cap) {
        uint32_t cap = p->cap != 0 ? p->cap * 2 : NODES_AT_FIRST;
        /* No content in it: what realloc leaves behind are offsets. */
        struct json_node *nodes = realloc(doc->nodes, cap * sizeof(*nodes));
        if (nodes == NULL) {
            *rc = err_set(p->err, ERR_MEMORY, "out of memory");
            return NULL;
        }
        doc->nodes = nodes;
        p->cap = cap;
    }
    struct json_node *node = &doc->nodes[doc->count++];
    *node = (struct json_node){
        .type = type, .start = offset_of(p, p->lexer.p), .next = doc->count, .depth = depth};
    return node;
}

static int scan_string(struct parse *p, uint32_t depth, bool is_key)
{
    int rc = 0;
    struct json_string string;
    const uint8_t *start = p->lexer.p;
    struct json_node *node = add_node(p, JSON_TYPE_STRING, depth, &rc);
    if (node == NULL)
        return rc;
    if (!json_lex_string(&p->lexer, &string))
        return refuse_here(p);
    if (string.nul)
        return refuse(p, MISTAKE_NUL, start);
    if (string.half_surrogate)
        return refuse(p, MISTAKE_UTF8, start);
    node->start++;
    node->end = node->start + (uint32_t)string.len;
    node->is_key = is_key;
    node->escaped = string.escaped;
    return 0;
}

/* What fits: whole numbers into 64 bits, others into a double, where tiny ones become zero. */
static bool in_range(const struct json_digits *number)
{
    static const char most[] = "9223372036854775807", least[] = "9223372036854775808";
    enum { DIGITS = sizeof(most) - 1, SURELY_FITS = 300 };
    if (number->whole) {
        const char *limit = number->negative ? least : most;
        return number->integer_len < DIGITS ||
               (number->integer_len == DIGITS && memcmp(number->integer, limit, DIGITS) <= 0);
    }
    if (!number->exponent && number->integer_len < SURELY_FITS)
        return true;
    /* It stops in time: a byte that is no part of a number follows. */
    return isfinite(strtod((const char *)number->bytes, NULL));
}

static int scan_primitive(struct parse *p, uint32_t depth)
{
    int rc = 0;
    const uint8_t *start = p->lexer.p;
    struct json_digits number;
    struct json_node *node = add_node(p, JSON_TYPE_PRIMITIVE, depth, &rc);
    if (node == NULL)
        return rc;
    bool known = *start == 't'   ? json_lex_word(&p->lexer, "true")
                 : *start == 'f' ? json_lex_word(&p->lexer, "false")
                 : *start == 'n' ? json_lex_word(&p->lexer, "null")
                                 : json_lex_number(&p->lexer, &number);
    /* The end of the text cannot be the end of a number: something is open around it. */
    if (!known || p->lexer.p == p->lexer.end)
        return refuse_here(p);
    if ((*start == '-' || (*start >= '0' && *start <= '9')) && !in_range(&number))
        return refuse(p, MISTAKE_RANGE, start);
    node->end = offset_of(p, p->lexer.p);
    return 0;
}

static int scan_value(struct parse *p, uint32_t depth);

static int scan_member(struct parse *p, uint32_t depth)
{
    if (p->lexer.p == p->lexer.end || *p->lexer.p != '"')
        return refuse_here(p);
    uint32_t key = p->doc->count;
    int rc = scan_string(p, depth, true);
    if (rc != 0)
        return rc;
    json_lex_space(&p->lexer);
    if (!json_lex_byte(&p->lexer, ':'))
        return refuse_here(p);
    json_lex_space(&p->lexer);
    rc = scan_value(p, depth);
    p->doc->nodes[key].next = p->doc->count;
    return rc;
}

static int scan_container(struct parse *p, uint32_t depth, bool object)
{
    int rc = 0;
    struct json_lexer *x = &p->lexer;
    uint8_t close = object ? '}' : ']';
    uint32_t self = p->doc->count;
    if (add_node(p, object ? JSON_TYPE_OBJECT : JSON_TYPE_ARRAY, depth, &rc) == NULL)
        return rc;
    x->p++;
    json_lex_space(x);
    if (!json_lex_byte(x, close)) {
        for (;;) {
            rc = object ? scan_member(p, depth + 1) : scan_value(p, depth + 1);
            if (rc != 0)
                return rc;
            json_lex_space(x);
            if (json_lex_byte(x, close))
                break;
            if (!json_lex_byte(x, ','))
                return refuse_here(p);
            json_lex_space(x);
        }
    }
    p->doc->nodes[self].end = offset_of(p, x->p);
    p->doc->nodes[self].next = p->doc->count;
    return 0;
}

/* As deep as JSON_MAX_DEPTH: add_node stops it. */
static int scan_value(struct parse *p, uint32_t depth)
{
    if (p->lexer.p == p->lexer.end)
        return refuse_here(p);
    switch (*p->lexer.p) {
    case '{':
        return scan_container(p, depth, true);
    case '[':
        return scan_container(p, depth, false);
    case '"':
        return scan_string(p, depth, false);
    default:
        return scan_primitive(p, depth);
    }
}

/* ---- keys given twice ---- */

/* A key in its decoded form, byte by byte. */
struct key_reader {
    const uint8_t *p, *end;
    uint8_t decoded[4];
    size_t at, count;
};

static int next_byte(struct key_reader *r)
{
    if (r->at < r->count)
        return r->decoded[r->at++];
    if (r->p == r->end)
        return -1;
    if (*r->p != '\\')
        return *r->p++;
    r->count = json_lex_escape(&r->p, r->end, r->decoded);
    r->at = 1;
    return r->decoded[0];
}

/* Of two keys; key_reader gives the same order for those that hold escapes. */
static int compare_plain(const struct json_doc *doc, const struct json_node *a,
                         const struct json_node *b)
{
    size_t a_len = a->end - a->start, b_len = b->end - b->start;
    int order = memcmp(doc->bytes + a->start, doc->bytes + b->start, a_len < b_len ? a_len : b_len);
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_keys(const void *first, const void *second, void *arg)
{
    const struct json_doc *doc = arg;
    const struct json_node *a = &doc->nodes[*(const uint32_t *)first];
    const struct json_node *b = &doc->nodes[*(const uint32_t *)second];
    if (!a->escaped && !b->escaped)
        return compare_plain(doc, a, b);
    struct key_reader left = {.p = doc->bytes + a->start, .end = doc->bytes + a->end};
    struct key_reader right = {.p = doc->bytes + b->start, .end = doc->bytes + b->end};
    int l, r;
    do {
        l = next_byte(&left);
        r = next_byte(&right);
    } while (l == r && l >= 0);
    return (l > r) - (l < r);
}

/* The second of two equal keys of an object, or JSON_NONE. */
static uint32_t find_twice_among_few(struct json_doc *doc, const uint32_t *keys, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (compare_keys(&keys[i], &keys[k], doc) == 0)
                return keys[i];
    return JSON_NONE;
}

static uint32_t find_twice_among_many(struct json_doc *doc, uint32_t *keys, uint32_t count)
{
    qsort_r(keys, count, sizeof(*keys), compare_keys, doc);
    for (uint32_t i = 1; i < count; i++)
        if (compare_keys(&keys[i - 1], &keys[i], doc) == 0)
            return keys[i] > keys[i - 1] ? keys[i] : keys[i - 1];
    return JSON_NONE;
}

static int refuse_duplicates_in(struct parse *p, uint32_t object)
{
    struct json_doc *doc = p->doc;
    uint32_t few[FEW_KEYS], count = 0, twice;
    for (uint32_t k = json_first(doc, object); k != JSON_NONE; k = json_next(doc, object, k)) {
        if (count < FEW_KEYS)
            few[count] = k;
        count++;
    }
    if (count <= FEW_KEYS) {
        twice = find_twice_among_few(doc, few, count);
    } else {
        uint32_t *keys = malloc(count * sizeof(*keys));
        if (keys == NULL)
            return err_set(p->err, ERR_MEMORY, "out of memory");
        uint32_t n = 0;
        for (uint32_t k = json_first(doc, object); k != JSON_NONE; k = json_next(doc, object, k))
            keys[n++] = k;
        twice = find_twice_among_many(doc, keys, count);
        free(keys);
    }
    if (twice == JSON_NONE)
        return 0;
    return refuse(p, MISTAKE_DUPLICATE, doc->bytes + doc->nodes[twice].start);
}

static int refuse_duplicates(struct parse *p)
{
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < p->doc->count; i++)
        if (p->doc->nodes[i].type == JSON_TYPE_OBJECT)
            rc = refuse_duplicates_in(p, i);
    return rc;
}

/* ---- documents ---- */

int json_parse(struct json_doc *out, struct content text, bool *duplicate, struct err *err)
{
    *out = (struct json_doc){.bytes = content_bytes(text), .len = content_len(text)};
    struct parse p = {.doc = out,
                      .lexer = {.p = out->bytes, .end = out->bytes + out->len},
                      .err = err,
                      .duplicate = duplicate};
    if (duplicate != NULL)
        *duplicate = false;
    if (out->len > INT32_MAX)
        return err_set(err, ERR_LIMIT, "larger than 2 GiB");
    json_lex_space(&p.lexer);
    bool is_container = p.lexer.p < p.lexer.end && (*p.lexer.p == '{' || *p.lexer.p == '[');
    int rc = is_container ? scan_value(&p, 0) : refuse_here(&p);
    if (rc == 0) {
        json_lex_space(&p.lexer);
        if (p.lexer.p != p.lexer.end)
            rc = refuse(&p, MISTAKE_LATE_END, p.lexer.p);
    }
    if (rc == 0)
        rc = refuse_duplicates(&p);
    if (rc != 0)
        json_release(out);
    return rc;
}

void json_release(struct json_doc *doc)
{
    free(doc->nodes);
    *doc = (struct json_doc){0};
}

uint32_t json_first(const struct json_doc *doc, uint32_t container)
{
    const struct json_node *n = &doc->nodes[container];
    bool holds = n->type == JSON_TYPE_OBJECT || n->type == JSON_TYPE_ARRAY;
    return holds && n->next > container + 1 ? container + 1 : JSON_NONE;
}

uint32_t json_next(const struct json_doc *doc, uint32_t container, uint32_t child)
{
    uint32_t next = doc->nodes[child].next;
    return next < doc->nodes[container].next ? next : JSON_NONE;
}

bool json_has_escape(const struct json_doc *doc, uint32_t node)
{
    return doc->nodes[node].escaped;
}

bool json_string_is(const struct json_doc *doc, uint32_t node, const char *text)
{
    const struct json_node *n = &doc->nodes[node];
    if (n->type != JSON_TYPE_STRING)
        return false;
    size_t len = strlen(text);
    if (!json_has_escape(doc, node))
        return n->end - n->start == len && memcmp(doc->bytes + n->start, text, len) == 0;
    struct key_reader reader = {.p = doc->bytes + n->start, .end = doc->bytes + n->end};
    for (size_t i = 0; i < len; i++)
        if (next_byte(&reader) != (uint8_t)text[i])
            return false;
    return next_byte(&reader) < 0;
}

uint32_t json_get(const struct json_doc *doc, uint32_t object, const char *key)
{
    if (doc->nodes[object].type != JSON_TYPE_OBJECT)
        return JSON_NONE;
    size_t len = strlen(key);
    for (uint32_t k = json_first(doc, object); k != JSON_NONE; k = json_next(doc, object, k)) {
        const struct json_node *n = &doc->nodes[k];
        if ((n->escaped || n->end - n->start == len) && json_string_is(doc, k, key))
            return k + 1;
    }
    return JSON_NONE;
}

static bool primitive_is(const struct json_doc *doc, uint32_t node, const char *text)
{
    const struct json_node *n = &doc->nodes[node];
    size_t len = strlen(text);
    return n->type == JSON_TYPE_PRIMITIVE && n->end - n->start == len &&
           memcmp(doc->bytes + n->start, text, len) == 0;
}

bool json_node_is_null(const struct json_doc *doc, uint32_t node)
{
    return primitive_is(doc, node, "null");
}

bool json_bool(const struct json_doc *doc, uint32_t node, bool *out)
{
    *out = primitive_is(doc, node, "true");
    return *out || primitive_is(doc, node, "false");
}

bool json_number(const struct json_doc *doc, uint32_t node, double *out)
{
    const struct json_node *n = &doc->nodes[node];
    char text[64];
    size_t len = n->end - n->start;
    if (n->type != JSON_TYPE_PRIMITIVE || len >= sizeof(text))
        return false;
    memcpy(text, doc->bytes + n->start, len);
    text[len] = '\0';
    char *end;
    *out = strtod(text, &end);
    return end == text + len && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
}

int json_decode(const struct json_doc *doc, uint32_t node, struct buf *out)
{
    const uint8_t *p = doc->bytes + doc->nodes[node].start;
    const uint8_t *end = doc->bytes + doc->nodes[node].end;
    int rc = buf_reserve(out, (size_t)(end - p));
    if (rc != 0 || p == end)
        return rc;
    uint8_t *to = out->data + out->len; /* no escape is shorter than what it stands for */
    while (p < end) {
        const uint8_t *escape = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((escape != NULL ? escape : end) - p);
        memcpy(to, p, plain);
        to += plain;
        p += plain;
        while (p != end && *p == '\\') {
            uint8_t bytes[4];
            size_t n = json_lex_escape(&p, end, bytes);
            memcpy(to, bytes, n);
            to += n;
        }
    }
    out->len = (size_t)(to - out->data);
    return 0;
}

void json_walk_init(struct json_walk *walk, const void *bytes, size_t len)
{
    *walk = (struct json_walk){.p = bytes, .end = (const uint8_t *)bytes + len};
}

const uint8_t *json_walk_to(struct json_walk *walk, size_t to)
{
    while (walk->decoded < to && walk->p < walk->end) {
        size_t left = (size_t)(walk->end - walk->p);
        size_t wanted = to - walk->decoded < left ? to - walk->decoded : left;
        const uint8_t *escape = memchr(walk->p, '\\', wanted);
        size_t plain = escape != NULL ? (size_t)(escape - walk->p) : wanted;
        walk->p += plain;
        walk->decoded += plain;
        if (escape == NULL)
            continue;
        uint8_t bytes[4];
        walk->decoded += json_lex_escape(&walk->p, walk->end, bytes);
    }
    return walk->decoded == to ? walk->p : NULL;
}

int json_write_string(struct buf *out, struct content text)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t *p = content_bytes(text);
    const uint8_t *end = p + content_len(text);
    int rc = buf_append(out, "\"", 1);
    while (rc == 0 && p < end) {
        const uint8_t *run = p;
        while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
            p++;
        rc = buf_append(out, run, (size_t)(p - run));
        if (rc != 0 || p == end)
            break;
        utf8proc_int32_t code;
        utf8proc_ssize_t n;
        if (*p == '\n') {
            rc = buf_append(out, "\\n", 2);
            p++;
        } else if (*p == '"' || *p == '\\') {
            uint8_t pair[2] = {'\\', *p++};
            rc = buf_append(out, pair, 2);
        } else if (*p < 0x20) {
            char escape[6] = {'\\', 'u', '0', '0', hex[*p >> 4], hex[*p & 15]};
            rc = buf_append(out, escape, 6);
            p++;
        } else if ((n = utf8proc_iterate(p, end - p, &code)) > 0) {
            rc = buf_append(out, p, (size_t)n);
            p += n;
        } else {
            rc = buf_append(out, "\xef\xbf\xbd", 3);
            p++;
        }
    }
    return rc != 0 ? rc : buf_append(out, "\"", 1);
}
