/*
 * net_room.h - the memory that a net runs in, which grows once to what the largest net needs.
 *
 * One thread. Zero-initialised it is empty. It holds what was computed of a text: it is wiped when
 * it is freed.
 */
#ifndef PENSTOCK_ROUTER_NET_ROOM_H
#define PENSTOCK_ROUTER_NET_ROOM_H

#include <stddef.h>

#include "gateway/base/err.h"

struct net_room {
    void *bytes;
    size_t size;
};

/* Afterwards there are at least `size` bytes; what they held before is lost. ERR_MEMORY, with the
 * room as it was. `what` names the user in the message. */
MUST_CHECK int net_room_reserve(struct net_room *room, size_t size, const char *what,
                                struct err *err);

void net_room_release(struct net_room *room);

#endif
