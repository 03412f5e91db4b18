#include "engine/kernels.h"

#if defined(__x86_64__)
#include "engine/packed_twos_avx2.h"

#include <immintrin.h>
#include <stdbool.h>

#define TARGET __attribute__((target("avx2,fma,f16c")))
#define INLINE __attribute__((target("avx2,fma,f16c"), always_inline)) static inline
#define SET packed_avx2
#define quantize kernels_avx2_quantize_q8_0
#define OWN_Q4_0 packed_twos_avx2_q4_0
#define OWN_Q4_K packed_twos_avx2_q4_k

typedef __m256i vb;
typedef __m256 va;

INLINE float half_at(const uint8_t *p)
{
    return _cvtsh_ss((uint16_t)(p[0] | p[1] << 8));
}

INLINE vb vb_load(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

INLINE vb vb_nibbles(const uint8_t *p)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m256i both = _mm256_set_m128i(_mm_srli_epi16(v, 4), v);
    return _mm256_and_si256(both, _mm256_set1_epi8(15));
}

INLINE vb vb_shifted(vb bytes, unsigned n, int mask)
{
    bytes = _mm256_srl_epi16(bytes, _mm_cvtsi32_si128((int)n));
    return _mm256_and_si256(bytes, _mm256_set1_epi8((char)mask));
}

INLINE vb vb_raised(vb bytes, int n)
{
    return _mm256_slli_epi16(bytes, n);
}

INLINE vb vb_or(vb a, vb b)
{
    return _mm256_or_si256(a, b);
}

INLINE vb vb_bits(uint32_t word)
{
    /* Each byte gets the byte of the word that holds its bit, and then only that bit. */
    const __m256i which = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2,
                                           2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i bit = _mm256_set1_epi64x((long long)0x8040201008040201u);
    __m256i v = _mm256_shuffle_epi8(_mm256_set1_epi32((int)word), which);
    v = _mm256_cmpeq_epi8(_mm256_and_si256(v, bit), bit);
    return _mm256_and_si256(v, _mm256_set1_epi8(16));
}

INLINE vb vb_levels(const int8_t *table, vb index)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)table);
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(v), index);
}

INLINE vb vb_thirds(vb bytes)
{
    __m256i one = _mm256_cmpeq_epi8(_mm256_max_epu8(bytes, _mm256_set1_epi8(86)), bytes);
    __m256i two = _mm256_cmpeq_epi8(_mm256_max_epu8(bytes, _mm256_set1_epi8((char)171)), bytes);
    return _mm256_sub_epi8(_mm256_setzero_si256(), _mm256_add_epi8(one, two));
}

INLINE va va_zero(void)
{
    return _mm256_setzero_ps();
}

INLINE va va_add(va sum, vb codes, const int8_t *inputs, const float *d, float scale,
                 const bool is_signed)
{
    __m256i input = vb_load((const uint8_t *)inputs);
    if (is_signed) { /* |w| times x with w's sign: pairs fit 16 bits */
        input = _mm256_sign_epi8(input, codes);
        codes = _mm256_abs_epi8(codes);
    }
    __m256i pairs = _mm256_maddubs_epi16(codes, input);
    __m256 products = _mm256_cvtepi32_ps(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
    __m256 both = _mm256_set_m128(_mm_set1_ps(d[1]), _mm_set1_ps(d[0]));
    return _mm256_fmadd_ps(products, _mm256_mul_ps(both, _mm256_set1_ps(scale)), sum);
}

INLINE float va_sum(va v)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

#include "engine/packed_body.h"
#endif
