#include "engine/matrix.h"

#include "engine/panel.h"
#include "engine/unpack.h"

#include <string.h>

/* From this many inputs on, making a panel of the rows pays. */
enum { PANEL_INPUTS = 4 };

bool matrix_type_supported(enum gguf_type type)
{
    return type == GGUF_F32 || unpack_for(type) != NULL;
}

struct matrix matrix_rows(const struct matrix *m, uint32_t first, uint32_t rows)
{
    struct matrix part = *m;
    part.data += first * m->row_bytes;
    part.rows = rows;
    return part;
}

void matrix_expand(const struct matrix *m, uint32_t r, float *out)
{
    const uint8_t *row = m->data + r * m->row_bytes;
    if (m->type == GGUF_F32)
        memcpy(out, row, m->cols * sizeof(float));
    else
        unpack_for(m->type)(row, out, m->cols);
}

size_t matrix_scratch(size_t cols)
{
    return panel_bytes((cols + 63) / 64 * 64);
}

static size_t blocks_of(size_t n)
{
    return (n + BLOCK_Q8_0 - 1) / BLOCK_Q8_0;
}

size_t activations_size(size_t n, size_t count)
{
    size_t blocks = blocks_of(n) * count;
    return blocks * (sizeof(struct block_q8_0) + 2 * sizeof(float)) + sizeof(float);
}

static bool wants_q8(const struct activations *x, enum gguf_type type)
{
    if (x->exact || x->n % BLOCK_Q8_0 != 0)
        return false;
    return type == GGUF_Q8_0 || panel_supported(type, x->n);
}

/* Scales and sums lie behind the blocks, in storage of floats. */
static float *scales_of(const struct activations *x)
{
    size_t bytes = blocks_of(x->n) * x->count * sizeof(struct block_q8_0);
    return (float *)(void *)((uint8_t *)x->q8 + (bytes + 3) / 4 * 4);
}

void activations_prepare(struct activations *x, const struct kernels *k, enum gguf_type type)
{
    if (!wants_q8(x, type) || x->has_q8)
        return;
    size_t blocks = blocks_of(x->n) * x->count;
    float *scales = scales_of(x), *sums = scales + blocks;
    k->quantize_q8_0(x->q8, x->values, x->n * x->count);
    for (size_t b = 0; b < blocks; b++) {
        int sum = 0;
        for (size_t i = 0; i < BLOCK_Q8_0; i++)
            sum += x->q8[b].q[i];
        scales[b] = half_to_float(x->q8[b].scale);
        sums[b] = scales[b] * (float)sum;
    }
    x->has_q8 = true;
}

static float dot_row(const struct kernels *k, const struct matrix *m, const uint8_t *row,
                     const float *x)
{
    if (m->type == GGUF_F16)
        return k->dot_f16((const uint16_t *)(const void *)row, x, m->cols);
    return k->dot_f32((const float *)(const void *)row, x, m->cols);
}

/* Activations in 8 bits, weights as they are. */
static void multiply_q8(const struct kernels *k, const struct matrix *m,
                        const struct activations *x, uint32_t first, uint32_t last, float *y,
                        size_t y_stride, void *scratch)
{
    size_t blocks = x->n / BLOCK_Q8_0;
    struct panel_inputs inputs = {
        .blocks = x->q8, .scales = scales_of(x), .count = x->count, .blocks_each = blocks};
    inputs.sums = inputs.scales + blocks * x->count;
    bool panels = panel_supported(m->type, x->n);
    if (panels && x->count >= PANEL_INPUTS) {
        for (uint32_t r = first; r < last; r += PANEL_ROWS) {
            unsigned rows = last - r < PANEL_ROWS ? last - r : PANEL_ROWS;
            panel_multiply(m->type, m->data + r * m->row_bytes, m->row_bytes, rows, &inputs, y + r,
                           y_stride, scratch);
        }
        return;
    }
    for (uint32_t r = first; r < last; r++) {
        const uint8_t *row = m->data + r * m->row_bytes;
        for (size_t t = 0; t < x->count; t++)
            y[t * y_stride + r] = panels ? panel_dot(m->type, row, &inputs, t)
                                         : k->dot_q8_0((const struct block_q8_0 *)(const void *)row,
                                                       x->q8 + t * blocks, blocks);
    }
}

void matrix_multiply(const struct kernels *k, const struct matrix *m, const struct activations *x,
                     uint32_t first, uint32_t last, float *y, size_t y_stride, void *scratch)
{
    bool direct = m->type == GGUF_F32 || m->type == GGUF_F16;
    if (wants_q8(x, m->type)) {
        multiply_q8(k, m, x, first, last, y, y_stride, scratch);
        return;
    }
    for (uint32_t r = first; r < last; r++) {
        const uint8_t *row = m->data + r * m->row_bytes;
        if (!direct)
            matrix_expand(m, r, scratch);
        for (size_t t = 0; t < x->count; t++) {
            const float *input = x->values + t * x->n;
            y[t * y_stride + r] =
                direct ? dot_row(k, m, row, input) : k->dot_f32(scratch, input, m->cols);
        }
    }
}
