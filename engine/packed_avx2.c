#include "engine/packed.h"

#include "engine/kernels.h"
#include "engine/unpack.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define TARGET __attribute__((target("avx2,fma,f16c")))
#define INLINE __attribute__((target("avx2,fma,f16c"), always_inline)) static inline

/* Inputs that share the unpacking of a row. */
enum { INPUTS = 4 };

/* Thirty-two columns: unsigned codes (signed for Q8_0), and d and m of each half. */
struct block {
    __m256i codes;
    float d[2], m[2];
};

INLINE float half_at(const uint8_t *p)
{
    return _cvtsh_ss((uint16_t)(p[0] | p[1] << 8));
}

INLINE __m256i load32(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

INLINE void set_both(struct block *b, float d, float m)
{
    b->d[0] = b->d[1] = d;
    b->m[0] = b->m[1] = m;
}

INLINE __m256i shifted(__m256i bytes, unsigned shift, int mask)
{
    __m256i v = _mm256_srl_epi16(bytes, _mm_cvtsi32_si128((int)shift));
    return _mm256_and_si256(v, _mm256_set1_epi8((char)mask));
}

INLINE void block_q4_k(const uint8_t *p, unsigned g, struct block *b)
{
    uint8_t scale = 0, least = 0;
    unpack_scale_min(p + 4, g, &scale, &least);
    set_both(b, half_at(p) * (float)scale, half_at(p + 2) * (float)least);
    b->codes = shifted(load32(p + 16 + g / 2 * 32), g % 2 * 4, 15);
}

INLINE void block_q6_k(const uint8_t *p, unsigned g, struct block *b)
{
    unsigned half = g / 4, quarter = g % 4;
    float d = half_at(p + 208);
    for (unsigned i = 0; i < 2; i++) {
        b->d[i] = d * (float)(int8_t)p[192 + 2 * g + i];
        b->m[i] = 32 * b->d[i];
    }
    __m256i low = shifted(load32(p + half * 64 + quarter % 2 * 32), quarter / 2 * 4, 15);
    __m256i high = shifted(load32(p + 128 + half * 32), quarter * 2, 3);
    b->codes = _mm256_or_si256(low, _mm256_slli_epi16(high, 4));
}

/* Columns 32 * i .. + 31 of a row. */
INLINE void block32(enum gguf_type type, const uint8_t *row, size_t i, struct block *b)
{
    unsigned g = (unsigned)(i % 8);
    if (type == GGUF_Q8_0) {
        const uint8_t *p = row + i * 34;
        set_both(b, half_at(p), 0);
        b->codes = load32(p + 2);
    } else if (type == GGUF_Q4_0) {
        const uint8_t *p = row + i * 18;
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + 2));
        __m256i both = _mm256_set_m128i(_mm_srli_epi16(v, 4), v);
        b->codes = _mm256_and_si256(both, _mm256_set1_epi8(15));
        set_both(b, half_at(p), 8 * half_at(p));
    } else if (type == GGUF_Q4_K) {
        block_q4_k(row + i / 8 * 144, g, b);
    } else if (type == GGUF_Q6_K) {
        block_q6_k(row + i / 8 * 210, g, b);
    } else { /* TQ2_0 */
        const uint8_t *p = row + i / 8 * 66;
        set_both(b, half_at(p + 64), half_at(p + 64));
        b->codes = shifted(load32(p + g / 4 * 32), g % 4 * 2, 3);
    }
}

INLINE float sum8(__m256 v)
{
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

INLINE void row_by(enum gguf_type type, const uint8_t *row, const struct packed_inputs *x, size_t t,
                   const unsigned count, float *y, size_t stride)
{
    __m256 totals[INPUTS];
    float less[INPUTS] = {0};
    for (unsigned i = 0; i < count; i++)
        totals[i] = _mm256_setzero_ps();
    for (size_t at = 0; at < x->n; at += 32) {
        struct block b;
        block32(type, row, at / 32, &b);
        __m256 d = _mm256_set_m128(_mm_set1_ps(b.d[1]), _mm_set1_ps(b.d[0]));
        for (unsigned i = 0; i < count; i++) {
            size_t from = (t + i) * x->n + at;
            const float *sums = x->sums + from / 16;
            __m256i input = load32((const uint8_t *)x->codes + from), codes = b.codes;
            if (type == GGUF_Q8_0) { /* |w| times x with w's sign: pairs fit 16 bits */
                input = _mm256_sign_epi8(input, codes);
                codes = _mm256_abs_epi8(codes);
            }
            __m256i pairs = _mm256_maddubs_epi16(codes, input);
            __m256 products = _mm256_cvtepi32_ps(_mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
            __m256 scale = _mm256_mul_ps(d, _mm256_set1_ps(x->scales[from / 16]));
            totals[i] = _mm256_fmadd_ps(products, scale, totals[i]);
            if (type != GGUF_Q8_0)
                less[i] += b.m[0] * sums[0] + b.m[1] * sums[1];
        }
    }
    for (unsigned i = 0; i < count; i++)
        y[(t + i) * stride] = sum8(totals[i]) - less[i];
}

INLINE void rows_by(enum gguf_type type, const uint8_t *data, size_t row_bytes, size_t rows,
                    const struct packed_inputs *x, float *y, size_t stride)
{
    for (size_t r = 0; r < rows; r++, data += row_bytes) {
        size_t t = 0;
        for (; t + INPUTS <= x->count; t += INPUTS)
            row_by(type, data, x, t, INPUTS, y + r, stride);
        for (; t < x->count; t++)
            row_by(type, data, x, t, 1, y + r, stride);
    }
}

TARGET static void rows_q8_0(const uint8_t *data, size_t row_bytes, size_t rows,
                             const struct packed_inputs *x, float *y, size_t stride)
{
    rows_by(GGUF_Q8_0, data, row_bytes, rows, x, y, stride);
}

TARGET static void rows_q4_0(const uint8_t *data, size_t row_bytes, size_t rows,
                             const struct packed_inputs *x, float *y, size_t stride)
{
    rows_by(GGUF_Q4_0, data, row_bytes, rows, x, y, stride);
}

TARGET static void rows_q4_k(const uint8_t *data, size_t row_bytes, size_t rows,
                             const struct packed_inputs *x, float *y, size_t stride)
{
    rows_by(GGUF_Q4_K, data, row_bytes, rows, x, y, stride);
}

TARGET static void rows_q6_k(const uint8_t *data, size_t row_bytes, size_t rows,
                             const struct packed_inputs *x, float *y, size_t stride)
{
    rows_by(GGUF_Q6_K, data, row_bytes, rows, x, y, stride);
}

TARGET static void rows_tq2_0(const uint8_t *data, size_t row_bytes, size_t rows,
                              const struct packed_inputs *x, float *y, size_t stride)
{
    rows_by(GGUF_TQ2_0, data, row_bytes, rows, x, y, stride);
}

static bool supported(enum gguf_type type, size_t n)
{
    switch (type) {
    case GGUF_Q8_0:
    case GGUF_Q4_0:
        return n % 32 == 0;
    case GGUF_Q4_K:
    case GGUF_Q6_K:
    case GGUF_TQ2_0:
        return n % 256 == 0;
    default:
        return false;
    }
}

static void prepare(struct packed_inputs *x, const float *values, size_t first, size_t last)
{
    for (size_t at = first * x->n; at < last * x->n; at += 32) {
        struct block_q8_0 block;
        kernels_avx2_quantize_q8_0(&block, values + at, 32);
        memcpy(x->codes + at, block.q, 32);
        for (size_t i = 0; i < 2; i++) {
            int sum = 0;
            for (size_t j = 0; j < 16; j++)
                sum += block.q[16 * i + j];
            x->scales[at / 16 + i] = half_to_float(block.scale);
            x->sums[at / 16 + i] = half_to_float(block.scale) * (float)sum;
        }
    }
}

static void multiply(enum gguf_type type, const uint8_t *data, size_t row_bytes, size_t rows,
                     const struct packed_inputs *x, float *y, size_t stride, void *scratch)
{
    (void)scratch;
    if (type == GGUF_Q8_0)
        rows_q8_0(data, row_bytes, rows, x, y, stride);
    else if (type == GGUF_Q4_0)
        rows_q4_0(data, row_bytes, rows, x, y, stride);
    else if (type == GGUF_Q4_K)
        rows_q4_k(data, row_bytes, rows, x, y, stride);
    else if (type == GGUF_Q6_K)
        rows_q6_k(data, row_bytes, rows, x, y, stride);
    else
        rows_tq2_0(data, row_bytes, rows, x, y, stride);
}

const struct packed packed_avx2 = {
    .supported = supported,
    .panel_inputs = SIZE_MAX, /* panels are not made here */
    .prepare = prepare,
    .multiply = multiply,
};
#endif
