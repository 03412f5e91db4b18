/* base64.h - read base64 (RFC 4648, both alphabets) as far as it goes. Any thread. */
#ifndef PENSTOCK_BASE_BASE64_H
#define PENSTOCK_BASE_BASE64_H

#include <stddef.h>

#include "gateway/base/buf.h"

/*
 * Appends the bytes that the text encodes, up to the first character outside the alphabet (padding
 * and the end included). *used is how many characters were read.
 */
MUST_CHECK int base64_decode(const void *text, size_t len, struct buf *out, size_t *used);

#endif
