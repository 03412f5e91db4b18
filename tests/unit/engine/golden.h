/*
 * golden.h - judges logits against a golden file, by the tolerances of shared/models/README.md.
 */
#ifndef PENSTOCK_TESTS_GOLDEN_H
#define PENSTOCK_TESTS_GOLDEN_H

#include "engine_test.h"

#include <jansson.h>
#include <math.h>

struct tolerance {
    double difference, cosine, kl; /* largest; 1 - cosine */
};

static const struct tolerance within_exact = {0.001, 1e-6, 1e-6};
static const struct tolerance within_gelu = {0.012, 1e-5, 5e-5};
static const struct tolerance within_f16 = {0.03, 5e-5, 5e-4};
static const struct tolerance within_bf16 = {0.05, 1e-4, 1e-3};
static const struct tolerance within_blocks_32 = {0.15, 1e-3, 1e-2};
static const struct tolerance within_blocks_256 = {0.30, 3e-3, 3e-2};
static const struct tolerance within_experts = {0.60, 1.2e-2, 0.12};

struct distance {
    double difference, cosine, kl, sigma, raw;
};

static inline double log_sum(const double *x, size_t n)
{
    double most = x[0], sum = 0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, x[i]);
    for (size_t i = 0; i < n; i++)
        sum += exp(x[i] - most);
    return most + log(sum);
}

static inline struct distance golden_distance(const json_t *want, const float *got)
{
    static double w[4096], g[4096];
    size_t n = json_array_size(want);
    assert_true(n > 1 && n <= 4096);
    double mean = 0, square = 0, ww = 0, gg = 0, wg = 0;
    struct distance d = {0};
    for (size_t i = 0; i < n; i++) {
        w[i] = json_number_value(json_array_get(want, i));
        g[i] = (double)got[i];
        mean += w[i] / (double)n;
        ww += w[i] * w[i];
        gg += g[i] * g[i];
        wg += w[i] * g[i];
        if (!(fabs(w[i] - g[i]) <= d.raw))
            d.raw = fabs(w[i] - g[i]);
    }
    for (size_t i = 0; i < n; i++)
        square += (w[i] - mean) * (w[i] - mean) / (double)n;
    d.sigma = sqrt(square);
    d.difference = d.raw / d.sigma;
    d.cosine = 1 - wg / sqrt(ww * gg);
    double lw = log_sum(w, n), lg = log_sum(g, n);
    for (size_t i = 0; i < n; i++)
        d.kl += exp(w[i] - lw) * ((w[i] - lw) - (g[i] - lg));
    return d;
}

static inline int golden_within(struct distance d, struct tolerance t)
{
    return d.difference <= t.difference && d.cosine <= t.cosine && d.kl <= t.kl;
}

#endif
