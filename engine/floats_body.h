/*
 * floats_body.h - the float kernels of attention and activation, written once for any vector width.
 *
 * Included by kernels_avx512.c, kernels_avx2.c and kernels_neon.c, which define before: TARGET and
 * INLINE, the vector type `vf` of WIDTH floats with vf_load, vf_store, vf_set, vf_fma (a * b + c),
 * vf_max, vf_sum, vf_round, vf_scale (a * 2^b), vf_load_half, and turn_square (WIDTH rows of WIDTH
 * floats become columns). The plain versions in kernels.c say what each does.
 */
#ifndef PENSTOCK_ENGINE_FLOATS_BODY_H
#define PENSTOCK_ENGINE_FLOATS_BODY_H

/* e^x for x <= 0, within two units in the last place; below -87: nearly 0. */
INLINE vf vf_exp(vf x)
{
    x = vf_max(x, vf_set(-87.3f));
    vf n = vf_round(x * vf_set(1.44269504f));
    vf r = vf_fma(n, vf_set(-0.693359375f), x);
    r = vf_fma(n, vf_set(2.12194440e-4f), r);
    vf p = vf_set(1.9875691500e-4f);
    p = vf_fma(p, r, vf_set(1.3981999507e-3f));
    p = vf_fma(p, r, vf_set(8.3334519073e-3f));
    p = vf_fma(p, r, vf_set(4.1665795894e-2f));
    p = vf_fma(p, r, vf_set(1.6666665459e-1f));
    p = vf_fma(p, r, vf_set(5.0000001201e-1f));
    return vf_scale(vf_fma(p, r * r, r + vf_set(1)), n);
}

TARGET static float exp_sum(float *x, float most, size_t n)
{
    vf sums = vf_set(0), less = vf_set(most);
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        vf e = vf_exp(vf_load(x + i) - less);
        vf_store(x + i, e);
        sums += e;
    }
    float sum = vf_sum(sums);
    for (; i < n; i++) {
        x[i] = expf(x[i] - most);
        sum += x[i];
    }
    return sum;
}

TARGET static void silu(float *gate, const float *up, size_t n)
{
    const vf one = vf_set(1), zero = vf_set(0);
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        /* 1 / (1 + e^-g) from e^-|g|, which cannot overflow. */
        vf g = vf_load(gate + i), size = vf_max(g, zero - g), e = vf_exp(zero - size);
        vf positive = vf_max(g, zero), s = one / (one + e);
        /* g * s for positive g; g * e * s for negative: -size is g there. */
        vf_store(gate + i, (positive * s - (size - positive) * e * s) * vf_load(up + i));
    }
    for (; i < n; i++)
        gate[i] = gate[i] / (1 + expf(-gate[i])) * up[i];
}

TARGET static void expand_f16(float *out, const uint16_t *x, size_t n)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH)
        vf_store(out + i, vf_load_half(x + i));
    for (; i < n; i++)
        out[i] = half_to_float(x[i]);
}

/* count (<= 4) rows of a by two or one vectors of columns of b. */
INLINE void multiply_part(float *c, size_t c_stride, const float *a, size_t a_stride,
                          const float *b, size_t b_stride, size_t inner, const unsigned count,
                          const unsigned across)
{
    vf sums[4][2];
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 0; j < across; j++)
            sums[i][j] = vf_load(c + i * c_stride + j * WIDTH);
    }
    for (size_t k = 0; k < inner; k++, b += b_stride) {
        vf v[2];
        for (unsigned j = 0; j < across; j++)
            v[j] = vf_load(b + j * WIDTH);
        for (unsigned i = 0; i < count; i++) {
            vf factor = vf_set(a[i * a_stride + k]);
            for (unsigned j = 0; j < across; j++)
                sums[i][j] = vf_fma(factor, v[j], sums[i][j]);
        }
    }
    for (unsigned i = 0; i < count; i++) {
        for (unsigned j = 0; j < across; j++)
            vf_store(c + i * c_stride + j * WIDTH, sums[i][j]);
    }
}

TARGET static void multiply_f32(float *c, size_t c_stride, const float *a, size_t a_stride,
                                const float *b, size_t rows, size_t inner, size_t columns)
{
    for (size_t j = 0; j < columns; j += 2 * WIDTH) {
        bool both = columns - j >= 2 * WIDTH;
        for (size_t i = 0; i < rows; i += 4) {
            float *to = c + i * c_stride + j;
            const float *from = a + i * a_stride;
            size_t left = rows - i < 4 ? rows - i : 4;
            if (left == 4 && both) {
                multiply_part(to, c_stride, from, a_stride, b + j, columns, inner, 4, 2);
                continue;
            }
            for (size_t r = 0; r < left; r++, to += c_stride, from += a_stride) {
                if (both)
                    multiply_part(to, c_stride, from, a_stride, b + j, columns, inner, 1, 2);
                else
                    multiply_part(to, c_stride, from, a_stride, b + j, columns, inner, 1, 1);
            }
        }
    }
}

TARGET static void turn_f32(float *out, size_t stride, const float *rows, size_t n, size_t count)
{
    size_t i = 0;
    for (; i + WIDTH <= n; i += WIDTH) {
        for (size_t r = 0; r < count; r += WIDTH)
            turn_square(out + i * stride + r, stride, rows + r * n + i, n);
    }
    for (; i < n; i++) {
        for (size_t r = 0; r < count; r++)
            out[i * stride + r] = rows[r * n + i];
    }
}

#endif
