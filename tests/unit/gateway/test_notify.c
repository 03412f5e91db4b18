#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "gateway/notify.h"

static int receiver;
static char path[64];

static void receive(char *out, size_t size)
{
    ssize_t n = recv(receiver, out, size - 1, MSG_DONTWAIT);
    assert_true(n >= 0);
    out[n] = '\0';
}

static void listen_on(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(receiver >= 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    assert_int_equal(bind(receiver, (const struct sockaddr *)&address, size), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
}

static void test_messages(void **state)
{
    (void)state;
    char text[512], expected[128];
    (void)snprintf(path, sizeof(path), "/tmp/penstock-notify-%ld", (long)getpid());
    (void)unlink(path);
    listen_on(path);
    (void)setenv("WATCHDOG_USEC", "4000000", 1);
    notify_init();
    /* children must not talk to the service manager in our name */
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_null(getenv("WATCHDOG_USEC"));
    assert_int_equal(notify_watchdog_interval_us(), 2000000);

    notify_ready("listening");
    receive(text, sizeof(text));
    (void)snprintf(expected, sizeof(expected), "READY=1\nSTATUS=listening\nMAINPID=%ld\n",
                   (long)getpid());
    assert_string_equal(text, expected);

    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    notify_reloading();
    receive(text, sizeof(text));
    static const char prefix[] = "RELOADING=1\nMONOTONIC_USEC=";
    assert_memory_equal(text, prefix, sizeof(prefix) - 1);
    long long us = strtoll(text + sizeof(prefix) - 1, NULL, 10);
    assert_true(us / 1000000 - now.tv_sec <= 1 && us / 1000000 >= now.tv_sec);

    notify_stopping();
    receive(text, sizeof(text));
    assert_string_equal(text, "STOPPING=1\n");
    notify_watchdog();
    receive(text, sizeof(text));
    assert_string_equal(text, "WATCHDOG=1\n");
    notify_release();
    close(receiver);
    (void)unlink(path);
}

static void test_abstract_socket_and_foreign_watchdog(void **state)
{
    (void)state;
    char name[64], text[128];
    (void)snprintf(name, sizeof(name), "@penstock-notify-%ld", (long)getpid());
    listen_on(name);
    (void)setenv("WATCHDOG_USEC", "4000000", 1);
    (void)setenv("WATCHDOG_PID", "1", 1);
    notify_init();
    assert_int_equal(notify_watchdog_interval_us(), 0);
    notify_status("here");
    receive(text, sizeof(text));
    assert_string_equal(text, "STATUS=here\n");
    notify_release();
    close(receiver);
}

/* Without a manager, with one that is gone, and with one that does not read: nothing blocks. */
static void test_nobody_there(void **state)
{
    (void)state;
    (void)unsetenv("NOTIFY_SOCKET");
    notify_init();
    notify_ready("x");
    notify_watchdog();
    (void)setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
    notify_init();
    notify_ready("x");
    listen_on("@penstock-notify-full");
    notify_init();
    for (unsigned i = 0; i < 10000; i++)
        notify_watchdog();
    close(receiver);
    notify_watchdog();
    notify_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_abstract_socket_and_foreign_watchdog),
        cmocka_unit_test(test_nobody_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
