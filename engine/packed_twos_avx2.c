/*
 * Products with two rows at a time, of the types that are met most, for AVX2: the way of
 * packed_fours_avx512.c. A row's result does not depend on which of the two it is.
 */
#include "engine/packed.h"

#if defined(__x86_64__)
#include "engine/packed_twos_avx2.h"

#include <immintrin.h>
#include <string.h>

#define FEATURES "avx2,fma,f16c"
#define TARGET __attribute__((target(FEATURES)))
#define INLINE __attribute__((target(FEATURES), always_inline)) static inline

enum { RUN_BYTES = 144 }; /* of 256 columns, in either type */

/* 256 columns of two rows and of an input. */
struct run {
    const uint8_t *rows[2];
    const int8_t *codes;
    const float *scales, *block_sums;
};

INLINE __m128i load16(const void *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

INLINE __m256i load32(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

INLINE __m256i two_lanes(const void *low, const void *high)
{
    return _mm256_inserti128_si256(_mm256_castsi128_si256(load16(low)), load16(high), 1);
}

INLINE __m256i low_nibbles(__m256i bytes)
{
    return _mm256_and_si256(bytes, _mm256_set1_epi8(15));
}

INLINE __m256i high_nibbles(__m256i bytes)
{
    return low_nibbles(_mm256_srli_epi16(bytes, 4));
}

/* Sums of neighbouring words. */
INLINE __m256i add_words(__m256i words)
{
    return _mm256_madd_epi16(words, _mm256_set1_epi16(1));
}

/* Sums of neighbours of a and then of b, in each lane. All fit 16 bits. */
INLINE __m256i add_neighbours(__m256i a, __m256i b)
{
    return add_words(_mm256_packs_epi32(a, b));
}

/* The sum of each lane, in all of its places. */
INLINE __m256 add_in_lanes(__m256 v)
{
    v = _mm256_add_ps(v, _mm256_shuffle_ps(v, v, 0x4e));
    return _mm256_add_ps(v, _mm256_shuffle_ps(v, v, 0xb1));
}

/* See packed_avx512.h. */
INLINE void prefetch_far(const uint8_t *p, size_t bytes)
{
    for (size_t i = 0; i < bytes; i += 64)
        _mm_prefetch((const char *)((uintptr_t)p + 16384 + i), _MM_HINT_T1);
}

/* ---- Q4_0: eight blocks ---- */

/* Where their numbers lie: 0, 2, 4, 6, then the odd ones. */
INLINE __m256 scales_q4_0(const uint8_t *b)
{
    __m128i h[2];
    for (unsigned i = 0; i < 2; i++, b += 18) {
        __m128i low = _mm_unpacklo_epi16(load16(b), load16(b + 36));
        __m128i high = _mm_unpacklo_epi16(load16(b + 72), load16(b + 108));
        h[i] = _mm_unpacklo_epi32(low, high);
    }
    return _mm256_cvtph_ps(_mm_unpacklo_epi64(h[0], h[1]));
}

INLINE __m256i dots_q4_0(const uint8_t *b, const __m256i input[8])
{
    __m256i p[4];
    for (unsigned i = 0; i < 4; i++, b += 36) {
        __m256i bytes = two_lanes(b + 2, b + 20);
        p[i] = add_words(
            _mm256_add_epi16(_mm256_maddubs_epi16(low_nibbles(bytes), input[2 * i]),
                             _mm256_maddubs_epi16(high_nibbles(bytes), input[2 * i + 1])));
    }
    return add_neighbours(add_neighbours(p[0], p[1]), add_neighbours(p[2], p[3]));
}

INLINE void run_q4_0(const struct run *run, __m256 totals[2])
{
    __m256i input[8];
    for (unsigned i = 0; i < 8; i++) {
        const int8_t *codes = run->codes + i / 2 * 64 + i % 2 * 16;
        input[i] = two_lanes(codes, codes + 32);
    }
    __m256 scale =
        _mm256_shuffle_ps(_mm256_loadu_ps(run->scales), _mm256_loadu_ps(run->scales + 8), 0x88);
    scale = _mm256_permutevar8x32_ps(scale, _mm256_setr_epi32(0, 4, 2, 6, 1, 5, 3, 7));
    __m256 sum = _mm256_permutevar8x32_ps(_mm256_loadu_ps(run->block_sums),
                                          _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
    sum = _mm256_mul_ps(sum, _mm256_set1_ps(8));
    for (unsigned i = 0; i < 2; i++) {
        __m256 dots = _mm256_cvtepi32_ps(dots_q4_0(run->rows[i], input));
        totals[i] = _mm256_fmadd_ps(scales_q4_0(run->rows[i]), _mm256_fmsub_ps(dots, scale, sum),
                                    totals[i]);
    }
}

INLINE __m256 lanes_of_rows(const __m256 totals[2])
{
    return _mm256_add_ps(_mm256_permute2f128_ps(totals[0], totals[1], 0x20),
                         _mm256_permute2f128_ps(totals[0], totals[1], 0x31));
}

/* ---- Q4_K ---- */

/* Products of eight runs of 32, in two sums each: 0-3, and 4-7. */
INLINE void dots_q4_k(const uint8_t *b, const int8_t *codes, __m256i out[2])
{
    __m256i p[4];
    for (unsigned i = 0; i < 4; i++, codes += 64) {
        __m256i bytes = load32(b + 16 + 32 * i);
        p[i] = add_neighbours(
            add_words(_mm256_maddubs_epi16(low_nibbles(bytes), load32(codes))),
            add_words(_mm256_maddubs_epi16(high_nibbles(bytes), load32(codes + 32))));
    }
    out[0] = add_neighbours(p[0], p[1]);
    out[1] = add_neighbours(p[2], p[3]);
}

INLINE __m256i lanes_of(int a, int b, int c, int d)
{
    return _mm256_setr_epi32(a, b, c, d, a, b, c, d);
}

/* In each lane scales 0-3, minima 0-3, scales and minima 4-7: see unpack_scale_min. */
INLINE __m256i head_bytes(__m256i heads)
{
    __m256i low = _mm256_shuffle_epi32(heads, 0x99), high = _mm256_shuffle_epi32(heads, 0xff);
    low = _mm256_srlv_epi32(low, lanes_of(0, 0, 2, 2));
    high = _mm256_srlv_epi32(high, lanes_of(0, 0, 0, 4));
    low = _mm256_and_si256(low, lanes_of(0x3f3f3f3f, 0x3f3f3f3f, 0x30303030, 0x30303030));
    high = _mm256_and_si256(high, lanes_of(0, 0, 0x0f0f0f0f, 0x0f0f0f0f));
    return _mm256_or_si256(low, high);
}

/* Bytes a .. a + 3 of each lane. */
INLINE __m256 four_bytes(__m256i bytes, int a)
{
    const int none = (int)0xffffff00;
    __m256i at = lanes_of(none | a, none | (a + 1), none | (a + 2), none | (a + 3));
    return _mm256_cvtepi32_ps(_mm256_shuffle_epi8(bytes, at));
}

INLINE void run_q4_k(const struct run *run, __m256 totals[2])
{
    const __m256i even = lanes_of(0, 2, 4, 6);
    /* Four times each row's d, and four times what its minima are multiplied by. */
    const __m256i words = lanes_of(0x01000100, 0x01000100, 0x03020302, 0x03020302);
    __m256i dots[2][2], heads = two_lanes(run->rows[0], run->rows[1]);
    __m256i bytes = head_bytes(heads);
    __m256 sum = _mm256_setzero_ps(), least = sum;
    for (unsigned i = 0; i < 2; i++)
        dots_q4_k(run->rows[i], run->codes, dots[i]);
    for (unsigned i = 0; i < 2; i++) {
        __m256 scale = _mm256_permutevar8x32_ps(_mm256_loadu_ps(run->scales + 8 * i), even);
        __m256i both = _mm256_add_epi32(_mm256_permute2x128_si256(dots[0][i], dots[1][i], 0x20),
                                        _mm256_permute2x128_si256(dots[0][i], dots[1][i], 0x31));
        sum = _mm256_fmadd_ps(_mm256_cvtepi32_ps(both),
                              _mm256_mul_ps(four_bytes(bytes, 8 * (int)i), scale), sum);
        const __m128 sums = _mm_loadu_ps(run->block_sums + 4 * i);
        least =
            _mm256_fmadd_ps(four_bytes(bytes, 8 * (int)i + 4), _mm256_set_m128(sums, sums), least);
    }
    heads = _mm256_permute4x64_epi64(_mm256_shuffle_epi8(heads, words), 0xd8);
    totals[0] = _mm256_fmadd_ps(_mm256_cvtph_ps(_mm256_castsi256_si128(heads)), sum, totals[0]);
    totals[0] =
        _mm256_fnmadd_ps(_mm256_cvtph_ps(_mm256_extracti128_si256(heads, 1)), least, totals[0]);
}

/* ---- by type ---- */

/* The last columns, fewer than a run, with zeros behind them. */
struct rest {
    uint8_t rows[2][RUN_BYTES];
    int8_t codes[256];
    float scales[16], block_sums[8];
};

INLINE void fill_rest(struct rest *rest, const struct run *run, size_t columns)
{
    memset(rest, 0, sizeof(*rest));
    for (unsigned i = 0; i < 2; i++)
        memcpy(rest->rows[i], run->rows[i], columns / 32 * 18);
    memcpy(rest->codes, run->codes, columns);
    memcpy(rest->scales, run->scales, columns / 16 * sizeof(float));
    memcpy(rest->block_sums, run->block_sums, columns / 32 * sizeof(float));
}

INLINE void run_of(enum gguf_type type, const struct run *run, __m256 totals[2])
{
    if (type == GGUF_Q4_0)
        run_q4_0(run, totals);
    else
        run_q4_k(run, totals);
}

/* Sums of two rows, a lane of each. */
INLINE __m256 two_by(enum gguf_type type, const uint8_t *const rows[2],
                     const struct packed_inputs *x, size_t t)
{
    __m256 totals[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    struct run run = {{rows[0], rows[1]},
                      x->codes + t * x->n,
                      x->scales + t * x->n / 16,
                      x->block_sums + t * x->n / 32};
    size_t at = 0;
    for (; at + 256 <= x->n; at += 256) {
        prefetch_far(rows[0] + at / 256 * 2 * RUN_BYTES, 2 * RUN_BYTES);
        run_of(type, &run, totals);
        run = (struct run){{run.rows[0] + RUN_BYTES, run.rows[1] + RUN_BYTES},
                           run.codes + 256,
                           run.scales + 16,
                           run.block_sums + 8};
    }
    if (at < x->n) {
        struct rest rest;
        fill_rest(&rest, &run, x->n - at);
        run = (struct run){{rest.rows[0], rest.rows[1]}, rest.codes, rest.scales, rest.block_sums};
        run_of(type, &run, totals);
    }
    return add_in_lanes(type == GGUF_Q4_0 ? lanes_of_rows(totals) : totals[0]);
}

INLINE void rows_by(enum gguf_type type, const uint8_t *data, size_t row_bytes, size_t rows,
                    const struct packed_inputs *x, float *y, size_t stride)
{
    for (size_t r = 0; r < rows; r += 2, data += 2 * row_bytes) {
        bool both = r + 1 < rows;
        const uint8_t *two[2] = {data, both ? data + row_bytes : data};
        for (size_t t = 0; t < x->count; t++) {
            __m256 sums = two_by(type, two, x, t);
            y[t * stride + r] = _mm256_cvtss_f32(sums);
            if (both)
                y[t * stride + r + 1] = _mm_cvtss_f32(_mm256_extractf128_ps(sums, 1));
        }
    }
}

TARGET void packed_twos_avx2_q4_0(const uint8_t *data, size_t row_bytes, size_t rows,
                                  const struct packed_inputs *x, float *y, size_t stride)
{
    rows_by(GGUF_Q4_0, data, row_bytes, rows, x, y, stride);
}

TARGET void packed_twos_avx2_q4_k(const uint8_t *data, size_t row_bytes, size_t rows,
                                  const struct packed_inputs *x, float *y, size_t stride)
{
    rows_by(GGUF_Q4_K, data, row_bytes, rows, x, y, stride);
}
#endif
