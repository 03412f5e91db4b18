/* Panels against unpacked rows and the same quantised inputs, multiplied in double. */
#include "engine_test.h"

#include <math.h>

#include "engine/matrix.h"
#include "engine/panel.h"

static uint64_t state = 88172645463325252u;

static uint32_t random_bits(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

enum { MOST_COLS = 768, MOST_ROWS = 37, MOST_INPUTS = 21 };

static void check(enum gguf_type type, uint32_t rows, uint32_t cols, size_t count)
{
    static uint8_t data[MOST_ROWS * MOST_COLS * 2];
    static float values[MOST_INPUTS * MOST_COLS], row[MOST_COLS];
    static float got[MOST_INPUTS * (MOST_ROWS + 3)];
    uint32_t bytes = 0, block = gguf_type_block(type, &bytes);
    struct matrix m = {
        .data = data, .row_bytes = cols / block * bytes, .rows = rows, .cols = cols, .type = type};
    for (size_t i = 0; i < m.row_bytes * rows; i++)
        data[i] = (uint8_t)random_bits();
    for (size_t b = 0; b < m.row_bytes * rows / bytes; b++) {
        uint16_t scale = float_to_half((float)(random_bits() % 1000 + 1) / 1000);
        memcpy(data + b * bytes, &scale, 2);
        if (type == GGUF_Q4_K)
            memcpy(data + b * bytes + 2, &scale, 2);
    }
    for (size_t i = 0; i < count * cols; i++)
        values[i] = (float)(int32_t)random_bits() / 2147483648.0f;
    struct activations x = {.values = values, .n = cols, .count = count};
    x.q8 = malloc(activations_size(cols, count));
    void *scratch = malloc(matrix_scratch(cols));
    assert_true(x.q8 != NULL && scratch != NULL);
    activations_prepare(&x, kernels_get(), type);
    assert_true(x.has_q8);
    for (size_t i = 0; i < sizeof(got) / sizeof(got[0]); i++)
        got[i] = 12345;
    matrix_multiply(kernels_get(), &m, &x, 0, rows, got, rows + 3, scratch);
    for (uint32_t r = 0; r < rows; r++) {
        matrix_expand(&m, r, row);
        for (size_t t = 0; t < count; t++) {
            double want = 0, scale = 0;
            for (uint32_t i = 0; i < cols; i++) {
                const struct block_q8_0 *b = &x.q8[t * cols / 32 + i / 32];
                double input = (double)half_to_float(b->scale) * b->q[i % 32];
                want += (double)row[i] * input;
                scale += fabs((double)row[i] * input);
            }
            if (!(fabs((double)got[t * (rows + 3) + r] - want) <= 1e-6 * scale + 1e-4 * fabs(want)))
                fail_msg("%s, %u x %u, %zu inputs: row %u, input %zu: %g, not %g",
                         gguf_type_name(type), rows, cols, count, r, t,
                         (double)got[t * (rows + 3) + r], want);
        }
    }
    /* Nothing was written between the rows of results. */
    for (size_t t = 0; t < count; t++) {
        for (size_t i = rows; i < rows + 3; i++)
            assert_true(fabsf(got[t * (rows + 3) + i] - 12345) < 1e-6f);
    }
    free(x.q8);
    free(scratch);
}

static void test_types(void **unused)
{
    (void)unused;
    static const enum gguf_type types[] = {GGUF_Q8_0, GGUF_Q4_0, GGUF_Q4_K};
    if (kernels_avx512() == NULL) {
        print_message("this machine has no AVX-512 VNNI: nothing to compare\n");
        skip();
    }
    for (size_t i = 0; i < 3; i++) {
        for (uint32_t rows = 1; rows <= MOST_ROWS; rows += 6) {
            for (size_t count = 1; count <= MOST_INPUTS; count += 4) {
                check(types[i], rows, 768, count);
                check(types[i], rows, 256, count);
                if (types[i] != GGUF_Q4_K)
                    check(types[i], rows, 192, count);
            }
        }
    }
    /* Rows that are no whole number of pairs of blocks take the plain way. */
    check(GGUF_Q8_0, 20, 96, 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_types)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
