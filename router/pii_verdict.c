#include <math.h>

#include "router/pii_internal.h"

/*
 * The verdict: does the text hold somebody's private information? Two ways lead there. Identifiers
 * reach a real person by themselves; names do only together with what the text is about. The second
 * is a net of one hidden layer over what pii_evidence.c has summed; its weights are fitted by
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

/* How much there is: one says most, more of it little more. */
static float some(float amount)
{
    return amount / (amount + 1.5F);
}

/* clang-format off */

/* What is weighed as it is and by how dense it is. */
#define TOPICS(X)                                                                                  \
    X(HEALTH) X(LEGAL) X(FINANCE) X(EMPLOYMENT) X(RELIGION) X(ETHNICITY) X(POLITICS) X(UNION)      \
    X(SEX_LIFE) X(GENETIC) X(BIOMETRIC) X(PRIVATE)

/* What is weighed once: name, value. */
#define SPANS(X)                                                                                   \
    X(person, e->person) X(people, some(e->people)) X(age, e->age) X(dates, some(e->dates))        \
    X(places, some(e->places)) X(organizations, some(e->organizations))                            \
    X(addresses, some(e->addresses * 2)) X(handles, some(e->handles))                              \
    X(initials, some(e->initials * 2)) X(nations, some(e->nations)) X(titles, some(e->titles))     \
    X(people per KB, some(e->people * per_kb / 4)) X(dates per KB, some(e->dates * per_kb / 4))
/* clang-format on */

/* The formatter does not settle on a layout for these lists. */
/* clang-format off */
static const char *const feature_names[] = { /* of all but the kinds of words, which come last */
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
#define X(name, value) #name,
    SPANS(X)
#undef X
};
/* clang-format on */

enum {
    NAMED = sizeof(feature_names) / sizeof(feature_names[0]),
    FEATURES = NAMED + 2 * WORD_MEANING_KINDS,
    HIDDEN = 144,
    LENGTH_MAX = 8000 /* no text that it was fitted on is longer */
};

static void features_of(const struct pii_evidence *e, float out[FEATURES])
{
    float per_kb = 1000 / (e->bytes + 250);
    float length = e->bytes < LENGTH_MAX ? e->bytes : LENGTH_MAX;
    size_t n = 0;
    out[n++] = 1;
    out[n++] = logf(1 + length / 100) / 4;
    for (int i = 0; i < PII_TOPIC_COUNT; i++) {
        out[n++] = some(e->topic[i]);
        out[n++] = some(e->topic[i] * per_kb / 4);
    }
    for (int i = 0; i < PII_CUE_KINDS; i++) {
        out[n++] = some(e->cue[i]);
        out[n++] = some(e->cue[i] * per_kb / 8);
    }
    for (int i = 0; i < PII_FORM_COUNT; i++) {
        out[n++] = some(e->form[i]);
        out[n++] = some(e->form[i] * per_kb / 16);
    }
#define X(name, value) out[n++] = value;
    SPANS(X)
#undef X
    /* A few words say little: as if eight that mean nothing stood beside them. */
    float words = (float)e->meaning.words + 8;
    for (int i = 0; i < WORD_MEANING_KINDS; i++) {
        float amount = (float)e->meaning.kind[i] / WORD_MEANING_UNIT;
        out[n++] = some(amount);
        out[n++] = amount * 4 / words;
    }
}

/* ---- weights ---- */

/* A row of HIDDEN for each feature, then the output's, then its constant. */
static const float weights[] = {
#define WEIGHTS(...) __VA_ARGS__,
#include "router/pii_verdict.def"
#undef WEIGHTS
};
enum { WEIGHT_COUNT = sizeof(weights) / sizeof(weights[0]), USED = (FEATURES + 1) * HIDDEN + 1 };
#ifdef router_features_EXPORTS /* the library that the script fits them with may have old ones */
enum { FITTED = (int)WEIGHT_COUNT == (int)USED };
#else
enum { FITTED = 1 };
_Static_assert((int)WEIGHT_COUNT == (int)USED, "run router/train/fit_verdict.py");
#endif

/* Four features at a time: so the sums go through memory a quarter as often. */
static void add_rows(float hidden[HIDDEN], const float value[4], const uint16_t feature[4])
{
    const float *a = weights + feature[0] * HIDDEN, *b = weights + feature[1] * HIDDEN;
    const float *c = weights + feature[2] * HIDDEN, *d = weights + feature[3] * HIDDEN;
    for (size_t j = 0; j < HIDDEN; j++)
        hidden[j] += value[0] * a[j] + value[1] * b[j] + value[2] * c[j] + value[3] * d[j];
}

float pii_verdict_private(const struct pii_evidence *evidence)
{
    float value[FEATURES + 3] = {0};
    uint16_t feature[FEATURES + 3] = {0};
    float hidden[HIDDEN] = {0};
    size_t count = 0;
    if (!FITTED)
        return 1;
    features_of(evidence, value);
    for (size_t i = 0; i < FEATURES; i++)
        if (value[i] != 0) { /* most are not */
            value[count] = value[i];
            feature[count++] = (uint16_t)i;
        }
    value[count] = value[count + 1] = value[count + 2] = 0;
    for (size_t i = 0; i < count; i += 4)
        add_rows(hidden, value + i, feature + i);
    const float *worth = weights + FEATURES * HIDDEN;
    float z = weights[USED - 1];
    for (size_t j = 0; j < HIDDEN; j++)
        z += hidden[j] > 0 ? hidden[j] * worth[j] : 0;
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
    return feature < NAMED ? feature_names[feature] : NULL;
}
