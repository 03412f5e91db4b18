/*
 * packed_body.h - rows unpacked in registers, 32 columns at a time, and multiplied at once: written
 * once for all formats and any instruction set. unpack.c and unpack_k.c say the same in plain C.
 *
 * Included by packed_avx2.c, packed_neon.c and packed_neon_dot.c, which define before: TARGET and
 * INLINE, SET (the struct packed that comes of it), half_at, quantize (a run of 32 to a block of
 * Q8_0), and
 * - vb, 32 bytes: vb_load, vb_nibbles (16 bytes: the low halves, then the high ones), vb_shifted
 *   (each byte >> n & mask), vb_raised (each byte << n, nothing is lost), vb_or, vb_bits (16 where
 * a bit of the word is set), vb_levels (a table of 16 by the bytes), vb_thirds (bytes over 85 and
 *   over 170 count one each)
 * - where the set has functions of its own for them, OWN_Q4_0 and OWN_Q4_K
 * - va, a sum of products: va_zero, va_add (codes times input, of 16 columns each times d[0] and
 *   d[1]; is_signed: codes from -128, else up to 127), va_sum
 */
#ifndef PENSTOCK_ENGINE_PACKED_BODY_H
#define PENSTOCK_ENGINE_PACKED_BODY_H

#include "engine/kernels.h"
#include "engine/packed.h"
#include "engine/unpack.h"

#include <string.h>

/* Inputs that share the unpacking of a row. */
enum { INPUTS = 4 };

/* Thirty-two columns: codes, and for each half d and m; a weight is d * code - m. */
struct block {
    vb codes;
    float d[2], m[2];
};

static const int8_t iq4_levels[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                      1,    13,   25,  38,  53,  69,  89,  113};
static const int8_t mxfp4_levels[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

INLINE bool is_signed(enum gguf_type type)
{
    return type == GGUF_Q8_0 || type == GGUF_IQ4_NL || type == GGUF_IQ4_XS || type == GGUF_MXFP4;
}

INLINE uint32_t word_at(const uint8_t *p)
{
    uint32_t word = 0;
    memcpy(&word, p, sizeof(word));
    return word;
}

INLINE void set_both(struct block *b, float d, float m)
{
    b->d[0] = b->d[1] = d;
    b->m[0] = b->m[1] = m;
}

INLINE void block_q2_k(const uint8_t *p, unsigned g, struct block *b)
{
    float d = half_at(p + 80), least = half_at(p + 82);
    for (unsigned i = 0; i < 2; i++) {
        b->d[i] = d * (float)(p[2 * g + i] & 15);
        b->m[i] = least * (float)(p[2 * g + i] >> 4);
    }
    b->codes = vb_shifted(vb_load(p + 16 + g / 4 * 32), g % 4 * 2, 3);
}

INLINE void block_q3_k(const uint8_t *p, unsigned g, struct block *b)
{
    const uint8_t *packed = p + 96;
    float d = half_at(p + 108);
    for (unsigned i = 0; i < 2; i++) {
        unsigned s = 2 * g + i;
        unsigned low = s < 8 ? packed[s] & 15u : (unsigned)packed[s - 8] >> 4;
        unsigned high = (unsigned)packed[8 + s % 4] >> (s / 4 * 2) & 3u;
        b->d[i] = d * (float)((int)(low | high << 4) - 32);
        b->m[i] = 4 * b->d[i];
    }
    vb low = vb_shifted(vb_load(p + 32 + g / 4 * 32), g % 4 * 2, 3);
    b->codes = vb_or(low, vb_raised(vb_shifted(vb_load(p), g, 1), 2));
}

INLINE void scales_q4_k(const uint8_t *p, unsigned g, struct block *b)
{
    uint8_t scale = 0, least = 0;
    unpack_scale_min(p + 4, g, &scale, &least);
    set_both(b, half_at(p) * (float)scale, half_at(p + 2) * (float)least);
}

INLINE void block_q5_k(const uint8_t *p, unsigned g, struct block *b)
{
    scales_q4_k(p, g, b);
    vb low = vb_shifted(vb_load(p + 48 + g / 2 * 32), g % 2 * 4, 15);
    b->codes = vb_or(low, vb_raised(vb_shifted(vb_load(p + 16), g, 1), 4));
}

INLINE void block_q6_k(const uint8_t *p, unsigned g, struct block *b)
{
    unsigned half = g / 4, quarter = g % 4;
    float d = half_at(p + 208);
    for (unsigned i = 0; i < 2; i++) {
        b->d[i] = d * (float)(int8_t)p[192 + 2 * g + i];
        b->m[i] = 32 * b->d[i];
    }
    vb low = vb_shifted(vb_load(p + half * 64 + quarter % 2 * 32), quarter / 2 * 4, 15);
    vb high = vb_shifted(vb_load(p + 128 + half * 32), quarter * 2, 3);
    b->codes = vb_or(low, vb_raised(high, 4));
}

INLINE void block_iq4_xs(const uint8_t *p, unsigned g, struct block *b)
{
    unsigned high = word_at(p) >> 16;
    unsigned bits = ((unsigned)p[4 + g / 2] >> (4 * (g % 2)) & 15u) | (high >> (2 * g) & 3u) << 4;
    set_both(b, half_at(p) * (float)((int)bits - 32), 0);
    b->codes = vb_levels(iq4_levels, vb_nibbles(p + 8 + 16 * g));
}

/* 5 x 32 columns, 5 x 16, 4 x 4: see unpack_tq1_0. */
INLINE void block_tq1_0(const uint8_t *p, unsigned g, struct block *b)
{
    static const uint8_t powers[5] = {1, 3, 9, 27, 81};
    uint8_t bytes[32];
    if (g < 5) {
        for (unsigned i = 0; i < 32; i++)
            bytes[i] = (uint8_t)(p[i] * powers[g]);
    } else {
        for (unsigned i = 0; i < 16; i++)
            bytes[i] = (uint8_t)(p[32 + i] * powers[2 * g - 10]);
        for (unsigned i = 0; i < 16; i++)
            bytes[16 + i] = g < 7 ? (uint8_t)(p[32 + i] * powers[(2 * g - 9) % 5])
                                  : (uint8_t)(p[48 + i % 4] * powers[i / 4]);
    }
    set_both(b, half_at(p + 52), half_at(p + 52));
    b->codes = vb_thirds(vb_load(bytes));
}

/* 2^(e - 128), of a format that doubles its levels; the smallest two are subnormal. */
INLINE float power_of_two(uint8_t e)
{
    uint32_t bits = e > 1 ? (e - 1u) << 23 : 0x200000u << e;
    float x = 0;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

/* Columns 32 * i .. + 31 of a row, of the types with blocks of 32. */
INLINE void narrow_block(enum gguf_type type, const uint8_t *row, size_t i, struct block *b)
{
    const uint8_t *p = NULL;
    switch (type) {
    case GGUF_Q8_0:
        p = row + i * 34;
        set_both(b, half_at(p), 0);
        b->codes = vb_load(p + 2);
        return;
    case GGUF_Q4_0:
        p = row + i * 18;
        set_both(b, half_at(p), 8 * half_at(p));
        b->codes = vb_nibbles(p + 2);
        return;
    case GGUF_Q4_1:
        p = row + i * 20;
        set_both(b, half_at(p), -half_at(p + 2));
        b->codes = vb_nibbles(p + 4);
        return;
    case GGUF_Q5_0:
        p = row + i * 22;
        set_both(b, half_at(p), 16 * half_at(p));
        b->codes = vb_or(vb_nibbles(p + 6), vb_bits(word_at(p + 2)));
        return;
    case GGUF_Q5_1:
        p = row + i * 24;
        set_both(b, half_at(p), -half_at(p + 2));
        b->codes = vb_or(vb_nibbles(p + 8), vb_bits(word_at(p + 4)));
        return;
    case GGUF_IQ4_NL:
        p = row + i * 18;
        set_both(b, half_at(p), 0);
        b->codes = vb_levels(iq4_levels, vb_nibbles(p + 2));
        return;
    default: /* MXFP4 */
        p = row + i * 17;
        set_both(b, power_of_two(p[0]), 0);
        b->codes = vb_levels(mxfp4_levels, vb_nibbles(p + 1));
        return;
    }
}

/* Columns 32 * i .. + 31 of a row. */
INLINE void block32(enum gguf_type type, const uint8_t *row, size_t i, struct block *b)
{
    unsigned g = (unsigned)(i % 8);
    switch (type) {
    case GGUF_Q2_K:
        block_q2_k(row + i / 8 * 84, g, b);
        return;
    case GGUF_Q3_K:
        block_q3_k(row + i / 8 * 110, g, b);
        return;
    case GGUF_Q4_K:
        scales_q4_k(row + i / 8 * 144, g, b);
        b->codes = vb_shifted(vb_load(row + i / 8 * 144 + 16 + g / 2 * 32), g % 2 * 4, 15);
        return;
    case GGUF_Q5_K:
        block_q5_k(row + i / 8 * 176, g, b);
        return;
    case GGUF_Q6_K:
        block_q6_k(row + i / 8 * 210, g, b);
        return;
    case GGUF_IQ4_XS:
        block_iq4_xs(row + i / 8 * 136, g, b);
        return;
    case GGUF_TQ1_0:
        block_tq1_0(row + i / 8 * 54, g, b);
        return;
    case GGUF_TQ2_0:
        row += i / 8 * 66;
        set_both(b, half_at(row + 64), half_at(row + 64));
        b->codes = vb_shifted(vb_load(row + g / 4 * 32), g % 4 * 2, 3);
        return;
    default:
        narrow_block(type, row, i, b);
        return;
    }
}

INLINE void row_by(enum gguf_type type, const uint8_t *row, const struct packed_inputs *x, size_t t,
                   const unsigned count, float *y, size_t stride)
{
    va totals[INPUTS];
    float less[INPUTS] = {0};
    for (unsigned i = 0; i < count; i++)
        totals[i] = va_zero();
    for (size_t at = 0; at < x->n; at += 32) {
        struct block b;
        block32(type, row, at / 32, &b);
        for (unsigned i = 0; i < count; i++) {
            size_t from = (t + i) * x->n + at;
            const float *sums = x->sums + from / 16;
            totals[i] = va_add(totals[i], b.codes, x->codes + from, b.d, x->scales[from / 16],
                               is_signed(type));
            if (!is_signed(type))
                less[i] += b.m[0] * sums[0] + b.m[1] * sums[1];
        }
    }
    for (unsigned i = 0; i < count; i++)
        y[(t + i) * stride] = va_sum(totals[i]) - less[i];
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

typedef void rows_of_type(const uint8_t *data, size_t row_bytes, size_t rows,
                          const struct packed_inputs *x, float *y, size_t stride);

#define TYPES(with)                                                                                \
    with(Q8_0) with(Q4_1) with(Q5_0) with(Q5_1) with(IQ4_NL) with(MXFP4) with(Q2_K) with(Q3_K)     \
        with(Q5_K) with(Q6_K) with(IQ4_XS) with(TQ1_0) with(TQ2_0)
#define DEFINE_ROWS(type)                                                                          \
    TARGET static void rows_##type(const uint8_t *data, size_t row_bytes, size_t rows,             \
                                   const struct packed_inputs *x, float *y, size_t stride)         \
    {                                                                                              \
        rows_by(GGUF_##type, data, row_bytes, rows, x, y, stride);                                 \
    }
#define ROWS_ENTRY(type) [GGUF_##type] = rows_##type,

TYPES(DEFINE_ROWS)
#ifndef OWN_Q4_0
DEFINE_ROWS(Q4_0)
DEFINE_ROWS(Q4_K)
#define OWN_Q4_0 rows_Q4_0
#define OWN_Q4_K rows_Q4_K
#endif

static rows_of_type *const functions[GGUF_TYPE_COUNT] = {
    TYPES(ROWS_ENTRY)[GGUF_Q4_0] = OWN_Q4_0,
    [GGUF_Q4_K] = OWN_Q4_K,
};

static bool supported(enum gguf_type type, size_t n)
{
    uint32_t bytes = 0;
    return (unsigned)type < GGUF_TYPE_COUNT && functions[type] != NULL &&
           n % gguf_type_block(type, &bytes) == 0;
}

static void prepare(struct packed_inputs *x, const float *values, size_t first, size_t last)
{
    for (size_t at = first * x->n; at < last * x->n; at += 32) {
        struct block_q8_0 block;
        quantize(&block, values + at, 32);
        memcpy(x->codes + at, block.q, 32);
        for (size_t i = 0; i < 2; i++) {
            int sum = 0;
            for (size_t j = 0; j < 16; j++)
                sum += block.q[16 * i + j];
            x->scales[at / 16 + i] = half_to_float(block.scale);
            x->sums[at / 16 + i] = half_to_float(block.scale) * (float)sum;
        }
        x->block_sums[at / 32] = x->sums[at / 16] + x->sums[at / 16 + 1];
    }
}

static void multiply(enum gguf_type type, const uint8_t *data, size_t row_bytes, size_t rows,
                     const struct packed_inputs *x, float *y, size_t stride, void *scratch)
{
    (void)scratch;
    functions[type](data, row_bytes, rows, x, y, stride);
}

const struct packed SET = {
    .supported = supported,
    .panel_inputs = SIZE_MAX, /* panels are not made here */
    .prepare = prepare,
    .multiply = multiply,
};

#endif
