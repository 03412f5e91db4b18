#include "engine/net_kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

/* Rows that a 16-bit sum holds: 256 * 128 = 32768 would not fit. */
enum { ROWS_PER_FLUSH = 255 };

AVX2 static inline __m256i row16(const int8_t *row)
{
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)row));
}

AVX2 static inline void flush16(int32_t *sum, __m256i part)
{
    __m256i *at = (__m256i *)(void *)sum;
    __m256i low = _mm256_cvtepi16_epi32(_mm256_castsi256_si128(part));
    __m256i high = _mm256_cvtepi16_epi32(_mm256_extracti128_si256(part, 1));
    _mm256_storeu_si256(at, _mm256_add_epi32(_mm256_loadu_si256(at), low));
    _mm256_storeu_si256(at + 1, _mm256_add_epi32(_mm256_loadu_si256(at + 1), high));
}

/* Adds rows to the sums; `at` holds where each begins. */
AVX2 static void sum_columns(int32_t *sum, const int8_t *table, size_t dim, const size_t *at,
                             size_t rows)
{
    size_t e = 0;
    for (; e + 64 <= dim; e += 64) {
        __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
        for (size_t i = 0; i < rows; i++) {
            const int8_t *row = table + at[i] + e;
            a = _mm256_add_epi16(a, row16(row));
            b = _mm256_add_epi16(b, row16(row + 16));
            c = _mm256_add_epi16(c, row16(row + 32));
            d = _mm256_add_epi16(d, row16(row + 48));
        }
        flush16(sum + e, a);
        flush16(sum + e + 16, b);
        flush16(sum + e + 32, c);
        flush16(sum + e + 48, d);
    }
    for (; e < dim; e += 16) {
        __m256i a = _mm256_setzero_si256();
        for (size_t i = 0; i < rows; i++)
            a = _mm256_add_epi16(a, row16(table + at[i] + e));
        flush16(sum + e, a);
    }
}

AVX2 static void bag_avx2(int32_t *sum, const int8_t *table, size_t dim, uint32_t buckets,
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

/* Inputs are at most 127, so a pair of products stays within 16 bits and nothing saturates. */
AVX2 static inline __m256i multiply_add(__m256i acc, __m256i input, const int8_t *weights)
{
    __m256i w = _mm256_loadu_si256((const __m256i *)(const void *)weights);
    __m256i pairs = _mm256_maddubs_epi16(input, w);
    return _mm256_add_epi32(acc, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

AVX2 static inline __m256i four_inputs(const uint8_t *x)
{
    int32_t value;
    memcpy(&value, x, sizeof value);
    return _mm256_set1_epi32(value);
}

AVX2 static void convolve_avx2(int32_t *acc, const struct net_taps *taps, const uint8_t *x,
                               size_t positions)
{
    size_t outs = taps->outs, channels = taps->channels;
    for (size_t p = 0; p < positions; p += 2) {
        /* The last position of an odd number is computed twice. */
        size_t other = p + 1 < positions ? p + 1 : p;
        for (size_t o = 0; o < outs; o += 16) {
            __m256i a0 = _mm256_setzero_si256(), a1 = a0, b0 = a0, b1 = a0;
            const int8_t *weights = taps->packed + o * 4;
            for (size_t t = 0; t < taps->taps; t++) {
                const uint8_t *first = x + p * channels + t * taps->step;
                const uint8_t *second = x + other * channels + t * taps->step;
                for (size_t c = 0; c < channels; c += 4, weights += outs * 4) {
                    __m256i input = four_inputs(first + c);
                    a0 = multiply_add(a0, input, weights);
                    a1 = multiply_add(a1, input, weights + 32);
                    input = four_inputs(second + c);
                    b0 = multiply_add(b0, input, weights);
                    b1 = multiply_add(b1, input, weights + 32);
                }
            }
            __m256i *out = (__m256i *)(void *)(acc + p * outs + o);
            _mm256_storeu_si256(out, a0);
            _mm256_storeu_si256(out + 1, a1);
            out = (__m256i *)(void *)(acc + other * outs + o);
            _mm256_storeu_si256(out, b0);
            _mm256_storeu_si256(out + 1, b1);
        }
    }
}

AVX2 static void activate_avx2(uint8_t *out, const int32_t *acc, const float *scale,
                               const float *bias, const uint8_t *residual, float residual_step,
                               float inverse, size_t outs)
{
    for (size_t o = 0; o < outs; o += 8) {
        __m256i sums = _mm256_loadu_si256((const __m256i *)(const void *)(acc + o));
        __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_loadu_ps(scale + o));
        value = _mm256_add_ps(value, _mm256_loadu_ps(bias + o));
        if (residual) {
            __m128i bytes = _mm_loadl_epi64((const __m128i *)(const void *)(residual + o));
            __m256 kept = _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(bytes));
            value = _mm256_add_ps(value, _mm256_mul_ps(kept, _mm256_set1_ps(residual_step)));
        }
        value = _mm256_mul_ps(value, _mm256_set1_ps(inverse));
        value = _mm256_max_ps(value, _mm256_setzero_ps());
        value = _mm256_min_ps(value, _mm256_set1_ps(127.0f));
        __m256i rounded = _mm256_cvtps_epi32(value);
        __m128i words =
            _mm_packs_epi32(_mm256_castsi256_si128(rounded), _mm256_extracti128_si256(rounded, 1));
        _mm_storel_epi64((__m128i *)(void *)(out + o), _mm_packus_epi16(words, words));
    }
}

const struct net_kernels *net_kernels_avx2(void)
{
    static const struct net_kernels avx2 = {"avx2", bag_avx2, convolve_avx2, activate_avx2};
    return __builtin_cpu_supports("avx2") ? &avx2 : NULL;
}

#else

const struct net_kernels *net_kernels_avx2(void)
{
    return NULL;
}

#endif
