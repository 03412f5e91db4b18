/* Scoring and inspecting; the subcommands that use them are tested in gateway/test_cmd_tools.c. */
#include "golden.h"

#include "engine/engine_tools.h"

static struct engine_model *open_model(const char *name)
{
    char path[512];
    struct engine_model *model = NULL;
    golden_path(path, sizeof(path), name);
    struct engine_source source = {.path = path};
    assert_int_equal(engine_model_open(&model, &source, NULL), 0);
    return model;
}

/* The log-probability of a next token is what the golden file's logits say. */
static void test_score_is_that_of_the_logits(void **unused)
{
    (void)unused;
    char path[512];
    golden_path(path, sizeof(path), "llama-linear.golden.json");
    json_t *root = json_load_file(path, 0, NULL), *prompt;
    struct engine_model *model = open_model("llama-linear.gguf");
    size_t i = 0;
    json_array_foreach(json_object_get(root, "prompts"), i, prompt)
    {
        const json_t *ids = json_object_get(prompt, "tokens");
        const json_t *logits = json_object_get(prompt, "logits_f32");
        size_t count = json_array_size(ids);
        static int32_t tokens[257];
        static float all[256], last[1];
        static double values[512];
        assert_true(count <= 256 && json_array_size(logits) == 512);
        for (size_t t = 0; t < count; t++)
            tokens[t] = (int32_t)json_integer_value(json_array_get(ids, t));
        for (size_t t = 0; t < 512; t++)
            values[t] = json_number_value(json_array_get(logits, t));
        for (int32_t next = 0; next < 512; next += 100) {
            tokens[count] = next;
            double want = values[next] - log_sum(values, 512);
            assert_int_equal(engine_score(model, tokens, count + 1, count, 1, last, NULL), 0);
            assert_true(fabs((double)last[0] - want) < 0.1);
        }
        /* Those before it are the same whichever is asked for. */
        assert_int_equal(engine_score(model, tokens, count + 1, 1, 2, all, NULL), 0);
        assert_true(fabsf(all[count - 1] - last[0]) < 1e-3f);
        for (size_t t = 0; t < count; t++)
            assert_true(all[t] <= 0);
    }
    assert_true(i >= 3);
    engine_model_free(model);
    json_decref(root);
}

static void test_score_refusals(void **unused)
{
    (void)unused;
    struct engine_error error;
    static int32_t tokens[600] = {1, 2, 3};
    static float out[600];
    struct engine_model *model = open_model("llama-linear.gguf"),
                        *encoder = open_model("bert.gguf");
    assert_int_equal(engine_score(model, tokens, 3, 0, 1, out, &error), ENGINE_ERR_ARGUMENT);
    assert_int_equal(engine_score(model, tokens, 3, 3, 1, out, &error), ENGINE_ERR_ARGUMENT);
    assert_int_equal(engine_score(model, tokens, 600, 1, 1, out, &error), ENGINE_ERR_CONTEXT);
    assert_int_equal(engine_score(encoder, tokens, 3, 1, 1, out, &error), ENGINE_ERR_UNSUPPORTED);
    tokens[1] = 512;
    assert_int_equal(engine_score(model, tokens, 3, 1, 1, out, &error), ENGINE_ERR_ARGUMENT);
    engine_model_free(model);
    engine_model_free(encoder);
}

struct heard {
    size_t values, tensors, bytes;
    char last[128], epsilon[32], causal[8], tokens[32];
};

static void hear_value(void *context, const char *key, const char *value)
{
    struct heard *h = context;
    assert_true(strcmp(h->last, key) < 0); /* in order */
    snprintf(h->last, sizeof(h->last), "%.127s", key);
    if (strcmp(key, "bert.attention.layer_norm_epsilon") == 0)
        snprintf(h->epsilon, sizeof(h->epsilon), "%.31s", value);
    if (strcmp(key, "bert.attention.causal") == 0)
        snprintf(h->causal, sizeof(h->causal), "%.7s", value);
    if (strcmp(key, "tokenizer.ggml.tokens") == 0)
        snprintf(h->tokens, sizeof(h->tokens), "%.31s", value);
    h->values++;
}

static void hear_tensor(void *context, const char *name, const char *type, const uint64_t dims[4],
                        size_t bytes)
{
    struct heard *h = context;
    if (strcmp(name, "token_embd.weight") == 0) {
        assert_string_equal(type, "F16");
        assert_int_equal(dims[0], 96);
        assert_int_equal(dims[1], 512);
        assert_int_equal(bytes, 96 * 512 * 2);
    }
    h->tensors++;
    h->bytes += bytes;
}

static void test_inspect(void **unused)
{
    (void)unused;
    char path[512];
    struct heard h = {0};
    struct engine_error error;
    golden_path(path, sizeof(path), "bert.gguf");
    struct engine_source source = {.path = path};
    struct engine_inspector inspector = {&h, hear_value, hear_tensor};
    assert_int_equal(engine_inspect(&source, &inspector, &error), 0);
    assert_int_equal(h.values, 22);
    assert_int_equal(h.tensors, 37);
    assert_string_equal(h.epsilon, "9.99999996e-13");
    assert_string_equal(h.causal, "false");
    assert_string_equal(h.tokens, "[512 strings]");
    inspector = (struct engine_inspector){0};
    assert_int_equal(engine_inspect(&source, &inspector, &error), 0);
    source.path = "/dev/null";
    assert_int_equal(engine_inspect(&source, &inspector, &error), ENGINE_ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_score_is_that_of_the_logits),
        cmocka_unit_test(test_score_refusals),
        cmocka_unit_test(test_inspect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
