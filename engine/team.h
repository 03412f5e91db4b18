/*
 * team.h - a few threads that share one piece of work at a time.
 *
 * The caller works too; the others sleep between jobs after a short spin. Work is handed out in
 * small runs, so a thread that loses its core to another process holds up one run and no more, and
 * one that is not there yet is not waited for. One that lost its core in the middle of a run is
 * brought to the core of whoever waits for it: its affinity, also the caller's, may be narrowed for
 * some microseconds.
 */
#ifndef PENSTOCK_ENGINE_TEAM_H
#define PENSTOCK_ENGINE_TEAM_H

#include <stddef.h>

struct team;

/* Do items first .. last - 1 as worker number `worker` (0 is the caller). */
typedef void team_job(void *context, size_t first, size_t last, unsigned worker);

/* NULL when threads cannot be had. threads counts the caller: 1 starts none. */
struct team *team_new(unsigned threads);
void team_free(struct team *team);
unsigned team_size(const struct team *team);

/* Returns when all items are done. grain: items handed out at a time. Not reentrant. */
void team_run(struct team *team, team_job *job, void *context, size_t items, size_t grain);

#endif
