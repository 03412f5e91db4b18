#include "engine/net_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <stdbool.h>
#include <string.h>

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vnni")))

enum {
    ROWS_PER_FLUSH = 255, /* of int8 that a 16-bit sum holds */
    BLOCKS_MAX = 5,       /* of 16 outputs: 20 sums, 5 weights and an input are 26 registers */
};

/* Adds 32 sums of 16 bits to sum[0] and on, or the first 16 of them. */
AVX512 static inline void flush32(int32_t *sum, __m512i part, bool both)
{
    __m512i low = _mm512_cvtepi16_epi32(_mm512_castsi512_si256(part));
    __m512i high = _mm512_cvtepi16_epi32(_mm512_extracti64x4_epi64(part, 1));
    _mm512_storeu_si512(sum, _mm512_add_epi32(_mm512_loadu_si512(sum), low));
    if (both)
        _mm512_storeu_si512(sum + 16, _mm512_add_epi32(_mm512_loadu_si512(sum + 16), high));
}

/* Adds rows to the sums; `at` holds where each begins. The last columns may be fewer than 64. */
AVX512 static void sum_columns(int32_t *sum, const int8_t *table, size_t dim, const size_t *at,
                               size_t rows)
{
    for (size_t e = 0; e < dim; e += 64) {
        size_t left = dim - e;
        __mmask64 wanted = left < 64 ? (UINT64_C(1) << left) - 1 : UINT64_MAX;
        __m512i a = _mm512_setzero_si512(), b = a;
        for (size_t i = 0; i < rows; i++) {
            __m512i bytes = _mm512_maskz_loadu_epi8(wanted, table + at[i] + e);
            a = _mm512_add_epi16(a, _mm512_cvtepi8_epi16(_mm512_castsi512_si256(bytes)));
            b = _mm512_add_epi16(b, _mm512_cvtepi8_epi16(_mm512_extracti64x4_epi64(bytes, 1)));
        }
        flush32(sum + e, a, left > 16);
        if (left > 32)
            flush32(sum + e + 32, b, left > 48);
    }
}

AVX512 static void bag_avx512(int32_t *sum, const int8_t *table, size_t dim, uint32_t buckets,
                              const uint32_t *ids, size_t count)
{
    size_t at[ROWS_PER_FLUSH];
    memset(sum, 0, dim * sizeof *sum);
    for (size_t done = 0; done < count; done += ROWS_PER_FLUSH) {
        size_t rows = count - done < ROWS_PER_FLUSH ? count - done : ROWS_PER_FLUSH;
        for (size_t i = 0; i < rows; i++) {
            uint32_t id = ids[done + i];
            at[i] = (size_t)(id < buckets ? id : id % buckets) * dim;
            _mm_prefetch((const char *)table + at[i], _MM_HINT_T0);
        }
        sum_columns(sum, table, dim, at, rows);
    }
}

AVX512 static inline __m512i four_inputs(const uint8_t *x)
{
    int32_t value;
    memcpy(&value, x, sizeof value);
    return _mm512_set1_epi32(value);
}

/*
 * Four positions by `blocks` times 16 outputs: every load of weights serves four positions, every
 * load of inputs all the blocks, and the sums fill the registers. `at` may name a position twice at
 * the end.
 */
AVX512 static inline __attribute__((always_inline)) void
convolve_blocks(int32_t *acc, const struct net_taps *taps, const uint8_t *x, const size_t at[4],
                size_t o, const size_t blocks)
{
    size_t outs = taps->outs, channels = taps->channels;
    __m512i sums[4][BLOCKS_MAX];
    for (size_t p = 0; p < 4; p++) {
        for (size_t k = 0; k < blocks; k++) {
            sums[p][k] = _mm512_setzero_si512();
        }
    }
    const int8_t *weights = taps->packed + o * 4;
    for (size_t t = 0; t < taps->taps; t++) {
        const uint8_t *input = x + t * taps->step;
        for (size_t c = 0; c < channels; c += 4, weights += outs * 4) {
            __m512i w[BLOCKS_MAX];
            for (size_t k = 0; k < blocks; k++) {
                w[k] = _mm512_loadu_si512(weights + k * 64);
            }
            for (size_t p = 0; p < 4; p++) {
                __m512i value = four_inputs(input + at[p] * channels + c);
                for (size_t k = 0; k < blocks; k++) {
                    sums[p][k] = _mm512_dpbusd_epi32(sums[p][k], value, w[k]);
                }
            }
        }
    }
    for (size_t p = 0; p < 4; p++) {
        for (size_t k = 0; k < blocks; k++) {
            _mm512_storeu_si512(acc + at[p] * outs + o + k * 16, sums[p][k]);
        }
    }
}

AVX512 static void convolve_four(int32_t *acc, const struct net_taps *taps, const uint8_t *x,
                                 const size_t at[4])
{
    for (size_t o = 0, left = taps->outs / 16; left != 0;) {
        size_t blocks = left < BLOCKS_MAX ? left : BLOCKS_MAX;
        switch (blocks) { /* a number that the compiler knows, so that the sums are registers */
        case 1:
            convolve_blocks(acc, taps, x, at, o, 1);
            break;
        case 2:
            convolve_blocks(acc, taps, x, at, o, 2);
            break;
        case 3:
            convolve_blocks(acc, taps, x, at, o, 3);
            break;
        case 4:
            convolve_blocks(acc, taps, x, at, o, 4);
            break;
        default:
            convolve_blocks(acc, taps, x, at, o, BLOCKS_MAX);
            break;
        }
        o += blocks * 16;
        left -= blocks;
    }
}

AVX512 static void convolve_avx512(int32_t *acc, const struct net_taps *taps, const uint8_t *x,
                                   size_t positions)
{
    for (size_t p = 0; p < positions; p += 4) {
        size_t at[4];
        for (size_t i = 0; i < 4; i++) {
            at[i] = p + i < positions ? p + i : positions - 1;
        }
        convolve_four(acc, taps, x, at);
    }
}

AVX512 static void activate_avx512(uint8_t *out, const int32_t *acc, const float *scale,
                                   const float *bias, const uint8_t *residual, float residual_step,
                                   float inverse, size_t outs)
{
    for (size_t o = 0; o < outs; o += 16) {
        __m512 value = _mm512_cvtepi32_ps(_mm512_loadu_si512(acc + o));
        value = _mm512_mul_ps(value, _mm512_loadu_ps(scale + o));
        value = _mm512_add_ps(value, _mm512_loadu_ps(bias + o));
        if (residual) {
            __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(residual + o));
            __m512 kept = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
            value = _mm512_add_ps(value, _mm512_mul_ps(kept, _mm512_set1_ps(residual_step)));
        }
        value = _mm512_mul_ps(value, _mm512_set1_ps(inverse));
        value = _mm512_max_ps(value, _mm512_setzero_ps());
        value = _mm512_min_ps(value, _mm512_set1_ps(127.0f));
        _mm_storeu_si128((__m128i *)(void *)(out + o),
                         _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(value)));
    }
}

const struct net_kernels *net_kernels_avx512(void)
{
    static const struct net_kernels avx512 = {"avx512-vnni", bag_avx512, convolve_avx512,
                                              activate_avx512};
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni")
               ? &avx512
               : NULL;
}

#else

const struct net_kernels *net_kernels_avx512(void)
{
    return NULL;
}

#endif
