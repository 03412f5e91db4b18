#include "engine/net_kernels.h"

#if defined(__aarch64__)

#include <arm_neon.h>
#include <string.h>
#include <sys/auxv.h>

#define DOT __attribute__((target("arch=armv8.2-a+dotprod")))

/* Adds rows to the sums; `at` holds where each begins. */
static void sum_columns(int32_t *sum, const int8_t *table, size_t dim, const size_t *at,
                        size_t rows)
{
    for (size_t e = 0; e < dim; e += 16) {
        int32x4_t a = vld1q_s32(sum + e), b = vld1q_s32(sum + e + 4);
        int32x4_t c = vld1q_s32(sum + e + 8), d = vld1q_s32(sum + e + 12);
        for (size_t i = 0; i < rows; i++) {
            int8x16_t row = vld1q_s8(table + at[i] + e);
            int16x8_t low = vmovl_s8(vget_low_s8(row)), high = vmovl_high_s8(row);
            a = vaddw_s16(a, vget_low_s16(low));
            b = vaddw_high_s16(b, low);
            c = vaddw_s16(c, vget_low_s16(high));
            d = vaddw_high_s16(d, high);
        }
        vst1q_s32(sum + e, a);
        vst1q_s32(sum + e + 4, b);
        vst1q_s32(sum + e + 8, c);
        vst1q_s32(sum + e + 12, d);
    }
}

static void bag_neon(int32_t *sum, const int8_t *table, size_t dim, uint32_t buckets,
                     const uint32_t *ids, size_t count)
{
    enum { ROWS = 256 }; /* asked for at once */
    size_t at[ROWS];
    memset(sum, 0, dim * sizeof *sum);
    for (size_t done = 0; done < count; done += ROWS) {
        size_t rows = count - done < ROWS ? count - done : ROWS;
        for (size_t i = 0; i < rows; i++) {
            at[i] = (size_t)(ids[done + i] % buckets) * dim;
            __builtin_prefetch(table + at[i]);
        }
        sum_columns(sum, table, dim, at, rows);
    }
}

/* Inputs are at most 127, so that they are the same bytes with a sign. */
DOT static void convolve_neon(int32_t *acc, const struct net_taps *taps, const uint8_t *x,
                              size_t positions)
{
    size_t outs = taps->outs, channels = taps->channels;
    for (size_t p = 0; p < positions; p++) {
        for (size_t o = 0; o < outs; o += 16) {
            int32x4_t a = vdupq_n_s32(0), b = a, c = a, d = a;
            const int8_t *weights = taps->packed + o * 4;
            for (size_t t = 0; t < taps->taps; t++) {
                const uint8_t *from = x + p * channels + t * taps->step;
                for (size_t i = 0; i < channels; i += 4, weights += outs * 4) {
                    uint32_t four = 0;
                    memcpy(&four, from + i, sizeof four);
                    int8x16_t input = vreinterpretq_s8_u32(vdupq_n_u32(four));
                    a = vdotq_s32(a, vld1q_s8(weights), input);
                    b = vdotq_s32(b, vld1q_s8(weights + 16), input);
                    c = vdotq_s32(c, vld1q_s8(weights + 32), input);
                    d = vdotq_s32(d, vld1q_s8(weights + 48), input);
                }
            }
            int32_t *out = acc + p * outs + o;
            vst1q_s32(out, a);
            vst1q_s32(out + 4, b);
            vst1q_s32(out + 8, c);
            vst1q_s32(out + 12, d);
        }
    }
}

static void activate_neon(uint8_t *out, const int32_t *acc, const float *scale, const float *bias,
                          const uint8_t *residual, float residual_step, float inverse, size_t outs)
{
    for (size_t o = 0; o < outs; o += 8) {
        uint16x4_t half[2];
        for (size_t i = 0; i < 2; i++) {
            size_t at = o + 4 * i;
            float32x4_t value =
                vmulq_f32(vcvtq_f32_s32(vld1q_s32(acc + at)), vld1q_f32(scale + at));
            value = vaddq_f32(value, vld1q_f32(bias + at));
            if (residual) {
                uint16x8_t kept = vmovl_u8(vld1_u8(residual + o));
                uint16x4_t four = i == 0 ? vget_low_u16(kept) : vget_high_u16(kept);
                float32x4_t kept_value = vcvtq_f32_u32(vmovl_u16(four));
                value = vaddq_f32(value, vmulq_n_f32(kept_value, residual_step));
            }
            value = vmulq_n_f32(value, inverse);
            value = vminq_f32(vmaxnmq_f32(value, vdupq_n_f32(0)), vdupq_n_f32(127));
            half[i] = vmovn_u32(vcvtnq_u32_f32(value));
        }
        vst1_u8(out + o, vmovn_u16(vcombine_u16(half[0], half[1])));
    }
}

const struct net_kernels *net_kernels_neon(void)
{
    static const struct net_kernels neon = {"neon-dot", bag_neon, convolve_neon, activate_neon};
    return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0 ? &neon : NULL;
}

#else

const struct net_kernels *net_kernels_neon(void)
{
    return NULL;
}

#endif
