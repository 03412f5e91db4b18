/*
 * Long bodies are read beside the event loop: here the thread that reads them is kept busy, so that
 * what happens meanwhile can be seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/gateway/gateway_scene.h"

static struct gateway gateway;

static void answer(struct server *s)
{
    static const char reply[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                "Content-Length: 15\r\n\r\n{\"choices\":[1]}";
    while (server_read_request(s) && server_say(s, reply))
        ;
}

/* ---- a task that lasts until it is let go ---- */

static struct blocker {
    struct classify_task task;
    atomic_bool let_go;
    atomic_uint running, back;
} blocker;

static void run_blocker(struct classify_task *task)
{
    struct blocker *b = inbox_container_of(task, struct blocker, task);
    atomic_fetch_add(&b->running, 1);
    while (!atomic_load(&b->let_go))
        nap_ms(1);
}

static void on_blocker(struct inbox_message *message)
{
    struct blocker *b = inbox_container_of(message, struct blocker, task.message);
    atomic_fetch_add(&b->back, 1);
}

static int setup(void **state)
{
    (void)state;
    gateway_open(&gateway, answer, "");
    blocker.task.worker = gateway.scene.worker;
    blocker.task.run = run_blocker;
    blocker.task.message.run = on_blocker;
    atomic_store(&blocker.let_go, false);
    atomic_store(&blocker.running, 0);
    atomic_store(&blocker.back, 0);
    classify_pool_run(gateway.services.pool, &blocker.task);
    await(&blocker.running, 1);
    return 0;
}

static void let_go(void)
{
    atomic_store(&blocker.let_go, true);
    await(&blocker.back, 1);
}

static int teardown(void **state)
{
    (void)state;
    atomic_store(&blocker.let_go, true);
    gateway_close(&gateway);
    return 0;
}

/* ---- requests ---- */

enum { LONG = 20000 };

static char *long_body(const char *end)
{
    static const char begin[] = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"";
    char *body = malloc(LONG + 256);
    assert_non_null(body);
    size_t len = sizeof(begin) - 1;
    memcpy(body, begin, len);
    while (len < LONG)
        body[len++] = 'a';
    (void)snprintf(body + len, 256, "%s", end);
    return body;
}

static int send_long(const char *end)
{
    char *body = long_body(end);
    int fd = send_request(&gateway, body);
    free(body);
    return fd;
}

static void await_load(size_t wanted)
{
    int64_t until = worker_clock_us() + (int64_t)PATIENCE_MS * 1000;
    while (desk_load(gateway.desk) != wanted) {
        assert_true(worker_clock_us() < until);
        nap_ms(1);
    }
}

static void hear(int fd, struct heard *heard)
{
    *heard = (struct heard){.len = 0};
    if (!client_hear(fd, heard, NULL))
        fail_msg("no end came; heard so far: %s", heard->text);
    close(fd);
}

#define STARTS_WITH(heard, words) assert_memory_equal((heard).text, words, sizeof(words) - 1)

static void test_others_go_on_meanwhile(void **state)
{
    (void)state;
    struct heard heard;
    int fd = send_long("\"}]}");
    await_load(1);
    ask(&gateway, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
        &heard);
    STARTS_WITH(heard, "HTTP/1.1 200 ");
    assert_int_equal(desk_load(gateway.desk), 1); /* nobody has read the long one yet */
    let_go();
    hear(fd, &heard);
    STARTS_WITH(heard, "HTTP/1.1 200 ");
}

static void test_what_is_wrong_is_refused(void **state)
{
    (void)state;
    struct heard heard;
    int fd = send_long("\"}],\"model\":\"n\"}");
    await_load(1);
    let_go();
    hear(fd, &heard);
    STARTS_WITH(heard, "HTTP/1.1 400 ");
    assert_non_null(strstr(heard.text, "caller_duplicate_key"));
}

/* What is read for a client that is gone goes nowhere. */
static void test_a_client_goes_meanwhile(void **state)
{
    (void)state;
    static const char *const ends[] = {"\"}]}", "\"}],\"model\":\"n\"}"};
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        int fd = send_long(ends[i]);
        await_load(1);
        client_reset(fd);
        await_load(0);
    }
    let_go();
    struct heard heard;
    hear(send_long("\"}]}"), &heard);
    STARTS_WITH(heard, "HTTP/1.1 200 ");
}

static void *let_go_later(void *arg)
{
    (void)arg;
    nap_ms(50);
    atomic_store(&blocker.let_go, true);
    return NULL;
}

/* The gateway stops before the body was read: teardown frees all, and the client hears an end. */
static void test_a_stop_meanwhile(void **state)
{
    (void)state;
    pthread_t thread;
    struct heard heard = {.len = 0};
    int fd = send_long("\"}]}");
    await_load(1);
    assert_int_equal(pthread_create(&thread, NULL, let_go_later, NULL), 0);
    gateway_close(&gateway);
    pthread_join(thread, NULL);
    (void)client_hear(fd, &heard, NULL);
    assert_int_equal(heard.len, 0);
    close(fd);
    assert_int_equal(setup(state), 0);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_others_go_on_meanwhile),
        CASE(test_what_is_wrong_is_refused),
        CASE(test_a_client_goes_meanwhile),
        CASE(test_a_stop_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
