#include "engine/kernels.h"

#include "engine/packed.h"

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

INLINE int32_t sum_i32(__m256i v)
{
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
    s = _mm_add_epi32(s, _mm_unpackhi_epi64(s, s));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 1));
    return _mm_cvtsi128_si32(s);
}

INLINE __m256i load_i8(const int8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

/* Sums of four products each. |a| <= 128 and |b| <= 127, so no 16-bit pair saturates. */
INLINE __m256i products_i8(__m256i a, __m256i b)
{
    __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(a), _mm256_sign_epi8(b, a));
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

INLINE __m256 load_half(const uint16_t *p)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}

INLINE float one_half(uint16_t half)
{
    return _cvtsh_ss(half);
}

TARGET static float dot_f32(const float *a, const float *b, size_t n)
{
    __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
        s1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), s1);
        s2 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 16), _mm256_loadu_ps(b + i + 16), s2);
        s3 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 24), _mm256_loadu_ps(b + i + 24), s3);
    }
    for (; i + 8 <= n; i += 8)
        s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
    float sum = sum_f32(_mm256_add_ps(_mm256_add_ps(s0, s1), _mm256_add_ps(s2, s3)));
    for (; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

TARGET static int32_t dot_i8(const int8_t *a, const int8_t *b, size_t n)
{
    __m256i s = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
        s = _mm256_add_epi32(s, products_i8(load_i8(a + i), load_i8(b + i)));
    int32_t sum = sum_i32(s);
    for (; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

TARGET static float dot_f16(const uint16_t *w, const float *x, size_t n)
{
    __m256 s0 = _mm256_setzero_ps(), s1 = s0;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        s0 = _mm256_fmadd_ps(load_half(w + i), _mm256_loadu_ps(x + i), s0);
        s1 = _mm256_fmadd_ps(load_half(w + i + 8), _mm256_loadu_ps(x + i + 8), s1);
    }
    float sum = sum_f32(_mm256_add_ps(s0, s1));
    for (; i < n; i++)
        sum += one_half(w[i]) * x[i];
    return sum;
}

TARGET static float dot_q8_0(const struct block_q8_0 *w, const struct block_q8_0 *x, size_t blocks)
{
    __m256 s = _mm256_setzero_ps();
    for (size_t i = 0; i < blocks; i++) {
        __m256 scale = _mm256_set1_ps(one_half(w[i].scale) * one_half(x[i].scale));
        __m256i products = products_i8(load_i8(w[i].q), load_i8(x[i].q));
        s = _mm256_fmadd_ps(_mm256_cvtepi32_ps(products), scale, s);
    }
    return sum_f32(s);
}

TARGET static void matvec_f32(float *y, const float *w, const float *x, size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++)
        y[r] = dot_f32(w + r * n, x, n);
}

TARGET static void matvec_f16(float *y, const uint16_t *w, const float *x, size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++)
        y[r] = dot_f16(w + r * n, x, n);
}

TARGET static void matvec_q8_0(float *y, const struct block_q8_0 *w, const struct block_q8_0 *x,
                               size_t rows, size_t blocks)
{
    for (size_t r = 0; r < rows; r++)
        y[r] = dot_q8_0(w + r * blocks, x, blocks);
}

TARGET static void axpy_f32(float *y, float a, const float *x, size_t n)
{
    __m256 factor = _mm256_set1_ps(a);
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        _mm256_storeu_ps(y + i,
                         _mm256_fmadd_ps(factor, _mm256_loadu_ps(x + i), _mm256_loadu_ps(y + i)));
    for (; i < n; i++)
        y[i] += a * x[i];
}

TARGET static void axpy_f16(float *y, float a, const uint16_t *x, size_t n)
{
    __m256 factor = _mm256_set1_ps(a);
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        _mm256_storeu_ps(y + i, _mm256_fmadd_ps(factor, load_half(x + i), _mm256_loadu_ps(y + i)));
    for (; i < n; i++)
        y[i] += a * one_half(x[i]);
}

INLINE __m256i round_i32(const float *x, __m256 inverse)
{
    /* min and max give their second operand for NaN, as the plain code's clamp does. */
    __m256 q = _mm256_mul_ps(_mm256_loadu_ps(x), inverse);
    q = _mm256_max_ps(q, _mm256_set1_ps(-127));
    q = _mm256_min_ps(q, _mm256_set1_ps(127));
    return _mm256_cvtps_epi32(q);
}

TARGET void kernels_avx2_quantize_q8_0(struct block_q8_0 *out, const float *x, size_t n)
{
    const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
    for (size_t b = 0; b < n / BLOCK_Q8_0; b++, x += BLOCK_Q8_0) {
        __m256 largest = _mm256_setzero_ps();
        for (size_t i = 0; i < BLOCK_Q8_0; i += 8)
            largest = _mm256_max_ps(_mm256_and_ps(_mm256_loadu_ps(x + i), magnitude), largest);
        __m128 m = _mm_max_ps(_mm256_castps256_ps128(largest), _mm256_extractf128_ps(largest, 1));
        m = _mm_max_ps(m, _mm_movehl_ps(m, m));
        m = _mm_max_ss(m, _mm_movehdup_ps(m));
        float scale = _mm_cvtss_f32(m) / 127;
        __m256 inverse = _mm256_set1_ps(scale > 0 && isfinite(1 / scale) ? 1 / scale : 0);
        out[b].scale = float_to_half(scale);
        __m256i low = _mm256_packs_epi32(round_i32(x, inverse), round_i32(x + 8, inverse));
        __m256i high = _mm256_packs_epi32(round_i32(x + 16, inverse), round_i32(x + 24, inverse));
        __m256i bytes = _mm256_packs_epi16(low, high);
        bytes = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
        _mm256_storeu_si256((__m256i *)(void *)out[b].q, bytes);
    }
}

/* ---- floats_body.h at this width ---- */

typedef __m256 vf;
enum { WIDTH = 8 };

INLINE vf vf_load(const float *p)
{
    return _mm256_loadu_ps(p);
}

INLINE void vf_store(float *p, vf v)
{
    _mm256_storeu_ps(p, v);
}

INLINE vf vf_set(float x)
{
    return _mm256_set1_ps(x);
}

INLINE vf vf_fma(vf a, vf b, vf c)
{
    return _mm256_fmadd_ps(a, b, c);
}

INLINE vf vf_max(vf a, vf b)
{
    return _mm256_max_ps(a, b);
}

INLINE float vf_sum(vf v)
{
    return sum_f32(v);
}

INLINE vf vf_round(vf v)
{
    return _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* b: whole numbers from -126 to 127 */
INLINE vf vf_scale(vf a, vf b)
{
    __m256i exponent = _mm256_add_epi32(_mm256_cvtps_epi32(b), _mm256_set1_epi32(127));
    return _mm256_mul_ps(a, _mm256_castsi256_ps(_mm256_slli_epi32(exponent, 23)));
}

INLINE vf vf_load_half(const uint16_t *p)
{
    return load_half(p);
}

TARGET static void turn_square(float *out, size_t stride, const float *rows, size_t n)
{
    __m256 r[8], t[8];
    for (size_t i = 0; i < 8; i++)
        r[i] = _mm256_loadu_ps(rows + i * n);
    for (int i = 0; i < 4; i++) {
        t[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        r[4 * i] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
        r[4 * i + 1] = _mm256_shuffle_ps(t[4 * i], t[4 * i + 2], 0xee);
        r[4 * i + 2] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
        r[4 * i + 3] = _mm256_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xee);
    }
    for (size_t i = 0; i < 4; i++) {
        _mm256_storeu_ps(out + i * stride, _mm256_permute2f128_ps(r[i], r[4 + i], 0x20));
        _mm256_storeu_ps(out + (4 + i) * stride, _mm256_permute2f128_ps(r[i], r[4 + i], 0x31));
    }
}

#include "engine/floats_body.h"

static const struct kernels avx2 = {
    .name = "avx2",
    .packed = &packed_avx2,
    .rows = &kv_rows_avx2,
    .dot_f32 = dot_f32,
    .dot_i8 = dot_i8,
    .dot_f16 = dot_f16,
    .dot_q8_0 = dot_q8_0,
    .matvec_f32 = matvec_f32,
    .matvec_f16 = matvec_f16,
    .matvec_q8_0 = matvec_q8_0,
    .axpy_f32 = axpy_f32,
    .axpy_f16 = axpy_f16,
    .expand_f16 = expand_f16,
    .multiply_f32 = multiply_f32,
    .turn_f32 = turn_f32,
    .exp_sum = exp_sum,
    .silu = silu,
    .quantize_q8_0 = kernels_avx2_quantize_q8_0,
};

const struct kernels *kernels_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &avx2 : NULL;
}
#else
const struct kernels *kernels_avx2(void)
{
    return NULL;
}
#endif
