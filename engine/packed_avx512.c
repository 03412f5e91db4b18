/* Inputs, and products of many of them. Of few: packed_rows_avx512.c, packed_fours_avx512.c. */
#include "engine/packed.h"

#if defined(__x86_64__)
#include "engine/packed_avx512.h"

/* ---- inputs ---- */

/* Thirty-two values: their scale, codes and sums of codes. */
INLINE void quantize32(const float *x, int8_t *codes, float scales[2], float sums[2])
{
    __m512 a = _mm512_loadu_ps(x), b = _mm512_loadu_ps(x + 16);
    float largest = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(a), _mm512_abs_ps(b)));
    float scale = largest / 127, back = 1 / scale;
    /* Of infinities, NaN and what is too small to divide by: zeros. */
    __m512 inverse = _mm512_set1_ps(scale > 0 && back < 3e38f ? back : 0);
    const __m512 least = _mm512_set1_ps(-127), most = _mm512_set1_ps(127);
    __m512i p =
        _mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(_mm512_mul_ps(a, inverse), least), most));
    __m512i q =
        _mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(_mm512_mul_ps(b, inverse), least), most));
    _mm_storeu_si128((__m128i *)(void *)codes, _mm512_cvtepi32_epi8(p));
    _mm_storeu_si128((__m128i *)(void *)(codes + 16), _mm512_cvtepi32_epi8(q));
    /* As llama.cpp keeps it, whose answers ours are compared with. */
    scale = _cvtsh_ss(_cvtss_sh(scale, _MM_FROUND_TO_NEAREST_INT));
    scales[0] = scale;
    scales[1] = scale;
    sums[0] = scale * (float)_mm512_reduce_add_epi32(p);
    sums[1] = scale * (float)_mm512_reduce_add_epi32(q);
}

/* For panels: the inputs' words beside one another, and unsigned. */
INLINE void prepare_for_panels(struct packed_inputs *x, const float *values, size_t t)
{
    for (size_t at = 0; at < x->n; at += 32) {
        int8_t codes[32];
        float scales[2], sums[2];
        quantize32(values + at, codes, scales, sums);
        for (size_t i = 0; i < 8; i++) {
            uint32_t word = 0;
            memcpy(&word, codes + 4 * i, sizeof(word));
            word ^= 0x80808080;
            memcpy(x->codes + ((at / 4 + i) * x->count + t) * 4, &word, sizeof(word));
        }
        x->scales[at / 32 * x->count + t] = scales[0];
        x->sums[at / 16 * x->count + t] = sums[0];
        x->sums[(at / 16 + 1) * x->count + t] = sums[1];
        x->block_sums[at / 32 * x->count + t] = sums[0] + sums[1];
    }
}

TARGET static void prepare(struct packed_inputs *x, const float *values, size_t first, size_t last)
{
    for (size_t t = first; t < last; t++) {
        if (x->panels) {
            prepare_for_panels(x, values + t * x->n, t);
            continue;
        }
        for (size_t at = t * x->n; at < (t + 1) * x->n; at += 32) {
            float *sums = x->sums + at / 16;
            quantize32(values + at, x->codes + at, x->scales + at / 16, sums);
            x->block_sums[at / 32] = sums[0] + sums[1];
        }
    }
}

/* ---- more inputs: panels ---- */

struct panel {
    size_t n;
    __m512i *codes; /* one for four columns of all rows; signed */
    __m512 *d, *m;  /* one for each run of columns with its own scale */
    __m512i *base;  /* likewise: -128 times the sum of codes, for inputs with 128 added */
};

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

/* The same sixteen bytes of each row; rows i, 4 + i, 8 + i and 12 + i share a register. */
INLINE void load_rows16(const uint8_t *const *rows, size_t at, __m512i v[4])
{
    for (unsigned i = 0; i < 4; i++) {
        v[i] = _mm512_castsi128_si512(load16(rows[i] + at));
        v[i] = _mm512_mask_broadcast_i32x4(v[i], 0x00f0, load16(rows[4 + i] + at));
        v[i] = _mm512_mask_broadcast_i32x4(v[i], 0x0f00, load16(rows[8 + i] + at));
        v[i] = _mm512_mask_broadcast_i32x4(v[i], 0xf000, load16(rows[12 + i] + at));
    }
}

/* They as four words of all rows, in the rows' order. */
INLINE void columns16(const uint8_t *const *rows, size_t at, __m512i out[4])
{
    __m512i v[4], t[4];
    load_rows16(rows, at, v);
    t[0] = _mm512_unpacklo_epi32(v[0], v[1]);
    t[1] = _mm512_unpackhi_epi32(v[0], v[1]);
    t[2] = _mm512_unpacklo_epi32(v[2], v[3]);
    t[3] = _mm512_unpackhi_epi32(v[2], v[3]);
    out[0] = _mm512_unpacklo_epi64(t[0], t[2]);
    out[1] = _mm512_unpackhi_epi64(t[0], t[2]);
    out[2] = _mm512_unpacklo_epi64(t[1], t[3]);
    out[3] = _mm512_unpackhi_epi64(t[1], t[3]);
}

/* The same two bytes of each row as a float. */
INLINE __m512 halves_of_rows(const uint8_t *const *rows, size_t at)
{
    __m256i v =
        _mm256_setr_epi16(load_i16(rows[0] + at), load_i16(rows[1] + at), load_i16(rows[2] + at),
                          load_i16(rows[3] + at), load_i16(rows[4] + at), load_i16(rows[5] + at),
                          load_i16(rows[6] + at), load_i16(rows[7] + at), load_i16(rows[8] + at),
                          load_i16(rows[9] + at), load_i16(rows[10] + at), load_i16(rows[11] + at),
                          load_i16(rows[12] + at), load_i16(rows[13] + at), load_i16(rows[14] + at),
                          load_i16(rows[15] + at));
    return _mm512_cvtph_ps(v);
}

/* -128 times each row's sum of `span` words of codes. */
INLINE __m512i base_of(enum gguf_type type, const __m512i *codes, unsigned span)
{
    const __m512i bias = _mm512_set1_epi8((char)0x80);
    __m512i sum = _mm512_setzero_si512();
    if (type == GGUF_Q4_0 || type == GGUF_Q4_K || type == GGUF_Q6_K || type == GGUF_TQ2_0) {
        /* Eight codes of 4 bits, or four of 6, add up to a byte: one product does for all. */
        __m512i bytes = codes[0];
        for (unsigned i = 1; i < span; i++)
            bytes = _mm512_add_epi8(bytes, codes[i]);
        sum = _mm512_dpbusd_epi32(sum, bias, bytes);
    } else {
        for (unsigned i = 0; i < span; i++)
            sum = _mm512_dpbusd_epi32(sum, bias, codes[i]);
    }
    return _mm512_sub_epi32(_mm512_setzero_si512(), sum);
}

/* Likewise of a block's first two bytes, where at least sixteen can be read. */
INLINE __m512 heads_of_rows(const uint8_t *const *rows, size_t at)
{
    __m512i v[4];
    load_rows16(rows, at, v);
    __m512i words =
        _mm512_unpacklo_epi64(_mm512_unpacklo_epi32(v[0], v[1]), _mm512_unpacklo_epi32(v[2], v[3]));
    return _mm512_cvtph_ps(_mm512_cvtepi32_epi16(words));
}

/* A run of columns with a scale of their own, as signed codes of all rows. */
INLINE void put_run(enum gguf_type type, const struct panel *p, size_t run, const __m512i *codes)
{
    const unsigned span = has_sixteens(type) ? 4 : 8;
    for (unsigned i = 0; i < span; i++)
        p->codes[run * span + i] = codes[i];
    p->base[run] = base_of(type, codes, span);
}

/* Words of low and of high halves, less the offset. */
INLINE void split(__m512i bytes, int offset, __m512i *low, __m512i *high)
{
    const __m512i mask = _mm512_set1_epi8(15), less = _mm512_set1_epi8((char)offset);
    *low = _mm512_sub_epi8(_mm512_and_si512(bytes, mask), less);
    *high = _mm512_sub_epi8(_mm512_and_si512(_mm512_srli_epi16(bytes, 4), mask), less);
}

/* The types that are met most are turned while they are packed, which takes fewer steps. */

/* A block of Q4_0 or Q8_0. */
INLINE void block_codes(enum gguf_type type, const uint8_t *const *rows, size_t at,
                        __m512i codes[8])
{
    columns16(rows, at + 2, codes);
    if (type == GGUF_Q8_0) {
        columns16(rows, at + 18, codes + 4);
        return;
    }
    for (unsigned i = 0; i < 4; i++)
        split(codes[i], 8, &codes[i], &codes[4 + i]);
}

INLINE void fill_block(enum gguf_type type, const struct panel *p, const uint8_t *const *rows,
                       size_t at, size_t block)
{
    __m512i codes[8];
    block_codes(type, rows, at, codes);
    put_run(type, p, block, codes);
    p->d[block] = heads_of_rows(rows, at);
}

/* d times byte i of each word. */
INLINE __m512 scaled_bytes(__m512 d, __m512i words, unsigned i)
{
    __m512i byte = _mm512_and_si512(_mm512_srli_epi32(words, 8 * i), _mm512_set1_epi32(255));
    return _mm512_mul_ps(d, _mm512_cvtepi32_ps(byte));
}

INLINE void fill_run_q4_k(const struct panel *p, const uint8_t *const *rows, size_t run)
{
    __m512i head[4], bytes[8], codes[2][8];
    columns16(rows, 0, head);
    __m512 d = _mm512_cvtph_ps(_mm512_cvtepi32_epi16(head[0]));
    __m512 m = _mm512_cvtph_ps(_mm512_cvtepi32_epi16(_mm512_srli_epi32(head[0], 16)));
    const __m512i six = _mm512_set1_epi8(63), four = _mm512_set1_epi8(15);
    const __m512i two = _mm512_set1_epi8(48);
    __m512i scales[2], least[2];
    scales[0] = _mm512_and_si512(head[1], six);
    least[0] = _mm512_and_si512(head[2], six);
    scales[1] = _mm512_or_si512(_mm512_and_si512(head[3], four),
                                _mm512_and_si512(_mm512_srli_epi32(head[1], 2), two));
    least[1] = _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi32(head[3], 4), four),
                               _mm512_and_si512(_mm512_srli_epi32(head[2], 2), two));
    for (unsigned pair = 0; pair < 4; pair++) {
        columns16(rows, 16 + 32 * pair, bytes);
        columns16(rows, 32 + 32 * pair, bytes + 4);
        for (unsigned i = 0; i < 8; i++)
            split(bytes[i], 0, &codes[0][i], &codes[1][i]);
        for (unsigned i = 0; i < 2; i++) {
            unsigned g = 2 * pair + i;
            put_run(GGUF_Q4_K, p, run + g, codes[i]);
            p->d[run + g] = scaled_bytes(d, scales[g / 4], g % 4);
            p->m[run + g] = scaled_bytes(m, least[g / 4], g % 4);
        }
    }
}

INLINE void fill_run_q6_k(const struct panel *p, const uint8_t *const *rows, size_t run)
{
    __m512i scales[4];
    __m512 d = halves_of_rows(rows, 208);
    const __m512i mask = _mm512_set1_epi8(15), two = _mm512_set1_epi8(48);
    columns16(rows, 192, scales);
    /* Sixteen columns of each of four runs of 32 share their bytes of high pairs. */
    for (unsigned part = 0; part < 4; part++) {
        unsigned half = part / 2, side = part % 2;
        __m512i low[2][4], high[4];
        columns16(rows, half * 64 + side * 16, low[0]);
        columns16(rows, half * 64 + 32 + side * 16, low[1]);
        columns16(rows, 128 + half * 32 + side * 16, high);
        for (int quarter = 0; quarter < 4; quarter++) {
            __m512i codes[4];
            unsigned g = half * 8 + (unsigned)quarter * 2 + side;
            for (unsigned i = 0; i < 4; i++) {
                __m512i l = low[quarter % 2][i], h = high[i];
                l = quarter < 2 ? l : _mm512_srli_epi16(l, 4);
                if (quarter < 2)
                    h = _mm512_sllv_epi16(h, _mm512_set1_epi16((short)(4 - 2 * quarter)));
                else
                    h = _mm512_srlv_epi16(h, _mm512_set1_epi16((short)(2 * quarter - 4)));
                l = _mm512_or_si512(_mm512_and_si512(l, mask), _mm512_and_si512(h, two));
                codes[i] = _mm512_sub_epi8(l, _mm512_set1_epi8(32));
            }
            put_run(GGUF_Q6_K, p, run + g, codes);
            __m512i signed_scale =
                _mm512_srai_epi32(_mm512_slli_epi32(scales[g / 4], 24 - 8 * (g % 4)), 24);
            p->d[run + g] = _mm512_mul_ps(d, _mm512_cvtepi32_ps(signed_scale));
        }
    }
}

INLINE void fill_run_tq2_0(const struct panel *p, const uint8_t *const *rows, size_t run)
{
    __m512 d = halves_of_rows(rows, 64);
    const __m512i mask = _mm512_set1_epi8(3), one = _mm512_set1_epi8(1);
    for (unsigned half = 0; half < 2; half++) {
        __m512i bytes[8], codes[8];
        columns16(rows, half * 32, bytes);
        columns16(rows, half * 32 + 16, bytes + 4);
        for (int plane = 0; plane < 4; plane++) {
            for (unsigned i = 0; i < 8; i++) {
                __m512i v = _mm512_srlv_epi16(bytes[i], _mm512_set1_epi16((short)(2 * plane)));
                codes[i] = _mm512_sub_epi8(_mm512_and_si512(v, mask), one);
            }
            put_run(GGUF_TQ2_0, p, run + half * 4 + (unsigned)plane, codes);
            p->d[run + half * 4 + (unsigned)plane] = d;
        }
    }
}

/* Any other type: sixty-four columns of all rows, turned when they are codes. */
INLINE void fill_pair(enum gguf_type type, const struct panel *p, const uint8_t *const *rows,
                      unsigned pair, size_t at)
{
    const unsigned span = has_sixteens(type) ? 4 : 8;
    const __m512i offset = _mm512_set1_epi8((char)code_offset(type));
    __m512i r[16];
    for (unsigned i = 0; i < 16; i++)
        r[i] = _mm512_sub_epi8(codes64(type, rows[i], pair), offset);
    transpose(r);
    for (unsigned g = 0; g < 16; g += span)
        put_run(type, p, (at / 4 + g) / span, r + g);
}

INLINE void fill_scales(enum gguf_type type, const struct panel *p, const uint8_t *const *rows,
                        unsigned blocks, size_t at)
{
    const unsigned runs = has_sixteens(type) ? 1 : 2;
    __m512i d[16], m[16];
    for (unsigned i = 0; i < 16; i++) {
        __m512 a, b;
        scales16(type, rows[i], blocks, &a, &b);
        d[i] = _mm512_castps_si512(a);
        m[i] = _mm512_castps_si512(b);
    }
    transpose(d);
    if (has_minima(type))
        transpose(m);
    for (unsigned i = 0; i < 2 * blocks; i += runs) {
        p->d[(at / 16 + i) / runs] = _mm512_castsi512_ps(d[i]);
        if (has_minima(type))
            p->m[(at / 16 + i) / runs] = _mm512_castsi512_ps(m[i]);
    }
}

/* The columns from `at` to the next multiple of 256 or to the end. */
INLINE void fill_run(enum gguf_type type, const struct panel *p, const uint8_t *const *rows,
                     size_t at)
{
    unsigned blocks = p->n - at < 256 ? (unsigned)(p->n - at) / 32 : 8;
    switch (type) {
    case GGUF_Q8_0:
    case GGUF_Q4_0:
        for (unsigned i = 0; i < blocks; i++)
            fill_block(type, p, rows, i * block_bytes(type), at / 32 + i);
        return;
    case GGUF_Q4_K:
        fill_run_q4_k(p, rows, at / 32);
        return;
    case GGUF_Q6_K:
        fill_run_q6_k(p, rows, at / 16);
        return;
    case GGUF_TQ2_0:
        fill_run_tq2_0(p, rows, at / 32);
        return;
    default:
        fill_scales(type, p, rows, blocks, at);
        for (unsigned pair = 0; pair < blocks / 2; pair++)
            fill_pair(type, p, rows, pair, at + 64 * pair);
    }
}

INLINE void fill(enum gguf_type type, const struct panel *p, const uint8_t *data, size_t row_bytes,
                 size_t count)
{
    const uint8_t *rows[16];
    for (size_t i = 0; i < 16; i++)
        rows[i] = data + (i < count ? i : count - 1) * row_bytes;
    size_t step = is_wide(type) ? block_bytes(type) : 8 * block_bytes(type);
    for (size_t at = 0; at < p->n; at += 256) {
        prefetch_far(data + at / 256 * step * 16, step * 16);
        fill_run(type, p, rows, at);
        for (size_t i = 0; i < 16; i++)
            rows[i] += step;
    }
}

/*
 * One or two panels by `count` inputs, whose sums stay in registers. Two: an input's word is
 * spread over a register once for both, which is what limits one.
 */
INLINE void tile(const struct panel *p, const unsigned panels, const struct packed_inputs *x,
                 size_t t, const unsigned count, bool sixteens, bool minima, float *y,
                 size_t stride, const __mmask16 *rows)
{
    const unsigned span = sixteens ? 4 : 8;
    __m512 sums[2][6];
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 0; j < panels; j++)
            sums[j][i] = _mm512_setzero_ps();
    }
    const int8_t *codes = x->codes + 4 * t;
    const float *scales = x->scales + t;
    const float *least = (sixteens ? x->sums : x->block_sums) + t;
    for (size_t run = 0; run < p->n / 4 / span; run++) {
        __m512i products[2][6];
        for (unsigned i = 0; i < count; i++) {
            for (unsigned j = 0; j < panels; j++)
                products[j][i] = p[j].base[run];
        }
#pragma GCC unroll 8
        for (unsigned g = 0; g < span; g++) {
            for (unsigned i = 0; i < count; i++) {
                int32_t four = 0;
                memcpy(&four, codes + 4 * i, sizeof(four));
                __m512i word = _mm512_set1_epi32(four);
                for (unsigned j = 0; j < panels; j++)
                    products[j][i] =
                        _mm512_dpbusd_epi32(products[j][i], word, p[j].codes[run * span + g]);
            }
            codes += 4 * x->count;
        }
        for (unsigned i = 0; i < count; i++) {
            __m512 scale = _mm512_set1_ps(scales[i]);
            for (unsigned j = 0; j < panels; j++) {
                sums[j][i] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products[j][i]),
                                             _mm512_mul_ps(p[j].d[run], scale), sums[j][i]);
                if (minima)
                    sums[j][i] =
                        _mm512_fnmadd_ps(p[j].m[run], _mm512_set1_ps(least[i]), sums[j][i]);
            }
        }
        least += x->count;
        if (!sixteens || run % 2 == 1)
            scales += x->count;
    }
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 0; j < panels; j++)
            _mm512_mask_storeu_ps(y + (t + i) * stride + j * PANEL_ROWS, rows[j], sums[j][i]);
    }
}

INLINE void tiles_of(const struct panel *p, const unsigned panels, const struct packed_inputs *x,
                     bool sixteens, bool minima, float *y, size_t stride, const __mmask16 *rows)
{
    size_t t = 0, left = x->count;
    for (; left >= 6 && left != 8; t += 6, left -= 6)
        tile(p, panels, x, t, 6, sixteens, minima, y, stride, rows);
    for (; left >= 4; t += 4, left -= 4)
        tile(p, panels, x, t, 4, sixteens, minima, y, stride, rows);
    if (left >= 2) {
        tile(p, panels, x, t, 2, sixteens, minima, y, stride, rows);
        t += 2;
        left -= 2;
    }
    if (left == 1)
        tile(p, panels, x, t, 1, sixteens, minima, y, stride, rows);
}

INLINE void tiles(const struct panel *p, const struct packed_inputs *x, bool sixteens, bool minima,
                  float *y, size_t stride, const __mmask16 *rows)
{
    if (rows[1] != 0)
        tiles_of(p, 2, x, sixteens, minima, y, stride, rows);
    else
        tiles_of(p, 1, x, sixteens, minima, y, stride, rows);
}

TARGET static void tiles_plain(const struct panel *p, const struct packed_inputs *x, float *y,
                               size_t stride, const __mmask16 *rows)
{
    tiles(p, x, false, false, y, stride, rows);
}

TARGET static void tiles_minima(const struct panel *p, const struct packed_inputs *x, float *y,
                                size_t stride, const __mmask16 *rows)
{
    tiles(p, x, false, true, y, stride, rows);
}

TARGET static void tiles_sixteens(const struct panel *p, const struct packed_inputs *x, float *y,
                                  size_t stride, const __mmask16 *rows)
{
    tiles(p, x, true, false, y, stride, rows);
}

TARGET static void tiles_sixteens_minima(const struct panel *p, const struct packed_inputs *x,
                                         float *y, size_t stride, const __mmask16 *rows)
{
    tiles(p, x, true, true, y, stride, rows);
}

/* ---- some inputs: sixteen rows multiplied as they are turned ---- */

/*
 * A panel costs about as much to lay out as eight inputs to multiply. Where it would serve no more
 * than that, its codes stay in registers, and the sums are the same.
 */
enum { DIRECT_INPUTS = 8 };

INLINE bool has_direct(enum gguf_type type)
{
    return type == GGUF_Q4_0 || type == GGUF_Q8_0;
}

INLINE void direct_set(enum gguf_type type, const uint8_t *data, size_t row_bytes,
                       const struct packed_inputs *x, const unsigned count, float *y, size_t stride)
{
    __m512 sums[DIRECT_INPUTS];
    for (unsigned i = 0; i < count; i++)
        sums[i] = _mm512_setzero_ps();
    const int8_t *inputs = x->codes;
    const float *scales = x->scales;
    for (size_t at = 0; at < row_bytes; at += block_bytes(type)) {
        const uint8_t *rows[16];
        __m512i codes[8];
        for (unsigned i = 0; i < 16; i++)
            rows[i] = data + i * row_bytes + at;
        prefetch(data + 16 * at, 16 * block_bytes(type), 16 * row_bytes);
        block_codes(type, rows, 0, codes);
        __m512i base = base_of(type, codes, 8);
        __m512 d = heads_of_rows(rows, 0);
#pragma GCC unroll 8
        for (unsigned i = 0; i < count; i++) {
            __m512i product = base;
#pragma GCC unroll 8
            for (unsigned g = 0; g < 8; g++) {
                int32_t four = 0;
                memcpy(&four, inputs + 4 * (g * count + i), sizeof(four));
                product = _mm512_dpbusd_epi32(product, _mm512_set1_epi32(four), codes[g]);
            }
            sums[i] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(product),
                                      _mm512_mul_ps(d, _mm512_set1_ps(scales[i])), sums[i]);
        }
        inputs += 32 * count;
        scales += count;
    }
    for (unsigned i = 0; i < count; i++)
        _mm512_storeu_ps(y + i * stride, sums[i]);
}

INLINE void direct_by(enum gguf_type type, const uint8_t *data, size_t row_bytes, size_t rows,
                      const struct packed_inputs *x, float *y, size_t stride)
{
    for (size_t r = 0; r < rows; r += PANEL_ROWS, data += PANEL_ROWS * row_bytes) {
        switch (x->count) {
        case 4:
            direct_set(type, data, row_bytes, x, 4, y + r, stride);
            break;
        case 5:
            direct_set(type, data, row_bytes, x, 5, y + r, stride);
            break;
        case 6:
            direct_set(type, data, row_bytes, x, 6, y + r, stride);
            break;
        case 7:
            direct_set(type, data, row_bytes, x, 7, y + r, stride);
            break;
        default:
            direct_set(type, data, row_bytes, x, 8, y + r, stride);
            break;
        }
    }
}

/* Of whole sets of sixteen rows. */
TARGET static void direct(enum gguf_type type, const uint8_t *data, size_t row_bytes, size_t rows,
                          const struct packed_inputs *x, float *y, size_t stride)
{
    if (type == GGUF_Q4_0)
        direct_by(GGUF_Q4_0, data, row_bytes, rows, x, y, stride);
    else
        direct_by(GGUF_Q8_0, data, row_bytes, rows, x, y, stride);
}

/* ---- by type ---- */

#define FUNCTIONS(type)                                                                            \
    TARGET static void fill_##type(const struct panel *p, const uint8_t *data, size_t row_bytes,   \
                                   size_t count)                                                   \
    {                                                                                              \
        fill(GGUF_##type, p, data, row_bytes, count);                                              \
    }
PACKED_TYPES(FUNCTIONS)

typedef void filling(const struct panel *p, const uint8_t *data, size_t row_bytes, size_t count);

static filling *const fills[GGUF_TYPE_COUNT] = {
#define FILL(type) [GGUF_##type] = fill_##type,
    PACKED_TYPES(FILL)};

TARGET static bool supported(enum gguf_type type, size_t n)
{
    return (unsigned)type < GGUF_TYPE_COUNT && packed_rows_avx512[type] != NULL &&
           n % (is_wide(type) ? 256 : 64) == 0;
}

TARGET static void multiply(enum gguf_type type, const uint8_t *data, size_t row_bytes, size_t rows,
                            const struct packed_inputs *x, float *y, size_t stride, void *scratch)
{
    if (!x->panels) {
        packed_rows_avx512[type](data, row_bytes, rows, x, y, stride);
        return;
    }
    if (has_direct(type) && x->count <= DIRECT_INPUTS) {
        size_t whole = rows / PANEL_ROWS * PANEL_ROWS;
        direct(type, data, row_bytes, whole, x, y, stride);
        data += whole * row_bytes;
        rows -= whole;
        y += whole;
    }
    struct panel p[2];
    __m512i *at = (__m512i *)(((uintptr_t)scratch + 63) / 64 * 64);
    for (int i = 0; i < 2; i++, at += x->n / 4 + 3 * (x->n / 16)) {
        p[i] = (struct panel){.n = x->n, .codes = at, .base = at + x->n / 4};
        p[i].d = (__m512 *)(p[i].base + x->n / 16);
        p[i].m = p[i].d + x->n / 16;
    }
    for (size_t r = 0; r < rows; r += 2 * PANEL_ROWS) {
        __mmask16 masks[2] = {0, 0};
        for (size_t i = 0; i < 2 && r + i * PANEL_ROWS < rows; i++) {
            size_t first = r + i * PANEL_ROWS;
            size_t count = rows - first < PANEL_ROWS ? rows - first : PANEL_ROWS;
            masks[i] = (__mmask16)((1u << count) - 1);
            fills[type](&p[i], data + first * row_bytes, row_bytes, count);
        }
        if (has_sixteens(type) && has_minima(type))
            tiles_sixteens_minima(p, x, y + r, stride, masks);
        else if (has_sixteens(type))
            tiles_sixteens(p, x, y + r, stride, masks);
        else if (has_minima(type))
            tiles_minima(p, x, y + r, stride, masks);
        else
            tiles_plain(p, x, y + r, stride, masks);
    }
}

const struct packed packed_avx512 = {
    .supported = supported,
    .panel_inputs = 4,
    .prepare = prepare,
    .multiply = multiply,
};
#endif
