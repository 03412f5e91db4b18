/*
 * neon_vectors.h - the vectors of packed_body.h on NEON. The includer defines INLINE, and va_add,
 * which the two sets (with and without dot products) do each in its own way.
 */
#ifndef PENSTOCK_ENGINE_NEON_VECTORS_H
#define PENSTOCK_ENGINE_NEON_VECTORS_H

#include <arm_neon.h>
#include <stdbool.h>
#include <string.h>

typedef uint8x16x2_t vb;
typedef float32x4_t va;

INLINE float half_at(const uint8_t *p)
{
    __fp16 half;
    memcpy(&half, p, sizeof(half));
    return (float)half;
}

INLINE vb vb_of(uint8x16_t low, uint8x16_t high)
{
    return (vb){{low, high}};
}

INLINE vb vb_load(const uint8_t *p)
{
    return vb_of(vld1q_u8(p), vld1q_u8(p + 16));
}

INLINE vb vb_nibbles(const uint8_t *p)
{
    uint8x16_t v = vld1q_u8(p);
    return vb_of(vandq_u8(v, vdupq_n_u8(15)), vshrq_n_u8(v, 4));
}

INLINE vb vb_shifted(vb bytes, unsigned n, uint8_t mask)
{
    int8x16_t by = vdupq_n_s8((int8_t) - (int)n);
    return vb_of(vandq_u8(vshlq_u8(bytes.val[0], by), vdupq_n_u8(mask)),
                 vandq_u8(vshlq_u8(bytes.val[1], by), vdupq_n_u8(mask)));
}

INLINE vb vb_raised(vb bytes, int n)
{
    int8x16_t by = vdupq_n_s8((int8_t)n);
    return vb_of(vshlq_u8(bytes.val[0], by), vshlq_u8(bytes.val[1], by));
}

INLINE vb vb_or(vb a, vb b)
{
    return vb_of(vorrq_u8(a.val[0], b.val[0]), vorrq_u8(a.val[1], b.val[1]));
}

INLINE vb vb_bits(uint32_t word)
{
    const uint8x8_t bit = vcreate_u8(0x8040201008040201u);
    uint8x16_t bits = vcombine_u8(bit, bit), sixteen = vdupq_n_u8(16);
    uint8x16_t low = vcombine_u8(vdup_n_u8((uint8_t)word), vdup_n_u8((uint8_t)(word >> 8)));
    uint8x16_t high =
        vcombine_u8(vdup_n_u8((uint8_t)(word >> 16)), vdup_n_u8((uint8_t)(word >> 24)));
    return vb_of(vandq_u8(vtstq_u8(low, bits), sixteen), vandq_u8(vtstq_u8(high, bits), sixteen));
}

INLINE vb vb_levels(const int8_t *table, vb index)
{
    uint8x16_t levels = vreinterpretq_u8_s8(vld1q_s8(table));
    return vb_of(vqtbl1q_u8(levels, index.val[0]), vqtbl1q_u8(levels, index.val[1]));
}

INLINE uint8x16_t thirds(uint8x16_t v)
{
    uint8x16_t over = vaddq_u8(vcgeq_u8(v, vdupq_n_u8(86)), vcgeq_u8(v, vdupq_n_u8(171)));
    return vsubq_u8(vdupq_n_u8(0), over);
}

INLINE vb vb_thirds(vb bytes)
{
    return vb_of(thirds(bytes.val[0]), thirds(bytes.val[1]));
}

INLINE va va_zero(void)
{
    return vdupq_n_f32(0);
}

INLINE float va_sum(va v)
{
    return vaddvq_f32(v);
}

/* Products of sixteen columns each, added to the sum. */
INLINE va va_scaled(va sum, int32x4_t low, int32x4_t high, const float *d, float scale)
{
    sum = vfmaq_n_f32(sum, vcvtq_f32_s32(low), d[0] * scale);
    return vfmaq_n_f32(sum, vcvtq_f32_s32(high), d[1] * scale);
}

#endif
