/*
 * Connections to a target that are kept, and requests that go out again when one of them turns out
 * to be dead.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>

#include "upstream_scene.h"

static void test_connections_are_kept(void **state)
{
    (void)state;
    struct server server = {0};
    struct fixture f;
    server_start(&server, serve_keep_alive, NULL);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    fixture_open(&f, &options);
    for (int i = 0; i < 20; i++) {
        struct seen s = {0};
        start(&f, &s, false);
        run_to_end(&s);
        assert_outcome("kept", &s, BACKEND_OK);
        buf_release(&s.data);
    }
    assert_int_equal(server.accepted, 1);
    struct upstream_counts counts;
    upstream_pool_counts(f.pool, &counts);
    assert_int_equal(counts.started, 20);
    assert_int_equal(counts.connections, 1);
    assert_int_equal(counts.reused, 19);
    assert_int_equal(counts.running, 0);
    fixture_close(&f);
    server_stop(&server);
}

static void test_dead_kept_connections_are_replaced(void **state)
{
    (void)state;
    struct server server = {0};
    struct fixture f;
    server_start(&server, serve_once_then_close, NULL);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    fixture_open(&f, &options);
    for (int i = 0; i < 20; i++) {
        struct seen s = {0};
        start(&f, &s, false);
        run_to_end(&s);
        assert_outcome("replaced", &s, BACKEND_OK);
        buf_release(&s.data);
    }
    assert_int_equal(server.accepted, 20);
    fixture_close(&f);
    server_stop(&server);
}

/* Answers the first request of a connection and drops the second. */
static void serve_one_of_two(struct server *server)
{
    serve_once_then_close(server);
    if (server_read_request(server) && server->script != NULL)
        server_reset(server);
}

static void test_requests_on_dying_connections_go_out_again(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct server server = {0};
        struct fixture f;
        server_start(&server, serve_one_of_two, i == 0 ? NULL : "reset");
        struct upstream_options options = patient_times(url_of(&server, "http"));
        fixture_open(&f, &options);
        for (int k = 0; k < 20; k++) {
            struct seen s = {0};
            start(&f, &s, false);
            run_to_end(&s);
            assert_outcome(i == 0 ? "fin" : "rst", &s, BACKEND_OK);
            buf_release(&s.data);
        }
        assert_int_equal(server.accepted, 20);
        fixture_close(&f);
        server_stop(&server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections_are_kept),
        cmocka_unit_test(test_dead_kept_connections_are_replaced),
        cmocka_unit_test(test_requests_on_dying_connections_go_out_again),
    };
    signal(SIGPIPE, SIG_IGN); /* as in a worker; OpenSSL writes with write(2) */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
