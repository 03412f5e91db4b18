#include "engine/team.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

enum { SPINS = 2000 };

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
    atomic_uint round; /* counts jobs; a change wakes the members */
    atomic_uint busy;  /* members still in the job */
    bool stopping;

    team_job *job;
    void *context;
    size_t items, grain;
    atomic_size_t next;
};

static void work_through(struct team *team, unsigned worker)
{
    for (;;) {
        size_t first = atomic_fetch_add_explicit(&team->next, team->grain, memory_order_relaxed);
        if (first >= team->items)
            return;
        size_t last = team->items - first > team->grain ? first + team->grain : team->items;
        team->job(team->context, first, last, worker);
    }
}

static void pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void *member_main(void *argument)
{
    struct member *self = argument;
    struct team *team = self->team;
    unsigned seen = 0;
    for (;;) {
        for (unsigned i = 0; i < SPINS && atomic_load(&team->round) == seen; i++)
            pause_briefly();
        pthread_mutex_lock(&team->lock);
        while (atomic_load(&team->round) == seen && !team->stopping)
            pthread_cond_wait(&team->work, &team->lock);
        seen = atomic_load(&team->round);
        bool stopping = team->stopping;
        pthread_mutex_unlock(&team->lock);
        if (stopping)
            return NULL;
        work_through(team, self->number);
        if (atomic_fetch_sub(&team->busy, 1) == 1) {
            pthread_mutex_lock(&team->lock);
            pthread_cond_signal(&team->done);
            pthread_mutex_unlock(&team->lock);
        }
    }
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
    team->stopping = true;
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
    atomic_store(&team->next, 0);
    atomic_store(&team->busy, team->threads - 1);
    pthread_mutex_lock(&team->lock);
    atomic_fetch_add(&team->round, 1);
    pthread_cond_broadcast(&team->work);
    pthread_mutex_unlock(&team->lock);
    work_through(team, 0);
    for (unsigned i = 0; i < SPINS && atomic_load(&team->busy) > 0; i++)
        pause_briefly();
    pthread_mutex_lock(&team->lock);
    while (atomic_load(&team->busy) > 0)
        pthread_cond_wait(&team->done, &team->lock);
    pthread_mutex_unlock(&team->lock);
}
