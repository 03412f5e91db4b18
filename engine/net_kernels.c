#include "engine/net_kernels.h"

#include <math.h>
#include <string.h>

static void bag_plain(int32_t *sum, const int8_t *table, size_t dim, uint32_t buckets,
                      const uint32_t *ids, size_t count)
{
    memset(sum, 0, dim * sizeof *sum);
    for (size_t i = 0; i < count; i++) {
        const int8_t *row = table + (size_t)(ids[i] % buckets) * dim;
        for (size_t e = 0; e < dim; e++) {
            sum[e] += row[e];
        }
    }
}

static void convolve_plain(int32_t *acc, const struct net_taps *taps, const uint8_t *x,
                           size_t positions)
{
    size_t outs = taps->outs;
    for (size_t p = 0; p < positions; p++) {
        int32_t *sums = acc + p * outs;
        memset(sums, 0, outs * sizeof *sums);
        const int8_t *weights = taps->packed;
        for (size_t t = 0; t < taps->taps; t++) {
            const uint8_t *input = x + p * taps->channels + t * taps->step;
            for (size_t c = 0; c < taps->channels; c += 4, weights += outs * 4) {
                /* After a ReLU many inputs are nothing. */
                if (!(input[c] | input[c + 1] | input[c + 2] | input[c + 3])) {
                    continue;
                }
                int32_t a = input[c], b = input[c + 1], d = input[c + 2], e = input[c + 3];
                for (size_t o = 0; o < outs; o++) {
                    const int8_t *w = weights + o * 4;
                    sums[o] += a * w[0] + b * w[1] + d * w[2] + e * w[3];
                }
            }
        }
    }
}

static void activate_plain(uint8_t *out, const int32_t *acc, const float *scale, const float *bias,
                           const uint8_t *residual, float residual_step, float inverse, size_t outs)
{
    for (size_t o = 0; o < outs; o++) {
        float value = (float)acc[o] * scale[o];
        value += bias[o];
        if (residual) {
            value += (float)residual[o] * residual_step;
        }
        value *= inverse;
        float clipped = value > 0.0f ? value : 0.0f;
        out[o] = (uint8_t)lrintf(clipped < 127.0f ? clipped : 127.0f);
    }
}

const struct net_kernels *net_kernels_plain(void)
{
    static const struct net_kernels plain = {"plain", bag_plain, convolve_plain, activate_plain};
    return &plain;
}

const struct net_kernels *net_kernels_get(void)
{
    const struct net_kernels *best = net_kernels_avx512();
    if (!best) {
        best = net_kernels_avx2();
    }
    if (!best) {
        best = net_kernels_neon();
    }
    return best ? best : net_kernels_plain();
}
