/* What waits for feedback, what is written of it, and the file of a correction. */
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

#include "gateway/correction.h"
#include "gateway/outcomes.h"
#include "gateway/request_id.h"

static char folder[64], path[96];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof(folder), "/tmp/penstock-outcomes-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(path, sizeof(path), "%s/file", folder);
    return 0;
}

static int remove_folder(void **state)
{
    char other[128];
    (void)state;
    (void)unlink(path);
    (void)snprintf(other, sizeof(other), "%s.previous", path);
    (void)unlink(other);
    return rmdir(folder);
}

static struct complexity_facts facts_of(uint64_t bits)
{
    struct complexity_facts facts = {.score = 0.9f, .shipped_score = 0.25f};
    facts.sketch.bits[3] = bits;
    facts.sketch.count = (uint16_t)__builtin_popcountll(bits);
    facts.sketch.dense[2] = 5;
    return facts;
}

static const char id[] = "req_0123456789abcdef01234567";
static const char second[] = "req_0123456789abcdef01234568";

static void feedback_is_written_once(void **state)
{
    struct outcomes *o = NULL;
    struct err err = {0};
    struct complexity_facts facts = facts_of(0xf0);
    (void)state;
    assert_int_equal(outcomes_open(&o, path, 16, &err), 0);
    outcomes_expect(o, id, "alice", &facts, true);
    outcomes_expect(o, second, "alice", &facts, false);
    assert_int_equal(outcomes_tell(o, id, "mallory", FEEDBACK_BAD), FEEDBACK_UNKNOWN);
    assert_int_equal(outcomes_tell(o, id, "alice", FEEDBACK_BAD), FEEDBACK_TAKEN);
    assert_int_equal(outcomes_tell(o, id, "alice", FEEDBACK_BAD), FEEDBACK_UNKNOWN);
    assert_int_equal(outcomes_tell(o, second, "alice", FEEDBACK_BAD), FEEDBACK_TELLS_NOTHING);
    assert_int_equal(outcomes_tell(o, second, "alice", FEEDBACK_LOCAL_OK), FEEDBACK_TAKEN);
    assert_int_equal(outcomes_tell(o, "req_nonesuch", "alice", FEEDBACK_BAD), FEEDBACK_UNKNOWN);
    struct learn_key key = *outcomes_key(o), read_key;
    outcomes_close(o);

    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    struct outcome *read = NULL;
    size_t count = 0;
    assert_int_equal(outcomes_read(&read, &count, &read_key, path, &err), 0);
    assert_int_equal(count, 2);
    assert_memory_equal(&key, &read_key, sizeof(key));
    assert_true(read[0].needed > 0.5f && read[1].needed < 0.5f);
    assert_true(read[0].score > 0.24f && read[0].score < 0.26f); /* as shipped, not corrected */
    assert_memory_equal(&read[0].sketch, &facts.sketch, sizeof(facts.sketch));
    free(read);
}

static void the_oldest_make_room(void **state)
{
    struct outcomes *o = NULL;
    struct err err = {0};
    struct complexity_facts facts = facts_of(1);
    char name[REQUEST_ID_CHARS];
    (void)state;
    assert_int_equal(outcomes_open(&o, path, 16, &err), 0);
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "req_%024d", i);
        outcomes_expect(o, name, "alice", &facts, true);
    }
    (void)snprintf(name, sizeof(name), "req_%024d", 83);
    assert_int_equal(outcomes_tell(o, name, "alice", FEEDBACK_GOOD), FEEDBACK_UNKNOWN);
    for (int i = 84; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "req_%024d", i);
        assert_int_equal(outcomes_tell(o, name, "alice", FEEDBACK_GOOD), FEEDBACK_TAKEN);
    }
    outcomes_close(o);
}

static void files_are_mended_and_checked(void **state)
{
    struct outcomes *o = NULL;
    struct err err = {0};
    struct complexity_facts facts = facts_of(3);
    struct learn_key key;
    struct outcome *read = NULL;
    size_t count = 0;
    (void)state;
    assert_int_equal(outcomes_open(&o, path, 16, &err), 0);
    outcomes_expect(o, id, "alice", &facts, true);
    assert_int_equal(outcomes_tell(o, id, "alice", FEEDBACK_GOOD), FEEDBACK_TAKEN);
    outcomes_close(o);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    (void)fputs("{\"time\":1,\"need", file); /* killed in the middle of a write */
    assert_int_equal(fclose(file), 0);
    assert_int_equal(outcomes_read(&read, &count, &key, path, &err), 0);
    assert_int_equal(count, 1);
    free(read);
    assert_int_equal(outcomes_open(&o, path, 16, &err), 0);
    outcomes_expect(o, id, "alice", &facts, true);
    assert_int_equal(outcomes_tell(o, id, "alice", FEEDBACK_BAD), FEEDBACK_TAKEN);
    outcomes_close(o);
    assert_int_equal(outcomes_read(&read, &count, &key, path, &err), 0);
    assert_int_equal(count, 2);
    free(read);

    file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("{\"some\": \"other file\"}\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(outcomes_open(&o, path, 16, &err), ERR_SYNTAX);
    assert_int_equal(outcomes_read(&read, &count, &key, path, &err), ERR_SYNTAX);
}

static void corrections_come_back_and_roll_back(void **state)
{
    static struct correction_file first, other, read;
    struct err err = {0};
    (void)state;
    first.correction = (struct correction){
        .offset = -0.5f, .slope = 1.25f, .bucket_scale = 0.01f, .dense_scale = 0.02f};
    first.correction.buckets[7] = -100;
    first.correction.dense[3] = 4;
    first.key.word[1] = 99;
    first.outcomes = 1500;
    memset(first.complexity_hash, 'a', sizeof(first.complexity_hash) - 1);
    other = first;
    other.correction.offset = 2;
    assert_int_equal(correction_load(&read, path, &err), ERR_IO);
    assert_int_equal(correction_roll_back(path, &err), ERR_IO);
    assert_int_equal(correction_save(&first, path, &err), 0);
    assert_int_equal(correction_load(&read, path, &err), 0);
    assert_memory_equal(&read, &first, sizeof(read));
    assert_int_equal(correction_save(&other, path, &err), 0);
    assert_int_equal(correction_load(&read, path, &err), 0);
    assert_true(read.correction.offset > 1);
    assert_int_equal(correction_roll_back(path, &err), 0);
    assert_int_equal(correction_load(&read, path, &err), 0);
    assert_memory_equal(&read, &first, sizeof(read));

    struct learn_key key = first.key;
    assert_true(correction_fits(&first, first.complexity_hash, NULL));
    assert_true(correction_fits(&first, first.complexity_hash, &key));
    key.word[0] = 1;
    assert_false(correction_fits(&first, first.complexity_hash, &key));
    assert_false(correction_fits(&first, "b", NULL));
    assert_false(correction_fits(NULL, "b", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(feedback_is_written_once, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(the_oldest_make_room, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(files_are_mended_and_checked, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(corrections_come_back_and_roll_back, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
