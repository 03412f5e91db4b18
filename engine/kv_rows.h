/*
 * kv_rows.h - the inner loops of attention: scores of a run of keys, their softmax, and the mix of
 * the values by it. One set for each set of kernels.h, with the same promises; the plain one is the
 * reference, and the others agree with it within rounding.
 */
#ifndef PENSTOCK_ENGINE_KV_ROWS_H
#define PENSTOCK_ENGINE_KV_ROWS_H

#include "engine/kernels.h"

struct kv_rows {
    /* out[i] = row i . x, for count rows of n, one after another */
    void (*dots_f16)(float *out, const uint16_t *rows, const float *x, size_t n, size_t count);
    /* y += shares[i] * row i */
    void (*mix_f16)(float *y, const uint16_t *rows, const float *shares, size_t n, size_t count);
    void (*mix_q8_0)(float *y, const struct block_q8_0 *rows, const float *shares, size_t n,
                     size_t count);
    /* Scores to shares: e^x over the sum of all e^x. */
    void (*soften)(float *scores, size_t count);
    void (*to_half)(uint16_t *out, const float *x, size_t n);
};

extern const struct kv_rows kv_rows_plain;
extern const struct kv_rows kv_rows_avx2, kv_rows_avx512; /* on x86-64, where kernels.h has them */

#endif
