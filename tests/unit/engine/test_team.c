/* Every item is done once, by whoever comes, and a job's fields are its own. */
#include "engine_test.h"

#include <sched.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>

#include "engine/team.h"

enum { MOST = 1000 };

struct count {
    atomic_uint done[MOST];
    atomic_uint workers; /* a bit for each that came */
    unsigned job;
};

static void count_items(void *context, size_t first, size_t last, unsigned worker)
{
    struct count *c = context;
    for (size_t i = first; i < last; i++)
        atomic_fetch_add(&c->done[i], c->job);
    atomic_fetch_or(&c->workers, 1u << worker);
}

static void check_team(unsigned threads, unsigned rounds)
{
    static struct count counts[2];
    struct team *team = team_new(threads);
    assert_non_null(team);
    assert_int_equal(team_size(team), threads);
    for (unsigned round = 1; round <= rounds; round++) {
        size_t items = (round * 37) % (MOST + 1), grain = round % 9 + 1;
        struct count *c = &counts[round % 2];
        memset(c, 0, sizeof(*c));
        c->job = round;
        team_run(team, count_items, c, items, grain);
        for (size_t i = 0; i < MOST; i++)
            assert_int_equal(atomic_load(&c->done[i]), i < items ? round : 0);
        assert_true(atomic_load(&c->workers) >> threads == 0);
        if (round % 50 == 0)
            usleep(200); /* now and then long enough for the members to fall asleep */
    }
    team_free(team);
}

static void test_jobs(void **unused)
{
    (void)unused;
    check_team(1, 100);
    check_team(2, 1000);
    check_team(5, 1000);
}

/* Two runs that wait for each other: both workers are in the job at once. */
static void meet(void *context, size_t first, size_t last, unsigned worker)
{
    atomic_uint *here = context;
    (void)first;
    (void)last;
    (void)worker;
    atomic_fetch_add(here, 1);
    while (atomic_load(here) < 2)
        usleep(50);
}

static void test_help(void **unused)
{
    (void)unused;
    struct team *team = team_new(2);
    assert_non_null(team);
    for (int round = 0; round < 20; round++) {
        atomic_uint here = 0;
        team_run(team, meet, &here, 2, 1);
        assert_int_equal(atomic_load(&here), 2);
        if (round % 4 == 0)
            usleep(3000);
    }
    team_free(team);
}

/* The engine's calls of this come here: who is moved, and to how many cores. */
static atomic_int moved_id, moved_to;

int sched_setaffinity(pid_t id, size_t size, const cpu_set_t *cores)
{
    if (id != 0 && CPU_COUNT_S(size, cores) == 1) {
        atomic_store(&moved_to, CPU_ISSET_S((size_t)sched_getcpu(), size, cores));
        atomic_store(&moved_id, id);
    }
    return (int)syscall(SYS_sched_setaffinity, id, size, cores);
}

struct late {
    atomic_uint here;
    bool fetched;
};

/* The member stays in its run until somebody moves it. */
static void come(void *context, size_t first, size_t last, unsigned worker)
{
    struct late *late = context;
    meet(&late->here, first, last, worker);
    for (time_t end = time(NULL) + 60; worker == 1 && !late->fetched && time(NULL) < end;)
        late->fetched = atomic_load(&moved_id) == gettid();
}

static void test_a_late_member_is_fetched(void **unused)
{
    (void)unused;
    cpu_set_t before, after;
    struct team *team = team_new(2);
    assert_non_null(team);
    assert_int_equal(sched_getaffinity(0, sizeof(before), &before), 0);
    if (CPU_COUNT(&before) < 2)
        skip();
    for (int round = 0; round < 20; round++) {
        struct late late = {0};
        atomic_store(&moved_id, 0);
        team_run(team, come, &late, 2, 1);
        assert_true(late.fetched);
        assert_true(atomic_load(&moved_to)); /* where the caller was, who asked */
    }
    team_free(team);
    assert_int_equal(sched_getaffinity(0, sizeof(after), &after), 0);
    assert_true(CPU_EQUAL(&before, &after));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jobs),
        cmocka_unit_test(test_help),
        cmocka_unit_test(test_a_late_member_is_fetched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
