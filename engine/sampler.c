#include "engine/sampler.h"

#include "engine/error.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* splitmix64 spreads the seed over xoshiro256**'s state. */
static uint64_t spread(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint64_t rotate(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

/* In [0, 1). */
static double next_random(struct sampler *s)
{
    uint64_t *x = s->state, result = rotate(x[1] * 5, 7) * 9, t = x[1] << 17;
    x[2] ^= x[0];
    x[3] ^= x[1];
    x[1] ^= x[2];
    x[0] ^= x[3];
    x[2] ^= t;
    x[3] = rotate(x[3], 45);
    return (double)(result >> 11) * 0x1p-53;
}

int sampler_init(struct sampler *s, const struct engine_sampling *settings, uint32_t vocab_size,
                 struct engine_error *error)
{
    *s = (struct sampler){.settings = *settings, .vocab_size = vocab_size};
    if (!(settings->temperature >= 0) || !isfinite(settings->temperature) ||
        !(settings->top_p >= 0 && settings->top_p <= 1) ||
        !(settings->min_p >= 0 && settings->min_p <= 1) || !isfinite(settings->presence_penalty) ||
        !isfinite(settings->frequency_penalty))
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "the sampling settings are out of range");
    uint64_t seed = settings->seed;
    for (int i = 0; i < 4; i++)
        s->state[i] = spread(&seed);
    if (settings->presence_penalty != 0 || settings->frequency_penalty != 0) {
        s->counts = calloc(vocab_size, sizeof(*s->counts));
        if (s->counts == NULL)
            return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a sequence");
    }
    return 0;
}

void sampler_release(struct sampler *s)
{
    if (s->counts != NULL)
        explicit_bzero(s->counts, s->vocab_size * sizeof(*s->counts));
    free(s->counts);
    *s = (struct sampler){0};
}

static void penalise(const struct sampler *s, float *logits)
{
    for (uint32_t i = 0; s->counts != NULL && i < s->vocab_size; i++) {
        if (s->counts[i] > 0)
            logits[i] -=
                s->settings.presence_penalty + s->settings.frequency_penalty * (float)s->counts[i];
    }
}

/* The best token; NaN never wins. */
static int32_t best_of(const float *logits, uint32_t n)
{
    int32_t best = -1;
    for (uint32_t i = 0; i < n; i++) {
        if (logits[i] > (best < 0 ? -INFINITY : logits[best]))
            best = (int32_t)i;
    }
    return best;
}

static int by_logit(const void *a, const void *b)
{
    const struct sampler_candidate *x = a, *y = b;
    if (x->logit > y->logit)
        return -1;
    return x->logit < y->logit ? 1 : (x->id > y->id) - (x->id < y->id);
}

/*
 * Tokens that can still be drawn. What lies so far below the best that its probability is below
 * 1e-9 is left out before sorting: it would not be drawn, and most of a vocabulary lies there.
 */
static size_t collect(const struct sampler *s, const float *logits, float best,
                      struct sampler_candidate *out)
{
    float floor = 20 * s->settings.temperature;
    if (s->settings.min_p > 0)
        floor = fminf(floor, -logf(s->settings.min_p) * s->settings.temperature);
    size_t count = 0;
    for (uint32_t i = 0; i < s->vocab_size; i++) {
        if (best - logits[i] <= floor)
            out[count++] = (struct sampler_candidate){(int32_t)i, logits[i], 0};
    }
    qsort(out, count, sizeof(*out), by_logit);
    if (s->settings.top_k > 0 && count > s->settings.top_k)
        count = s->settings.top_k;
    return count;
}

int32_t sampler_choose(struct sampler *s, float *logits, struct sampler_candidate *candidates)
{
    penalise(s, logits);
    int32_t chosen = best_of(logits, s->vocab_size);
    if (chosen < 0 || !isfinite(logits[chosen]))
        return -1;
    if (s->settings.temperature > 0) {
        size_t count = collect(s, logits, logits[chosen], candidates);
        double total = 0, sum = 0;
        for (size_t i = 0; i < count; i++) {
            candidates[i].probability =
                expf((candidates[i].logit - logits[chosen]) / s->settings.temperature);
            total += (double)candidates[i].probability;
        }
        double top_p = (double)s->settings.top_p;
        if (top_p > 0 && top_p < 1) {
            size_t kept = 0;
            for (; kept < count && sum < top_p * total; kept++)
                sum += (double)candidates[kept].probability;
            count = kept > 0 ? kept : 1;
            total = kept > 0 ? sum : total;
        }
        double left = next_random(s) * total;
        chosen = candidates[count - 1].id;
        for (size_t i = 0; i < count; i++) {
            left -= (double)candidates[i].probability;
            if (left < 0) {
                chosen = candidates[i].id;
                break;
            }
        }
    }
    if (s->counts != NULL && s->counts[chosen] < UINT16_MAX)
        s->counts[chosen]++;
    return chosen;
}
