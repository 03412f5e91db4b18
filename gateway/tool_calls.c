#include "gateway/tool_calls.h"

#include <string.h>

#include "gateway/base/json.h"

/*
 * held is what has been said and not been given out. In a text it is what may yet turn out to be a
 * marker; in a call it is the whole call, so that it can be given out as text after all.
 */
enum state { IN_TEXT, BEFORE_OBJECT, IN_OBJECT, AFTER_OBJECT };
enum key { KEY_OTHER, KEY_NAME, KEY_ARGUMENTS };

static const char *open_marker(const struct tool_calls *c)
{
    return c->format == ENGINE_CALL_HERMES    ? "<tool_call>"
           : c->format == ENGINE_CALL_MISTRAL ? "[TOOL_CALLS]"
                                              : "<|python_tag|>";
}

void tool_calls_init(struct tool_calls *c, enum engine_call format,
                     const struct tool_call_events *events, void *user)
{
    *c = (struct tool_calls){.format = format, .events = events, .user = user};
}

void tool_calls_release(struct tool_calls *c)
{
    buf_release(&c->held);
    buf_release(&c->arguments);
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static int drop(struct tool_calls *c, size_t len)
{
    struct buf rest = BUF_INIT;
    int rc = buf_append(&rest, c->held.data + len, c->held.len - len);
    if (rc == 0) {
        buf_release(&c->held);
        c->held = rest;
        c->at = 0;
    }
    return rc;
}

static int say(struct tool_calls *c, size_t len)
{
    if (len == 0)
        return 0;
    int rc = c->events->on_text(c->user, content_of(c->held.data, len));
    c->spoken = true;
    return rc != 0 ? rc : drop(c, len);
}

/* What was taken for a call is text. */
static int take_back(struct tool_calls *c)
{
    c->state = IN_TEXT;
    c->spoken = true;
    c->at = c->held.len;
    buf_clear(&c->arguments);
    return say(c, c->held.len);
}

/* How much of the end may be the beginning of a marker, or space before one. */
static size_t maybe_marker(const struct tool_calls *c)
{
    const char *marker = open_marker(c);
    size_t most = strlen(marker) - 1;
    size_t n = c->held.len < most ? c->held.len : most;
    while (n > 0 && memcmp(c->held.data + c->held.len - n, marker, n) != 0)
        n--;
    while (n < c->held.len && is_space(c->held.data[c->held.len - n - 1]))
        n++;
    return n;
}

static int read_text(struct tool_calls *c)
{
    const char *marker = open_marker(c);
    size_t len = strlen(marker), lead = 0;
    const uint8_t *found = c->held.len > 0 ? memmem(c->held.data, c->held.len, marker, len) : NULL;
    if (found != NULL) {
        size_t before = (size_t)(found - c->held.data), words = before;
        while (words > 0 && is_space(c->held.data[words - 1]))
            words--;
        int rc = say(c, words);
        if (rc == 0)
            c->at = before - words + len;
        c->state = BEFORE_OBJECT;
        return rc;
    }
    /* Llama writes the object alone, as the whole of the answer. */
    while (lead < c->held.len && is_space(c->held.data[lead]))
        lead++;
    if (c->format == ENGINE_CALL_LLAMA && !c->spoken && c->count == 0 && lead < c->held.len &&
        c->held.data[lead] == '{') {
        c->at = lead;
        c->state = BEFORE_OBJECT;
        return 0;
    }
    c->at = c->held.len;
    return say(c, c->held.len - maybe_marker(c));
}

static void begin_object(struct tool_calls *c)
{
    c->state = IN_OBJECT;
    c->depth = 0;
    c->in_string = c->escaped = c->in_value = c->named = c->value_done = false;
    c->key = KEY_OTHER;
    c->value_start = c->given = 0;
    buf_clear(&c->arguments);
}

static int read_before(struct tool_calls *c)
{
    for (; c->at < c->held.len; c->at++) {
        uint8_t byte = c->held.data[c->at];
        bool list = c->format == ENGINE_CALL_MISTRAL && byte == '[';
        if (byte == '{') {
            begin_object(c);
            return 0;
        }
        if (!is_space(byte) && !list)
            return take_back(c);
    }
    return 0;
}

/* Decoded; the quotes stand around [start, end). */
static int decode(const struct tool_calls *c, size_t start, size_t end, struct buf *out)
{
    struct buf text = BUF_INIT;
    struct json_doc doc = {0};
    struct err err;
    int rc = buf_append(&text, "[\"", 2);
    if (rc == 0)
        rc = buf_append(&text, c->held.data + start, end - start);
    if (rc == 0)
        rc = buf_append(&text, "\"]", 2);
    if (rc == 0 && json_parse(&doc, content_of(text.data, text.len), NULL, &err) == 0) {
        rc = json_decode(&doc, 1, out);
        json_release(&doc);
    }
    buf_release(&text);
    return rc;
}

static int give_arguments(struct tool_calls *c, const void *bytes, size_t len)
{
    if (!c->named)
        return buf_append(&c->arguments, bytes, len);
    return len == 0 ? 0 : c->events->on_arguments(c->user, c->count - 1, content_of(bytes, len));
}

/* A string at the object's own level ended before `end`. */
static int end_string(struct tool_calls *c, size_t end)
{
    struct buf text = BUF_INIT;
    int rc = 0;
    if (!c->in_value) {
        size_t len = end - c->string_start;
        const uint8_t *key = c->held.data + c->string_start;
        c->key = len == 4 && memcmp(key, "name", 4) == 0 ? KEY_NAME
                 : (len == 9 && memcmp(key, "arguments", 9) == 0) ||
                         (len == 10 && memcmp(key, "parameters", 10) == 0)
                     ? KEY_ARGUMENTS
                     : KEY_OTHER;
        return 0;
    }
    if (c->key == KEY_OTHER || (c->key == KEY_NAME && c->named))
        return 0;
    rc = decode(c, c->string_start, end, &text);
    if (rc == 0 && c->key == KEY_ARGUMENTS) { /* JSON within a string */
        c->value_done = true;
        rc = give_arguments(c, text.data, text.len);
    } else if (rc == 0 && text.len > 0) {
        c->named = true;
        rc = c->events->on_call(c->user, c->count++, content_of(text.data, text.len));
        if (rc == 0)
            rc = give_arguments(c, c->arguments.data, c->arguments.len);
    }
    buf_release(&text);
    return rc;
}

/* Arguments that are an object or a list are given as they come. */
static int give_so_far(struct tool_calls *c, size_t end)
{
    if (c->key != KEY_ARGUMENTS || !c->in_value || c->value_start == 0 || c->value_done)
        return 0;
    size_t from = c->given > c->value_start ? c->given : c->value_start;
    c->given = end;
    return end > from ? give_arguments(c, c->held.data + from, end - from) : 0;
}

static int end_object(struct tool_calls *c)
{
    c->at++;
    if (!c->named)
        return take_back(c);
    c->state = AFTER_OBJECT;
    int rc = c->given == 0 && !c->value_done
                 ? c->events->on_arguments(c->user, c->count - 1, content_of("{}", 2))
                 : 0;
    return rc != 0 ? rc : drop(c, c->at);
}

static int read_plain(struct tool_calls *c, uint8_t byte)
{
    int rc = 0;
    switch (byte) {
    case '"':
        c->in_string = true;
        c->string_start = c->at + 1;
        return 0;
    case '{':
    case '[':
        if (c->depth == 1 && c->in_value && c->value_start == 0)
            c->value_start = c->at;
        c->depth++;
        return 0;
    case '}':
    case ']':
        c->depth--;
        if (c->depth == 1) {
            rc = give_so_far(c, c->at + 1);
            c->value_done = c->value_done || (c->key == KEY_ARGUMENTS && c->in_value);
        }
        return rc;
    case ':':
        if (c->depth == 1)
            c->in_value = true;
        return 0;
    case ',':
        if (c->depth == 1) {
            c->in_value = false;
            c->value_start = 0;
            c->key = KEY_OTHER;
        }
        return 0;
    default:
        return 0;
    }
}

static int read_object(struct tool_calls *c)
{
    int rc = 0;
    for (; rc == 0 && c->at < c->held.len; c->at++) {
        uint8_t byte = c->held.data[c->at];
        if (c->in_string) {
            bool ends = byte == '"' && !c->escaped;
            c->escaped = byte == '\\' && !c->escaped;
            c->in_string = !ends;
            if (ends && c->depth == 1)
                rc = end_string(c, c->at);
            continue;
        }
        if (c->depth == 1 && !c->in_value && !is_space(byte) && strchr("\":,}", byte) == NULL)
            return c->named ? 0 : take_back(c); /* no JSON */
        rc = read_plain(c, byte);
        if (rc == 0 && c->depth == 0)
            return end_object(c);
    }
    return rc != 0 ? rc : give_so_far(c, c->at);
}

/* The end of a marker, another object, or text again. */
static int read_after(struct tool_calls *c)
{
    static const char close[] = "</tool_call>";
    size_t len = sizeof(close) - 1, lead = 0;
    while (lead < c->held.len && (is_space(c->held.data[lead]) ||
                                  (c->format != ENGINE_CALL_HERMES && c->held.data[lead] != '\0' &&
                                   strchr(",;]", c->held.data[lead]) != NULL)))
        lead++;
    size_t rest = c->held.len - lead;
    if (rest == 0)
        return drop(c, lead);
    if (c->format != ENGINE_CALL_HERMES && c->held.data[lead] == '{') {
        c->at = lead;
        begin_object(c);
        return 0;
    }
    size_t same = rest < len ? rest : len;
    if (c->format == ENGINE_CALL_HERMES && memcmp(c->held.data + lead, close, same) == 0) {
        if (rest < len) {
            c->at = c->held.len;
            return 0;
        }
        lead += len;
    }
    c->state = IN_TEXT;
    return drop(c, lead);
}

static int go_on(struct tool_calls *c)
{
    int rc = 0;
    for (int before = -1; rc == 0 && before != c->state && c->held.len > 0;) {
        before = c->state;
        switch (c->state) {
        case IN_TEXT:
            rc = read_text(c);
            break;
        case BEFORE_OBJECT:
            rc = read_before(c);
            break;
        case IN_OBJECT:
            rc = read_object(c);
            break;
        default:
            rc = read_after(c);
            break;
        }
    }
    return rc;
}

int tool_calls_feed(struct tool_calls *c, struct content text)
{
    int rc = buf_append(&c->held, content_bytes(text), content_len(text));
    return rc != 0 ? rc : go_on(c);
}

int tool_calls_end(struct tool_calls *c)
{
    if (c->state == IN_OBJECT && c->named)
        return 0; /* cut: its arguments are given as far as they came */
    if (c->state == AFTER_OBJECT)
        return 0;
    size_t space = 0;
    while (space < c->held.len && is_space(c->held.data[space]))
        space++;
    if (c->count > 0 && space == c->held.len)
        return 0;
    c->at = c->held.len;
    return say(c, c->held.len);
}
