/* A file is exchanged whole, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "gateway/base/file_swap.h"

static char folder[64], path[96], other[96];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/penstock-swap-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(path, sizeof(path), "%s/file", folder);
    (void)snprintf(other, sizeof(other), "%s/other", folder);
    return 0;
}

/* Fails where anything else was left in it. */
static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(other);
    return rmdir(folder);
}

static void assert_holds(const char *name, const char *text)
{
    char read[64] = "";
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    size_t len = fread(read, 1, sizeof(read) - 1, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(len, strlen(text));
    assert_string_equal(read, text);
}

static bool is_locked(void)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    bool locked = flock(fd, LOCK_EX | LOCK_NB) != 0;
    close(fd);
    return locked;
}

static void swap_in(const char *text)
{
    struct file_swap swap = FILE_SWAP_INIT;
    struct err err;
    assert_int_equal(file_swap_begin(&swap, path, &err), 0);
    assert_int_equal(file_swap_write(&swap, text, strlen(text), &err), 0);
    assert_int_equal(file_swap_commit(&swap, &err), 0);
    file_swap_end(&swap);
}

static void the_new_one_is_in_place_at_commit(void **state)
{
    struct file_swap swap = FILE_SWAP_INIT;
    struct err err;
    (void)state;
    swap_in("old");
    assert_false(is_locked());
    assert_int_equal(file_swap_begin(&swap, path, &err), 0);
    assert_true(swap.existed && is_locked());
    assert_int_equal(file_swap_write(&swap, "new", 3, &err), 0);
    assert_holds(path, "old");
    assert_int_equal(file_swap_commit(&swap, &err), 0);
    assert_holds(path, "new");
    file_swap_end(&swap);
    assert_false(is_locked());
}

static void without_a_commit_nothing_happened(void **state)
{
    struct file_swap swap = FILE_SWAP_INIT;
    struct err err;
    (void)state;
    assert_int_equal(file_swap_begin(&swap, path, &err), 0);
    assert_false(swap.existed);
    assert_int_equal(file_swap_write(&swap, "new", 3, &err), 0);
    file_swap_end(&swap);
    assert_int_not_equal(access(path, F_OK), 0);
    file_swap_end(&swap);
}

static void files_of_the_folder_are_renamed(void **state)
{
    struct file_swap swap = FILE_SWAP_INIT;
    struct err err;
    (void)state;
    swap_in("text");
    assert_int_equal(file_swap_begin(&swap, path, &err), 0);
    assert_int_equal(file_swap_rename(&swap, path, other, &err), 0);
    assert_holds(other, "text");
    assert_int_equal(file_swap_rename(&swap, path, other, &err), ERR_IO);
    file_swap_end(&swap);
}

static void no_folder_no_swap(void **state)
{
    struct file_swap swap = FILE_SWAP_INIT;
    struct err err;
    (void)state;
    assert_int_equal(file_swap_begin(&swap, "/nonexistent/file", &err), ERR_IO);
    file_swap_end(&swap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_new_one_is_in_place_at_commit, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(without_a_commit_nothing_happened, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(files_of_the_folder_are_renamed, make_folder,
                                        remove_folder),
        cmocka_unit_test(no_folder_no_swap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
