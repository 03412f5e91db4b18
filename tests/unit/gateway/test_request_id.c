#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "gateway/request_id.h"

static long long now_ms(void)
{
    struct timespec now; /* time() lags behind this clock by up to a tick */
    clock_gettime(CLOCK_REALTIME, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void test_shape(void **state)
{
    (void)state;
    struct request_id_source source;
    struct err err;
    char id[REQUEST_ID_CHARS];
    assert_int_equal(request_id_source_init(&source, &err), 0);
    long long before = now_ms();
    request_id_next(&source, id);
    long long after = now_ms();
    assert_int_equal(strlen(id), 28);
    assert_memory_equal(id, "req_", 4);
    assert_int_equal(strspn(id + 4, "0123456789abcdef"), 24);

    char digits[13] = "";
    memcpy(digits, id + 4, 12);
    assert_in_range(strtoll(digits, NULL, 16), before, after);
}

static int compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_unique_and_in_order(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    struct request_id_source a, b;
    char(*ids)[REQUEST_ID_CHARS] = calloc(COUNT, REQUEST_ID_CHARS);
    assert_non_null(ids);
    assert_int_equal(request_id_source_init(&a, NULL), 0);
    assert_int_equal(request_id_source_init(&b, NULL), 0);
    for (unsigned i = 0; i < COUNT; i++) {
        request_id_next(i % 2 != 0 ? &a : &b, ids[i]);
        /* the time part never runs backwards */
        assert_true(i == 0 || memcmp(ids[i - 1], ids[i], 16) <= 0);
    }
    qsort(ids, COUNT, REQUEST_ID_CHARS, compare);
    for (unsigned i = 1; i < COUNT; i++)
        assert_string_not_equal(ids[i - 1], ids[i]);
    free(ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_unique_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
