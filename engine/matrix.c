#include "engine/matrix.h"

#include "engine/unpack.h"

#include <string.h>

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

size_t activations_size(size_t n, size_t count)
{
    return (n + BLOCK_Q8_0 - 1) / BLOCK_Q8_0 * count * sizeof(struct block_q8_0);
}

static bool wants_q8(const struct activations *x, enum gguf_type type)
{
    return type == GGUF_Q8_0 && !x->exact;
}

void activations_prepare(struct activations *x, const struct kernels *k, enum gguf_type type)
{
    if (!wants_q8(x, type) || x->has_q8)
        return;
    k->quantize_q8_0(x->q8, x->values, x->n * x->count);
    x->has_q8 = true;
}

static float dot_row(const struct kernels *k, const struct matrix *m, const uint8_t *row,
                     const float *x)
{
    if (m->type == GGUF_F16)
        return k->dot_f16((const uint16_t *)(const void *)row, x, m->cols);
    return k->dot_f32((const float *)(const void *)row, x, m->cols);
}

void matrix_multiply(const struct kernels *k, const struct matrix *m, const struct activations *x,
                     uint32_t first, uint32_t last, float *y, size_t y_stride, float *scratch)
{
    bool direct = m->type == GGUF_F32 || m->type == GGUF_F16;
    for (uint32_t r = first; r < last; r++) {
        const uint8_t *row = m->data + r * m->row_bytes;
        if (wants_q8(x, m->type)) {
            size_t blocks = m->cols / BLOCK_Q8_0;
            for (size_t t = 0; t < x->count; t++)
                y[t * y_stride + r] = k->dot_q8_0((const struct block_q8_0 *)(const void *)row,
                                                  x->q8 + t * blocks, blocks);
            continue;
        }
        if (!direct)
            matrix_expand(m, r, scratch);
        for (size_t t = 0; t < x->count; t++) {
            const float *input = x->values + t * x->n;
            y[t * y_stride + r] =
                direct ? dot_row(k, m, row, input) : k->dot_f32(scratch, input, m->cols);
        }
    }
}
