/* api_chat_locate.c - from places in a request's texts back to places in its body. */
#include "gateway/api_chat.h"

void chat_locator_init(struct chat_locator *locator, const struct chat_request *request)
{
    *locator = (struct chat_locator){.request = request, .outer_node = JSON_NONE};
}

static bool is_inside_character(const uint8_t *text, size_t len, size_t at)
{
    return at < len && (text[at] & 0xC0) == 0x80;
}

/* The origin that the bytes [start, end) of the text lie in, or NULL when no single one has them.
 */
static const struct chat_origin *find_origin(struct chat_locator *l, size_t text, size_t start,
                                             size_t end)
{
    const struct chat_request *q = l->request;
    for (; l->origin < q->origin_count; l->origin++, l->walking = false) {
        const struct chat_origin *o = &q->origins[l->origin];
        if (o->text > text || (o->text == text && o->at > start))
            return NULL;
        if (o->text == text && start < (size_t)o->at + o->len)
            return end <= (size_t)o->at + o->len ? o : NULL;
    }
    return NULL;
}

static void begin_walk(struct chat_locator *l, const struct chat_origin *o)
{
    const struct json_doc *doc = &l->request->doc;
    const struct json_node *n = &doc->nodes[o->node];
    if (o->kind == CHAT_ORIGIN_NESTED)
        json_walk_init(&l->inner, o->inner + o->inner_at, o->inner_len);
    /* Several inner strings lie in one outer string, one behind the other. */
    if (l->outer_node != o->node)
        json_walk_init(&l->outer, doc->bytes + n->start, n->end - n->start);
    l->outer_node = o->node;
    l->walking = true;
}

/* The place in the body of a byte of the stretch. */
static bool body_place(struct chat_locator *l, const struct chat_origin *o, size_t at, size_t *out)
{
    size_t decoded = at - o->at;
    if (o->kind == CHAT_ORIGIN_NESTED) {
        const uint8_t *inner = json_walk_to(&l->inner, decoded);
        if (inner == NULL)
            return false;
        decoded = (size_t)(inner - o->inner);
    }
    const uint8_t *place = json_walk_to(&l->outer, decoded);
    if (place == NULL)
        return false;
    *out = (size_t)(place - l->request->doc.bytes);
    return true;
}

bool chat_locate(struct chat_locator *locator, struct chat_place *place)
{
    struct content view = locator->request->texts[place->text].text;
    const uint8_t *bytes = content_bytes(view);
    size_t len = content_len(view);
    while (place->start > 0 && is_inside_character(bytes, len, place->start))
        place->start--;
    while (is_inside_character(bytes, len, place->end))
        place->end++;
    const struct chat_origin *o = find_origin(locator, place->text, place->start, place->end);
    if (o == NULL || o->kind == CHAT_ORIGIN_FIXED)
        return false;
    if (!locator->walking)
        begin_walk(locator, o);
    return body_place(locator, o, place->start, &place->body_start) &&
           body_place(locator, o, place->end, &place->body_end);
}
