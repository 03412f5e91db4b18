#include "gateway/reply_scan.h"

#include <string.h>

#include "router/redact.h"

void reply_scan_text_release(struct reply_scan_text *text)
{
    buf_release(&text->bytes);
    *text = (struct reply_scan_text){.before = 0};
}

static bool is_inside_character(const struct buf *bytes, size_t at)
{
    return at < bytes->len && (bytes->data[at] & 0xC0) == 0x80;
}

/* Text that the gateway itself put there, or that stands for it: "[PERSON_1]", "[US_SSN]". */
static bool is_placeholder(const struct buf *bytes, const struct pii_span *span)
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
static size_t end_in_json(const struct buf *bytes, const struct pii_span *span)
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

/*
 * Passes on bytes [from, to) of the text. What begins in them is counted, and masked where it is to
 * be; what is masked may end behind them.
 */
static int pass_block(struct reply_scan *scan, struct reply_scan_text *text, size_t to, bool nested,
                      struct buf *out)
{
    const struct buf *bytes = &text->bytes;
    const struct pii_span *spans;
    size_t from = text->before, span_count;
    int rc = classify_reply(scan->classifiers, scan->scratch, content_of(bytes->data, bytes->len),
                            &spans, &span_count);
    for (size_t i = 0; rc == 0 && i < span_count; i++) {
        const struct pii_span *span = &spans[i];
        enum pii_action action = policy_pii_of(scan->policy, scan->rule, span->type, span->score);
        if (span->start < text->before || span->start >= to || action == PII_ACTION_ALLOW ||
            is_placeholder(bytes, span))
            continue;
        count(scan, span->type);
        size_t end = nested ? end_in_json(bytes, span) : span->end;
        if (!scan->mask || action < PII_ACTION_REDACT || span->start < text->mask_until ||
            end == span->start)
            continue;
        size_t plain = from > text->mask_until ? from : text->mask_until;
        if (plain < span->start)
            rc = buf_append(out, bytes->data + plain, span->start - plain);
        if (rc == 0)
            rc = buf_printf(out, "[%s]", pii_type_name(span->type));
        from = span->start;
        text->mask_until = end;
        scan->masked++;
    }
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

int reply_scan_feed(struct reply_scan *scan, struct reply_scan_text *text, struct content piece,
                    bool last, bool nested, struct buf *out)
{
    struct buf unseen = BUF_INIT;
    struct buf *passed = scan->mask ? out : &unseen;
    int rc = buf_append(&text->bytes, content_bytes(piece), content_len(piece));
    while (rc == 0) {
        size_t left = text->bytes.len - text->before;
        size_t block = block_of(text, left);
        if (left == 0 || (!last && left < block + REPLY_SCAN_AROUND + 4))
            break;
        rc = scan_block(scan, text, block, nested, passed);
    }
    if (rc == 0 && !scan->mask)
        rc = buf_append(out, content_bytes(piece), content_len(piece));
    buf_release(&unseen);
    return rc;
}
