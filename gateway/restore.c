#include "gateway/restore.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/json.h"
#include "gateway/sse.h"

/* Fields of a delta whose pieces make one text. */
static const struct {
    const char *key;
    bool nested; /* JSON inside the string */
} fields[] = {
    {"content", false},   {"refusal", false},  {"reasoning_content", false},
    {"reasoning", false}, {"arguments", true},
};
enum { FIELD_COUNT = sizeof(fields) / sizeof(*fields), FIELD_ARGUMENTS = FIELD_COUNT - 1 };

enum { STREAMS_AT_MOST = 1024, NO_TOOL = -1 };

/* One field of one choice, or of one of its tool calls. */
struct stream {
    uint32_t choice;
    int32_t tool;
    int field;
    struct redact_held held;
    struct reply_scan_text scanned;
};

struct restore {
    const struct redact_map *map;
    struct redact_map no_map; /* stands in for it: nothing has a placeholder */
    struct reply_scan *scan;
    struct stream *streams;
    size_t count, cap;
    struct buf head;    /* members of the last event that left something held, for events of ours */
    struct buf decoded; /* of the string under way */
    struct buf scanned; /* what the scan let through of it */
    struct buf text;    /* what it becomes */
    struct buf event;   /* the event under way */
    uint32_t restored;
};

struct restore *restore_new(const struct redact_map *map, struct reply_scan *scan)
{
    struct restore *r = calloc(1, sizeof(*r));
    if (r == NULL)
        return NULL;
    redact_map_init(&r->no_map);
    r->map = map != NULL ? map : &r->no_map;
    r->scan = scan;
    return r;
}

void restore_free(struct restore *restore)
{
    if (restore == NULL)
        return;
    for (size_t i = 0; i < restore->count; i++)
        reply_scan_text_release(&restore->streams[i].scanned);
    if (restore->streams != NULL)
        explicit_bzero(restore->streams, restore->cap * sizeof(*restore->streams));
    free(restore->streams);
    buf_release(&restore->head);
    buf_release(&restore->decoded);
    buf_release(&restore->scanned);
    buf_release(&restore->text);
    buf_release(&restore->event);
    free(restore);
}

uint32_t restore_count(const struct restore *restore)
{
    return restore->restored;
}

/* ---- one answer or event under way: its document, and how far it is copied ---- */

struct copy {
    struct restore *r;
    struct json_doc doc;
    struct buf *out;
    size_t from; /* bytes of the document before this are in *out, or are left out */
    bool streamed;
};

static int copy_to(struct copy *c, size_t to)
{
    int rc = buf_append(c->out, c->doc.bytes + c->from, to - c->from);
    c->from = to;
    return rc;
}

static bool has_bracket(const struct json_doc *doc, uint32_t node)
{
    const struct json_node *n = &doc->nodes[node];
    return n->escaped || memchr(doc->bytes + n->start, '[', n->end - n->start) != NULL;
}

/* The next piece of a text through both stages, into r->text. */
static int restore_text(struct restore *r, struct stream *s, struct content piece, bool last,
                        bool nested)
{
    int rc = 0;
    buf_clear(&r->text);
    if (r->scan != NULL) {
        buf_clear(&r->scanned);
        rc = reply_scan_feed(r->scan, &s->scanned, piece, last, nested, &r->scanned);
        piece = content_of(r->scanned.data, r->scanned.len);
    }
    return rc != 0 ? rc
                   : redact_restore(r->map, &s->held, piece, last, nested, &r->text, &r->restored);
}

/* Write a string anew; stream may be NULL for one that is whole by itself. */
static int restore_string(struct copy *c, uint32_t node, struct stream *stream, bool last,
                          bool nested, bool scanned)
{
    struct restore *r = c->r;
    const struct json_node *n = &c->doc.nodes[node];
    struct stream whole = {.choice = 0};
    struct stream *s = stream != NULL ? stream : &whole;
    struct reply_scan *scan = r->scan;
    bool waiting = s->held.len != 0 || (scan != NULL && scan->mask && scanned);
    if (!waiting && !(scan != NULL && scanned) && !has_bracket(&c->doc, node))
        return 0;
    buf_clear(&r->decoded);
    int rc = json_decode(&c->doc, node, &r->decoded);
    struct content piece = content_of(r->decoded.data, r->decoded.len);
    r->scan = scanned ? scan : NULL;
    if (rc == 0)
        rc = restore_text(r, s, piece, last || stream == NULL, nested);
    r->scan = scan;
    if (stream == NULL)
        reply_scan_text_release(&whole.scanned);
    if (rc != 0)
        return rc;
    if (r->text.len == r->decoded.len &&
        (r->text.len == 0 || memcmp(r->text.data, r->decoded.data, r->text.len) == 0))
        return 0; /* spelled as the target did */
    rc = copy_to(c, n->start - 1);
    if (rc == 0)
        rc = json_write_string(c->out, content_of(r->text.data, r->text.len));
    c->from = n->end + 1;
    return rc;
}

static int field_of(const struct json_doc *doc, uint32_t key)
{
    for (int i = 0; i < FIELD_COUNT; i++)
        if (json_string_is(doc, key, fields[i].key))
            return i;
    return -1;
}

/* Every string value below a node, each whole by itself. */
static int restore_all(struct copy *c, uint32_t node)
{
    const struct json_doc *doc = &c->doc;
    int rc = 0;
    for (uint32_t i = node; rc == 0 && i < doc->nodes[node].next; i++) {
        int field = -1;
        if (doc->nodes[i].is_key)
            field = field_of(doc, i++);
        if (doc->nodes[i].type == JSON_TYPE_STRING)
            rc = restore_string(c, i, NULL, true, field >= 0 && fields[field].nested, field >= 0);
    }
    return rc;
}

/* ---- deltas ---- */

/* NULL: no memory, or more fields than any answer has; then the piece is taken for itself. */
static struct stream *find_stream(struct restore *r, uint32_t choice, int32_t tool, int field)
{
    for (size_t i = 0; i < r->count; i++) {
        struct stream *s = &r->streams[i];
        if (s->choice == choice && s->tool == tool && s->field == field)
            return s;
    }
    if (r->count == STREAMS_AT_MOST)
        return NULL;
    if (r->count == r->cap) {
        size_t cap = r->cap != 0 ? r->cap * 2 : 4;
        struct stream *streams = calloc(cap, sizeof(*streams));
        if (streams == NULL)
            return NULL;
        if (r->count != 0)
            memcpy(streams, r->streams, r->count * sizeof(*streams));
        free(r->streams);
        r->streams = streams;
        r->cap = cap;
    }
    r->streams[r->count] = (struct stream){.choice = choice, .tool = tool, .field = field};
    return &r->streams[r->count++];
}

static uint32_t index_of(const struct json_doc *doc, uint32_t object, uint32_t otherwise)
{
    double number;
    uint32_t node = json_get(doc, object, "index");
    if (node != JSON_NONE && json_number(doc, node, &number) && number >= 0 && number < 1e6)
        return (uint32_t)number;
    return otherwise;
}

/* An object of pieces: the delta, a tool call, its function. */
static int restore_delta(struct copy *c, uint32_t object, uint32_t choice, int32_t tool, bool last)
{
    const struct json_doc *doc = &c->doc;
    int rc = 0;
    for (uint32_t key = json_first(doc, object); rc == 0 && key != JSON_NONE;
         key = json_next(doc, object, key)) {
        uint32_t value = key + 1;
        int field = field_of(doc, key);
        if (doc->nodes[value].type == JSON_TYPE_STRING && field >= 0) {
            struct stream *s = find_stream(c->r, choice, tool, field);
            rc = restore_string(c, value, s, last, fields[field].nested, true);
        } else if (json_string_is(doc, key, "tool_calls") &&
                   doc->nodes[value].type == JSON_TYPE_ARRAY) {
            uint32_t position = 0;
            for (uint32_t call = json_first(doc, value); rc == 0 && call != JSON_NONE;
                 call = json_next(doc, value, call), position++)
                if (doc->nodes[call].type == JSON_TYPE_OBJECT)
                    rc = restore_delta(c, call, choice, (int32_t)index_of(doc, call, position),
                                       last);
        } else if (doc->nodes[value].type == JSON_TYPE_OBJECT &&
                   (json_string_is(doc, key, "function") ||
                    json_string_is(doc, key, "function_call"))) {
            rc = restore_delta(c, value, choice, tool, last);
        } else {
            rc = restore_all(c, value);
        }
    }
    return rc;
}

static bool is_finished(const struct json_doc *doc, uint32_t choice)
{
    uint32_t reason = json_get(doc, choice, "finish_reason");
    return reason != JSON_NONE && !json_node_is_null(doc, reason);
}

/* Null in place of a value. */
static int leave_out(struct copy *c, uint32_t node)
{
    const struct json_node *n = &c->doc.nodes[node];
    if (n->type == JSON_TYPE_STRING)
        return 0;
    int rc = copy_to(c, n->start);
    c->from = n->end;
    return rc != 0 ? rc : buf_append_str(c->out, "null");
}

static int restore_choices(struct copy *c)
{
    const struct json_doc *doc = &c->doc;
    uint32_t choices = json_get(doc, 0, "choices");
    uint32_t position = 0;
    int rc = 0;
    if (choices == JSON_NONE || doc->nodes[choices].type != JSON_TYPE_ARRAY)
        return 0;
    for (uint32_t choice = json_first(doc, choices); rc == 0 && choice != JSON_NONE;
         choice = json_next(doc, choices, choice), position++) {
        if (doc->nodes[choice].type != JSON_TYPE_OBJECT)
            continue;
        uint32_t number = index_of(doc, choice, position);
        bool last = is_finished(doc, choice);
        for (uint32_t key = json_first(doc, choice); rc == 0 && key != JSON_NONE;
             key = json_next(doc, choice, key)) {
            if (c->streamed && json_string_is(doc, key, "delta") &&
                doc->nodes[key + 1].type == JSON_TYPE_OBJECT)
                rc = restore_delta(c, key + 1, number, NO_TOOL, last);
            /* A token's own piece of a placeholder cannot be exchanged for a piece of the value. */
            else if (!json_string_is(doc, key, "logprobs"))
                rc = restore_all(c, key + 1);
            else if (c->r->scan != NULL && c->r->scan->mask)
                rc = leave_out(c, key + 1);
        }
    }
    return rc;
}

/* What is no JSON to us passes as it came, but not past a scan that is to mask. */
static int pass_unread(const struct restore *r, int rc, const void *bytes, size_t len,
                       struct buf *out)
{
    bool stays = rc == ERR_MEMORY || (r->scan != NULL && r->scan->mask);
    return stays ? rc : buf_append(out, bytes, len);
}

int restore_body(struct restore *restore, const void *body, size_t len, struct buf *out)
{
    struct err err;
    struct copy c = {.r = restore, .out = out};
    int rc = json_parse(&c.doc, content_of(body, len), NULL, &err);
    if (rc != 0)
        return pass_unread(restore, rc, body, len, out);
    rc = restore_choices(&c);
    if (rc == 0)
        rc = copy_to(&c, len);
    json_release(&c.doc);
    return rc;
}

/* ---- events ---- */

static bool is_holding(const struct stream *s)
{
    return s->held.len != 0 || s->scanned.bytes.len != s->scanned.before;
}

/* An event of ours, with what a field still held. */
static int write_held(struct restore *r, struct stream *s, struct buf *out)
{
    int rc = restore_text(r, s, content_of("", 0), true, fields[s->field].nested);
    if (rc != 0 || r->text.len == 0)
        return rc;
    rc = buf_append_str(out, "data: {");
    if (rc == 0)
        rc = buf_append(out, r->head.data, r->head.len);
    if (rc == 0)
        rc = buf_printf(out, "\"choices\":[{\"index\":%u,\"delta\":{", s->choice);
    if (rc == 0 && s->tool != NO_TOOL)
        rc = buf_printf(out, "\"tool_calls\":[{\"index\":%d,\"function\":{", (int)s->tool);
    if (rc == 0)
        rc = buf_printf(out, "\"%s\":", fields[s->field].key);
    if (rc == 0)
        rc = json_write_string(out, content_of(r->text.data, r->text.len));
    if (rc == 0 && s->tool != NO_TOOL)
        rc = buf_append_str(out, "}}]");
    return rc != 0 ? rc : buf_append_str(out, "},\"finish_reason\":null}]}\n\n");
}

int restore_end(struct restore *restore, struct buf *out)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < restore->count; i++)
        if (is_holding(&restore->streams[i]))
            rc = write_held(restore, &restore->streams[i], out);
    return rc;
}

/* What choices that end with this event still held goes out before it. */
static int end_choices(struct restore *r, const struct json_doc *doc, struct buf *out)
{
    uint32_t choices = json_get(doc, 0, "choices");
    uint32_t position = 0;
    int rc = 0;
    if (choices == JSON_NONE || doc->nodes[choices].type != JSON_TYPE_ARRAY)
        return 0;
    for (uint32_t choice = json_first(doc, choices); rc == 0 && choice != JSON_NONE;
         choice = json_next(doc, choices, choice), position++) {
        if (doc->nodes[choice].type != JSON_TYPE_OBJECT || !is_finished(doc, choice))
            continue;
        uint32_t number = index_of(doc, choice, position);
        for (size_t i = 0; rc == 0 && i < r->count; i++) {
            struct stream *s = &r->streams[i];
            if (s->choice == number && is_holding(s))
                rc = write_held(r, s, out);
        }
    }
    return rc;
}

/* Everything but choices and usage: an event of ours says the same of itself. */
static int keep_head(struct restore *r, const struct json_doc *doc)
{
    int rc = 0;
    bool held = false;
    for (size_t i = 0; i < r->count; i++)
        held = held || is_holding(&r->streams[i]);
    if (!held)
        return 0;
    buf_clear(&r->head);
    for (uint32_t key = json_first(doc, 0); rc == 0 && key != JSON_NONE;
         key = json_next(doc, 0, key)) {
        const struct json_node *value = &doc->nodes[key + 1];
        size_t quote = value->type == JSON_TYPE_STRING ? 1 : 0;
        size_t start = doc->nodes[key].start - 1;
        if (json_string_is(doc, key, "choices") || json_string_is(doc, key, "usage"))
            continue;
        rc = buf_append(&r->head, doc->bytes + start, value->end + quote - start);
        if (rc == 0)
            rc = buf_append(&r->head, ",", 1);
    }
    return rc;
}

static int restore_event(struct restore *r, const struct sse_event *e, struct buf *out)
{
    struct err err;
    struct copy c = {.r = r, .out = &r->event, .streamed = true};
    int rc = json_parse(&c.doc, content_of(e->data, e->data_len), NULL, &err);
    if (rc != 0)
        return pass_unread(r, rc, e->bytes, (size_t)(e->end - e->bytes), out);
    buf_clear(&r->event);
    rc = restore_choices(&c);
    if (rc == 0)
        rc = copy_to(&c, e->data_len);
    if (rc == 0)
        rc = end_choices(r, &c.doc, out);
    if (rc == 0)
        rc = buf_append(out, e->bytes, (size_t)(e->data - e->bytes));
    if (rc == 0)
        rc = buf_append(out, r->event.data, r->event.len);
    if (rc == 0)
        rc = buf_append(out, e->data + e->data_len, (size_t)(e->end - e->data) - e->data_len);
    if (rc == 0)
        rc = keep_head(r, &c.doc);
    json_release(&c.doc);
    return rc;
}

int restore_events(struct restore *restore, const void *events, size_t len, struct buf *out)
{
    const uint8_t *p = events;
    const uint8_t *end = len > 0 ? p + len : p; /* nothing may be NULL */
    int rc = 0;
    while (rc == 0 && p < end) {
        struct sse_event e = sse_next(p, end);
        bool done = e.data_len == 6 && memcmp(e.data, "[DONE]", 6) == 0;
        if (done)
            rc = restore_end(restore, out);
        if (rc == 0)
            rc = e.data == NULL || done ? buf_append(out, e.bytes, (size_t)(e.end - e.bytes))
                                        : restore_event(restore, &e, out);
        p = e.end;
    }
    return rc;
}
