#include "gateway/base/json.h"

#include <jansson.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <jsmn.h>
#pragma GCC diagnostic pop

enum { SMALL_KEY = 128 };

static void wiping_free(void *p)
{
    if (p != NULL) {
        explicit_bzero(p, malloc_usable_size(p));
        free(p);
    }
}

void json_wipe_allocations(void)
{
    json_set_alloc_funcs(malloc, wiping_free);
}

/* jansson's own message quotes the text, so only its code and position are used. */
static const char *reason_of(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return "a key is given twice in one object";
    case json_error_invalid_utf8:
        return "not valid UTF-8";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a NUL character";
    case json_error_numeric_overflow:
        return "a number out of range";
    case json_error_stack_overflow:
        return "nested too deeply";
    case json_error_premature_end_of_input:
        return "ends too early";
    case json_error_end_of_input_expected:
        return "text after the end";
    default:
        return "not valid JSON";
    }
}

static int validate(struct content text, bool *duplicate, struct err *err)
{
    json_error_t error;
    json_t *root =
        json_loadb(content_bytes(text), content_len(text), JSON_REJECT_DUPLICATES, &error);
    if (root != NULL) {
        json_decref(root);
        return 0;
    }
    enum json_error_code code = json_error_code(&error);
    if (duplicate != NULL)
        *duplicate = code == json_error_duplicate_key;
    if (code == json_error_out_of_memory)
        return err_set(err, ERR_MEMORY, "out of memory");
    return err_set(err, code == json_error_stack_overflow ? ERR_LIMIT : ERR_SYNTAX,
                   "%s, line %d, column %d", reason_of(&error), error.line, error.column);
}

static enum json_type type_of(jsmntype_t type)
{
    switch (type) {
    case JSMN_OBJECT:
        return JSON_TYPE_OBJECT;
    case JSMN_ARRAY:
        return JSON_TYPE_ARRAY;
    case JSMN_STRING:
        return JSON_TYPE_STRING;
    default:
        return JSON_TYPE_PRIMITIVE;
    }
}

static int link_nodes(struct json_doc *doc, const jsmntok_t *tokens, struct err *err)
{
    for (uint32_t i = 0; i < doc->count; i++) {
        const jsmntok_t *t = &tokens[i];
        struct json_node *n = &doc->nodes[i];
        *n = (struct json_node){.type = type_of(t->type),
                                .start = (uint32_t)t->start,
                                .end = (uint32_t)t->end,
                                .next = i + 1};
        if (t->parent >= 0) {
            const struct json_node *parent = &doc->nodes[t->parent];
            n->is_key = parent->type == JSON_TYPE_OBJECT;
            /* A value hangs below its key: it is as deep as the key is. */
            n->depth = parent->is_key ? parent->depth : parent->depth + 1;
            if (n->depth > JSON_MAX_DEPTH)
                return err_set(err, ERR_LIMIT, "nested deeper than %d levels", JSON_MAX_DEPTH);
        }
    }
    for (uint32_t i = doc->count; i-- > 1;) {
        struct json_node *parent = &doc->nodes[tokens[i].parent];
        if (parent->next < doc->nodes[i].next)
            parent->next = doc->nodes[i].next;
    }
    return 0;
}

int json_parse(struct json_doc *out, struct content text, bool *duplicate, struct err *err)
{
    *out = (struct json_doc){.bytes = content_bytes(text), .len = content_len(text)};
    if (duplicate != NULL)
        *duplicate = false;
    if (out->len > INT32_MAX)
        return err_set(err, ERR_LIMIT, "larger than 2 GiB");
    int rc = validate(text, duplicate, err);
    if (rc != 0)
        return rc;

    jsmn_parser parser;
    jsmntok_t *tokens = NULL;
    jsmn_init(&parser);
    int count = jsmn_parse(&parser, (const char *)out->bytes, out->len, NULL, 0);
    if (count <= 0)
        return err_set(err, ERR_SYNTAX, "not valid JSON");
    tokens = malloc((size_t)count * sizeof(*tokens));
    out->nodes = malloc((size_t)count * sizeof(*out->nodes));
    if (tokens == NULL || out->nodes == NULL) {
        rc = err_set(err, ERR_MEMORY, "out of memory");
        goto out;
    }
    jsmn_init(&parser);
    count = jsmn_parse(&parser, (const char *)out->bytes, out->len, tokens, (unsigned)count);
    if (count <= 0) {
        rc = err_set(err, ERR_SYNTAX, "not valid JSON");
        goto out;
    }
    out->count = (uint32_t)count;
    rc = link_nodes(out, tokens, err);
out:
    free(tokens);
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
    const struct json_node *n = &doc->nodes[node];
    return memchr(doc->bytes + n->start, '\\', n->end - n->start) != NULL;
}

bool json_string_is(const struct json_doc *doc, uint32_t node, const char *text)
{
    const struct json_node *n = &doc->nodes[node];
    if (n->type != JSON_TYPE_STRING)
        return false;
    size_t len = strlen(text);
    if (!json_has_escape(doc, node))
        return n->end - n->start == len && memcmp(doc->bytes + n->start, text, len) == 0;
    struct buf decoded = BUF_INIT;
    bool same = n->end - n->start <= SMALL_KEY && json_decode(doc, node, &decoded) == 0 &&
                decoded.len == len && memcmp(decoded.data, text, len) == 0;
    buf_release(&decoded);
    return same;
}

uint32_t json_get(const struct json_doc *doc, uint32_t object, const char *key)
{
    if (doc->nodes[object].type != JSON_TYPE_OBJECT)
        return JSON_NONE;
    for (uint32_t k = json_first(doc, object); k != JSON_NONE; k = json_next(doc, object, k))
        if (json_string_is(doc, k, key))
            return k + 1;
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

static unsigned hex4(const uint8_t *p)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        unsigned c = p[i];
        value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

int json_decode(const struct json_doc *doc, uint32_t node, struct buf *out)
{
    const uint8_t *p = doc->bytes + doc->nodes[node].start;
    const uint8_t *end = doc->bytes + doc->nodes[node].end;
    int rc = buf_reserve(out, (size_t)(end - p));
    while (rc == 0 && p < end) {
        const uint8_t *escape = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((escape != NULL ? escape : end) - p);
        rc = buf_append(out, p, plain);
        p += plain;
        if (rc != 0 || p == end)
            break;
        uint8_t bytes[4];
        size_t n = 1;
        switch (p[1]) {
        case 'b':
            bytes[0] = '\b';
            break;
        case 'f':
            bytes[0] = '\f';
            break;
        case 'n':
            bytes[0] = '\n';
            break;
        case 'r':
            bytes[0] = '\r';
            break;
        case 't':
            bytes[0] = '\t';
            break;
        case 'u': {
            unsigned c = hex4(p + 2);
            if (c >= 0xd800 && c < 0xdc00) {
                /* Validated: a low surrogate follows. */
                c = 0x10000 + ((c - 0xd800) << 10) + (hex4(p + 8) - 0xdc00);
                p += 6;
            }
            p += 4;
            n = (size_t)utf8proc_encode_char((utf8proc_int32_t)c, bytes);
            break;
        }
        default:
            bytes[0] = p[1];
        }
        p += 2;
        rc = buf_append(out, bytes, n);
    }
    return rc;
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
