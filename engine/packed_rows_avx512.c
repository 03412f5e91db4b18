/* Products of few inputs, row by row, of all types that packed_fours_avx512.c has not. */
#include "engine/packed.h"

#if defined(__x86_64__)
#include "engine/packed_avx512.h"

/* Up to 256 columns of a row by `count` inputs; totals: four a input, less: one. */
INLINE void dot_run(enum gguf_type type, const uint8_t *b, unsigned blocks,
                    const struct packed_inputs *x, size_t at, unsigned count, __m512 *totals,
                    __m512 *less)
{
    __m512 d, m;
    __m512i codes[4];
    __mmask16 runs = (__mmask16)((1u << 2 * blocks) - 1);
    scales16(type, b, blocks, &d, &m);
    for (unsigned pair = 0; pair < blocks / 2; pair++)
        codes[pair] = codes64(type, b, pair);
    for (unsigned i = 0; i < count; i++) {
        size_t from = i * x->n + at;
        __m512 scales = _mm512_maskz_loadu_ps(runs, x->scales + from / 16);
        __m512 sums = _mm512_maskz_loadu_ps(runs, x->sums + from / 16);
        less[i] = _mm512_fmadd_ps(has_minima(type) ? m : d, sums, less[i]);
        scales = _mm512_mul_ps(scales, d);
        for (unsigned pair = 0; pair < blocks / 2; pair++) {
            __m512i input = _mm512_loadu_si512(x->codes + from + 64 * pair);
            __m512i products = _mm512_dpbusd_epi32(_mm512_setzero_si512(), codes[pair], input);
            totals[i * 4 + pair] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(products),
                                                   spread(scales, pair), totals[i * 4 + pair]);
        }
    }
}

INLINE float total_of(enum gguf_type type, const __m512 totals[4], __m512 less)
{
    float offset = has_minima(type) ? 1 : (float)code_offset(type);
    __m512 sum =
        _mm512_add_ps(_mm512_add_ps(totals[0], totals[1]), _mm512_add_ps(totals[2], totals[3]));
    return _mm512_reduce_add_ps(_mm512_fnmadd_ps(_mm512_set1_ps(offset), less, sum));
}

/*
 * The last columns of a row, added to y. Apart from the others: what a loop of unknown length adds
 * to lies in memory, and is stored each time.
 */
INLINE void rest_by(enum gguf_type type, const uint8_t *row, const struct packed_inputs *x,
                    size_t at, unsigned count, float *y, size_t stride)
{
    __m512 totals[12], less[3];
    for (unsigned i = 0; i < 4 * count; i++)
        totals[i] = _mm512_setzero_ps();
    for (unsigned i = 0; i < count; i++)
        less[i] = _mm512_setzero_ps();
    dot_run(type, row, (unsigned)(x->n - at) / 32, x, at, count, totals, less);
    for (unsigned i = 0; i < count; i++)
        y[i * stride] += total_of(type, totals + 4 * i, less[i]);
}

INLINE void row_by(enum gguf_type type, const uint8_t *row, const struct packed_inputs *x,
                   unsigned count, float *y, size_t stride)
{
    __m512 totals[12], less[3];
    size_t step = is_wide(type) ? block_bytes(type) : 8 * block_bytes(type), at = 0;
    for (unsigned i = 0; i < 4 * count; i++)
        totals[i] = _mm512_setzero_ps();
    for (unsigned i = 0; i < count; i++)
        less[i] = _mm512_setzero_ps();
    for (; at + 256 <= x->n; at += 256, row += step)
        dot_run(type, row, 8, x, at, count, totals, less);
    for (unsigned i = 0; i < count; i++)
        y[i * stride] = total_of(type, totals + 4 * i, less[i]);
    if (!is_wide(type) && at < x->n)
        rest_by(type, row, x, at, count, y, stride);
}

INLINE void rows_by(enum gguf_type type, const uint8_t *data, size_t row_bytes, size_t rows,
                    const struct packed_inputs *x, float *y, size_t stride)
{
    for (size_t r = 0; r < rows; r++, data += row_bytes) {
        prefetch_far(data, row_bytes);
        if (x->count == 1)
            row_by(type, data, x, 1, y + r, stride);
        else if (x->count == 2)
            row_by(type, data, x, 2, y + r, stride);
        else
            row_by(type, data, x, 3, y + r, stride);
    }
}

#define ROWS(type)                                                                                 \
    TARGET static void rows_##type(const uint8_t *data, size_t row_bytes, size_t rows,             \
                                   const struct packed_inputs *x, float *y, size_t stride)         \
    {                                                                                              \
        rows_by(GGUF_##type, data, row_bytes, rows, x, y, stride);                                 \
    }
PACKED_OTHERS(ROWS)

packed_rows *const packed_rows_avx512[GGUF_TYPE_COUNT] = {
#define ENTRY(type) [GGUF_##type] = rows_##type,
#define FOURS(type) [GGUF_##type] = packed_fours_##type,
    PACKED_OTHERS(ENTRY) PACKED_FOURS(FOURS)};
#endif
