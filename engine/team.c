#include "engine/team.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Some ten microseconds: longer than what lies between two jobs of a pass. */
enum { SPINS = 1000 };

struct member {
    struct team *team;
    pthread_t thread;
    unsigned number;
};

struct team {
    unsigned threads;
    struct member *members; /* threads - 1 of them, without the caller */
    unsigned started;
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

/* Take a run and do it. */
static bool work_once(struct team *team, unsigned worker)
{
    uint_least64_t ticket = atomic_load_explicit(&team->ticket, memory_order_acquire);
    do {
        if ((uint32_t)ticket == 0)
            return false;
    } while (!atomic_compare_exchange_weak(&team->ticket, &ticket, ticket - 1));
    size_t runs = team->runs, first = (runs - (uint32_t)ticket) * team->grain;
    size_t last = team->items - first > team->grain ? first + team->grain : team->items;
    team->job(team->context, first, last, worker);
    if (atomic_fetch_add(&team->finished, 1) + 1 == runs && atomic_load(&team->caller_waits)) {
        pthread_mutex_lock(&team->lock);
        pthread_cond_signal(&team->done);
        pthread_mutex_unlock(&team->lock);
    }
    return true;
}

static void pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void wait_for_work(struct team *team)
{
    for (unsigned i = 0; i < SPINS && !work_left(team); i++)
        pause_briefly();
    if (work_left(team))
        return;
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add(&team->sleepers, 1);
    while (!work_left(team) && !atomic_load(&team->stopping))
        pthread_cond_wait(&team->work, &team->lock);
    atomic_fetch_sub(&team->sleepers, 1);
    pthread_mutex_unlock(&team->lock);
}

static void *member_main(void *argument)
{
    struct member *self = argument;
    while (!atomic_load(&self->team->stopping)) {
        if (!work_once(self->team, self->number))
            wait_for_work(self->team);
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
        struct member *m = &team->members[team->started];
        *m = (struct member){.team = team, .number = team->started + 1};
        fine = pthread_create(&m->thread, NULL, member_main, m) == 0;
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
    pthread_cond_init(&team->work, NULL);
    pthread_cond_init(&team->done, NULL);
    team->members = calloc(team->threads, sizeof(*team->members));
    if (team->members == NULL || !start_members(team)) {
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
        pthread_join(team->members[i].thread, NULL);
    pthread_mutex_destroy(&team->lock);
    pthread_cond_destroy(&team->work);
    pthread_cond_destroy(&team->done);
    free(team->members);
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
    while (work_once(team, 0)) {
    }
    /* Waiting asleep lets a member whose core was taken from it go on with ours. */
    for (unsigned i = 0; i < SPINS && atomic_load(&team->finished) < team->runs; i++)
        pause_briefly();
    if (atomic_load(&team->finished) == team->runs)
        return;
    pthread_mutex_lock(&team->lock);
    atomic_store(&team->caller_waits, true);
    while (atomic_load(&team->finished) < team->runs)
        pthread_cond_wait(&team->done, &team->lock);
    atomic_store(&team->caller_waits, false);
    pthread_mutex_unlock(&team->lock);
}
