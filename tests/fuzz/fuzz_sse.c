/*
 * Server-sent events: any bytes, cut at places that the first byte chooses, give the same events
 * and the same verdict as in one piece; and what comes out is a part of what went in.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void collect(void *user, const void *bytes, size_t len)
{
    if (len == 0 || buf_append(user, bytes, len) != 0)
        abort();
}

static enum sse_status run(const uint8_t *data, size_t size, size_t step, struct buf *out,
                           struct answer_facts *facts)
{
    struct sse sse;
    enum sse_status status = SSE_OK;
    sse_init(&sse, 1024, collect, out);
    for (size_t at = 0; at < size; at += step) {
        size_t n = step < size - at ? step : size - at;
        /* A copy of the exact size, so that a read past its end is seen. */
        uint8_t *piece = malloc(n);
        if (piece == NULL)
            abort();
        memcpy(piece, data + at, n);
        status = sse_feed(&sse, piece, n);
        free(piece);
        if (sse.held.len > sse.max_block)
            abort();
    }
    *facts = sse.facts;
    sse_release(&sse);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct buf whole = BUF_INIT, split = BUF_INIT;
    struct answer_facts a, b;
    size_t step = (size_t)data[0] % 23 + 1;
    data++;
    size--;
    enum sse_status one = run(data, size, size, &whole, &a);
    enum sse_status many = run(data, size, step, &split, &b);
    if (one != many || whole.len != split.len || whole.len > size ||
        (whole.len > 0 && memcmp(whole.data, split.data, whole.len) != 0) ||
        a.prompt_tokens != b.prompt_tokens || a.finished != b.finished)
        abort();
    buf_release(&whole);
    buf_release(&split);
    return 0;
}
