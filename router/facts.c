#include "router/facts.h"

#include <math.h>
#include <string.h>

static const char *const placement_names[PLACEMENT_COUNT] = {"in_process", "on_premises", "cloud"};
static const char *const tier_names[TIER_COUNT] = {"SIMPLE", "MEDIUM", "COMPLEX", "REASONING"};
static const char *const task_names[TASK_COUNT] = {
    "chat",    "question",  "choice",    "maths",   "reasoning", "code", "writing", "roleplay",
    "rewrite", "summarise", "translate", "extract", "classify",  "plan", "other"};
static const char *const domain_names[DOMAIN_COUNT] = {
    "general", "maths",    "computing",  "science", "engineering", "health",
    "law",     "business", "humanities", "arts",    "everyday"};
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

/* Where MEDIUM, COMPLEX and REASONING begin, when a policy does not say it. */
const float complexity_usual_tiers[TIER_COUNT - 1] = {0.25f, 0.4f, 0.55f};

enum complexity_tier complexity_tier_of(const float tiers[TIER_COUNT - 1], float score)
{
    int tier = TIER_SIMPLE;
    while (tier < TIER_COUNT - 1 && score >= tiers[tier])
        tier++;
    return (enum complexity_tier)tier;
}

static void round_score(float *score)
{
    if (isfinite(*score) && *score > 0)
        *score = (float)((double)(unsigned)((double)*score * 10000 + 0.5) / 10000);
}

void facts_round(struct facts *facts)
{
    struct pii_facts *pii = &facts->pii;
    round_score(&facts->complexity.score);
    round_score(&facts->complexity.unfamiliar);
    round_score(&pii->sensitive);
    round_score(&pii->identifying);
    for (int i = 0; i < PII_TYPE_COUNT; i++)
        if (pii->count[i] != 0)
            round_score(&pii->best_score[i]);
    for (int i = 0; i < PII_TOPIC_COUNT; i++)
        round_score(&pii->topic[i]);
}

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

const char *complexity_task_name(enum complexity_task task)
{
    return task_names[task];
}

const char *complexity_domain_name(enum complexity_domain domain)
{
    return domain_names[domain];
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
