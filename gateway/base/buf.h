/*
 * buf.h - a growing run of bytes.
 *
 * Invariant: len <= cap, data is NULL only when cap is 0. Growth and release wipe the old storage,
 * since any buffer may have held content. Not shared between threads.
 */
#ifndef PENSTOCK_BASE_BUF_H
#define PENSTOCK_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"

struct buf {
    uint8_t *data;
    size_t len;
    size_t cap;
};

#define BUF_INIT                                                                                   \
    {                                                                                              \
        0                                                                                          \
    }

void buf_release(struct buf *b); /* wipes and frees; the buf is empty and usable again */
void buf_clear(struct buf *b);   /* wipes the bytes, keeps the storage */
MUST_CHECK int buf_reserve(struct buf *b, size_t more);
MUST_CHECK int buf_append(struct buf *b, const void *bytes, size_t len);
MUST_CHECK int buf_append_str(struct buf *b, const char *text);
/* Only for text that is not content: see err.h. */
MUST_CHECK int buf_printf(struct buf *b, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
