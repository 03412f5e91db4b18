#include "engine/kernels.h"

#if defined(__aarch64__)
#define TARGET
#define INLINE __attribute__((always_inline)) static inline
#define SET packed_neon
#define quantize kernels_neon_quantize_q8_0

#include "engine/neon_vectors.h"

/* Pairs of products fit 16 bits: no code is over 128, no input over 127. */
INLINE int32x4_t products(uint8x16_t codes, int8x16_t input)
{
    int8x16_t w = vreinterpretq_s8_u8(codes);
    int16x8_t low = vmull_s8(vget_low_s8(w), vget_low_s8(input));
    int16x8_t high = vmull_high_s8(w, input);
    return vpadalq_s16(vpaddlq_s16(low), high);
}

INLINE va va_add(va sum, vb codes, const int8_t *inputs, const float *d, float scale,
                 const bool is_signed)
{
    (void)is_signed; /* unsigned codes are below 128 */
    return va_scaled(sum, products(codes.val[0], vld1q_s8(inputs)),
                     products(codes.val[1], vld1q_s8(inputs + 16)), d, scale);
}

#include "engine/packed_body.h"
#endif
