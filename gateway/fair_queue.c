#include "gateway/fair_queue.h"

#include <stdlib.h>

int fair_queue_init(struct fair_queue *queue, size_t capacity, size_t places)
{
    /* Everything that waits or works may be of another owner. */
    *queue = (struct fair_queue){.capacity = capacity, .owner_cap = capacity + places, .turn = 2};
    queue->owners = calloc(queue->owner_cap, sizeof(*queue->owners));
    return queue->owners != NULL ? 0 : ERR_MEMORY;
}

void fair_queue_release(struct fair_queue *queue)
{
    free(queue->owners);
    *queue = (struct fair_queue){0};
}

static struct fair_owner *find(struct fair_queue *queue, uint64_t id)
{
    for (size_t i = 0; i < queue->owner_count; i++) {
        if (queue->owners[i].id == id)
            return &queue->owners[i];
    }
    return NULL;
}

static void forget_if_gone(struct fair_queue *queue, struct fair_owner *owner)
{
    if (owner->first == NULL && owner->working == 0)
        *owner = queue->owners[--queue->owner_count];
}

bool fair_queue_push(struct fair_queue *queue, struct fair_item *item, uint64_t owner,
                     uint32_t places)
{
    if (queue->waiting >= queue->capacity)
        return false;
    struct fair_owner *o = find(queue, owner);
    if (o == NULL) {
        o = &queue->owners[queue->owner_count++];
        /* After those who wait since before the last turn, before the one that had it. */
        *o = (struct fair_owner){.id = owner, .served = queue->turn - 1};
    }
    *item = (struct fair_item){.owner = owner, .places = places};
    *(o->first != NULL ? &o->last->next : &o->first) = item;
    o->last = item;
    o->waiting++;
    queue->waiting++;
    return true;
}

static bool goes_before(const struct fair_owner *a, const struct fair_owner *b)
{
    return a->working != b->working ? a->working < b->working : a->served < b->served;
}

struct fair_item *fair_queue_next(struct fair_queue *queue)
{
    struct fair_owner *best = NULL;
    for (size_t i = 0; i < queue->owner_count; i++) {
        struct fair_owner *o = &queue->owners[i];
        if (o->first != NULL && (best == NULL || goes_before(o, best)))
            best = o;
    }
    if (best == NULL)
        return NULL;
    struct fair_item *item = best->first;
    best->first = item->next;
    item->next = NULL;
    best->waiting--;
    best->working += item->places;
    queue->turn += 2;
    best->served = queue->turn;
    queue->waiting--;
    return item;
}

void fair_queue_put_back(struct fair_queue *queue, struct fair_item *item)
{
    struct fair_owner *o = find(queue, item->owner);
    item->next = o->first;
    if (o->first == NULL)
        o->last = item;
    o->first = item;
    o->waiting++;
    o->working -= item->places;
    o->served = 0; /* it has not had its turn */
    queue->waiting++;
}

struct fair_item *fair_queue_excess(struct fair_queue *queue, uint64_t owner)
{
    const struct fair_owner *longest = NULL, *own = find(queue, owner);
    for (size_t i = 0; i < queue->owner_count; i++) {
        if (longest == NULL || queue->owners[i].waiting > longest->waiting)
            longest = &queue->owners[i];
    }
    uint32_t enough = own != NULL ? own->waiting + 1 : 1;
    return longest != NULL && longest->waiting > enough ? longest->last : NULL;
}

void fair_queue_remove(struct fair_queue *queue, struct fair_item *item)
{
    struct fair_owner *o = find(queue, item->owner);
    struct fair_item **at = &o->first, *before = NULL;
    while (*at != item) {
        before = *at;
        at = &before->next;
    }
    *at = item->next;
    if (o->last == item)
        o->last = before;
    o->waiting--;
    queue->waiting--;
    forget_if_gone(queue, o);
}

void fair_queue_done(struct fair_queue *queue, const struct fair_item *item)
{
    struct fair_owner *o = find(queue, item->owner);
    o->working -= item->places;
    forget_if_gone(queue, o);
}
