#include "engine/kernels.h"

#if defined(__aarch64__)
#define FEATURES "arch=armv8.2-a+dotprod"
#define TARGET __attribute__((target(FEATURES)))
#define INLINE __attribute__((target(FEATURES), always_inline)) static inline
#define SET packed_neon_dot
#define quantize kernels_neon_quantize_q8_0

#include "engine/neon_vectors.h"

INLINE int32x4_t products(uint8x16_t codes, int8x16_t input)
{
    return vdotq_s32(vdupq_n_s32(0), vreinterpretq_s8_u8(codes), input);
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
