#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "gateway/decision_log.h"

static char folder[] = "/tmp/penstock-decisions-XXXXXX";
static char path[128], lock_path[136], other_path[136];

/* Stands in for libc's, so that a disk can refuse to confirm. */
static atomic_int fsyncs_to_fail, fsyncs_seen;
int fsync(int fd)
{
    atomic_fetch_add(&fsyncs_seen, 1);
    if (atomic_load(&fsyncs_to_fail) > 0) {
        atomic_fetch_sub(&fsyncs_to_fail, 1);
        errno = EIO;
        return -1;
    }
    return (int)syscall(SYS_fsync, fd);
}

static int setup(void **state)
{
    (void)state;
    /* The size limit below also meets a standard error that is a file. */
    (void)signal(SIGXFSZ, SIG_IGN);
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof(path), "%s/log", folder);
    (void)snprintf(lock_path, sizeof(lock_path), "%s.lock", path);
    (void)snprintf(other_path, sizeof(other_path), "%s.1", path);
    return 0;
}

static int clean(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(lock_path);
    (void)unlink(other_path);
    atomic_store(&fsyncs_to_fail, 0);
    atomic_store(&fsyncs_seen, 0);
    return 0;
}

static int teardown(void **state)
{
    (void)clean(state);
    return rmdir(folder);
}

static void pause_ms(long ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

static struct decision_log *open_log(const char *file, enum decision_on_full on_full,
                                     unsigned capacity)
{
    struct decision_log *log = NULL;
    struct err err = {.text = ""};
    struct decision_log_options options = {.path = file,
                                           .on_full = on_full,
                                           .capacity = capacity,
                                           .gather_ms = 1,
                                           .retry_ms = 10,
                                           .stop_ms = 300};
    if (decision_log_open(&options, &log, &err) != 0)
        fail_msg("cannot open: %s", err.text);
    return log;
}

static void submit(struct decision_log *log, unsigned number)
{
    struct decision_record record;
    decision_record_init(&record);
    (void)snprintf(record.request_id, sizeof(record.request_id), "req_%u", number);
    DECISION_SET(record.principal, "somebody");
    decision_log_submit(log, &record);
}

/* Waits until the predicate holds; a test that never gets there fails. */
#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        unsigned rounds_ = 0;                                                                      \
        while (!(condition)) {                                                                     \
            if (++rounds_ > 2000)                                                                  \
                fail_msg("waited in vain for " #condition);                                        \
            pause_ms(5);                                                                           \
        }                                                                                          \
    } while (0)

static struct decision_log_stats stats_of(const struct decision_log *log)
{
    struct decision_log_stats stats;
    decision_log_stats(log, &stats);
    return stats;
}

struct seen {
    unsigned decisions, gaps;
    uint64_t first_seq, last_seq;
    uint64_t lost;         /* sum of what gaps say */
    char last_reason[32];  /* of a gap */
    char last_request[32]; /* id */
    bool seq_ok;           /* each one more than the one before */
};

static size_t read_at_once(const char *file, char *out, size_t size)
{
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    ssize_t n = read(fd, out, size);
    (void)close(fd);
    return n > 0 ? (size_t)n : 0;
}

/* Every line must be a whole JSON object. Closes the stream. */
static struct seen read_stream(FILE *f)
{
    struct seen seen = {.seq_ok = true};
    assert_non_null(f);
    static char line[65536];
    while (fgets(line, sizeof(line), f) != NULL) {
        size_t len = strlen(line);
        assert_int_equal(line[len - 1], '\n');
        json_t *root = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
        if (root == NULL)
            fail_msg("a line is not JSON");
        uint64_t seq = (uint64_t)json_integer_value(json_object_get(root, "seq"));
        if (seen.first_seq == 0)
            seen.first_seq = seq;
        else if (seq != seen.last_seq + 1)
            seen.seq_ok = false;
        seen.last_seq = seq;
        if (strcmp(json_string_value(json_object_get(root, "event")), "gap") == 0) {
            seen.gaps++;
            seen.lost += (uint64_t)json_integer_value(json_object_get(root, "lost"));
            (void)snprintf(seen.last_reason, sizeof(seen.last_reason), "%s",
                           json_string_value(json_object_get(root, "reason")));
        } else {
            seen.decisions++;
            (void)snprintf(seen.last_request, sizeof(seen.last_request), "%s",
                           json_string_value(json_object_get(root, "request_id")));
        }
        json_decref(root);
    }
    (void)fclose(f);
    return seen;
}

static struct seen read_file(const char *file)
{
    return read_stream(fopen(file, "re"));
}

/*
 * For a disk that refuses: between a short write and the cut that mends it the file may be seen
 * with a torn tail, for microseconds. Looks until it is whole.
 */
static struct seen read_file_at_rest(const char *file)
{
    static char bytes[65536];
    size_t len = 0;
    AWAIT((len = read_at_once(file, bytes, sizeof(bytes))) != 0 && bytes[len - 1] == '\n');
    return read_stream(fmemopen(bytes, len, "r"));
}

static void test_writes_and_continues(void **state)
{
    (void)state;
    struct stat status;
    struct decision_log *log = open_log(path, DECISION_ON_FULL_REFUSE, 0);
    for (unsigned i = 0; i < 300; i++)
        submit(log, i);
    AWAIT(stats_of(log).records == 300);
    assert_true(decision_log_accepting(log));
    assert_int_equal(decision_log_close(log), 0);
    assert_true(atomic_load(&fsyncs_seen) >= 1);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    struct seen seen = read_file(path);
    assert_int_equal(seen.decisions, 300);
    assert_int_equal(seen.first_seq, 1);
    assert_true(seen.seq_ok);

    log = open_log(path, DECISION_ON_FULL_REFUSE, 0);
    submit(log, 1000);
    assert_int_equal(decision_log_close(log), 0);
    seen = read_file(path);
    assert_int_equal(seen.decisions, 301);
    assert_int_equal(seen.gaps, 0);
    assert_int_equal(seen.last_seq, 301);
    assert_true(seen.seq_ok);
    assert_string_equal(seen.last_request, "req_1000");
}

struct sender {
    pthread_t id;
    struct decision_log *log;
};

static void *send_many(void *arg)
{
    struct sender *sender = arg;
    for (unsigned i = 0; i < 2000; i++) {
        submit(sender->log, i);
        if (i % 64 == 0)
            pause_ms(1);
    }
    return NULL;
}

static void test_many_senders(void **state)
{
    (void)state;
    struct sender senders[4];
    struct decision_log *log = open_log(path, DECISION_ON_FULL_COUNT, 256);
    for (unsigned i = 0; i < 4; i++) {
        senders[i].log = log;
        assert_int_equal(pthread_create(&senders[i].id, NULL, send_many, &senders[i]), 0);
    }
    for (unsigned i = 0; i < 10; i++) {
        decision_log_reopen(log);
        (void)stats_of(log);
        pause_ms(2);
    }
    for (unsigned i = 0; i < 4; i++)
        pthread_join(senders[i].id, NULL);
    assert_true(decision_log_accepting(log)); /* `count` never refuses */
    assert_int_equal(decision_log_close(log), 0);
    struct seen seen = read_file(path);
    /* each record is there, or the gaps say that it is not */
    assert_int_equal(seen.decisions + seen.lost, 8000);
    assert_true(seen.seq_ok);
}

static void test_rotation(void **state)
{
    (void)state;
    struct decision_log *log = open_log(path, DECISION_ON_FULL_REFUSE, 0);
    submit(log, 1);
    submit(log, 2);
    AWAIT(stats_of(log).records == 2);
    assert_int_equal(rename(path, other_path), 0);
    submit(log, 3); /* still the old file */
    AWAIT(stats_of(log).records == 3);
    decision_log_reopen(log);
    AWAIT(access(path, F_OK) == 0);
    submit(log, 4);
    AWAIT(stats_of(log).records == 4);
    /* copytruncate: the file shrinks under us */
    assert_int_equal(truncate(path, 0), 0);
    submit(log, 5);
    assert_int_equal(decision_log_close(log), 0);
    struct seen old = read_file(other_path), new = read_file(path);
    assert_int_equal(old.decisions, 3);
    assert_int_equal(new.first_seq, 5);
    assert_int_equal(new.decisions, 1);

    /* rotated while stopped: the number goes on all the same */
    assert_int_equal(rename(path, other_path), 0);
    log = open_log(path, DECISION_ON_FULL_REFUSE, 0);
    submit(log, 6);
    assert_int_equal(decision_log_close(log), 0);
    new = read_file(path);
    assert_int_equal(new.first_seq, 6);
    assert_int_equal(new.gaps, 0);
}

static void append_raw(const char *text)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void test_torn_tail(void **state)
{
    (void)state;
    struct decision_log *log = open_log(path, DECISION_ON_FULL_REFUSE, 0);
    submit(log, 1);
    submit(log, 2);
    assert_int_equal(decision_log_close(log), 0);
    append_raw("{\"time\":\"2026-01-01T00:00:00.000Z\",\"seq\":3,\"eve");
    log = open_log(path, DECISION_ON_FULL_REFUSE, 0);
    submit(log, 3);
    assert_int_equal(decision_log_close(log), 0);
    struct seen seen = read_file(path);
    assert_int_equal(seen.decisions, 3);
    assert_int_equal(seen.gaps, 1);
    assert_string_equal(seen.last_reason, "torn_line");
    assert_int_equal(seen.last_seq, 4);
    assert_true(seen.seq_ok);

    /* nothing but a torn line, longer than what is read at once */
    (void)clean(state);
    FILE *f = fopen(path, "we");
    for (unsigned i = 0; i < 300000; i++)
        (void)fputc('x', f);
    (void)fclose(f);
    log = open_log(path, DECISION_ON_FULL_REFUSE, 0);
    submit(log, 1);
    assert_int_equal(decision_log_close(log), 0);
    seen = read_file(path);
    assert_int_equal(seen.decisions, 1);
    assert_int_equal(seen.gaps, 1);
}

static void test_foreign_last_line(void **state)
{
    (void)state;
    struct decision_log *log = open_log(path, DECISION_ON_FULL_REFUSE, 0);
    for (unsigned i = 0; i < 9; i++)
        submit(log, i);
    assert_int_equal(decision_log_close(log), 0);
    (void)unlink(lock_path); /* only the file is left to tell */
    append_raw("{\"note\":\"rotated by hand\"}\n");
    log = open_log(path, DECISION_ON_FULL_REFUSE, 0);
    assert_int_equal(stats_of(log).last_seq, 9);
    assert_int_equal(decision_log_close(log), 0);
}

static void test_killed(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 3; round++) {
        pid_t pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
            struct decision_log *log = open_log(path, DECISION_ON_FULL_COUNT, 64);
            for (unsigned i = 0;; i++) {
                submit(log, i);
                if (i % 16 == 0)
                    pause_ms(1);
            }
        }
        pause_ms(100 + 37 * (long)round);
        assert_int_equal(kill(pid, SIGKILL), 0);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
    }
    struct decision_log *log = open_log(path, DECISION_ON_FULL_REFUSE, 0);
    submit(log, 1);
    assert_int_equal(decision_log_close(log), 0);
    struct seen seen = read_file(path);
    assert_true(seen.seq_ok);
    assert_true(seen.decisions > 10);
    assert_true(seen.gaps >= 3);
    assert_string_equal(seen.last_reason, "unclean_stop");
}

static void test_second_process_refused(void **state)
{
    (void)state;
    struct decision_log *log = open_log(path, DECISION_ON_FULL_REFUSE, 0), *second = NULL;
    struct err err;
    struct decision_log_options options = {.path = path};
    assert_int_equal(decision_log_open(&options, &second, &err), ERR_BUSY);
    assert_null(second);
    assert_non_null(strstr(err.text, path));
    submit(log, 1);
    assert_int_equal(decision_log_close(log), 0);
    options.path = "/nonexistent/folder/log";
    assert_int_equal(decision_log_open(&options, &second, &err), ERR_IO);
}

static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static off_t size_of(const char *file)
{
    struct stat status;
    return stat(file, &status) == 0 ? status.st_size : -1;
}

/* The limit makes write(2) come up short in the middle of a line, then fail. */
static void test_short_writes_refuse(void **state)
{
    (void)state;
    struct decision_log *log = open_log(path, DECISION_ON_FULL_REFUSE, 64);
    submit(log, 0);
    AWAIT(stats_of(log).records == 1);
    off_t line = size_of(path);
    limit_file_size((rlim_t)(line * 4 + line / 2));
    for (unsigned i = 1; i < 20; i++)
        submit(log, i);
    AWAIT(stats_of(log).failing);
    AWAIT(!decision_log_accepting(log));
    pause_ms(50); /* some more attempts */
    struct seen seen = read_file_at_rest(path);
    assert_int_equal(seen.decisions, 4);
    assert_true(seen.seq_ok);
    assert_int_equal(stats_of(log).records, 4);

    limit_file_size(RLIM_INFINITY);
    AWAIT(stats_of(log).records == 20);
    AWAIT(decision_log_accepting(log));
    assert_false(stats_of(log).failing);
    assert_int_equal(decision_log_close(log), 0);
    seen = read_file(path);
    assert_int_equal(seen.decisions, 20);
    assert_int_equal(seen.gaps, 0);
    assert_true(seen.seq_ok);
}

static void test_full_disk_counts(void **state)
{
    (void)state;
    struct decision_log *log = open_log(path, DECISION_ON_FULL_COUNT, 16);
    submit(log, 0);
    AWAIT(stats_of(log).records == 1);
    limit_file_size((rlim_t)size_of(path) + 10);
    for (unsigned i = 1; i <= 40; i++)
        submit(log, i);
    AWAIT(stats_of(log).failing);
    assert_true(decision_log_accepting(log));
    assert_int_equal(stats_of(log).gaps, 40 - 16);
    limit_file_size(RLIM_INFINITY);
    AWAIT(!stats_of(log).failing && stats_of(log).waiting == 0);
    submit(log, 41);
    assert_int_equal(decision_log_close(log), 0);
    struct seen seen = read_file(path);
    assert_int_equal(seen.decisions, 1 + 16 + 1);
    assert_int_equal(seen.gaps, 1);
    assert_int_equal(seen.lost, 40 - 16);
    assert_true(seen.seq_ok);
}

static void test_stop_on_full_disk(void **state)
{
    (void)state;
    struct decision_log *log = open_log(path, DECISION_ON_FULL_REFUSE, 16);
    submit(log, 0);
    AWAIT(stats_of(log).records == 1);
    limit_file_size((rlim_t)size_of(path) + 10);
    for (unsigned i = 1; i <= 5; i++)
        submit(log, i);
    AWAIT(stats_of(log).failing);
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_int_equal(decision_log_close(log), 5);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_true(after.tv_sec - before.tv_sec <= 3);
    limit_file_size(RLIM_INFINITY);
    /* the next start knows */
    log = open_log(path, DECISION_ON_FULL_REFUSE, 16);
    assert_int_equal(decision_log_close(log), 0);
    struct seen seen = read_file(path);
    assert_int_equal(seen.decisions, 1);
    assert_int_equal(seen.gaps, 1);
    assert_string_equal(seen.last_reason, "unclean_stop");
}

static void test_small_file_system(void **state)
{
    (void)state;
    char file[160];
    if (geteuid() != 0 || mount("none", folder, "tmpfs", 0, "size=64k") != 0)
        skip();
    (void)snprintf(file, sizeof(file), "%s/log", folder);
    struct decision_log *log = open_log(file, DECISION_ON_FULL_REFUSE, 64);
    unsigned sent = 0;
    while (decision_log_accepting(log) && sent < 5000) {
        submit(log, sent++);
        pause_ms(1);
    }
    assert_false(decision_log_accepting(log));
    assert_true(stats_of(log).failing);
    assert_true(read_file(file).seq_ok);
    /* an operator makes room */
    assert_int_equal(truncate(file, 0), 0);
    AWAIT(decision_log_accepting(log));
    assert_int_equal(decision_log_close(log), 0);
    struct seen seen = read_file(file);
    assert_true(seen.seq_ok);
    assert_int_equal(seen.lost, 0);
    assert_int_equal(seen.last_seq, sent);
    assert_int_equal(umount(folder), 0);
}

static void test_failed_sync_is_said(void **state)
{
    (void)state;
    struct decision_log *log = NULL;
    struct decision_log_options options = {.path = path, .gather_ms = 1, .sync_ms = 20};
    assert_int_equal(decision_log_open(&options, &log, NULL), 0);
    atomic_store(&fsyncs_to_fail, 1);
    submit(log, 1);
    submit(log, 2);
    AWAIT(stats_of(log).gaps == 2);
    AWAIT(stats_of(log).last_seq == 3);
    assert_int_equal(decision_log_close(log), 0);
    struct seen seen = read_file(path);
    assert_int_equal(seen.decisions, 2);
    assert_int_equal(seen.gaps, 1);
    assert_int_equal(seen.lost, 2);
    assert_string_equal(seen.last_reason, "sync_failed");
    assert_true(seen.seq_ok);
}

static void test_fifo_and_standard_output(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    int reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    struct decision_log *log = open_log(path, DECISION_ON_FULL_REFUSE, 0);
    submit(log, 1);
    assert_int_equal(decision_log_close(log), 0);
    char text[8192];
    ssize_t n = read(reader, text, sizeof(text));
    assert_true(n > 10 && text[n - 1] == '\n');
    close(reader);
    assert_int_not_equal(access(lock_path, F_OK), 0);

    (void)fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    int file = open(other_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    dup2(file, STDOUT_FILENO);
    log = open_log("-", DECISION_ON_FULL_REFUSE, 0);
    submit(log, 1);
    decision_log_reopen(log);
    submit(log, 2);
    assert_int_equal(decision_log_close(log), 0);
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(file);
    assert_int_equal(read_file(other_path).decisions, 2);
}

static void *close_log(void *log)
{
    return (void *)(uintptr_t)decision_log_close(log);
}

/* A pipe holds 64 KiB; what is more waits in the queue, is refused when that is full, and comes. */
static void test_reader_that_pauses(void **state)
{
    (void)state;
    enum { QUEUE = 512 };
    assert_int_equal(mkfifo(path, 0600), 0);
    struct decision_log *log = open_log(path, DECISION_ON_FULL_REFUSE, QUEUE);
    unsigned sent = 0;
    while (decision_log_accepting(log)) {
        submit(log, sent++);
        pause_ms(1);
    }
    assert_true(stats_of(log).waiting > QUEUE / 2);
    assert_false(stats_of(log).failing);
    FILE *reader = fopen(path, "re");
    assert_non_null(reader);
    pthread_t closer;
    assert_int_equal(pthread_create(&closer, NULL, close_log, log), 0);
    struct seen seen = read_stream(reader); /* up to the end, which comes as the log is closed */
    void *lost = log;
    assert_int_equal(pthread_join(closer, &lost), 0);
    assert_null(lost);
    assert_int_equal(seen.decisions, sent);
    assert_int_equal(seen.gaps, 0);
    assert_true(seen.seq_ok);
}

/* Nobody reads any more: the log says what it lost, and its end comes. */
static void test_stop_on_full_pipe(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    struct decision_log *log = open_log(path, DECISION_ON_FULL_COUNT, 512);
    for (unsigned i = 0; i < 2000; i++)
        submit(log, i);
    assert_true(decision_log_close(log) > 0);
}

static void test_model_names(void **state)
{
    (void)state;
    char a[DECISION_NAME_CHARS], b[DECISION_NAME_CHARS];
    struct decision_log *log = NULL, *same = NULL;
    struct decision_log_options options = {.path = "-", .has_hash_key = true, .hash_key = {1}};
    assert_int_equal(decision_log_open(&options, &log, NULL), 0);
    assert_int_equal(decision_log_open(&options, &same, NULL), 0);
    decision_log_model_name(log, "gpt-4o", "gpt-4o", 6, a);
    assert_string_equal(a, "gpt-4o");
    decision_log_model_name(log, NULL, "my name is Bob", 14, a);
    assert_memory_equal(a, "unknown:", 8);
    assert_int_equal(strlen(a), 8 + 16);
    decision_log_model_name(same, NULL, "my name is Bob", 14, b);
    assert_string_equal(a, b);
    decision_log_model_name(log, NULL, "my name is Eve", 14, b);
    assert_string_not_equal(a, b);
    decision_log_model_name(log, NULL, NULL, 0, a);
    assert_string_equal(a, "");
    assert_int_equal(decision_log_close(same), 0);
    assert_int_equal(decision_log_close(log), 0);
    /* without a key given, each start has its own */
    options.has_hash_key = false;
    assert_int_equal(decision_log_open(&options, &log, NULL), 0);
    decision_log_model_name(log, NULL, "my name is Eve", 14, a);
    assert_string_not_equal(a, b);
    assert_int_equal(decision_log_close(log), 0);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup(test, clean)
    const struct CMUnitTest tests[] = {
        CASE(test_writes_and_continues),
        CASE(test_many_senders),
        CASE(test_rotation),
        CASE(test_torn_tail),
        CASE(test_foreign_last_line),
        CASE(test_killed),
        CASE(test_second_process_refused),
        CASE(test_short_writes_refuse),
        CASE(test_full_disk_counts),
        CASE(test_stop_on_full_disk),
        CASE(test_small_file_system),
        CASE(test_failed_sync_is_said),
        CASE(test_fifo_and_standard_output),
        CASE(test_reader_that_pauses),
        CASE(test_stop_on_full_pipe),
        CASE(test_model_names),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
