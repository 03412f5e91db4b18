/*
 * packed_twos_avx2.h - rows of two types for packed_avx2.c. Private to it.
 */
#ifndef PENSTOCK_ENGINE_PACKED_TWOS_AVX2_H
#define PENSTOCK_ENGINE_PACKED_TWOS_AVX2_H

#include "engine/packed.h"

/* As struct packed's multiply. */
void packed_twos_avx2_q4_0(const uint8_t *data, size_t row_bytes, size_t rows,
                           const struct packed_inputs *x, float *y, size_t stride);
void packed_twos_avx2_q4_k(const uint8_t *data, size_t row_bytes, size_t rows,
                           const struct packed_inputs *x, float *y, size_t stride);

#endif
