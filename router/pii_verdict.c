#include <math.h>

#include "router/pii_internal.h"

/*
 * The verdict: does the text hold somebody's private information? Two ways lead there. Identifiers
 * reach a real person by themselves; names do only together with what the text is about. The second
 * is a logistic regression over what pii_evidence.c has summed; its weights are fitted by
 * router/train/fit_verdict.py, which gets the features from here.
 */

/* The chance that a span of the type, at full score, identifies somebody. */
float pii_verdict_identifies(const struct pii_span *span)
{
    if (span->placeholder)
        return 0.03F;
    switch (span->type) {
    case PII_PERSON:
    case PII_LOCATION:
    case PII_ORGANIZATION:
    case PII_DATE_TIME:
    case PII_URL:
    case PII_AGE:
    case PII_UK_POSTCODE:
    case PII_POSTAL_CODE:
    case PII_NRP:
    case PII_TITLE:
        return 0; /* only in company; see below */
    case PII_IP_ADDRESS:
        return 0.25F;
    case PII_MAC_ADDRESS:
    case PII_USERNAME:
    case PII_DEVICE_IDENTIFIER:
    case PII_CASE_NUMBER:
        return 0.4F;
    case PII_CRYPTO:
        return 0.5F;
    case PII_STREET_ADDRESS:
        return 0.75F;
    case PII_ACCOUNT_NUMBER:
    case PII_HEALTH_PLAN_NUMBER:
        return 0.9F;
    case PII_DATE_OF_BIRTH:
        return span->validated ? 0.75F : 0.15F;
    case PII_SECRET:
        return span->validated ? 0.97F : 0.8F;
    default:
        return span->validated ? 0.97F : 0.5F;
    }
}

/* ---- features ---- */

enum {
#define CUE(name, phrases) PII_CUE_##name,
#include "router/pii_cues.def"
#undef CUE
    PII_CUE_COUNT
};
_Static_assert((int)PII_CUE_COUNT == (int)PII_CUE_KINDS, "facts.h has room for each kind of cue");

/* How much there is: one says most, more of it little more. */
static float some(float amount)
{
    return 1 - expf(-amount / 2);
}

struct signals {
    float topic[PII_TOPIC_COUNT], cue[PII_CUE_COUNT]; /* some() of them */
    float person, people, known, dates, age, places, organizations, addresses, handles, initials;
};

/* clang-format off */
#define TOPICS(X)                                                                                  \
    X(HEALTH)                                                                                      \
    X(LEGAL) X(FINANCE) X(EMPLOYMENT) X(RELIGION) X(ETHNICITY) X(POLITICS) X(UNION) X(SEX_LIFE)    \
        X(GENETIC) X(BIOMETRIC) X(PRIVATE)

/* Products of two signals: a name means one thing in a letter and another in an exercise. */
#define PAIRS(X)                                                                                   \
    X(person, cue[PII_CUE_FIRST_PERSON]) X(person, cue[PII_CUE_RELATION])                          \
    X(person, cue[PII_CUE_LETTER]) X(person, cue[PII_CUE_WRITE]) X(person, cue[PII_CUE_WORK])      \
    X(person, cue[PII_CUE_PARTY]) X(person, cue[PII_CUE_CASE_EVENT])                               \
    X(person, cue[PII_CUE_KNOWLEDGE]) X(person, cue[PII_CUE_MATH]) X(person, cue[PII_CUE_CODE])    \
    X(person, cue[PII_CUE_FICTION]) X(person, cue[PII_CUE_PUBLIC_LIFE])                            \
    X(person, cue[PII_CUE_LAW_TEXT]) X(person, cue[PII_CUE_HARDSHIP])                              \
    X(person, cue[PII_CUE_INTIMATE]) X(person, cue[PII_CUE_CLINICAL])                              \
    X(person, cue[PII_CUE_THIRD_PERSON]) X(person, topic[PII_TOPIC_HEALTH])                        \
    X(person, known) X(person, dates) X(person, addresses) X(person, age) X(person, places)        \
    X(person, organizations) X(person, handles) X(person, cue[PII_CUE_STAND_IN])                   \
    X(dates, cue[PII_CUE_PARTY]) X(dates, cue[PII_CUE_CASE_EVENT]) X(dates, cue[PII_CUE_CLINICAL]) \
    X(dates, topic[PII_TOPIC_HEALTH]) X(dates, cue[PII_CUE_THIRD_PERSON])                          \
    X(age, cue[PII_CUE_CLINICAL]) X(age, topic[PII_TOPIC_HEALTH]) X(age, cue[PII_CUE_THIRD_PERSON])\
    X(age, cue[PII_CUE_EXAM]) X(cue[PII_CUE_CLINICAL], cue[PII_CUE_EXAM])                          \
    X(cue[PII_CUE_CLINICAL], cue[PII_CUE_KNOWLEDGE]) X(cue[PII_CUE_CLINICAL], cue[PII_CUE_MATH])   \
    X(cue[PII_CUE_CLINICAL], cue[PII_CUE_THIRD_PERSON]) X(initials, cue[PII_CUE_CLINICAL])         \
    X(cue[PII_CUE_FIRST_PERSON], cue[PII_CUE_RELATION])                                            \
    X(cue[PII_CUE_FIRST_PERSON], cue[PII_CUE_INTIMATE])                                            \
    X(cue[PII_CUE_FIRST_PERSON], cue[PII_CUE_HARDSHIP])                                            \
    X(cue[PII_CUE_FIRST_PERSON], cue[PII_CUE_WORK])                                                \
    X(cue[PII_CUE_FIRST_PERSON], topic[PII_TOPIC_HEALTH])                                          \
    X(cue[PII_CUE_FIRST_PERSON], cue[PII_CUE_CODE]) X(cue[PII_CUE_FIRST_PERSON], cue[PII_CUE_MATH])\
    X(cue[PII_CUE_FIRST_PERSON], cue[PII_CUE_HOWTO])                                               \
    X(cue[PII_CUE_THIRD_PERSON], cue[PII_CUE_PARTY])                                               \
    X(cue[PII_CUE_THIRD_PERSON], cue[PII_CUE_CASE_EVENT])                                          \
    X(cue[PII_CUE_PARTY], cue[PII_CUE_CASE_EVENT]) X(cue[PII_CUE_PARTY], cue[PII_CUE_LAW_TEXT])    \
    X(cue[PII_CUE_RELATION], cue[PII_CUE_MATH]) X(cue[PII_CUE_RELATION], cue[PII_CUE_FICTION])     \
    X(cue[PII_CUE_RELATION], cue[PII_CUE_CASE_EVENT]) X(cue[PII_CUE_WE], cue[PII_CUE_PARTY])       \
    X(cue[PII_CUE_CLINICAL], cue[PII_CUE_CODE]) X(topic[PII_TOPIC_HEALTH], cue[PII_CUE_CODE])      \
    X(topic[PII_TOPIC_HEALTH], cue[PII_CUE_MATH]) X(topic[PII_TOPIC_HEALTH], cue[PII_CUE_EXAM])    \
    X(topic[PII_TOPIC_HEALTH], cue[PII_CUE_KNOWLEDGE]) X(dates, topic[PII_TOPIC_LEGAL])            \
    X(cue[PII_CUE_PARTY], topic[PII_TOPIC_LEGAL]) X(person, topic[PII_TOPIC_LEGAL])                \
    X(person, topic[PII_TOPIC_EMPLOYMENT]) X(age, cue[PII_CUE_PARTY])                              \
    X(person, topic[PII_TOPIC_PRIVATE]) X(cue[PII_CUE_THIRD_PERSON], cue[PII_CUE_MATH])
/* clang-format on */

/* clang-format off */
static const char *const names[] = {
    "constant", "length",
#define X(name) "topic " #name, "topic " #name " per KB",
    TOPICS(X)
#undef X
#define CUE(name, phrases) "cue " #name, "cue " #name " per KB",
#include "router/pii_cues.def"
#undef CUE
    "person", "people", "people per KB", "dates", "dates per KB", "age", "places", "organizations",
    "addresses", "handles", "initials",
#define X(a, b) #a " and " #b,
    PAIRS(X)
#undef X
};
/* clang-format on */

enum { FEATURES = sizeof(names) / sizeof(names[0]) };

static void features_of(const struct pii_evidence *evidence, float out[FEATURES])
{
    struct signals s = {0};
    float per_kb = 1000 / (evidence->bytes + 250);
    size_t n = 0;
    out[n++] = 1;
    out[n++] = logf(1 + evidence->bytes / 100) / 4;
    for (int i = 0; i < PII_TOPIC_COUNT; i++) {
        out[n++] = s.topic[i] = some(evidence->topic[i]);
        out[n++] = some(evidence->topic[i] * per_kb / 4);
    }
    for (int i = 0; i < PII_CUE_COUNT; i++) {
        out[n++] = s.cue[i] = some(evidence->cue[i]);
        out[n++] = some(evidence->cue[i] * per_kb / 8);
    }
    s.person = evidence->person;
    s.people = some(evidence->people);
    s.known = s.cue[PII_CUE_KNOWN_FIGURE];
    s.dates = some(evidence->dates);
    s.age = evidence->age;
    s.places = some(evidence->places);
    s.organizations = some(evidence->organizations);
    s.addresses = some(evidence->addresses * 2);
    s.handles = some(evidence->handles);
    s.initials = some(evidence->initials * 2);
    out[n++] = s.person;
    out[n++] = s.people;
    out[n++] = some(evidence->people * per_kb / 4);
    out[n++] = s.dates;
    out[n++] = some(evidence->dates * per_kb / 4);
    out[n++] = s.age;
    out[n++] = s.places;
    out[n++] = s.organizations;
    out[n++] = s.addresses;
    out[n++] = s.handles;
    out[n++] = s.initials;
#define X(a, b) out[n++] = s.a * s.b;
    PAIRS(X)
#undef X
}

/* ---- weights ---- */

static const float weights[] = {
#define WEIGHT(value) value,
#include "router/pii_verdict.def"
#undef WEIGHT
};
_Static_assert(sizeof(weights) / sizeof(weights[0]) == FEATURES, "run router/train/fit_verdict.py");

float pii_verdict_private(const struct pii_evidence *evidence)
{
    float features[FEATURES];
    float z = 0;
    features_of(evidence, features);
    for (size_t i = 0; i < FEATURES; i++)
        z += weights[i] * features[i];
    return 1 / (1 + expf(-z));
}

void pii_verdict_settle(struct pii_facts *facts)
{
    /* Texts may be telling only together: the question in one turn, the name in the next. */
    float together = pii_verdict_private(&facts->evidence);
    float private = together > facts->alone ? together : facts->alone;
    facts->sensitive = 1 - (1 - facts->identifying) * (1 - private);
}

size_t pii_verdict_features(const struct pii_evidence *evidence, float *out, size_t cap)
{
    if (cap >= FEATURES)
        features_of(evidence, out);
    return FEATURES;
}

const char *pii_verdict_feature_name(size_t feature)
{
    return feature < FEATURES ? names[feature] : NULL;
}
