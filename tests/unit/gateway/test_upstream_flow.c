/*
 * Upstream while an answer comes: its pace and size, pauses, and cancellation at any moment.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include "gateway/upstream_target.h"
#include "upstream_scene.h"

/* ---- while it answers ---- */

static atomic_int passed; /* events that were seen to come through */

/* Byte by byte, and no more of them until the event before has passed. */
static void serve_trickle(struct server *server)
{
    struct timespec wait = {.tv_nsec = 1000 * 1000};
    const char *const said[] = {EVENT, EVENT, DONE};
    if (!server_read_request(server) || !server_say(server, OK_STREAM CLOSE))
        return;
    for (int i = 0; i < 3; i++) {
        for (const char *p = said[i]; *p != '\0'; p++)
            if (!server_send(server, p, 1))
                return;
        while (passed <= i && !server->stop)
            nanosleep(&wait, NULL);
    }
}

static void serve_endless(struct server *server)
{
    struct timespec wait = {.tv_nsec = 5 * 1000 * 1000};
    if (!server_read_request(server) || !server_say(server, OK_STREAM CLOSE))
        return;
    while (server_say(server, EVENT) && !server->stop)
        nanosleep(&wait, NULL);
    server->hung_up++;
}

static void serve_flood(struct server *server)
{
    if (!server_read_request(server) || !server_say(server, OK_STREAM CLOSE EVENT))
        return;
    while (server_say(server, EVENT EVENT EVENT EVENT EVENT EVENT EVENT EVENT))
        ;
    server->hung_up++;
}

static void serve_big_head(struct server *server)
{
    if (!server_read_request(server) || !server_say(server, "HTTP/1.1 200 OK\r\n"))
        return;
    while (server_say(server, server->script))
        ;
    server->hung_up++;
}

static void test_trickle_passes_at_once(void **state)
{
    (void)state;
    struct server server = {0};
    struct fixture f;
    struct seen s = {0};
    server_start(&server, serve_trickle, NULL);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    fixture_open(&f, &options);
    start(&f, &s, true);
    for (int i = 1; i <= 3; i++) {
        run_until(&f, &s.pieces, i);
        passed = i;
    }
    run_to_end(&s);
    assert_outcome("trickle", &s, BACKEND_OK);
    assert_data(&s, EVENT EVENT DONE);
    assert_int_equal(s.pieces, 3);
    fixture_close(&f);
    server_stop(&server);
    buf_release(&s.data);
}

static void test_endless_meets_the_total_time(void **state)
{
    (void)state;
    struct server server = {0};
    struct fixture f;
    struct seen s = {0};
    server_start(&server, serve_endless, NULL);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    options.total_timeout_ms = SHORT_MS;
    fixture_open(&f, &options);
    start(&f, &s, true);
    run_to_end(&s);
    assert_outcome("endless", &s, BACKEND_ERR_TOTAL);
    assert_true(s.ended_ms >= SHORT_MS - 1);
    fixture_close(&f);
    server_stop(&server);
    buf_release(&s.data);
}

static void test_flood_meets_the_size_limit(void **state)
{
    (void)state;
    struct server server = {0};
    struct fixture f;
    struct seen s = {0};
    server_start(&server, serve_flood, NULL);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    options.max_answer_bytes = 100000;
    fixture_open(&f, &options);
    start(&f, &s, true);
    run_to_end(&s);
    assert_outcome("flood", &s, BACKEND_ERR_GARBAGE);
    assert_true(s.data.len <= 100000);
    fixture_close(&f);
    server_stop(&server);
    assert_int_equal(server.hung_up, 1);
    buf_release(&s.data);
}

static void test_big_heads(void **state)
{
    (void)state;
    static char long_line[200 * 1024];
    memset(long_line, 'x', sizeof(long_line) - 1);
    const char *scripts[] = {"X-Filler: 0123456789012345678901234567890123456789\r\n", long_line,
                             "HTTP/1.1 100 Continue\r\n\r\n"};
    for (size_t i = 0; i < 3; i++) {
        struct server server = {0};
        struct fixture f;
        struct seen s = {0};
        server_start(&server, serve_big_head, scripts[i]);
        struct upstream_options options = patient_times(url_of(&server, "http"));
        fixture_open(&f, &options);
        start(&f, &s, false);
        run_to_end(&s);
        assert_outcome("big head", &s, BACKEND_ERR_GARBAGE);
        fixture_close(&f);
        server_stop(&server);
        assert_int_equal(server.hung_up, 1);
    }
}

static void on_count(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    ++*(int *)arg;
}

/* A target that sends faster than we read does not keep the loop from everything else. */
static void test_flood_leaves_turns_to_others(void **state)
{
    (void)state;
    struct server server = {0};
    struct fixture f;
    struct seen s = {.discard = true};
    int ticks = 0;
    server_start(&server, serve_flood, NULL);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    options.max_answer_bytes = SIZE_MAX / 4;
    fixture_open(&f, &options);
    struct event *ticker = event_new(f.base, -1, EV_PERSIST, on_count, &ticks);
    event_add(ticker, &(struct timeval){.tv_usec = 2000});
    start(&f, &s, true);
    run_until(&f, &ticks, 5);
    cancel(&s);
    event_free(ticker);
    fixture_close(&f);
    server_stop(&server);
}

static void test_pause_stops_reading(void **state)
{
    (void)state;
    struct server server = {0};
    struct fixture f;
    struct seen s = {.pause_on_data = true};
    server_start(&server, serve_flood, NULL);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    options.idle_timeout_ms = SHORT_MS;
    options.max_answer_bytes = SIZE_MAX / 4;
    fixture_open(&f, &options);
    start(&f, &s, true);
    run_until(&f, &s.pieces, 1);
    assert_int_equal(s.pieces, 1);
    /* Longer than the idle time-out: it is our client that is slow, not the target. */
    run_for(&f, SHORT_MS * 2);
    assert_int_equal(s.pieces, 1);
    assert_int_equal(s.ends, 0);
    f.target->idle_ms = NEVER_MS; /* from now on it might be the target's thread that waits */

    for (int i = 0; i < 3; i++) {
        int before = s.pieces;
        s.in_verb = true;
        s.job->ops->resume(s.job);
        s.job->ops->resume(s.job);
        s.in_verb = false;
        assert_int_equal(s.pieces, before);
        run_until(&f, &s.pieces, before + 1);
        assert_true(s.pieces < before + 4);
    }
    s.pause_on_data = false;
    s.in_verb = true;
    s.job->ops->resume(s.job);
    s.job->ops->pause(s.job);
    s.in_verb = false;
    int pieces = s.pieces;
    run_for(&f, 50);
    assert_int_equal(s.pieces, pieces);
    s.job->ops->resume(s.job);
    run_until(&f, &s.pieces, pieces + 1);
    cancel(&s);
    fixture_close(&f);
    server_stop(&server);
    assert_int_equal(server.hung_up, 1);
    buf_release(&s.data);
}

static void test_pause_before_the_answer(void **state)
{
    (void)state;
    static const struct answer_case script = {
        "", true, OK_STREAM CLOSE EVENT DONE, FIN, BACKEND_OK, 200, EVENT DONE, 1};
    struct server server = {0};
    struct fixture f;
    struct seen s = {0};
    server_start(&server, serve_case, &script);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    fixture_open(&f, &options);
    start(&f, &s, true);
    s.job->ops->pause(s.job);
    run_until(&f, &s.heads, 1);
    run_for(&f, 50);
    assert_int_equal(s.pieces, 0);
    assert_int_equal(s.ends, 0);
    s.job->ops->resume(s.job);
    run_to_end(&s);
    assert_outcome("paused early", &s, BACKEND_OK);
    assert_data(&s, EVENT DONE);
    fixture_close(&f);
    server_stop(&server);
    buf_release(&s.data);
}

/* ---- cancellation closes the connection at once, wherever it is ---- */

static void wait_for_hang_up(struct server *server)
{
    struct timespec wait = {.tv_nsec = 1000 * 1000};
    int64_t until = clock_ms() + PATIENCE_MS;
    while (server->hung_up == 0 && clock_ms() < until)
        nanosleep(&wait, NULL);
    assert_int_equal(server->hung_up, 1);
}

static void serve_request_then_silence(struct server *server)
{
    if (server_read_request(server))
        server_wait_for_close(server);
}

static void test_cancel_before_the_first_byte(void **state)
{
    (void)state;
    struct server server = {0};
    struct fixture f;
    struct seen s = {0};
    server_start(&server, serve_request_then_silence, NULL);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    fixture_open(&f, &options);
    start(&f, &s, true);
    run_until_asked(&f, &server);
    cancel(&s);
    wait_for_hang_up(&server);
    run_for(&f, 50);
    assert_int_equal(s.heads + s.pieces + s.ends, 0);

    start(&f, &s, true); /* and before anything was done at all */
    cancel(&s);
    run_for(&f, 50);
    assert_int_equal(s.heads + s.pieces + s.ends, 0);
    fixture_close(&f);
    server_stop(&server);
}

static void test_cancel_inside_events(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct server server = {0};
        struct fixture f;
        struct seen s = {.cancel_on_head = i == 0, .cancel_on_data = i == 1};
        server_start(&server, serve_endless, NULL);
        struct upstream_options options = patient_times(url_of(&server, "http"));
        fixture_open(&f, &options);
        start(&f, &s, true);
        run_until(&f, i == 0 ? &s.heads : &s.pieces, 1);
        run_for(&f, 50);
        assert_int_equal(s.heads, 1);
        assert_int_equal(s.pieces, i);
        assert_int_equal(s.ends, 0);
        wait_for_hang_up(&server);
        fixture_close(&f);
        server_stop(&server);
        buf_release(&s.data);
    }
}

static void test_cancel_of_another_inside_events(void **state)
{
    (void)state;
    struct server one = {0}, two = {0};
    struct fixture f, g;
    struct seen a = {0}, b = {0};
    server_start(&one, serve_endless, NULL);
    server_start(&two, serve_endless, NULL);
    struct upstream_options options = patient_times(url_of(&one, "http"));
    fixture_open(&f, &options);
    g = f;
    options.url = url_of(&two, "http");
    assert_int_equal(upstream_target_new(&g.target, &options, NULL), 0);
    a.cancel_other = &b;
    start(&g, &b, true);
    run_until(&g, &b.pieces, 1);
    start(&f, &a, true);
    run_until(&f, &a.pieces, 1);
    int pieces = b.pieces;
    wait_for_hang_up(&two);
    run_for(&f, 50);
    assert_int_equal(b.pieces, pieces);
    assert_int_equal(b.ends, 0);
    cancel(&a);
    fixture_close(&f); /* the pool goes before the second target */
    upstream_target_free(g.target);
    server_stop(&one);
    server_stop(&two);
    buf_release(&a.data);
    buf_release(&b.data);
}

static void test_pool_freed_with_jobs(void **state)
{
    (void)state;
    struct server server = {0};
    struct fixture f;
    struct seen s = {0};
    server_start(&server, serve_request_then_silence, NULL);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    fixture_open(&f, &options);
    start(&f, &s, true);
    run_until_asked(&f, &server);
    fixture_close(&f);
    wait_for_hang_up(&server);
    assert_int_equal(s.ends, 0);
    server_stop(&server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trickle_passes_at_once),
        cmocka_unit_test(test_endless_meets_the_total_time),
        cmocka_unit_test(test_flood_meets_the_size_limit),
        cmocka_unit_test(test_big_heads),
        cmocka_unit_test(test_flood_leaves_turns_to_others),
        cmocka_unit_test(test_pause_stops_reading),
        cmocka_unit_test(test_pause_before_the_answer),
        cmocka_unit_test(test_cancel_before_the_first_byte),
        cmocka_unit_test(test_cancel_inside_events),
        cmocka_unit_test(test_cancel_of_another_inside_events),
        cmocka_unit_test(test_pool_freed_with_jobs),
    };
    signal(SIGPIPE, SIG_IGN); /* as in a worker; OpenSSL writes with write(2) */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
