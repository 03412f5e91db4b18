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
        cmocka_unit_test(long_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
