/* Encoders against llama.cpp's embeddings, alone and in batches. */
#include "golden.h"

#include "engine/engine.h"

enum { MOST_WIDTH = 96, MOST_TOKENS = 256 };

#ifdef PENSTOCK_LLAMA
#define EXACT within_f16 /* it rounds activations to suit the weights */
#else
#define EXACT within_exact
#endif

static struct engine_model *open_model(const char *name)
{
    char path[512];
    struct engine_error error;
    struct engine_model *model = NULL;
    golden_path(path, sizeof(path), name);
    struct engine_source source = {.path = path};
    if (engine_model_open(&model, &source, &error) != 0)
        fail_msg("%s: %s", name, error.text);
    return model;
}

static void check_golden(const char *name, struct tolerance tolerance)
{
    char path[512], file[64];
    snprintf(file, sizeof(file), "%s.golden.json", name);
    golden_path(path, sizeof(path), file);
    json_t *root = json_load_file(path, 0, NULL), *prompt;
    assert_non_null(root);
    snprintf(file, sizeof(file), "%s.gguf", name);
    struct engine_model *model = open_model(file);
    struct engine_model_info info;
    engine_model_describe(model, &info);
    assert_int_equal(info.embedding_width, json_integer_value(json_object_get(root, "n_embd")));

    static int32_t tokens[8][MOST_TOKENS];
    static float alone[8][MOST_WIDTH], batch[8 * MOST_WIDTH], threads[8 * MOST_WIDTH];
    struct engine_text texts[8];
    size_t i = 0, width = info.embedding_width;
    json_array_foreach(json_object_get(root, "prompts"), i, prompt)
    {
        const json_t *ids = json_object_get(prompt, "tokens"),
                     *text = json_object_get(prompt, "text");
        assert_true(i < 8 && json_array_size(ids) <= MOST_TOKENS);
        texts[i] = (struct engine_text){tokens[i], json_array_size(ids)};
        for (size_t t = 0; t < texts[i].count; t++)
            tokens[i][t] = (int32_t)json_integer_value(json_array_get(ids, t));
        if (text != NULL) {
            int32_t own[MOST_TOKENS];
            size_t count = 0;
            assert_int_equal(engine_tokenize(model, json_string_value(text),
                                             json_string_length(text), ENGINE_TOKENIZE_BOS, own,
                                             MOST_TOKENS, &count, NULL),
                             0);
            assert_int_equal(count, texts[i].count);
            assert_memory_equal(own, tokens[i], count * sizeof(*own));
        }
        assert_int_equal(engine_embed(model, &texts[i], 1, 1, alone[i], NULL), 0);
        struct distance d = golden_distance(json_object_get(prompt, "embedding_f32"), alone[i]);
        d.kl = 0; /* of logits only */
        if (!golden_within(d, tolerance))
            fail_msg("%s, %s: difference %g sigma, 1 - cosine %g", name,
                     json_string_value(json_object_get(prompt, "name")), d.difference, d.cosine);
        print_message("%s, %s: %.2g sigma\n", name,
                      json_string_value(json_object_get(prompt, "name")), d.difference);
    }
    assert_true(i >= 2);
    /* Texts do not see each other, and neither company nor threads change a vector by much. */
    assert_int_equal(engine_embed(model, texts, i, 1, batch, NULL), 0);
    assert_int_equal(engine_embed(model, texts, i, 3, threads, NULL), 0);
    assert_memory_equal(batch, threads, i * width * sizeof(*batch));
    for (size_t t = 0; t < i; t++) {
        for (size_t n = 0; n < width; n++)
            assert_true(fabsf(batch[t * width + n] - alone[t][n]) < 1e-4f);
    }
    engine_model_free(model);
    json_decref(root);
}

static void test_bert(void **unused)
{
    (void)unused;
    check_golden("bert", within_gelu);
}

static void test_nomic_bert(void **unused)
{
    (void)unused;
    check_golden("nomic-bert", EXACT);
}

static void test_classifier(void **unused)
{
    (void)unused;
    char label[16];
    struct engine_model_info info;
    check_golden("bert-rank", within_gelu);
    struct engine_model *model = open_model("bert-rank.gguf");
    engine_model_describe(model, &info);
    assert_true(info.classifies);
    assert_int_equal(engine_label(model, 1, label, sizeof(label)), 8);
    assert_memory_equal(label, "negative", 8);
    assert_int_equal(engine_label(model, 0, label, 3), 8);
    assert_int_equal(engine_label(model, 3, label, sizeof(label)), 0);
    engine_model_free(model);
}

/* More texts than one pass takes, of every length. */
static void test_many_texts(void **unused)
{
    (void)unused;
    struct engine_model *model = open_model("bert.gguf");
    static int32_t tokens[MOST_TOKENS];
    static float all[40 * MOST_WIDTH], one[MOST_WIDTH];
    struct engine_text texts[40];
    for (size_t i = 0; i < MOST_TOKENS; i++)
        tokens[i] = (int32_t)(i * 37 % 512);
    for (size_t i = 0; i < 40; i++)
        texts[i] = (struct engine_text){tokens + i, 1 + i * 53 % (MOST_TOKENS - i)};
    assert_int_equal(engine_embed(model, texts, 40, 2, all, NULL), 0);
    for (size_t i = 0; i < 40; i++) {
        assert_int_equal(engine_embed(model, &texts[i], 1, 1, one, NULL), 0);
        for (size_t n = 0; n < MOST_WIDTH; n++)
            assert_true(fabsf(all[i * MOST_WIDTH + n] - one[n]) < 1e-4f);
    }
    assert_int_equal(engine_embed(model, texts, 0, 1, NULL, NULL), 0);
    engine_model_free(model);
}

static void test_refusals(void **unused)
{
    (void)unused;
    struct engine_error error;
    struct engine_session *session = NULL;
    struct engine_model *model = open_model("bert.gguf"),
                        *decoder = open_model("llama-linear.gguf");
    static int32_t tokens[MOST_TOKENS + 1];
    float out[MOST_WIDTH];
    struct engine_text text = {tokens, MOST_TOKENS + 1};
    assert_int_equal(engine_embed(model, &text, 1, 1, out, &error), ENGINE_ERR_CONTEXT);
    text.count = 0;
    assert_int_equal(engine_embed(model, &text, 1, 1, out, &error), ENGINE_ERR_CONTEXT);
    text.count = 2;
    tokens[1] = 512;
    assert_int_equal(engine_embed(model, &text, 1, 1, out, &error), ENGINE_ERR_ARGUMENT);
    tokens[1] = -1;
    assert_int_equal(engine_embed(model, &text, 1, 1, out, &error), ENGINE_ERR_ARGUMENT);
    tokens[1] = 5;
    assert_int_equal(engine_embed(model, &text, 1, 1000, out, &error), ENGINE_ERR_ARGUMENT);
    assert_int_equal(engine_embed(decoder, &text, 1, 1, out, &error), ENGINE_ERR_UNSUPPORTED);
    assert_int_equal(engine_session_new(&session, model, NULL, &error), ENGINE_ERR_UNSUPPORTED);
    assert_non_null(strstr(error.text, "encoder"));
    engine_model_free(model);
    engine_model_free(decoder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bert),       cmocka_unit_test(test_nomic_bert),
        cmocka_unit_test(test_classifier), cmocka_unit_test(test_many_texts),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
