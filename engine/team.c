#include "engine/team.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/*
 * Waiting spins for longer than what lies between two passes, for a thread that sleeps beside a
 * busy process gets its core back a tick later. Whoever holds a run for longer than LATE_NS and
 * twice what one took us has lost its core.
 */
enum { SPIN_NS = 150000, LATE_NS = 100000, PAUSES = 32 };

/* Worker number 0 is the caller. Each in cache lines of its own. */
struct worker {
    _Alignas(64) atomic_uint turns; /* odd while it does a run */
    atomic_uint fetched;            /* in that turn it was fetched to another's core */
    atomic_int leaves;              /* the core that it is to go away from, and 1; 0: none */
    atomic_int id;                  /* the kernel's */
    struct team *team;
    pthread_t thread;
    int64_t run_ns; /* what a run took, lately; the worker's own */
};

struct team {
    unsigned threads;
    struct worker *workers; /* threads of them */
    unsigned started;
    pthread_mutex_t moves; /* held while a thread changes cores; nobody waits for it */
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    atomic_uint sleepers;     /* members that wait for work; changed under the lock */
    atomic_bool caller_waits; /* likewise: the caller, for done */
    atomic_bool stopping;

    /*
     * The job's number, and in the lower half how many of its runs nobody has taken yet. A member
     * that comes late finds none and is not waited for. The fields of a job stand still from when
     * a run of it is taken until that run is finished.
     */
    atomic_uint_least64_t ticket;
    atomic_size_t finished; /* runs */
    team_job *job;
    void *context;
    size_t items, grain, runs;
};

static bool work_left(struct team *team)
{
    return (uint32_t)atomic_load(&team->ticket) != 0;
}

static bool all_done(struct team *team)
{
    return atomic_load(&team->finished) == team->runs;
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Take a run and do it. */
static bool work_once(struct team *team, unsigned number)
{
    struct worker *self = &team->workers[number];
    uint_least64_t ticket = atomic_load_explicit(&team->ticket, memory_order_acquire);
    do {
        if ((uint32_t)ticket == 0)
            return false;
    } while (!atomic_compare_exchange_weak(&team->ticket, &ticket, ticket - 1));
    atomic_fetch_add_explicit(&self->turns, 1, memory_order_relaxed);
    size_t runs = team->runs, first = (runs - (uint32_t)ticket) * team->grain;
    size_t last = team->items - first > team->grain ? first + team->grain : team->items;
    team->job(team->context, first, last, number);
    atomic_fetch_add_explicit(&self->turns, 1, memory_order_relaxed);
    if (atomic_fetch_add(&team->finished, 1) + 1 == runs && atomic_load(&team->caller_waits)) {
        pthread_mutex_lock(&team->lock);
        pthread_cond_signal(&team->done);
        pthread_mutex_unlock(&team->lock);
    }
    return true;
}

/* ---- cores ---- */

/*
 * A thread that lost its core in the middle of a run holds up everybody until the kernel gives it
 * back: a tick, while the core of whoever waits stands idle. So who waits has the late one brought
 * to that core, by narrowing its affinity for a moment, and sleeps. The caller, who has the parts
 * between jobs to do, keeps the free core; the other goes to where the foreign process runs and
 * gets its share there. All of it is for speed: where it is not allowed nothing is lost.
 */

/* Has that thread run on no core but that one, or on any but that one, and then anywhere again. */
static bool narrow(pid_t id, int core, bool away)
{
    cpu_set_t all, some;
    if (sched_getaffinity(id, sizeof(all), &all) != 0)
        return false;
    some = all;
    if (!away)
        CPU_ZERO(&some);
    if (away)
        CPU_CLR((size_t)core, &some);
    else
        CPU_SET((size_t)core, &some);
    return CPU_COUNT(&some) > 0 && sched_setaffinity(id, sizeof(some), &some) == 0 &&
           sched_setaffinity(id, sizeof(all), &all) == 0;
}

static void fetch(struct team *team, struct worker *self, struct worker *late, unsigned turn)
{
    int core = sched_getcpu();
    if (core < 0 || atomic_exchange(&late->fetched, turn) == turn ||
        pthread_mutex_trylock(&team->moves) != 0)
        return;
    if (narrow(atomic_load(&late->id), core, false))
        atomic_store(self == team->workers ? &late->leaves : &self->leaves, core + 1);
    pthread_mutex_unlock(&team->moves);
}

static void leave_if_asked(struct team *team, struct worker *self)
{
    int core = atomic_load_explicit(&self->leaves, memory_order_relaxed) - 1;
    if (core < 0)
        return;
    atomic_store(&self->leaves, 0);
    if (pthread_mutex_trylock(&team->moves) != 0)
        return;
    (void)narrow(0, core, true);
    pthread_mutex_unlock(&team->moves);
}

/* ---- waiting ---- */

static void pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* Another worker that is at a run, and since when we have seen it there. */
struct watch {
    struct worker *who;
    unsigned turn;
    int64_t since;
};

static void watch_next(struct team *team, const struct worker *self, struct watch *w, int64_t now)
{
    *w = (struct watch){.since = now};
    for (unsigned i = 0; i < team->threads && w->who == NULL; i++) {
        struct worker *other = &team->workers[i];
        w->turn = atomic_load_explicit(&other->turns, memory_order_relaxed);
        if (other != self && w->turn % 2 == 1)
            w->who = other;
    }
}

/* Spins until that is so, or it is time to sleep. */
static void spin(struct team *team, struct worker *self, bool (*is_so)(struct team *))
{
    int64_t began = now_ns(), now = began;
    struct watch w = {0};
    for (;;) {
        for (unsigned i = 0; i < PAUSES; i++) {
            if (is_so(team))
                return;
            pause_briefly();
        }
        now = now_ns();
        if (w.who == NULL || atomic_load_explicit(&w.who->turns, memory_order_relaxed) != w.turn)
            watch_next(team, self, &w, now);
        if (w.who == NULL && now - began > SPIN_NS)
            return;
        if (w.who != NULL && now - w.since > LATE_NS + 2 * self->run_ns) {
            fetch(team, self, w.who, w.turn);
            return;
        }
    }
}

static void wait_for_work(struct team *team, struct worker *self)
{
    spin(team, self, work_left);
    if (work_left(team))
        return;
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add(&team->sleepers, 1);
    while (!work_left(team) && !atomic_load(&team->stopping))
        pthread_cond_wait(&team->work, &team->lock);
    atomic_fetch_sub(&team->sleepers, 1);
    pthread_mutex_unlock(&team->lock);
    leave_if_asked(team, self);
}

static void wait_for_members(struct team *team)
{
    spin(team, team->workers, all_done);
    if (all_done(team))
        return;
    pthread_mutex_lock(&team->lock);
    atomic_store(&team->caller_waits, true);
    while (!all_done(team))
        pthread_cond_wait(&team->done, &team->lock);
    atomic_store(&team->caller_waits, false);
    pthread_mutex_unlock(&team->lock);
}

/* Runs as long as there are any. */
static void work(struct team *team, struct worker *self)
{
    unsigned number = (unsigned)(self - team->workers), runs = 0;
    int64_t began = now_ns();
    for (; work_once(team, number); runs++)
        leave_if_asked(team, self);
    if (runs > 0)
        self->run_ns = (now_ns() - began) / runs;
}

static void *member_main(void *argument)
{
    struct worker *self = argument;
    atomic_store(&self->id, gettid());
    while (!atomic_load(&self->team->stopping)) {
        work(self->team, self);
        wait_for_work(self->team, self);
    }
    return NULL;
}

static bool start_members(struct team *team)
{
    /* The host's signals are the host's: block them all in our threads but fault.h's. */
    sigset_t all, before;
    sigfillset(&all);
    sigdelset(&all, SIGBUS);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    bool fine = true;
    while (fine && team->started < team->threads - 1) {
        struct worker *w = &team->workers[team->started + 1];
        fine = pthread_create(&w->thread, NULL, member_main, w) == 0;
        team->started += fine;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return fine;
}

struct team *team_new(unsigned threads)
{
    struct team *team = calloc(1, sizeof(*team));
    if (team == NULL)
        return NULL;
    team->threads = threads > 0 ? threads : 1;
    pthread_mutex_init(&team->lock, NULL);
    pthread_mutex_init(&team->moves, NULL);
    pthread_cond_init(&team->work, NULL);
    pthread_cond_init(&team->done, NULL);
    team->workers = aligned_alloc(_Alignof(struct worker), team->threads * sizeof(*team->workers));
    for (unsigned i = 0; team->workers != NULL && i < team->threads; i++)
        team->workers[i] = (struct worker){.team = team};
    if (team->workers == NULL || !start_members(team)) {
        team_free(team);
        return NULL;
    }
    return team;
}

void team_free(struct team *team)
{
    if (team == NULL)
        return;
    pthread_mutex_lock(&team->lock);
    atomic_store(&team->stopping, true);
    pthread_cond_broadcast(&team->work);
    pthread_mutex_unlock(&team->lock);
    for (unsigned i = 0; i < team->started; i++)
        pthread_join(team->workers[i + 1].thread, NULL);
    pthread_mutex_destroy(&team->lock);
    pthread_mutex_destroy(&team->moves);
    pthread_cond_destroy(&team->work);
    pthread_cond_destroy(&team->done);
    free(team->workers);
    free(team);
}

unsigned team_size(const struct team *team)
{
    return team->threads;
}

void team_run(struct team *team, team_job *job, void *context, size_t items, size_t grain)
{
    if (team->threads == 1 || items <= grain) {
        if (items > 0)
            job(context, 0, items, 0);
        return;
    }
    if (!pthread_equal(team->workers[0].thread, pthread_self())) {
        team->workers[0].thread = pthread_self();
        atomic_store(&team->workers[0].id, gettid());
    }
    team->job = job;
    team->context = context;
    team->items = items;
    team->grain = grain;
    team->runs = (items + grain - 1) / grain;
    atomic_store(&team->finished, 0);
    uint_least64_t number = (atomic_load(&team->ticket) >> 32) + 1;
    atomic_store(&team->ticket, number << 32 | team->runs);
    if (atomic_load(&team->sleepers) > 0) {
        pthread_mutex_lock(&team->lock);
        pthread_cond_broadcast(&team->work);
        pthread_mutex_unlock(&team->lock);
    }
    work(team, team->workers);
    wait_for_members(team);
}
