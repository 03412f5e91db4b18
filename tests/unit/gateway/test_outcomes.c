/* What waits for feedback, what is written of it, and the file of a correction. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

static void expect(struct outcomes *o, const char *request_id, const struct complexity_facts *facts,
                   bool local, uint64_t conversation, uint64_t now_ms)
{
    outcomes_expect(o, &(struct outcomes_answer){.request_id = request_id,
                                                 .principal = "alice",
                                                 .facts = facts,
                                                 .local = local,
                                                 .conversation = conversation,
                                                 .now_ms = now_ms});
}

static const char weights[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
static const char id[] = "req_0123456789abcdef01234567";
static const char second[] = "req_0123456789abcdef01234568";

static void feedback_is_written_once(void **state)
{
    struct outcomes *o = NULL;
    struct err err = {0};
    struct complexity_facts facts = facts_of(0xf0);
    (void)state;
    assert_int_equal(outcomes_open(&o, path, 16, weights, &err), 0);
    expect(o, id, &facts, true, 0, 0);
    expect(o, second, &facts, false, 0, 0);
    assert_int_equal(outcomes_tell(o, id, "mallory", FEEDBACK_BAD), FEEDBACK_UNKNOWN);
    assert_int_equal(outcomes_tell(o, id, "alice", FEEDBACK_BAD), FEEDBACK_TAKEN);
    assert_int_equal(outcomes_tell(o, id, "alice", FEEDBACK_BAD), FEEDBACK_UNKNOWN);
    assert_int_equal(outcomes_tell(o, second, "alice", FEEDBACK_BAD), FEEDBACK_TELLS_NOTHING);
    assert_int_equal(outcomes_tell(o, second, "alice", FEEDBACK_LOCAL_OK), FEEDBACK_TAKEN);
    assert_int_equal(outcomes_tell(o, "req_nonesuch", "alice", FEEDBACK_BAD), FEEDBACK_UNKNOWN);
    struct learn_key key = *outcomes_key(o);
    outcomes_close(o);

    struct stat info;
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    struct outcomes_told told;
    assert_int_equal(outcomes_read(&told, path, weights, &err), 0);
    assert_int_equal(told.count, 2);
    assert_int_equal(told.left_out, 0);
    assert_memory_equal(&key, &told.key, sizeof(key));
    const struct outcome *read = told.items;
    assert_true(read[0].needed > 0.5f && read[1].needed < 0.5f);
    assert_true(read[0].score > 0.24f && read[0].score < 0.26f); /* as shipped, not corrected */
    assert_memory_equal(&read[0].sketch, &facts.sketch, sizeof(facts.sketch));
    free(told.items);
}

static void the_oldest_make_room(void **state)
{
    struct outcomes *o = NULL;
    struct err err = {0};
    struct complexity_facts facts = facts_of(1);
    char name[REQUEST_ID_CHARS];
    (void)state;
    assert_int_equal(outcomes_open(&o, path, 16, weights, &err), 0);
    for (int i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "req_%024d", i);
        expect(o, name, &facts, true, 0, 0);
    }
    (void)snprintf(name, sizeof(name), "req_%024d", 83);
    assert_int_equal(outcomes_tell(o, name, "alice", FEEDBACK_GOOD), FEEDBACK_UNKNOWN);
    for (int i = 84; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "req_%024d", i);
        assert_int_equal(outcomes_tell(o, name, "alice", FEEDBACK_GOOD), FEEDBACK_TAKEN);
    }
    outcomes_close(o);
}

static struct classify_text said(const char *text, enum complexity_role role)
{
    return (struct classify_text){.text = content_of(text, strlen(text)), .role = role};
}

static void a_conversation_is_known_by_all_of_it(void **state)
{
    struct outcomes *o = NULL;
    struct err err = {0};
    struct classify_text texts[] = {said("You are kind.", COMPLEXITY_SYSTEM),
                                    said("Hello", COMPLEXITY_USER)};
    struct classify_text other[] = {texts[0], said("Hello", COMPLEXITY_ASSISTANT)};
    struct classify_text cut[] = {said("You are kind.H", COMPLEXITY_SYSTEM),
                                  said("ello", COMPLEXITY_USER)};
    (void)state;
    assert_int_equal(outcomes_open(&o, path, 16, weights, &err), 0);
    uint64_t known = outcomes_conversation(o, texts, 2);
    assert_true(known != 0 && known == outcomes_conversation(o, texts, 2));
    assert_true(known != outcomes_conversation(o, texts, 1));
    assert_true(known != outcomes_conversation(o, texts + 1, 1));
    assert_true(known != outcomes_conversation(o, other, 2));
    assert_true(known != outcomes_conversation(o, cut, 2));
    outcomes_close(o);
}

static void asking_again_tells_of_the_last_answer(void **state)
{
    struct outcomes *o = NULL;
    struct err err = {0};
    struct complexity_facts facts = facts_of(1);
    struct outcomes_told told;
    char name[REQUEST_ID_CHARS];
    (void)state;
    assert_int_equal(outcomes_open(&o, path, 16, weights, &err), 0);
    assert_false(outcomes_asked_again(o, 7, "alice", 0, 1000)); /* nothing was answered yet */
    expect(o, id, &facts, true, 7, 10000);
    assert_false(outcomes_asked_again(o, 7, "mallory", 10001, 1000));
    assert_false(outcomes_asked_again(o, 8, "alice", 10001, 1000));
    assert_false(outcomes_asked_again(o, 7, "alice", 11001, 1000)); /* too late */
    assert_true(outcomes_asked_again(o, 7, "alice", 11000, 1000));
    assert_false(outcomes_asked_again(o, 7, "alice", 11000, 1000)); /* once is enough */
    assert_int_equal(outcomes_tell(o, id, "alice", FEEDBACK_GOOD), FEEDBACK_UNKNOWN);
    /* The strong model's answer did not do, of which the local one learns nothing. */
    expect(o, id, &facts, true, 7, 20000);
    expect(o, second, &facts, false, 7, 20001);
    assert_false(outcomes_asked_again(o, 7, "alice", 20002, 1000));
    assert_int_equal(outcomes_tell(o, second, "alice", FEEDBACK_LOCAL_OK), FEEDBACK_TAKEN);
    /* No word of what nobody wants to know; and what made room is gone. */
    expect(o, "req_zero", &facts, true, 0, 30000);
    assert_false(outcomes_asked_again(o, 0, "alice", 30000, 1000));
    expect(o, "req_first", &facts, true, 99, 30000);
    for (int i = 0; i < 16; i++) {
        (void)snprintf(name, sizeof(name), "req_%024d", i);
        expect(o, name, &facts, true, (uint64_t)i % 3 + 1, 30000);
    }
    assert_false(outcomes_asked_again(o, 99, "alice", 30000, 1000));
    assert_true(outcomes_asked_again(o, 1, "alice", 30000, 1000)); /* that is, number 15 */
    (void)snprintf(name, sizeof(name), "req_%024d", 15);
    assert_int_equal(outcomes_tell(o, name, "alice", FEEDBACK_GOOD), FEEDBACK_UNKNOWN);
    outcomes_close(o);
    assert_int_equal(outcomes_read(&told, path, weights, &err), 0);
    assert_int_equal(told.count, 3);
    assert_true(told.items[0].needed > 0.5f && told.items[1].needed < 0.5f &&
                told.items[2].needed > 0.5f);
    free(told.items);
}

/*
 * Callers without a key, or a machine that asks the same all day: what makes room for the next is
 * found without a search. With one it is 10^10 steps, and the alarm ends the test.
 */
static void many_ask_the_same(void **state)
{
    enum { WAITING = 1 << 16, ASKED = 6 * WAITING, MOST_SECONDS = 60 };
    struct outcomes *o = NULL;
    struct err err = {0};
    struct complexity_facts facts = facts_of(1);
    char name[REQUEST_ID_CHARS];
    (void)state;
    assert_int_equal(outcomes_open(&o, path, WAITING, weights, &err), 0);
    (void)alarm(MOST_SECONDS);
    for (int i = 0; i < ASKED; i++) {
        (void)snprintf(name, sizeof(name), "req_%024d", i);
        expect(o, name, &facts, true, i < ASKED / 2 ? 0 : 7, 10000);
    }
    (void)alarm(0);
    (void)snprintf(name, sizeof(name), "req_%024d", ASKED - WAITING - 1);
    assert_int_equal(outcomes_tell(o, name, "alice", FEEDBACK_GOOD), FEEDBACK_UNKNOWN);
    (void)snprintf(name, sizeof(name), "req_%024d", ASKED - WAITING);
    assert_int_equal(outcomes_tell(o, name, "alice", FEEDBACK_GOOD), FEEDBACK_TAKEN);
    assert_true(outcomes_asked_again(o, 7, "alice", 10000, 1000)); /* the last */
    (void)snprintf(name, sizeof(name), "req_%024d", ASKED - 1);
    assert_int_equal(outcomes_tell(o, name, "alice", FEEDBACK_GOOD), FEEDBACK_UNKNOWN);
    (void)snprintf(name, sizeof(name), "req_%024d", ASKED - 2);
    assert_int_equal(outcomes_tell(o, name, "alice", FEEDBACK_GOOD), FEEDBACK_TAKEN);
    outcomes_close(o);
}

static void files_are_mended_and_checked(void **state)
{
    struct outcomes *o = NULL;
    struct err err = {0};
    struct complexity_facts facts = facts_of(3);
    struct outcomes_told told;
    (void)state;
    assert_int_equal(outcomes_open(&o, path, 16, weights, &err), 0);
    expect(o, id, &facts, true, 0, 0);
    assert_int_equal(outcomes_tell(o, id, "alice", FEEDBACK_GOOD), FEEDBACK_TAKEN);
    outcomes_close(o);
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    (void)fputs("{\"time\":1,\"need", file); /* killed in the middle of a write */
    assert_int_equal(fclose(file), 0);
    assert_int_equal(outcomes_read(&told, path, weights, &err), 0);
    assert_int_equal(told.count, 1);
    free(told.items);
    assert_int_equal(outcomes_open(&o, path, 16, weights, &err), 0);
    expect(o, id, &facts, true, 0, 0);
    assert_int_equal(outcomes_tell(o, id, "alice", FEEDBACK_BAD), FEEDBACK_TAKEN);
    outcomes_close(o);
    assert_int_equal(outcomes_read(&told, path, weights, &err), 0);
    assert_int_equal(told.count, 2);
    free(told.items);

    file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("{\"some\": \"other file\"}\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(outcomes_open(&o, path, 16, weights, &err), ERR_SYNTAX);
    assert_int_equal(outcomes_read(&told, path, weights, &err), ERR_SYNTAX);
}

static size_t told_in(const char *name, struct learn_key *key)
{
    struct outcomes_told told;
    struct err err = {0};
    assert_int_equal(outcomes_read(&told, name, weights, &err), 0);
    free(told.items);
    *key = told.key;
    return told.count;
}

static void a_renamed_file_is_followed_by_a_new_one(void **state)
{
    struct outcomes *o = NULL;
    struct err err = {0};
    struct complexity_facts facts = facts_of(3);
    struct learn_key first, next;
    char old[128];
    (void)state;
    (void)snprintf(old, sizeof(old), "%s.previous", path);
    assert_int_equal(outcomes_open(&o, path, 16, weights, &err), 0);
    expect(o, id, &facts, true, 0, 0);
    expect(o, second, &facts, true, 0, 0);
    assert_int_equal(outcomes_reopen(o, &err), 0); /* nothing happened to it */
    assert_int_equal(outcomes_tell(o, id, "alice", FEEDBACK_GOOD), FEEDBACK_TAKEN);
    assert_int_equal(rename(path, old), 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("another file\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(outcomes_reopen(o, &err), ERR_SYNTAX); /* the old one goes on */
    assert_int_equal(outcomes_tell(o, second, "alice", FEEDBACK_GOOD), FEEDBACK_TAKEN);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(outcomes_reopen(o, &err), 0);
    expect(o, id, &facts, true, 0, 0);
    assert_int_equal(outcomes_tell(o, id, "alice", FEEDBACK_BAD), FEEDBACK_TAKEN);
    assert_int_equal(told_in(old, &first), 2);
    assert_int_equal(told_in(path, &next), 1);
    assert_memory_equal(&first, &next, sizeof(first));
    outcomes_close(o);
    /* One of another key is not taken up: who waits was sketched under this one's. */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(outcomes_open(&o, path, 16, weights, &err), 0);
    assert_int_equal(rename(old, path), 0);
    assert_int_equal(outcomes_reopen(o, &err), ERR_BAD_STATE);
    outcomes_close(o);
}

static void write_file(const char *text, size_t len)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void assert_file_is(const char *text)
{
    char read[256] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t len = fread(read, 1, sizeof(read) - 1, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(len, strlen(text));
    assert_string_equal(read, text);
}

/* The path of another file by mistake, and a file that the disk had no room for half a line of. */
static void only_outcomes_are_cut(void **state)
{
    static const char *const others[] = {"a: 1\nthe last line has no end", "no line at all",
                                         "{\"format\":\"penstock outcomes 1\",\"key\":\"",
                                         "{\"some\": \"other file\"}\n{\"torn"};
    static const char header[] =
        "{\"format\":\"penstock outcomes 2\",\"key\":\"0123456789abcdef0123456789abcdef\"}\n";
    struct outcomes *o = NULL;
    struct err err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        write_file(others[i], strlen(others[i]));
        assert_int_equal(outcomes_open(&o, path, 16, weights, &err), ERR_SYNTAX);
        assert_file_is(others[i]);
    }
    for (size_t len = 0; len < sizeof(header); len++) {
        struct outcomes_told told;
        write_file(header, len);
        assert_int_equal(outcomes_open(&o, path, 16, weights, &err), 0);
        outcomes_close(o);
        assert_int_equal(outcomes_read(&told, path, weights, &err), 0);
        assert_int_equal(told.count, 0);
    }
    assert_file_is(header); /* the whole one keeps its key */
    struct outcomes_told told;
    write_file("", 0);
    assert_int_equal(outcomes_read(&told, path, weights, &err), ERR_SYNTAX);
}

/* The file takes half a line and no more: what comes once there is room stands on a line again. */
static void a_full_disk_tears_no_line(void **state)
{
    struct outcomes *o = NULL;
    struct err err = {0};
    struct complexity_facts facts = facts_of(3);
    struct outcomes_told told;
    struct stat info;
    struct rlimit unlimited, limit;
    (void)state;
    assert_int_equal(outcomes_open(&o, path, 16, weights, &err), 0);
    expect(o, id, &facts, true, 0, 0);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    limit = unlimited;
    limit.rlim_cur = (rlim_t)info.st_size + 100;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    enum feedback_result full = outcomes_tell(o, id, "alice", FEEDBACK_GOOD);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    assert_int_equal(full, FEEDBACK_NOT_WRITTEN);
    assert_int_equal(outcomes_tell(o, id, "alice", FEEDBACK_GOOD), FEEDBACK_TAKEN);
    outcomes_close(o);
    assert_int_equal(outcomes_read(&told, path, weights, &err), 0);
    assert_int_equal(told.count, 1);
    free(told.items);
}

/* Lines of the key's file: as many as are read at most, and some of other weights between them. */
static void outcomes_of_other_weights_are_left_out(void **state)
{
    enum { MOST = 65536, MORE = 3000, OTHERS = 40, FROM = 28 };
    static const char other[] = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210";
    struct outcomes *o = NULL;
    struct err err = {0};
    struct complexity_facts facts = facts_of(3);
    struct outcomes_told told;
    (void)state;
    for (int i = 0; i < MOST + MORE + OTHERS; i++) {
        bool of_others = i % 1000 == 999 && i / 1000 >= FROM;
        if (i % 1000 == 999 || i % 1000 == 0) {
            outcomes_close(o);
            assert_int_equal(outcomes_open(&o, path, 16, of_others ? other : weights, &err), 0);
        }
        facts.shipped_score = of_others ? 1 : (float)i / (2 * MOST);
        expect(o, id, &facts, true, 0, 0);
        assert_int_equal(outcomes_tell(o, id, "alice", FEEDBACK_BAD), FEEDBACK_TAKEN);
    }
    outcomes_close(o);
    FILE *file = fopen(path, "a"); /* as written before there were hashes */
    assert_non_null(file);
    (void)fprintf(file, "{\"needed\":1,\"score\":1,\"dense\":\"%056d\",\"bits\":\"%01024d\"}\n", 0,
                  0);
    /* and by a version whose sketches are of another size */
    (void)fprintf(file,
                  "{\"needed\":1,\"score\":1,\"complexity_hash\":\"%064d\",\"bits\":\"00\"}\n", 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(outcomes_read(&told, path, weights, &err), 0);
    assert_int_equal(told.count, MOST);
    assert_int_equal(told.left_out, OTHERS + 2);
    for (size_t i = 0; i < told.count; i++)
        assert_true(told.items[i].score < 0.6f &&
                    told.items[i].score > (MORE - 1) / (2.0f * MOST)); /* the newest */
    free(told.items);
    assert_int_equal(outcomes_read(&told, path, other, &err), 0);
    assert_int_equal(told.count, OTHERS);
    assert_int_equal(told.left_out, MOST + MORE + 2);
    free(told.items);

    file = fopen(path, "a"); /* ours, and torn in its middle */
    assert_non_null(file);
    (void)fprintf(file, "{\"needed\":1,\"score\":1,\"complexity_hash\":\"%s\",\"bits\":\"00\"}\n",
                  weights);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(outcomes_read(&told, path, weights, &err), ERR_SYNTAX);
}

static void make_correction(struct correction_file *file)
{
    *file = (struct correction_file){.outcomes = 1500};
    file->correction = (struct correction){
        .offset = -0.5f, .slope = 1.25f, .bucket_scale = 0.01f, .dense_scale = 0.02f};
    file->correction.buckets[7] = -100;
    file->correction.dense[3] = 4;
    file->key.word[1] = 99;
    memset(file->complexity_hash, 'a', sizeof(file->complexity_hash) - 1);
}

static void corrections_come_back_and_roll_back(void **state)
{
    static struct correction_file first, other, read;
    struct err err = {0};
    (void)state;
    make_correction(&first);
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

    /* What would make a score that is no number. */
    first.correction.slope = 3e38f;
    assert_int_equal(correction_save(&first, path, &err), 0);
    assert_int_equal(correction_load(&read, path, &err), 0);
    FILE *file = fopen(path, "r+");
    char text[512] = "";
    assert_non_null(file);
    size_t len = fread(text, 1, sizeof(text) - 1, file);
    char *power = memmem(text, len, "e38", 3);
    assert_non_null(power);
    assert_int_equal(fseek(file, power - text, SEEK_SET), 0);
    assert_int_equal(fwrite("e39", 1, 3, file), 3);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(correction_load(&read, path, &err), ERR_SYNTAX);

    struct learn_key key = first.key;
    assert_true(correction_fits(&first, first.complexity_hash, NULL));
    assert_true(correction_fits(&first, first.complexity_hash, &key));
    key.word[0] = 1;
    assert_false(correction_fits(&first, first.complexity_hash, &key));
    assert_false(correction_fits(&first, "b", NULL));
    assert_false(correction_fits(NULL, "b", NULL));
}

/* Several at once: each takes its turn, and a reader never meets half a file or none. */
static void corrections_are_saved_in_turns(void **state)
{
    enum { WRITERS = 4, TIMES = 25 };
    static struct correction_file file, read;
    struct err err = {0};
    pid_t writers[WRITERS];
    (void)state;
    make_correction(&file);
    assert_int_equal(correction_save(&file, path, &err), 0);
    for (int w = 0; w < WRITERS; w++) {
        writers[w] = fork();
        assert_true(writers[w] >= 0);
        for (int i = 0; writers[w] == 0 && i < TIMES; i++)
            if (correction_save(&file, path, &err) != 0 || correction_load(&read, path, &err) != 0)
                _exit(1);
        if (writers[w] == 0)
            _exit(0);
    }
    bool whole = true;
    for (int w = 0; w < WRITERS; w++) {
        int ended = -1;
        assert_int_equal(waitpid(writers[w], &ended, 0), writers[w]);
        whole = whole && WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
    }
    assert_true(whole);
    assert_int_equal(correction_roll_back(path, &err), 0);
    assert_int_equal(correction_load(&read, path, &err), 0);
}

/* What does not fit changes nothing: not the file, nor what could be put back in its place. */
static void a_full_disk_takes_no_correction(void **state)
{
    static struct correction_file file, read;
    struct err err = {0};
    struct rlimit unlimited, limit;
    (void)state;
    make_correction(&file);
    assert_int_equal(correction_save(&file, path, &err), 0);
    file.correction.offset = 1;
    assert_int_equal(correction_save(&file, path, &err), 0);
    file.correction.offset = 2;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    limit = unlimited;
    limit.rlim_cur = 1000;
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    int full = correction_save(&file, path, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    assert_int_equal(full, ERR_IO);
    assert_int_equal(correction_load(&read, path, &err), 0);
    assert_true(read.correction.offset > 0.5f && read.correction.offset < 1.5f);
    assert_int_equal(correction_roll_back(path, &err), 0);
    assert_int_equal(correction_load(&read, path, &err), 0);
    assert_true(read.correction.offset < 0);
}

/* Learned by root, read by the gateway's user. */
static void a_correction_belongs_to_who_reads_it(void **state)
{
    enum { DAEMON = 65534, GROUP = 65533 };
    static struct correction_file file;
    struct err err = {0};
    struct stat info;
    (void)state;
    if (geteuid() != 0)
        skip();
    make_correction(&file);
    assert_int_equal(chown(folder, DAEMON, GROUP), 0);
    assert_int_equal(correction_save(&file, path, &err), 0);
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_uid == DAEMON && info.st_gid == GROUP && (info.st_mode & 07777) == 0600);
    assert_int_equal(chown(path, DAEMON - 5, GROUP - 5), 0);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(correction_save(&file, path, &err), 0);
    assert_int_equal(stat(path, &info), 0);
    assert_true(info.st_uid == DAEMON - 5 && info.st_gid == GROUP - 5);
    assert_int_equal(info.st_mode & 07777, 0640);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(feedback_is_written_once, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(the_oldest_make_room, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_conversation_is_known_by_all_of_it, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(asking_again_tells_of_the_last_answer, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(many_ask_the_same, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(files_are_mended_and_checked, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_renamed_file_is_followed_by_a_new_one, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(only_outcomes_are_cut, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_full_disk_tears_no_line, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(outcomes_of_other_weights_are_left_out, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(corrections_come_back_and_roll_back, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(corrections_are_saved_in_turns, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(a_full_disk_takes_no_correction, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_correction_belongs_to_who_reads_it, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
