/*
 * content.h - the one type that message text lives in.
 *
 * A content is a view of bytes that somebody said. It has no member that a format string accepts:
 * content_bytes() returns const void *, which -Wformat refuses for %s, and tests/lint checks that
 * only the files whose work is on the bytes themselves call it. Storage is owned by the request's
 * struct buf (wiped when released) and outlives every view of it.
 */
#ifndef PENSTOCK_BASE_CONTENT_H
#define PENSTOCK_BASE_CONTENT_H

#include <stddef.h>

struct content {
    const void *_bytes;
    size_t _len;
};

static inline struct content content_of(const void *bytes, size_t len)
{
    return (struct content){._bytes = bytes, ._len = len};
}

/* Never NULL, so that the end of nothing can be worked out. */
static inline const void *content_bytes(struct content c)
{
    return c._bytes != NULL ? c._bytes : "";
}

static inline size_t content_len(struct content c)
{
    return c._len;
}

#endif
