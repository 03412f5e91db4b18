/*
 * json.h - strict JSON with byte offsets, so that a body can be forwarded as it came.
 *
 * RFC 8259 to the letter, in one pass, with an object or array at the root. Beyond the grammar,
 * what readers disagree about is refused: text that is not valid UTF-8, a NUL, half a surrogate
 * pair, a key given twice in one object (in its decoded form), whole numbers beyond 64 bits, others
 * beyond a double. Nothing is copied: nodes point into the text, which must outlive the document.
 * Errors name line and column, never the text found there. Any thread; a document belongs to one.
 */
#ifndef PENSTOCK_BASE_JSON_H
#define PENSTOCK_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/content.h"
#include "gateway/base/err.h"

enum json_type { JSON_TYPE_OBJECT, JSON_TYPE_ARRAY, JSON_TYPE_STRING, JSON_TYPE_PRIMITIVE };

struct json_node {
    enum json_type type;
    uint32_t start, end; /* bytes; a string's are those between its quotes */
    uint32_t next;       /* index of the first node behind this one's subtree */
    uint32_t depth;      /* 0: the root */
    bool is_key;         /* a key; its value is the next index */
    bool escaped;        /* a string with a backslash in it */
};

struct json_doc {
    const uint8_t *bytes;
    size_t len;
    struct json_node *nodes; /* 0 is the root, in order of the text */
    uint32_t count;
};

enum { JSON_NONE = 0x7fffffff };
enum { JSON_MAX_DEPTH = 64 };
/* Keys and values: a body of nothing but brackets would become many times its size in memory. */
enum { JSON_MAX_NODES = 1 << 18 };

/*
 * ERR_SYNTAX (err->text says which rule and where), ERR_LIMIT (depth, size, nodes), ERR_MEMORY.
 * *duplicate (may be NULL) tells whether the mistake is a key given twice.
 */
MUST_CHECK int json_parse(struct json_doc *out, struct content text, bool *duplicate,
                          struct err *err);
void json_release(struct json_doc *doc);

/* Value of a key (compared decoded) of an object node, or JSON_NONE. */
uint32_t json_get(const struct json_doc *doc, uint32_t object, const char *key);

/* Iterate: first child of a container (a key, for objects) or JSON_NONE; then the next sibling. */
uint32_t json_first(const struct json_doc *doc, uint32_t container);
uint32_t json_next(const struct json_doc *doc, uint32_t container, uint32_t child);

bool json_node_is_null(const struct json_doc *doc, uint32_t node);
bool json_bool(const struct json_doc *doc, uint32_t node, bool *out); /* false: not a boolean */
bool json_number(const struct json_doc *doc, uint32_t node, double *out);
bool json_string_is(const struct json_doc *doc, uint32_t node, const char *text);
bool json_has_escape(const struct json_doc *doc, uint32_t node);

/*
 * Decode a string node behind what *out already holds. The decoded form is never longer than the
 * text, so a reserve of the node's length makes later growth (and moving) impossible.
 */
MUST_CHECK int json_decode(const struct json_doc *doc, uint32_t node, struct buf *out);

/*
 * From decoded bytes back to the text: a walk over the inside of a string that only goes forward.
 * json_walk_to() gives the place of the character whose decoded form begins at byte `to`, or NULL
 * when none begins there.
 */
struct json_walk {
    const uint8_t *p, *end;
    size_t decoded; /* bytes that what lies before p decodes to */
};
void json_walk_init(struct json_walk *walk, const void *bytes, size_t len);
const uint8_t *json_walk_to(struct json_walk *walk, size_t to);

/* Write a JSON string, quotes included; bytes that are no UTF-8 become U+FFFD. */
MUST_CHECK int json_write_string(struct buf *out, struct content text);

#endif
