#include "gateway/base/data_uri.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/base64.h"

enum { SCHEME_LEN = sizeof(DATA_URI_TEXT) - 1, HEAD_MAX = 128 };

/* The comma that ends the head of the URI, or NULL. */
static const char *head_end(const char *uri, size_t len)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  ".+-_/;=";
    for (size_t i = SCHEME_LEN; i < len && i < HEAD_MAX; i++) {
        if (uri[i] == ',')
            return uri + i;
        if (uri[i] == '\0' || strchr(allowed, uri[i]) == NULL)
            return NULL;
    }
    return NULL;
}

static bool says_base64(const char *uri, const char *comma)
{
    static const char marker[] = ";base64";
    enum { MARKER_LEN = sizeof(marker) - 1 };
    return comma - uri >= MARKER_LEN && strncasecmp(comma - MARKER_LEN, marker, MARKER_LEN) == 0;
}

static bool charset_is_known(const char *uri, const char *comma)
{
    static const char name[] = "charset=";
    enum { NAME_LEN = sizeof(name) - 1 };
    for (const char *p = uri; comma - p >= NAME_LEN; p++) {
        if (strncasecmp(p, name, NAME_LEN) != 0)
            continue;
        p += NAME_LEN;
        size_t len = 0;
        while (p + len < comma && p[len] != ';')
            len++;
        return (len == 5 && strncasecmp(p, "utf-8", len) == 0) ||
               (len == 8 && strncasecmp(p, "us-ascii", len) == 0);
    }
    return true;
}

static bool is_base64(const char *p, size_t len)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int padding = 0; padding < 2 && len != 0 && p[len - 1] == '='; padding++)
        len--;
    for (size_t i = 0; i < len; i++)
        if (p[i] == '\0' || strchr(alphabet, p[i]) == NULL)
            return false;
    return true;
}

bool data_uri_is_text(const void *bytes, size_t len)
{
    const char *uri = bytes;
    if (len < SCHEME_LEN || memcmp(uri, DATA_URI_TEXT, SCHEME_LEN) != 0)
        return false;
    const char *comma = head_end(uri, len);
    if (comma == NULL || !charset_is_known(uri, comma))
        return false;
    size_t rest = len - (size_t)(comma + 1 - uri);
    if (says_base64(uri, comma))
        return is_base64(comma + 1, rest);
    for (size_t i = 0; i < rest; i++)
        if (comma[1 + i] <= ' ' || strchr("\"<>", comma[1 + i]) != NULL)
            return false;
    return true;
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return -1;
}

static int percent_decode(const char *p, size_t len, struct buf *out, size_t *used)
{
    size_t i = 0;
    int rc = 0;
    while (rc == 0 && i < len && (unsigned char)p[i] > ' ' && strchr("\"<>", p[i]) == NULL) {
        char byte = p[i];
        size_t step = 1;
        if (byte == '%' && len - i > 2 && digit_of(p[i + 1]) >= 0 && digit_of(p[i + 2]) >= 0) {
            byte = (char)(digit_of(p[i + 1]) << 4 | digit_of(p[i + 2]));
            step = 3;
        }
        rc = buf_append(out, &byte, 1);
        i += step;
    }
    *used = i;
    return rc;
}

int data_uri_decode(const void *text, size_t len, struct buf *out, size_t *used)
{
    const char *uri = text;
    const char *comma = head_end(uri, len);
    *used = SCHEME_LEN;
    if (comma == NULL)
        return 0;
    size_t head = (size_t)(comma + 1 - uri);
    size_t data = 0;
    int rc = says_base64(uri, comma) ? base64_decode(comma + 1, len - head, out, &data)
                                     : percent_decode(comma + 1, len - head, out, &data);
    *used = head + data;
    return rc;
}

bool data_uri_bytes_are_text(const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < len;) {
        static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
        uint8_t first = p[i++];
        if (first == 0 || (first >= 0x80 && first < 0xc2) || first > 0xf4)
            return false;
        size_t more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
        uint32_t character = first & (0x7fu >> (more == 0 ? 0 : more + 1));
        for (size_t k = 0; k < more; k++, i++) {
            if (i == len || (p[i] & 0xc0) != 0x80)
                return false;
            character = character << 6 | (p[i] & 0x3f);
        }
        if (character < least[more] || character > 0x10ffff ||
            (character >= 0xd800 && character < 0xe000))
            return false;
    }
    return true;
}
