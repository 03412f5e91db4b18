/*
 * net_kernels.h - the inner loops of the classifier nets, chosen once at run time.
 *
 * Sums are integers and the float steps are the same single operations in every set, so all sets
 * give the same bytes as net_kernels_plain(). Pure; any thread; no allocation. dim and outs are
 * multiples of 16, channels of 4.
 */
#ifndef PENSTOCK_ENGINE_NET_KERNELS_H
#define PENSTOCK_ENGINE_NET_KERNELS_H

#include <stddef.h>
#include <stdint.h>

enum { NET_LANES = 16 }; /* outputs are padded to a multiple of this */

/* Weights of a convolution, packed by net_pack: [taps * channels / 4][outs][4]. */
struct net_taps {
    const int8_t *packed;
    size_t channels, taps, outs;
    size_t step; /* bytes of input between two taps */
};

struct net_kernels {
    const char *name;
    /* sum[e] = sum of table[ids[i] % buckets][e] */
    void (*bag)(int32_t *sum, const int8_t *table, size_t dim, uint32_t buckets,
                const uint32_t *ids, size_t count);
    /*
     * acc[p][o] = sum of weights * input for positions p; x points at the first tap of position 0
     * and moves by channels bytes for each position. Input bytes are 0..127.
     */
    void (*convolve)(int32_t *acc, const struct net_taps *taps, const uint8_t *x, size_t positions);
    /*
     * out[o] = round(clamp((acc[o] * scale[o] + bias[o] + residual[o] * residual_step) * inverse,
     * 0, 127)); residual may be NULL.
     */
    void (*activate)(uint8_t *out, const int32_t *acc, const float *scale, const float *bias,
                     const uint8_t *residual, float residual_step, float inverse, size_t outs);
};

const struct net_kernels *net_kernels_get(void); /* the fastest that this machine runs */
const struct net_kernels *net_kernels_plain(void);
const struct net_kernels *net_kernels_avx2(void);   /* NULL where the machine lacks it */
const struct net_kernels *net_kernels_neon(void);   /* with dot products; NULL likewise */
const struct net_kernels *net_kernels_avx512(void); /* with VNNI; NULL where the machine lacks it */

#endif
