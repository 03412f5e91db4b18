#include "engine/logprobs.h"

#include <stdlib.h>
#include <string.h>

static void drop_given(struct logprobs *q)
{
    if (q->given == 0)
        return;
    size_t left = q->count - q->given;
    memmove(q->rows, q->rows + q->given * q->width, left * q->width * sizeof(*q->rows));
    memmove(q->bytes, q->bytes + q->given, left * sizeof(*q->bytes));
    q->count = left;
    q->given = 0;
}

static bool grow(struct logprobs *q)
{
    size_t cap = q->cap > 0 ? 2 * q->cap : 16;
    struct engine_logprob *rows = calloc(cap * q->width, sizeof(*rows));
    uint32_t *bytes = calloc(cap, sizeof(*bytes));
    if (rows == NULL || bytes == NULL) {
        free(rows);
        free(bytes);
        return false;
    }
    struct logprobs grown = {.width = q->width,
                             .rows = rows,
                             .bytes = bytes,
                             .count = q->count,
                             .cap = cap,
                             .owed = q->owed};
    if (q->count > 0) {
        memcpy(rows, q->rows, q->count * q->width * sizeof(*rows));
        memcpy(bytes, q->bytes, q->count * sizeof(*bytes));
    }
    logprobs_release(q);
    *q = grown;
    return true;
}

bool logprobs_add(struct logprobs *q, const struct engine_logprob *row, size_t bytes)
{
    drop_given(q);
    if (q->count == q->cap && !grow(q))
        return false;
    memcpy(q->rows + q->count * q->width, row, q->width * sizeof(*row));
    q->bytes[q->count++] = (uint32_t)bytes;
    return true;
}

const struct engine_logprob *logprobs_give(struct logprobs *q, size_t bytes, size_t *rows)
{
    drop_given(q);
    size_t at = 0, rest = q->owed < bytes ? q->owed : bytes;
    q->owed -= rest;
    bytes -= rest;
    for (; at < q->count && (bytes > 0 || q->bytes[at] == 0); at++) {
        size_t take = q->bytes[at] < bytes ? q->bytes[at] : bytes;
        bytes -= take;
        q->owed = q->bytes[at] - take;
    }
    *rows = q->given = at;
    return at > 0 ? q->rows : NULL;
}

void logprobs_clear(struct logprobs *q)
{
    if (q->cap > 0)
        explicit_bzero(q->rows, q->cap * q->width * sizeof(*q->rows));
    q->given = q->count = q->owed = 0;
}

void logprobs_release(struct logprobs *q)
{
    logprobs_clear(q);
    free(q->rows);
    free(q->bytes);
    *q = (struct logprobs){.width = q->width};
}
