/*
 * Jobs for the engine that wait: for a place, for their turn among callers, and not for ever.
 */
#include "local_scene.h"

static void test_queue_is_bounded(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s[4] = {0};
    struct local_params params = {.stream = true};
    fixture_open(&f, (struct local_options){
                         .session.max_sequences = 1, .queue_length = 2, .credit_tokens = 1});
    for (int i = 0; i < 3; i++)
        assert_int_equal(start_with(&f, &s[i], &params, 10), BACKEND_OK);
    assert_int_equal(start_with(&f, &s[3], &params, 10), BACKEND_ERR_BUSY);
    assert_null(s[3].job);
    cancel(&s[1]); /* a waiting one frees its place at once */
    assert_int_equal(start_with(&f, &s[3], &params, 10), BACKEND_OK);
    cancel(&s[0]);
    cancel(&s[2]);
    cancel(&s[3]);
    wait_until_gone();
    run_for(&f, 5);
    for (int i = 0; i < 4; i++)
        assert_int_equal(s[i].heads + s[i].ends, 0);
    struct local_counts counts;
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.running + counts.waiting, 0);
    assert_int_equal(counts.refused, 1);
    fixture_close(&f);
}

static void test_session_that_is_full(void **state)
{
    (void)state;
    struct fixture f;
    static struct seen s[6];
    memset(s, 0, sizeof(s));
    fixture_open(&f, (struct local_options){0});
    fake.busy_above = 2; /* say, the KV cache holds no more */
    for (int i = 0; i < 6; i++)
        start(&f, &s[i], 20, true);
    for (int i = 0; i < 6; i++) {
        run_until(&f, &s[i].ends, 1);
        assert_int_equal(s[i].result.outcome, BACKEND_OK);
        assert_counts_up(&s[i], 20);
        buf_release(&s[i].text);
    }
    assert_int_equal(fake.most_live, 2);

    /* One that is waiting for room is cancelled. */
    struct seen a = {.pause_on_data = true}, b = {.pause_on_data = true}, c = {0};
    start(&f, &a, 0, true);
    start(&f, &b, 0, true);
    run_until(&f, &b.pieces, 1);
    start(&f, &c, 0, true);
    run_until(&f, &a.pieces, 1);
    run_until_idle(&f);
    int steps = fake.steps, submissions = fake.submissions;
    run_for(&f, 20);
    assert_int_equal(fake.steps, steps); /* nobody spins meanwhile */
    assert_int_equal(fake.submissions, submissions);
    cancel(&c);
    cancel(&a);
    cancel(&b);
    wait_until_gone();
    fixture_close(&f);
    assert_int_equal(c.heads + c.ends, 0);
    buf_release(&a.text);
    buf_release(&b.text);
}

/* A long backlog of one caller does not hold up another. */
static void test_callers_take_turns(void **state)
{
    (void)state;
    struct fixture f;
    static struct seen s[8];
    memset(s, 0, sizeof(s));
    fixture_open(&f, (struct local_options){.session.max_sequences = 1});
    s[0].pause_on_data = true; /* holds the place until all are in line */
    start_for(&f, &s[0], "a", 40);
    run_until(&f, &s[0].pieces, 1);
    for (int i = 1; i < 7; i++)
        start_for(&f, &s[i], "a", 5);
    start_for(&f, &s[7], "b", 5);
    s[0].pause_on_data = false;
    s[0].job->ops->resume(s[0].job);
    for (int i = 0; i < 8; i++) {
        run_until(&f, &s[i].ends, 1);
        assert_int_equal(s[i].result.outcome, BACKEND_OK);
        buf_release(&s[i].text);
    }
    int before = 0;
    for (int i = 1; i < 7; i++)
        before += s[i].ended_as < s[7].ended_as;
    assert_true(before <= 1);
    fixture_close(&f);
}

static void test_waiting_is_limited(void **state)
{
    (void)state;
    struct fixture f;
    struct seen holds = {.pause_on_data = true}, waits = {0};
    fixture_open(&f, (struct local_options){.session.max_sequences = 1, .queue_wait_ms = 500});
    start_for(&f, &holds, "a", 0);
    run_until(&f, &holds.pieces, 1);
    start_for(&f, &waits, "b", 5);
    run_until(&f, &waits.ends, 1);
    assert_int_equal(waits.heads, 0);
    assert_int_equal(waits.result.outcome, BACKEND_ERR_BUSY);
    assert_true(waits.result.retry_after >= 1 && waits.result.retry_after <= 60);
    struct local_counts counts;
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.waiting, 0);
    assert_int_equal(counts.running, 1); /* being answered has no such limit */
    assert_int_equal(counts.expired, 1);
    cancel(&holds);
    wait_until_gone();
    fixture_close(&f);
    buf_release(&holds.text);
}

/* Who fills the queue makes room for others; who has no more than they have is refused. */
static void test_full_queue_is_shared(void **state)
{
    (void)state;
    struct fixture f;
    static struct seen s[7];
    memset(s, 0, sizeof(s));
    struct local_params params = {.max_tokens = 5, .stream = true, .principal = "a"};
    fixture_open(&f, (struct local_options){.session.max_sequences = 1, .queue_length = 4});
    s[0].pause_on_data = true;
    start_for(&f, &s[0], "a", 0);
    run_until(&f, &s[0].pieces, 1);
    for (int i = 1; i < 5; i++)
        start_for(&f, &s[i], "a", 5);
    assert_int_equal(start_with(&f, &s[5], &params, 10), BACKEND_ERR_BUSY);
    params.principal = "b";
    assert_int_equal(start_with(&f, &s[5], &params, 10), BACKEND_OK);
    assert_int_equal(s[4].ends, 0); /* not from inside a verb */
    run_until(&f, &s[4].ends, 1);
    assert_int_equal(s[4].result.outcome, BACKEND_ERR_BUSY);
    params.principal = "c";
    assert_int_equal(start_with(&f, &s[6], &params, 10), BACKEND_OK);
    run_until(&f, &s[3].ends, 1);
    cancel(&s[0]);
    for (int i = 1; i < 7; i++) {
        run_until(&f, &s[i].ends, 1);
        assert_int_equal(s[i].result.outcome, i == 3 || i == 4 ? BACKEND_ERR_BUSY : BACKEND_OK);
        buf_release(&s[i].text);
    }
    assert_true(local_engine_retry_after(f.engine) >= 1);
    fixture_close(&f);
    buf_release(&s[0].text);
}

/* A step that does not return ends what depends on it; when it does return all is well again. */
static void test_hung_step(void **state)
{
    (void)state;
    struct fixture f;
    struct seen said = {0}, silent = {0}, waits = {0}, next = {0};
    struct local_params params = {.max_tokens = 5, .stream = true};
    fixture_open(&f, (struct local_options){.session.max_sequences = 2, .stuck_ms = 1000});
    start(&f, &said, 0, true);
    run_until(&f, &said.pieces, 1);
    assert_true(local_engine_ready(f.engine));
    fake.hang = true;
    start(&f, &silent, 5, true);
    start(&f, &waits, 5, true);
    run_until(&f, &said.ends, 1);
    run_until(&f, &silent.ends, 1);
    run_until(&f, &waits.ends, 1);
    assert_int_equal(said.result.outcome, BACKEND_ERR_IDLE);
    assert_int_equal(silent.result.outcome, BACKEND_ERR_FIRST_BYTE);
    assert_int_equal(waits.result.outcome, BACKEND_ERR_FIRST_BYTE);
    assert_false(local_engine_ready(f.engine));
    assert_int_equal(start_with(&f, &next, &params, 10), BACKEND_ERR_BUSY);
    fake.hang = false;
    wait_until_gone();
    assert_true(local_engine_ready(f.engine));
    assert_int_equal(start_with(&f, &next, &params, 10), BACKEND_OK);
    run_until(&f, &next.ends, 1);
    assert_int_equal(next.result.outcome, BACKEND_OK);
    fixture_close(&f);
    buf_release(&said.text);
    buf_release(&next.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue_is_bounded),     cmocka_unit_test(test_session_that_is_full),
        cmocka_unit_test(test_callers_take_turns),   cmocka_unit_test(test_waiting_is_limited),
        cmocka_unit_test(test_full_queue_is_shared), cmocka_unit_test(test_hung_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
