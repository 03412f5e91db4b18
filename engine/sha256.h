/*
 * sha256.h - SHA-256 (FIPS 180-4), for checking model files. Any thread; no allocation.
 */
#ifndef PENSTOCK_ENGINE_SHA256_H
#define PENSTOCK_ENGINE_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct sha256 {
    uint32_t state[8];
    uint64_t length; /* bytes so far */
    uint8_t block[64];
};

void sha256_init(struct sha256 *hash);
void sha256_update(struct sha256 *hash, const void *bytes, size_t len);
void sha256_final(struct sha256 *hash, uint8_t out[32]); /* init again before reuse */
void sha256_of(const void *bytes, size_t len, uint8_t out[32]);

/* The compression function in plain C, for tests; the others use SHA extensions where present. */
void sha256_compress_plain(uint32_t state[8], const uint8_t *blocks, size_t count);

#endif
