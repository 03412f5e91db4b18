#include "engine/template_json.h"

#include "engine/error.h"
#include "engine/unicode.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_DEPTH = 64, MOST_PIECE = 1 << 26 };

struct template_json_piece {
    struct template_json_piece *next;
    size_t size;
    max_align_t data[];
};

struct reader {
    struct template_json *json;
    const char *p, *end;
    unsigned depth;
    bool no_memory;
};

static void *take(struct reader *r, size_t size)
{
    struct template_json_piece *piece = NULL;
    if (size < MOST_PIECE)
        piece = calloc(1, sizeof(*piece) + size + 1);
    if (piece == NULL) {
        r->no_memory = true;
        return NULL;
    }
    piece->size = size;
    piece->next = r->json->pieces;
    r->json->pieces = piece;
    return piece->data;
}

static void skip_space(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
        r->p++;
}

static bool eat(struct reader *r, char c)
{
    skip_space(r);
    bool there = r->p < r->end && *r->p == c;
    r->p += there;
    return there;
}

static bool eat_word(struct reader *r, const char *word)
{
    size_t len = strlen(word);
    bool there = (size_t)(r->end - r->p) >= len && memcmp(r->p, word, len) == 0;
    r->p += there ? len : 0;
    return there;
}

static bool read_hex(struct reader *r, uint32_t *out)
{
    *out = 0;
    for (unsigned i = 0; i < 4; i++, r->p++) {
        if (r->p == r->end || *r->p == '\0' || strchr("0123456789abcdefABCDEF", *r->p) == NULL)
            return false;
        uint32_t digit =
            *r->p <= '9' ? (uint32_t)(*r->p - '0') : (uint32_t)((*r->p | 32) - 'a' + 10);
        *out = *out << 4 | digit;
    }
    return true;
}

/* Behind the backslash. Appends to the text and returns how many bytes; 0: no escape. */
static size_t read_escape(struct reader *r, char *out)
{
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (r->p == r->end || *r->p == '\0')
        return 0;
    const char *simple = strchr(escapes, *r->p);
    if (simple != NULL) {
        r->p++;
        *out = meanings[simple - escapes];
        return 1;
    }
    uint32_t cp, low;
    if (*r->p++ != 'u' || !read_hex(r, &cp))
        return 0;
    if (cp >= 0xd800 && cp <= 0xdbff && eat_word(r, "\\u")) {
        if (!read_hex(r, &low))
            return 0;
        cp = low >= 0xdc00 && low <= 0xdfff ? 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00)
                                            : 0xfffd;
    }
    return unicode_encode(cp >= 0xd800 && cp <= 0xdfff ? 0xfffd : cp, out);
}

/* NUL-terminated; *len without it. */
static char *read_string(struct reader *r, size_t *len)
{
    if (!eat(r, '"'))
        return NULL;
    size_t most = 0;
    for (const char *c = r->p; c < r->end && *c != '"'; c += *c == '\\' && c + 1 < r->end ? 2 : 1)
        most += 4; /* an escape becomes four bytes at most */
    char *text = take(r, most + 4);
    *len = 0;
    while (text != NULL && r->p < r->end && *r->p != '"') {
        if (*r->p != '\\') {
            text[(*len)++] = *r->p++;
            continue;
        }
        r->p++;
        size_t n = read_escape(r, text + *len);
        if (n == 0)
            return NULL;
        *len += n;
    }
    return text != NULL && eat(r, '"') ? text : NULL;
}

static bool read_number(struct reader *r, struct template_value *out)
{
    char digits[64];
    size_t len = 0;
    bool whole = true;
    while (r->p < r->end && len + 1 < sizeof(digits) && *r->p != '\0' &&
           strchr("+-.eE0123456789", *r->p) != NULL) {
        whole = whole && (*r->p == '-' || (*r->p >= '0' && *r->p <= '9'));
        digits[len++] = *r->p++;
    }
    digits[len] = '\0';
    char *end = digits;
    if (whole && len < 19)
        *out =
            (struct template_value){.kind = TEMPLATE_INTEGER, .integer = strtoll(digits, &end, 10)};
    else
        *out = (struct template_value){.kind = TEMPLATE_REAL, .real = strtod(digits, &end)};
    return len > 0 && *end == '\0';
}

static bool read_value(struct reader *r, struct template_value *out);

/* Items grow by doubling; what is left behind is wiped with the rest. */
static bool read_items(struct reader *r, struct template_value *out, bool object)
{
    char close = object ? '}' : ']';
    struct template_value *items = NULL;
    const char **keys = NULL;
    size_t count = 0, cap = 0;
    if (++r->depth > MOST_DEPTH)
        return false;
    r->p++;
    for (bool more = !eat(r, close); more; more = eat(r, ',')) {
        if (count == cap) {
            cap = cap > 0 ? 2 * cap : 8;
            struct template_value *grown = take(r, cap * sizeof(*grown));
            const char **names = take(r, cap * sizeof(*names));
            if (grown == NULL || names == NULL)
                return false;
            if (count > 0) {
                memcpy(grown, items, count * sizeof(*grown));
                memcpy(names, keys, count * sizeof(*names));
            }
            items = grown;
            keys = names;
        }
        size_t len;
        keys[count] = "";
        if (object && ((keys[count] = read_string(r, &len)) == NULL || !eat(r, ':')))
            return false;
        struct template_value *item = &items[count++];
        if (!read_value(r, item))
            return false;
        /* Calls' arguments are JSON within a string: some templates look into it, others write the
         * string. */
        if (object && item->kind == TEMPLATE_STRING && strcmp(keys[count - 1], "arguments") == 0) {
            struct reader inner = {
                .json = r->json, .p = item->text, .end = item->text + item->len, .depth = r->depth};
            struct template_value said;
            skip_space(&inner);
            bool read = inner.p < inner.end && *inner.p == '{' && read_value(&inner, &said);
            skip_space(&inner);
            if (read && inner.p == inner.end) {
                said.text = item->text;
                said.len = item->len;
                *item = said;
            }
        }
        skip_space(r);
        if (r->p < r->end && *r->p == close) {
            r->p++;
            break;
        }
        if (r->p == r->end || *r->p != ',')
            return false;
    }
    r->depth--;
    *out = (struct template_value){.kind = object ? TEMPLATE_DICT : TEMPLATE_LIST,
                                   .content = true,
                                   .items = items,
                                   .keys = keys,
                                   .count = count};
    return true;
}

static bool read_value(struct reader *r, struct template_value *out)
{
    skip_space(r);
    if (r->p == r->end)
        return false;
    if (*r->p == '{' || *r->p == '[')
        return read_items(r, out, *r->p == '{');
    if (*r->p == '"') {
        size_t len = 0;
        const char *text = read_string(r, &len);
        *out = (struct template_value){
            .kind = TEMPLATE_STRING, .content = true, .text = text, .len = len};
        return text != NULL;
    }
    *out = (struct template_value){.kind = TEMPLATE_NONE};
    if (eat_word(r, "null"))
        return true;
    if (eat_word(r, "true")) {
        *out = (struct template_value){.kind = TEMPLATE_BOOL, .boolean = true};
        return true;
    }
    if (eat_word(r, "false")) {
        *out = (struct template_value){.kind = TEMPLATE_BOOL};
        return true;
    }
    return read_number(r, out);
}

int template_json_read(struct template_json *json, const char *text, size_t len,
                       struct template_value *out, struct engine_error *error)
{
    struct reader r = {.json = json, .p = text, .end = text + len};
    bool fine = read_value(&r, out);
    skip_space(&r);
    if (fine && r.p == r.end)
        return 0;
    if (r.no_memory)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a conversation");
    return engine_fail(error, ENGINE_ERR_ARGUMENT, "tools or a message's fields are no JSON");
}

void template_json_release(struct template_json *json)
{
    while (json->pieces != NULL) {
        struct template_json_piece *piece = json->pieces;
        json->pieces = piece->next;
        explicit_bzero(piece->data, piece->size);
        free(piece);
    }
}
