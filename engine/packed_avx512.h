/*
 * packed_avx512.h - what packed_avx512.c, packed_rows_avx512.c and packed_fours_avx512.c share.
 * Private to them.
 */
#ifndef PENSTOCK_ENGINE_PACKED_AVX512_H
#define PENSTOCK_ENGINE_PACKED_AVX512_H

#include "engine/codes_avx512.h"
#include "engine/packed.h"

/* Each function is compiled once for each type, which is a constant to it. */
#define PACKED_FOURS(X)                                                                            \
    X(Q8_0)                                                                                        \
    X(Q4_0)                                                                                        \
    X(Q4_K)                                                                                        \
    X(Q5_K)
#define PACKED_OTHERS(X)                                                                           \
    X(Q4_1)                                                                                        \
    X(Q5_0)                                                                                        \
    X(Q5_1)                                                                                        \
    X(IQ4_NL)                                                                                      \
    X(MXFP4)                                                                                       \
    X(Q2_K)                                                                                        \
    X(Q3_K)                                                                                        \
    X(Q6_K)                                                                                        \
    X(IQ4_XS)                                                                                      \
    X(TQ1_0)                                                                                       \
    X(TQ2_0)
#define PACKED_TYPES(X) PACKED_FOURS(X) PACKED_OTHERS(X)

/* Products of one to three inputs, rows unpacked in registers. NULL: a type of no product. */
typedef void packed_rows(const uint8_t *data, size_t row_bytes, size_t rows,
                         const struct packed_inputs *x, float *y, size_t stride);
extern packed_rows *const packed_rows_avx512[GGUF_TYPE_COUNT];
/* Those of PACKED_FOURS, in packed_fours_avx512.c. */
packed_rows packed_fours_Q8_0, packed_fours_Q4_0, packed_fours_Q4_K, packed_fours_Q5_K;

/* Four columns share a lane: the lane's run of 16 among the sixteen of a 256. */
INLINE __m512 spread(__m512 sixteen, unsigned pair)
{
    int a = (int)pair * 4;
    __m512i index = _mm512_setr_epi32(a, a, a, a, a + 1, a + 1, a + 1, a + 1, a + 2, a + 2, a + 2,
                                      a + 2, a + 3, a + 3, a + 3, a + 3);
    return _mm512_permutexvar_ps(index, sixteen);
}

/* Ask for what lies `ahead` of these bytes. */
INLINE void prefetch(const uint8_t *p, size_t bytes, size_t ahead)
{
    for (size_t i = 0; i < bytes; i += 64)
        _mm_prefetch((const char *)((uintptr_t)p + ahead + i), _MM_HINT_T0);
}

enum { FAR = 16384 };

/*
 * The same, far ahead and into the second level of the cache. The first takes fewer requests at a
 * time, so that memory delivers less; but what is in the second costs a little more arithmetic.
 */
INLINE void prefetch_far(const uint8_t *p, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 64)
        _mm_prefetch((const char *)((uintptr_t)p + FAR + i), _MM_HINT_T1);
}

#endif
