/*
 * data_uri.h - the text inside a data: URI of a text type. Any thread; nothing is kept.
 */
#ifndef PENSTOCK_BASE_DATA_URI_H
#define PENSTOCK_BASE_DATA_URI_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"

#define DATA_URI_TEXT "data:text/"

/*
 * Whether these bytes are one data: URI of a text type that data_uri_decode() reads to its end:
 * small letters, a short head, UTF-8 or no charset, and nothing but base64 where it says base64.
 */
bool data_uri_is_text(const void *uri, size_t len);

/*
 * text begins with DATA_URI_TEXT. Appends what the URI holds to *out and sets *used to the bytes
 * read. Nothing is appended when it is no URI after all. ERR_MEMORY.
 */
MUST_CHECK int data_uri_decode(const void *text, size_t len, struct buf *out, size_t *used);

/* Valid UTF-8 without NUL: what a scanner for text can be trusted with. */
bool data_uri_bytes_are_text(const void *bytes, size_t len);

#endif
