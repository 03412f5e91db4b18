/*
 * inbox.h - how other threads talk to an event loop: a queue with many senders and one reader, and
 * an eventfd that turns readable when the queue stops being empty.
 *
 * A message is intrusive: put a struct inbox_message into your own struct and find that struct
 * again from its address (inbox_container_of). Sending allocates nothing and cannot fail. From
 * inbox_send() on the message belongs to the inbox; from the call of its run() on to run(), which
 * may free it or send it again. Messages of one sender arrive in the order they were sent.
 */
#ifndef PENSTOCK_BASE_INBOX_H
#define PENSTOCK_BASE_INBOX_H

#include <stdatomic.h>
#include <stddef.h>

#include "gateway/base/err.h"

struct inbox_message {
    struct inbox_message *_next;
    void (*run)(struct inbox_message *message); /* on the reader's thread, once per send */
};

struct inbox {
    int fd; /* readable when there is something to run; the reader's loop watches it */
    _Atomic(struct inbox_message *) _newest;
};

#define inbox_container_of(message, type, member)                                                  \
    ((type *)(void *)((char *)(message)-offsetof(type, member)))

/* 0 or ERR_IO. */
MUST_CHECK int inbox_init(struct inbox *inbox, struct err *e);
/* The queue must be empty: the reader calls inbox_run() after the last sender is gone. */
void inbox_release(struct inbox *inbox);
/* Any thread. */
void inbox_send(struct inbox *inbox, struct inbox_message *message);
/* The reader's thread: runs what was queued when it was called. Returns how many. */
size_t inbox_run(struct inbox *inbox);

#endif
