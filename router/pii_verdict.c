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

/* Principal parts of the mean of its words' vectors. */
#define MEANINGS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14)
/* clang-format on */

/* The formatter does not settle on a layout for these lists. */
/* clang-format off */
static const char *const feature_names[] = {
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
#define X(part) "meaning " #part,
    MEANINGS(X)
#undef X
};
/* clang-format on */

enum {
    FEATURES = sizeof(feature_names) / sizeof(feature_names[0]),
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
    /* A few words say little: as if four that mean nothing stood beside them. The spread of such
     * means over texts is three tenths of that of single words. */
    float words = e->meaning.weight + 4 * WORD_MEANING_FULL;
    for (int i = 0; i < WORD_MEANING_PARTS; i++)
        out[n++] = e->meaning.part[i] / (words * WORD_MEANING_UNIT * 0.3F);
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

float pii_verdict_private(const struct pii_evidence *evidence)
{
    float features[FEATURES];
    float hidden[HIDDEN] = {0};
    if (!FITTED)
        return 1;
    features_of(evidence, features);
    const float *weight = weights;
    for (size_t i = 0; i < FEATURES; i++, weight += HIDDEN) {
        if (features[i] == 0) /* most are */
            continue;
        for (size_t j = 0; j < HIDDEN; j++)
            hidden[j] += features[i] * weight[j];
    }
    float z = weight[HIDDEN];
    for (size_t j = 0; j < HIDDEN; j++)
        z += hidden[j] > 0 ? hidden[j] * weight[j] : 0;
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
    return feature_names[feature];
}
