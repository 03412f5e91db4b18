#include "gateway/stream_join.h"

#include <inttypes.h>
#include <string.h>

#include "gateway/sse.h"

struct joining {
    const struct chat_reply *reply;
    struct json_doc doc;
    struct buf *out;
    size_t from; /* bytes of the document before this are in *out, or are left out */
};

static int copy_to(struct joining *j, size_t to)
{
    int rc = buf_append(j->out, j->doc.bytes + j->from, to - j->from);
    j->from = to;
    return rc;
}

/* The end of a value, behind its closing quote. */
static size_t end_of(const struct json_doc *doc, uint32_t value)
{
    const struct json_node *n = &doc->nodes[value];
    return n->end + (n->type == JSON_TYPE_STRING ? 1 : 0);
}

/* The member goes with one of the commas beside it. */
static int leave_out_role(struct joining *j, uint32_t delta)
{
    const struct json_doc *doc = &j->doc;
    uint32_t before = JSON_NONE;
    for (uint32_t key = json_first(doc, delta); key != JSON_NONE;
         before = key, key = json_next(doc, delta, key)) {
        if (!json_string_is(doc, key, "role"))
            continue;
        uint32_t after = json_next(doc, delta, key);
        int rc = copy_to(j, after == JSON_NONE && before != JSON_NONE ? end_of(doc, before + 1)
                                                                      : doc->nodes[key].start - 1);
        j->from = after != JSON_NONE ? doc->nodes[after].start - 1 : end_of(doc, key + 1);
        return rc;
    }
    return 0;
}

static int join_choices(struct joining *j, uint32_t choices)
{
    const struct json_doc *doc = &j->doc;
    int rc = 0;
    for (uint32_t choice = json_first(doc, choices); rc == 0 && choice != JSON_NONE;
         choice = json_next(doc, choices, choice)) {
        if (doc->nodes[choice].type != JSON_TYPE_OBJECT)
            continue;
        uint32_t delta = json_get(doc, choice, "delta");
        if (delta != JSON_NONE && doc->nodes[delta].type == JSON_TYPE_OBJECT)
            rc = leave_out_role(j, delta);
    }
    return rc;
}

static int join_object(struct joining *j)
{
    const struct json_doc *doc = &j->doc;
    int rc = 0;
    for (uint32_t key = json_first(doc, 0); rc == 0 && key != JSON_NONE;
         key = json_next(doc, 0, key)) {
        const struct json_node *value = &doc->nodes[key + 1];
        if (json_string_is(doc, key, "choices") && value->type == JSON_TYPE_ARRAY) {
            rc = join_choices(j, key + 1);
        } else if (json_string_is(doc, key, "id") && value->type == JSON_TYPE_STRING) {
            rc = copy_to(j, value->start);
            if (rc == 0)
                rc = buf_append_str(j->out, j->reply->id);
            j->from = value->end;
        } else if (json_string_is(doc, key, "created") && value->type == JSON_TYPE_PRIMITIVE) {
            rc = copy_to(j, value->start);
            if (rc == 0)
                rc = buf_printf(j->out, "%" PRId64, j->reply->created);
            j->from = value->end;
        }
    }
    return rc != 0 ? rc : copy_to(j, doc->len);
}

static int join_event(const struct chat_reply *reply, const struct sse_event *e, struct buf *out)
{
    struct err err;
    struct joining j = {.reply = reply, .out = out};
    bool object = e->data != NULL && e->data_len != 0;
    int rc = object ? json_parse(&j.doc, content_of(e->data, e->data_len), NULL, &err) : ERR_SYNTAX;
    if (rc != 0)
        return rc == ERR_MEMORY ? rc : buf_append(out, e->bytes, (size_t)(e->end - e->bytes));
    rc = buf_append(out, e->bytes, (size_t)(e->data - e->bytes));
    if (rc == 0)
        rc = join_object(&j);
    if (rc == 0)
        rc = buf_append(out, e->data + e->data_len, (size_t)(e->end - e->data) - e->data_len);
    json_release(&j.doc);
    return rc;
}

int stream_join(const struct chat_reply *reply, const void *events, size_t len, struct buf *out)
{
    const uint8_t *p = events;
    const uint8_t *end = p + len;
    int rc = 0;
    while (rc == 0 && p < end) {
        struct sse_event e = sse_next(p, end);
        rc = join_event(reply, &e, out);
        p = e.end;
    }
    return rc;
}
