#include "gateway/reply_scan.h"

#include <stdlib.h>
#include <string.h>

#include "router/redact.h"

void reply_scan_text_release(struct reply_scan_text *text)
{
    buf_release(&text->bytes);
    *text = (struct reply_scan_text){.before = 0};
}

void reply_windows_close(struct reply_windows *windows)
{
    size_t at = 0;
    for (size_t i = 0; i < windows->count; i++) {
        size_t len = content_len(windows->items[i].text);
        windows->items[i].text = content_of(windows->bytes.data + at, len);
        at += len;
    }
}

void reply_windows_release(struct reply_windows *windows)
{
    buf_release(&windows->bytes);
    free(windows->items);
    *windows = (struct reply_windows){.items = NULL};
}

static int note_window(struct reply_windows *w, const struct buf *bytes, size_t from, size_t to)
{
    enum { BYTES_AT_MOST = 64 << 20 };
    if (bytes->len > BYTES_AT_MOST - w->bytes.len)
        return ERR_LIMIT;
    if (w->count == w->cap) {
        size_t cap = w->cap != 0 ? w->cap * 2 : 64;
        struct classify_text *items = reallocarray(w->items, cap, sizeof(*items));
        if (items == NULL)
            return ERR_MEMORY;
        w->items = items;
        w->cap = cap;
    }
    w->items[w->count++] = (struct classify_text){
        .text = content_of("", bytes->len), .from = (uint32_t)from, .to = (uint32_t)to};
    return buf_append(&w->bytes, bytes->data, bytes->len);
}

static bool is_inside_character(const struct buf *bytes, size_t at)
{
    return at < bytes->len && (bytes->data[at] & 0xC0) == 0x80;
}

/* Text that the gateway itself put there, or that stands for it: "[PERSON_1]", "[US_SSN]". */
static bool is_placeholder(const struct buf *bytes, const struct classify_span *span)
{
    size_t start = span->start;
    while (start > 0 && bytes->data[start] != '[' && span->start - start < REDACT_PLACEHOLDER_CHARS)
        start--;
    if (bytes->data[start] != '[')
        return false;
    size_t at = start + 1;
    while (at < bytes->len &&
           ((bytes->data[at] >= 'A' && bytes->data[at] <= 'Z') ||
            (bytes->data[at] >= '0' && bytes->data[at] <= '9') || bytes->data[at] == '_'))
        at++;
    return at < bytes->len && bytes->data[at] == ']' && span->end <= at + 1;
}

/* In JSON a mask may not take its quotes or escapes with it. */
static size_t end_in_json(const struct buf *bytes, const struct classify_span *span)
{
    size_t end = span->start;
    while (end < span->end && strchr("\"\\{}", bytes->data[end]) == NULL)
        end++;
    return end;
}

static void count(struct reply_scan *scan, enum pii_type type)
{
    if (scan->found[type] < UINT16_MAX)
        scan->found[type]++;
}

/* What begins in the block: counted, and masked where it is to be. *from: passed on up to there. */
static int pass_span(struct reply_scan *scan, struct reply_scan_text *text,
                     const struct classify_span *span, bool nested, size_t *from, struct buf *out)
{
    const struct buf *bytes = &text->bytes;
    enum pii_action action = policy_pii_of(scan->policy, scan->rule, span->type, span->score);
    if (action == PII_ACTION_ALLOW || is_placeholder(bytes, span))
        return 0;
    count(scan, span->type);
    size_t end = nested ? end_in_json(bytes, span) : span->end;
    if (!scan->mask || action < PII_ACTION_REDACT || span->start < text->mask_until ||
        end == span->start)
        return 0;
    int rc = 0;
    size_t plain = *from > text->mask_until ? *from : text->mask_until;
    if (plain < span->start)
        rc = buf_append(out, bytes->data + plain, span->start - plain);
    if (rc == 0)
        rc = buf_printf(out, "[%s]", pii_type_name(span->type));
    *from = span->start;
    text->mask_until = end;
    scan->masked++;
    return rc;
}

/* The window's spans as they were found elsewhere. */
static int pass_read(struct reply_scan *scan, struct reply_scan_text *text, bool nested,
                     size_t *from, struct buf *out)
{
    const struct classify_spans *read = scan->read;
    int rc = scan->window < scan->window_count ? 0 : ERR_BAD_STATE;
    while (rc == 0 && scan->span < read->count && read->items[scan->span].text == scan->window)
        rc = pass_span(scan, text, &read->items[scan->span++], nested, from, out);
    scan->window++;
    return rc;
}

static int pass_scanned(struct reply_scan *scan, struct reply_scan_text *text, size_t to,
                        bool nested, size_t *from, struct buf *out)
{
    const struct buf *bytes = &text->bytes;
    const struct pii_span *spans;
    size_t span_count;
    int rc = classify_reply(scan->classifiers, scan->scratch, content_of(bytes->data, bytes->len),
                            &spans, &span_count);
    for (size_t i = 0; rc == 0 && i < span_count; i++) {
        const struct classify_span span = {.type = spans[i].type,
                                           .score = spans[i].score,
                                           .start = spans[i].start,
                                           .end = spans[i].end};
        if (span.start >= text->before && span.start < to)
            rc = pass_span(scan, text, &span, nested, from, out);
    }
    return rc;
}

/*
 * Passes on bytes up to `to` of the text, from where the block begins. What is masked may end
 * behind them.
 */
static int pass_block(struct reply_scan *scan, struct reply_scan_text *text, size_t to, bool nested,
                      struct buf *out)
{
    const struct buf *bytes = &text->bytes;
    size_t from = text->before;
    if (scan->collect != NULL)
        return note_window(scan->collect, bytes, from, to);
    int rc = scan->read != NULL ? pass_read(scan, text, nested, &from, out)
                                : pass_scanned(scan, text, to, nested, &from, out);
    size_t plain = from > text->mask_until ? from : text->mask_until;
    if (rc == 0 && plain < to)
        rc = buf_append(out, bytes->data + plain, to - plain);
    return rc;
}

/* Let go of what no later block is read beside. */
static void forget(struct reply_scan_text *text)
{
    struct buf *bytes = &text->bytes;
    size_t drop = text->before > REPLY_SCAN_AROUND ? text->before - REPLY_SCAN_AROUND : 0;
    while (drop > 0 && is_inside_character(bytes, drop))
        drop--;
    memmove(bytes->data, bytes->data + drop, bytes->len - drop);
    explicit_bzero(bytes->data + bytes->len - drop, drop);
    bytes->len -= drop;
    text->before -= drop;
    text->mask_until = text->mask_until > drop ? text->mask_until - drop : 0;
}

/* One window: the block, and at most so many bytes behind it. */
static int scan_block(struct reply_scan *scan, struct reply_scan_text *text, size_t block,
                      bool nested, struct buf *out)
{
    struct buf *bytes = &text->bytes;
    size_t to = text->before + block;
    size_t all = bytes->len, window = to + REPLY_SCAN_AROUND;
    while (window < all && is_inside_character(bytes, window))
        window++;
    bytes->len = window < all ? window : all;
    int rc = pass_block(scan, text, to, nested, out);
    bytes->len = all;
    text->before = to;
    forget(text);
    return rc;
}

static size_t block_of(const struct reply_scan_text *text, size_t left)
{
    size_t block = left < REPLY_SCAN_BLOCK ? left : REPLY_SCAN_BLOCK;
    while (block < left && is_inside_character(&text->bytes, text->before + block))
        block++;
    return block;
}

/* Blocks are let go of one by one: of a long piece only so much stands behind them. */
enum { SLICE_BYTES = 4096 };

static int feed_slice(struct reply_scan *scan, struct reply_scan_text *text, struct content slice,
                      bool last, bool nested, struct buf *passed)
{
    int rc = buf_append(&text->bytes, content_bytes(slice), content_len(slice));
    while (rc == 0) {
        size_t left = text->bytes.len - text->before;
        size_t block = block_of(text, left);
        if (left == 0 || (!last && left < block + REPLY_SCAN_AROUND + 4))
            break;
        rc = scan_block(scan, text, block, nested, passed);
    }
    return rc;
}

int reply_scan_feed(struct reply_scan *scan, struct reply_scan_text *text, struct content piece,
                    bool last, bool nested, struct buf *out)
{
    struct buf unseen = BUF_INIT;
    struct buf *passed = scan->mask ? out : &unseen;
    const uint8_t *bytes = content_bytes(piece);
    size_t len = content_len(piece), at = 0;
    int rc = 0;
    do {
        size_t slice = len - at < SLICE_BYTES ? len - at : SLICE_BYTES;
        rc = feed_slice(scan, text, content_of(bytes + at, slice), last && at + slice == len,
                        nested, passed);
        buf_clear(&unseen);
        at += slice;
    } while (rc == 0 && at < len);
    if (rc == 0 && !scan->mask)
        rc = buf_append(out, bytes, len);
    buf_release(&unseen);
    return rc;
}
