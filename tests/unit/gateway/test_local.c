/*
 * Jobs for the engine: what a client gets, how fast it takes it, and that it may leave at any
 * moment.
 */
#include "local_scene.h"

static void test_streamed(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    fixture_open(&f, (struct local_options){.credit_tokens = 4});
    fake.step_us = 500;
    start(&f, &s, 100, true);
    run_until(&f, &s.ends, 1);
    assert_int_equal(s.result.outcome, BACKEND_OK);
    assert_int_equal(s.result.status, 200);
    assert_int_equal(s.finish[0], BACKEND_FINISH_LENGTH);
    assert_int_equal(s.result.prompt_tokens, 14);
    assert_int_equal(s.result.completion_tokens, 100);
    assert_string_equal(s.head.model, "fake");
    assert_int_equal(s.head.status, 200);
    assert_true(s.head.event_stream);
    assert_true(s.pieces > 10);
    assert_counts_up(&s, 100);
    fixture_close(&f);
    buf_release(&s.text);
}

static void test_whole(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    const char *stop[] = {"\n"};
    struct local_params params = {.max_tokens = 100, .stop = stop, .stop_count = 1};
    fixture_open(&f, (struct local_options){.name = "mine"});
    assert_int_equal(start_with(&f, &s, &params, 10), BACKEND_OK);
    run_until(&f, &s.ends, 1);
    assert_int_equal(s.result.outcome, BACKEND_OK);
    assert_int_equal(s.finish[0], BACKEND_FINISH_STOP);
    assert_int_equal(s.pieces, 1);
    assert_string_equal(s.head.model, "mine");
    assert_counts_up(&s, 3);
    fixture_close(&f);
    buf_release(&s.text);
}

static void test_many_at_once(void **state)
{
    (void)state;
    struct fixture f;
    static struct seen s[40];
    memset(s, 0, sizeof(s));
    fixture_open(&f, (struct local_options){.session.max_sequences = 4, .queue_length = 36});
    for (int i = 0; i < 40; i++)
        start(&f, &s[i], 20, i % 2 == 0);
    for (int i = 0; i < 40; i++) {
        run_until(&f, &s[i].ends, 1);
        assert_counts_up(&s[i], 20);
        buf_release(&s[i].text);
    }
    assert_int_equal(fake.most_live, 4);
    struct local_counts counts;
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.running + counts.waiting, 0);
    assert_int_equal(counts.jobs, 40);
    assert_int_equal(counts.completion_tokens, 800);
    assert_int_equal(counts.prompt_tokens, 40 * 14);
    fixture_close(&f);
}

static void test_slow_client_stops_its_sequence(void **state)
{
    (void)state;
    struct fixture f;
    struct seen slow = {.pause_on_data = true}, fast = {0};
    fixture_open(&f, (struct local_options){.credit_tokens = 8});
    start(&f, &slow, 200, true);
    start(&f, &fast, 200, true);
    run_until(&f, &fast.ends, 1);
    assert_counts_up(&fast, 200);
    run_for(&f, 5);
    assert_int_equal(slow.pieces, 1);
    int steps = fake.steps;
    run_for(&f, 20);
    assert_int_equal(fake.steps, steps); /* the thread sleeps */
    struct local_counts counts;
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.running, 1);
    /* Its first piece may have been as many as it may run ahead, and gave as many back. */
    assert_true(counts.completion_tokens <= 200 + 8 + 8);

    int pieces = slow.pieces;
    slow.in_verb = true;
    slow.job->ops->resume(slow.job);
    slow.job->ops->resume(slow.job);
    slow.in_verb = false;
    assert_int_equal(slow.pieces, pieces);
    run_until(&f, &slow.pieces, pieces + 1);
    run_for(&f, 20);
    assert_int_equal(slow.pieces, pieces + 1);
    slow.pause_on_data = false;
    slow.job->ops->resume(slow.job);
    run_until(&f, &slow.ends, 1);
    assert_counts_up(&slow, 200);
    fixture_close(&f);
    buf_release(&slow.text);
    buf_release(&fast.text);
}

static void test_paused_at_the_end(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    fixture_open(&f, (struct local_options){0});
    start(&f, &s, 5, true);
    s.job->ops->pause(s.job);
    wait_until_gone();
    run_for(&f, 20);
    assert_int_equal(s.heads + s.ends, 0);
    s.job->ops->resume(s.job);
    run_until(&f, &s.ends, 1);
    assert_counts_up(&s, 5);
    fixture_close(&f);
    buf_release(&s.text);
}

static void release_seen(struct seen *s)
{
    buf_release(&s->text);
    for (size_t i = 0; i < SEEN_ANSWERS - 1; i++)
        buf_release(&s->others[i]);
}

/* Each answer is whole, ends once, and has its own credit; they wait together for their places. */
static void test_several_answers(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f, (struct local_options){.credit_tokens = 4,
                                            .session = {.max_sequences = 4, .lookup_tokens = 0}});
    for (int stream = 0; stream < 2; stream++) {
        struct seen holds = {.pause_on_data = true}, s = {0};
        struct local_params params = {.max_tokens = 50, .stream = stream != 0, .answers = 4};
        start(&f, &holds, 1000, true);
        run_until(&f, &holds.pieces, 1);
        assert_int_equal(start_with(&f, &s, &params, 10), BACKEND_OK);
        run_for(&f, 20);
        assert_int_equal(s.pieces, 0);
        cancel(&holds);
        run_until(&f, &s.ends, 1);
        assert_int_equal(s.result.outcome, BACKEND_OK);
        assert_int_equal(s.result.prompt_tokens, 14);
        assert_int_equal(s.result.completion_tokens, 200);
        assert_counts_up(&s, 50);
        for (size_t i = 0; i < SEEN_ANSWERS; i++) {
            assert_true(s.ended[i]);
            assert_int_equal(s.finish[i], BACKEND_FINISH_LENGTH);
            if (i > 0) {
                assert_int_equal(s.others[i - 1].len, s.text.len);
                assert_memory_equal(s.others[i - 1].data, s.text.data, s.text.len);
            }
        }
        assert_true(stream ? s.pieces > 10 : s.pieces == 4);
        release_seen(&holds);
        release_seen(&s);
    }
    struct local_counts counts;
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.running, 0);
    /* A slow client stops all of them, a cancelled one frees all of them. */
    struct seen slow = {.pause_on_data = true};
    struct local_params params = {.max_tokens = 1000, .stream = true, .answers = 3};
    assert_int_equal(start_with(&f, &slow, &params, 10), BACKEND_OK);
    run_until(&f, &slow.pieces, 1);
    run_until_idle(&f);
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.running, 3);
    uint64_t tokens = counts.completion_tokens;
    run_for(&f, 20);
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.completion_tokens, tokens);
    cancel(&slow);
    wait_until_gone();
    release_seen(&slow);
    fixture_close(&f);
}

static void test_cancel_frees_the_sequence(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    fixture_open(&f, (struct local_options){0});
    start(&f, &s, 0, true);
    run_until(&f, &s.pieces, 1);
    cancel(&s);
    wait_until_gone();
    assert_int_equal(fake.cancels, 1);
    int pieces = s.pieces;
    run_for(&f, 10); /* late tokens find nobody */
    assert_int_equal(s.pieces, pieces);
    assert_int_equal(s.ends, 0);
    fixture_close(&f);
    buf_release(&s.text);
}

static void test_cancel_inside_events(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture f;
        struct seen s = {.cancel_on_head = i == 0, .cancel_on_data = i == 1};
        fixture_open(&f, (struct local_options){0});
        start(&f, &s, 0, true);
        run_until(&f, &s.heads, 1);
        wait_until_gone();
        run_for(&f, 10);
        assert_int_equal(s.heads, 1);
        assert_int_equal(s.pieces, i);
        assert_int_equal(s.ends, 0);
        fixture_close(&f);
        buf_release(&s.text);
    }
}

static void test_engine_freed_with_jobs(void **state)
{
    (void)state;
    struct fixture f;
    static struct seen s[12];
    memset(s, 0, sizeof(s));
    fixture_open(&f, (struct local_options){.session.max_sequences = 2});
    for (int i = 0; i < 12; i++)
        start(&f, &s[i], 0, true);
    run_until(&f, &s[1].pieces, 1);
    local_engine_free(f.engine);
    f.engine = NULL;
    cancel(&s[0]); /* still allowed */
    cancel(&s[11]);
    for (int i = 1; i < 11; i++) {
        run_until(&f, &s[i].ends, 1);
        assert_int_equal(s[i].result.outcome, BACKEND_ERR_INTERNAL);
    }
    for (int i = 0; i < 12; i++)
        buf_release(&s[i].text);
    fixture_close(&f);
}

/* Cancels, pauses and ends from several workers at once, for the thread sanitizer. */
struct client {
    struct fixture f;
    struct worker_timer *next;
    struct seen seen;
    unsigned round;
    atomic_bool done;
};

static void on_next(void *arg)
{
    struct client *c = arg;
    if (c->seen.job != NULL) {
        switch (c->round % 3) {
        case 0:
            cancel(&c->seen);
            break;
        case 1:
            c->seen.job->ops->pause(c->seen.job);
            c->seen.job->ops->resume(c->seen.job);
            break;
        default:
            break;
        }
    }
    if (c->seen.job == NULL) {
        buf_release(&c->seen.text);
        c->seen = (struct seen){0};
        if (++c->round == 150) {
            c->done = true;
            return;
        }
        struct local_params params = {.max_tokens = c->round % 40 + 1,
                                      .stream = c->round % 4 != 0,
                                      .principal = c->round % 3 != 0 ? "a" : "b"};
        (void)start_with(&c->f, &c->seen, &params, 0);
    }
    worker_timer_start(c->next, c->round % 2);
}

static void test_several_workers(void **state)
{
    (void)state;
    struct fixture f;
    static struct client clients[3];
    fixture_open(&f, (struct local_options){.session.max_sequences = 2, .queue_length = 1});
    fake.step_us = 1;
    for (unsigned i = 0; i < 3; i++) {
        struct client *c = &clients[i];
        *c = (struct client){.f = {.worker = worker_new(i, NULL), .engine = f.engine}};
        c->next = worker_timer_new(c->f.worker, on_next, c);
        worker_timer_start(c->next, 0);
        assert_int_equal(worker_start(c->f.worker, NULL), 0);
    }
    struct timespec wait = {.tv_nsec = 1000 * 1000};
    for (int i = 0; i < 3; i++)
        while (!clients[i].done)
            nanosleep(&wait, NULL);
    wait_until_gone();
    for (int i = 0; i < 3; i++) {
        worker_stop(clients[i].f.worker);
        worker_join(clients[i].f.worker);
        worker_timer_free(clients[i].next);
        worker_free(clients[i].f.worker);
    }
    struct local_counts counts;
    local_engine_counts(f.engine, &counts);
    assert_int_equal(counts.running + counts.waiting, 0);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streamed),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_slow_client_stops_its_sequence),
        cmocka_unit_test(test_paused_at_the_end),
        cmocka_unit_test(test_several_answers),
        cmocka_unit_test(test_cancel_frees_the_sequence),
        cmocka_unit_test(test_cancel_inside_events),
        cmocka_unit_test(test_engine_freed_with_jobs),
        cmocka_unit_test(test_several_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
