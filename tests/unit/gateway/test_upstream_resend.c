/*
 * Connections to a target that are kept, and requests that go out again when one of them turns out
 * to be dead: once, over a new one, and not for ever.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <poll.h>
#include <signal.h>

#include "upstream_scene.h"

/* One request after the other, all of which are answered. */
static void ask_twenty(struct fixture *f, const char *name)
{
    for (int i = 0; i < 20; i++) {
        struct seen s = {0};
        start(f, &s, false);
        run_to_end(&s);
        assert_outcome(name, &s, BACKEND_OK);
        buf_release(&s.data);
    }
}

static void test_connections_are_kept(void **state)
{
    (void)state;
    struct server server = {0};
    struct fixture f;
    server_start(&server, serve_keep_alive, NULL);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    fixture_open(&f, &options);
    ask_twenty(&f, "kept");
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
    ask_twenty(&f, "replaced");
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
        ask_twenty(&f, i == 0 ? "fin" : "rst");
        assert_int_equal(server.accepted, 20);
        fixture_close(&f);
        server_stop(&server);
    }
}

/* ---- more than one that is dead ---- */

enum { KEPT = 4 };

static atomic_int dropped; /* requests that were read and got no answer */

static void serve_new(struct server *server)
{
    if (server->script != NULL)
        serve_once_then_close(server);
    else
        dropped += server_read_request(server);
}

/*
 * Answers a request on each of so many connections, once all are there. The next request on one of
 * them is dropped, and so is one on a new connection unless the script says to answer it.
 */
static void serve_crowd(struct server *server)
{
    if (server->accepted > 1) {
        serve_new(server);
        return;
    }
    struct pollfd fds[KEPT + 1] = {{.fd = server->fd, .events = POLLIN}};
    for (int i = 1; i < KEPT; i++)
        fds[i] = (struct pollfd){.fd = accept(server->listener, NULL, NULL), .events = POLLIN};
    server->accepted = KEPT;
    for (int i = 0; i < KEPT; i++) {
        server->fd = fds[i].fd;
        server_read_request(server);
    }
    for (int i = 0; i < KEPT; i++) {
        server->fd = fds[i].fd;
        server_say(server, OK_JSON "Content-Length: 15\r\n\r\n" SHORT_BODY);
    }
    fds[KEPT] = (struct pollfd){.fd = server->listener, .events = POLLIN};
    for (int open = KEPT; open > 0 && poll(fds, KEPT + 1, -1) > 0;) {
        for (int i = 0; i < KEPT; i++) {
            if (fds[i].revents == 0)
                continue;
            server->fd = fds[i].fd;
            dropped += server_read_request(server);
            close(fds[i].fd);
            fds[i].fd = -1;
            open--;
        }
        if (fds[KEPT].revents == 0)
            continue;
        server->fd = accept(server->listener, NULL, NULL);
        if (server->fd < 0) { /* the test is over */
            fds[KEPT].fd = -1;
            continue;
        }
        server->accepted++;
        serve_new(server);
        close(server->fd);
    }
    server->fd = -1;
}

static void test_a_request_goes_out_twice_at_most(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct server server = {0};
        struct fixture f;
        struct seen first[KEPT] = {{0}}, s = {0};
        dropped = 0;
        server_start(&server, serve_crowd, i == 0 ? NULL : "answer");
        struct upstream_options options = patient_times(url_of(&server, "http"));
        fixture_open(&f, &options);
        for (int k = 0; k < KEPT; k++)
            start(&f, &first[k], false);
        for (int k = 0; k < KEPT; k++) {
            run_to_end(&first[k]);
            assert_outcome("first", &first[k], BACKEND_OK);
            buf_release(&first[k].data);
        }
        start(&f, &s, false);
        run_to_end(&s);
        fixture_close(&f);
        server_stop(&server);
        assert_int_equal(server.accepted, KEPT + 1); /* the other kept ones were left alone */
        assert_int_equal(dropped, i == 0 ? 2 : 1);
        assert_outcome("after a crowd", &s, i == 0 ? BACKEND_ERR_CUT : BACKEND_OK);
        buf_release(&s.data);
    }
}

/* ---- HTTP/2 ---- */

static bool read_whole(struct server *server, unsigned char *out, size_t len)
{
    while (len > 0) {
        ssize_t n = server_recv(server, out, len);
        if (n <= 0)
            return false;
        out += n;
        len -= (size_t)n;
    }
    return true;
}

/* Speaks as much of HTTP/2 as it takes to refuse every stream. */
static void serve_refusals(struct server *server)
{
    enum { HEAD = 9, HEADERS = 1, SETTINGS = 4, ACK = 1 };
    static const unsigned char settings[HEAD] = {[3] = SETTINGS};
    static const unsigned char settings_ack[HEAD] = {[3] = SETTINGS, [4] = ACK};
    unsigned char head[HEAD], body[1 << 14];
    static const unsigned char refusal[] = {0, 0, 4, 3, 0, 0, 0, 0, 1, /* RST_STREAM of the first */
                                            0, 0, 0, 7 /* REFUSED_STREAM */};
    if (!read_whole(server, body, strlen("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")) ||
        !server_send(server, settings, HEAD))
        return;
    while (read_whole(server, head, HEAD)) {
        size_t len = (size_t)head[1] << 8 | head[2]; /* no frame may be longer */
        if (head[0] != 0 || len > sizeof(body) || !read_whole(server, body, len))
            return;
        if (head[3] == SETTINGS && head[4] != ACK && !server_send(server, settings_ack, HEAD))
            return;
        if (head[3] != HEADERS)
            continue;
        dropped++;
        if (!server_send(server, refusal, sizeof(refusal)))
            return;
    }
}

static int choose_h2(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                     const unsigned char *in, unsigned in_len, void *arg)
{
    (void)ssl;
    (void)arg;
    static const unsigned char h2[] = "\2h2";
    unsigned char *chosen;
    int rc = SSL_select_next_proto(&chosen, out_len, h2, 3, in, in_len);
    *out = chosen;
    return rc == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void test_refused_streams_go_out_twice_at_most(void **state)
{
    (void)state;
    char path[] = "/tmp/penstock-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    struct server server = {.tls = server_tls("IP:127.0.0.1", 3600, path)};
    struct fixture f;
    struct seen s = {0};
    dropped = 0;
    SSL_CTX_set_alpn_select_cb(server.tls, choose_h2, NULL);
    server_start(&server, serve_refusals, NULL);
    struct upstream_options options = patient_times(url_of(&server, "https"));
    options.http2 = true;
    options.ca_file = path;
    fixture_open(&f, &options);
    start(&f, &s, false);
    run_to_end(&s);
    fixture_close(&f);
    server_stop(&server);
    assert_int_equal(dropped, 2);
    assert_outcome("refused", &s, BACKEND_ERR_CUT);
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connections_are_kept),
        cmocka_unit_test(test_dead_kept_connections_are_replaced),
        cmocka_unit_test(test_requests_on_dying_connections_go_out_again),
        cmocka_unit_test(test_a_request_goes_out_twice_at_most),
        cmocka_unit_test(test_refused_streams_go_out_twice_at_most),
    };
    signal(SIGPIPE, SIG_IGN); /* as in a worker; OpenSSL writes with write(2) */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
