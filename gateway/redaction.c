#include "gateway/redaction.h"

#include <stdlib.h>
#include <string.h>

/* A stretch of a text that is to be replaced. */
struct stretch {
    struct chat_place place;
    enum pii_type type;
    bool mask;
};

struct work {
    const struct chat_request *chat;
    struct redaction *redaction;
    struct stretch *items;
    size_t count, cap;
};

static int add_stretch(struct work *w, struct stretch stretch)
{
    if (w->count == REDACT_MAX_VALUES)
        return ERR_LIMIT;
    if (w->count == w->cap) {
        size_t cap = w->cap != 0 ? w->cap * 2 : 16;
        struct stretch *items = reallocarray(w->items, cap, sizeof(*items));
        if (items == NULL)
            return ERR_MEMORY;
        w->items = items;
        w->cap = cap;
    }
    w->items[w->count++] = stretch;
    return 0;
}

/* Spans that the rule edits; overlapping ones become one, named after the longer. */
static int choose_spans(struct work *w, const struct classify_spans *spans,
                        const struct policy *policy, size_t rule)
{
    for (size_t i = 0; i < spans->count; i++) {
        const struct classify_span *span = &spans->items[i];
        enum pii_action action = policy_pii_edit(policy, rule, span->type, span->score);
        if (action == PII_ACTION_ALLOW || span->end <= span->start)
            continue;
        bool mask = action == PII_ACTION_MASK;
        struct stretch *last = w->count > 0 ? &w->items[w->count - 1] : NULL;
        if (last != NULL && last->place.text == span->text && span->start < last->place.end) {
            if (span->end - span->start > last->place.end - last->place.start)
                last->type = span->type;
            if (span->end > last->place.end)
                last->place.end = span->end;
            last->mask = last->mask || mask;
            continue;
        }
        struct stretch stretch = {
            .place = {.text = span->text, .start = span->start, .end = span->end},
            .type = span->type,
            .mask = mask};
        int rc = add_stretch(w, stretch);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int by_text(const void *one, const void *two)
{
    const struct chat_place *a = &((const struct stretch *)one)->place;
    const struct chat_place *b = &((const struct stretch *)two)->place;
    if (a->text != b->text)
        return a->text < b->text ? -1 : 1;
    return (a->start > b->start) - (a->start < b->start);
}

static int by_body(const void *one, const void *two)
{
    const struct chat_place *a = &((const struct stretch *)one)->place;
    const struct chat_place *b = &((const struct stretch *)two)->place;
    return (a->body_start > b->body_start) - (a->body_start < b->body_start);
}

static void sort(struct work *w, int (*compare)(const void *, const void *))
{
    if (w->count > 1)
        qsort(w->items, w->count, sizeof(*w->items), compare);
}

/* Places in the body for the stretches from `first` on, which are in the order of the texts. */
static int locate_from(struct work *w, size_t first)
{
    struct chat_locator locator;
    chat_locator_init(&locator, w->chat);
    for (size_t i = first; i < w->count; i++)
        if (!chat_locate(&locator, &w->items[i].place))
            return ERR_NOT_FOUND;
    return 0;
}

static struct content text_of(const struct chat_request *chat, const struct chat_place *place)
{
    const uint8_t *bytes = content_bytes(chat->texts[place->text].text);
    return content_of(bytes + place->start, place->end - place->start);
}

/* Numbers are given in the order of the body: a longer conversation keeps those of a shorter. */
static int fill_map(struct work *w)
{
    struct redact_map *map = &w->redaction->map;
    int rc = redact_map_know(map, w->redaction->known.items, w->redaction->known.count);
    for (size_t i = 0; rc == 0 && i < w->chat->text_count; i++)
        redact_map_avoid(map, w->chat->texts[i].text);
    sort(w, by_body);
    for (size_t i = 0; rc == 0 && i < w->count; i++)
        rc = redact_map_add(map, text_of(w->chat, &w->items[i].place), w->items[i].type,
                            w->items[i].mask);
    return rc == 0 ? redact_map_seal(map) : rc;
}

/* The values again, where they were not recognised. */
static int find_others(struct work *w)
{
    size_t found = w->count, next = 0;
    sort(w, by_text);
    for (size_t text = 0; text < w->chat->text_count; text++) {
        struct content whole = w->chat->texts[text].text;
        const struct redact_value *value;
        size_t at = 0;
        while ((value = redact_find_value(&w->redaction->map, whole, &at)) != NULL) {
            size_t end = at + content_len(value->text);
            while (next < found &&
                   (w->items[next].place.text < text ||
                    (w->items[next].place.text == text && w->items[next].place.end <= at)))
                next++;
            const struct chat_place *near = next < found ? &w->items[next].place : NULL;
            if (near != NULL && near->text == text && near->start < end) {
                at = near->end;
                continue;
            }
            redact_map_mark(&w->redaction->map, value);
            struct stretch stretch = {.place = {.text = text, .start = at, .end = end}};
            int rc = add_stretch(w, stretch);
            if (rc != 0)
                return rc;
            at = end;
        }
    }
    return locate_from(w, found);
}

static int make_edits(struct work *w)
{
    struct redaction *r = w->redaction;
    sort(w, by_body);
    r->edits = calloc(w->count + 1, sizeof(*r->edits));
    if (r->edits == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < w->count; i++) {
        const struct chat_place *place = &w->items[i].place;
        const struct redact_value *value = redact_map_get(&r->map, text_of(w->chat, place));
        bool behind = i == 0 || place->body_start >= w->items[i - 1].place.body_end;
        if (value == NULL || !behind)
            return ERR_NOT_FOUND;
        r->edits[r->edit_count++] = (struct redaction_edit){
            .start = place->body_start, .end = place->body_end, .value = value};
    }
    return 0;
}

/* Read the edited body as a target would: none of the values may be in it. */
static enum decision_redaction check_edited(const struct work *w)
{
    struct buf edited = BUF_INIT;
    struct chat_request again;
    struct chat_problem problem;
    enum decision_redaction result = DECISION_REDACTION_MEMORY;
    if (redaction_write(w->redaction, w->chat, NULL, &edited) != 0)
        goto out;
    result = DECISION_REDACTION_RESIDUE;
    if (chat_request_decode(&again, content_of(edited.data, edited.len), &problem) != 0)
        goto out;
    bool found = false;
    for (size_t i = 0; i < again.text_count && !found; i++) {
        size_t at = 0;
        found = redact_find_value(&w->redaction->map, again.texts[i].text, &at) != NULL;
    }
    chat_request_release(&again);
    if (!found)
        result = DECISION_REDACTION_DONE;
out:
    buf_release(&edited);
    return result;
}

static enum decision_redaction failure_of(int rc)
{
    if (rc == ERR_LIMIT)
        return DECISION_REDACTION_TOO_MANY;
    return rc == ERR_MEMORY ? DECISION_REDACTION_MEMORY : DECISION_REDACTION_PLACE;
}

enum decision_redaction redaction_new(struct redaction **out, const struct chat_request *chat,
                                      const struct classify_spans *spans,
                                      const struct policy *policy, size_t rule,
                                      struct placeholders_known *known)
{
    struct work w = {.chat = chat, .redaction = calloc(1, sizeof(*w.redaction))};
    *out = NULL;
    if (w.redaction == NULL) {
        if (known != NULL)
            placeholders_known_release(known);
        return DECISION_REDACTION_MEMORY;
    }
    redact_map_init(&w.redaction->map);
    if (known != NULL) {
        w.redaction->known = *known;
        *known = (struct placeholders_known){.items = NULL};
    }
    int rc = choose_spans(&w, spans, policy, rule);
    if (rc == 0)
        rc = locate_from(&w, 0);
    if (rc == 0)
        rc = fill_map(&w);
    if (rc == 0)
        rc = find_others(&w);
    if (rc == 0)
        rc = make_edits(&w);
    enum decision_redaction result = rc == 0 ? check_edited(&w) : failure_of(rc);
    free(w.items);
    w.redaction->value_count = redact_map_settle(&w.redaction->map);
    if (result != DECISION_REDACTION_DONE) {
        redaction_free(w.redaction);
        return result;
    }
    *out = w.redaction;
    return result;
}

void redaction_free(struct redaction *redaction)
{
    if (redaction == NULL)
        return;
    redact_map_release(&redaction->map);
    placeholders_known_release(&redaction->known);
    free(redaction->edits);
    free(redaction);
}

int redaction_write(const struct redaction *redaction, const struct chat_request *chat,
                    const struct buf *model_json, struct buf *out)
{
    const uint8_t *body = chat->doc.bytes;
    size_t from = 0;
    bool model_left = model_json != NULL;
    int rc = buf_reserve(out, chat->doc.len);
    for (size_t i = 0; rc == 0 && i <= redaction->edit_count; i++) {
        const struct redaction_edit *edit = i < redaction->edit_count ? &redaction->edits[i] : NULL;
        if (model_left && (edit == NULL || edit->start > chat->model_start)) {
            rc = buf_append(out, body + from, chat->model_start - from);
            if (rc == 0)
                rc = buf_append(out, model_json->data, model_json->len);
            from = chat->model_end;
            model_left = false;
        }
        if (rc != 0 || edit == NULL)
            break;
        rc = buf_append(out, body + from, edit->start - from);
        if (rc == 0)
            rc = buf_append_str(out, edit->value->placeholder);
        from = edit->end;
    }
    return rc == 0 ? buf_append(out, body + from, chat->doc.len - from) : rc;
}
