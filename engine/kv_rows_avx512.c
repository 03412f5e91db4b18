#include "engine/kv_rows.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#define FEATURES "avx512f,avx512bw,avx512vl,avx512dq,avx2,fma,f16c"
#define TARGET __attribute__((target(FEATURES)))
#define INLINE __attribute__((target(FEATURES), always_inline)) static inline

#ifndef __OPTIMIZE__
/* Unoptimised, some intrinsics are macros with conversions of their own that gcc 12 warns of. */
#pragma GCC diagnostic ignored "-Wsign-conversion"
#endif

/* Lanes i .. n - 1, at most 16. */
INLINE __mmask16 lanes(size_t i, size_t n)
{
    unsigned bits = n - i >= 16 ? 0xffff : (1u << (n - i)) - 1;
    return (__mmask16)bits;
}

INLINE __m512 load_half(const uint16_t *p, __mmask16 mask)
{
    return _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(mask, p));
}

INLINE __m512 add_pairs(__m512 a, __m512 b)
{
    return _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
}

INLINE __m512 add_quads(__m512 a, __m512 b)
{
    __m512d x = _mm512_castps_pd(a), y = _mm512_castps_pd(b);
    return _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(x, y)),
                         _mm512_castpd_ps(_mm512_unpackhi_pd(x, y)));
}

INLINE __m512 add_lanes(__m512 a, __m512 b)
{
    return _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xdd));
}

/* The sums of sixteen vectors, in one. */
INLINE __m512 sums16(const __m512 v[16])
{
    __m512 q[4];
    for (int i = 0; i < 4; i++)
        q[i] = add_quads(add_pairs(v[4 * i], v[4 * i + 1]), add_pairs(v[4 * i + 2], v[4 * i + 3]));
    return add_lanes(add_lanes(q[0], q[1]), add_lanes(q[2], q[3]));
}

TARGET static void dots_f16(float *out, const uint16_t *rows, const float *x, size_t n,
                            size_t count)
{
    for (size_t r = 0; r < count; r += 16) {
        const uint16_t *row[16];
        __m512 sum[16];
        for (size_t i = 0; i < 16; i++) {
            row[i] = rows + (r + i < count ? r + i : r) * n;
            sum[i] = _mm512_setzero_ps();
        }
        size_t at = 0;
        for (; at + 16 <= n; at += 16) {
            __m512 q = _mm512_loadu_ps(x + at);
            for (size_t i = 0; i < 16; i++)
                sum[i] = _mm512_fmadd_ps(load_half(row[i] + at, 0xffff), q, sum[i]);
        }
        if (at < n) {
            __mmask16 mask = lanes(at, n);
            __m512 q = _mm512_maskz_loadu_ps(mask, x + at);
            for (size_t i = 0; i < 16; i++)
                sum[i] = _mm512_fmadd_ps(load_half(row[i] + at, mask), q, sum[i]);
        }
        _mm512_mask_storeu_ps(out + r, lanes(r, count), sums16(sum));
    }
}

TARGET static void mix_f16(float *y, const uint16_t *rows, const float *shares, size_t n,
                           size_t count)
{
    size_t at = 0;
    for (; at + 64 <= n; at += 64) {
        __m512 sum[4];
        for (size_t k = 0; k < 4; k++)
            sum[k] = _mm512_loadu_ps(y + at + 16 * k);
        for (size_t i = 0; i < count; i++) {
            __m512 share = _mm512_set1_ps(shares[i]);
            for (size_t k = 0; k < 4; k++)
                sum[k] =
                    _mm512_fmadd_ps(share, load_half(rows + i * n + at + 16 * k, 0xffff), sum[k]);
        }
        for (size_t k = 0; k < 4; k++)
            _mm512_storeu_ps(y + at + 16 * k, sum[k]);
    }
    for (; at < n; at += 16) {
        __mmask16 mask = lanes(at, n);
        __m512 sum = _mm512_maskz_loadu_ps(mask, y + at);
        for (size_t i = 0; i < count; i++)
            sum =
                _mm512_fmadd_ps(_mm512_set1_ps(shares[i]), load_half(rows + i * n + at, mask), sum);
        _mm512_mask_storeu_ps(y + at, mask, sum);
    }
}

INLINE __m512 sixteen(const int8_t *q)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)q);
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
}

TARGET static void mix_q8_0(float *y, const struct block_q8_0 *rows, const float *shares, size_t n,
                            size_t count)
{
    size_t blocks = n / BLOCK_Q8_0;
    for (size_t b = 0; b < blocks; b++, y += BLOCK_Q8_0) {
        __m512 low = _mm512_loadu_ps(y), high = _mm512_loadu_ps(y + 16);
        for (size_t i = 0; i < count; i++) {
            const struct block_q8_0 *block = &rows[i * blocks + b];
            __m512 factor = _mm512_set1_ps(shares[i] * _cvtsh_ss(block->scale));
            low = _mm512_fmadd_ps(factor, sixteen(block->q), low);
            high = _mm512_fmadd_ps(factor, sixteen(block->q + 16), high);
        }
        _mm512_storeu_ps(y, low);
        _mm512_storeu_ps(y + 16, high);
    }
}

/* e^x as 2^n e^r, |r| <= ln 2 / 2: within two units of the last place for x <= 0. */
INLINE __m512 exp16(__m512 x)
{
    __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), 8);
    __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x);
    r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4f), r);
    __m512 p = _mm512_set1_ps(1.9875691500e-4f);
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.3981999507e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(8.3334519073e-3f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(4.1665795894e-2f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.6666665459e-1f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(5.0000001201e-1f));
    p = _mm512_fmadd_ps(_mm512_mul_ps(p, r), r, _mm512_add_ps(r, _mm512_set1_ps(1)));
    return _mm512_scalef_ps(p, n);
}

TARGET static void soften(float *scores, size_t count)
{
    const __m512 least = _mm512_set1_ps(-INFINITY);
    __m512 most = least, sum = _mm512_setzero_ps();
    for (size_t i = 0; i < count; i += 16)
        most = _mm512_max_ps(most, _mm512_mask_loadu_ps(least, lanes(i, count), scores + i));
    most = _mm512_set1_ps(_mm512_reduce_max_ps(most));
    for (size_t i = 0; i < count; i += 16) {
        __mmask16 mask = lanes(i, count);
        __m512 e = exp16(_mm512_sub_ps(_mm512_maskz_loadu_ps(mask, scores + i), most));
        _mm512_mask_storeu_ps(scores + i, mask, e);
        sum = _mm512_mask_add_ps(sum, mask, sum, e);
    }
    __m512 inverse = _mm512_set1_ps(1 / _mm512_reduce_add_ps(sum));
    for (size_t i = 0; i < count; i += 16) {
        __mmask16 mask = lanes(i, count);
        _mm512_mask_storeu_ps(scores + i, mask,
                              _mm512_mul_ps(_mm512_maskz_loadu_ps(mask, scores + i), inverse));
    }
}

TARGET static void to_half(uint16_t *out, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 mask = lanes(i, n);
        __m256i halves = _mm512_cvtps_ph(_mm512_maskz_loadu_ps(mask, x + i),
                                         _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
        _mm256_mask_storeu_epi16(out + i, mask, halves);
    }
}

const struct kv_rows kv_rows_avx512 = {.dots_f16 = dots_f16,
                                       .mix_f16 = mix_f16,
                                       .mix_q8_0 = mix_q8_0,
                                       .soften = soften,
                                       .to_half = to_half};
#endif
