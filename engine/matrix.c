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

size_t matrix_scratch(size_t cols)
{
    return packed_scratch((cols + 63) / 64 * 64);
}

size_t activations_size(size_t n, size_t count)
{
    return count * (n + n / 16 * 2 * sizeof(float) + n / 32 * sizeof(float));
}

static bool wants_packed(const struct kernels *k, const struct activations *x, enum gguf_type type)
{
    return !x->exact && k->packed != NULL && k->packed->supported(type, x->n);
}

bool activations_begin(struct activations *x, const struct kernels *k, enum gguf_type type)
{
    if (!wants_packed(k, x, type) || x->has_packed)
        return false;
    size_t all = x->n * x->count;
    x->packed = (struct packed_inputs){.n = x->n, .count = x->count, .codes = x->storage};
    x->packed.panels = x->count >= k->packed->panel_inputs;
    x->packed.scales = (float *)(void *)(x->packed.codes + all);
    x->packed.sums = x->packed.scales + all / 16;
    x->packed.block_sums = x->packed.sums + all / 16;
    x->has_packed = true;
    return true;
}

void activations_fill(struct activations *x, const struct kernels *k, size_t first, size_t last)
{
    k->packed->prepare(&x->packed, x->values, first, last);
}

static float dot_row(const struct kernels *k, const struct matrix *m, const uint8_t *row,
                     const float *x)
{
    if (m->type == GGUF_F16)
        return k->dot_f16((const uint16_t *)(const void *)row, x, m->cols);
    return k->dot_f32((const float *)(const void *)row, x, m->cols);
}

void matrix_multiply(const struct kernels *k, const struct matrix *m, const struct activations *x,
                     uint32_t first, uint32_t last, float *y, size_t y_stride, void *scratch)
{
    bool direct = m->type == GGUF_F32 || m->type == GGUF_F16;
    if (wants_packed(k, x, m->type)) {
        k->packed->multiply(m->type, m->data + first * m->row_bytes, m->row_bytes, last - first,
                            &x->packed, y + first, y_stride, scratch);
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
