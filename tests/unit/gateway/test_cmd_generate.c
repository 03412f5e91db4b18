#include "command_run.h"

#include "gateway/cmd_generate.h"

static char other[sizeof(output)];
#define RUN(input, ...) COMMAND_RUN(cmd_generate, input, __VA_ARGS__)

static void test_built_in_model_answers(void **state)
{
    (void)state;
    assert_int_equal(RUN("", "--max-tokens", "24", "What is the capital of France?"), 0);
    size_t len = strlen(output);
    assert_true(len > 2);
    assert_int_equal(output[len - 1], '\n');
    memcpy(other, output, len + 1);
    /* the same from standard input */
    assert_int_equal(RUN("What is the capital of France?", "--max-tokens", "24"), 0);
    assert_string_equal(output, other);
    assert_int_equal(RUN("", "--max-tokens", "1", "What is the capital of France?"), 0);
    assert_true(strlen(output) < len);
}

/* The same seed gives the same text; among others one differs, though the model is sure of itself.
 */
static void test_sampling_follows_the_seed(void **state)
{
    (void)state;
    unsigned different = 0;
    for (unsigned seed = 0; seed < 12; seed++) {
        char number[8];
        (void)snprintf(number, sizeof(number), "%u", seed / 2);
        assert_int_equal(RUN("Tell me something new.", "--temperature", "2", "--seed", number,
                             "--max-tokens", "40"),
                         0);
        if (seed % 2 != 0)
            assert_string_equal(output, other);
        else
            different += seed != 0 && strcmp(output, other) != 0;
        memcpy(other, output, sizeof(other));
    }
    assert_true(different >= 1);
}

static void test_refusals(void **state)
{
    (void)state;
    assert_int_equal(RUN("", "--help"), 0);
    assert_non_null(strstr(output, "penstock generate"));
    static const char *const wrong[][2] = {
        {"--max-tokens", "0"},  {"--max-tokens", "-1"},   {"--max-tokens", "x"},
        {"--temperature", "3"}, {"--temperature", "hot"}, {"--temperature", "nan"},
        {"--seed", "1.5"},      {"--seed", ""},           {"two", "prompts"},
        {"--what", "x"},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_int_equal(RUN("x", wrong[i][0], wrong[i][1]), 2);
    assert_int_equal(RUN("", "--model", "/nonexistent.gguf", "hello"), 1);
    assert_int_equal(RUN("", "--model", "/dev/null", "hello"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_built_in_model_answers),
        cmocka_unit_test(test_sampling_follows_the_seed),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
