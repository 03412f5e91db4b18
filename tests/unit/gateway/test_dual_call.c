/* How far two answers agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/dual_call.h"

static float agreement(const char *a, const char *b)
{
    float one = dual_call_agreement(content_of(a, strlen(a)), content_of(b, strlen(b)));
    float other = dual_call_agreement(content_of(b, strlen(b)), content_of(a, strlen(a)));
    assert_true(one >= 0 && one <= 1 && one >= other && one <= other);
    return one;
}

static void answers_that_say_the_same(void **state)
{
    (void)state;
    assert_true(agreement("Paris", "The capital of France is PARIS.") > 0.9f);
    assert_true(agreement("The answer is 1,000.", "We get 7 + 993 = 1000") > 0.2f);
    assert_true(agreement("It rains in the north.", "In the north, it often rains.") > 0.9f);
    assert_true(agreement("\xc3\xbc"
                          "ber die Br\xc3\xbc"
                          "cke",
                          "Br\xc3\xbc"
                          "cke") > 0.9f);
    assert_true(agreement("\xe2\x80\x9cParis\xe2\x80\x9d\xe2\x80\x94of course", "It is Paris.") >
                0.3f);
}

/* A letter or two are the whole of many answers. */
static void short_answers(void **state)
{
    (void)state;
    assert_true(agreement("B", "B.") > 0.9f);
    assert_true(agreement("(B)", "The answer is B: neon, which is a gas.") > 0.9f);
    assert_true(agreement("B", "C") < 0.1f);
    assert_true(agreement("A", "The answer is B: neon, which is a gas.") < 0.1f);
    assert_true(agreement("No", "no.") > 0.9f);
    assert_true(agreement("No", "Yes") < 0.1f);
    assert_true(agreement("No", "Yes, it is.") < 0.1f);
}

/* Which end their words by no space. */
static void other_scripts(void **state)
{
    (void)state;
    assert_true(agreement("法国的首都是巴黎。", "首都是巴黎") > 0.9f);
    assert_true(agreement("法国的首都是巴黎。", "我不知道这个问题的答案。") < 0.2f);
    assert_true(agreement("東京です。", "日本の首都は東京です") > 0.9f);
    assert_true(agreement("東京です。", "大阪かもしれません") < 0.1f);
    assert_true(agreement("是", "是。") > 0.9f);
    assert_true(agreement("是", "不") < 0.1f);
    assert_true(agreement("МОСКВА", "Столица России — Москва.") > 0.9f);
}

static void answers_that_do_not(void **state)
{
    (void)state;
    assert_true(agreement("Paris", "London") < 0.1f);
    assert_true(agreement("The total is 12 dollars.", "The total is 13 dollars.") < 0.1f);
    assert_true(agreement("The total is 1.5 dollars.", "The total is 15 dollars.") < 0.1f);
    assert_true(agreement("", "Paris") < 0.1f);
    assert_true(agreement("", "") < 0.1f);
    assert_true(agreement("to be or no", "...") < 0.1f);
}

/* More words than are looked at, and nothing but one of them. */
static void long_answers(void **state)
{
    size_t len = 100000;
    char *many = malloc(len + 1);
    (void)state;
    assert_non_null(many);
    for (size_t i = 0; i < len; i++)
        many[i] = i % 5 == 4 ? ' ' : (char)('a' + i * i / 5 % 26);
    many[len] = '\0';
    assert_true(agreement(many, many) > 0.9f);
    memset(many, 'a', len);
    assert_true(agreement(many, "b") < 0.1f);
    assert_true(agreement(many, many) > 0.9f);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_that_say_the_same),
        cmocka_unit_test(answers_that_do_not),
        cmocka_unit_test(short_answers),
        cmocka_unit_test(other_scripts),
        cmocka_unit_test(long_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
