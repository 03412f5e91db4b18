#include "gateway/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

void buf_release(struct buf *b)
{
    if (b->data != NULL) {
        explicit_bzero(b->data, b->cap);
        free(b->data);
    }
    *b = (struct buf)BUF_INIT;
}

void buf_clear(struct buf *b)
{
    if (b->data != NULL)
        explicit_bzero(b->data, b->len);
    b->len = 0;
}

int buf_reserve(struct buf *b, size_t more)
{
    if (more <= b->cap - b->len)
        return 0;
    if (more > SIZE_MAX / 2 - b->len)
        return ERR_MEMORY;
    size_t cap = b->cap != 0 ? b->cap : FIRST_CAPACITY;
    while (cap < b->len + more)
        cap *= 2;
    /* realloc would leave a copy of the content behind in freed memory. */
    uint8_t *data = malloc(cap);
    if (data == NULL)
        return ERR_MEMORY;
    size_t len = b->len;
    if (len != 0)
        memcpy(data, b->data, len);
    buf_release(b);
    *b = (struct buf){.data = data, .len = len, .cap = cap};
    return 0;
}

int buf_append(struct buf *b, const void *bytes, size_t len)
{
    int rc = buf_reserve(b, len);
    if (rc == 0 && len != 0) {
        memcpy(b->data + b->len, bytes, len);
        b->len += len;
    }
    return rc;
}

int buf_append_str(struct buf *b, const char *text)
{
    return buf_append(b, text, strlen(text));
}

int buf_printf(struct buf *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (need < 0)
        return ERR_SYNTAX;
    int rc = buf_reserve(b, (size_t)need + 1);
    if (rc != 0)
        return rc;
    va_start(args, format);
    (void)vsnprintf((char *)b->data + b->len, (size_t)need + 1, format, args);
    va_end(args);
    b->len += (size_t)need;
    return 0;
}
