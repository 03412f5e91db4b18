/*
 * kernels.h - the inner loops, chosen once at run time.
 *
 * kernels_plain() is the reference in plain C that every other set is tested against: integer
 * parts bit for bit, sums of floats within rounding. Functions are pure; any thread; no
 * allocation. Pointers need only the alignment of their element type. A set that has no faster
 * version of a function borrows the next slower set's.
 */
#ifndef PENSTOCK_ENGINE_KERNELS_H
#define PENSTOCK_ENGINE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* 32 weights or activations and their F16 scale, as GGUF's Q8_0 stores them. */
#define BLOCK_Q8_0 32
struct block_q8_0 {
    uint16_t scale;
    int8_t q[BLOCK_Q8_0];
};

struct kv_rows;
struct packed;

struct kernels {
    const char *name;            /* "avx512-vnni", "avx2", "neon-dot", "neon", "plain" */
    const struct kv_rows *rows;  /* the loops of attention (kv_rows.h) */
    const struct packed *packed; /* products with packed rows (packed.h); NULL: none here */

    float (*dot_f32)(const float *a, const float *b, size_t n);
    /* Exact. b must not hold -128 (a may). n * 128 * 127 must fit an int32: n <= 131072. */
    int32_t (*dot_i8)(const int8_t *a, const int8_t *b, size_t n);
    float (*dot_f16)(const uint16_t *w, const float *x, size_t n);
    /* x comes from quantize_q8_0, so it never holds -128; w may. */
    float (*dot_q8_0)(const struct block_q8_0 *w, const struct block_q8_0 *x, size_t blocks);

    /* y[r] = w row r . x for rows of n elements, one after another. */
    void (*matvec_f32)(float *y, const float *w, const float *x, size_t rows, size_t n);
    void (*matvec_f16)(float *y, const uint16_t *w, const float *x, size_t rows, size_t n);
    void (*matvec_q8_0)(float *y, const struct block_q8_0 *w, const struct block_q8_0 *x,
                        size_t rows, size_t blocks);

    /* y[i] += a * x[i] */
    void (*axpy_f32)(float *y, float a, const float *x, size_t n);
    void (*axpy_f16)(float *y, float a, const uint16_t *x, size_t n);
    void (*expand_f16)(float *out, const uint16_t *x, size_t n);
    /* c (rows of `columns`) += a (rows of `inner`) times b (inner rows of `columns`, of 16s). */
    void (*multiply_f32)(float *c, size_t c_stride, const float *a, size_t a_stride, const float *b,
                         size_t rows, size_t inner, size_t columns);
    /* out[i * stride + r] = rows[r * n + i]; count, the number of rows: a multiple of 16. */
    void (*turn_f32)(float *out, size_t stride, const float *rows, size_t n, size_t count);
    /* x = e^(x - most), where most is the largest; gives their sum. */
    float (*exp_sum)(float *x, float most, size_t n);
    /* gate = gate / (1 + e^-gate) * up */
    void (*silu)(float *gate, const float *up, size_t n);
    /* Nearest, ties to even, scale rounded to F16 after the division. n: a multiple of 32. */
    void (*quantize_q8_0)(struct block_q8_0 *out, const float *x, size_t n);
};

const struct kernels *kernels_get(void); /* the fastest that this machine runs */
const struct kernels *kernels_plain(void);
const struct kernels *kernels_avx2(void);   /* NULL where the machine lacks it */
const struct kernels *kernels_avx512(void); /* with VNNI; NULL where the machine lacks it */

const struct kernels *kernels_neon(void); /* NULL but on aarch64 */
const struct kernels *
kernels_neon_dot(void); /* its dot products; NULL where the machine lacks them */

/* For the sets' packed rows, and borrowed by AVX-512. */
void kernels_avx2_quantize_q8_0(struct block_q8_0 *out, const float *x, size_t n);
void kernels_neon_quantize_q8_0(struct block_q8_0 *out, const float *x, size_t n);

float half_to_float(uint16_t half);
uint16_t float_to_half(float value); /* nearest, ties to even */

#endif
