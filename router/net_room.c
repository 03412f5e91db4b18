#include "router/net_room.h"

#include <stdlib.h>
#include <string.h>

int net_room_reserve(struct net_room *room, size_t size, const char *what, struct err *err)
{
    if (room->size >= size)
        return 0;
    void *bigger = malloc(size);
    if (bigger == NULL)
        return err_set(err, ERR_MEMORY, "out of memory for the %s", what);
    net_room_release(room);
    *room = (struct net_room){.bytes = bigger, .size = size};
    return 0;
}

void net_room_release(struct net_room *room)
{
    if (room->bytes != NULL)
        explicit_bzero(room->bytes, room->size);
    free(room->bytes);
    *room = (struct net_room){.bytes = NULL};
}
