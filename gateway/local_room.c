#include "gateway/local_room.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "gateway/local_job.h"

enum { LOOK_AGAIN_MS = 20 };

struct local_room {
    size_t limit;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t taken;
    struct local_guest *guests; /* that hold room */
    struct local_engine *retired;
    /* Turns, in the order of asking. */
    pthread_mutex_t turn_lock;
    pthread_cond_t next_turn;
    uint64_t asked, served;
};

int local_room_new(struct local_room **out)
{
    struct local_room *room = calloc(1, sizeof(*room));
    *out = room;
    if (room == NULL)
        return ERR_MEMORY;
    pthread_mutex_init(&room->lock, NULL);
    pthread_cond_init(&room->changed, NULL);
    pthread_mutex_init(&room->turn_lock, NULL);
    pthread_cond_init(&room->next_turn, NULL);
    return 0;
}

void local_room_free(struct local_room *room)
{
    if (room == NULL)
        return;
    pthread_mutex_destroy(&room->lock);
    pthread_cond_destroy(&room->changed);
    pthread_mutex_destroy(&room->turn_lock);
    pthread_cond_destroy(&room->next_turn);
    free(room);
}

void local_room_set_limit(struct local_room *room, size_t bytes)
{
    room->limit = bytes;
}

size_t local_room_limit(const struct local_room *room)
{
    return room->limit;
}

/* ---- memory ---- */

/* Whom to ask: the idle one, or else the busy one where that may be asked, used longest ago. */
static struct local_guest *oldest(const struct local_room *room, bool busy_too)
{
    struct local_guest *best = NULL;
    for (struct local_guest *guest = room->guests; guest != NULL; guest = guest->next) {
        if (guest->busy && !busy_too)
            continue;
        if (best == NULL ||
            (guest->busy == best->busy ? guest->used_us < best->used_us : !guest->busy))
            best = guest;
    }
    return best;
}

/* One is on its way out already. */
static bool is_leaving(const struct local_room *room)
{
    for (const struct local_guest *guest = room->guests; guest != NULL; guest = guest->next)
        if (atomic_load(&guest->leave))
            return true;
    return false;
}

static void wait_for_change(struct local_room *room)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOOK_AGAIN_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    pthread_cond_timedwait(&room->changed, &room->lock, &until);
}

bool local_room_take(struct local_room *room, struct local_guest *guest, size_t bytes,
                     uint32_t patience_ms)
{
    int64_t began = worker_clock_us();
    bool wanted = true;
    pthread_mutex_lock(&room->lock);
    while (room->limit - room->taken < bytes) {
        bool busy_too = worker_clock_us() - began >= (int64_t)patience_ms * 1000;
        struct local_guest *other = is_leaving(room) ? NULL : oldest(room, busy_too);
        if (other != NULL) {
            atomic_store(&other->leave, true);
            other->ask(other->owner);
        }
        wait_for_change(room);
        wanted = guest->wants(guest->owner);
        if (!wanted)
            break;
    }
    if (wanted) {
        room->taken += bytes;
        guest->bytes = bytes;
        guest->busy = true;
        guest->used_us = worker_clock_us();
        guest->next = room->guests;
        room->guests = guest;
    }
    pthread_mutex_unlock(&room->lock);
    return wanted;
}

void local_room_give(struct local_room *room, struct local_guest *guest, size_t still)
{
    pthread_mutex_lock(&room->lock);
    struct local_guest **at = &room->guests;
    while (*at != guest)
        at = &(*at)->next;
    *at = guest->next;
    room->taken -= guest->bytes - still;
    guest->bytes = 0;
    atomic_store(&guest->leave, false);
    pthread_cond_broadcast(&room->changed);
    pthread_mutex_unlock(&room->lock);
}

void local_room_return(struct local_room *room, size_t bytes)
{
    pthread_mutex_lock(&room->lock);
    room->taken -= bytes;
    pthread_cond_broadcast(&room->changed);
    pthread_mutex_unlock(&room->lock);
}

void local_room_note(struct local_room *room, struct local_guest *guest, bool busy)
{
    pthread_mutex_lock(&room->lock);
    guest->busy = busy;
    guest->used_us = worker_clock_us();
    if (!busy)
        pthread_cond_broadcast(&room->changed);
    pthread_mutex_unlock(&room->lock);
}

/* ---- engines that end ---- */

void local_room_retire(struct local_room *room, struct local_engine *engine)
{
    local_engine_stop(engine);
    pthread_mutex_lock(&room->lock);
    engine->next_retired = room->retired;
    room->retired = engine;
    pthread_mutex_unlock(&room->lock);
}

void local_room_reap(struct local_room *room, bool all)
{
    struct local_engine *ended = NULL;
    pthread_mutex_lock(&room->lock);
    for (struct local_engine **at = &room->retired; *at != NULL;) {
        struct local_engine *engine = *at;
        if (!all && !local_engine_stopped(engine)) {
            at = &engine->next_retired;
            continue;
        }
        *at = engine->next_retired;
        engine->next_retired = ended;
        ended = engine;
    }
    pthread_mutex_unlock(&room->lock);
    while (ended != NULL) {
        struct local_engine *engine = ended;
        ended = engine->next_retired;
        local_engine_free(engine);
    }
}

/* ---- turns ---- */

void local_room_begin_turn(struct local_room *room)
{
    pthread_mutex_lock(&room->turn_lock);
    uint64_t turn = room->asked++;
    while (room->served != turn)
        pthread_cond_wait(&room->next_turn, &room->turn_lock);
    pthread_mutex_unlock(&room->turn_lock);
}

void local_room_end_turn(struct local_room *room)
{
    pthread_mutex_lock(&room->turn_lock);
    room->served++;
    pthread_cond_broadcast(&room->next_turn);
    pthread_mutex_unlock(&room->turn_lock);
}
