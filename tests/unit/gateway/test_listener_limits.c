/* listener.h: time-outs, sizes, connection limits, descriptors, addresses, draining. */
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/unit/gateway/listener_scene.h"

static struct scene scene;

enum { SHORT_MS = 500 };

static struct listener_limits short_times(void)
{
    struct listener_limits limits = scene_limits();
    limits.header_timeout_ms = SHORT_MS;
    limits.body_timeout_ms = SHORT_MS;
    limits.idle_timeout_ms = SHORT_MS;
    limits.write_timeout_ms = SHORT_MS;
    return limits;
}

static int open_short(void **state)
{
    (void)state;
    scene_open(&scene, "127.0.0.1:0", NULL, short_times());
    return 0;
}

static int open_scene(void **state)
{
    (void)state;
    scene_open(&scene, "127.0.0.1:0", NULL, scene_limits());
    return 0;
}

static int close_scene(void **state)
{
    (void)state;
    scene_close(&scene);
    return 0;
}

/* What a client hears that says this and then waits; and that it did not come too early. */
static void expect_timeout(const char *says, const char *hears, bool drips)
{
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    int64_t began_us = worker_clock_us();
    client_say(fd, says);
    for (int i = 0; drips && i < 40; i++) { /* each byte alone is in time; the whole is not */
        nap_ms(SHORT_MS / 20);
        if (!client_send(fd, "a", 1))
            break;
    }
    assert_true(client_hear(fd, &heard, NULL));
    int64_t took_ms = (worker_clock_us() - began_us) / 1000;
    close(fd);
    if (hears != NULL)
        assert_non_null(strstr(heard.text, hears));
    else
        assert_int_equal(heard.len, 0);
    assert_true(took_ms >= SHORT_MS - 10);
}

static void test_slow_requests(void **state)
{
    (void)state;
    expect_timeout("", NULL, false);
    expect_timeout("GET /x HTTP/1.1\r\nHost: a\r\nX: ", " 408 ", false);
    expect_timeout("GET /x HTTP/1.1\r\nHost: a\r\nX: ", "caller_timeout", true);
    expect_timeout("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", " 408 ", false);
    expect_timeout("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n", " 408 ", true);
    struct listener_counts counts = scene_counts(&scene);
    assert_int_equal(counts.refused[HTTP_REFUSAL_HEADER_TIMEOUT], 2);
    assert_int_equal(counts.refused[HTTP_REFUSAL_BODY_TIMEOUT], 2);
    assert_int_equal(counts.requests, 0);
}

static void test_idle_connections_close(void **state)
{
    (void)state;
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, HELLO);
    assert_true(client_hear(fd, &heard, "\r\n\r\n"));
    size_t len = heard.len;
    assert_true(client_hear(fd, &heard, NULL));
    assert_true(heard.ended);
    assert_int_equal(heard.len, len);
    close(fd);
}

/* Handling may take longer than any limit of the listener. */
static void test_handling_is_not_limited(void **state)
{
    (void)state;
    int fd = client_open(&scene);
    client_say(fd, ASK("/hold"));
    await(&scene.requests, 1);
    nap_ms(SHORT_MS * 3);
    assert_int_equal(atomic_load(&scene.aborts), 0);
    close(fd);
    await(&scene.aborts, 1);
}

static void test_client_that_reads_nothing(void **state)
{
    (void)state;
    int fd = client_open(&scene);
    int small = 4096;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    client_say(fd, ASK("/flood"));
    await(&scene.aborts, 1);
    assert_true(atomic_load(&scene.most_pending) <= REPLY_HIGH_WATER + FLOOD_PIECE + 64);
    close(fd);
}

/* The answer reaches a client that goes on sending all of it before it reads. */
static void test_oversize_answered_early(void **state)
{
    (void)state;
    static char body[1 << 20];
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 20971520\r\n\r\n");
    for (int i = 0; i < 20; i++) {
        if (!client_send(fd, body, sizeof(body)))
            break;
    }
    assert_true(client_hear(fd, &heard, NULL));
    close(fd);
    assert_true(heard.ended);
    assert_non_null(strstr(heard.text, " 413 "));
    assert_non_null(strstr(heard.text, "caller_body_too_large"));
    assert_int_equal(count_of(heard.text, "HTTP/1.1 "), 1);
    assert_int_equal(scene_counts(&scene).requests, 0);
}

static void test_100k_headers(void **state)
{
    (void)state;
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, "GET /x HTTP/1.1\r\nHost: a\r\n");
    for (int i = 0; i < 100000; i++) {
        if (!client_send(fd, "A: b\r\n", 6))
            break;
    }
    assert_true(client_hear(fd, &heard, NULL));
    close(fd);
    assert_non_null(strstr(heard.text, " 431 "));
}

static void test_connection_limit(void **state)
{
    (void)state;
    enum { LIMIT = 4 };
    int fds[LIMIT];
    struct listener_limits limits = scene_limits();
    limits.connections = LIMIT;
    scene_open(&scene, "127.0.0.1:0", NULL, limits);
    for (int i = 0; i < LIMIT; i++) {
        struct heard heard = {.len = 0};
        fds[i] = client_open(&scene);
        client_say(fds[i], HELLO);
        assert_true(client_hear(fds[i], &heard, " 200 "));
    }
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, HELLO);
    assert_true(client_hear(fd, &heard, NULL));
    close(fd);
    assert_non_null(strstr(heard.text, " 503 "));
    assert_non_null(strstr(heard.text, "\"type\":\"server_error\""));
    assert_int_equal(scene_counts(&scene).refused[HTTP_REFUSAL_TOO_MANY_CONNECTIONS], 1);
    close(fds[0]);
    for (;;) { /* there is room again, as soon as the close was seen */
        struct heard again = {.len = 0};
        fd = client_open(&scene);
        client_say(fd, HELLO);
        assert_true(client_hear(fd, &again, "\r\n\r\n"));
        close(fd);
        if (strstr(again.text, " 200 ") != NULL)
            break;
        nap_ms(1);
    }
    for (int i = 1; i < LIMIT; i++)
        close(fds[i]);
    scene_close(&scene);
}

static int64_t cpu_us(void)
{
    struct rusage use;
    (void)getrusage(RUSAGE_SELF, &use);
    return (use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000 + use.ru_utime.tv_usec +
           use.ru_stime.tv_usec;
}

static void test_descriptors_run_out(void **state)
{
    (void)state;
    enum { CLIENTS = 4 };
    int clients[CLIENTS], lowest = open("/dev/null", O_RDONLY);
    struct sockaddr_storage to;
    socklen_t len;
    struct rlimit before, none;
    struct heard heard[CLIENTS] = {{.len = 0}};

    assert_true(lowest >= 0);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = client_socket(&scene, &to, &len);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    close(lowest);
    none = before;
    none.rlim_cur = (rlim_t)lowest; /* the next descriptor is one too many */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);

    for (int i = 0; i < CLIENTS; i++) {
        assert_int_equal(connect(clients[i], (struct sockaddr *)&to, len), 0);
        client_say(clients[i], HELLO);
    }
    /* The reserve serves the first. */
    assert_true(client_hear(clients[0], &heard[0], " 200 "));
    int64_t cpu = cpu_us();
    nap_ms(300);
    assert_true(cpu_us() - cpu < 100000); /* no spinning */
    assert_int_equal(atomic_load(&scene.requests), 1);
    assert_true(scene_counts(&scene).accept_paused >= 1);

    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    for (int i = 1; i < CLIENTS; i++)
        assert_true(client_hear(clients[i], &heard[i], " 200 "));
    for (int i = 0; i < CLIENTS; i++)
        close(clients[i]);
}

struct stop_message {
    struct inbox_message message;
    atomic_uint done;
};

static void on_stop(struct inbox_message *message)
{
    struct stop_message *stop = inbox_container_of(message, struct stop_message, message);
    listener_stop_accepting(scene.listener);
    on_later(scene.told);
    atomic_store(&stop->done, 1);
}

static void test_stop_accepting(void **state)
{
    (void)state;
    struct stop_message stop = {.message = {.run = on_stop}};
    struct heard idle_heard = {.len = 0}, busy_heard = {.len = 0}, fresh_heard = {.len = 0};
    int idle = client_open(&scene), busy = client_open(&scene), fresh = client_open(&scene);
    client_say(idle, HELLO);
    assert_true(client_hear(idle, &idle_heard, " 200 "));
    assert_null(strstr(idle_heard.text, "Connection: close"));
    client_say(busy, ASK("/until-told"));
    await(&scene.requests, 2);
    worker_post(scene.worker, &stop.message);
    await(&stop.done, 1);

    /* Idle: closed. Busy: answered, then closed. Just connected: may still say its request. */
    assert_true(client_hear(idle, &idle_heard, NULL));
    assert_true(idle_heard.ended);
    assert_true(client_hear(busy, &busy_heard, NULL));
    assert_non_null(strstr(busy_heard.text, "later"));
    assert_non_null(strstr(busy_heard.text, "Connection: close\r\n"));
    assert_true(busy_heard.ended);
    client_say(fresh, HELLO);
    assert_true(client_hear(fresh, &fresh_heard, NULL));
    assert_non_null(strstr(fresh_heard.text, " 200 "));
    assert_non_null(strstr(fresh_heard.text, "Connection: close\r\n"));
    while (listener_connections(scene.listener) != 0)
        nap_ms(1);
    close(idle);
    close(busy);
    close(fresh);
}

static void test_second_start_refused(void **state)
{
    (void)state;
    struct err e = {.code = ERR_NONE};
    assert_null(listener_socket_open(listener_socket_address(scene.socket), &e));
    assert_int_equal(e.code, ERR_BUSY);
    assert_non_null(strstr(e.text, "in use"));
    assert_non_null(strstr(e.text, listener_socket_address(scene.socket)));
}

static void test_bad_addresses(void **state)
{
    (void)state;
    static const char *const addresses[] = {
        "",
        "localhost",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:65536",
        "127.0.0.1:-1",
        "::1:8080",
        "[::1:8080",
        "[::1]8080:",
        "unix:",
        "127.0.0.1:080800",
        "1.2.3.4.5:80",
        "192.0.2.1:0",
    };
    for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
        struct err e = {.code = ERR_NONE};
        struct listener_socket *s = listener_socket_open(addresses[i], &e);
        if (s != NULL || e.code == ERR_NONE || e.text[0] == '\0')
            fail_msg("%s was taken", addresses[i]);
    }
    static const char *const good[] = {"127.0.0.1:0", "localhost:0", ":0"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct err e = {.code = ERR_NONE};
        struct listener_socket *s = listener_socket_open(good[i], &e);
        if (s == NULL)
            fail_msg("%s: %s", good[i], e.text);
        assert_int_not_equal(strtoul(strrchr(listener_socket_address(s), ':') + 1, NULL, 10), 0);
        listener_socket_close(s);
    }
}

/* All addresses are those of both families, and an IPv4 client is named as one. */
static void test_all_addresses(void **state)
{
    (void)state;
    struct heard heard = {.len = 0};
    scene_open(&scene, ":0", NULL, scene_limits());
    int fd = client_open(&scene); /* to 127.0.0.1 */
    client_say(fd, "GET /facts HTTP/1.1\r\nHost: a\r\nX: b\r\nConnection: close\r\n\r\n");
    assert_true(client_hear(fd, &heard, NULL));
    close(fd);
    assert_non_null(strstr(heard.text, "|127.0.0.1|0"));
    scene_close(&scene);
}

static void test_unix_socket(void **state)
{
    (void)state;
    char folder[] = "/tmp/penstock-test-XXXXXX", address[64];
    struct stat file;
    struct err e = {.code = ERR_NONE};
    assert_non_null(mkdtemp(folder));
    (void)snprintf(address, sizeof(address), "unix:%s/s", folder);
    scene_open(&scene, address, NULL, scene_limits());
    assert_int_equal(stat(address + 5, &file), 0);
    assert_int_equal(file.st_mode & 07, 0); /* nothing for others */

    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, "GET /facts HTTP/1.1\r\nHost: a\r\nX: b\r\nConnection: close\r\n\r\n");
    assert_true(client_hear(fd, &heard, NULL));
    close(fd);
    assert_non_null(strstr(heard.text, "|unix|0"));

    unsigned aborts = atomic_load(&scene.aborts);
    fd = client_open(&scene);
    client_say(fd, ASK("/hold"));
    await(&scene.requests, 2);
    close(fd);
    await(&scene.aborts, aborts + 1);

    assert_null(listener_socket_open(address, &e)); /* somebody listens */
    assert_int_equal(e.code, ERR_BUSY);
    scene_close(&scene);
    assert_int_not_equal(stat(address + 5, &file), 0); /* removed */

    /* A file that a crash left behind is replaced, another file is not. */
    struct sockaddr_un stale = {.sun_family = AF_UNIX};
    (void)snprintf(stale.sun_path, sizeof(stale.sun_path), "%s", address + 5);
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&stale, sizeof(stale)), 0);
    close(fd);
    struct listener_socket *s = listener_socket_open(address, &e);
    assert_non_null(s);
    listener_socket_close(s);
    fd = open(address + 5, O_CREAT | O_WRONLY, 0600);
    close(fd);
    assert_null(listener_socket_open(address, &e));
    assert_non_null(strstr(e.text, "no socket"));
    assert_int_equal(stat(address + 5, &file), 0);
    (void)unlink(address + 5);
    (void)rmdir(folder);
}

/* Two workers on one socket; freeing a listener in the middle of a request aborts it. */
static void test_two_workers(void **state)
{
    (void)state;
    struct scene second = {.worker = worker_new(1, NULL), .socket = scene.socket};
    struct listener_limits limits = scene_limits();
    struct listener_handler handler = {
        .on_request = on_request, .on_abort = on_abort, .on_drain = on_drain, .ctx = &second};
    assert_non_null(second.worker);
    second.listener = listener_start(second.worker, scene.socket, NULL, &limits, &handler, NULL);
    assert_non_null(second.listener);
    assert_int_equal(worker_start(second.worker, NULL), 0);
    int held[8];
    for (size_t i = 0; i < 8; i++) {
        held[i] = client_open(&scene);
        client_say(held[i], ASK("/hold"));
    }
    for (int i = 0; i < 200; i++) {
        struct heard heard = {.len = 0};
        int fd = client_open(&scene);
        client_say(fd, HELLO);
        assert_true(client_hear(fd, &heard, " 200 "));
        close(fd);
    }
    while (atomic_load(&scene.requests) + atomic_load(&second.requests) < 208)
        nap_ms(1);
    worker_stop(second.worker);
    worker_join(second.worker);
    unsigned in_flight = atomic_load(&second.in_flight);
    listener_free(second.listener);
    assert_int_equal(atomic_load(&second.aborts), in_flight);
    assert_int_equal(atomic_load(&second.in_flight), 0);
    worker_free(second.worker);
    for (size_t i = 0; i < 8; i++)
        close(held[i]);
}

int main(void)
{
#define TEST(name, open) cmocka_unit_test_setup_teardown(name, open, close_scene)
    const struct CMUnitTest tests[] = {
        TEST(test_slow_requests, open_short),
        TEST(test_idle_connections_close, open_short),
        TEST(test_handling_is_not_limited, open_short),
        TEST(test_client_that_reads_nothing, open_short),
        TEST(test_oversize_answered_early, open_scene),
        TEST(test_100k_headers, open_scene),
        cmocka_unit_test(test_connection_limit),
        TEST(test_descriptors_run_out, open_scene),
        TEST(test_stop_accepting, open_scene),
        TEST(test_second_start_refused, open_scene),
        cmocka_unit_test(test_bad_addresses),
        cmocka_unit_test(test_all_addresses),
        cmocka_unit_test(test_unix_socket),
        TEST(test_two_workers, open_scene),
    };
#undef TEST
    return cmocka_run_group_tests_name("listener limits", tests, NULL, NULL);
}
