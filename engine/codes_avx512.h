/*
 * codes_avx512.h - quantised rows as vectors of codes: the part of packed_avx512.c that knows the
 * formats. unpack.c and unpack_k.c say the same in plain C.
 *
 * All take b, the beginning of a run of 256 columns (or of fewer, for types with blocks of 32),
 * and are inlined with a constant type.
 */
#ifndef PENSTOCK_ENGINE_CODES_AVX512_H
#define PENSTOCK_ENGINE_CODES_AVX512_H

#include "engine/gguf.h"

#include <immintrin.h>
#include <string.h>

#define FEATURES "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,f16c"
#define TARGET __attribute__((target(FEATURES)))
#define INLINE __attribute__((target(FEATURES), always_inline)) static inline

/* What is subtracted from an unsigned code before it is multiplied by d. */
INLINE int code_offset(enum gguf_type type)
{
    switch (type) {
    case GGUF_Q8_0:
    case GGUF_IQ4_NL:
    case GGUF_IQ4_XS:
        return 128;
    case GGUF_Q6_K:
        return 32;
    case GGUF_Q5_0:
        return 16;
    case GGUF_MXFP4:
        return 12;
    case GGUF_Q4_0:
        return 8;
    case GGUF_Q3_K:
        return 4;
    case GGUF_TQ1_0:
    case GGUF_TQ2_0:
        return 1;
    default:
        return 0;
    }
}

/* Types whose weights have an m. */
INLINE bool has_minima(enum gguf_type type)
{
    return type == GGUF_Q4_1 || type == GGUF_Q5_1 || type == GGUF_Q2_K || type == GGUF_Q4_K ||
           type == GGUF_Q5_K;
}

/* Types whose scales belong to 16 columns rather than 32. */
INLINE bool has_sixteens(enum gguf_type type)
{
    return type == GGUF_Q2_K || type == GGUF_Q3_K || type == GGUF_Q6_K;
}

INLINE unsigned block_bytes(enum gguf_type type)
{
    switch (type) {
    case GGUF_Q8_0:
        return 34;
    case GGUF_Q4_0:
    case GGUF_IQ4_NL:
        return 18;
    case GGUF_Q4_1:
        return 20;
    case GGUF_Q5_0:
        return 22;
    case GGUF_Q5_1:
        return 24;
    case GGUF_MXFP4:
        return 17;
    case GGUF_Q2_K:
        return 84;
    case GGUF_Q3_K:
        return 110;
    case GGUF_Q4_K:
        return 144;
    case GGUF_Q5_K:
        return 176;
    case GGUF_Q6_K:
        return 210;
    case GGUF_IQ4_XS:
        return 136;
    case GGUF_TQ1_0:
        return 54;
    default: /* TQ2_0 */
        return 66;
    }
}

INLINE bool is_wide(enum gguf_type type)
{
    return has_sixteens(type) || type == GGUF_Q4_K || type == GGUF_Q5_K || type == GGUF_IQ4_XS ||
           type == GGUF_TQ1_0 || type == GGUF_TQ2_0;
}

INLINE uint16_t load_u16(const uint8_t *p)
{
    uint16_t v = 0;
    memcpy(&v, p, sizeof(v));
    return v;
}

INLINE short load_i16(const uint8_t *p)
{
    return (short)load_u16(p);
}

INLINE uint32_t load_u32(const uint8_t *p)
{
    uint32_t v = 0;
    memcpy(&v, p, sizeof(v));
    return v;
}

INLINE float half_at(const uint8_t *p)
{
    return _cvtsh_ss(load_u16(p));
}

INLINE __m128i load16(const void *p)
{
    return _mm_loadu_si128((const __m128i *)p);
}

INLINE __m256i load32(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

/* Half of the lanes for each of two values. */
INLINE __m512i halves_of(long long low, long long high)
{
    return _mm512_set_epi64(high, high, high, high, low, low, low, low);
}

/* Sixteen bytes at p to the lower two lanes, sixteen at q to the upper two. */
INLINE __m512i two_blocks(const uint8_t *p, const uint8_t *q)
{
    __m512i v = _mm512_broadcast_i32x4(load16(p));
    return _mm512_mask_broadcast_i32x4(v, 0xff00, load16(q));
}

/* Low halves of the bytes in the even lanes, high halves in the odd ones. */
INLINE __m512i nibbles(__m512i bytes)
{
    bytes = _mm512_srlv_epi64(bytes, _mm512_set_epi64(4, 4, 0, 0, 4, 4, 0, 0));
    return _mm512_and_si512(bytes, _mm512_set1_epi8(15));
}

INLINE __m512i with_fifth(__m512i low, uint32_t first, uint32_t second)
{
    __mmask64 bits = (__mmask64)second << 32 | first;
    return _mm512_or_si512(low, _mm512_maskz_set1_epi8(bits, 16));
}

INLINE __m512i iq4_levels(__m512i index)
{
    /* The levels of unpack.c with 128 added. */
    const __m512i table = _mm512_broadcast_i32x4(
        _mm_setr_epi8(1, 24, 45, 63, 79, 93, 106, 118, -127, -115, -103, -90, -75, -59, -39, -15));
    return _mm512_shuffle_epi8(table, index);
}

INLINE __m512i mxfp4_levels(__m512i index)
{
    const __m512i table = _mm512_broadcast_i32x4(
        _mm_setr_epi8(12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0));
    return _mm512_shuffle_epi8(table, index);
}

/* The same 32 bytes shifted right by a in the lower half and by b in the upper. */
INLINE __m512i planes(const uint8_t *p, unsigned a, unsigned b)
{
    return _mm512_srlv_epi64(_mm512_broadcast_i64x4(load32(p)), halves_of(a, b));
}

/* Bit `from` of 32 bytes in the lower half, bit `from` + 1 in the upper, moved to bit `to`. */
INLINE __m512i bit_planes(const uint8_t *p, unsigned from, unsigned to)
{
    __m512i v = _mm512_rorv_epi64(_mm512_broadcast_i64x4(load32(p)),
                                  halves_of((from - to) & 63, (from + 1 - to) & 63));
    return _mm512_and_si512(v, _mm512_set1_epi8((char)(1 << to)));
}

/* Digit number `digit` of base 3 in each byte: see unpack_tq1_0. */
INLINE __m512i ternary(__m512i bytes, unsigned digit)
{
    for (unsigned i = 0; i < digit; i++)
        bytes = _mm512_add_epi8(bytes, _mm512_add_epi8(bytes, bytes));
    __mmask64 one = _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8(86));
    __mmask64 two = _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8((char)171));
    __m512i v = _mm512_maskz_set1_epi8(one, 1);
    return _mm512_mask_add_epi8(v, two, v, _mm512_set1_epi8(1));
}

INLINE __m512i codes_tq1_0(const uint8_t *b, unsigned pair)
{
    /* 5 x 32 columns, 5 x 16, 4 x 4: digits change every 32, 16 and 4 columns. */
    const __m512i wide = _mm512_broadcast_i64x4(load32(b));
    const __m512i narrow = _mm512_broadcast_i32x4(load16(b + 32));
    const __m512i last = _mm512_set1_epi32((int)load_u32(b + 48));
    if (pair < 2)
        return _mm512_inserti64x4(ternary(wide, 2 * pair),
                                  _mm512_castsi512_si256(ternary(wide, 2 * pair + 1)), 1);
    __m512i n[5], q[4];
    for (unsigned i = 0; i < 5; i++)
        n[i] = ternary(narrow, i);
    if (pair == 2) {
        __m512i v = _mm512_mask_mov_epi64(ternary(wide, 4), 0x30, n[0]);
        return _mm512_mask_mov_epi64(v, 0xc0, n[1]);
    }
    for (unsigned i = 0; i < 4; i++)
        q[i] = ternary(last, i);
    __m512i v = _mm512_mask_mov_epi64(n[2], 0x0c, n[3]);
    v = _mm512_mask_mov_epi64(v, 0x30, n[4]);
    v = _mm512_mask_mov_epi32(v, 0x1000, q[0]);
    v = _mm512_mask_mov_epi32(v, 0x2000, q[1]);
    v = _mm512_mask_mov_epi32(v, 0x4000, q[2]);
    return _mm512_mask_mov_epi32(v, 0x8000, q[3]);
}

INLINE __m512i codes_q6_k(const uint8_t *b, unsigned pair)
{
    __m512i low = _mm512_loadu_si512(b + pair / 2 * 64);
    if (pair % 2 == 1)
        low = _mm512_srli_epi16(low, 4);
    low = _mm512_and_si512(low, _mm512_set1_epi8(15));
    __m512i high = _mm512_broadcast_i64x4(load32(b + 128 + pair / 2 * 32));
    high = pair % 2 == 0 ? _mm512_sllv_epi64(high, halves_of(4, 2))
                         : _mm512_srlv_epi64(high, halves_of(0, 2));
    return _mm512_or_si512(low, _mm512_and_si512(high, _mm512_set1_epi8(48)));
}

/* Columns 64 * pair .. + 63 as unsigned codes. */
INLINE __m512i codes64(enum gguf_type type, const uint8_t *b, unsigned pair)
{
    const __m512i three = _mm512_set1_epi8(3), fifteen = _mm512_set1_epi8(15);
    const uint8_t *p = b + 2 * pair * block_bytes(type), *q = p + block_bytes(type);
    switch (type) {
    case GGUF_Q8_0: {
        __m512i v = _mm512_inserti64x4(_mm512_castsi256_si512(load32(p + 2)), load32(q + 2), 1);
        return _mm512_xor_si512(v, _mm512_set1_epi8((char)0x80));
    }
    case GGUF_Q4_0:
        return nibbles(two_blocks(p + 2, q + 2));
    case GGUF_Q4_1:
        return nibbles(two_blocks(p + 4, q + 4));
    case GGUF_Q5_0:
        return with_fifth(nibbles(two_blocks(p + 6, q + 6)), load_u32(p + 2), load_u32(q + 2));
    case GGUF_Q5_1:
        return with_fifth(nibbles(two_blocks(p + 8, q + 8)), load_u32(p + 4), load_u32(q + 4));
    case GGUF_IQ4_NL:
        return iq4_levels(nibbles(two_blocks(p + 2, q + 2)));
    case GGUF_IQ4_XS:
        return iq4_levels(nibbles(two_blocks(b + 8 + 32 * pair, b + 24 + 32 * pair)));
    case GGUF_MXFP4:
        return mxfp4_levels(nibbles(two_blocks(p + 1, q + 1)));
    case GGUF_Q2_K:
        return _mm512_and_si512(planes(b + 16 + pair / 2 * 32, pair % 2 * 4, pair % 2 * 4 + 2),
                                three);
    case GGUF_Q3_K: {
        __m512i low = planes(b + 32 + pair / 2 * 32, pair % 2 * 4, pair % 2 * 4 + 2);
        return _mm512_or_si512(_mm512_and_si512(low, three), bit_planes(b, 2 * pair, 2));
    }
    case GGUF_Q4_K:
        return _mm512_and_si512(planes(b + 16 + 32 * pair, 0, 4), fifteen);
    case GGUF_Q5_K:
        return _mm512_or_si512(_mm512_and_si512(planes(b + 48 + 32 * pair, 0, 4), fifteen),
                               bit_planes(b + 16, 2 * pair, 4));
    case GGUF_Q6_K:
        return codes_q6_k(b, pair);
    case GGUF_TQ1_0:
        return codes_tq1_0(b, pair);
    default: /* TQ2_0 */
        return _mm512_and_si512(planes(b + pair / 2 * 32, pair % 2 * 4, pair % 2 * 4 + 2), three);
    }
}

/* Of 64 words at p the numbers 0, s, ... 7 s, each twice. */
INLINE __m256i words_twice(const uint8_t *p, short s)
{
    const __m256i times = _mm256_setr_epi16(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    __m512i numbers = _mm512_castsi256_si512(_mm256_mullo_epi16(times, _mm256_set1_epi16(s)));
    return _mm512_castsi512_si256(
        _mm512_permutex2var_epi16(_mm512_loadu_si512(p), numbers, _mm512_loadu_si512(p + 64)));
}

/* Halves at p, `step` bytes apart, each twice, as floats: sixteen for up to eight blocks. */
INLINE __m512 halves_twice(const uint8_t *p, unsigned step, unsigned blocks)
{
    __m128i h;
    if (blocks == 8 && step == 18)
        return _mm512_cvtph_ps(words_twice(p, 9));
    if (blocks == 8) {
        h = _mm_setr_epi16(load_i16(p), load_i16(p + step), load_i16(p + 2 * step),
                           load_i16(p + 3 * step), load_i16(p + 4 * step), load_i16(p + 5 * step),
                           load_i16(p + 6 * step), load_i16(p + 7 * step));
    } else {
        uint16_t some[8] = {0};
        for (unsigned i = 0; i < blocks; i++)
            some[i] = load_u16(p + i * step);
        h = load16(some);
    }
    __m256i both = _mm256_set_m128i(_mm_unpackhi_epi16(h, h), _mm_unpacklo_epi16(h, h));
    return _mm512_cvtph_ps(both);
}

/* Eight unsigned bytes, each twice, as floats. */
INLINE __m512 bytes_twice(uint64_t bytes)
{
    __m128i v = _mm_cvtsi64_si128((long long)bytes);
    return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_unpacklo_epi8(v, v)));
}

INLINE void scales_q4_k(const uint8_t *b, __m512 *d, __m512 *m)
{
    /* Numbers 0-3 lie in six bits of a byte each, 4-7 in what the others leave. */
    uint32_t p = load_u32(b + 4), q = load_u32(b + 8), r = load_u32(b + 12);
    uint64_t scales = p & 0x3f3f3f3f, least = q & 0x3f3f3f3f;
    scales |= (uint64_t)((r & 0x0f0f0f0f) | (p >> 2 & 0x30303030)) << 32;
    least |= (uint64_t)((r >> 4 & 0x0f0f0f0f) | (q >> 2 & 0x30303030)) << 32;
    *d = _mm512_mul_ps(_mm512_set1_ps(half_at(b)), bytes_twice(scales));
    *m = _mm512_mul_ps(_mm512_set1_ps(half_at(b + 2)), bytes_twice(least));
}

INLINE __m512 scales_q3_k(const uint8_t *b)
{
    uint32_t p = load_u32(b + 96), q = load_u32(b + 100), r = load_u32(b + 104);
    __m128i low = _mm_setr_epi32((int)p, (int)q, (int)(p >> 4), (int)(q >> 4));
    __m128i high = _mm_setr_epi32((int)(r << 4), (int)(r << 2), (int)r, (int)(r >> 2));
    __m128i v =
        _mm_or_si128(_mm_and_si128(low, _mm_set1_epi8(15)), _mm_and_si128(high, _mm_set1_epi8(48)));
    v = _mm_sub_epi8(v, _mm_set1_epi8(32));
    return _mm512_mul_ps(_mm512_set1_ps(half_at(b + 108)),
                         _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(v)));
}

INLINE __m512 scales_iq4_xs(const uint8_t *b)
{
    uint32_t low = load_u32(b + 4), high = load_u16(b + 2);
    uint8_t s[8];
    for (unsigned g = 0; g < 8; g++)
        s[g] = (uint8_t)((low >> 4 * g & 15) | (high >> 2 * g & 3) << 4);
    uint64_t bytes = 0;
    memcpy(&bytes, s, sizeof(bytes));
    return _mm512_mul_ps(_mm512_set1_ps(half_at(b)),
                         _mm512_sub_ps(bytes_twice(bytes), _mm512_set1_ps(32)));
}

INLINE __m512 scales_mxfp4(const uint8_t *b, unsigned blocks)
{
    uint64_t bytes = 0;
    for (unsigned i = 0; i < blocks; i++)
        bytes |= (uint64_t)b[i * 17] << 8 * i;
    __m128i v = _mm_cvtsi64_si128((long long)bytes);
    /* 2 to the power of (byte - 128): scalef also makes the tiny ones. */
    __m512 e = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_unpacklo_epi8(v, v)));
    return _mm512_scalef_ps(_mm512_set1_ps(1), _mm512_sub_ps(e, _mm512_set1_ps(128)));
}

/* d and m of each 16 columns of the run; blocks: of 32, 8 in a whole run. */
INLINE void scales16(enum gguf_type type, const uint8_t *b, unsigned blocks, __m512 *d, __m512 *m)
{
    unsigned step = block_bytes(type);
    *m = _mm512_setzero_ps();
    switch (type) {
    case GGUF_Q4_1:
    case GGUF_Q5_1:
        *m = _mm512_sub_ps(*m, halves_twice(b + 2, step, blocks));
        *d = halves_twice(b, step, blocks);
        return;
    case GGUF_Q2_K: {
        __m128i v = load16(b), mask = _mm_set1_epi8(15);
        __m128i high = _mm_and_si128(_mm_srli_epi16(v, 4), mask);
        *d = _mm512_mul_ps(_mm512_set1_ps(half_at(b + 80)),
                           _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_and_si128(v, mask))));
        *m = _mm512_mul_ps(_mm512_set1_ps(half_at(b + 82)),
                           _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(high)));
        return;
    }
    case GGUF_Q3_K:
        *d = scales_q3_k(b);
        return;
    case GGUF_Q4_K:
    case GGUF_Q5_K:
        scales_q4_k(b, d, m);
        return;
    case GGUF_Q6_K:
        *d = _mm512_mul_ps(_mm512_set1_ps(half_at(b + 208)),
                           _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(load16(b + 192))));
        return;
    case GGUF_IQ4_XS:
        *d = scales_iq4_xs(b);
        return;
    case GGUF_MXFP4:
        *d = scales_mxfp4(b, blocks);
        return;
    case GGUF_TQ1_0:
        *d = _mm512_set1_ps(half_at(b + 52));
        return;
    case GGUF_TQ2_0:
        *d = _mm512_set1_ps(half_at(b + 64));
        return;
    default: /* Q8_0, Q4_0, Q5_0, IQ4_NL */
        *d = halves_twice(b, step, blocks);
    }
}

#endif
