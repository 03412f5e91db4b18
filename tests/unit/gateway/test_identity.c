#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/identity.h"

static char folder[] = "/tmp/penstock-identity-XXXXXX";
static char path[128];

static int setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/keys", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static void write_keys(const char *text, size_t len, mode_t mode)
{
    (void)unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void line_for(const char *name, struct identity_key *key, char *out, size_t size)
{
    assert_int_equal(identity_key_new(key, NULL), 0);
    (void)snprintf(out, size, "%s:%s:%s:%s:2026-01-01T00:00:00Z\n", name, key->id, key->salt,
                   key->hash);
}

static struct identity_set *load(bool anonymous, const char *file)
{
    struct identity_set *set = NULL;
    struct problems problems = PROBLEMS_INIT;
    struct identity_options options = {.keys_file = file, .anonymous = anonymous};
    int rc = identity_set_load(&options, &set, &problems);
    if (rc != 0)
        problems_print(&problems, stderr);
    assert_int_equal(rc, 0);
    assert_int_equal(problems_count(&problems), 0);
    problems_release(&problems);
    return set;
}

static enum identity_result judge(const struct identity_set *set, const char *header,
                                  struct principal *who)
{
    struct err err = {.text = ""};
    enum identity_result result =
        identity_authenticate(set, header, header != NULL ? strlen(header) : 0, who, &err);
    if (result != IDENTITY_OK) {
        assert_string_equal(who->id, "");
        assert_true(err.text[0] != '\0');
        /* nothing that was sent comes back */
        if (header != NULL && strlen(header) > 20)
            assert_null(strstr(err.text, header + 15));
    }
    return result;
}

static void test_keys(void **state)
{
    (void)state;
    struct identity_key a, b;
    struct principal who;
    char line_a[300], line_b[300], text[700], header[200];
    line_for("alice@example.org", &a, line_a, sizeof(line_a));
    line_for("batch-job", &b, line_b, sizeof(line_b));
    (void)snprintf(text, sizeof(text), "# keys\n\n%s%s  \n", line_a, line_b);
    write_keys(text, strlen(text), 0600);
    struct identity_set *set = load(false, path);
    assert_int_equal(identity_set_count(set), 2);

    (void)snprintf(header, sizeof(header), "Bearer %s", a.text);
    assert_int_equal(judge(set, header, &who), IDENTITY_OK);
    assert_string_equal(who.id, "alice@example.org");
    assert_string_equal(who.key_id, a.id);
    (void)snprintf(header, sizeof(header), "bEARER   %s \t", b.text);
    assert_int_equal(judge(set, header, &who), IDENTITY_OK);
    assert_string_equal(who.id, "batch-job");

    assert_int_equal(judge(set, NULL, &who), IDENTITY_MISSING);
    /* the id of one key with the secret of the other, and every single digit changed */
    (void)snprintf(header, sizeof(header), "Bearer pk-%s-%s", a.id, b.text + 16);
    assert_int_equal(judge(set, header, &who), IDENTITY_UNKNOWN);
    for (size_t i = 10; i < 7 + IDENTITY_KEY_CHARS - 1; i++) {
        (void)snprintf(header, sizeof(header), "Bearer %s", a.text);
        if (header[i] == '-')
            continue;
        header[i] = header[i] == '0' ? '1' : '0';
        assert_int_equal(judge(set, header, &who), IDENTITY_UNKNOWN);
    }
    identity_set_unref(set);
}

static void test_malformed(void **state)
{
    (void)state;
    struct identity_key key;
    struct principal who;
    char line[300], header[256];
    line_for("x", &key, line, sizeof(line));
    write_keys(line, strlen(line), 0640);
    struct identity_set *set = load(false, path);
    static const char *const bad[] = {
        "",           "Bearer",      "Bearer ",       "Bearer     ", "Basic dXNlcjpwYXNz",
        "Bearer sk-", "Bearer pk-",  "Bearer pk--",   "bearerpk-",   "Bearer\tpk-000000000000-",
        "pk-",        "Bearer a, b", "Bearer pk-1-2", "Digest x",    "Bearer anonymous",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(judge(set, bad[i], &who), IDENTITY_MALFORMED);
    /* right but for one thing: too long, too short, upper case, two keys, a NUL, no scheme */
    (void)snprintf(header, sizeof(header), "Bearer %s0", key.text);
    assert_int_equal(judge(set, header, &who), IDENTITY_MALFORMED);
    (void)snprintf(header, sizeof(header), "Bearer %.*s", IDENTITY_KEY_CHARS - 2, key.text);
    assert_int_equal(judge(set, header, &who), IDENTITY_MALFORMED);
    (void)snprintf(header, sizeof(header), "Bearer %s,%s", key.text, key.text);
    assert_int_equal(judge(set, header, &who), IDENTITY_MALFORMED);
    (void)snprintf(header, sizeof(header), "%s", key.text);
    assert_int_equal(judge(set, header, &who), IDENTITY_MALFORMED);
    (void)snprintf(header, sizeof(header), "Bearer PK%s", key.text + 2);
    assert_int_equal(judge(set, header, &who), IDENTITY_MALFORMED);
    (void)snprintf(header, sizeof(header), "Bearer %s", key.text);
    header[40] = '\0';
    assert_int_equal(identity_authenticate(set, header, 7 + IDENTITY_KEY_CHARS - 1, &who, NULL),
                     IDENTITY_MALFORMED);
    identity_set_unref(set);
}

static void test_anonymous(void **state)
{
    (void)state;
    struct principal who;
    struct identity_key key;
    char line[300], header[200];
    struct identity_set *open = load(true, NULL);
    assert_int_equal(judge(open, NULL, &who), IDENTITY_OK);
    assert_string_equal(who.id, "anonymous");
    assert_int_equal(judge(open, "Bearer sk-whatever", &who), IDENTITY_OK);
    assert_string_equal(who.id, "anonymous");
    identity_set_unref(open);

    /* with keys too: none is anonymous, a wrong one is wrong */
    line_for("x", &key, line, sizeof(line));
    write_keys(line, strlen(line), 0600);
    struct identity_set *both = load(true, path);
    assert_int_equal(judge(both, NULL, &who), IDENTITY_OK);
    assert_string_equal(who.id, "anonymous");
    (void)snprintf(header, sizeof(header), "Bearer %s", key.text);
    assert_int_equal(judge(both, header, &who), IDENTITY_OK);
    assert_string_equal(who.id, "x");
    assert_int_equal(judge(both, "Bearer sk-whatever", &who), IDENTITY_MALFORMED);
    identity_set_unref(both);

    /* neither: nobody gets in */
    struct identity_set *closed = load(false, NULL);
    assert_int_equal(judge(closed, NULL, &who), IDENTITY_MISSING);
    assert_int_equal(judge(closed, header, &who), IDENTITY_UNKNOWN);
    identity_set_unref(closed);

    write_keys("# none yet\n", 11, 0600);
    struct identity_set *empty = load(false, path);
    assert_int_equal(judge(empty, header, &who), IDENTITY_UNKNOWN);
    identity_set_unref(empty);
}

static void expect_failure(int code)
{
    struct identity_set *set = (struct identity_set *)(uintptr_t)1;
    struct problems problems = PROBLEMS_INIT;
    struct identity_options options = {.keys_file = path};
    assert_int_equal(identity_set_load(&options, &set, &problems), code);
    assert_null(set);
    assert_true(problems_count(&problems) >= 1);
    problems_release(&problems);
}

static void test_file_rules(void **state)
{
    (void)state;
    static const mode_t refused[] = {0604, 0644, 0660, 0602, 0666, 0777, 0620};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        write_keys("", 0, refused[i]);
        expect_failure(ERR_DENIED);
    }
    static const mode_t accepted[] = {0400, 0440, 0600, 0640};
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
        write_keys("", 0, accepted[i]);
        identity_set_unref(load(false, path));
    }
    if (geteuid() == 0) {
        write_keys("", 0, 0600);
        assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
        expect_failure(ERR_DENIED);
    }
    (void)unlink(path);
    expect_failure(ERR_NOT_FOUND);
    assert_int_equal(mkfifo(path, 0600), 0); /* must not hang */
    expect_failure(ERR_DENIED);
    (void)unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_failure(ERR_DENIED);
    assert_int_equal(rmdir(path), 0);
}

static void test_all_mistakes_with_lines(void **state)
{
    (void)state;
    struct identity_key key;
    char good[300], text[2048];
    line_for("good", &key, good, sizeof(good));
    int len = snprintf(text, sizeof(text),
                       "# comment\n"
                       "%s"
                       "just words\n"
                       "bad name:000000000001:00:00\n"
                       "anonymous:000000000001:%s:%s\n"
                       "a:00000000000G:%s:%s\n"
                       "a:000000000001:123:%s\n"
                       "a:000000000001:%s:123\n"
                       "%s"
                       "a:000000000001:%s:%s:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
                       "secretsecret",
                       good, key.salt, key.hash, key.salt, key.hash, key.hash, key.salt, good,
                       key.salt, key.hash);
    write_keys(text, (size_t)len, 0600);
    struct identity_set *set = NULL;
    struct problems problems = PROBLEMS_INIT;
    struct identity_options options = {.keys_file = path};
    assert_int_equal(identity_set_load(&options, &set, &problems), ERR_SYNTAX);
    assert_null(set);
    static const uint32_t lines[] = {3, 4, 5, 6, 7, 8, 9, 10, 11};
    assert_int_equal(problems_count(&problems), sizeof(lines) / sizeof(lines[0]));
    problems_sort(&problems);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        assert_int_equal(problems.items[i].line, lines[i]);
        assert_null(strstr(problems.items[i].reason, "secretsecret"));
        assert_null(strstr(problems.items[i].reason, key.hash));
    }
    problems_release(&problems);
}

static void test_many_keys(void **state)
{
    (void)state;
    enum { COUNT = 3000 };
    static struct identity_key keys[COUNT];
    struct buf text = BUF_INIT;
    struct principal who;
    char header[200];
    for (unsigned i = 0; i < COUNT; i++) {
        assert_int_equal(identity_key_new(&keys[i], NULL), 0);
        assert_int_equal(
            buf_printf(&text, "user%u:%s:%s:%s\n", i % 7, keys[i].id, keys[i].salt, keys[i].hash),
            0);
    }
    write_keys((const char *)text.data, text.len, 0600);
    buf_release(&text);
    struct identity_set *set = load(false, path);
    struct identity_set *other = identity_set_ref(set);
    assert_int_equal(identity_set_count(set), COUNT);
    identity_set_unref(set);
    for (unsigned i = 0; i < COUNT; i += 13) {
        char name[16];
        (void)snprintf(name, sizeof(name), "user%u", i % 7);
        (void)snprintf(header, sizeof(header), "Bearer %.80s", keys[i].text);
        assert_int_equal(judge(other, header, &who), IDENTITY_OK);
        assert_string_equal(who.id, name);
    }
    identity_set_unref(other);
}

static void test_reserved_headers(void **state)
{
    (void)state;
    static const char *const reserved[] = {
        "x-penstock-debug",
        "X-Penstock-Route",
        "X_PENSTOCK_ROUTE",
        "x-penstock-",
        "Remote-User",
        "REMOTE_USER",
        "X-Forwarded-User",
        "x-forwarded-email",
        "X-Auth-Request-Email",
        "x-auth-request-groups",
        "X-Goog-Authenticated-User-Email",
        "X-Amzn-Oidc-Data",
        "X-MS-CLIENT-PRINCIPAL",
        "X-MS-CLIENT-PRINCIPAL-NAME",
        "X-Forwarded-Client-Cert",
        "Cf-Access-Jwt-Assertion",
        "OIDC_CLAIM_sub",
        "shib-session-id",
    };
    static const char *const free_ones[] = {
        "authorization",   "content-type", "x-penstock",     "x-request-id",
        "x-forwarded-for", "user-agent",   "remote-users",   "xx-penstock-a",
        "x-forwarded-us",  "accept",       "openai-project", "",
    };
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
        assert_true(identity_header_is_reserved(reserved[i], strlen(reserved[i])));
    for (size_t i = 0; i < sizeof(free_ones) / sizeof(free_ones[0]); i++)
        assert_false(identity_header_is_reserved(free_ones[i], strlen(free_ones[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_anonymous),
        cmocka_unit_test(test_file_rules),
        cmocka_unit_test(test_all_mistakes_with_lines),
        cmocka_unit_test(test_many_keys),
        cmocka_unit_test(test_reserved_headers),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
