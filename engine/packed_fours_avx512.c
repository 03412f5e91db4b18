/*
 * Products of few inputs with four rows at a time, of the types that are met most: what a row costs
 * beside its multiply-adds (scales, sums across lanes) is done for four at once. Products are added
 * up as integers as far as they have one scale. A row's result does not depend on which of the four
 * it is.
 */
#include "engine/packed.h"

#if defined(__x86_64__)
#include "engine/packed_avx512.h"

/* Bytes `from` .. + 63 of those at p, zeros from `end` on. Masks cost where they do nothing. */
INLINE __m512i load_until(const uint8_t *p, size_t from, size_t end)
{
    if (end >= from + 64)
        return _mm512_loadu_si512(p + from);
    if (end == from + 32)
        return _mm512_zextsi256_si512(load32(p + from));
    if (end == from + 16)
        return _mm512_zextsi128_si512(load16(p + from));
    return _mm512_maskz_loadu_epi8(end > from ? (1ull << (end - from)) - 1 : 0, p + from);
}

/* Codes of the pair-th two blocks of input from `from` on, of which there are so many blocks. */
INLINE __m512i load_input(const struct packed_inputs *x, size_t from, size_t pair, size_t blocks)
{
    return load_until((const uint8_t *)x->codes + from, 64 * pair, 32 * blocks);
}

/* Sums of neighbours of a and then of b, in each lane. All fit 16 bits. */
INLINE __m512i add_neighbours(__m512i a, __m512i b)
{
    return _mm512_madd_epi16(_mm512_packs_epi32(a, b), _mm512_set1_epi16(1));
}

INLINE __m512i low_nibbles(__m512i bytes)
{
    return _mm512_and_si512(bytes, _mm512_set1_epi8(15));
}

INLINE __m512i high_nibbles(__m512i bytes)
{
    return low_nibbles(_mm512_srli_epi16(bytes, 4));
}

/* The same four numbers in each lane. */
INLINE __m512i lanes_of(int a, int b, int c, int d)
{
    return _mm512_broadcast_i32x4(_mm_setr_epi32(a, b, c, d));
}

/* Sixteen bytes of each row. */
INLINE __m512i lanes_of_rows(const uint8_t *const rows[4], size_t at)
{
    __m512i v = _mm512_castsi128_si512(load16(rows[0] + at));
    v = _mm512_inserti32x4(v, load16(rows[1] + at), 1);
    v = _mm512_inserti32x4(v, load16(rows[2] + at), 2);
    return _mm512_inserti32x4(v, load16(rows[3] + at), 3);
}

INLINE __m128 add_lanes(__m512 v)
{
    __m256 two = _mm256_add_ps(_mm512_castps512_ps256(v), _mm512_extractf32x8_ps(v, 1));
    return _mm_add_ps(_mm256_castps256_ps128(two), _mm256_extractf128_ps(two, 1));
}

/* The sum of each lane. */
INLINE __m128 add_in_lanes(__m512 v)
{
    v = _mm512_add_ps(v, _mm512_shuffle_ps(v, v, 0x4e));
    v = _mm512_add_ps(v, _mm512_shuffle_ps(v, v, 0xb1));
    return _mm512_castps512_ps128(_mm512_permutexvar_ps(
        _mm512_setr_epi32(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), v));
}

INLINE __m512 load_floats(const float *p, size_t count)
{
    return _mm512_castsi512_ps(load_until((const uint8_t *)p, 0, count * sizeof(*p)));
}

/* Up to eight numbers that each belong to 32 columns, in that order. */
INLINE __m512 ordered(const float *p, size_t blocks, __m512i order)
{
    return _mm512_permutexvar_ps(order, load_floats(p, blocks));
}

/* Likewise of an array that has each twice. */
INLINE __m512 ordered_twice(const float *p, size_t blocks, __m512i order)
{
    return ordered(p, 2 * blocks, _mm512_slli_epi32(order, 1));
}

/* ---- Q4_0 ---- */

/* Words of codes of four blocks; words of scales of eight. */
static const _Alignas(64) uint16_t q4_0_codes[32] = {1,  2,  3,  4,  5,  6,  7,  8,  10, 11, 12,
                                                     13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24,
                                                     25, 26, 28, 29, 30, 31, 32, 33, 34, 35};
static const _Alignas(64) uint16_t q4_0_scales[32] = {0,  36, 0,  36, 9,  45, 9,  45, 18, 54, 18,
                                                      54, 27, 63, 27, 63, 0,  36, 0,  36, 9,  45,
                                                      9,  45, 18, 54, 18, 54, 27, 63, 27, 63};

/* Columns 0-15 of four blocks, and 16-31. */
INLINE void input_q4_0(__m512i a, __m512i b, __m512i out[2])
{
    out[0] = _mm512_shuffle_i32x4(a, b, 0x88);
    out[1] = _mm512_shuffle_i32x4(a, b, 0xdd);
}

/* Products of eight blocks: in lane i those of block i, in two sums, and of block 4 + i. */
INLINE __m512i dots_q4_0(const __m512i bytes[3], const __m512i input[4])
{
    const __m512i at = _mm512_load_si512(q4_0_codes);
    const __m512i behind = _mm512_add_epi16(at, _mm512_set1_epi16(4));
    __m512i a = _mm512_permutex2var_epi16(bytes[0], at, bytes[1]);
    __m512i b = _mm512_permutex2var_epi16(bytes[1], behind, bytes[2]);
    __m512i p = _mm512_dpbusd_epi32(_mm512_setzero_si512(), low_nibbles(a), input[0]);
    __m512i q = _mm512_dpbusd_epi32(_mm512_setzero_si512(), low_nibbles(b), input[2]);
    p = _mm512_dpbusd_epi32(p, high_nibbles(a), input[1]);
    q = _mm512_dpbusd_epi32(q, high_nibbles(b), input[3]);
    return add_neighbours(p, q);
}

/* Eight blocks of four rows, or the last ones: `bytes` into rows, column `from` of all inputs. */
INLINE void run_q4_0(const uint8_t *const rows[4], size_t bytes, const struct packed_inputs *x,
                     size_t from, size_t blocks, __m512 totals[2])
{
    /* In lane i blocks i and 4 + i of one row, then of another. */
    const __m512i order = _mm512_setr_epi32(0, 4, 0, 4, 1, 5, 1, 5, 2, 6, 2, 6, 3, 7, 3, 7);
    const __mmask32 part[4] = {0x3333, 0xcccc, 0x33330000, 0xcccc0000};
    __m512i input[4], dots[4], halves = _mm512_setzero_si512();
    prefetch_far(rows[0] + 4 * bytes, 4 * 8 * 18);
    for (unsigned i = 0; i < 4; i += 2)
        input_q4_0(load_input(x, from, i, blocks), load_input(x, from, i + 1, blocks), input + i);
    for (unsigned i = 0; i < 4; i++) {
        __m512i v[3];
        for (unsigned j = 0; j < 3; j++)
            v[j] = load_until(rows[i] + bytes, 64 * j, blocks * 18);
        dots[i] = dots_q4_0(v, input);
        halves = _mm512_mask_mov_epi16(
            halves, part[i], _mm512_permutex2var_epi16(v[0], _mm512_load_si512(q4_0_scales), v[1]));
    }
    __m512 scale = ordered_twice(x->scales + from / 16, blocks, order);
    __m512 sum = ordered(x->block_sums + from / 32, blocks, order);
    sum = _mm512_mul_ps(sum, _mm512_set1_ps(8));
    for (unsigned i = 0; i < 2; i++) {
        __m512 dot = _mm512_cvtepi32_ps(add_neighbours(dots[2 * i], dots[2 * i + 1]));
        __m512 d = _mm512_cvtph_ps(_mm512_castsi512_si256(halves));
        totals[i] = _mm512_fmadd_ps(d, _mm512_fmsub_ps(dot, scale, sum), totals[i]);
        halves = _mm512_shuffle_i64x2(halves, halves, 0xee);
    }
}

INLINE __m128 four_q4_0(const uint8_t *const rows[4], const struct packed_inputs *x, size_t t)
{
    __m512 totals[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    size_t from = t * x->n, end = from + x->n, bytes = 0;
    for (; from + 256 <= end; from += 256, bytes += 8 * 18)
        run_q4_0(rows, bytes, x, from, 8, totals);
    if (from < end)
        run_q4_0(rows, bytes, x, from, (end - from) / 32, totals);
    return add_lanes(_mm512_add_ps(_mm512_shuffle_ps(totals[0], totals[1], 0x88),
                                   _mm512_shuffle_ps(totals[0], totals[1], 0xdd)));
}

/* ---- Q4_K and Q5_K ---- */

/* Words of d of four blocks, in a lane each, and of what the minima are multiplied by. */
static const _Alignas(64) uint16_t k_heads[32] = {0,  0,  0,  0,  8,  8,  8,  8,  16, 16, 16,
                                                  16, 24, 24, 24, 24, 1,  1,  1,  1,  9,  9,
                                                  9,  9,  17, 17, 17, 17, 25, 25, 25, 25};

/* Halves of 32 columns: 0 and 2 of four, then 1 and 3. */
INLINE void input_k(const int8_t *codes, __m512i out[2])
{
    __m512i a = _mm512_loadu_si512(codes), b = _mm512_loadu_si512(codes + 64);
    out[0] = _mm512_shuffle_i64x2(a, b, 0x44);
    out[1] = _mm512_shuffle_i64x2(a, b, 0xee);
}

/* Q5_K: the fifth bits of run f of 32 in the lower half, of run f + 2 in the upper. */
INLINE __m512i fifth_bits(const uint8_t *b, unsigned f)
{
    __m512i bits = _mm512_broadcast_i64x4(load32(b + 16));
    bits = _mm512_rorv_epi64(bits, halves_of((f - 4) & 63, (f - 2) & 63));
    return _mm512_and_si512(bits, _mm512_set1_epi8(16));
}

/* Products of eight runs of 32: in two lanes those of 0, 1, 4 and 5, in two of 2, 3, 6 and 7. */
INLINE __m512i dots_k(enum gguf_type type, const uint8_t *b, const __m512i input[4])
{
    const __m512i zero = _mm512_setzero_si512();
    __m512i p[4];
    for (unsigned i = 0; i < 2; i++) {
        __m512i bytes = _mm512_loadu_si512(b + (type == GGUF_Q5_K ? 48 : 16) + 64 * i);
        __m512i low = low_nibbles(bytes), high = high_nibbles(bytes);
        if (type == GGUF_Q5_K) {
            low = _mm512_or_si512(low, fifth_bits(b, 4 * i));
            high = _mm512_or_si512(high, fifth_bits(b, 4 * i + 1));
        }
        p[2 * i] = _mm512_dpbusd_epi32(zero, low, input[2 * i]);
        p[2 * i + 1] = _mm512_dpbusd_epi32(zero, high, input[2 * i + 1]);
    }
    return add_neighbours(add_neighbours(p[0], p[1]), add_neighbours(p[2], p[3]));
}

/* A lane of each row: the sums of runs 0, 1, 4 and 5, and of the others. */
INLINE void gather_k(const __m512i dots[4], __m512i out[2])
{
    __m512i two[2];
    for (unsigned i = 0; i < 2; i++)
        two[i] = _mm512_add_epi32(_mm512_shuffle_i32x4(dots[2 * i], dots[2 * i + 1], 0x88),
                                  _mm512_shuffle_i32x4(dots[2 * i], dots[2 * i + 1], 0xdd));
    out[0] = _mm512_shuffle_i32x4(two[0], two[1], 0x88);
    out[1] = _mm512_shuffle_i32x4(two[0], two[1], 0xdd);
}

/* The heads of four blocks, and in each lane of bytes scales 0-3, minima 0-3, scales and minima 4-7
 * (see scales_q4_k). */
INLINE __m512i head_bytes(__m512i heads)
{
    __m512i low = _mm512_shuffle_epi32(heads, (_MM_PERM_ENUM)0x99);
    __m512i high = _mm512_shuffle_epi32(heads, (_MM_PERM_ENUM)0xff);
    low = _mm512_srlv_epi32(low, lanes_of(0, 0, 2, 2));
    high = _mm512_srlv_epi32(high, lanes_of(0, 0, 0, 4));
    low = _mm512_and_si512(low, lanes_of(0x3f3f3f3f, 0x3f3f3f3f, 0x30303030, 0x30303030));
    high = _mm512_and_si512(high, lanes_of(0, 0, 0x0f0f0f0f, 0x0f0f0f0f));
    return _mm512_or_si512(low, high);
}

/* Bytes a, a + 1, a + 8 and a + 9 of each lane as floats. */
INLINE __m512 four_bytes(__m512i bytes, int a)
{
    const int none = (int)0xffffff00;
    __m512i at = lanes_of(none | a, none | (a + 1), none | (a + 8), none | (a + 9));
    return _mm512_cvtepi32_ps(_mm512_shuffle_epi8(bytes, at));
}

INLINE __m128 four_k(enum gguf_type type, const uint8_t *const rows[4],
                     const struct packed_inputs *x, size_t t)
{
    const __m512i order[2] = {lanes_of(0, 1, 4, 5), lanes_of(2, 3, 6, 7)};
    __m512 total = _mm512_setzero_ps();
    for (size_t at = 0, p = 0; at < x->n; at += 256, p += block_bytes(type)) {
        size_t from = t * x->n + at;
        __m512i input[4], dots[4], sums[2];
        prefetch_far(rows[0] + 4 * p, 4 * block_bytes(type));
        input_k(x->codes + from, input);
        input_k(x->codes + from + 128, input + 2);
        for (unsigned i = 0; i < 4; i++)
            dots[i] = dots_k(type, rows[i] + p, input);
        gather_k(dots, sums);
        __m512i heads = lanes_of_rows(rows, p), bytes = head_bytes(heads);
        __m512 sum = _mm512_setzero_ps(), least = sum;
        for (unsigned i = 0; i < 2; i++) {
            __m512 scale = _mm512_mul_ps(four_bytes(bytes, 2 * (int)i),
                                         ordered_twice(x->scales + from / 16, 8, order[i]));
            sum = _mm512_fmadd_ps(_mm512_cvtepi32_ps(sums[i]), scale, sum);
            least = _mm512_fmadd_ps(four_bytes(bytes, 2 * (int)i + 4),
                                    ordered(x->block_sums + from / 32, 8, order[i]), least);
        }
        __m512i halves = _mm512_permutexvar_epi16(_mm512_load_si512(k_heads), heads);
        total = _mm512_fmadd_ps(_mm512_cvtph_ps(_mm512_castsi512_si256(halves)), sum, total);
        halves = _mm512_shuffle_i64x2(halves, halves, 0xee);
        total = _mm512_fnmadd_ps(_mm512_cvtph_ps(_mm512_castsi512_si256(halves)), least, total);
    }
    return add_in_lanes(total);
}

/* ---- Q8_0 ---- */

/* Words of codes of two blocks of eight, less twice the pair's number; words of scales, each twice,
 * of the first four blocks and of the last four. */
static const _Alignas(64) uint16_t q8_0_codes[32] = {1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,
                                                     12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23,
                                                     24, 25, 26, 27, 28, 29, 30, 31, 32, 33};
static const _Alignas(64) uint16_t q8_0_scales[32] = {0, 0, 17, 17, 34, 34, 51, 51,
                                                      4, 4, 21, 21, 38, 38, 55, 55};

INLINE __m512 scales_q8_0(const __m512i v[5])
{
    const __m512i at = _mm512_load_si512(q8_0_scales);
    __m512i low = _mm512_permutex2var_epi16(v[0], at, v[1]);
    __m512i high = _mm512_permutex2var_epi16(v[2], at, v[3]);
    return _mm512_cvtph_ps(_mm512_castsi512_si256(_mm512_mask_mov_epi16(low, 0xff00, high)));
}

INLINE void run_q8_0(const uint8_t *const rows[4], size_t bytes, const struct packed_inputs *x,
                     size_t from, size_t blocks, __m512 totals[4])
{
    const __m512i bias = _mm512_set1_epi8((char)128), at = _mm512_load_si512(q8_0_codes);
    __m512 scale = load_floats(x->scales + from / 16, 2 * blocks);
    __m512 sum = load_floats(x->sums + from / 16, 2 * blocks);
    sum = _mm512_mul_ps(sum, _mm512_set1_ps(128));
    prefetch_far(rows[0] + 4 * bytes, 4 * 8 * 34);
    for (unsigned i = 0; i < 4; i++) {
        __m512i v[5];
        for (unsigned j = 0; j < 5; j++)
            v[j] = load_until(rows[i] + bytes, 64 * j, blocks * 34);
        __m512 d = scales_q8_0(v);
        totals[i] = _mm512_fnmadd_ps(d, sum, totals[i]);
        d = _mm512_mul_ps(d, scale);
        for (unsigned j = 0; j < 4; j++) {
            __m512i words = _mm512_add_epi16(at, _mm512_set1_epi16((short)(2 * j)));
            __m512i codes = _mm512_permutex2var_epi16(v[j], words, v[j + 1]);
            __m512i dot = _mm512_dpbusd_epi32(_mm512_setzero_si512(), _mm512_xor_si512(codes, bias),
                                              load_input(x, from, j, blocks));
            totals[i] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot), spread(d, j), totals[i]);
        }
    }
}

INLINE __m128 four_q8_0(const uint8_t *const rows[4], const struct packed_inputs *x, size_t t)
{
    __m512 totals[4], two[2];
    size_t from = t * x->n, end = from + x->n, bytes = 0;
    for (unsigned i = 0; i < 4; i++)
        totals[i] = _mm512_setzero_ps();
    for (; from + 256 <= end; from += 256, bytes += 8 * 34)
        run_q8_0(rows, bytes, x, from, 8, totals);
    if (from < end)
        run_q8_0(rows, bytes, x, from, (end - from) / 32, totals);
    for (unsigned i = 0; i < 2; i++)
        two[i] = _mm512_add_ps(_mm512_unpacklo_ps(totals[2 * i], totals[2 * i + 1]),
                               _mm512_unpackhi_ps(totals[2 * i], totals[2 * i + 1]));
    return add_lanes(_mm512_add_ps(_mm512_shuffle_ps(two[0], two[1], 0x44),
                                   _mm512_shuffle_ps(two[0], two[1], 0xee)));
}

/* ---- by type ---- */

/* four: the sums of rows row[0] .. row[3] by input t of x. */
#define FOURS(type, four)                                                                          \
    TARGET void packed_fours_##type(const uint8_t *data, size_t row_bytes, size_t rows,            \
                                    const struct packed_inputs *x, float *y, size_t stride)        \
    {                                                                                              \
        for (size_t r = 0; r < rows; r += 4, data += 4 * row_bytes) {                              \
            const uint8_t *row[4];                                                                 \
            size_t count = rows - r < 4 ? rows - r : 4;                                            \
            for (size_t i = 0; i < 4; i++)                                                         \
                row[i] = data + (i < count ? i : 0) * row_bytes;                                   \
            for (size_t t = 0; t < x->count; t++)                                                  \
                _mm_mask_storeu_ps(y + t * stride + r, (__mmask8)((1u << count) - 1), four);       \
        }                                                                                          \
    }
FOURS(Q8_0, four_q8_0(row, x, t))
FOURS(Q4_0, four_q4_0(row, x, t))
FOURS(Q4_K, four_k(GGUF_Q4_K, row, x, t))
FOURS(Q5_K, four_k(GGUF_Q5_K, row, x, t))
#endif
