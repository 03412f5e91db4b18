/* Quotas of control groups, from files of the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/cores.h"

static char folder[] = "/tmp/penstock-cores-XXXXXX";

static void put(const char *name, const char *text)
{
    char path[256], parent[256];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    snprintf(parent, sizeof(parent), "%s", path);
    for (char *at = parent + strlen(folder) + 1; (at = strchr(at, '/')) != NULL; at++) {
        *at = '\0';
        mkdir(parent, 0700);
        *at = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static unsigned cores(const char *membership, unsigned affinity)
{
    char path[256];
    put("membership", membership);
    snprintf(path, sizeof(path), "%s/membership", folder);
    return cores_by_quota(path, folder, affinity);
}

static void test_version2(void **unused)
{
    (void)unused;
    assert_int_equal(cores("0::/\n", 8), 8);
    put("cpu.max", "300000 100000\n");
    assert_int_equal(cores("0::/\n", 8), 3);
    assert_int_equal(cores("0::/\n", 2), 2);
    put("a/b/cpu.max", "max 100000\n");
    assert_int_equal(cores("0::/a/b\n", 8), 3); /* the group above */
    put("a/cpu.max", "150000 100000\n");
    assert_int_equal(cores("0::/a/b\n", 8), 2);
    put("a/b/cpu.max", "140000 100000\n");
    assert_int_equal(cores("0::/a/b\n", 8), 1);
    put("a/b/cpu.max", "10000 100000\n");
    assert_int_equal(cores("0::/a/b\n", 8), 1);
    assert_int_equal(cores("0::/elsewhere\n", 8), 3);
}

static void test_version1(void **unused)
{
    (void)unused;
    put("cpu/x/cpu.cfs_quota_us", "200000\n");
    put("cpu/x/cpu.cfs_period_us", "50000\n");
    put("cpu/y/cpu.cfs_quota_us", "-1\n");
    put("cpu/y/cpu.cfs_period_us", "50000\n");
    assert_int_equal(cores("4:memory:/x\n3:cpuacct,cpu:/x\n", 8), 4);
    assert_int_equal(cores("3:cpuset:/x\n2:cpuacct:/x\n", 8), 8);
    assert_int_equal(cores("1:cpu:/y\n", 8), 8);
}

static void test_what_cannot_be_read(void **unused)
{
    (void)unused;
    assert_int_equal(cores_by_quota("/nonexistent", folder, 5), 5);
    put("cpu.max", "nonsense");
    assert_int_equal(cores("no colons\n0:\n::\n0::/\n", 5), 5);
    assert_true(cores_available() >= 1);
}

static int make_folder(void **unused)
{
    (void)unused;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **unused)
{
    (void)unused;
    char command[64];
    snprintf(command, sizeof(command), "rm -r %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version2),
        cmocka_unit_test(test_version1),
        cmocka_unit_test(test_what_cannot_be_read),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
