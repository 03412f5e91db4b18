/* inbox.h: nothing lost, nothing twice, one sender's order kept, the sleeping reader woken. */
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gateway/base/inbox.h"

enum { SENDERS = 4, MESSAGES = 20000 };

struct note {
    struct inbox_message message;
    unsigned sender, number;
};

struct sender {
    struct inbox *inbox;
    unsigned index;
};

/* The reader's own; run() has no other way to them. */
static unsigned next_number[SENDERS];
static size_t received;

static void on_note(struct inbox_message *message)
{
    struct note *note = inbox_container_of(message, struct note, message);
    assert_int_equal(note->number, next_number[note->sender]);
    next_number[note->sender]++;
    received++;
    free(note);
}

static void send_note(struct inbox *inbox, unsigned sender, unsigned number)
{
    struct note *note = malloc(sizeof(*note));
    assert_non_null(note);
    *note = (struct note){.message = {.run = on_note}, .sender = sender, .number = number};
    inbox_send(inbox, &note->message);
}

static void *sender_main(void *ctx)
{
    struct sender *s = ctx;
    for (unsigned i = 0; i < MESSAGES; i++)
        send_note(s->inbox, s->index, i);
    return NULL;
}

static int reset(void **state)
{
    (void)state;
    received = 0;
    for (size_t i = 0; i < SENDERS; i++)
        next_number[i] = 0;
    return 0;
}

static bool is_readable(const struct inbox *inbox, int wait_ms)
{
    struct pollfd p = {.fd = inbox->fd, .events = POLLIN};
    return poll(&p, 1, wait_ms) == 1;
}

static void test_one_sender(void **state)
{
    (void)state;
    struct inbox inbox;
    assert_int_equal(inbox_init(&inbox, NULL), 0);
    assert_false(is_readable(&inbox, 0));
    assert_int_equal(inbox_run(&inbox), 0);
    for (unsigned i = 0; i < 10; i++)
        send_note(&inbox, 0, i);
    assert_true(is_readable(&inbox, 0));
    assert_int_equal(inbox_run(&inbox), 10);
    assert_false(is_readable(&inbox, 0));
    send_note(&inbox, 0, 10);
    assert_true(is_readable(&inbox, 0));
    assert_int_equal(inbox_run(&inbox), 1);
    inbox_release(&inbox);
}

struct again {
    struct inbox_message message;
    struct inbox *inbox;
    unsigned left;
};

static void on_again(struct inbox_message *message)
{
    struct again *again = inbox_container_of(message, struct again, message);
    if (again->left-- > 1)
        inbox_send(again->inbox, message);
}

static void test_sent_again_from_run(void **state)
{
    (void)state;
    struct inbox inbox;
    assert_int_equal(inbox_init(&inbox, NULL), 0);
    struct again again = {.message = {.run = on_again}, .inbox = &inbox, .left = 3};
    inbox_send(&inbox, &again.message);
    /* Each is for the next run, or one message could hold the reader for ever. */
    assert_int_equal(inbox_run(&inbox), 1);
    assert_true(is_readable(&inbox, 0));
    assert_int_equal(inbox_run(&inbox), 1);
    assert_int_equal(inbox_run(&inbox), 1);
    assert_int_equal(inbox_run(&inbox), 0);
    inbox_release(&inbox);
}

static void test_many_senders(void **state)
{
    (void)state;
    struct inbox inbox;
    struct sender senders[SENDERS];
    pthread_t threads[SENDERS];
    assert_int_equal(inbox_init(&inbox, NULL), 0);
    for (unsigned i = 0; i < SENDERS; i++) {
        senders[i] = (struct sender){.inbox = &inbox, .index = i};
        assert_int_equal(pthread_create(&threads[i], NULL, sender_main, &senders[i]), 0);
    }
    /* The reader sleeps on the descriptor only: a lost wake-up ends in the time-out. */
    while (received < (size_t)SENDERS * MESSAGES) {
        assert_true(is_readable(&inbox, 10000));
        (void)inbox_run(&inbox);
    }
    for (unsigned i = 0; i < SENDERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(inbox_run(&inbox), 0);
    assert_int_equal(received, (size_t)SENDERS * MESSAGES);
    inbox_release(&inbox);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_sender, reset),
        cmocka_unit_test_setup(test_sent_again_from_run, reset),
        cmocka_unit_test_setup(test_many_senders, reset),
    };
    return cmocka_run_group_tests_name("inbox", tests, NULL, NULL);
}
