/*
 * panel.h - sixteen rows of a quantised matrix, laid out anew so that one instruction multiplies
 * four columns of all of them.
 *
 * For passes of several tokens: a panel is made in scratch memory, used for all tokens of the pass
 * and forgotten, so the weights have no second copy. A weight is d * code - m with an unsigned
 * code; d and m belong to a run of 32 columns.
 */
#ifndef PENSTOCK_ENGINE_PANEL_H
#define PENSTOCK_ENGINE_PANEL_H

#include "engine/gguf.h"
#include "engine/kernels.h"

enum { PANEL_ROWS = 16 };

/* Inputs quantised to blocks of 32, with each block's scale and scale * sum as floats. */
struct panel_inputs {
    const struct block_q8_0 *blocks;
    const float *scales, *sums;
    size_t count, blocks_each;
};

/* Bytes of scratch for rows of n columns (a multiple of 64), beginning anywhere. */
static inline size_t panel_bytes(size_t n)
{
    return n * PANEL_ROWS + n / 32 * PANEL_ROWS * 2 * sizeof(float) + 64;
}

/* Whether these rows can be multiplied by panels on this machine. */
bool panel_supported(enum gguf_type type, size_t n);

/*
 * y[t * stride + r] = row r . input t, for `rows` (<= PANEL_ROWS) rows of n columns beginning at
 * `data`, row_bytes apart.
 */
void panel_multiply(enum gguf_type type, const uint8_t *data, size_t row_bytes, unsigned rows,
                    const struct panel_inputs *x, float *y, size_t stride, void *scratch);

/* One row by one input, for passes of few tokens; the same types. */
float panel_dot(enum gguf_type type, const uint8_t *row, const struct panel_inputs *x, size_t t);

#endif
