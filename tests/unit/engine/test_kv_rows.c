/* Every set of attention's loops against the plain one. */
#include "engine_test.h"

#include <math.h>

#include "engine/kv_rows.h"

enum { MOST = 40, WIDEST = 256 };

static uint32_t seed = 1;

static float next_value(float range)
{
    seed = seed * 1664525u + 1013904223u;
    return ((float)(seed >> 8) / 8388608.0f - 1) * range;
}

static void assert_near(const float *a, const float *b, size_t n, float within)
{
    for (size_t i = 0; i < n; i++) {
        if (!(fabsf(a[i] - b[i]) <= within * (1 + fabsf(a[i]))))
            fail_msg("%zu: %g, not %g", i, (double)b[i], (double)a[i]);
    }
}

static void compare(const struct kernels *kernels, size_t n, size_t count)
{
    static uint16_t halves[MOST * WIDEST], other[MOST * WIDEST];
    static struct block_q8_0 blocks[MOST * WIDEST / BLOCK_Q8_0];
    static float values[MOST * WIDEST];
    float x[WIDEST], want[WIDEST] = {0}, got[WIDEST] = {0}, shares[MOST];
    const struct kv_rows *plain = &kv_rows_plain, *rows = kernels->rows;
    for (size_t i = 0; i < count * n; i++)
        values[i] = next_value(4);
    for (size_t i = 0; i < n; i++)
        x[i] = next_value(2);
    for (size_t i = 0; i < count; i++)
        shares[i] = next_value(1);
    plain->to_half(halves, values, count * n);
    rows->to_half(other, values, count * n);
    assert_memory_equal(halves, other, count * n * sizeof(*halves));
    got[count] = want[count] = 77;
    plain->dots_f16(want, halves, x, n, count);
    rows->dots_f16(got, halves, x, n, count);
    assert_near(want, got, count + 1, 1e-4f); /* and nothing behind */
    memcpy(got, x, sizeof(got));
    memcpy(want, x, sizeof(want));
    plain->mix_f16(want, halves, shares, n, count);
    rows->mix_f16(got, halves, shares, n, count);
    assert_near(want, got, n, 1e-5f);
    if (n % BLOCK_Q8_0 == 0) {
        kernels->quantize_q8_0(blocks, values, count * n);
        plain->mix_q8_0(want, blocks, shares, n, count);
        rows->mix_q8_0(got, blocks, shares, n, count);
        assert_near(want, got, n, 1e-5f);
    }
}

static void compare_soften(const struct kv_rows *rows, size_t count, float range)
{
    float want[100], got[100];
    for (size_t i = 0; i < count; i++)
        want[i] = got[i] = next_value(range);
    got[count] = want[count] = 77;
    kv_rows_plain.soften(want, count);
    rows->soften(got, count);
    for (size_t i = 0; i <= count; i++) {
        if (!(fabsf(want[i] - got[i]) <= 1e-6f * want[i] + 1e-30f))
            fail_msg("%zu of %zu: %g, not %g", i, count, (double)got[i], (double)want[i]);
    }
}

static void test_sets(void **unused)
{
    (void)unused;
    static const size_t sizes[] = {8, 20, 32, 48, 64, 80, 96, 128, 200};
    const struct kernels *sets[] = {kernels_plain(), kernels_avx2(), kernels_avx512(),
                                    kernels_neon()};
    for (size_t s = 0; s < 4; s++) {
        if (sets[s] == NULL)
            continue;
        for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
            for (size_t count = 1; count <= 33; count++)
                compare(sets[s], sizes[i], count);
        }
        for (size_t count = 1; count < 100; count++) {
            compare_soften(sets[s]->rows, count, 1);
            compare_soften(sets[s]->rows, count, 30);
            compare_soften(sets[s]->rows, count, 500);
        }
    }
}

/* What is no number must not turn into one. */
static void test_no_numbers(void **unused)
{
    (void)unused;
    const struct kernels *sets[] = {kernels_plain(), kernels_avx2(), kernels_avx512(),
                                    kernels_neon()};
    for (size_t s = 0; s < 4; s++) {
        if (sets[s] == NULL)
            continue;
        for (size_t at = 0; at < 20; at++) {
            float scores[20];
            for (size_t i = 0; i < 20; i++)
                scores[i] = i == at ? NAN : (float)i;
            sets[s]->rows->soften(scores, 20);
            assert_true(isnan(scores[0]) && isnan(scores[19]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets),
        cmocka_unit_test(test_no_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
