#include <math.h>
#include <stdio.h>

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
        return 0.4F;
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
    return amount / (amount + 1.5F);
}

#define CUE_OF(name) some(e->cue[PII_CUE_##name])
#define TOPIC_OF(name) some(e->topic[PII_TOPIC_##name])
#define FORM_OF(name, usual) some(e->form[PII_FORM_##name] * (usual))

/* clang-format off */

/* Everything that is weighed by itself, as it is and by how dense it is. */
#define TOPICS(X)                                                                                  \
    X(HEALTH) X(LEGAL) X(FINANCE) X(EMPLOYMENT) X(RELIGION) X(ETHNICITY) X(POLITICS) X(UNION)      \
    X(SEX_LIFE) X(GENETIC) X(BIOMETRIC) X(PRIVATE)

/* What a text may say of somebody: name, value. */
#define SAID(X)                                                                                    \
    X(person, e->person) X(people, some(e->people)) X(age, e->age) X(dates, some(e->dates))        \
    X(places, some(e->places)) X(organizations, some(e->organizations))                            \
    X(addresses, some(e->addresses * 2)) X(handles, some(e->handles))                              \
    X(initials, some(e->initials * 2)) X(first person, CUE_OF(FIRST_PERSON)) X(my, CUE_OF(MY))     \
    X(we, CUE_OF(WE)) X(third person, CUE_OF(THIRD_PERSON)) X(relation, CUE_OF(RELATION))          \
    X(own body, CUE_OF(OWN_BODY)) X(own trouble, CUE_OF(OWN_TROUBLE)) X(party, CUE_OF(PARTY))      \
    X(case event, CUE_OF(CASE_EVENT)) X(reported, CUE_OF(REPORTED)) X(letter, CUE_OF(LETTER))      \
    X(letter line, CUE_OF(LETTER_LINE)) X(write, CUE_OF(WRITE)) X(work, CUE_OF(WORK))              \
    X(hardship, CUE_OF(HARDSHIP)) X(intimate, CUE_OF(INTIMATE)) X(clinical, CUE_OF(CLINICAL))      \
    X(health, TOPIC_OF(HEALTH)) X(symptom, CUE_OF(SYMPTOM)) X(legal, TOPIC_OF(LEGAL))          \
    X(labels, FORM_OF(LABELS, 0.5F))

/* What it may be said in: a name means one thing in a letter and another in an exercise. */
#define SETTING(X)                                                                                 \
    X(person, e->person) X(dates, some(e->dates)) X(first person, CUE_OF(FIRST_PERSON))            \
    X(third person, CUE_OF(THIRD_PERSON)) X(health, TOPIC_OF(HEALTH))                              \
    X(clinical, CUE_OF(CLINICAL)) X(letter line, CUE_OF(LETTER_LINE)) X(request, CUE_OF(REQUEST))  \
    X(task mail, CUE_OF(TASK_MAIL)) X(persona, CUE_OF(PERSONA)) X(knowledge, CUE_OF(KNOWLEDGE))    \
    X(trivia, CUE_OF(TRIVIA)) X(exam, CUE_OF(EXAM)) X(vignette, CUE_OF(VIGNETTE))                  \
    X(math, CUE_OF(MATH)) X(puzzle, CUE_OF(PUZZLE)) X(age puzzle, CUE_OF(AGE_PUZZLE))              \
    X(code, CUE_OF(CODE)) X(fiction, CUE_OF(FICTION)) X(stand-in, CUE_OF(STAND_IN))                \
    X(how to, CUE_OF(HOWTO)) X(public life, CUE_OF(PUBLIC_LIFE)) X(known, CUE_OF(KNOWN_FIGURE))    \
    X(law text, CUE_OF(LAW_TEXT)) X(asks, e->form[PII_FORM_ASKS] > 0 ? 1.0F : 0.0F)                \
    X(options, FORM_OF(OPTIONS, 0.5F)) X(signs, FORM_OF(SIGNS, 0.1F))                              \
    X(numbers, FORM_OF(NUMBERS, 0.2F))
/* clang-format on */

/* The formatter does not settle on a layout for these lists. */
/* clang-format off */
static const char *const single_names[] = {
    "constant", "length",
#define X(name) "topic " #name, "topic " #name " per KB",
    TOPICS(X)
#undef X
#define CUE(name, phrases) "cue " #name, "cue " #name " per KB",
#include "router/pii_cues.def"
#undef CUE
#define X(name) "form " #name, "form " #name " per KB",
    PII_FORM_LIST(X)
#undef X
    "people per KB", "dates per KB",
#define X(name, value) #name,
    SAID(X)
#undef X
};
/* clang-format on */
static const char *const said_names[] = {
#define X(name, value) #name,
    SAID(X)
#undef X
};
static const char *const setting_names[] = {
#define X(name, value) #name,
    SETTING(X)
#undef X
};

enum {
    SINGLE = sizeof(single_names) / sizeof(single_names[0]),
    SAID_COUNT = sizeof(said_names) / sizeof(said_names[0]),
    SETTING_COUNT = sizeof(setting_names) / sizeof(setting_names[0]),
    FEATURES = SINGLE + SAID_COUNT * SETTING_COUNT
};

static void features_of(const struct pii_evidence *e, float out[FEATURES])
{
    const float said[] = {
#define X(name, value) value,
        SAID(X)
#undef X
    };
    const float setting[] = {
#define X(name, value) value,
        SETTING(X)
#undef X
    };
    float per_kb = 1000 / (e->bytes + 250);
    size_t n = 0;
    out[n++] = 1;
    out[n++] = logf(1 + e->bytes / 100) / 4;
    for (int i = 0; i < PII_TOPIC_COUNT; i++) {
        out[n++] = some(e->topic[i]);
        out[n++] = some(e->topic[i] * per_kb / 4);
    }
    for (int i = 0; i < PII_CUE_COUNT; i++) {
        out[n++] = some(e->cue[i]);
        out[n++] = some(e->cue[i] * per_kb / 8);
    }
    for (int i = 0; i < PII_FORM_COUNT; i++) {
        out[n++] = some(e->form[i]);
        out[n++] = some(e->form[i] * per_kb / 16);
    }
    out[n++] = some(e->people * per_kb / 4);
    out[n++] = some(e->dates * per_kb / 4);
    for (size_t i = 0; i < SAID_COUNT; i++)
        out[n++] = said[i];
    for (size_t i = 0; i < SAID_COUNT; i++)
        for (size_t j = 0; j < SETTING_COUNT; j++)
            out[n++] = said[i] * setting[j];
}

/* ---- weights ---- */

static const float weights[] = {
#define WEIGHT(value) value,
#include "router/pii_verdict.def"
#undef WEIGHT
};
enum { WEIGHTS = sizeof(weights) / sizeof(weights[0]) };
#ifndef router_features_EXPORTS /* the library that the script fits them with may have old ones */
_Static_assert((int)WEIGHTS == (int)FEATURES, "run router/train/fit_verdict.py");
#endif

float pii_verdict_private(const struct pii_evidence *evidence)
{
    float features[FEATURES];
    float z = 0;
    features_of(evidence, features);
    const float *weight = weights;
    for (size_t i = 0; i < FEATURES && weight < weights + WEIGHTS; i++)
        z += *weight++ * features[i];
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

void pii_verdict_feature_name(size_t feature, char *out, size_t cap)
{
    if (feature < SINGLE) {
        snprintf(out, cap, "%s", single_names[feature]);
        return;
    }
    size_t pair = feature - SINGLE;
    snprintf(out, cap, "%s in %s", said_names[pair / SETTING_COUNT % SAID_COUNT],
             setting_names[pair % SETTING_COUNT]);
}
