#include "engine/panel.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#include "engine/unpack.h"

#define FEATURES "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"
#define TARGET __attribute__((target(FEATURES)))
#define INLINE __attribute__((target(FEATURES), always_inline)) static inline

/* Inputs at a time: as many sums as fit in registers beside the panel's column. */
enum { TILE = 8 };

bool panel_supported(enum gguf_type type, size_t n)
{
    if (type == GGUF_Q4_K)
        return n % 256 == 0 && kernels_avx512() != NULL;
    return (type == GGUF_Q8_0 || type == GGUF_Q4_0) && n % 64 == 0 && kernels_avx512() != NULL;
}

INLINE float half_at(const uint8_t *p)
{
    return _cvtsh_ss((uint16_t)(p[0] | p[1] << 8));
}

INLINE __m256i load32(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

INLINE __m256i nibbles(const uint8_t *p)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
    __m256i both =
        _mm256_inserti128_si256(_mm256_castsi128_si256(bytes), _mm_srli_epi16(bytes, 4), 1);
    return _mm256_and_si256(both, _mm256_set1_epi8(15));
}

/* 64 codes of a row from column 64 * pair on, and d and m of their two blocks. */
INLINE __m512i codes64(enum gguf_type type, const uint8_t *row, size_t pair, float d[2], float m[2])
{
    if (type == GGUF_Q8_0) {
        const uint8_t *p = row + pair * 68;
        __m512i signed_codes =
            _mm512_inserti64x4(_mm512_castsi256_si512(load32(p + 2)), load32(p + 36), 1);
        d[0] = half_at(p);
        d[1] = half_at(p + 34);
        m[0] = 128 * d[0];
        m[1] = 128 * d[1];
        return _mm512_xor_si512(signed_codes, _mm512_set1_epi8((char)0x80));
    }
    if (type == GGUF_Q4_0) {
        const uint8_t *p = row + pair * 36;
        d[0] = half_at(p);
        d[1] = half_at(p + 18);
        m[0] = 8 * d[0];
        m[1] = 8 * d[1];
        return _mm512_inserti64x4(_mm512_castsi256_si512(nibbles(p + 2)), nibbles(p + 20), 1);
    }
    const uint8_t *p = row + pair / 4 * 144;
    unsigned group = (unsigned)(pair % 4) * 2;
    float scale = half_at(p), least = half_at(p + 2);
    for (unsigned i = 0; i < 2; i++) {
        uint8_t s = 0, l = 0;
        unpack_scale_min(p + 4, group + i, &s, &l);
        d[i] = scale * (float)s;
        m[i] = least * (float)l;
    }
    __m256i bytes = load32(p + 16 + pair % 4 * 32), mask = _mm256_set1_epi8(15);
    return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_and_si256(bytes, mask)),
                              _mm256_and_si256(_mm256_srli_epi16(bytes, 4), mask), 1);
}

/* Sixteen rows of sixteen words become sixteen columns. */
INLINE void transpose(__m512i r[16])
{
    __m512i t[16];
    for (int i = 0; i < 8; i++) {
        t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
        t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
    }
    for (int i = 0; i < 4; i++) {
        r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
        r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
        r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
    }
    for (int i = 0; i < 4; i++) {
        t[i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0x88);
        t[4 + i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0xdd);
        t[8 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0x88);
        t[12 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0xdd);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0x88);
        r[8 + i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0xdd);
        r[4 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0x88);
        r[12 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0xdd);
    }
}

struct panel {
    __m512i *codes; /* eight a block: four columns of all rows each */
    float *d, *m;   /* sixteen a block */
    size_t blocks;
};

INLINE void fill(enum gguf_type type, struct panel *p, const uint8_t *data, size_t row_bytes,
                 unsigned rows)
{
    for (size_t pair = 0; pair < p->blocks / 2; pair++) {
        __m512i r[16];
        for (unsigned i = 0; i < 16; i++) {
            float d[2], m[2];
            unsigned row = i < rows ? i : rows - 1;
            r[i] = codes64(type, data + row * row_bytes, pair, d, m);
            for (unsigned b = 0; b < 2; b++) {
                p->d[(2 * pair + b) * 16 + i] = d[b];
                p->m[(2 * pair + b) * 16 + i] = m[b];
            }
        }
        transpose(r);
        for (unsigned i = 0; i < 16; i++)
            p->codes[pair * 16 + i] = r[i];
    }
}

TARGET static void fill_q8_0(struct panel *p, const uint8_t *data, size_t row_bytes, unsigned rows)
{
    fill(GGUF_Q8_0, p, data, row_bytes, rows);
}

TARGET static void fill_q4_0(struct panel *p, const uint8_t *data, size_t row_bytes, unsigned rows)
{
    fill(GGUF_Q4_0, p, data, row_bytes, rows);
}

TARGET static void fill_q4_k(struct panel *p, const uint8_t *data, size_t row_bytes, unsigned rows)
{
    fill(GGUF_Q4_K, p, data, row_bytes, rows);
}

INLINE void tile(const struct panel *p, const struct panel_inputs *x, size_t t, unsigned count,
                 float *y, size_t stride, __mmask16 rows)
{
    __m512 sums[TILE];
    for (unsigned i = 0; i < count; i++)
        sums[i] = _mm512_setzero_ps();
    for (size_t b = 0; b < p->blocks; b++) {
        const struct block_q8_0 *in = x->blocks + t * x->blocks_each + b;
        __m512i products[TILE];
        for (unsigned i = 0; i < count; i++)
            products[i] = _mm512_setzero_si512();
        for (unsigned g = 0; g < 8; g++) {
            __m512i column = p->codes[b * 8 + g];
            for (unsigned i = 0; i < count; i++) {
                int32_t four = 0;
                memcpy(&four, in[i * x->blocks_each].q + 4 * g, sizeof(four));
                products[i] = _mm512_dpbusd_epi32(products[i], column, _mm512_set1_epi32(four));
            }
        }
        __m512 d = _mm512_loadu_ps(p->d + b * 16), m = _mm512_loadu_ps(p->m + b * 16);
        for (unsigned i = 0; i < count; i++) {
            size_t at = (t + i) * x->blocks_each + b;
            __m512 scaled = _mm512_mul_ps(d, _mm512_set1_ps(x->scales[at]));
            sums[i] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products[i]), scaled, sums[i]);
            sums[i] = _mm512_fnmadd_ps(m, _mm512_set1_ps(x->sums[at]), sums[i]);
        }
    }
    for (unsigned i = 0; i < count; i++)
        _mm512_mask_storeu_ps(y + (t + i) * stride, rows, sums[i]);
}

TARGET static void tile_whole(const struct panel *p, const struct panel_inputs *x, size_t t,
                              float *y, size_t stride, __mmask16 rows)
{
    tile(p, x, t, TILE, y, stride, rows);
}

TARGET static void tile_one(const struct panel *p, const struct panel_inputs *x, size_t t, float *y,
                            size_t stride, __mmask16 rows)
{
    tile(p, x, t, 1, y, stride, rows);
}

TARGET void panel_multiply(enum gguf_type type, const uint8_t *data, size_t row_bytes,
                           unsigned rows, const struct panel_inputs *x, float *y, size_t stride,
                           void *scratch)
{
    size_t n = x->blocks_each * 32, t = 0;
    struct panel p = {.blocks = x->blocks_each};
    p.codes = (__m512i *)(((uintptr_t)scratch + 63) / 64 * 64);
    p.d = (float *)(void *)((uint8_t *)p.codes + n * PANEL_ROWS);
    p.m = p.d + p.blocks * PANEL_ROWS;
    if (type == GGUF_Q8_0)
        fill_q8_0(&p, data, row_bytes, rows);
    else if (type == GGUF_Q4_0)
        fill_q4_0(&p, data, row_bytes, rows);
    else
        fill_q4_k(&p, data, row_bytes, rows);
    __mmask16 mask = (__mmask16)((1u << rows) - 1);
    for (; t + TILE <= x->count; t += TILE)
        tile_whole(&p, x, t, y, stride, mask);
    for (; t < x->count; t++)
        tile_one(&p, x, t, y, stride, mask);
}

INLINE float sum16(__m512 v)
{
    return _mm512_reduce_add_ps(v);
}

INLINE __m512 two(float low, float high)
{
    return _mm512_insertf32x8(_mm512_set1_ps(low), _mm256_set1_ps(high), 1);
}

INLINE float dot(enum gguf_type type, const uint8_t *row, const struct panel_inputs *x, size_t t)
{
    const struct block_q8_0 *in = x->blocks + t * x->blocks_each;
    const float *scales = x->scales + t * x->blocks_each, *sums = x->sums + t * x->blocks_each;
    __m512 total = _mm512_setzero_ps();
    float less = 0;
    for (size_t pair = 0; pair < x->blocks_each / 2; pair++) {
        float d[2], m[2];
        __m512i codes = codes64(type, row, pair, d, m);
        const struct block_q8_0 *b = in + 2 * pair;
        __m512i input =
            _mm512_inserti64x4(_mm512_castsi256_si512(load32(b[0].q)), load32(b[1].q), 1);
        __m512i products = _mm512_dpbusd_epi32(_mm512_setzero_si512(), codes, input);
        __m512 factors = two(d[0] * scales[2 * pair], d[1] * scales[2 * pair + 1]);
        total = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products), factors, total);
        less += m[0] * sums[2 * pair] + m[1] * sums[2 * pair + 1];
    }
    return sum16(total) - less;
}

TARGET float panel_dot(enum gguf_type type, const uint8_t *row, const struct panel_inputs *x,
                       size_t t)
{
    if (type == GGUF_Q8_0)
        return dot(GGUF_Q8_0, row, x, t);
    if (type == GGUF_Q4_0)
        return dot(GGUF_Q4_0, row, x, t);
    return dot(GGUF_Q4_K, row, x, t);
}

#else

bool panel_supported(enum gguf_type type, size_t n)
{
    (void)type;
    (void)n;
    return false;
}

void panel_multiply(enum gguf_type type, const uint8_t *data, size_t row_bytes, unsigned rows,
                    const struct panel_inputs *x, float *y, size_t stride, void *scratch)
{
    (void)type;
    (void)data;
    (void)row_bytes;
    (void)rows;
    (void)x;
    (void)y;
    (void)stride;
    (void)scratch;
}

float panel_dot(enum gguf_type type, const uint8_t *row, const struct panel_inputs *x, size_t t)
{
    (void)type;
    (void)row;
    (void)x;
    (void)t;
    return 0;
}
#endif
