#include "gateway/base/inbox.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int inbox_init(struct inbox *inbox, struct err *e)
{
    atomic_init(&inbox->_newest, NULL);
    inbox->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (inbox->fd < 0)
        return err_set(e, ERR_IO, "cannot make an eventfd: %s", strerror(errno));
    return 0;
}

void inbox_release(struct inbox *inbox)
{
    if (inbox->fd >= 0)
        close(inbox->fd);
    inbox->fd = -1;
}

void inbox_send(struct inbox *inbox, struct inbox_message *message)
{
    struct inbox_message *newest = atomic_load_explicit(&inbox->_newest, memory_order_relaxed);
    do {
        message->_next = newest;
    } while (!atomic_compare_exchange_weak_explicit(&inbox->_newest, &newest, message,
                                                    memory_order_release, memory_order_relaxed));
    /*
     * Only the sender that found the queue empty wakes the reader: the reader takes the whole queue
     * after it has cleared the eventfd, so whoever found it filled is taken along.
     */
    if (newest == NULL) {
        uint64_t one = 1;
        ssize_t done = write(inbox->fd, &one, sizeof(one));
        (void)done; /* EAGAIN only at 2^64-2 unread wake-ups, and then it is readable anyway */
    }
}

size_t inbox_run(struct inbox *inbox)
{
    uint64_t wakeups;
    ssize_t done = read(inbox->fd, &wakeups, sizeof(wakeups));
    (void)done; /* EAGAIN: called without a wake-up, which is fine */

    struct inbox_message *taken =
        atomic_exchange_explicit(&inbox->_newest, NULL, memory_order_acquire);
    struct inbox_message *oldest = NULL;
    while (taken != NULL) { /* it is a stack: turn it round into the order of sending */
        struct inbox_message *next = taken->_next;
        taken->_next = oldest;
        oldest = taken;
        taken = next;
    }
    size_t count = 0;
    while (oldest != NULL) {
        struct inbox_message *message = oldest;
        oldest = message->_next; /* before run(), which may free the message */
        message->run(message);
        count++;
    }
    return count;
}
