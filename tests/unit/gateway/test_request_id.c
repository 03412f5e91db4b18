#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "gateway/request_id.h"

static void test_shape(void **state)
{
    (void)state;
    struct request_id_source source;
    struct err err;
    char id[REQUEST_ID_CHARS];
    assert_int_equal(request_id_source_init(&source, &err), 0);
    request_id_next(&source, id);
    assert_int_equal(strlen(id), 28);
    assert_memory_equal(id, "req_", 4);
    assert_int_equal(strspn(id + 4, "0123456789abcdef"), 24);

    char digits[13] = "";
    memcpy(digits, id + 4, 12);
    long long seconds = strtoll(digits, NULL, 16) / 1000;
    long long now = (long long)time(NULL);
    assert_true(seconds <= now && seconds >= now - 5);
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
