/* Unpacking of every weight type against the values in dequant.json. */
#include "engine_test.h"

#include <jansson.h>
#include <math.h>

#include "engine/matrix.h"
#include "engine/unpack.h"

static void near(double got, double want, double scale, const char *file, const char *tensor,
                 size_t at)
{
    if (!(fabs(got - want) <= 1e-6 * fmax(fabs(want), scale)))
        fail_msg("%s, %s, element %zu: %.9g, not %.9g", file, tensor, at, got, want);
}

static void check_tensor(const char *name, const struct gguf_tensor *t, const json_t *want)
{
    struct matrix m = {.data = t->data,
                       .row_bytes = t->size / (size_t)(t->elements / t->dims[0]),
                       .rows = (uint32_t)(t->elements / t->dims[0]),
                       .cols = (uint32_t)t->dims[0],
                       .type = t->type};
    float *values = malloc(t->elements * sizeof(*values));
    assert_non_null(values);
    assert_true(matrix_type_supported(t->type));
    double sum = 0, squares = 0, absolute = 0;
    for (uint32_t r = 0; r < m.rows; r++)
        matrix_expand(&m, r, values + (size_t)r * m.cols);
    for (size_t i = 0; i < t->elements; i++) {
        sum += (double)values[i];
        squares += (double)values[i] * (double)values[i];
        absolute += fabs((double)values[i]);
    }
    const json_t *first = json_object_get(want, "first"), *at = json_object_get(want, "at");
    const json_t *picked = json_object_get(want, "values");
    for (size_t i = 0; i < json_array_size(first); i++)
        near((double)values[i], json_number_value(json_array_get(first, i)), 0, name, t->name, i);
    assert_true(json_array_size(at) > 0 && json_array_size(at) == json_array_size(picked));
    for (size_t i = 0; i < json_array_size(at); i++) {
        size_t place = (size_t)json_integer_value(json_array_get(at, i));
        near((double)values[place], json_number_value(json_array_get(picked, i)), 0, name, t->name,
             place);
    }
    near(sum, json_number_value(json_object_get(want, "sum")), absolute, name, t->name, 0);
    near(squares, json_number_value(json_object_get(want, "sum_of_squares")), 0, name, t->name, 0);
    free(values);
}

static void test_dequant(void **unused)
{
    (void)unused;
    char path[512];
    json_error_t parse_error;
    if (!shared_path(path, sizeof(path), "quant/dequant.json"))
        skip();
    json_t *root = json_load_file(path, 0, &parse_error), *tensors, *want;
    assert_non_null(root);
    const char *name, *tensor;
    size_t checked = 0;
    json_object_foreach(root, name, tensors)
    {
        char relative[128];
        snprintf(relative, sizeof(relative), "quant/%s", name);
        assert_true(shared_path(path, sizeof(path), relative));
        struct engine_source source = {.path = path};
        struct gguf *file = NULL;
        assert_int_equal(gguf_open(&file, &source, NULL), 0);
        json_object_foreach(tensors, tensor, want)
        {
            const struct gguf_tensor *t = gguf_tensor(file, tensor);
            assert_non_null(t);
            assert_string_equal(gguf_type_name(t->type),
                                json_string_value(json_object_get(want, "type")));
            check_tensor(name, t, want);
            checked++;
        }
        gguf_free(file);
    }
    assert_true(checked > 100);
    json_decref(root);
}

/* MXFP4 has no golden file: the specification's own values. */
static void test_mxfp4(void **unused)
{
    (void)unused;
    uint8_t block[17] = {127};
    float out[32];
    for (unsigned i = 0; i < 16; i++)
        block[1 + i] = (uint8_t)(i | (15 - i) << 4);
    static const float want[16] = {0,     0.5f,  1,  1.5f,  2,  3,  4,  6,
                                   -0.0f, -0.5f, -1, -1.5f, -2, -3, -4, -6};
    unpack_for(GGUF_MXFP4)(block, out, 32);
    for (unsigned i = 0; i < 16; i++) {
        assert_true(fabsf(out[i] - want[i]) < 1e-9f);
        assert_true(fabsf(out[31 - i] - want[i]) < 1e-9f);
    }
    block[0] = 129;
    unpack_for(GGUF_MXFP4)(block, out, 32);
    assert_true(fabsf(out[7] - 24) < 1e-9f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dequant),
        cmocka_unit_test(test_mxfp4),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
