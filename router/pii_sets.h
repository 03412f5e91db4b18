/*
 * pii_sets.h - named sets of entity types, for policies.
 */
#ifndef PENSTOCK_ROUTER_PII_SETS_H
#define PENSTOCK_ROUTER_PII_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/pii_types.h"

enum { PII_SET_WORDS = (PII_TYPE_COUNT + 63) / 64 };

struct pii_set {
    uint64_t bits[PII_SET_WORDS];
};

static inline void pii_set_add(struct pii_set *set, enum pii_type type)
{
    set->bits[type / 64] |= (uint64_t)1 << (type % 64);
}

static inline bool pii_set_has(const struct pii_set *set, enum pii_type type)
{
    return (set->bits[type / 64] >> (type % 64) & 1) != 0;
}

void pii_set_merge(struct pii_set *set, const struct pii_set *more);
struct pii_set pii_set_all(void);

/* A built-in set by name; false when there is none of that name. */
bool pii_set_find(const char *name, struct pii_set *out);
/* Names of the built-in sets, for messages. */
const char *const *pii_set_names(size_t *count);

#endif
