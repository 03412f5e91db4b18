/* The subcommands that look at a model: tokenize, model, perplexity, bench, chat. */
#include "command_run.h"

#include <jansson.h>
#include <math.h>

#include "gateway/cmd_bench.h"
#include "gateway/cmd_chat.h"
#include "gateway/cmd_model.h"
#include "gateway/cmd_perplexity.h"
#include "gateway/cmd_tokenize.h"

static const char models[] = TEST_SOURCE_DIR "/tests/golden/models";
static const char llama[] = TEST_SOURCE_DIR "/tests/golden/models/llama-linear.gguf";
static const char bert[] = TEST_SOURCE_DIR "/tests/golden/models/bert.gguf";

/* The output as JSON; the caller frees it. */
static json_t *parsed(void)
{
    json_t *root = json_loads(output, 0, NULL);
    assert_non_null(root);
    return root;
}

static json_int_t integer(const json_t *object, const char *key)
{
    assert_true(json_is_integer(json_object_get(object, key)));
    return json_integer_value(json_object_get(object, key));
}

/* ---- tokenize ---- */

static void test_tokenize(void **state)
{
    (void)state;
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "", "-m", llama, "--ids", "Once upon a time"), 0);
    char ids[256];
    (void)snprintf(ids, sizeof(ids), "%.255s", output);
    assert_int_equal(strncmp(ids, "1 ", 2), 0); /* the beginning */
    /* without it, from standard input, from a file */
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "Once upon a time", "-m", llama, "--ids", "--plain"),
                     0);
    assert_string_equal(output, ids + 2);
    /* and back */
    assert_int_equal(COMMAND_RUN(cmd_tokenize, ids, "-m", llama, "--decode"), 0);
    assert_string_equal(output, " Once upon a time");
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "", "-m", llama, "--decode", "403,", "407"), 0);
    /* each on a line of its own, and as JSON */
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "", "-m", llama, "--plain", "a\nb"), 0);
    assert_non_null(strstr(output, "\t\" a\"\n"));
    assert_non_null(strstr(output, "\t\"\\n\"\n"));
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "", "-m", llama, "--json", "Once upon a time"), 0);
    json_t *root = parsed();
    const json_t *first = json_array_get(json_object_get(root, "tokens"), 1);
    assert_int_equal(integer(root, "count"), json_array_size(json_object_get(root, "tokens")));
    assert_int_equal(integer(first, "id"), strtol(ids + 2, NULL, 10));
    json_decref(root);
    /* half a character is no string: its bytes are spelt out */
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "", "-m", llama, "--plain", "\xf0\x9f\x98\x80"), 0);
    assert_non_null(strstr(output, "\\\\xF0"));
    /* markers only when asked for */
    assert_int_equal(
        COMMAND_RUN(cmd_tokenize, "", "-m", llama, "--ids", "--plain", "--special", "</s>"), 0);
    assert_string_equal(output, "2\n");
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "", "-m", llama, "--count", "--plain", "</s>"), 0);
    assert_true(strtol(output, NULL, 10) > 1);
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "", "-m", bert, "--ids", ""), 0);
    assert_string_equal(output, "2 3\n");
}

static void test_tokenize_refusals(void **state)
{
    (void)state;
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "", "--help"), 0);
    assert_non_null(strstr(output, "penstock tokenize"));
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "", "two", "texts"), 2);
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "", "--file", "x", "text"), 2);
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "", "--what"), 2);
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "", "--file", "/nonexistent"), 1);
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "", "-m", "/nonexistent", "x"), 1);
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "12x", "-m", llama, "--decode"), 1);
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "512", "-m", llama, "--decode"), 1);
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "-1", "-m", llama, "--decode"), 1);
    assert_int_equal(COMMAND_RUN(cmd_tokenize, "99999999999999999999", "-m", llama, "--decode"), 1);
}

/* ---- model ---- */

static const char bert_sha256[] =
    "837e1e39e356d136e7e493f12d119476a79087ace2181372e43559e82b9f6765";

static void test_model_info(void **state)
{
    (void)state;
    assert_int_equal(COMMAND_RUN(cmd_model, "", "info", "--json", llama), 0);
    json_t *root = parsed();
    const json_t *engine = json_object_get(root, "engine"),
                 *types = json_object_get(root, "tensor_types");
    assert_string_equal(json_string_value(json_object_get(root, "architecture")), "llama");
    assert_true(json_is_true(json_object_get(root, "runs")));
    assert_int_equal(integer(json_object_get(types, "F16"), "tensors"), 15);
    /* keys and values of two layers, two heads of 32, in two bytes */
    assert_int_equal(integer(engine, "kv_bytes_per_token"), 2 * 2 * 2 * 32 * 2);
    assert_int_equal(integer(engine, "kv_bytes_full_context"), 512 * 512);
    json_decref(root);
    assert_int_equal(COMMAND_RUN(cmd_model, "", "info", "--tensors", "--metadata", bert), 0);
    assert_non_null(strstr(output, bert_sha256));
    assert_non_null(strstr(output, "an embedding has 96 numbers"));
    assert_non_null(strstr(output, "bert.pooling_type"));
    assert_non_null(strstr(output, "[512 strings]"));
    assert_non_null(strstr(output, "[96,512]"));
    assert_int_equal(COMMAND_RUN(cmd_model, "", "info"), 0); /* the one built in */
    assert_non_null(strstr(output, "runs here       yes"));
}

static void test_model_verify(void **state)
{
    (void)state;
    char broken[] = "/tmp/penstock-model-XXXXXX";
    assert_int_equal(COMMAND_RUN(cmd_model, "", "verify", bert), 0);
    assert_int_equal(strncmp(output, bert_sha256, 64), 0);
    assert_int_equal(COMMAND_RUN(cmd_model, "", "verify", "--sha256", bert_sha256, bert), 0);
    assert_int_equal(COMMAND_RUN(cmd_model, "", "verify", "--sha256", bert_sha256, llama), 1);
    assert_int_equal(COMMAND_RUN(cmd_model, "", "verify", "--sha256", "12", llama), 2);
    assert_int_equal(COMMAND_RUN(cmd_model, "", "verify"), 2);
    int fd = mkostemp(broken, O_CLOEXEC);
    assert_int_equal(write(fd, "GGUF\3\0\0\0and then something else", 32), 32);
    close(fd);
    assert_int_equal(COMMAND_RUN(cmd_model, "", "verify", "--json", broken), 1);
    json_t *root = parsed();
    assert_true(json_is_false(json_object_get(root, "whole")));
    assert_non_null(json_string_value(json_object_get(root, "reason")));
    json_decref(root);
    (void)unlink(broken);
}

static void test_model_list(void **state)
{
    (void)state;
    assert_int_equal(COMMAND_RUN(cmd_model, "", "list", "--json", models), 0);
    json_t *root = parsed();
    assert_int_equal(json_array_size(root), 6);
    assert_string_equal(json_string_value(json_object_get(json_array_get(root, 1), "file")),
                        "bert.gguf");
    assert_int_equal(integer(json_array_get(root, 1), "bytes"), 513792);
    json_decref(root);
    assert_int_equal(COMMAND_RUN(cmd_model, "", "list", models), 0);
    assert_non_null(strstr(output, "llama-linear.gguf"));
    assert_int_equal(COMMAND_RUN(cmd_model, "", "list", "/nonexistent"), 1);
    assert_int_equal(COMMAND_RUN(cmd_model, "", "what"), 2);
    assert_int_equal(COMMAND_RUN(cmd_model, "", "--help"), 0);
}

/* ---- perplexity ---- */

static const char prose[] = TEST_SOURCE_DIR "/LICENSE";

static double perplexity(const char *context, const char *stride)
{
    assert_int_equal(COMMAND_RUN(cmd_perplexity, "", "-m", llama, "--context", context, "--stride",
                                 stride, "--chunks", "12", "--threads", "2", "--json", prose),
                     0);
    json_t *root = parsed();
    double value = json_real_value(json_object_get(root, "perplexity"));
    assert_int_equal(integer(root, "chunks"), 12);
    assert_true(json_real_value(json_object_get(root, "error")) > 0);
    json_decref(root);
    return value;
}

/* What llama.cpp 0.5.0 gives for the same file, text and settings, from a small program. */
static void test_perplexity_is_llama_cpps(void **state)
{
    (void)state;
    assert_true(fabs(perplexity("128", "0") / 143843.80 - 1) < 0.005);
    assert_true(fabs(perplexity("128", "40") / 177737.27 - 1) < 0.005);
}

static void test_perplexity_refusals(void **state)
{
    (void)state;
    assert_int_equal(COMMAND_RUN(cmd_perplexity, "", "--help"), 0);
    assert_int_equal(COMMAND_RUN(cmd_perplexity, "too short", "-m", llama), 1);
    assert_int_equal(COMMAND_RUN(cmd_perplexity, "x", "--context", "3"), 2);
    assert_int_equal(COMMAND_RUN(cmd_perplexity, "x", "--context", "8", "--stride", "9"), 2);
    assert_int_equal(COMMAND_RUN(cmd_perplexity, "x", "--threads", "0"), 2);
    assert_int_equal(COMMAND_RUN(cmd_perplexity, "x", "a", "b"), 2);
    /* more than the model's context; an encoder */
    assert_int_equal(COMMAND_RUN(cmd_perplexity, "", "-m", llama, "--context", "513", prose), 1);
    assert_int_equal(COMMAND_RUN(cmd_perplexity, "", "-m", bert, "--context", "64", prose), 1);
}

/* ---- bench ---- */

static void test_bench(void **state)
{
    (void)state;
    assert_int_equal(COMMAND_RUN(cmd_bench, "", "-m", llama, "--threads", "1-2", "--batches", "1,3",
                                 "--prompt", "20", "--decode", "6", "--repeat", "1", "--json"),
                     0);
    size_t lines = 0;
    for (char *line = output, *end; (end = strchr(line, '\n')) != NULL; line = end + 1, lines++) {
        *end = '\0';
        json_t *root = json_loads(line, 0, NULL);
        assert_non_null(root);
        assert_string_equal(json_string_value(json_object_get(root, "test")),
                            lines % 3 == 0 ? "prompt" : "decode");
        assert_int_equal(integer(root, "threads"), lines < 3 ? 1 : 2);
        assert_int_equal(integer(root, "batch"), lines % 3 == 2 ? 3 : 1);
        assert_true(json_real_value(json_object_get(root, "tokens_per_second")) > 0);
        json_decref(root);
    }
    assert_int_equal(lines, 6);
    assert_int_equal(COMMAND_RUN(cmd_bench, "", "-m", llama, "--threads", "1", "--batches", "2",
                                 "--prompt", "0", "--decode", "3", "--repeat", "2"),
                     0);
    assert_non_null(strstr(output, "decode"));
    assert_null(strstr(output, "prompt "));
}

static void test_bench_refusals(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"--threads", "0"}, {"--threads", "2-1"}, {"--threads", "x"}, {"--threads", "1-65"},
        {"--batches", ""},  {"--chunk", "0"},     {"--repeat", "0"},  {"--prompt", "-1"},
        {"--what", "x"},    {"stray", "words"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(COMMAND_RUN(cmd_bench, "", wrong[i][0], wrong[i][1]), 2);
    assert_int_equal(COMMAND_RUN(cmd_bench, "", "--help"), 0);
    assert_int_equal(COMMAND_RUN(cmd_bench, "", "-m", bert), 1);
}

/* ---- chat ---- */

static void test_chat(void **state)
{
    (void)state;
    assert_int_equal(COMMAND_RUN(cmd_chat,
                                 "What is the capital\\\n of France?\n\n/reset\nhello\n/exit\nnot "
                                 "read\n",
                                 "--threads", "1"),
                     0);
    assert_string_equal(output, "The capital of France is Paris.\n(forgotten)\n"
                                "Hello! How can I help you?\n");
    assert_int_equal(COMMAND_RUN(cmd_chat, "hello", "--max-tokens", "2"), 0);
    assert_non_null(strstr(output, "the answer was cut"));
}

/* A conversation longer than the context loses its oldest turns and goes on. */
static void test_chat_forgets(void **state)
{
    (void)state;
    char input[4096] = "";
    for (size_t i = 0; i < 40; i++)
        (void)strncat(input, "hello, here is a line that takes some twenty tokens of the context\n",
                      sizeof(input) - strlen(input) - 1);
    assert_int_equal(
        COMMAND_RUN(cmd_chat, input, "-m", llama, "--max-tokens", "4", "--system", "Be short."), 0);
    assert_non_null(strstr(output, "the oldest turns were forgotten"));
}

static void test_chat_refusals(void **state)
{
    (void)state;
    assert_int_equal(COMMAND_RUN(cmd_chat, "", "--help"), 0);
    assert_int_equal(COMMAND_RUN(cmd_chat, "", "--temperature", "3"), 2);
    assert_int_equal(COMMAND_RUN(cmd_chat, "", "--max-tokens", "0"), 2);
    assert_int_equal(COMMAND_RUN(cmd_chat, "", "stray"), 2);
    assert_int_equal(COMMAND_RUN(cmd_chat, "hello\n", "-m", bert), 1);
    assert_int_equal(COMMAND_RUN(cmd_chat, "", "-m", "/nonexistent"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokenize),
        cmocka_unit_test(test_tokenize_refusals),
        cmocka_unit_test(test_model_info),
        cmocka_unit_test(test_model_verify),
        cmocka_unit_test(test_model_list),
        cmocka_unit_test(test_perplexity_is_llama_cpps),
        cmocka_unit_test(test_perplexity_refusals),
        cmocka_unit_test(test_bench),
        cmocka_unit_test(test_bench_refusals),
        cmocka_unit_test(test_chat),
        cmocka_unit_test(test_chat_forgets),
        cmocka_unit_test(test_chat_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
