#include "engine/kv_rows.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#define TARGET __attribute__((target("avx2,fma,f16c")))
#define INLINE __attribute__((target("avx2,fma,f16c"), always_inline)) static inline

INLINE float sum_f32(__m256 v)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

INLINE __m256 load_half(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}

TARGET static void dots_f16(float *out, const uint16_t *rows, const float *x, size_t n,
                            size_t count)
{
    for (size_t r = 0; r < count; r++, rows += n) {
        __m256 s0 = _mm256_setzero_ps(), s1 = s0;
        size_t at = 0;
        for (; at + 16 <= n; at += 16) {
            s0 = _mm256_fmadd_ps(load_half(rows + at), _mm256_loadu_ps(x + at), s0);
            s1 = _mm256_fmadd_ps(load_half(rows + at + 8), _mm256_loadu_ps(x + at + 8), s1);
        }
        for (; at + 8 <= n; at += 8)
            s0 = _mm256_fmadd_ps(load_half(rows + at), _mm256_loadu_ps(x + at), s0);
        out[r] = sum_f32(_mm256_add_ps(s0, s1));
        for (; at < n; at++)
            out[r] += _cvtsh_ss(rows[at]) * x[at];
    }
}

TARGET static void mix_f16(float *y, const uint16_t *rows, const float *shares, size_t n,
                           size_t count)
{
    size_t at = 0;
    for (; at + 32 <= n; at += 32) {
        __m256 sum[4];
        for (size_t k = 0; k < 4; k++)
            sum[k] = _mm256_loadu_ps(y + at + 8 * k);
        for (size_t i = 0; i < count; i++) {
            __m256 share = _mm256_set1_ps(shares[i]);
            for (size_t k = 0; k < 4; k++)
                sum[k] = _mm256_fmadd_ps(share, load_half(rows + i * n + at + 8 * k), sum[k]);
        }
        for (size_t k = 0; k < 4; k++)
            _mm256_storeu_ps(y + at + 8 * k, sum[k]);
    }
    for (size_t i = 0; at < n && i < count; i++) {
        for (size_t k = at; k < n; k++)
            y[k] += shares[i] * _cvtsh_ss(rows[i * n + k]);
    }
}

INLINE __m256 eight(const int8_t *q)
{
    return _mm256_cvtepi32_ps(
        _mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)q)));
}

TARGET static void mix_q8_0(float *y, const struct block_q8_0 *rows, const float *shares, size_t n,
                            size_t count)
{
    size_t blocks = n / BLOCK_Q8_0;
    for (size_t b = 0; b < blocks; b++, y += BLOCK_Q8_0) {
        __m256 sum[4];
        for (size_t k = 0; k < 4; k++)
            sum[k] = _mm256_loadu_ps(y + 8 * k);
        for (size_t i = 0; i < count; i++) {
            const struct block_q8_0 *block = &rows[i * blocks + b];
            __m256 factor = _mm256_set1_ps(shares[i] * _cvtsh_ss(block->scale));
            for (size_t k = 0; k < 4; k++)
                sum[k] = _mm256_fmadd_ps(factor, eight(block->q + 8 * k), sum[k]);
        }
        for (size_t k = 0; k < 4; k++)
            _mm256_storeu_ps(y + 8 * k, sum[k]);
    }
}

/* As in kv_rows_avx512.c; below e^-87 the result is 0. */
INLINE __m256 exp8(__m256 x)
{
    const __m256 least = _mm256_set1_ps(-87);
    __m256 gone = _mm256_cmp_ps(x, least, _CMP_LT_OQ);
    x = _mm256_max_ps(least, x); /* in this order NaN stays NaN */
    __m256 n = _mm256_round_ps(_mm256_mul_ps(x, _mm256_set1_ps(1.44269504f)),
                               _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 r = _mm256_fnmadd_ps(n, _mm256_set1_ps(0.693359375f), x);
    r = _mm256_fnmadd_ps(n, _mm256_set1_ps(-2.12194440e-4f), r);
    __m256 p = _mm256_set1_ps(1.9875691500e-4f);
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.3981999507e-3f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(8.3334519073e-3f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(4.1665795894e-2f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.6666665459e-1f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(5.0000001201e-1f));
    p = _mm256_fmadd_ps(_mm256_mul_ps(p, r), r, _mm256_add_ps(r, _mm256_set1_ps(1)));
    __m256i power =
        _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    return _mm256_andnot_ps(gone, _mm256_mul_ps(p, _mm256_castsi256_ps(power)));
}

TARGET static void soften(float *scores, size_t count)
{
    float most = -INFINITY, sum = 0;
    size_t i = 0;
    for (size_t k = 0; k < count; k++)
        most = fmaxf(most, scores[k]);
    __m256 sums = _mm256_setzero_ps(), highest = _mm256_set1_ps(most);
    for (; i + 8 <= count; i += 8) {
        __m256 e = exp8(_mm256_sub_ps(_mm256_loadu_ps(scores + i), highest));
        _mm256_storeu_ps(scores + i, e);
        sums = _mm256_add_ps(sums, e);
    }
    for (; i < count; i++) {
        scores[i] = expf(scores[i] - most);
        sum += scores[i];
    }
    float inverse = 1 / (sum + sum_f32(sums));
    for (i = 0; i < count; i++)
        scores[i] *= inverse;
}

TARGET static void to_half(uint16_t *out, const float *x, size_t n)
{
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        __m128i halves =
            _mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        _mm_storeu_si128((__m128i *)(void *)(out + i), halves);
    }
    for (; i < n; i++)
        out[i] = float_to_half(x[i]);
}

const struct kv_rows kv_rows_avx2 = {.dots_f16 = dots_f16,
                                     .mix_f16 = mix_f16,
                                     .mix_q8_0 = mix_q8_0,
                                     .soften = soften,
                                     .to_half = to_half};
#endif
