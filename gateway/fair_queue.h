/*
 * fair_queue.h - a bounded queue in which owners take turns.
 *
 * What waits stands in line behind its own owner's only. The next one comes from the owner with the
 * fewest places at work; among those, from the one that was served longest ago. So nobody waits
 * behind another's backlog, and with enough owners each has its share of the places. Pure
 * bookkeeping: the caller locks.
 */
#ifndef PENSTOCK_FAIR_QUEUE_H
#define PENSTOCK_FAIR_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"

/* Stands inside what waits. The queue's from push to next or remove; then only `owner` counts. */
struct fair_item {
    struct fair_item *next;
    uint64_t owner;
    uint32_t places; /* that it takes when it is at work */
};

struct fair_owner {
    uint64_t id;
    struct fair_item *first, *last; /* waiting */
    uint32_t waiting, working;      /* items; places */
    uint64_t served;                /* when, by the queue's turns */
};

struct fair_queue {
    struct fair_owner *owners; /* those with something waiting or at work; in no order */
    size_t owner_count, owner_cap;
    size_t waiting, capacity;
    uint64_t turn;
};

/* At most capacity wait, and at most `places` are at work. ERR_MEMORY. */
MUST_CHECK int fair_queue_init(struct fair_queue *queue, size_t capacity, size_t places);
void fair_queue_release(struct fair_queue *queue); /* what waits is the caller's */

/* False when the queue is full. */
MUST_CHECK bool fair_queue_push(struct fair_queue *queue, struct fair_item *item, uint64_t owner,
                                uint32_t places);
/* The next one, which counts as at work from now on; NULL when nothing waits. */
struct fair_item *fair_queue_next(struct fair_queue *queue);
/* One from fair_queue_next could not be started: it is the first of its owner's again. */
void fair_queue_put_back(struct fair_queue *queue, struct fair_item *item);
/*
 * In a full queue: the newest of the owner with the longest line, which should leave for one of
 * `owner`; NULL when that owner's own line is about as long. So nobody fills the queue for others.
 */
struct fair_item *fair_queue_excess(struct fair_queue *queue, uint64_t owner);
/* One that waits leaves. */
void fair_queue_remove(struct fair_queue *queue, struct fair_item *item);
/* One that was at work is done. */
void fair_queue_done(struct fair_queue *queue, const struct fair_item *item);

#endif
