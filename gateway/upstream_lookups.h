/*
 * upstream_lookups.h - name lookups that nobody waits for any more; for upstream.c, not for others.
 *
 * libcurl looks names up on a thread per lookup. One that is given up runs on until the resolver's
 * own time-out, so a name server that says nothing would gather threads as fast as requests come.
 * Here is a bound on them, per target. One thread.
 */
#ifndef PENSTOCK_UPSTREAM_LOOKUPS_H
#define PENSTOCK_UPSTREAM_LOOKUPS_H

#include <stdbool.h>
#include <stdint.h>

struct upstream_target;

enum { UPSTREAM_LOOKUP_SLOTS = 64 };

struct upstream_lookups {
    struct {
        uint64_t target_id;
        int64_t until_us; /* by then the thread has ended */
    } slots[UPSTREAM_LOOKUP_SLOTS];
};

/* A lookup for the target was given up before it ended. */
void upstream_lookups_abandon(struct upstream_lookups *lookups,
                              const struct upstream_target *target, int64_t now_us);
/* So many run on that no further one should be begun. */
bool upstream_lookups_full(const struct upstream_lookups *lookups,
                           const struct upstream_target *target, int64_t now_us);

#endif
