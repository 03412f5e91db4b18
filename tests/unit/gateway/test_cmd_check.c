#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/cmd_check.h"

/* What the command printed on standard output and standard error, one behind the other. */
struct outcome {
    int code;
    char out[20000], err[4000];
};

static int redirect(int fd, FILE *to)
{
    int saved = dup(fd);
    assert_true(saved >= 0);
    assert_int_equal(dup2(fileno(to), fd), fd);
    return saved;
}

static void restore(int fd, int saved, FILE *from, char *text, size_t size)
{
    assert_int_equal(dup2(saved, fd), fd);
    (void)close(saved);
    rewind(from);
    text[fread(text, 1, size - 1, from)] = '\0';
    (void)fclose(from);
}

static struct outcome run(int argc, const char *const *argv)
{
    struct outcome outcome;
    char *copy[8] = {NULL};
    FILE *out = tmpfile(), *err = tmpfile();
    assert_true(out != NULL && err != NULL && argc < 8);
    for (int i = 0; i < argc; i++)
        copy[i] = strdup(argv[i]);
    (void)fflush(NULL);
    int saved_out = redirect(STDOUT_FILENO, out), saved_err = redirect(STDERR_FILENO, err);
    outcome.code = cmd_check(argc, copy);
    (void)fflush(NULL);
    restore(STDOUT_FILENO, saved_out, out, outcome.out, sizeof(outcome.out));
    restore(STDERR_FILENO, saved_err, err, outcome.err, sizeof(outcome.err));
    for (int i = 0; i < argc; i++)
        free(copy[i]);
    return outcome;
}

#define RUN(...)                                                                                   \
    run((int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)),                        \
        (const char *const[]){__VA_ARGS__})

/* A text with mistakes, in the temporary file at path, which is open as fd and goes afterwards. */
static struct outcome check_mistaken(const char *path, int fd, const char *text)
{
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    (void)close(fd);
    struct outcome o = RUN("check", "-c", path);
    (void)unlink(path);
    assert_int_equal(o.code, 1);
    return o;
}

static void test_good(void **state)
{
    (void)state;
    struct outcome o = RUN("check", "-c", TEST_SOURCE_DIR "/policies/penstock.yaml");
    assert_int_equal(o.code, 0);
    assert_string_equal(o.out, "configuration OK\n");
    assert_string_equal(o.err, "");
    o = RUN("check", "--config=" TEST_SOURCE_DIR "/policies/penstock.yaml");
    assert_int_equal(o.code, 0);
}

static void test_mistakes(void **state)
{
    (void)state;
    char path[] = "/tmp/penstock-check-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    const char *text = "workers: none\npolicy: " TEST_SOURCE_DIR "/policies/default.yaml\n"
                       "targets: {local: {kind: engine}}\n";
    struct outcome o = check_mistaken(path, fd, text);
    assert_string_equal(o.out, "");
    /* Both files, the configuration first, each with its line. */
    char expected[400];
    (void)snprintf(expected, sizeof(expected),
                   "%s:1: workers: \"none\" is not a whole number\n"
                   "%s/policies/default.yaml:24: rules[2].route[0]: unknown target \"cloud\"\n",
                   path, TEST_SOURCE_DIR);
    assert_string_equal(o.err, expected);
}

/* What the configuration names is opened as well, also when there are mistakes in it. */
static void test_broken_parts(void **state)
{
    (void)state;
    char path[] = "/tmp/penstock-check-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    char text[600];
    (void)snprintf(text, sizeof(text),
                   "policy: %s/policies/offline.yaml\nworkers: none\n"
                   "targets: {local: {kind: engine}}\n"
                   "identity: {mode: api_keys, keys_file: %s}\n"
                   "engine: {model: %s}\n"
                   "listen:\n"
                   "  - {address: 127.0.0.1:1, tls: {cert_file: %s, key_file: %s}}\n",
                   TEST_SOURCE_DIR, path, path, path, path);
    struct outcome o = check_mistaken(path, fd, text);
    assert_string_equal(o.out, "");
    char keys[100], model[100], tls[100];
    (void)snprintf(keys, sizeof(keys), "%s:1: ", path);
    (void)snprintf(model, sizeof(model), "%s: engine.model: ", path);
    (void)snprintf(tls, sizeof(tls), "%s:7: listen: ", path);
    assert_non_null(strstr(o.err, ":2: workers: "));
    assert_non_null(strstr(o.err, keys));
    assert_non_null(strstr(o.err, model));
    assert_non_null(strstr(o.err, tls));
}

/* A file that is not there is one mistake, not one for each who would have opened it. */
static void test_missing_parts(void **state)
{
    (void)state;
    char path[] = "/tmp/penstock-check-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    char text[600];
    (void)snprintf(text, sizeof(text),
                   "policy: %s/policies/offline.yaml\n"
                   "targets: {local: {kind: engine}, own: {kind: engine, model_file: /no/own}}\n"
                   "identity: {mode: api_keys, keys_file: /no/keys}\n"
                   "engine: {model: /no/model}\n"
                   "listen:\n"
                   "  - {address: 127.0.0.1:1, tls: {cert_file: /no/cert, key_file: /no/key}}\n",
                   TEST_SOURCE_DIR);
    struct outcome o = check_mistaken(path, fd, text);
    static const char *const files[] = {"/no/own", "/no/keys", "/no/model", "/no/cert", "/no/key "};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *first = strstr(o.err, files[i]);
        assert_non_null(first);
        assert_null(strstr(first + 1, files[i]));
    }
}

static void test_missing_file(void **state)
{
    (void)state;
    struct outcome o = RUN("check", "-c", "/nonexistent/penstock.yaml");
    assert_int_equal(o.code, 1);
    assert_string_equal(o.err, "/nonexistent/penstock.yaml: cannot be read: "
                               "No such file or directory\n");
}

static void test_usage(void **state)
{
    (void)state;
    struct outcome o = RUN("check", "--help");
    assert_int_equal(o.code, 0);
    assert_non_null(strstr(o.out, "usage: penstock check"));
    o = RUN("check", "--nonsense");
    assert_int_equal(o.code, 2);
    assert_string_equal(o.out, "");
    o = RUN("check", "-c");
    assert_int_equal(o.code, 2);
    o = RUN("check", "file.yaml");
    assert_int_equal(o.code, 2);
    assert_non_null(strstr(o.err, "unexpected argument \"file.yaml\""));
    static const struct {
        const char *option, *says;
    } wrong[] = {
        {"--bogus", "no such option as \"--bogus\""},
        {"--bogus=1", "no such option as \"--bogus=1\""},
        {"-x", "no such option as \"-x\""},
        {"-sx", "no such option as \"-x\""}, /* one of several letters */
        {"--config", "a value is missing after \"--config\""},
        {"-c", "a value is missing after \"-c\""},
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        o = RUN("check", wrong[i].option);
        assert_int_equal(o.code, 2);
        assert_non_null(strstr(o.err, wrong[i].says));
        assert_string_equal(o.out, "");
    }
}

static void test_settings(void **state)
{
    (void)state;
    struct outcome o = RUN("check", "--settings");
    assert_int_equal(o.code, 0);
    assert_non_null(strstr(o.out, "limits.body_bytes\tsize from 1KiB to 1GiB\t8MiB\t"));
    assert_non_null(strstr(o.out, "targets[].url\t"));
    assert_non_null(strstr(o.out, "listen[].tls.cert_file\t"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),          cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_missing_parts), cmocka_unit_test(test_missing_file),
        cmocka_unit_test(test_usage),         cmocka_unit_test(test_settings),
        cmocka_unit_test(test_broken_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
