/* listener.h and reply.h over real sockets: framing, keep-alive, pipelining, hang-up, replies. */
#include "tests/unit/gateway/http_cases.h"
#include "tests/unit/gateway/listener_scene.h"

static struct scene scene;

static int open_scene(void **state)
{
    (void)state;
    scene_open(&scene, "127.0.0.1:0", NULL, scene_limits());
    return 0;
}

static int open_small_scene(void **state)
{
    (void)state;
    struct listener_limits limits = scene_limits();
    limits.request = case_limits;
    scene_open(&scene, "127.0.0.1:0", NULL, limits);
    return 0;
}

static int close_scene(void **state)
{
    (void)state;
    scene_close(&scene);
    return 0;
}

/* One request, one answer: each complete one gets 200, what follows at most one refusal. */
static void run_case(const struct http_case *c, size_t piece)
{
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    char refused[64] = "";
    for (size_t at = 0; at < c->len; at += piece) {
        if (!client_send(fd, c->bytes + at, c->len - at < piece ? c->len - at : piece))
            break; /* refused before its end */
    }
    if (c->refusal == HTTP_REFUSAL_NONE)
        (void)shutdown(fd, SHUT_WR);
    else
        (void)snprintf(refused, sizeof(refused), "HTTP/1.1 %d ",
                       http_refusal_of(c->refusal)->status);
    (void)client_hear(fd, &heard, NULL);
    close(fd);
    unsigned answers = count_of(heard.text, "\r\nDate: "), good = count_of(heard.text, " 200 OK\r");
    bool right = good == c->requests && heard.ended;
    if (c->refusal == HTTP_REFUSAL_NONE)
        right = right && answers == c->requests;
    else
        right = right && answers == c->requests + 1 && count_of(heard.text, refused) == 1 &&
                count_of(heard.text, "Connection: close\r\n") == 1 &&
                strstr(heard.text, "{\"error\":{\"message\":\"") != NULL;
    if (!right)
        fail_msg("%s, in pieces of %zu: heard\n%s", c->name, piece, heard.text);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < HTTP_CASES; i++)
        run_case(&http_cases[i], http_cases[i].len);
}

static void test_cases_byte_by_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < HTTP_CASES; i++)
        run_case(&http_cases[i], 1);
}

static void test_refusal_counted_and_shaped(void **state)
{
    (void)state;
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, "GET /x HTTP/1.1\r\n\r\n");
    assert_true(client_hear(fd, &heard, NULL));
    close(fd);
    assert_non_null(strstr(heard.text,
                           "{\"error\":{\"message\":\"Exactly one well-formed Host header is "
                           "needed.\",\"type\":\"invalid_request_error\",\"param\":null,\"code\":"
                           "\"caller_bad_request\"}}"));
    assert_non_null(strstr(heard.text, "Content-Type: application/json\r\n"));
    assert_int_equal(scene_counts(&scene).refused[HTTP_REFUSAL_BAD_HOST], 1);
    assert_int_equal(scene_counts(&scene).requests, 0);
}

static void test_facts(void **state)
{
    (void)state;
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, "PUT /facts?a=b?c HTTP/1.1\r\nHost: h\r\nX-TWICE:  one two \t\r\n"
                   "x-twice: three\r\nConnection: close\r\n\r\n");
    assert_true(client_hear(fd, &heard, NULL));
    close(fd);
    assert_non_null(strstr(heard.text, "\r\n\r\nPUT|/facts?a=b?c|/facts|a=b?c|one two|2|-|4|"
                                       "x-twice=one two|127.0.0.1|0"));
}

static void test_bodies_come_whole(void **state)
{
    (void)state;
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n");
    nap_ms(5);
    client_say(fd, "abc");
    nap_ms(5);
    client_say(fd, "def");
    assert_true(client_hear(fd, &heard, "\r\n\r\nabcdef"));
    client_say(fd, "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nghi\r\n");
    nap_ms(5);
    client_say(fd, "2\r\njk\r\n0\r\n\r\n");
    assert_true(client_hear(fd, &heard, "\r\n\r\nghijk"));
    close(fd);
}

static void test_large_body_echoed(void **state)
{
    (void)state;
    enum { SIZE = 1 << 20 };
    static char body[SIZE];
    char head[128];
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    memset(body, 'x', SIZE);
    int n = snprintf(
        head, sizeof(head),
        "POST /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: %d\r\n\r\n", SIZE);
    assert_true(client_send(fd, head, (size_t)n));
    assert_true(client_send(fd, body, SIZE));
    assert_true(client_hear(fd, &heard, NULL));
    close(fd);
    const char *start = strstr(heard.text, "\r\n\r\n");
    assert_non_null(start);
    assert_int_equal(heard.len - (size_t)(start + 4 - heard.text), SIZE);
}

static void test_expect_continue(void **state)
{
    (void)state;
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                   "Content-Length: 5\r\n\r\n");
    assert_true(client_hear(fd, &heard, "HTTP/1.1 100 Continue\r\n\r\n"));
    assert_null(strstr(heard.text, " 200 "));
    client_say(fd, "hello");
    assert_true(client_hear(fd, &heard, "\r\n\r\nhello"));
    /* Who does not wait for it does not get it. */
    struct heard second = {.len = 0};
    client_say(fd, "POST /x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                   "Content-Length: 5\r\n\r\nhello");
    assert_true(client_hear(fd, &second, "\r\n\r\nhello"));
    assert_null(strstr(second.text, " 100 "));
    close(fd);
}

static void test_keep_alive_and_close(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        bool stays;
        const char *says;
    } rows[] = {
        {HELLO, true, NULL},
        {"GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false, "Connection: close"},
        {"GET /x HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", false, "Connection: close"},
        {"GET /x HTTP/1.0\r\n\r\n", false, "Connection: close"},
        {"GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true, "Connection: keep-alive"},
        {ASK("/close"), false, "Connection: close"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int fd = client_open(&scene);
        struct heard heard = {.len = 0};
        client_say(fd, rows[i].request);
        assert_true(client_hear(fd, &heard, "\r\n\r\n"));
        if (rows[i].says != NULL)
            assert_non_null(strstr(heard.text, rows[i].says));
        if (rows[i].stays) {
            struct heard again = {.len = 0};
            client_say(fd, HELLO);
            assert_true(client_hear(fd, &again, "\r\n\r\n"));
        } else {
            assert_true(client_hear(fd, &heard, NULL));
            assert_true(heard.ended);
        }
        close(fd);
    }
}

static void test_pipelined_one_at_a_time(void **state)
{
    (void)state;
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, ASK("/later") ASK("/later") ASK("/chunks") ASK("/later") ASK("/close") HELLO);
    assert_true(client_hear(fd, &heard, NULL));
    close(fd);
    assert_int_equal(count_of(heard.text, "\r\n\r\nlater"), 3);
    assert_int_equal(count_of(heard.text, "\r\n\r\nbye"), 1);
    assert_int_equal(count_of(heard.text, "HTTP/1.1 200"), 5); /* none after the close */
    assert_true(strstr(heard.text, "3\r\ntwo") > strstr(heard.text, "later"));
    assert_int_equal(atomic_load(&scene.most_in_flight), 1);
    assert_true(heard.ended);
}

static void test_many_pipelined(void **state)
{
    (void)state;
    enum { REQUESTS = 20000 };
    int fd = client_open(&scene);
    size_t total = 0;
    for (int i = 0; i < REQUESTS / 100; i++) {
        char hundred[100 * sizeof(HELLO)] = "";
        size_t len = 0;
        for (int j = 0; j < 100; j++) {
            memcpy(hundred + len, HELLO, sizeof(HELLO) - 1);
            len += sizeof(HELLO) - 1;
        }
        assert_true(client_send(fd, hundred, len));
        char drop[65536];
        ssize_t n;
        while ((n = recv(fd, drop, sizeof(drop), MSG_DONTWAIT)) > 0)
            total += (size_t)n;
    }
    (void)shutdown(fd, SHUT_WR);
    struct heard heard = {.len = 0};
    assert_true(client_hear(fd, &heard, NULL));
    close(fd);
    assert_int_equal(atomic_load(&scene.requests), REQUESTS);
    assert_int_equal((total + heard.len) % REQUESTS, 0); /* all answers of one length */
}

/* More than are sent at once; and each connection goes on with its next request. */
static void test_many_replies_in_one_turn(void **state)
{
    (void)state;
    int fds[TOGETHER];
    for (unsigned i = 0; i < TOGETHER; i++)
        fds[i] = client_open(&scene);
    for (unsigned round = 1; round <= 2; round++) {
        for (unsigned i = 0; i < TOGETHER; i++) {
            client_say(fds[i], ASK("/together"));
            await(&scene.requests, (round - 1) * 2 * TOGETHER + i + 1);
        }
        for (unsigned i = 0; i < TOGETHER; i++) {
            struct heard heard = {.len = 0};
            assert_true(client_hear(fds[i], &heard, "\r\n\r\ntogether"));
            client_say(fds[i], HELLO);
            heard = (struct heard){.len = 0};
            assert_true(client_hear(fds[i], &heard, "\r\n\r\n"));
        }
    }
    for (unsigned i = 0; i < TOGETHER; i++)
        close(fds[i]);
}

static void expect_abort(void (*leave)(int fd), const char *request, const char *until)
{
    unsigned before = atomic_load(&scene.aborts);
    unsigned requests = atomic_load(&scene.requests);
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, request);
    await(&scene.requests, requests + 1);
    if (until != NULL)
        assert_true(client_hear(fd, &heard, until));
    assert_int_equal(atomic_load(&scene.aborts), before);
    int64_t left_us = worker_clock_us();
    leave(fd);
    await(&scene.aborts, before + 1);
    assert_true(worker_clock_us() - left_us < 500000);
}

static void leave_close(int fd)
{
    close(fd);
}

static void leave_half(int fd)
{
    struct heard heard = {.len = 0};
    (void)shutdown(fd, SHUT_WR);
    (void)client_hear(fd, &heard, NULL);
    assert_int_equal(heard.len, 0);
    close(fd);
}

static void test_hang_up_before_first_byte(void **state)
{
    (void)state;
    expect_abort(leave_close, ASK("/hold"), NULL);
    expect_abort(client_reset, ASK("/hold"), NULL);
    expect_abort(leave_half, ASK("/hold"), NULL);
    expect_abort(leave_close, "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx", NULL);
    /* With a pipelined request waiting. */
    expect_abort(leave_close, ASK("/hold") HELLO, NULL);
    expect_abort(client_reset, ASK("/hold") HELLO, NULL);
    assert_int_equal(scene_counts(&scene).aborted, 6);
    assert_int_equal(scene_counts(&scene).open, 0);
}

static void test_hang_up_after_the_head(void **state)
{
    (void)state;
    /* The head of a stream leaves by itself, before there is data. */
    expect_abort(leave_close, ASK("/head-only"), "Transfer-Encoding: chunked\r\n\r\n");
    expect_abort(client_reset, ASK("/head-only"), "Transfer-Encoding: chunked\r\n\r\n");
}

/* What is read ahead is bounded, and the end is seen behind it. */
static void test_hang_up_behind_a_full_buffer(void **state)
{
    (void)state;
    static char flood[100 * 1024]; /* more than is read ahead */
    memset(flood, 'a', sizeof(flood));
    for (unsigned variant = 0; variant < 2; variant++) {
        int fd = client_open(&scene);
        client_say(fd, ASK("/hold"));
        await(&scene.requests, variant + 1);
        assert_true(client_send(fd, flood, sizeof(flood)));
        nap_ms(20);
        assert_int_equal(atomic_load(&scene.aborts), variant);
        if (variant == 0)
            client_reset(fd);
        else
            close(fd);
        await(&scene.aborts, variant + 1);
    }
}

/* A client that only sends is stopped by its own full buffers, not by our memory. */
static void test_reading_ahead_is_bounded(void **state)
{
    (void)state;
    static char flood[32768];
    size_t sent = 0;
    struct pollfd p = {.fd = client_open(&scene), .events = POLLOUT};
    client_say(p.fd, ASK("/hold"));
    await(&scene.requests, 1);
    while (poll(&p, 1, 200) == 1) {
        ssize_t n = send(p.fd, flood, sizeof(flood), MSG_DONTWAIT | MSG_NOSIGNAL);
        assert_true(n > 0);
        sent += (size_t)n;
        assert_true(sent < 64u << 20);
    }
    assert_int_equal(atomic_load(&scene.aborts), 0);
    client_reset(p.fd);
    await(&scene.aborts, 1);
}

static void test_client_leaves_after_the_reply(void **state)
{
    (void)state;
    for (int i = 0; i < 100; i++) {
        int fd = client_open(&scene);
        client_say(fd, HELLO HELLO);
        client_reset(fd);
    }
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, HELLO);
    assert_true(client_hear(fd, &heard, "200 OK"));
    close(fd);
    assert_int_equal(atomic_load(&scene.aborts), 0);
}

static void test_cut_replies_look_cut(void **state)
{
    (void)state;
    static const struct {
        const char *request, *has, *has_not;
        bool reset;
    } rows[] = {
        {ASK("/cut-chunked"), "4\r\npart\r\n", "\r\n0\r\n\r\n", false},
        {ASK("/cut-length"), "Content-Length: 10\r\n", NULL, false},
        {ASK("/nothing"), NULL, "HTTP", false},
        {"GET /cut-chunked HTTP/1.0\r\n\r\n", NULL, "\r\n0\r\n\r\n", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int fd = client_open(&scene);
        struct heard heard = {.len = 0};
        client_say(fd, rows[i].request);
        (void)client_hear(fd, &heard, NULL);
        assert_true(rows[i].reset ? heard.reset : heard.ended);
        if (rows[i].has != NULL)
            assert_non_null(strstr(heard.text, rows[i].has));
        if (rows[i].has_not != NULL)
            assert_null(strstr(heard.text, rows[i].has_not));
        close(fd);
    }
}

static void test_reply_shapes(void **state)
{
    (void)state;
    static const struct {
        const char *request, *has, *has_not;
    } rows[] = {
        {ASK("/chunks") HELLO, "\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\nHTTP/1.1 200", NULL},
        {"GET /chunks HTTP/1.0\r\n\r\n", "\r\n\r\nonetwo", "chunked"},
        {"HEAD /chunks HTTP/1.1\r\nHost: a\r\n\r\n" HELLO, "\r\n\r\nHTTP/1.1 200", "one"},
        {"HEAD /close HTTP/1.1\r\nHost: a\r\n\r\n", "Content-Length: 3\r\n", "bye"},
        {ASK("/empty") HELLO, " 204 No Content\r\n", "Content-Length: 0\r\n\r\nHTTP"},
        {ASK("/too-much") HELLO, "\r\n\r\npartHTTP/1.1 200", NULL},
        {ASK("/header"), "HTTP/1.1 299 \r\n", "\nX-Evil"},
        {ASK("/header"), "X-Test: a  X-Evil: b\r\n", NULL},
        {HELLO, "\r\nDate: ", NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int fd = client_open(&scene);
        struct heard heard = {.len = 0};
        client_say(fd, rows[i].request);
        (void)shutdown(fd, SHUT_WR);
        assert_true(client_hear(fd, &heard, NULL));
        if (strstr(heard.text, rows[i].has) == NULL ||
            (rows[i].has_not != NULL && strstr(heard.text, rows[i].has_not) != NULL))
            fail_msg("%s gave\n%s", rows[i].request, heard.text);
        close(fd);
    }
}

static void test_back_pressure(void **state)
{
    (void)state;
    int fd = client_open(&scene);
    struct heard heard = {.len = 0};
    client_say(fd, "GET /flood HTTP/1.0\r\n\r\n");
    await_held_up(&scene);
    assert_true(client_hear(fd, &heard, NULL));
    close(fd);
    const char *start = strstr(heard.text, "\r\n\r\n");
    assert_non_null(start);
    assert_int_equal(heard.len - (size_t)(start + 4 - heard.text), FLOOD_BYTES);
    assert_true(atomic_load(&scene.drains) > 0);
    assert_true(atomic_load(&scene.most_pending) <= REPLY_HIGH_WATER + FLOOD_PIECE + 64);
    assert_int_equal(atomic_load(&scene.aborts), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cases, open_small_scene, close_scene),
        cmocka_unit_test_setup_teardown(test_cases_byte_by_byte, open_small_scene, close_scene),
        TEST(test_refusal_counted_and_shaped),
        TEST(test_facts),
        TEST(test_bodies_come_whole),
        TEST(test_large_body_echoed),
        TEST(test_expect_continue),
        TEST(test_keep_alive_and_close),
        TEST(test_pipelined_one_at_a_time),
        TEST(test_many_pipelined),
        TEST(test_many_replies_in_one_turn),
        TEST(test_hang_up_before_first_byte),
        TEST(test_hang_up_after_the_head),
        TEST(test_hang_up_behind_a_full_buffer),
        TEST(test_reading_ahead_is_bounded),
        TEST(test_client_leaves_after_the_reply),
        TEST(test_cut_replies_look_cut),
        TEST(test_reply_shapes),
        TEST(test_back_pressure),
    };
#undef TEST
    return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
