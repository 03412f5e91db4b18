#include "engine/kernels.h"

#include "engine/kv_rows.h"

#include <math.h>
#include <string.h>

#include "engine/engine.h"

float half_to_float(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    uint32_t exponent = half >> 10 & 31, fraction = half & 0x3ff, bits = 0;
    float value = 0;
    if (exponent == 31) {
        bits = 0x7f800000 | fraction << 13;
    } else if (exponent > 0) {
        bits = (exponent + 112) << 23 | fraction << 13;
    } else {
        value = (float)fraction * 0x1p-24f; /* exact, zero included */
        memcpy(&bits, &value, sizeof(bits));
    }
    bits |= sign;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

uint16_t float_to_half(float value)
{
    uint32_t bits = 0;
    memcpy(&bits, &value, sizeof(bits));
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    uint32_t rest = bits & 0x7fffffff;
    if (rest >= 0x47800000) /* 65536 and up, infinity, NaN */
        return (uint16_t)(sign | 0x7c00 | (rest > 0x7f800000 ? 0x200 : 0));
    if (rest < 0x38800000) { /* below the smallest normal half: let the adder round */
        float magic = 0;
        memcpy(&magic, &rest, sizeof(magic));
        magic += 0.5f;
        memcpy(&rest, &magic, sizeof(rest));
        return (uint16_t)(sign | (rest - 0x3f000000));
    }
    uint32_t odd = rest >> 13 & 1;
    return (uint16_t)(sign | (rest - 0x38000000 + 0xfff + odd) >> 13);
}

static float dot_f32(const float *a, const float *b, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static int32_t dot_i8(const int8_t *a, const int8_t *b, size_t n)
{
    int32_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static float dot_f16(const uint16_t *w, const float *x, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += half_to_float(w[i]) * x[i];
    return sum;
}

static float dot_q8_0(const struct block_q8_0 *w, const struct block_q8_0 *x, size_t blocks)
{
    float sum = 0;
    for (size_t i = 0; i < blocks; i++)
        sum += (float)dot_i8(w[i].q, x[i].q, BLOCK_Q8_0) *
               (half_to_float(w[i].scale) * half_to_float(x[i].scale));
    return sum;
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
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

static void axpy_f16(float *y, float a, const uint16_t *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * half_to_float(x[i]);
}

static void expand_f16(float *out, const uint16_t *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = half_to_float(x[i]);
}

static void multiply_f32(float *c, size_t c_stride, const float *a, size_t a_stride, const float *b,
                         size_t rows, size_t inner, size_t columns)
{
    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < inner; k++)
            axpy_f32(c + i * c_stride, a[i * a_stride + k], b + k * columns, columns);
    }
}

static void turn_f32(float *out, size_t stride, const float *rows, size_t n, size_t count)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t r = 0; r < count; r++)
            out[i * stride + r] = rows[r * n + i];
    }
}

static float exp_sum(float *x, float most, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = expf(x[i] - most);
        sum += x[i];
    }
    return sum;
}

static void silu(float *gate, const float *up, size_t n)
{
    for (size_t i = 0; i < n; i++)
        gate[i] = gate[i] / (1 + expf(-gate[i])) * up[i];
}

static void quantize_q8_0(struct block_q8_0 *out, const float *x, size_t n)
{
    for (size_t b = 0; b < n / BLOCK_Q8_0; b++, x += BLOCK_Q8_0) {
        float largest = 0;
        for (size_t i = 0; i < BLOCK_Q8_0; i++)
            largest = fmaxf(largest, fabsf(x[i]));
        float scale = largest / 127;
        float inverse = scale > 0 && isfinite(1 / scale) ? 1 / scale : 0;
        out[b].scale = float_to_half(scale);
        for (size_t i = 0; i < BLOCK_Q8_0; i++) {
            /* The clamp is for infinities and NaN, whose conversion C leaves undefined. */
            float q = nearbyintf(x[i] * inverse);
            out[b].q[i] = (int8_t)(q >= 127 ? 127 : q >= -127 ? q : -127);
        }
    }
}

static const struct kernels plain = {
    .name = "plain",
    .rows = &kv_rows_plain,
    .dot_f32 = dot_f32,
    .dot_i8 = dot_i8,
    .dot_f16 = dot_f16,
    .dot_q8_0 = dot_q8_0,
    .matvec_f32 = matvec_f32,
    .matvec_f16 = matvec_f16,
    .matvec_q8_0 = matvec_q8_0,
    .axpy_f32 = axpy_f32,
    .axpy_f16 = axpy_f16,
    .expand_f16 = expand_f16,
    .multiply_f32 = multiply_f32,
    .turn_f32 = turn_f32,
    .exp_sum = exp_sum,
    .silu = silu,
    .quantize_q8_0 = quantize_q8_0,
};

const struct kernels *kernels_plain(void)
{
    return &plain;
}

const struct kernels *kernels_get(void)
{
    /* Asking the processor is cheap after libgcc's first time, and needs no lock of ours. */
    const struct kernels *best = kernels_avx512();
    if (best == NULL)
        best = kernels_avx2();
    if (best == NULL)
        best = kernels_neon_dot();
    if (best == NULL)
        best = kernels_neon();
    return best != NULL ? best : &plain;
}

const char *engine_kernels(void)
{
    return kernels_get()->name;
}
