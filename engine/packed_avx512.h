/*
 * packed_avx512.h - what packed_avx512.c and packed_rows_avx512.c share. Private to them.
 */
#ifndef PENSTOCK_ENGINE_PACKED_AVX512_H
#define PENSTOCK_ENGINE_PACKED_AVX512_H

#include "engine/codes_avx512.h"
#include "engine/packed.h"

/* Each function is compiled once for each type, which is a constant to it. */
#define PACKED_TYPES(X)                                                                            \
    X(Q8_0)                                                                                        \
    X(Q4_0)                                                                                        \
    X(Q4_1)                                                                                        \
    X(Q5_0)                                                                                        \
    X(Q5_1)                                                                                        \
    X(IQ4_NL)                                                                                      \
    X(MXFP4)                                                                                       \
    X(Q2_K)                                                                                        \
    X(Q3_K)                                                                                        \
    X(Q4_K)                                                                                        \
    X(Q5_K)                                                                                        \
    X(Q6_K)                                                                                        \
    X(IQ4_XS)                                                                                      \
    X(TQ1_0)                                                                                       \
    X(TQ2_0)

/* Products of one to three inputs, each row unpacked in registers. NULL: a type of no product. */
typedef void packed_rows(const uint8_t *data, size_t row_bytes, size_t rows,
                         const struct packed_inputs *x, float *y, size_t stride);
extern packed_rows *const packed_rows_avx512[GGUF_TYPE_COUNT];

/* Ask for what lies `ahead` of these bytes. */
INLINE void prefetch(const uint8_t *p, size_t bytes, size_t ahead)
{
    for (size_t i = 0; i < bytes; i += 64)
        _mm_prefetch((const char *)(uintptr_t)((uintptr_t)p + ahead + i), _MM_HINT_T0);
}

#endif
