#include <stdlib.h>
#include <string.h>

#include "gateway/base/base64.h"
#include "gateway/base/data_uri.h"
#include "router/pii_internal.h"

/*
 * Base64 in plain text: a run of it that decodes to text is read as if it stood there, behind the
 * words in front of it, which may say what it is ("ssn: MjE5NDU2Nzgw"). Each byte of the text is
 * looked at twice and decoded twice at most, so that what all runs say is never longer than the
 * text.
 */
enum {
    RUN_MIN = 15,    /* characters: "219-45-6780" without its padding */
    HEAD_CHARS = 16, /* tried first: nearly everything else ends here */
    LINE_MIN = 60,   /* shorter lines end a run: mail breaks at 64 or 76 */
    LABEL_MAX = 32   /* bytes in front of a run that are read with it */
};

static bool is_digit64(char c)
{
    return (pii_class[(uint8_t)c] & PII_ALNUM) != 0 || c == '+' || c == '/' || c == '-' || c == '_';
}

static size_t skip_digits64(const char *text, size_t len, size_t at)
{
    while (at < len && is_digit64(text[at]))
        at++;
    return at;
}

/* Where the line behind a full line of base64 begins, when it goes on there; else 0. */
static size_t next_line(const char *text, size_t len, size_t start, size_t end)
{
    if (end - start < LINE_MIN || (end - start) % 4 != 0)
        return 0;
    if (end < len && text[end] == '\r')
        end++;
    if (end >= len || text[end] != '\n')
        return 0;
    return end + 1 < len && is_digit64(text[end + 1]) ? end + 1 : 0;
}

/* The end of the run that begins at `at`, lines of mail taken together, padding included. */
static size_t run_end(const char *text, size_t len, size_t at)
{
    size_t end = skip_digits64(text, len, at);
    size_t next;
    while ((next = next_line(text, len, at, end)) != 0) {
        at = next;
        end = skip_digits64(text, len, at);
    }
    for (int padding = 0; padding < 2 && end < len && text[end] == '='; padding++)
        end++;
    return end;
}

static bool is_printable(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((bytes[i] < ' ' && (pii_class[bytes[i]] & PII_SPACE) == 0) || bytes[i] == 0x7F)
            return false;
    return true;
}

/* Cheap: the first bytes, of which the last character may be cut. */
static bool may_be_text(const char *text, size_t len)
{
    uint8_t head[HEAD_CHARS / 4 * 3 + 3]; /* what base64_decode() reserves: it stays here */
    struct buf out = {.data = head, .len = 0, .cap = sizeof(head)};
    size_t used;
    if (base64_decode(text, len < HEAD_CHARS ? len : HEAD_CHARS, &out, &used) != 0)
        return false;
    size_t whole = out.len;
    while (whole > 0 && out.len - whole < 3 && head[whole - 1] >= 0x80)
        whole--;
    return is_printable(head, out.len) &&
           (data_uri_bytes_are_text(head, out.len) || data_uri_bytes_are_text(head, whole));
}

/* Appends what [start, end) says; false when it is no text, and then nothing is appended. */
static bool decode_run(const char *text, size_t start, size_t end, struct buf *said, int *rc)
{
    size_t before = said->len;
    size_t at = start;
    while (*rc == 0 && at < end) {
        size_t used = 0;
        *rc = base64_decode(text + at, end - at, said, &used);
        at += used;
        while (at < end && !is_digit64(text[at])) /* a line's end, or the padding */
            at++;
    }
    const uint8_t *bytes = said->data + before;
    size_t len = said->len - before;
    if (*rc == 0 && is_printable(bytes, len) && data_uri_bytes_are_text(bytes, len))
        return true;
    said->len = before;
    return false;
}

/* The words in front of the run, on its line and behind the run before it. */
static size_t label_start(const struct pii_encoded *encoded, const char *text, size_t start)
{
    size_t least = encoded->run_count > 0 ? encoded->runs[encoded->run_count - 1].end : 0;
    if (start - least > LABEL_MAX)
        least = start - LABEL_MAX;
    size_t at = start;
    while (at > least && text[at - 1] != '\n')
        at--;
    while (at < start && ((uint8_t)text[at] & 0xC0) == 0x80)
        at++;
    return at;
}

static int add_run(struct pii_encoded *encoded, const struct pii_encoded_run *run)
{
    if (encoded->run_count == encoded->run_cap) {
        size_t cap = encoded->run_cap != 0 ? encoded->run_cap * 2 : 16;
        struct pii_encoded_run *runs = reallocarray(encoded->runs, cap, sizeof(*runs));
        if (runs == NULL)
            return ERR_MEMORY;
        encoded->runs = runs;
        encoded->run_cap = cap;
    }
    encoded->runs[encoded->run_count++] = *run;
    return 0;
}

static bool read_run(struct pii_encoded *encoded, const char *text, size_t start, size_t end,
                     int *rc)
{
    if (*rc != 0 || end - start < RUN_MIN || !may_be_text(text + start, end - start))
        return false;
    struct buf *said = &encoded->said;
    size_t before = said->len;
    size_t label = label_start(encoded, text, start);
    *rc = buf_append(said, text + label, start - label);
    struct pii_encoded_run run = {.start = start, .end = end, .said_start = said->len};
    if (*rc != 0 || !decode_run(text, start, end, said, rc)) {
        said->len = before;
        return false;
    }
    run.said_end = said->len;
    *rc = buf_append(said, "\n", 1);
    if (*rc == 0)
        *rc = add_run(encoded, &run);
    return true;
}

/* "prefix-MjE5…", "path/MjE5…": the characters that paths have too may also end it. */
static void read_parts(struct pii_encoded *encoded, const char *text, size_t start, size_t end,
                       int *rc)
{
    size_t part = start;
    for (size_t i = start; i <= end; i++)
        if (i == end || strchr("/-_+", text[i]) != NULL) {
            if (i - part < end - start)
                (void)read_run(encoded, text, part, i, rc);
            part = i + 1;
        }
}

int pii_encoded_read(struct pii_encoded *encoded, const char *text, size_t len, struct err *err)
{
    int rc = 0;
    buf_clear(&encoded->said);
    encoded->run_count = 0;
    encoded->spans.count = 0;
    for (size_t at = 0; rc == 0 && at < len;) {
        if (!is_digit64(text[at])) {
            at++;
            continue;
        }
        size_t end = skip_digits64(text, len, at);
        if (end - at >= RUN_MIN) {
            end = run_end(text, len, at);
            if (!read_run(encoded, text, at, end, &rc))
                read_parts(encoded, text, at, end, &rc);
        }
        at = end;
    }
    return rc == 0 ? 0 : err_set(err, rc, "out of memory for text in base64");
}

void pii_encoded_keep(struct pii_encoded *encoded)
{
    size_t kept = 0;
    size_t r = 0;
    for (size_t i = 0; i < encoded->spans.count; i++) {
        struct pii_span span = encoded->spans.items[i];
        while (r < encoded->run_count && encoded->runs[r].said_end <= span.start)
            r++;
        if (r < encoded->run_count && encoded->runs[r].said_start < span.end)
            encoded->spans.items[kept++] = span;
    }
    encoded->spans.count = kept;
}

static int compare(const void *left, const void *right)
{
    const struct pii_span *a = left;
    const struct pii_span *b = right;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->end != b->end)
        return a->end > b->end ? -1 : 1;
    return (a->type > b->type) - (a->type < b->type);
}

/* Sorted spans: those of one type that overlap become one. */
static void join_types(struct pii_spans *spans, size_t first)
{
    size_t last[PII_TYPE_COUNT];
    size_t kept = first;
    for (size_t i = 0; i < PII_TYPE_COUNT; i++)
        last[i] = SIZE_MAX;
    for (size_t i = first; i < spans->count; i++) {
        struct pii_span *span = &spans->items[i];
        struct pii_span *other =
            last[span->type] != SIZE_MAX ? &spans->items[last[span->type]] : NULL;
        if (other == NULL || other->end <= span->start) {
            last[span->type] = kept;
            spans->items[kept++] = *span;
            continue;
        }
        size_t start = other->start;
        size_t end = other->end > span->end ? other->end : span->end;
        if (span->score > other->score || (span->validated && !other->validated))
            *other = *span;
        other->start = start;
        other->end = end;
    }
    spans->count = kept;
}

int pii_encoded_report(const struct pii_encoded *encoded, struct pii_spans *spans, size_t first,
                       struct err *err)
{
    size_t r = 0;
    for (size_t i = 0; i < encoded->spans.count; i++) {
        struct pii_span span = encoded->spans.items[i];
        while (r + 1 < encoded->run_count && encoded->runs[r].said_end <= span.start)
            r++;
        span.start = encoded->runs[r].start;
        span.end = encoded->runs[r].end;
        span.encoded = true;
        int rc = pii_spans_add(spans, &span, err);
        if (rc != 0)
            return rc;
    }
    if (encoded->spans.count != 0) {
        qsort(spans->items + first, spans->count - first, sizeof(*spans->items), compare);
        join_types(spans, first);
    }
    return 0;
}

void pii_encoded_release(struct pii_encoded *encoded)
{
    buf_release(&encoded->said);
    free(encoded->runs);
    pii_spans_release(&encoded->spans);
    *encoded = (struct pii_encoded){0};
}
