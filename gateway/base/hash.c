#include "gateway/base/hash.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

int hash_sha256(const void *bytes, size_t len, uint8_t out[HASH_SIZE])
{
    unsigned size = HASH_SIZE;
    if (EVP_Digest(bytes, len, out, &size, EVP_sha256(), NULL) != 1 || size != HASH_SIZE)
        return ERR_BAD_STATE;
    return 0;
}

int hash_sha256_hex(const void *bytes, size_t len, char out[HASH_HEX_SIZE])
{
    uint8_t digest[HASH_SIZE];
    int rc = hash_sha256(bytes, len, digest);
    if (rc == 0)
        hash_to_hex(digest, sizeof(digest), out);
    return rc;
}

int hash_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
                     uint8_t out[HASH_SIZE])
{
    unsigned size = HASH_SIZE;
    if (key_len > INT_MAX)
        return ERR_LIMIT;
    if (HMAC(EVP_sha256(), key, (int)key_len, bytes, len, out, &size) == NULL || size != HASH_SIZE)
        return ERR_BAD_STATE;
    return 0;
}

void hash_to_hex(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool hash_from_hex(const char *hex, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        int high = hex_value(hex[2 * i]);
        int low = high < 0 ? -1 : hex_value(hex[2 * i + 1]);
        if (low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return hex[2 * len] == '\0';
}

bool hash_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}

int hash_random(void *out, size_t len)
{
    if (len > INT_MAX)
        return ERR_LIMIT;
    return RAND_bytes(out, (int)len) == 1 ? 0 : ERR_BAD_STATE;
}
