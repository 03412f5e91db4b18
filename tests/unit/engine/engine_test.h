/*
 * engine_test.h - what the engine's tests share: finding model files and reading their answers.
 */
#ifndef PENSTOCK_TESTS_ENGINE_TEST_H
#define PENSTOCK_TESTS_ENGINE_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * Where a file of the shared test data lies: $PENSTOCK_SHARED/models or ../shared/models beside
 * the source tree. False, with a printed message, where it is absent; then the test skips.
 */
static inline int shared_path(char *out, size_t size, const char *name)
{
    const char *env = getenv("PENSTOCK_SHARED");
    const char *places[] = {TEST_SOURCE_DIR "/../shared", TEST_SOURCE_DIR "/../../shared"};
    if (env != NULL)
        places[0] = env;
    for (size_t i = 0; i < 2; i++) {
        snprintf(out, size, "%s/models/%s", places[i], name);
        if (access(out, R_OK) == 0)
            return 1;
    }
    print_message("skipped: %s is not in the shared test data\n", name);
    return 0;
}

static inline void golden_path(char *out, size_t size, const char *name)
{
    snprintf(out, size, TEST_SOURCE_DIR "/tests/golden/models/%s", name);
}

/* malloc'd, with a NUL behind the *len bytes. */
static inline char *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    assert_int_equal(fseek(f, 0, SEEK_END), 0);
    long size = ftell(f);
    assert_true(size >= 0);
    rewind(f);
    char *data = malloc((size_t)size + 1);
    assert_non_null(data);
    assert_int_equal(fread(data, 1, (size_t)size, f), size);
    data[size] = '\0';
    fclose(f);
    *len = (size_t)size;
    return data;
}

/* Begins tests of what our own arithmetic promises and llama.cpp's, behind the same door, does not.
 */
#ifdef PENSTOCK_LLAMA
#define OWN_BACKEND_ONLY() skip()
#else
#define OWN_BACKEND_ONLY() (void)0
#endif

#endif
