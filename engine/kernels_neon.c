#include "engine/kernels.h"

#include "engine/kv_rows.h"
#include "engine/packed.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#include <math.h>
#include <string.h>
#include <sys/auxv.h>

#define TARGET
#define INLINE __attribute__((always_inline)) static inline

INLINE float one_half(uint16_t half)
{
    __fp16 value;
    memcpy(&value, &half, sizeof(value));
    return (float)value;
}

INLINE float32x4_t load_half(const uint16_t *p)
{
    return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p)));
}

static float dot_f32(const float *a, const float *b, size_t n)
{
    float32x4_t s0 = vdupq_n_f32(0), s1 = s0, s2 = s0, s3 = s0;
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        s0 = vfmaq_f32(s0, vld1q_f32(a + i), vld1q_f32(b + i));
        s1 = vfmaq_f32(s1, vld1q_f32(a + i + 4), vld1q_f32(b + i + 4));
        s2 = vfmaq_f32(s2, vld1q_f32(a + i + 8), vld1q_f32(b + i + 8));
        s3 = vfmaq_f32(s3, vld1q_f32(a + i + 12), vld1q_f32(b + i + 12));
    }
    for (; i + 4 <= n; i += 4)
        s0 = vfmaq_f32(s0, vld1q_f32(a + i), vld1q_f32(b + i));
    float sum = vaddvq_f32(vaddq_f32(vaddq_f32(s0, s1), vaddq_f32(s2, s3)));
    for (; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Sixteen products as four sums. A pair of |a| <= 128 times |b| <= 127 fits 16 bits. */
INLINE int32x4_t products_i8(const int8_t *a, const int8_t *b)
{
    int8x16_t x = vld1q_s8(a), y = vld1q_s8(b);
    int16x8_t low = vmull_s8(vget_low_s8(x), vget_low_s8(y)), high = vmull_high_s8(x, y);
    return vpadalq_s16(vpaddlq_s16(low), high);
}

static int32_t dot_i8(const int8_t *a, const int8_t *b, size_t n)
{
    int32x4_t s = vdupq_n_s32(0);
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        s = vaddq_s32(s, products_i8(a + i, b + i));
    int32_t sum = vaddvq_s32(s);
    for (; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static float dot_f16(const uint16_t *w, const float *x, size_t n)
{
    float32x4_t s0 = vdupq_n_f32(0), s1 = s0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        s0 = vfmaq_f32(s0, load_half(w + i), vld1q_f32(x + i));
        s1 = vfmaq_f32(s1, load_half(w + i + 4), vld1q_f32(x + i + 4));
    }
    float sum = vaddvq_f32(vaddq_f32(s0, s1));
    for (; i < n; i++)
        sum += one_half(w[i]) * x[i];
    return sum;
}

static float dot_q8_0(const struct block_q8_0 *w, const struct block_q8_0 *x, size_t blocks)
{
    float32x4_t s = vdupq_n_f32(0);
    for (size_t i = 0; i < blocks; i++) {
        int32x4_t sums =
            vaddq_s32(products_i8(w[i].q, x[i].q), products_i8(w[i].q + 16, x[i].q + 16));
        s = vfmaq_n_f32(s, vcvtq_f32_s32(sums), one_half(w[i].scale) * one_half(x[i].scale));
    }
    return vaddvq_f32(s);
}

static void matvec_f32(float *y, const float *w, const float *x, size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++)
        y[r] = dot_f32(w + r * n, x, n);
}

static void matvec_f16(float *y, const uint16_t *w, const float *x, size_t rows, size_t n)
{
    for (size_t r = 0; r < rows; r++)
        y[r] = dot_f16(w + r * n, x, n);
}

static void matvec_q8_0(float *y, const struct block_q8_0 *w, const struct block_q8_0 *x,
                        size_t rows, size_t blocks)
{
    for (size_t r = 0; r < rows; r++)
        y[r] = dot_q8_0(w + r * blocks, x, blocks);
}

static void axpy_f32(float *y, float a, const float *x, size_t n)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        vst1q_f32(y + i, vfmaq_n_f32(vld1q_f32(y + i), vld1q_f32(x + i), a));
    for (; i < n; i++)
        y[i] += a * x[i];
}

static void axpy_f16(float *y, float a, const uint16_t *x, size_t n)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        vst1q_f32(y + i, vfmaq_n_f32(vld1q_f32(y + i), load_half(x + i), a));
    for (; i < n; i++)
        y[i] += a * one_half(x[i]);
}

void kernels_neon_quantize_q8_0(struct block_q8_0 *out, const float *x, size_t n)
{
    const float32x4_t most = vdupq_n_f32(127), least = vdupq_n_f32(-127);
    for (size_t b = 0; b < n / BLOCK_Q8_0; b++, x += BLOCK_Q8_0) {
        float32x4_t largest = vdupq_n_f32(0);
        for (size_t i = 0; i < BLOCK_Q8_0; i += 4)
            largest = vmaxnmq_f32(largest, vabsq_f32(vld1q_f32(x + i)));
        float scale = vmaxnmvq_f32(largest) / 127;
        float inverse = scale > 0 && isfinite(1 / scale) ? 1 / scale : 0;
        out[b].scale = float_to_half(scale);
        for (size_t i = 0; i < BLOCK_Q8_0; i += 4) {
            float32x4_t q = vrndnq_f32(vmulq_n_f32(vld1q_f32(x + i), inverse));
            /* What is no number fails the comparison and becomes -127, as in the plain set. */
            q = vbslq_f32(vcgeq_f32(q, least), q, least);
            int32x4_t whole = vcvtq_s32_f32(vbslq_f32(vcgeq_f32(q, most), most, q));
            int16x4_t words = vmovn_s32(whole);
            int8x8_t bytes = vmovn_s16(vcombine_s16(words, words));
            vst1_lane_s32((int32_t *)(void *)(out[b].q + i), vreinterpret_s32_s8(bytes), 0);
        }
    }
}

/* ---- attention and activation ---- */

typedef float32x4_t vf;
enum { WIDTH = 4 };

INLINE vf vf_load(const float *p)
{
    return vld1q_f32(p);
}

INLINE void vf_store(float *p, vf v)
{
    vst1q_f32(p, v);
}

INLINE vf vf_set(float x)
{
    return vdupq_n_f32(x);
}

INLINE vf vf_fma(vf a, vf b, vf c)
{
    return vfmaq_f32(c, a, b);
}

/* The second where either is no number, as on x86. */
INLINE vf vf_max(vf a, vf b)
{
    return vbslq_f32(vcgtq_f32(a, b), a, b);
}

INLINE float vf_sum(vf v)
{
    return vaddvq_f32(v);
}

INLINE vf vf_round(vf v)
{
    return vrndnq_f32(v);
}

INLINE vf vf_scale(vf v, vf power)
{
    int32x4_t bits = vshlq_n_s32(vaddq_s32(vcvtq_s32_f32(power), vdupq_n_s32(127)), 23);
    return vmulq_f32(v, vreinterpretq_f32_s32(bits));
}

INLINE vf vf_load_half(const uint16_t *p)
{
    return load_half(p);
}

INLINE void turn_square(float *out, size_t stride, const float *rows, size_t n)
{
    float32x4x2_t a = vtrnq_f32(vld1q_f32(rows), vld1q_f32(rows + n));
    float32x4x2_t b = vtrnq_f32(vld1q_f32(rows + 2 * n), vld1q_f32(rows + 3 * n));
    vst1q_f32(out, vcombine_f32(vget_low_f32(a.val[0]), vget_low_f32(b.val[0])));
    vst1q_f32(out + stride, vcombine_f32(vget_low_f32(a.val[1]), vget_low_f32(b.val[1])));
    vst1q_f32(out + 2 * stride, vcombine_f32(vget_high_f32(a.val[0]), vget_high_f32(b.val[0])));
    vst1q_f32(out + 3 * stride, vcombine_f32(vget_high_f32(a.val[1]), vget_high_f32(b.val[1])));
}

#include "engine/floats_body.h"

static void dots_f16(float *out, const uint16_t *rows, const float *x, size_t n, size_t count)
{
    matvec_f16(out, rows, x, count, n);
}

static void mix_f16(float *y, const uint16_t *rows, const float *shares, size_t n, size_t count)
{
    for (size_t i = 0; i < count; i++)
        axpy_f16(y, shares[i], rows + i * n, n);
}

static void mix_q8_0(float *y, const struct block_q8_0 *rows, const float *shares, size_t n,
                     size_t count)
{
    size_t blocks = n / BLOCK_Q8_0;
    for (size_t i = 0; i < count * blocks; i++) {
        float *to = y + i % blocks * BLOCK_Q8_0;
        float factor = shares[i / blocks] * one_half(rows[i].scale);
        for (size_t k = 0; k < BLOCK_Q8_0; k += 8) {
            int16x8_t q = vmovl_s8(vld1_s8(rows[i].q + k));
            float32x4_t low = vcvtq_f32_s32(vmovl_s16(vget_low_s16(q)));
            float32x4_t high = vcvtq_f32_s32(vmovl_high_s16(q));
            vst1q_f32(to + k, vfmaq_n_f32(vld1q_f32(to + k), low, factor));
            vst1q_f32(to + k + 4, vfmaq_n_f32(vld1q_f32(to + k + 4), high, factor));
        }
    }
}

static void to_half(uint16_t *out, const float *x, size_t n)
{
    size_t i = 0;
    for (; i + 4 <= n; i += 4)
        vst1_u16(out + i, vreinterpret_u16_f16(vcvt_f16_f32(vld1q_f32(x + i))));
    for (; i < n; i++)
        out[i] = float_to_half(x[i]);
}

static void soften(float *scores, size_t count)
{
    kv_rows_plain.soften(scores, count);
}

static const struct kv_rows rows = {.dots_f16 = dots_f16,
                                    .mix_f16 = mix_f16,
                                    .mix_q8_0 = mix_q8_0,
                                    .soften = soften,
                                    .to_half = to_half};

#define SET_OF(title, packed_rows)                                                                 \
    {                                                                                              \
        .name = title, .packed = packed_rows, .rows = &rows, .dot_f32 = dot_f32, .dot_i8 = dot_i8, \
        .dot_f16 = dot_f16, .dot_q8_0 = dot_q8_0, .matvec_f32 = matvec_f32,                        \
        .matvec_f16 = matvec_f16, .matvec_q8_0 = matvec_q8_0, .axpy_f32 = axpy_f32,                \
        .axpy_f16 = axpy_f16, .expand_f16 = expand_f16, .multiply_f32 = multiply_f32,              \
        .turn_f32 = turn_f32, .exp_sum = exp_sum, .silu = silu,                                    \
        .quantize_q8_0 = kernels_neon_quantize_q8_0,                                               \
    }

const struct kernels *kernels_neon(void)
{
    static const struct kernels neon = SET_OF("neon", &packed_neon);
    return &neon;
}

const struct kernels *kernels_neon_dot(void)
{
    static const struct kernels neon_dot = SET_OF("neon-dot", &packed_neon_dot);
    return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0 ? &neon_dot : NULL;
}
#else
const struct kernels *kernels_neon(void)
{
    return NULL;
}

const struct kernels *kernels_neon_dot(void)
{
    return NULL;
}
#endif
