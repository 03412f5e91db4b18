/*
 * Upstream against real servers on loopback that misbehave in every way of FAULTS: what the outcome
 * is called, how long it takes, and that nothing of a cut answer is taken for a whole one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>

#include "gateway/upstream_head.h"
#include "upstream_scene.h"

static const struct answer_case cases[] = {
    {"json", false, OK_JSON CLOSE JSON_BODY, FIN, BACKEND_OK, 200, JSON_BODY, 1},
    {"json chunked", false,
     OK_JSON "Transfer-Encoding: chunked\r\n\r\n3\r\n{\"c\r\nc\r\nhoices\":[1]}\r\n0\r\n\r\n", HOLD,
     BACKEND_OK, 200, SHORT_BODY, 1},
    {"json with length", false, OK_JSON "Content-Length: 15\r\n\r\n" SHORT_BODY, HOLD, BACKEND_OK,
     200, SHORT_BODY, 1},
    {"100 before", false,
     "HTTP/1.1 100 Continue\r\n\r\n" OK_JSON "Content-Length: 15\r\n\r\n" SHORT_BODY, HOLD,
     BACKEND_OK, 200, SHORT_BODY, 1},
    {"json cut by fin", false, OK_JSON CLOSE "{\"choices\":[", FIN, BACKEND_ERR_CUT, 200, NULL, 1},
    {"json cut below its length", false, OK_JSON "Content-Length: 9\r\n\r\n{\"a\":1}", FIN,
     BACKEND_ERR_CUT, 200, NULL, 1},
    {"json cut in a chunk", false, OK_JSON "Transfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n",
     FIN, BACKEND_ERR_CUT, 200, NULL, 1},
    {"json cut by rst", false, OK_JSON "Content-Length: 9\r\n\r\n{\"a\":1}", RST, BACKEND_ERR_CUT,
     200, NULL, 1},
    {"json longer than its length", false, OK_JSON "Content-Length: 3\r\n\r\n{\"a\":1}", HOLD,
     BACKEND_ERR_GARBAGE, 200, NULL, 1},
    {"json waits for more than comes", false, OK_JSON "Content-Length: 9\r\n\r\n{\"a\":1}", HOLD,
     BACKEND_ERR_IDLE, 200, NULL, 1},
    {"two lengths", false, OK_JSON "Content-Length: 7\r\nContent-Length: 8\r\n\r\n{\"a\":1}x", HOLD,
     BACKEND_ERR_GARBAGE, 0, NULL, 0},
    {"odd length", false, OK_JSON "Content-Length: +7\r\n\r\n{\"a\":1}", HOLD, BACKEND_ERR_GARBAGE,
     0, NULL, 0},
    {"length and chunks", false,
     OK_JSON "Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{\"a\":1}\r\n0\r\n\r\n",
     HOLD, BACKEND_ERR_GARBAGE, 200, NULL, 0},
    {"huge length", false, OK_JSON "Content-Length: 99999999999\r\n\r\n{", HOLD,
     BACKEND_ERR_GARBAGE, 200, NULL, 0},
    {"encoded", false, OK_JSON "Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}", HOLD,
     BACKEND_ERR_GARBAGE, 200, NULL, 0},
    {"array", false, OK_JSON "Content-Length: 2\r\n\r\n[]", HOLD, BACKEND_ERR_GARBAGE, 200, NULL,
     1},
    {"empty", false, OK_JSON "Content-Length: 0\r\n\r\n", HOLD, BACKEND_ERR_GARBAGE, 200, NULL, 1},
    {"204", false, "HTTP/1.1 204 No Content\r\n\r\n", HOLD, BACKEND_ERR_GARBAGE, 204, NULL, 0},
    {"no choices", false, OK_JSON CLOSE "{\"choices\":[],\"x\":[1]}", FIN, BACKEND_ERR_GARBAGE, 200,
     NULL, 1},
    {"error in a 200", false, OK_JSON CLOSE "{\"error\":{\"message\":\"x\"}}", FIN,
     BACKEND_ERR_GARBAGE, 200, NULL, 1},
    {"stream for json", false, OK_STREAM CLOSE EVENT DONE, FIN, BACKEND_ERR_GARBAGE, 200, NULL, 0},
    {"no http", false, "SSH-2.0-OpenSSH_9.2\r\n", FIN, BACKEND_ERR_GARBAGE, 0, NULL, 0},
    {"binary", false, "\x15\x03\x01\x02\x02\x46", FIN, BACKEND_ERR_GARBAGE, 0, NULL, 0},
    {"bad chunk", false, OK_JSON "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}", HOLD,
     BACKEND_ERR_CUT, 200, NULL, 1},
    {"nothing, fin", false, "", FIN, BACKEND_ERR_CUT, 0, NULL, 0},
    {"nothing, rst", false, "", RST, BACKEND_ERR_CUT, 0, NULL, 0},
    {"silence", false, "", HOLD, BACKEND_ERR_FIRST_BYTE, 0, NULL, 0},
    {"half a head", false, "HTTP/1.1 200 OK\r\nContent-Ty", HOLD, BACKEND_ERR_IDLE, 0, NULL, 0},
    {"half a head, fin", false, "HTTP/1.1 200 OK\r\nContent-Ty", FIN, BACKEND_ERR_GARBAGE, 0, NULL,
     0},
    {"400", false, "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}", HOLD,
     BACKEND_ERR_STATUS, 400, NULL, 0},
    {"500", true, "HTTP/1.1 500 Oops\r\n" CLOSE "secret words", FIN, BACKEND_ERR_STATUS, 500, NULL,
     0},
    {"500 that goes silent", true, "HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\nab", HOLD,
     BACKEND_ERR_STATUS, 500, NULL, 0},
    {"500 cut", true, "HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\nab", RST, BACKEND_ERR_STATUS,
     500, NULL, 0},
    {"redirect", false,
     "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", HOLD,
     BACKEND_ERR_STATUS, 302, NULL, 0},

    {"stream", true, OK_STREAM CLOSE EVENT EVENT LAST DONE, FIN, BACKEND_OK, 200,
     EVENT EVENT LAST DONE, 1},
    {"stream, held open behind done", true, OK_STREAM CLOSE EVENT DONE, HOLD, BACKEND_OK, 200,
     EVENT DONE, 1},
    {"stream, more behind done", true, OK_STREAM CLOSE EVENT DONE EVENT, HOLD, BACKEND_OK, 200,
     EVENT DONE, 1},
    {"stream, reset behind done", true, OK_STREAM CLOSE EVENT DONE, RST, BACKEND_OK, 200,
     EVENT DONE, 1},
    {"stream, fin without done", true, OK_STREAM CLOSE EVENT LAST, FIN, BACKEND_ERR_CUT, 200,
     EVENT LAST, 1},
    {"stream, chunked end without done", true,
     OK_STREAM "Transfer-Encoding: chunked\r\n\r\n9\r\ndata: {}\n\r\n1\r\n\n\r\n0\r\n\r\n", HOLD,
     BACKEND_ERR_CUT, 200, "data: {}\n\n", 1},
    {"stream, rst", true, OK_STREAM CLOSE EVENT "data: {\"cho", RST, BACKEND_ERR_CUT, 200, EVENT,
     1},
    {"stream, silent in the middle", true, OK_STREAM CLOSE EVENT, HOLD, BACKEND_ERR_IDLE, 200,
     EVENT, 1},
    {"stream, only done", true, OK_STREAM CLOSE DONE, FIN, BACKEND_ERR_GARBAGE, 200, NULL, 1},
    {"stream, garbage", true, OK_STREAM CLOSE EVENT "data: hello\n\n" DONE, FIN,
     BACKEND_ERR_GARBAGE, 200, EVENT, 1},
    {"stream, error event", true, OK_STREAM CLOSE EVENT "data: {\"error\":{}}\n\n" DONE, FIN,
     BACKEND_ERR_CUT, 200, EVENT, 1},
    {"json for a stream", true, OK_JSON CLOSE JSON_BODY, FIN, BACKEND_ERR_GARBAGE, 200, NULL, 0},
    {"html for a stream", true, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" CLOSE "<html>",
     FIN, BACKEND_ERR_GARBAGE, 200, NULL, 0},
};

static void run_answer_case(const struct answer_case *c)
{
    struct server server = {0};
    struct fixture f;
    struct seen s = {0};
    server_start(&server, serve_case, c);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    if (c->outcome == BACKEND_ERR_FIRST_BYTE)
        options.first_byte_timeout_ms = SHORT_MS;
    if (c->outcome == BACKEND_ERR_IDLE)
        options.idle_timeout_ms = SHORT_MS;
    fixture_open(&f, &options);
    start(&f, &s, c->stream);
    run_to_end(&s);
    assert_outcome(c->name, &s, c->outcome);
    if (s.result.status != c->status || s.heads != c->heads)
        fail_msg("%s: status %d, %d heads", c->name, s.result.status, s.heads);
    assert_data(&s, c->data != NULL ? c->data : "");
    assert_int_equal(server.accepted, 1); /* nothing is sent twice */
    fixture_close(&f);
    server_stop(&server);
    buf_release(&s.data);
}

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        run_answer_case(&cases[i]);
}

static void test_what_goes_up(void **state)
{
    (void)state;
    static const struct answer_case script = {
        "", true, OK_STREAM CLOSE LAST DONE, FIN, BACKEND_OK, 200, LAST DONE, 1};
    struct server server = {0};
    struct fixture f;
    struct seen s = {0};
    /* None of these may be looked at. */
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    server_start(&server, serve_case, &script);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    fixture_open(&f, &options);
    start(&f, &s, true);
    run_to_end(&s);
    assert_outcome("plain", &s, BACKEND_OK);
    assert_true(s.head.event_stream);
    assert_string_equal(s.head.model, "m");
    pthread_mutex_lock(&server.lock);
    const char *head = server.request;
    assert_memory_equal(head, "POST /v1/chat/completions HTTP/1.1\r\n", 36);
    assert_non_null(strstr(head, "\r\nAuthorization: Bearer sk-secret\r\n"));
    assert_non_null(strstr(head, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(head, "\r\nAccept: text/event-stream\r\n"));
    assert_non_null(strstr(head, "\r\nx-request-id: req-1\r\n"));
    assert_null(strcasestr(head, "expect"));
    assert_null(strcasestr(head, "accept-encoding"));
    assert_int_equal(server.request_len - server.body_at, strlen(small_body));
    assert_memory_equal(head + server.body_at, small_body, strlen(small_body));
    pthread_mutex_unlock(&server.lock);
    fixture_close(&f);
    server_stop(&server);
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
    buf_release(&s.data);
}

static void test_large_body_byte_for_byte(void **state)
{
    (void)state;
    static const struct answer_case script = {
        "", false, OK_JSON CLOSE SHORT_BODY, FIN, BACKEND_OK, 200, SHORT_BODY, 1};
    size_t len = 3 << 20;
    char *body = malloc(len);
    for (size_t i = 0; i < len; i++)
        body[i] = (char)(i * 2654435761u >> 13);
    struct server server = {0};
    struct fixture f;
    struct seen s = {0};
    server_start(&server, serve_case, &script);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    fixture_open(&f, &options);
    start_bytes(&f, &s, false, body, len);
    run_to_end(&s);
    assert_outcome("large", &s, BACKEND_OK);
    pthread_mutex_lock(&server.lock);
    assert_int_equal(server.request_len - server.body_at, len);
    assert_memory_equal(server.request + server.body_at, body, len);
    assert_null(strcasestr(server.request, "expect"));
    pthread_mutex_unlock(&server.lock);
    fixture_close(&f);
    server_stop(&server);
    buf_release(&s.data);
    free(body);
}

static void test_usage_and_finish_are_read(void **state)
{
    (void)state;
    static const struct answer_case script = {
        "", false, OK_JSON CLOSE JSON_BODY, FIN, BACKEND_OK, 200, JSON_BODY, 1};
    struct server server = {0};
    struct fixture f;
    struct seen s = {0};
    server_start(&server, serve_case, &script);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    fixture_open(&f, &options);
    start(&f, &s, false);
    run_to_end(&s);
    assert_int_equal(s.result.prompt_tokens, 5);
    assert_int_equal(s.result.completion_tokens, 7);
    assert_int_equal(s.result.finish, BACKEND_FINISH_LENGTH);
    assert_int_equal(s.pieces, 1);
    fixture_close(&f);
    server_stop(&server);
    buf_release(&s.data);
}

/* ---- before the answer ---- */

static void test_refused(void **state)
{
    (void)state;
    struct server server = {0};
    struct fixture f;
    struct seen s = {0};
    server_start(&server, serve_keep_alive, NULL);
    server_stop(&server);
    struct upstream_options options = patient_times(url_of(&server, "http"));
    fixture_open(&f, &options);
    start(&f, &s, false);
    run_to_end(&s);
    assert_outcome("refused", &s, BACKEND_ERR_CONNECT);
    fixture_close(&f);
}

static void test_connect_blackhole(void **state)
{
    (void)state;
    /* A full backlog: further SYNs are dropped. */
    int listener = socket(AF_INET, SOCK_STREAM, 0), fill[4];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 0), 0);
    getsockname(listener, (struct sockaddr *)&address, &len);
    for (int i = 0; i < 4; i++) {
        fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(fill[i], (struct sockaddr *)&address, len);
    }
    struct server fake = {.port = ntohs(address.sin_port)};
    struct fixture f;
    struct seen s = {0};
    struct upstream_options options = patient_times(url_of(&fake, "https"));
    options.connect_timeout_ms = SHORT_MS;
    fixture_open(&f, &options);
    start(&f, &s, false);
    run_to_end(&s);
    assert_outcome("blackhole", &s, BACKEND_ERR_CONNECT);
    assert_true(s.ended_ms >= SHORT_MS - 1);
    fixture_close(&f);
    for (int i = 0; i < 4; i++)
        close(fill[i]);
    close(listener);
}

static void test_names(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    struct upstream_options options = patient_times("http://host.missing/v1");
    fixture_open(&f, &options);
    start(&f, &s, false);
    run_to_end(&s);
    assert_outcome("missing", &s, BACKEND_ERR_RESOLVE);
    fixture_close(&f);

    memset(&s, 0, sizeof(s));
    options = patient_times("http://host.slow/v1");
    options.connect_timeout_ms = SHORT_MS;
    fixture_open(&f, &options);
    start(&f, &s, false);
    run_to_end(&s);
    assert_outcome("slow", &s, BACKEND_ERR_RESOLVE);
    assert_true(s.ended_ms >= SHORT_MS - 1);
    fixture_close(&f);

    /* Given up at once, with the loop never held: all while the lookups hang. */
    options.connect_timeout_ms = NEVER_MS;
    fixture_open(&f, &options);
    memset(&s, 0, sizeof(s));
    start(&f, &s, false);
    run_for(&f, 50);
    cancel(&s);
    run_for(&f, 50);
    assert_int_equal(s.ends, 0);
    fixture_close(&f);
    assert_int_equal(lookups_ended, 0);
}

static void test_stuck_lookups_do_not_pile_up(void **state)
{
    (void)state;
    struct fixture f;
    struct upstream_options options = patient_times("http://other.slow/v1");
    fixture_open(&f, &options);
    static struct seen many[40];
    int started = 0;
    for (int i = 0; i < 40; i++) {
        struct content piece = content_of("{}", 2);
        struct upstream_request request = {.pieces = &piece, .piece_count = 1};
        struct seen *s = &many[i];
        enum backend_outcome outcome =
            upstream_start(f.pool, f.target, &request, &events, s, &s->job);
        if (outcome != BACKEND_OK) {
            assert_int_equal(outcome, BACKEND_ERR_RESOLVE);
            assert_null(s->job);
            continue;
        }
        started++;
        run_for(&f, 1);
        cancel(s);
    }
    assert_int_equal(started, 32);
    fixture_close(&f);
}

static void serve_silence(struct server *server)
{
    server_wait_for_close(server);
}

static void test_tls_stall(void **state)
{
    (void)state;
    struct server server = {0};
    struct fixture f;
    struct seen s = {0};
    server_start(&server, serve_silence, NULL);
    struct upstream_options options = patient_times(url_of(&server, "https"));
    options.tls_timeout_ms = SHORT_MS;
    fixture_open(&f, &options);
    start(&f, &s, false);
    run_to_end(&s);
    assert_outcome("tls stall", &s, BACKEND_ERR_TLS);
    assert_true(s.ended_ms >= SHORT_MS - 1);
    fixture_close(&f);
    server_stop(&server);
    assert_int_equal(server.hung_up, 1);
}

static void test_tls_certificates(void **state)
{
    (void)state;
    static const struct {
        const char *name, *alt_name;
        long valid_s;
        bool trusted;
        enum backend_outcome outcome;
    } rows[] = {
        {"good", "IP:127.0.0.1", 3600, true, BACKEND_OK},
        {"unknown", "IP:127.0.0.1", 3600, false, BACKEND_ERR_TLS},
        {"wrong name", "DNS:example.com", 3600, true, BACKEND_ERR_TLS},
        {"expired", "IP:127.0.0.1", -3600, true, BACKEND_ERR_TLS},
    };
    char path[] = "/tmp/penstock-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct server server = {.tls = server_tls(rows[i].alt_name, rows[i].valid_s, path)};
        struct fixture f;
        struct seen s = {0};
        server_start(&server, serve_once_then_close, NULL);
        struct upstream_options options = patient_times(url_of(&server, "https"));
        options.http2 = true;
        if (rows[i].trusted)
            options.ca_file = path;
        fixture_open(&f, &options);
        start(&f, &s, false);
        run_to_end(&s);
        assert_outcome(rows[i].name, &s, rows[i].outcome);
        /* Nothing was said to a server that was not who it should be. */
        pthread_mutex_lock(&server.lock);
        assert_int_equal(server.request_len > 0, rows[i].outcome == BACKEND_OK);
        pthread_mutex_unlock(&server.lock);
        fixture_close(&f);
        server_stop(&server);
        buf_release(&s.data);
    }
    unlink(path);
}

/* ---- targets and Retry-After ---- */

static void test_targets_refused(void **state)
{
    (void)state;
    static const struct upstream_options rows[] = {
        {.name = "t", .url = "ftp://host/v1"},
        {.name = "t", .url = "file:///etc/passwd"},
        {.name = "t", .url = "not a url"},
        {.name = "t", .url = ""},
        {.name = "t", .url = "https://user:pass@host/v1"},
        {.name = "t", .url = "https://host/v1?x=1"},
        {.name = "t", .url = "https://host/v1#x"},
        {.name = "t", .url = "https://host/v1", .api_key = "a b"},
        {.name = "t", .url = "https://host/v1", .api_key = "a\r\nX: y"},
        {.name = "t", .url = "https://host/v1", .ca_file = "/nonexistent"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct upstream_target *target;
        struct err err = {0};
        if (upstream_target_new(&target, &rows[i], &err) == 0)
            fail_msg("row %zu accepted", i);
        assert_null(target);
        assert_true(err.text[0] != '\0');
        assert_null(strstr(err.text, "pass@"));
    }
}

static void test_no_key(void **state)
{
    (void)state;
    struct fixture f;
    struct seen s = {0};
    struct upstream_options options = patient_times("https://host.missing/v1");
    options.wants_key = true;
    options.api_key = "";
    fixture_open(&f, &options);
    struct content piece = content_of("{}", 2);
    struct upstream_request request = {.pieces = &piece, .piece_count = 1};
    assert_int_equal(upstream_start(f.pool, f.target, &request, &events, &s, &s.job),
                     BACKEND_ERR_NO_KEY);
    assert_null(s.job);
    fixture_close(&f);
}

static void test_retry_after_values(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        int seconds;
    } rows[] = {
        {"0", 0},
        {"17", 17},
        {" 17 \r\n", 17},
        {"3600", 3600},
        {"3601", 3600},
        {"99999999999999999999999999", 3600},
        {"-5", -1},
        {"1.5", -1},
        {"1e9", -1},
        {"", -1},
        {"soon", -1},
        {"17 s", -1},
        {"Sun, 06 Nov 1994 08:49:37 GMT", 0},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Sun, 09 Sep 2001 01:46:45 GMT", 5},
        {"Sun, 09 Sep 2001 01:46:45 GMT+1", -1},
        {"Mon, 09 Sep 2999 01:46:45 GMT", 3600},
        {"Mon, 09 Sep 99999999999 01:46:45 GMT", -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int got = upstream_retry_after(rows[i].value, strlen(rows[i].value), 1000000000);
        if (got != rows[i].seconds)
            fail_msg("%s: %d", rows[i].value, got);
    }
}

static void test_retry_after_of_an_answer(void **state)
{
    (void)state;
    static const struct {
        const char *answer;
        int seconds;
    } rows[] = {
        {"HTTP/1.1 429 Slow down\r\nretry-after: 7\r\nContent-Length: 0\r\n\r\n", 7},
        {"HTTP/1.1 503 Busy\r\nRetry-After: 99999999999\r\nContent-Length: 0\r\n\r\n", 3600},
        {"HTTP/1.1 429 Slow down\r\nContent-Length: 0\r\n\r\n", -1},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct answer_case script = {.answer = rows[i].answer, .ending = FIN};
        struct server server = {0};
        struct fixture f;
        struct seen s = {0};
        server_start(&server, serve_case, &script);
        struct upstream_options options = patient_times(url_of(&server, "http"));
        fixture_open(&f, &options);
        start(&f, &s, true);
        run_to_end(&s);
        assert_outcome("status", &s, BACKEND_ERR_STATUS);
        assert_int_equal(s.result.retry_after, rows[i].seconds);
        fixture_close(&f);
        server_stop(&server);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_what_goes_up),
        cmocka_unit_test(test_large_body_byte_for_byte),
        cmocka_unit_test(test_usage_and_finish_are_read),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_connect_blackhole),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_stuck_lookups_do_not_pile_up),
        cmocka_unit_test(test_tls_stall),
        cmocka_unit_test(test_tls_certificates),
        cmocka_unit_test(test_targets_refused),
        cmocka_unit_test(test_no_key),
        cmocka_unit_test(test_retry_after_values),
        cmocka_unit_test(test_retry_after_of_an_answer),
    };
    signal(SIGPIPE, SIG_IGN); /* as in a worker; OpenSSL writes with write(2) */
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    lookups_may_end = true;
    return failures;
}
