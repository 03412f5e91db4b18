#include "gateway/upstream_lookups.h"

#include "gateway/upstream_target.h"

enum {
    MOST_PER_TARGET = 32,
    LIFETIME_S = 30, /* glibc gives up before that */
};

void upstream_lookups_abandon(struct upstream_lookups *lookups,
                              const struct upstream_target *target, int64_t now_us)
{
    if (target->numeric)
        return;
    size_t oldest = 0;
    for (size_t i = 1; i < UPSTREAM_LOOKUP_SLOTS; i++)
        if (lookups->slots[i].until_us < lookups->slots[oldest].until_us)
            oldest = i;
    lookups->slots[oldest].target_id = target->id;
    lookups->slots[oldest].until_us = now_us + (int64_t)LIFETIME_S * 1000000;
}

bool upstream_lookups_full(const struct upstream_lookups *lookups,
                           const struct upstream_target *target, int64_t now_us)
{
    int count = 0;
    for (size_t i = 0; i < UPSTREAM_LOOKUP_SLOTS; i++)
        count += lookups->slots[i].target_id == target->id && lookups->slots[i].until_us > now_us;
    return count >= MOST_PER_TARGET;
}
