/* Every kernel set against the plain one: integers bit for bit, floats within rounding. */
#include "engine_test.h"

#include <math.h>

#include "engine/kernels.h"

enum { MOST = 1100 };

static uint64_t state = 88172645463325252u;

static uint32_t random_bits(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

static float random_float(void)
{
    return (float)random_bits() / 2147483648.0f - 1;
}

static size_t sets(const struct kernels *out[4])
{
    size_t n = 0;
    if (kernels_avx2() != NULL)
        out[n++] = kernels_avx2();
    if (kernels_avx512() != NULL)
        out[n++] = kernels_avx512();
    if (kernels_neon() != NULL)
        out[n++] = kernels_neon();
    if (kernels_neon_dot() != NULL)
        out[n++] = kernels_neon_dot();
    if (n == 0)
        print_message("this machine has no faster set than the plain one: nothing to compare\n");
    return n;
}

static void close_to(float got, float want, double scale)
{
    if (!(fabs((double)got - (double)want) <= 2e-6 * scale + 1e-9))
        fail_msg("got %.9g, want %.9g, scale %g", (double)got, (double)want, scale);
}

static void test_halves(void **unused)
{
    (void)unused;
    for (uint32_t h = 0; h < 65536; h++) {
        float f = half_to_float((uint16_t)h);
        if (isnan(f))
            assert_true((float_to_half(f) & 0x7fff) > 0x7c00);
        else
            assert_int_equal(float_to_half(f), h);
    }
    assert_int_equal(float_to_half(1.0f + 0x1p-11f), 0x3c00);     /* tie: to even */
    assert_int_equal(float_to_half(1.0f + 3 * 0x1p-11f), 0x3c02); /* tie: to even */
    assert_int_equal(float_to_half(65519.99f), 0x7bff);
    assert_int_equal(float_to_half(65520.0f), 0x7c00);
    assert_int_equal(float_to_half(1e10f), 0x7c00);
    assert_int_equal(float_to_half(-0x1p-25f), 0x8000);
    assert_int_equal(float_to_half(0x1.8p-25f), 0x0001);
}

static void test_dots(void **unused)
{
    (void)unused;
    const struct kernels *list[4];
    size_t count = sets(list);
    static float a[MOST], b[MOST], y[2][MOST];
    static uint16_t h[MOST];
    static int8_t p[MOST], q[MOST];
    for (size_t i = 0; i < MOST; i++) {
        a[i] = random_float();
        b[i] = random_float();
        h[i] = float_to_half(random_float());
        p[i] = (int8_t)random_bits();
        q[i] = (int8_t)random_bits();
        if (q[i] == -128)
            q[i] = 127;
    }
    memset(p, -128, 64);
    memset(q, 127, 64);
    for (size_t k = 0; k < count; k++) {
        for (size_t n = 0; n < MOST - 1; n += n < 200 ? 1 : 37) {
            const struct kernels *plain = kernels_plain();
            assert_int_equal(list[k]->dot_i8(p + 1, q + 1, n), plain->dot_i8(p + 1, q + 1, n));
            close_to(list[k]->dot_f32(a + 1, b + 1, n), plain->dot_f32(a + 1, b + 1, n), (double)n);
            close_to(list[k]->dot_f16(h + 1, b + 1, n), plain->dot_f16(h + 1, b + 1, n), (double)n);
            memcpy(y[0], b, sizeof(b));
            memcpy(y[1], b, sizeof(b));
            list[k]->axpy_f32(y[0], 0.3f, a, n);
            plain->axpy_f32(y[1], 0.3f, a, n);
            list[k]->axpy_f16(y[0], 0.7f, h, n);
            plain->axpy_f16(y[1], 0.7f, h, n);
            for (size_t i = 0; i < MOST; i++)
                close_to(y[0][i], y[1][i], i < n ? 1 : 0);
        }
    }
}

static void test_quantised(void **unused)
{
    (void)unused;
    const struct kernels *list[4];
    size_t count = sets(list);
    enum { BLOCKS = 9, ROWS = 5 };
    static float x[BLOCKS * 32], w[ROWS * BLOCKS * 32], y[2][ROWS];
    static struct block_q8_0 qx[2][BLOCKS], qw[ROWS * BLOCKS];
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < BLOCKS * 32; i++)
            x[i] = random_float() * (round % 7 == 0 ? 1e-7f : 30);
        for (size_t i = 0; i < ROWS * BLOCKS * 32; i++)
            w[i] = random_float();
        if (round == 3)
            memset(x, 0, sizeof(x));
        if (round == 4) {
            x[5] = INFINITY;
            x[40] = NAN;
        }
        const struct kernels *plain = kernels_plain();
        plain->quantize_q8_0(qw, w, ROWS * BLOCKS * 32);
        plain->quantize_q8_0(qx[0], x, BLOCKS * 32);
        qw[3].q[4] = -128;
        for (size_t k = 0; k < count; k++) {
            list[k]->quantize_q8_0(qx[1], x, BLOCKS * 32);
            if (round == 4) /* only that nothing overflows: the scale itself is no number */
                continue;
            assert_memory_equal(qx[0], qx[1], sizeof(qx[0]));
            for (size_t n = 1; n <= BLOCKS; n++)
                close_to(list[k]->dot_q8_0(qw, qx[0], n), plain->dot_q8_0(qw, qx[0], n),
                         30.0 * 32 * (double)n);
            plain->matvec_q8_0(y[0], qw, qx[0], ROWS, BLOCKS);
            list[k]->matvec_q8_0(y[1], qw, qx[0], ROWS, BLOCKS);
            for (size_t r = 0; r < ROWS; r++)
                close_to(y[1][r], y[0][r], 30.0 * 32 * BLOCKS);
        }
    }
}

static void fill_random(float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = random_float();
}

static void test_multiply(void **unused)
{
    (void)unused;
    const struct kernels *list[4];
    size_t count = sets(list);
    enum { ROWS = 7, INNER = 70, COLUMNS = 80, STRIDE = 83 };
    static float a[ROWS * STRIDE], b[INNER * COLUMNS], c[2][ROWS * STRIDE];
    fill_random(a, ROWS * STRIDE);
    fill_random(b, INNER * COLUMNS);
    fill_random(c[0], ROWS * STRIDE);
    for (size_t k = 0; k < count; k++) {
        for (size_t columns = 16; columns <= COLUMNS; columns += 16) {
            for (size_t rows = 1; rows <= ROWS; rows++) {
                static float before[ROWS * STRIDE];
                memcpy(before, c[0], sizeof(before));
                memcpy(c[1], before, sizeof(before));
                kernels_plain()->multiply_f32(c[0], STRIDE, a, STRIDE, b, rows, INNER, columns);
                list[k]->multiply_f32(c[1], STRIDE, a, STRIDE, b, rows, INNER, columns);
                for (size_t i = 0; i < ROWS * STRIDE; i++)
                    close_to(c[1][i], c[0][i],
                             i / STRIDE < rows && i % STRIDE < columns ? INNER : 0);
                memcpy(c[0], before, sizeof(before));
            }
        }
        static float turned[2][COLUMNS * 48];
        for (size_t n = 1; n <= COLUMNS; n += 13) {
            memset(turned, 0, sizeof(turned));
            kernels_plain()->turn_f32(turned[0], 48, b, n, 32);
            list[k]->turn_f32(turned[1], 48, b, n, 32);
            assert_memory_equal(turned[0], turned[1], sizeof(turned[0]));
        }
    }
}

static void test_curves(void **unused)
{
    (void)unused;
    const struct kernels *list[4];
    size_t count = sets(list);
    enum { N = 75 };
    static float x[N], gate[2][N], y[2][N];
    static uint16_t halves[N];
    for (size_t k = 0; k < count; k++) {
        for (int round = 0; round < 100; round++) {
            float most = -INFINITY;
            for (size_t i = 0; i < N; i++) {
                x[i] = random_float() * (round % 3 == 0 ? 100 : 4);
                most = x[i] > most ? x[i] : most;
                halves[i] = (uint16_t)(random_bits() & 0xbfff); /* no infinities */
            }
            memcpy(y[0], x, sizeof(x));
            memcpy(y[1], x, sizeof(x));
            float want = kernels_plain()->exp_sum(y[0], most, N);
            close_to(list[k]->exp_sum(y[1], most, N), want, (double)want);
            for (size_t i = 0; i < N; i++)
                assert_true(fabsf(y[1][i] - y[0][i]) <= 4e-7f * y[0][i] + 1e-37f);
            memcpy(gate[0], x, sizeof(x));
            memcpy(gate[1], x, sizeof(x));
            fill_random(y[0], N);
            kernels_plain()->silu(gate[0], y[0], N);
            list[k]->silu(gate[1], y[0], N);
            for (size_t i = 0; i < N; i++)
                close_to(gate[1][i], gate[0][i], fabs((double)gate[0][i]));
            kernels_plain()->expand_f16(y[0], halves, N);
            list[k]->expand_f16(y[1], halves, N);
            assert_memory_equal(y[0], y[1], sizeof(y[0]));
        }
    }
}

static void test_quantise_values(void **unused)
{
    (void)unused;
    float x[32] = {127, -127, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 100.4f};
    static const int8_t want[8] = {127, -127, 0, 2, 2, 0, -2, 100};
    struct block_q8_0 out;
    kernels_plain()->quantize_q8_0(&out, x, 32);
    assert_int_equal(out.scale, 0x3c00);
    assert_memory_equal(out.q, want, sizeof(want));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_halves),    cmocka_unit_test(test_dots),
        cmocka_unit_test(test_quantised), cmocka_unit_test(test_quantise_values),
        cmocka_unit_test(test_multiply),  cmocka_unit_test(test_curves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
