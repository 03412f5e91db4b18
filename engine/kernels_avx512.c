#include "engine/kernels.h"

#include "engine/kv_rows.h"
#include "engine/packed.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>

#define FEATURES "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"
#define TARGET __attribute__((target(FEATURES)))
#define INLINE __attribute__((target(FEATURES), always_inline)) static inline

/* The first n (< 16) lanes. */
INLINE __mmask16 lanes16(size_t n)
{
    return (__mmask16)((1u << n) - 1);
}

/* |a| times b with a's sign: VNNI multiplies unsigned by signed. b must not be -128. */
INLINE __m512i add_products_i8(__m512i sum, __m512i a, __m512i b)
{
    __mmask64 negative = _mm512_movepi8_mask(a);
    __m512i signed_b = _mm512_mask_sub_epi8(b, negative, _mm512_setzero_si512(), b);
    return _mm512_dpbusd_epi32(sum, _mm512_abs_epi8(a), signed_b);
}

INLINE __m256i products32_i8(const int8_t *pa, const int8_t *pb)
{
    __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)pa);
    __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)pb);
    return _mm256_dpbusd_epi32(_mm256_setzero_si256(), _mm256_abs_epi8(a), _mm256_sign_epi8(b, a));
}

INLINE float sum8_f32(__m256 v)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

TARGET static float dot_f32(const float *a, const float *b, size_t n)
{
    __m512 s0 = _mm512_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
        s0 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), s0);
        s1 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 16), _mm512_loadu_ps(b + i + 16), s1);
        s2 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 32), _mm512_loadu_ps(b + i + 32), s2);
        s3 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i + 48), _mm512_loadu_ps(b + i + 48), s3);
    }
    for (; i + 16 <= n; i += 16)
        s0 = _mm512_fmadd_ps(_mm512_loadu_ps(a + i), _mm512_loadu_ps(b + i), s0);
    if (i < n) {
        __mmask16 rest = lanes16(n - i);
        s1 = _mm512_fmadd_ps(_mm512_maskz_loadu_ps(rest, a + i), _mm512_maskz_loadu_ps(rest, b + i),
                             s1);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(_mm512_add_ps(s0, s1), _mm512_add_ps(s2, s3)));
}

TARGET static int32_t dot_i8(const int8_t *a, const int8_t *b, size_t n)
{
    __m512i s0 = _mm512_setzero_si512(), s1 = s0;
    size_t i = 0;
    for (; i + 128 <= n; i += 128) {
        s0 = add_products_i8(s0, _mm512_loadu_si512(a + i), _mm512_loadu_si512(b + i));
        s1 = add_products_i8(s1, _mm512_loadu_si512(a + i + 64), _mm512_loadu_si512(b + i + 64));
    }
    for (; i < n; i += 64) {
        __mmask64 rest = n - i >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << (n - i)) - 1;
        s0 = add_products_i8(s0, _mm512_maskz_loadu_epi8(rest, a + i),
                             _mm512_maskz_loadu_epi8(rest, b + i));
    }
    return _mm512_reduce_add_epi32(_mm512_add_epi32(s0, s1));
}

TARGET static float dot_f16(const uint16_t *w, const float *x, size_t n)
{
    __m512 s0 = _mm512_setzero_ps(), s1 = s0;
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        __m512i halves = _mm512_loadu_si512(w + i);
        s0 = _mm512_fmadd_ps(_mm512_cvtph_ps(_mm512_castsi512_si256(halves)),
                             _mm512_loadu_ps(x + i), s0);
        s1 = _mm512_fmadd_ps(_mm512_cvtph_ps(_mm512_extracti64x4_epi64(halves, 1)),
                             _mm512_loadu_ps(x + i + 16), s1);
    }
    for (; i < n; i += 16) {
        __mmask16 rest = n - i >= 16 ? (__mmask16)0xffff : lanes16(n - i);
        __m256i halves = _mm256_maskz_loadu_epi16(rest, w + i);
        s0 = _mm512_fmadd_ps(_mm512_cvtph_ps(halves), _mm512_maskz_loadu_ps(rest, x + i), s0);
    }
    return _mm512_reduce_add_ps(_mm512_add_ps(s0, s1));
}

INLINE __m256 scaled_q8_0(const struct block_q8_0 *w, const struct block_q8_0 *x, __m256 sum)
{
    __m256 scale = _mm256_set1_ps(_cvtsh_ss(w->scale) * _cvtsh_ss(x->scale));
    return _mm256_fmadd_ps(_mm256_cvtepi32_ps(products32_i8(w->q, x->q)), scale, sum);
}

TARGET static float dot_q8_0(const struct block_q8_0 *w, const struct block_q8_0 *x, size_t blocks)
{
    __m256 s0 = _mm256_setzero_ps(), s1 = s0;
    size_t i = 0;
    for (; i + 2 <= blocks; i += 2) {
        s0 = scaled_q8_0(w + i, x + i, s0);
        s1 = scaled_q8_0(w + i + 1, x + i + 1, s1);
    }
    if (i < blocks)
        s0 = scaled_q8_0(w + i, x + i, s0);
    return sum8_f32(_mm256_add_ps(s0, s1));
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
    __m512 factor = _mm512_set1_ps(a);
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 rest = n - i >= 16 ? (__mmask16)0xffff : lanes16(n - i);
        __m512 sum = _mm512_fmadd_ps(factor, _mm512_maskz_loadu_ps(rest, x + i),
                                     _mm512_maskz_loadu_ps(rest, y + i));
        _mm512_mask_storeu_ps(y + i, rest, sum);
    }
}

TARGET static void axpy_f16(float *y, float a, const uint16_t *x, size_t n)
{
    __m512 factor = _mm512_set1_ps(a);
    for (size_t i = 0; i < n; i += 16) {
        __mmask16 rest = n - i >= 16 ? (__mmask16)0xffff : lanes16(n - i);
        __m512 values = _mm512_cvtph_ps(_mm256_maskz_loadu_epi16(rest, x + i));
        __m512 sum = _mm512_fmadd_ps(factor, values, _mm512_maskz_loadu_ps(rest, y + i));
        _mm512_mask_storeu_ps(y + i, rest, sum);
    }
}

#ifndef __OPTIMIZE__
/* Unoptimised, some intrinsics are macros with conversions of their own that gcc 12 warns of. */
#pragma GCC diagnostic ignored "-Wsign-conversion"
#endif

/* ---- floats_body.h at this width ---- */

typedef __m512 vf;
enum { WIDTH = 16 };

INLINE vf vf_load(const float *p)
{
    return _mm512_loadu_ps(p);
}

INLINE void vf_store(float *p, vf v)
{
    _mm512_storeu_ps(p, v);
}

INLINE vf vf_set(float x)
{
    return _mm512_set1_ps(x);
}

INLINE vf vf_fma(vf a, vf b, vf c)
{
    return _mm512_fmadd_ps(a, b, c);
}

INLINE vf vf_max(vf a, vf b)
{
    return _mm512_max_ps(a, b);
}

INLINE float vf_sum(vf v)
{
    return _mm512_reduce_add_ps(v);
}

INLINE vf vf_round(vf v)
{
    return _mm512_roundscale_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

INLINE vf vf_scale(vf a, vf b)
{
    return _mm512_scalef_ps(a, b);
}

INLINE vf vf_load_half(const uint16_t *p)
{
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}

TARGET static void turn_square(float *out, size_t stride, const float *rows, size_t n)
{
    __m512 r[16], t[16];
    for (size_t i = 0; i < 16; i++)
        r[i] = _mm512_loadu_ps(rows + i * n);
    for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_ps(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_ps(r[2 * i], r[2 * i + 1]);
    }
    for (int i = 0; i < 4; i++) {
        r[4 * i] = _mm512_shuffle_ps(t[4 * i], t[4 * i + 2], 0x44);
        r[4 * i + 1] = _mm512_shuffle_ps(t[4 * i], t[4 * i + 2], 0xee);
        r[4 * i + 2] = _mm512_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0x44);
        r[4 * i + 3] = _mm512_shuffle_ps(t[4 * i + 1], t[4 * i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_f32x4(r[i], r[4 + i], 0x88);
        t[4 + i] = _mm512_shuffle_f32x4(r[i], r[4 + i], 0xdd);
        t[8 + i] = _mm512_shuffle_f32x4(r[8 + i], r[12 + i], 0x88);
        t[12 + i] = _mm512_shuffle_f32x4(r[8 + i], r[12 + i], 0xdd);
    }
    for (size_t i = 0; i < 4; i++) {
        _mm512_storeu_ps(out + i * stride, _mm512_shuffle_f32x4(t[i], t[8 + i], 0x88));
        _mm512_storeu_ps(out + (8 + i) * stride, _mm512_shuffle_f32x4(t[i], t[8 + i], 0xdd));
        _mm512_storeu_ps(out + (4 + i) * stride, _mm512_shuffle_f32x4(t[4 + i], t[12 + i], 0x88));
        _mm512_storeu_ps(out + (12 + i) * stride, _mm512_shuffle_f32x4(t[4 + i], t[12 + i], 0xdd));
    }
}

#include "engine/floats_body.h"

static const struct kernels avx512 = {
    .name = "avx512-vnni",
    .rows = &kv_rows_avx512,
    .packed = &packed_avx512,
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

const struct kernels *kernels_avx512(void)
{
    return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq")
               ? &avx512
               : NULL;
}
#else
const struct kernels *kernels_avx512(void)
{
    return NULL;
}
#endif
