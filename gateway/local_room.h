/*
 * local_room.h - what the models in process share: memory, and turns at the cores.
 *
 * Models that open on demand take their bytes here (weights, and keys and values at their limit)
 * before they open and give them back when they have closed, but the weights' only when the last
 * client has read what needs them. Where there is no room the one that
 * was used longest ago is asked to leave: at once when it is idle, after a while also when it is
 * busy; then it starts nothing new and closes when its answers have ended. All threads.
 *
 * Steps take turns, so that two models at work use the cores that one would.
 */
#ifndef PENSTOCK_LOCAL_ROOM_H
#define PENSTOCK_LOCAL_ROOM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"

struct local_room;
struct local_engine;

/* Stands inside whoever takes room. */
struct local_guest {
    void (*ask)(void *owner);   /* look at `leave`; not called from the owner's own calls */
    bool (*wants)(void *owner); /* does anybody still wait for it to open? */
    void *owner;
    atomic_bool leave; /* it is to close as soon as it can */
    /* Under the room's lock. */
    struct local_guest *next;
    size_t bytes; /* 0: it holds none */
    bool busy;
    int64_t used_us;
};

MUST_CHECK int local_room_new(struct local_room **out);
/* Before the first engine. */
void local_room_set_limit(struct local_room *room, size_t bytes);
void local_room_free(struct local_room *room); /* everybody has left; NULL is fine */
size_t local_room_limit(const struct local_room *room);

/*
 * Waits for that much room; a busy guest is asked to leave after patience_ms. False: the guest's
 * owner no longer wants it. More bytes than the limit are never to be had: do not ask.
 */
MUST_CHECK bool local_room_take(struct local_room *room, struct local_guest *guest, size_t bytes,
                                uint32_t patience_ms);
/* It leaves; what is `still` taken of its bytes comes back later, by local_room_return. */
void local_room_give(struct local_room *room, struct local_guest *guest, size_t still);
void local_room_return(struct local_room *room, size_t bytes);
/* Whether it is at work, and that it was just now. */
void local_room_note(struct local_room *room, struct local_guest *guest, bool busy);

/* An engine that nobody uses any more: it ends in its own time. Any thread. */
void local_room_retire(struct local_room *room, struct local_engine *engine);
/* Free those that have ended, or wait for all of them. */
void local_room_reap(struct local_room *room, bool all);

void local_room_begin_turn(struct local_room *room);
void local_room_end_turn(struct local_room *room);

#endif
