#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "gateway/cmd_key.h"
#include "gateway/identity.h"

static char folder[] = "/tmp/penstock-key-XXXXXX";
static char path[128], captured[128];

static int setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/keys", folder);
    (void)snprintf(captured, sizeof(captured), "%s/out", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(captured);
    return rmdir(folder); /* fails when a temporary file was left behind */
}

static char output[65536];

/* Runs the command with its output in `output`. */
static int run(const char *const *words)
{
    char *argv[12] = {(char *)(uintptr_t) "key"};
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    (void)fflush(NULL);
    int saved_out = dup(STDOUT_FILENO), saved_err = dup(STDERR_FILENO);
    int fd = open(captured, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(fd, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    int code = cmd_key(argc, argv);
    (void)fflush(NULL);
    dup2(saved_out, STDOUT_FILENO);
    dup2(saved_err, STDERR_FILENO);
    ssize_t n = pread(fd, output, sizeof(output) - 1, 0);
    output[n > 0 ? n : 0] = '\0';
    close(fd);
    close(nothing);
    close(saved_out);
    close(saved_err);
    return code;
}
#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL})

static struct identity_set *load(void)
{
    struct identity_set *set = NULL;
    struct problems problems = PROBLEMS_INIT;
    struct identity_options options = {.keys_file = path};
    assert_int_equal(identity_set_load(&options, &set, &problems), 0);
    problems_release(&problems);
    return set;
}

static enum identity_result judge(const char *key)
{
    char header[200];
    struct principal who;
    struct identity_set *set = load();
    (void)snprintf(header, sizeof(header), "Bearer %.80s", key);
    enum identity_result result = identity_authenticate(set, header, strlen(header), &who, NULL);
    identity_set_unref(set);
    return result;
}

static void test_new_list_revoke(void **state)
{
    (void)state;
    struct stat status;
    char first[100], id[13] = "";
    assert_int_equal(RUN("new", "--name", "alice", "--file", path), 0);
    assert_int_equal(strlen(output), IDENTITY_KEY_CHARS); /* the key and a newline */
    (void)snprintf(first, sizeof(first), "%.80s", output);
    memcpy(id, first + 3, 12);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(judge(first), IDENTITY_OK);

    assert_int_equal(RUN("new", "--json", "--name", "bob", "--file", path), 0);
    json_t *made = json_loads(output, 0, NULL);
    const char *second = json_string_value(json_object_get(made, "key"));
    assert_non_null(second);
    assert_int_equal(judge(second), IDENTITY_OK);

    assert_int_equal(RUN("list", "--file", path), 0);
    assert_non_null(strstr(output, "alice"));
    assert_null(strstr(output, first + 16)); /* no secret */
    assert_int_equal(RUN("list", "--json", "--file", path), 0);
    json_t *list = json_loads(output, 0, NULL);
    assert_int_equal(json_array_size(list), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "id")), id);
    json_decref(list);

    assert_int_equal(RUN("revoke", "--id", id, "--file", path), 0);
    assert_int_equal(judge(first), IDENTITY_UNKNOWN);
    assert_int_equal(judge(second), IDENTITY_OK);
    assert_int_equal(RUN("revoke", "--id", id, "--file", path), 1);
    assert_int_equal(RUN("revoke", "--name", "bob", "--file", path), 0);
    assert_int_equal(judge(second), IDENTITY_UNKNOWN);
    json_decref(made);

    /* the file never held a key itself */
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, output, sizeof(output) - 1);
    output[n > 0 ? n : 0] = '\0';
    close(fd);
    assert_null(strstr(output, first + 16));
    assert_non_null(strstr(output, "# Penstock"));
}

static void test_keeps_mode_comments_and_last_line(void **state)
{
    (void)state;
    struct stat status;
    static const char comment[] = "# mine\n\n# no newline at the end";
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, comment, sizeof(comment) - 1), sizeof(comment) - 1);
    assert_int_equal(fchmod(fd, 0640), 0);
    close(fd);
    assert_int_equal(RUN("new", "--name", "a", "--file", path), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = read(fd, output, sizeof(output) - 1);
    output[n > 0 ? n : 0] = '\0';
    close(fd);
    assert_memory_equal(output, comment, sizeof(comment) - 1);
    assert_memory_equal(output + sizeof(comment) - 1, "\na:", 3);
}

static void test_refusals(void **state)
{
    (void)state;
    assert_int_equal(RUN("--help"), 0);
    assert_non_null(strstr(output, "penstock key new"));
    assert_int_equal(RUN("new", "--help"), 0);
    assert_int_equal(RUN("new", "--file", path), 2);
    assert_int_equal(RUN("new", "--name", "a"), 2);
    assert_int_equal(RUN("new", "--name", "a b", "--file", path), 2);
    assert_int_equal(RUN("new", "--name", "anonymous", "--file", path), 2);
    assert_int_equal(RUN("new", "--name", "a:b", "--file", path), 2);
    assert_int_equal(RUN("frob", "--file", path), 2);
    assert_int_equal(RUN("new", "--what"), 2);
    assert_int_equal(RUN("new", "extra", "--name", "a", "--file", path), 2);
    assert_int_equal(RUN("revoke", "--file", path), 2);
    assert_int_equal(RUN("revoke", "--id", "x", "--name", "y", "--file", path), 2);
    assert_int_equal(RUN("list", "--file", "/nonexistent/keys"), 1);
    assert_int_equal(RUN("new", "--name", "a", "--file", "/nonexistent/keys"), 1);

    /* a file with mistakes is not rewritten */
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(write(fd, "garbage\n", 8), 8);
    close(fd);
    assert_int_equal(RUN("new", "--name", "a", "--file", path), 1);
    assert_int_equal(RUN("list", "--file", path), 1);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(RUN("list", "--file", path), 1);
    (void)unlink(path);
}

/* Many at once: each finds its key in the file afterwards. */
static void test_concurrent_editors(void **state)
{
    (void)state;
    enum { EDITORS = 8 };
    (void)unlink(path);
    for (unsigned i = 0; i < EDITORS; i++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            int nothing = open("/dev/null", O_WRONLY);
            char name[16];
            char *argv[] = {(char *)(uintptr_t) "key",
                            (char *)(uintptr_t) "new",
                            (char *)(uintptr_t) "--name",
                            name,
                            (char *)(uintptr_t) "--file",
                            path,
                            NULL};
            (void)snprintf(name, sizeof(name), "n%u", i);
            dup2(nothing, STDOUT_FILENO);
            dup2(nothing, STDERR_FILENO);
            _exit(cmd_key(6, argv));
        }
    }
    for (unsigned i = 0; i < EDITORS; i++) {
        int status = -1;
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    struct identity_set *set = load();
    assert_int_equal(identity_set_count(set), EDITORS);
    identity_set_unref(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_list_revoke),
        cmocka_unit_test(test_keeps_mode_comments_and_last_line),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_concurrent_editors),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
