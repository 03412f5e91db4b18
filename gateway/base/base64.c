#include "gateway/base/base64.h"

static int value_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    if (c == '/' || c == '_')
        return 63;
    return -1;
}

int base64_decode(const void *text, size_t len, struct buf *out, size_t *used)
{
    const unsigned char *p = text;
    int rc = buf_reserve(out, len / 4 * 3 + 3);
    unsigned held = 0;
    unsigned bits = 0;
    size_t i = 0;
    for (; rc == 0 && i < len; i++) {
        int value = value_of(p[i]);
        if (value < 0)
            break;
        held = (held << 6 | (unsigned)value) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out->data[out->len++] = (unsigned char)(held >> bits);
        }
    }
    *used = i;
    return rc;
}
