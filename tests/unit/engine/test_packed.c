/*
 * Products with packed rows against unpacked rows and the same quantised inputs: multiplied in
 * double for any scales, and in integers, bit for bit, for scales that make every partial sum a
 * float.
 */
#include "engine_test.h"

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/matrix.h"

static uint64_t state = 88172645463325252u;

static uint32_t random_bits(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 32);
}

enum { MOST_COLS = 768, MOST_ROWS = 37, MOST_INPUTS = 27 };

/* Where a type's block keeps its F16 scales; random bits there would be infinities. */
static void set_scales(enum gguf_type type, uint8_t *block, bool exact)
{
    uint16_t scale = float_to_half(exact ? 0x1p-4f : (float)(random_bits() % 1000 + 1) / 1000);
    int at[2] = {0, -1};
    switch (type) {
    case GGUF_Q4_1:
    case GGUF_Q5_1:
    case GGUF_Q4_K:
    case GGUF_Q5_K:
        at[1] = 2;
        break;
    case GGUF_Q2_K:
        at[0] = 80;
        at[1] = 82;
        break;
    case GGUF_Q3_K:
        at[0] = 108;
        break;
    case GGUF_Q6_K:
        at[0] = 208;
        break;
    case GGUF_TQ1_0:
        at[0] = 52;
        break;
    case GGUF_TQ2_0:
        at[0] = 64;
        break;
    case GGUF_MXFP4:
        block[0] = exact ? 124 : (uint8_t)(120 + random_bits() % 12);
        return;
    default:
        break;
    }
    for (int i = 0; i < 2; i++) {
        if (at[i] >= 0)
            memcpy(block + at[i], &scale, 2);
    }
}

/* Column i of input t as it was rounded. */
static double input_of(const struct packed_inputs *p, size_t t, size_t i)
{
    if (!p->panels)
        return (double)p->scales[(t * p->n + i) / 16] * p->codes[t * p->n + i];
    int code = (uint8_t)p->codes[(i / 4 * p->count + t) * 4 + i % 4] - 128;
    return (double)p->scales[i / 32 * p->count + t] * code;
}

/* A product of random rows and inputs, and what lies in memory for it. */
struct trial {
    struct matrix m;
    struct activations x;
    float *got;
};

static float values[MOST_INPUTS * MOST_COLS], results[MOST_INPUTS * (MOST_ROWS + 3)];

/* That many bytes for a matrix, behind which nothing may be read. */
static uint8_t *guarded(size_t bytes)
{
    static uint8_t *end;
    const size_t room = MOST_ROWS * MOST_COLS * 2, page = (size_t)sysconf(_SC_PAGESIZE);
    if (end == NULL) {
        size_t whole = (room + page - 1) / page * page;
        void *map =
            mmap(NULL, whole + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_true(map != MAP_FAILED);
        end = (uint8_t *)map + whole;
        assert_int_equal(mprotect(end, page, PROT_NONE), 0);
    }
    assert_true(bytes <= room);
    return end - bytes;
}

static void fill_values(size_t n, bool exact)
{
    if (!exact) {
        for (size_t i = 0; i < n; i++)
            values[i] = (float)(int32_t)random_bits() / 2147483648.0f;
        return;
    }
    /* Codes: one of 127 in each run, so that its scale is a power of two; small ones besides. */
    for (size_t i = 0; i < n; i++)
        values[i] = (float)((int)(random_bits() % 7) - 3) * 0x1p-7f;
    for (size_t i = 0; i < n; i += 32)
        values[i + random_bits() % 32] = random_bits() % 2 == 0 ? 127 * 0x1p-7f : -127 * 0x1p-7f;
}

/* Products of t->m with the values, the rows up to `cut` apart from the others. */
static void trial_multiply(struct trial *t, const struct kernels *k, size_t count, uint32_t cut)
{
    const uint32_t rows = t->m.rows;
    t->x = (struct activations){.values = values, .n = t->m.cols, .count = count};
    t->x.storage = malloc(activations_size(t->m.cols, count));
    void *scratch = malloc(matrix_scratch(t->m.cols));
    assert_true(t->x.storage != NULL && scratch != NULL);
    assert_true(activations_begin(&t->x, k, t->m.type));
    activations_fill(&t->x, k, 0, count);
    for (size_t i = 0; i < sizeof(results) / sizeof(results[0]); i++)
        results[i] = 12345;
    t->got = results;
    matrix_multiply(k, &t->m, &t->x, 0, cut, t->got, rows + 3, scratch);
    matrix_multiply(k, &t->m, &t->x, cut, rows, t->got, rows + 3, scratch);
    free(scratch);
    /* Nothing was written between the rows of results. */
    for (size_t n = 0; n < count; n++) {
        for (size_t i = rows; i < rows + 3; i++)
            assert_true(fabsf(results[n * (rows + 3) + i] - 12345) < 1e-6f);
    }
}

static void trial_run(struct trial *t, const struct kernels *k, enum gguf_type type, uint32_t rows,
                      uint32_t cols, size_t count, bool exact)
{
    uint32_t bytes = 0, block = gguf_type_block(type, &bytes);
    uint8_t *data = guarded((size_t)cols / block * bytes * rows);
    t->m = (struct matrix){
        .data = data, .row_bytes = cols / block * bytes, .rows = rows, .cols = cols, .type = type};
    for (size_t i = 0; i < t->m.row_bytes * rows; i++)
        data[i] = (uint8_t)random_bits();
    for (size_t b = 0; b < t->m.row_bytes * rows / bytes; b++)
        set_scales(type, data + b * bytes, exact);
    fill_values(count * cols, exact);
    trial_multiply(t, k, count, 0);
}

/* Within rounding of the product in double; more: for what cancels out. */
static void check_results(const struct trial *trial, const struct kernels *k, size_t count,
                          double more)
{
    static float row[MOST_COLS];
    const uint32_t rows = trial->m.rows, cols = trial->m.cols;
    for (uint32_t r = 0; r < rows; r++) {
        matrix_expand(&trial->m, r, row);
        for (size_t t = 0; t < count; t++) {
            double want = 0, scale = 0, got = (double)trial->got[t * (rows + 3) + r];
            for (uint32_t i = 0; i < cols; i++) {
                double input = input_of(&trial->x.packed, t, i);
                want += (double)row[i] * input;
                scale += fabs((double)row[i] * input);
            }
            if (!(fabs(got - want) <= 2e-6 * scale + 1e-4 * fabs(want) + more))
                fail_msg("%s, %s, %u x %u, %zu inputs: row %u, input %zu: %g, not %g", k->name,
                         gguf_type_name(trial->m.type), rows, cols, count, r, t, got, want);
        }
    }
}

static void check(const struct kernels *k, enum gguf_type type, uint32_t rows, uint32_t cols,
                  size_t count)
{
    struct trial trial;
    trial_run(&trial, k, type, rows, cols, count, false);
    check_results(&trial, k, count, 0);
    free(trial.x.storage);
}

/* The largest codes that there are, by inputs of one sign: no sum on the way may be too narrow. */
static void check_largest(const struct kernels *k, enum gguf_type type, size_t count)
{
    static const uint8_t codes[] = {0x00, 0x7f, 0x80, 0xff};
    uint32_t bytes = 0;
    (void)gguf_type_block(type, &bytes);
    for (size_t c = 0; c < 2 * sizeof(codes); c++) {
        struct trial trial;
        trial_run(&trial, k, type, 5, MOST_COLS, count, false);
        free(trial.x.storage);
        size_t size = trial.m.row_bytes * trial.m.rows;
        uint8_t *data = guarded(size);
        memset(data, codes[c / 2], size);
        for (size_t b = 0; b < size / bytes; b++)
            set_scales(type, data + b * bytes, true);
        for (size_t i = 0; i < count * MOST_COLS; i++)
            values[i] = c % 2 == 0 ? 1 : -1;
        trial_multiply(&trial, k, count, 0);
        check_results(&trial, k, count, 2e-6 * 0x1p-4 * 128 * MOST_COLS);
        free(trial.x.storage);
    }
}

/* However the rows are shared among threads, each result is the same to the bit. */
static void check_shared(const struct kernels *k, enum gguf_type type, size_t count)
{
    static float whole[sizeof(results) / sizeof(results[0])];
    struct trial trial;
    trial_run(&trial, k, type, MOST_ROWS, MOST_COLS, count, false);
    free(trial.x.storage);
    memcpy(whole, results, sizeof(whole));
    for (uint32_t cut = 1; cut < 10; cut++) {
        trial_multiply(&trial, k, count, cut);
        free(trial.x.storage);
        assert_memory_equal(whole, results, sizeof(whole));
    }
}

/* Every weight is a whole number of 2^-4, every input one of 2^-7: no sum may lose anything. */
static void check_exact(const struct kernels *k, enum gguf_type type, uint32_t rows, uint32_t cols,
                        size_t count)
{
    static float row[MOST_COLS];
    struct trial trial;
    trial_run(&trial, k, type, rows, cols, count, true);
    for (uint32_t r = 0; r < rows; r++) {
        matrix_expand(&trial.m, r, row);
        for (size_t t = 0; t < count; t++) {
            int64_t want = 0;
            for (uint32_t i = 0; i < cols; i++) {
                int64_t weight = (int64_t)(row[i] * 0x1p4f);
                assert_true(fabsf((float)weight - row[i] * 0x1p4f) < 1e-9f);
                want += weight * (int64_t)(values[t * cols + i] * 0x1p7f);
            }
            assert_true(llabs(want) < 1 << 24);
            int64_t got = (int64_t)(trial.got[t * (rows + 3) + r] * 0x1p11f);
            if (got != want)
                fail_msg("%s, %s, %u x %u, %zu inputs: row %u, input %zu: %lld, not %lld", k->name,
                         gguf_type_name(type), rows, cols, count, r, t, (long long)got,
                         (long long)want);
        }
    }
    free(trial.x.storage);
}

static const enum gguf_type types[] = {
    GGUF_Q8_0, GGUF_Q4_0, GGUF_Q4_1, GGUF_Q5_0, GGUF_Q5_1,   GGUF_IQ4_NL, GGUF_MXFP4, GGUF_Q2_K,
    GGUF_Q3_K, GGUF_Q4_K, GGUF_Q5_K, GGUF_Q6_K, GGUF_IQ4_XS, GGUF_TQ1_0,  GGUF_TQ2_0,
};
enum { TYPES = sizeof(types) / sizeof(types[0]) };

static void check_set(const struct kernels *k)
{
    for (size_t i = 0; i < TYPES; i++) {
        assert_true(k->packed->supported(types[i], 768));
        for (uint32_t rows = 1; rows <= MOST_ROWS; rows += 12) {
            for (size_t count = 1; count <= MOST_INPUTS; count += count < 5 ? 1 : 11) {
                check(k, types[i], rows, 768, count);
                if (k->packed->supported(types[i], 192))
                    check(k, types[i], rows, 192, count);
            }
        }
        check(k, types[i], 5, 256, 3);
        for (size_t count = 1; count <= 9; count++) {
            check_exact(k, types[i], 13, 512, count);
            check_exact(k, types[i], 33, 256, count);
            if (k->packed->supported(types[i], 96))
                check_exact(k, types[i], 19, 96, count);
        }
        check_exact(k, types[i], 37, 512, MOST_INPUTS);
        for (size_t count = 1; count <= 9; count += count < 4 ? 1 : 5) {
            check_largest(k, types[i], count);
            check_shared(k, types[i], count);
        }
        if (k->packed->supported(types[i], 320))
            check(k, types[i], 5, 320, 3);
    }
    assert_true(k->packed->supported(GGUF_Q8_0, 768) && k->packed->supported(GGUF_Q4_K, 768));
    assert_false(k->packed->supported(GGUF_Q8_0, 80));
    assert_false(k->packed->supported(GGUF_Q4_K, 128));
    assert_false(k->packed->supported(GGUF_F16, 256));
}

static void test_avx512(void **unused)
{
    (void)unused;
    if (kernels_avx512() == NULL)
        skip();
    check_set(kernels_avx512());
}

static void test_avx2(void **unused)
{
    (void)unused;
    if (kernels_avx2() == NULL)
        skip();
    check_set(kernels_avx2());
}

static void test_neon(void **unused)
{
    (void)unused;
    if (kernels_neon() == NULL)
        skip();
    check_set(kernels_neon());
    if (kernels_neon_dot() != NULL)
        check_set(kernels_neon_dot());
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_avx512), cmocka_unit_test(test_avx2),
                                       cmocka_unit_test(test_neon)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
