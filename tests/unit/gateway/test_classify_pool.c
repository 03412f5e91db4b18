#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "gateway/classify_pool.h"
#include "gateway/worker.h"
#include "tests/unit/gateway/fake_classifiers.h"

static struct classifiers *classifiers;
static struct worker *worker;

/* What the worker was told; written on its thread. */
static pthread_mutex_t told_lock = PTHREAD_MUTEX_INITIALIZER;
static struct told {
    uint64_t request, generation, ticket;
    enum unclassified unclassified;
    unsigned found;
} told[4096];
static unsigned told_count;

static void on_done(void *user, struct classify_done *done)
{
    assert_ptr_equal(user, worker);
    pthread_mutex_lock(&told_lock);
    told[told_count++] = (struct told){.request = done->request,
                                       .generation = done->generation,
                                       .ticket = done->ticket,
                                       .unclassified = done->facts.unclassified,
                                       .found = done->facts.pii.count[PII_EMAIL_ADDRESS]};
    pthread_mutex_unlock(&told_lock);
}

static unsigned told_so_far(void)
{
    pthread_mutex_lock(&told_lock);
    unsigned n = told_count;
    pthread_mutex_unlock(&told_lock);
    return n;
}

static struct told told_at(unsigned i)
{
    pthread_mutex_lock(&told_lock);
    struct told one = told[i];
    pthread_mutex_unlock(&told_lock);
    return one;
}

static void pause_ms(long ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

#define AWAIT(condition)                                                                           \
    do {                                                                                           \
        unsigned rounds_ = 0;                                                                      \
        while (!(condition)) {                                                                     \
            if (++rounds_ > 2000)                                                                  \
                fail_msg("waited in vain for " #condition);                                        \
            pause_ms(2);                                                                           \
        }                                                                                          \
    } while (0)

static int setup(void **state)
{
    (void)state;
    struct err err;
    worker = worker_new(0, &err);
    return worker == NULL || worker_start(worker, &err) != 0 ||
           classifiers_new(&classifiers, &err) != 0;
}

static int teardown(void **state)
{
    (void)state;
    worker_stop(worker);
    worker_join(worker);
    worker_free(worker);
    classifiers_free(classifiers);
    return 0;
}

static int reset(void **state)
{
    (void)state;
    told_count = 0;
    fake_gate_set(false);
    return 0;
}

static struct classify_pool *pool_of(unsigned threads, unsigned queue, unsigned timeout_ms)
{
    struct classify_pool *pool = NULL;
    struct classify_pool_options options = {
        .threads = threads, .queue = queue, .queue_bytes = 100000, .timeout_ms = timeout_ms};
    assert_int_equal(classify_pool_new(&options, classifiers, &pool, NULL), 0);
    return pool;
}

/* The text is gone as soon as submit returns, as it is when a request ends. */
static int submit(struct classify_pool *pool, const char *text, uint64_t request, uint64_t *ticket)
{
    char copy[64] = "";
    size_t len = strlen(text);
    memcpy(copy, text, len);
    struct classify_text texts[2] = {{.text = content_of(copy, len), .turn = true},
                                     {.text = content_of("", 0), .turn = true}};
    struct classify_input input = {.texts = texts, .text_count = 2};
    struct classify_job_options options = {.request = request,
                                           .generation = request + 1000,
                                           .worker = worker,
                                           .on_done = on_done,
                                           .user = worker};
    int rc = classify_pool_submit(pool, &input, &options, ticket);
    memset(copy, 'F', sizeof(copy));
    memset(texts, 0, sizeof(texts));
    return rc;
}

static void test_results_come_back(void **state)
{
    (void)state;
    uint64_t ticket = 0;
    struct classify_pool *pool = pool_of(3, 200, 5000);
    for (uint64_t i = 0; i < 100; i++)
        assert_int_equal(submit(pool, "text", i, &ticket), 0);
    AWAIT(told_so_far() == 100);
    bool seen[100] = {false};
    for (unsigned i = 0; i < 100; i++) {
        struct told one = told_at(i);
        assert_false(seen[one.request]);
        seen[one.request] = true;
        assert_int_equal(one.generation, one.request + 1000);
        assert_int_equal(one.unclassified, UNCLASSIFIED_NONE);
        assert_int_equal(one.found, 2);
    }
    classify_pool_free(pool);
}

static void test_full_queue(void **state)
{
    (void)state;
    uint64_t ticket = 0;
    struct classify_pool *pool = pool_of(1, 2, 5000);
    assert_int_equal(submit(pool, "WAIT", 1, &ticket), 0);
    assert_int_equal(submit(pool, "x", 2, &ticket), 0);
    assert_int_equal(submit(pool, "x", 3, &ticket), ERR_BUSY);
    fake_gate_set(true);
    AWAIT(told_so_far() == 2);
    AWAIT(submit(pool, "x", 4, &ticket) == 0);
    AWAIT(told_so_far() == 3);

    /* bytes are bounded too */
    static char large[100001];
    struct classify_text text = {.text = content_of(large, sizeof(large))};
    struct classify_input input = {.texts = &text, .text_count = 1};
    struct classify_job_options options = {.worker = worker, .on_done = on_done, .user = worker};
    assert_int_equal(classify_pool_submit(pool, &input, &options, &ticket), ERR_BUSY);
    classify_pool_free(pool);
    assert_int_equal(told_so_far(), 3);
}

static void test_timeout(void **state)
{
    (void)state;
    uint64_t ticket = 0;
    struct classify_pool *pool = pool_of(1, 10, 1000);
    assert_int_equal(submit(pool, "WAIT", 1, &ticket), 0);
    AWAIT(fake_waiting_count() == 1);
    assert_int_equal(submit(pool, "x", 2, &ticket), 0); /* never gets its turn */
    AWAIT(told_so_far() == 2);
    assert_int_equal(told_at(0).request, 1);
    assert_int_equal(told_at(0).unclassified, UNCLASSIFIED_TIMEOUT);
    assert_int_equal(told_at(1).unclassified, UNCLASSIFIED_TIMEOUT);
    assert_int_equal(told_at(0).found, 0);
    /* the late result is thrown away, and the pool goes on */
    fake_gate_set(true);
    unsigned last = 1;
    do { /* on a busy machine this one may time out too */
        assert_int_equal(submit(pool, "y", 3, &ticket), 0);
        last++;
        AWAIT(told_so_far() == last + 1);
        assert_int_equal(told_at(last).request, 3);
    } while (told_at(last).unclassified == UNCLASSIFIED_TIMEOUT && last < 1000);
    assert_int_equal(told_at(last).unclassified, UNCLASSIFIED_NONE);
    pause_ms(70);
    assert_int_equal(told_so_far(), last + 1);
    classify_pool_free(pool);
}

static void test_cancel(void **state)
{
    (void)state;
    uint64_t running = 0, waiting = 0, ticket = 0;
    struct classify_pool *pool = pool_of(1, 2, 5000);
    assert_int_equal(submit(pool, "WAIT", 1, &running), 0);
    AWAIT(fake_waiting_count() == 1);
    assert_int_equal(submit(pool, "x", 2, &waiting), 0);
    classify_pool_cancel(pool, waiting);
    assert_int_equal(submit(pool, "x", 3, &ticket), 0); /* its place is free at once */
    classify_pool_cancel(pool, running);
    classify_pool_cancel(pool, running);
    classify_pool_cancel(pool, 999);
    fake_gate_set(true);
    AWAIT(told_so_far() == 1);
    assert_int_equal(told_at(0).request, 3);
    classify_pool_cancel(pool, ticket); /* too late, and harmless */
    classify_pool_free(pool);
    assert_int_equal(told_so_far(), 1);
}

static void *open_gate_later(void *arg)
{
    (void)arg;
    pause_ms(30);
    fake_gate_set(true);
    return NULL;
}

static void test_stop(void **state)
{
    (void)state;
    uint64_t ticket = 0;
    pthread_t opener;
    struct classify_pool *pool = pool_of(1, 10, 5000);
    assert_int_equal(submit(pool, "WAIT", 1, &ticket), 0);
    AWAIT(fake_waiting_count() == 1);
    assert_int_equal(submit(pool, "x", 2, &ticket), 0);
    assert_int_equal(pthread_create(&opener, NULL, open_gate_later, NULL), 0);
    classify_pool_free(pool);
    pthread_join(opener, NULL);
    AWAIT(told_so_far() == 2);
    assert_int_equal(told_at(0).request, 2);
    assert_int_equal(told_at(0).unclassified, UNCLASSIFIED_OVERLOAD);
    assert_int_equal(told_at(1).request, 1);
    assert_int_equal(told_at(1).unclassified, UNCLASSIFIED_NONE);
}

static atomic_uint storm_accepted;
static void *storm(void *arg)
{
    struct classify_pool *pool = arg;
    uint64_t ticket = 0;
    for (unsigned i = 0; i < 500; i++) {
        if (submit(pool, i % 7 == 0 ? "FAIL" : "ok", i, &ticket) == 0)
            atomic_fetch_add(&storm_accepted, 1);
        else
            pause_ms(1);
    }
    return NULL;
}

/* Each accepted job is answered once, whatever races: time-outs against results. */
static void test_storm(void **state)
{
    (void)state;
    pthread_t ids[4];
    struct classify_pool *pool = pool_of(2, 16, 1);
    atomic_store(&storm_accepted, 0);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&ids[i], NULL, storm, pool), 0);
    for (unsigned i = 0; i < 4; i++)
        pthread_join(ids[i], NULL);
    classify_pool_free(pool);
    AWAIT(told_so_far() == atomic_load(&storm_accepted));
    pause_ms(20);
    assert_int_equal(told_so_far(), atomic_load(&storm_accepted));
}

/* The thread of that name; 0: there is none. */
static pid_t thread_of(const char *name)
{
    pid_t found = 0;
    DIR *tasks = opendir("/proc/self/task");
    assert_non_null(tasks);
    for (struct dirent *task; found == 0 && (task = readdir(tasks)) != NULL;) {
        char path[300], comm[64] = "";
        (void)snprintf(path, sizeof(path), "/proc/self/task/%s/comm", task->d_name);
        FILE *file = task->d_name[0] != '.' ? fopen(path, "re") : NULL;
        if (file != NULL && fscanf(file, "%63s", comm) == 1 && strcmp(comm, name) == 0)
            found = (pid_t)strtol(task->d_name, NULL, 10);
        if (file != NULL)
            fclose(file);
    }
    closedir(tasks);
    return found;
}

/* As root, or with a limit that allows it, a scan begins with little and gets more in time. */
static void test_a_long_scan_is_patient_at_first(void **state)
{
    (void)state;
    uint64_t ticket;
    bool patient = false;
    struct classify_pool *pool = pool_of(1, 2, 600000);
    /* Not looked at in time, on a busy machine, it is looked at again. */
    for (unsigned round = 1; round <= 20 && !patient; round++) {
        fake_gate_set(false);
        assert_int_equal(submit(pool, "WAIT", round, &ticket), 0);
        AWAIT(fake_waiting_count() == 1);
        pid_t thread = thread_of("classify");
        patient = sched_getscheduler(thread) == SCHED_IDLE;
        if (getpriority(PRIO_PROCESS, (id_t)thread) != 5) {
            assert_false(patient); /* it could not go back */
            patient = true;
        }
        AWAIT(sched_getscheduler(thread) == SCHED_OTHER);
        fake_gate_set(true);
        AWAIT(told_so_far() == round);
    }
    assert_true(patient);
    classify_pool_free(pool);
}

/*
 * Outside of a scan its thread holds locks that workers want, and other jobs wait for it: there it
 * is as any other. With patience that ends by itself only after a while, it would not be.
 */
static void test_patience_ends_with_the_scan(void **state)
{
    (void)state;
    uint64_t ticket;
    struct classify_pool *pool = pool_of(1, 2, 600000);
    for (unsigned round = 1; round <= 20; round++) {
        assert_int_equal(submit(pool, "clean", round, &ticket), 0);
        AWAIT(told_so_far() == round);
        assert_int_equal(sched_getscheduler(thread_of("classify")), SCHED_OTHER);
    }
    assert_int_equal(submit(pool, "WAIT", 21, &ticket), 0);
    AWAIT(fake_waiting_count() == 1);
    classify_pool_cancel(pool, ticket);
    assert_int_equal(sched_getscheduler(thread_of("classify")), SCHED_OTHER);
    fake_gate_set(true);
    classify_pool_free(pool);
}

/* How often the thread of that name went to sleep by itself; -1: there is none. */
static long sleeps_of(const char *name)
{
    char path[64], line[128];
    long sleeps = -1;
    (void)snprintf(path, sizeof(path), "/proc/self/task/%d/status", (int)thread_of(name));
    FILE *status = fopen(path, "re");
    while (status != NULL && fgets(line, sizeof(line), status) != NULL)
        (void)sscanf(line, "voluntary_ctxt_switches:\t%ld", &sleeps);
    if (status != NULL)
        fclose(status);
    return sleeps;
}

static bool is_quiet(const char *name)
{
    long before = sleeps_of(name);
    pause_ms(20);
    return sleeps_of(name) == before;
}

/* Somebody wakes all the time while a text is scanned, and nobody when none is. */
static void test_the_scheduler_is_nudged(void **state)
{
    (void)state;
    uint64_t ticket;
    struct classify_pool *pool = pool_of(1, 2, 600000);
    assert_int_equal(submit(pool, "WAIT", 1, &ticket), 0);
    AWAIT(fake_waiting_count() == 1);
    long before = sleeps_of("classify-time");
    AWAIT(sleeps_of("classify-time") >= before + 20);
    fake_gate_set(true);
    AWAIT(told_so_far() == 1);
    AWAIT(is_quiet("classify-time"));
    classify_pool_free(pool);
}

/* ---- tasks ---- */

static struct note {
    struct classify_task task;
    atomic_bool let_go;
    atomic_uint ran, back; /* the how manieth it was */
} notes[3];
static atomic_uint notes_ran, notes_back;

static void run_note(struct classify_task *task)
{
    struct note *note = inbox_container_of(task, struct note, task);
    assert_int_not_equal(thread_of("classify-task"), 0);
    atomic_store(&note->ran, atomic_fetch_add(&notes_ran, 1) + 1);
    while (!atomic_load(&note->let_go))
        pause_ms(1);
}

static void on_note(struct inbox_message *message)
{
    struct note *note = inbox_container_of(message, struct note, task.message);
    atomic_store(&note->back, atomic_fetch_add(&notes_back, 1) + 1);
}

static void run_notes(struct classify_pool *pool, bool let_go)
{
    atomic_store(&notes_ran, 0);
    atomic_store(&notes_back, 0);
    for (unsigned i = 0; i < 3; i++) {
        struct note *note = &notes[i];
        note->task.worker = worker;
        note->task.run = run_note;
        note->task.message.run = on_note;
        atomic_store(&note->let_go, let_go);
        atomic_store(&note->ran, 0);
        atomic_store(&note->back, 0);
    }
    for (unsigned i = 0; i < 3; i++)
        classify_pool_run(pool, &notes[i].task);
}

/* In the order in which they came, and none behind a scan. */
static void test_tasks_wait_for_no_scan(void **state)
{
    (void)state;
    uint64_t ticket;
    struct classify_pool *pool = pool_of(1, 2, 600000);
    assert_int_equal(submit(pool, "WAIT", 1, &ticket), 0);
    AWAIT(fake_waiting_count() == 1);
    for (unsigned round = 0; round < 20; round++) {
        run_notes(pool, true);
        AWAIT(atomic_load(&notes_back) == 3);
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(atomic_load(&notes[i].ran), i + 1);
            assert_int_equal(atomic_load(&notes[i].back), i + 1);
        }
    }
    assert_int_equal(told_so_far(), 0);
    fake_gate_set(true);
    AWAIT(told_so_far() == 1);
    classify_pool_free(pool);
}

static void *let_note_go_later(void *arg)
{
    (void)arg;
    pause_ms(30);
    atomic_store(&notes[0].let_go, true);
    return NULL;
}

/* The one under way ends; the others come back as they are. */
static void test_tasks_at_a_stop(void **state)
{
    (void)state;
    pthread_t thread;
    struct classify_pool *pool = pool_of(1, 2, 600000);
    run_notes(pool, false);
    AWAIT(atomic_load(&notes_ran) == 1);
    assert_int_equal(pthread_create(&thread, NULL, let_note_go_later, NULL), 0);
    classify_pool_free(pool);
    pthread_join(thread, NULL);
    AWAIT(atomic_load(&notes_back) == 3);
    assert_int_equal(atomic_load(&notes_ran), 1);
    assert_int_equal(atomic_load(&notes[0].ran), 1);
}

/* As a scan is, but it has its share much sooner. */
static void test_a_task_is_patient_at_first(void **state)
{
    (void)state;
    bool patient = false;
    struct classify_pool *pool = pool_of(1, 2, 600000);
    for (unsigned round = 1; round <= 500 && !patient; round++) {
        run_notes(pool, false);
        AWAIT(atomic_load(&notes_ran) == 1);
        pid_t thread = thread_of("classify-task");
        patient = sched_getscheduler(thread) == SCHED_IDLE;
        if (getpriority(PRIO_PROCESS, (id_t)thread) != 5) {
            assert_false(patient); /* it could not go back */
            patient = true;
        }
        AWAIT(sched_getscheduler(thread) == SCHED_OTHER);
        for (unsigned i = 0; i < 3; i++)
            atomic_store(&notes[i].let_go, true);
        AWAIT(atomic_load(&notes_back) == 3);
    }
    assert_true(patient);
    classify_pool_free(pool);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup(test, reset)
    const struct CMUnitTest tests[] = {
        CASE(test_results_come_back),
        CASE(test_full_queue),
        CASE(test_timeout),
        CASE(test_a_long_scan_is_patient_at_first),
        CASE(test_patience_ends_with_the_scan),
        CASE(test_the_scheduler_is_nudged),
        CASE(test_cancel),
        CASE(test_stop),
        CASE(test_storm),
        CASE(test_tasks_wait_for_no_scan),
        CASE(test_tasks_at_a_stop),
        CASE(test_a_task_is_patient_at_first),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
