/*
 * hash.h - SHA-256, HMAC, constant-time comparison, random bytes. OpenSSL behind it. Any thread.
 *
 * Functions return 0, or ERR_BAD_STATE when the library fails (out of memory, no entropy): callers
 * treat that as a refusal, never as a match.
 */
#ifndef PENSTOCK_BASE_HASH_H
#define PENSTOCK_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"

enum { HASH_SIZE = 32, HASH_HEX_SIZE = 65 };

MUST_CHECK int hash_sha256(const void *bytes, size_t len, uint8_t out[HASH_SIZE]);
MUST_CHECK int hash_sha256_hex(const void *bytes, size_t len, char out[HASH_HEX_SIZE]);
MUST_CHECK int hash_hmac_sha256(const void *key, size_t key_len, const void *bytes, size_t len,
                                uint8_t out[HASH_SIZE]);

/* Lower-case hex of len bytes into out[2 * len + 1]. */
void hash_to_hex(const uint8_t *bytes, size_t len, char *out);
/* Exactly 2 * len hex digits of either case into out; false otherwise. */
MUST_CHECK bool hash_from_hex(const char *hex, uint8_t *out, size_t len);

/* Time depends on len alone. */
MUST_CHECK bool hash_equal(const void *a, const void *b, size_t len);
MUST_CHECK int hash_random(void *out, size_t len);

#endif
