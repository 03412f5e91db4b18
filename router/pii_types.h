/* pii_types.h - the closed list of entity types, by Presidio's names where it has one. */
#ifndef PENSTOCK_ROUTER_PII_TYPES_H
#define PENSTOCK_ROUTER_PII_TYPES_H

enum pii_type {
#define PII_TYPE(name) PII_##name,
#include "router/pii_types.def"
#undef PII_TYPE
    PII_TYPE_COUNT
};

const char *pii_type_name(enum pii_type type); /* "US_SSN" */
int pii_type_find(const char *name);           /* the type, or -1 */

#endif
