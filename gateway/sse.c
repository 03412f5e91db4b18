#include "gateway/sse.h"

#include <string.h>

/* What the line under way holds so far; an empty one ends a block. */
enum { LINE_EMPTY, LINE_CR, LINE_FULL };

enum block { BLOCK_KEEPALIVE, BLOCK_EVENT, BLOCK_DONE, BLOCK_FAILED, BLOCK_GARBAGE };

void sse_init(struct sse *sse, size_t max_block, sse_event_fn on_events, void *user)
{
    *sse = (struct sse){.max_block = max_block, .on_events = on_events, .user = user};
}

void sse_release(struct sse *sse)
{
    buf_release(&sse->held);
}

static bool starts_with(const uint8_t *line, size_t len, const char *text)
{
    size_t n = strlen(text);
    return len >= n && memcmp(line, text, n) == 0;
}

/* Control characters have no business in a field that is passed on unread. */
static bool is_plain(const uint8_t *line, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (line[i] < 0x20 && line[i] != '\t')
            return false;
    return true;
}

static enum block read_data(struct sse *sse, const uint8_t *value, size_t len)
{
    if (len == 6 && memcmp(value, "[DONE]", 6) == 0)
        return sse->facts.choices ? BLOCK_DONE : BLOCK_GARBAGE;
    /* JSON takes a CR for white space, but to a reader of the stream it ends the line. */
    if (memchr(value, '\r', len) != NULL || !answer_scan(value, len, &sse->facts))
        return BLOCK_GARBAGE;
    return sse->facts.error ? BLOCK_FAILED : BLOCK_EVENT;
}

static enum block read_block(struct sse *sse, const uint8_t *p, size_t len)
{
    const uint8_t *end = p + len;
    enum block kind = BLOCK_KEEPALIVE;
    while (p < end) {
        const uint8_t *newline = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)(newline - p);
        if (n > 0 && p[n - 1] == '\r')
            n--;
        if (starts_with(p, n, "data:")) {
            if (kind != BLOCK_KEEPALIVE) /* nobody splits an object over lines */
                return BLOCK_GARBAGE;
            size_t skip = n > 5 && p[5] == ' ' ? 6 : 5;
            kind = read_data(sse, p + skip, n - skip);
            if (kind == BLOCK_GARBAGE || kind == BLOCK_FAILED)
                return kind;
        } else if (n > 0 && (!is_plain(p, n) ||
                             !(p[0] == ':' || starts_with(p, n, "event:") ||
                               starts_with(p, n, "id:") || starts_with(p, n, "retry:")))) {
            return BLOCK_GARBAGE;
        }
        p = newline + 1;
    }
    return kind;
}

/* Length of the bytes up to and with the end of a block, or 0 when it does not end here. */
static size_t find_block_end(struct sse *sse, const uint8_t *bytes, size_t len)
{
    size_t at = 0;
    while (at < len) {
        const uint8_t *newline = memchr(bytes + at, '\n', len - at);
        size_t n = newline != NULL ? (size_t)(newline - bytes) - at : len - at;
        if (n == 1 && bytes[at] == '\r' && sse->line == LINE_EMPTY)
            sse->line = LINE_CR;
        else if (n > 0)
            sse->line = LINE_FULL;
        at += n;
        if (newline == NULL)
            return 0;
        at++;
        bool ends = sse->line != LINE_FULL;
        sse->line = LINE_EMPTY;
        if (ends)
            return at;
    }
    return 0;
}

static enum sse_status status_of(enum block kind)
{
    switch (kind) {
    case BLOCK_DONE:
        return SSE_DONE;
    case BLOCK_FAILED:
        return SSE_FAILED;
    case BLOCK_GARBAGE:
        return SSE_GARBAGE;
    case BLOCK_KEEPALIVE:
    case BLOCK_EVENT:
        break;
    }
    return SSE_OK;
}

static bool is_passed_on(enum block kind)
{
    return kind == BLOCK_EVENT || kind == BLOCK_DONE;
}

static enum sse_status hold(struct sse *sse, const uint8_t *bytes, size_t len)
{
    if (len > sse->max_block - sse->held.len)
        return SSE_TOO_LARGE;
    return buf_append(&sse->held, bytes, len) == 0 ? SSE_OK : SSE_MEMORY;
}

/* The first block of a piece, when its front came with an earlier one. */
static enum sse_status finish_held(struct sse *sse, const uint8_t *bytes, size_t len)
{
    enum sse_status status = hold(sse, bytes, len);
    if (status != SSE_OK)
        return status;
    enum block kind = read_block(sse, sse->held.data, sse->held.len);
    if (is_passed_on(kind))
        sse->on_events(sse->user, sse->held.data, sse->held.len);
    buf_clear(&sse->held);
    return status_of(kind);
}

static enum sse_status feed(struct sse *sse, const uint8_t *p, size_t len)
{
    const uint8_t *end = p + len;
    const uint8_t *run = p; /* whole events not yet passed on: run .. p */
    enum sse_status status = SSE_OK;
    size_t n;
    while (status == SSE_OK && (n = find_block_end(sse, p, (size_t)(end - p))) > 0) {
        if (sse->held.len > 0) {
            status = finish_held(sse, p, n);
            run = p += n;
            continue;
        }
        enum block kind = n > sse->max_block ? BLOCK_GARBAGE : read_block(sse, p, n);
        status = n > sse->max_block ? SSE_TOO_LARGE : status_of(kind);
        if (is_passed_on(kind)) {
            p += n;
            continue;
        }
        if (p > run)
            sse->on_events(sse->user, run, (size_t)(p - run));
        run = p += n;
    }
    if (p > run)
        sse->on_events(sse->user, run, (size_t)(p - run));
    return status == SSE_OK && p < end ? hold(sse, p, (size_t)(end - p)) : status;
}

enum sse_status sse_feed(struct sse *sse, const void *bytes, size_t len)
{
    if (sse->ended == SSE_OK)
        sse->ended = feed(sse, bytes, len);
    return sse->ended;
}

struct sse_event sse_next(const uint8_t *p, const uint8_t *end)
{
    struct sse_event e = {.bytes = p, .end = end};
    while (p < end) {
        const uint8_t *newline = memchr(p, '\n', (size_t)(end - p));
        const uint8_t *line_end = newline != NULL ? newline : end;
        size_t len = (size_t)(line_end - p);
        if (len > 0 && p[len - 1] == '\r')
            len--;
        if (starts_with(p, len, "data:")) {
            size_t skip = len > 5 && p[5] == ' ' ? 6 : 5;
            e.data = p + skip;
            e.data_len = len - skip;
        }
        p = newline != NULL ? newline + 1 : end;
        if (len == 0) {
            e.end = p;
            break;
        }
    }
    return e;
}
