/*
 * packed.h - products of inputs with the rows of quantised matrices as they lie in the file.
 *
 * Inputs are rounded to 8 bits in runs of 32. A weight is d * code - m, where the code is a small
 * integer; d and m belong to a run of 16 or 32 columns. Few inputs: rows are unpacked in registers
 * and multiplied at once. More: sets of sixteen rows are laid out anew in scratch memory
 * (a panel), so that one instruction multiplies four columns of all of them; a panel serves all
 * inputs of the pass and is then forgotten, so the weights have no second copy.
 *
 * Pure functions, any thread.
 */
#ifndef PENSTOCK_ENGINE_PACKED_H
#define PENSTOCK_ENGINE_PACKED_H

#include "engine/gguf.h"

enum { PANEL_ROWS = 16 };

struct packed_inputs {
    size_t n, count;
    /*
     * Few inputs: rows of n codes, never -128; for each run of 16 columns the scale (the same for
     * the two of a 32), and scale times sum of codes; these for each run of 32 as well.
     * For panels: for each four columns the codes of all inputs with 128 added; for each run of 32
     * the scales of all inputs; for each run of 16 the sums of all, and for each run of 32.
     */
    bool panels;
    int8_t *codes;
    float *scales, *sums, *block_sums;
};

/* One instruction set's way with packed rows. */
struct packed {
    bool (*supported)(enum gguf_type type, size_t n);
    size_t panel_inputs; /* from this many inputs on, panels pay */
    /* Fill x's arrays for inputs first .. last - 1, from x->count rows of x->n values. */
    void (*prepare)(struct packed_inputs *x, const float *values, size_t first, size_t last);
    /*
     * y[t * stride + r] = row r . input t, for `rows` rows of x->n columns beginning at `data`,
     * row_bytes apart. scratch: packed_scratch(x->n) bytes, beginning anywhere.
     */
    void (*multiply)(enum gguf_type type, const uint8_t *data, size_t row_bytes, size_t rows,
                     const struct packed_inputs *x, float *y, size_t stride, void *scratch);
};

/* Reached through kernels_avx512() and kernels_avx2(), on x86-64, ... */
extern const struct packed packed_avx512, packed_avx2;
/* ... and kernels_neon() and kernels_neon_dot(), on aarch64. */
extern const struct packed packed_neon, packed_neon_dot;

/* Two panels: codes, and d, m and a sum as 32-bit words for each row and run of 16. */
static inline size_t packed_scratch(size_t n)
{
    return 2 * (n * PANEL_ROWS + n / 16 * PANEL_ROWS * 3 * sizeof(float)) + 64;
}

#endif
