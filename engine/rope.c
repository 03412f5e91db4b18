#include "engine/rope.h"

#include "engine/error.h"

#include <math.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

/* The pair (as a fraction) whose wave turns `turns` times within the original context. */
static double yarn_pair(const struct arch *a, double turns)
{
    return a->rope_size * log(a->rope_original_context / (turns * 2 * pi)) /
           (2 * log((double)a->rope_base));
}

/* YaRN keeps fast pairs as they were, stretches slow ones, and blends those between. */
static double yarn_blend(const struct arch *a, uint32_t pair)
{
    double low = fmax(0, floor(yarn_pair(a, 32)));
    double high = fmin((double)a->rope_size - 1, ceil(yarn_pair(a, 1)));
    double at = (pair - low) / fmax(0.001, high - low);
    return 1 - fmin(1, fmax(0, at));
}

int rope_init(struct rope *rope, const struct arch *a, const struct weights *w, uint32_t context,
              bool local, struct engine_error *error)
{
    *rope = (struct rope){.pairs = a->rope_size / 2, .halves = a->rope_halves};
    rope->frequency = malloc(rope->pairs * sizeof(float));
    if (rope->frequency == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the positions");
    rope->magnitude = a->rope_attention_factor;
    enum rope_scaling scaling = local ? ROPE_PLAIN : a->rope_scaling;
    if (scaling == ROPE_YARN)
        rope->magnitude *= 1 + 0.1f * logf(a->rope_factor);
    const float *divisors = w->rope_factors;
    if (w->rope_long != NULL)
        divisors = context > a->rope_original_context ? w->rope_long : w->rope_short;
    double base = (double)(local ? a->rope_local_base : a->rope_base);
    for (uint32_t i = 0; i < rope->pairs; i++) {
        double f = pow(base, -2.0 * i / a->rope_size);
        if (divisors != NULL)
            f /= (double)divisors[i];
        double stretched = f / (double)a->rope_factor;
        if (scaling == ROPE_LINEAR)
            f = stretched;
        if (scaling == ROPE_YARN)
            f = stretched * (1 - yarn_blend(a, i)) + f * yarn_blend(a, i);
        rope->frequency[i] = (float)f;
    }
    return 0;
}

void rope_release(struct rope *rope)
{
    free(rope->frequency);
    *rope = (struct rope){0};
}

void rope_angles(const struct rope *rope, uint32_t position, float *cosines, float *sines)
{
    for (uint32_t i = 0; i < rope->pairs; i++) {
        double angle = (double)rope->frequency[i] * position;
        cosines[i] = (float)cos(angle) * rope->magnitude;
        sines[i] = (float)sin(angle) * rope->magnitude;
    }
}

void rope_rotate(const struct rope *rope, const float *cosines, const float *sines, float *head)
{
    size_t apart = rope->halves ? rope->pairs : 1, step = rope->halves ? 1 : 2;
    for (uint32_t i = 0; i < rope->pairs; i++) {
        float *x = head + i * step;
        float a = x[0], b = x[apart];
        x[0] = a * cosines[i] - b * sines[i];
        x[apart] = a * sines[i] + b * cosines[i];
    }
}
