/* worker.h: messages, end-of-turn work, timers and stopping, with the worker on its own thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gateway/worker.h"

enum { POSTS = 1000 };

struct scene {
    struct worker *worker;
    struct worker_timer *timer, *stopped;
    struct inbox_message post[POSTS];
    struct inbox_message start;
    int64_t started_us, fired_us;
    unsigned posts, in_callback, deferred, nested, fired;
    atomic_bool wrong;
};

static struct scene scene;

static void count_nested(void *ptr)
{
    (void)ptr;
    scene.nested++;
}

static void count_deferred(void *ptr)
{
    (void)ptr;
    if (scene.in_callback != 0)
        atomic_store(&scene.wrong, true);
    scene.deferred++;
    worker_defer(scene.worker, count_nested, NULL);
}

static void on_post(struct inbox_message *message)
{
    (void)message;
    scene.in_callback++;
    scene.posts++;
    worker_defer(scene.worker, count_deferred, NULL);
    scene.in_callback--;
}

static void on_stopped(void *ptr)
{
    (void)ptr;
    atomic_store(&scene.wrong, true);
}

static void on_timer(void *ptr)
{
    (void)ptr;
    if (++scene.fired < 3) {
        worker_timer_start(scene.timer, 10);
        return;
    }
    int64_t turn_us = worker_now_us(scene.worker);
    scene.fired_us = worker_clock_us();
    if (turn_us > scene.fired_us || turn_us != worker_now_us(scene.worker))
        atomic_store(&scene.wrong, true);
    worker_timer_free(scene.timer);
    worker_timer_free(scene.stopped);
    worker_stop(scene.worker);
}

static void on_start(struct inbox_message *message)
{
    (void)message;
    scene.started_us = worker_clock_us();
    worker_timer_start(scene.timer, 10);
    worker_timer_start(scene.stopped, 15);
    worker_timer_stop(scene.stopped);
}

static void test_worker(void **state)
{
    (void)state;
    struct err e;
    scene.worker = worker_new(7, &e);
    assert_non_null(scene.worker);
    assert_int_equal(worker_index(scene.worker), 7);
    worker_set_user(scene.worker, &scene);
    assert_ptr_equal(worker_user(scene.worker), &scene);
    scene.timer = worker_timer_new(scene.worker, on_timer, NULL);
    scene.stopped = worker_timer_new(scene.worker, on_stopped, NULL);
    assert_non_null(scene.timer);
    assert_non_null(scene.stopped);
    assert_int_equal(worker_start(scene.worker, &e), 0);
    for (size_t i = 0; i < POSTS; i++) {
        scene.post[i].run = on_post;
        worker_post(scene.worker, &scene.post[i]);
    }
    scene.start.run = on_start;
    worker_post(scene.worker, &scene.start);
    worker_join(scene.worker);
    assert_int_equal(scene.posts, POSTS);
    assert_int_equal(scene.deferred, POSTS);
    assert_int_equal(scene.nested, POSTS);
    assert_int_equal(scene.fired, 3);
    assert_true(scene.fired_us - scene.started_us >= 20000);
    assert_false(atomic_load(&scene.wrong));
    worker_free(scene.worker);
}

static void test_messages_after_stop(void **state)
{
    (void)state;
    scene = (struct scene){.posts = 0};
    scene.worker = worker_new(0, NULL);
    assert_non_null(scene.worker);
    worker_stop(scene.worker);
    worker_stop(scene.worker);
    assert_int_equal(worker_start(scene.worker, NULL), 0);
    scene.post[0].run = on_post;
    worker_post(scene.worker, &scene.post[0]);
    worker_join(scene.worker);
    assert_int_equal(scene.posts, 1); /* whoever sent it may count on it to be run */
    assert_int_equal(scene.nested, 1);
    worker_free(scene.worker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worker),
        cmocka_unit_test(test_messages_after_stop),
    };
    return cmocka_run_group_tests_name("worker", tests, NULL, NULL);
}
