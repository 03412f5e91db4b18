/*
 * Any answer, whole or as a stream: values are put back without a byte read or written elsewhere,
 * a stream gives the same however its events come together, and what was JSON stays JSON.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/json.h"
#include "gateway/restore.h"
#include "gateway/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static const struct redact_map *a_map(void)
{
    static const char *const values[] = {"Zo\xc3\xab \"Z\" \\Quinn", "Ann", "a\nb"};
    static struct redact_map map;
    static bool made;
    if (made)
        return &map;
    redact_map_init(&map);
    for (size_t i = 0; i < 3; i++)
        require(redact_map_add(&map, content_of(values[i], strlen(values[i])), PII_PERSON, false) ==
                0);
    require(redact_map_seal(&map) == 0);
    made = true;
    return &map;
}

struct sink {
    struct restore *restore;
    struct buf events, out;
};

static void on_events(void *user, const void *bytes, size_t len)
{
    struct sink *sink = user;
    require(buf_append(&sink->events, bytes, len) == 0);
    require(restore_events(sink->restore, bytes, len, &sink->out) == 0);
}

static void check_stream(const uint8_t *data, size_t size)
{
    struct sink sink = {.restore = restore_new(a_map(), NULL)};
    struct restore *once = restore_new(a_map(), NULL);
    struct buf whole = BUF_INIT;
    struct sse sse;
    require(sink.restore != NULL && once != NULL);
    sse_init(&sse, 1 << 16, on_events, &sink);
    size_t step = size % 7 + 1;
    for (size_t at = 0; at < size; at += step)
        if (sse_feed(&sse, data + at, step < size - at ? step : size - at) != SSE_OK)
            break;
    require(restore_end(sink.restore, &sink.out) == 0);
    /* All events in one call. */
    require(restore_events(once, sink.events.data, sink.events.len, &whole) == 0);
    require(restore_end(once, &whole) == 0);
    require(whole.len == sink.out.len &&
            (whole.len == 0 || memcmp(whole.data, sink.out.data, whole.len) == 0));
    sse_release(&sse);
    restore_free(sink.restore);
    restore_free(once);
    buf_release(&whole);
    buf_release(&sink.events);
    buf_release(&sink.out);
}

static void check_body(const uint8_t *data, size_t size)
{
    struct restore *r = restore_new(a_map(), NULL);
    struct buf out = BUF_INIT;
    struct json_doc doc;
    struct err err;
    require(r != NULL && restore_body(r, data, size, &out) == 0);
    if (json_parse(&doc, content_of(data, size), NULL, &err) == 0) {
        json_release(&doc);
        require(json_parse(&doc, content_of(out.data, out.len), NULL, &err) == 0);
        json_release(&doc);
    }
    restore_free(r);
    buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    check_stream(data, size);
    check_body(data, size);
    return 0;
}
