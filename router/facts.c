#include "router/facts.h"

#include <string.h>

static const char *const placement_names[PLACEMENT_COUNT] = {"in_process", "on_premises", "cloud"};
static const char *const tier_names[TIER_COUNT] = {"SIMPLE", "MEDIUM", "COMPLEX", "REASONING"};
static const char *const unclassified_names[] = {"none",    "unscannable", "error",
                                                 "timeout", "overload",    "off"};
static const char *const type_names[PII_TYPE_COUNT] = {
#define PII_TYPE(name) #name,
#include "router/pii_types.def"
#undef PII_TYPE
};

static const char *const topic_names[PII_TOPIC_COUNT] = {
    "health",   "legal", "finance",  "employment", "religion",  "ethnicity",
    "politics", "union", "sex_life", "genetic",    "biometric", "private"};

const char *placement_name(enum placement placement)
{
    return placement_names[placement];
}

const char *unclassified_name(enum unclassified unclassified)
{
    return unclassified_names[unclassified];
}

const char *complexity_tier_name(enum complexity_tier tier)
{
    return tier_names[tier];
}

const char *pii_topic_name(enum pii_topic topic)
{
    return topic_names[topic];
}

const char *pii_type_name(enum pii_type type)
{
    return type_names[type];
}

int pii_type_find(const char *name)
{
    for (int i = 0; i < PII_TYPE_COUNT; i++)
        if (strcmp(type_names[i], name) == 0)
            return i;
    return -1;
}
