/* Linked with malloc and free wrapped (tests/CMakeLists.txt): what is freed was wiped before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <malloc.h>
#include <stdbool.h>
#include <string.h>

#include "gateway/base/wiping.h"

void *__real_malloc(size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void __wrap_free(void *p);

static const char secret[] = "zqSECRETzq";
static bool fails;
static size_t freed;

void *__wrap_malloc(size_t size)
{
    return fails ? NULL : __real_malloc(size);
}

void __wrap_free(void *p)
{
    if (p != NULL) {
        assert_null(memmem(p, malloc_usable_size(p), secret, sizeof(secret) - 1));
        freed++;
    }
    __real_free(p);
}

static int start_anew(void **state)
{
    (void)state;
    fails = false;
    freed = 0;
    return 0;
}

static void test_given_back(void **state)
{
    (void)state;
    char *copy = wiping_strdup(secret);
    assert_string_equal(copy, secret);
    wiping_free(copy);
    assert_int_equal(freed, 1);
    wiping_free(NULL);
    char *last = wiping_malloc(4096);
    memcpy(last + 4096 - (sizeof(secret) - 1), secret, sizeof(secret) - 1);
    wiping_free(last);
    assert_int_equal(freed, 2);
}

static void test_grown(void **state)
{
    (void)state;
    for (size_t size = sizeof(secret); size <= 4096; size += 4096 - sizeof(secret)) {
        char *text = wiping_strdup(secret);
        text = wiping_realloc(text, size); /* the old block is gone, and was wiped */
        assert_string_equal(text, secret);
        wiping_free(text);
    }
    char *text = wiping_realloc(NULL, sizeof(secret));
    memcpy(text, secret, sizeof(secret));
    text = wiping_realloc(text, 3);
    assert_memory_equal(text, secret, 3);
    wiping_free(text);
}

static void test_no_memory(void **state)
{
    (void)state;
    char *text = wiping_strdup(secret);
    fails = true;
    assert_null(wiping_realloc(text, 4096));
    assert_null(wiping_malloc(1));
    assert_null(wiping_calloc(1, 1));
    assert_null(wiping_strdup(secret));
    fails = false;
    assert_string_equal(text, secret); /* the old block is untouched */
    assert_null(wiping_malloc(SIZE_MAX));
    assert_null(wiping_calloc(SIZE_MAX / 2, 3));
    wiping_free(text);
}

static void test_zeroed(void **state)
{
    (void)state;
    char *bytes = wiping_calloc(7, 9);
    for (size_t i = 0; i < 63; i++)
        assert_int_equal(bytes[i], 0);
    assert_int_equal((uintptr_t)bytes % _Alignof(max_align_t), 0);
    wiping_free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_given_back, start_anew),
        cmocka_unit_test_setup(test_grown, start_anew),
        cmocka_unit_test_setup(test_no_memory, start_anew),
        cmocka_unit_test_setup(test_zeroed, start_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
