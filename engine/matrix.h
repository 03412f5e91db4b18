/*
 * matrix.h - weights as they lie in the file, and products with them.
 *
 * A matrix is a view: it owns nothing and is immutable. Rows are outputs, columns inputs.
 * Activations are quantised once per input to suit the weights (see struct activations). Pure
 * functions, any thread; no allocation.
 */
#ifndef PENSTOCK_ENGINE_MATRIX_H
#define PENSTOCK_ENGINE_MATRIX_H

#include "engine/gguf.h"
#include "engine/kernels.h"
#include "engine/packed.h"

struct matrix {
    const uint8_t *data;
    size_t row_bytes;
    uint32_t rows, cols;
    enum gguf_type type;
};

/* False for types that no code here unpacks. */
bool matrix_type_supported(enum gguf_type type);
/* Part of a matrix: rows first .. first + rows - 1. */
struct matrix matrix_rows(const struct matrix *m, uint32_t first, uint32_t rows);
/* Write row r as floats: cols of them. */
void matrix_expand(const struct matrix *m, uint32_t r, float *out);

/* Several input vectors of n floats each, and what the kernels want of them. */
struct activations {
    const float *values; /* count rows of n */
    size_t n, count;
    void *storage; /* for the 8-bit form: activations_size bytes, aligned as floats are */
    struct packed_inputs packed;
    bool has_packed;
    bool exact; /* never round activations: the reference path */
};

size_t activations_size(size_t n, size_t count);
/*
 * Prepare for what a matrix of that type wants: true when inputs 0 .. count - 1 must be filled, on
 * any threads; false when nothing is wanted, or it is there already.
 */
bool activations_begin(struct activations *x, const struct kernels *k, enum gguf_type type);
void activations_fill(struct activations *x, const struct kernels *k, size_t first, size_t last);

/*
 * y[t * y_stride + r] = row r of m . input t, for rows first .. last - 1. x must be prepared for
 * m's type. scratch: matrix_scratch(m->cols) bytes of this thread's own, aligned as floats are.
 */
void matrix_multiply(const struct kernels *k, const struct matrix *m, const struct activations *x,
                     uint32_t first, uint32_t last, float *y, size_t y_stride, void *scratch);
size_t matrix_scratch(size_t cols);

#endif
