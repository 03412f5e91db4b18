#include "gateway/reply_text.h"

#include <string.h>

#include "gateway/base/json.h"
#include "gateway/sse.h"

void reply_text_init(struct reply_text *reply, size_t most)
{
    *reply = (struct reply_text){.most = most};
}

void reply_text_release(struct reply_text *reply)
{
    for (size_t i = 0; i < REPLY_TEXT_CHOICES; i++)
        buf_release(&reply->choices[i]);
}

static int add(struct reply_text *reply, size_t choice, const void *text, size_t len)
{
    if (choice >= REPLY_TEXT_CHOICES)
        return 0;
    struct buf *out = &reply->choices[choice];
    size_t room = reply->most - out->len;
    return buf_append(out, text, len < room ? len : room);
}

static int read_choice(struct reply_text *reply, const struct json_doc *doc, uint32_t choice,
                       size_t position)
{
    double number;
    uint32_t index = json_get(doc, choice, "index");
    uint32_t said = json_get(doc, choice, "message");
    if (said == JSON_NONE)
        said = json_get(doc, choice, "delta");
    uint32_t content = said != JSON_NONE ? json_get(doc, said, "content") : JSON_NONE;
    if (content == JSON_NONE || doc->nodes[content].type != JSON_TYPE_STRING)
        return 0;
    if (index != JSON_NONE && json_number(doc, index, &number) && number >= 0 &&
        number < REPLY_TEXT_CHOICES)
        position = (size_t)number;
    struct buf text = BUF_INIT;
    int rc = json_decode(doc, content, &text);
    if (rc == 0)
        rc = add(reply, position, text.data, text.len);
    buf_release(&text);
    return rc;
}

static int read_object(struct reply_text *reply, const void *bytes, size_t len)
{
    struct json_doc doc;
    struct err err;
    int rc = json_parse(&doc, content_of(bytes, len), NULL, &err);
    if (rc != 0)
        return rc == ERR_MEMORY ? rc : 0;
    uint32_t choices = json_get(&doc, 0, "choices");
    size_t position = 0;
    if (choices != JSON_NONE && doc.nodes[choices].type == JSON_TYPE_ARRAY)
        for (uint32_t choice = json_first(&doc, choices); rc == 0 && choice != JSON_NONE;
             choice = json_next(&doc, choices, choice), position++)
            rc = read_choice(reply, &doc, choice, position);
    json_release(&doc);
    return rc;
}

int reply_text_read(struct reply_text *reply, const void *bytes, size_t len, bool events)
{
    const uint8_t *p = bytes;
    const uint8_t *end = p + len;
    int rc = 0;
    if (!events) {
        reply->ended = true;
        return read_object(reply, bytes, len);
    }
    while (rc == 0 && p < end) {
        struct sse_event event = sse_next(p, end);
        if (event.data_len == 6 && memcmp(event.data, "[DONE]", 6) == 0)
            reply->ended = true;
        else if (event.data != NULL)
            rc = read_object(reply, event.data, event.data_len);
        p = event.end;
    }
    return rc;
}
