#include <math.h>

#include "router/pii_internal.h"

/*
 * The verdict: does the text hold somebody's private information? Two ways lead there. Identifiers
 * reach a real person by themselves; names do only together with what the text is about. All of it
 * is computed from the facts alone, so that the texts of a request add up whatever their order.
 */

/* A topic phrase counts less in a long text, where it may stand by chance. */
static const float TOPIC_BYTES = 6000.0F;
static const float TOPIC_SCALE = 3.5F;

/* The chance that a span of the type, at full score, identifies somebody. */
static float identifies(const struct pii_span *span)
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

static void add_span(struct pii_facts *facts, const struct pii_span *span)
{
    if (facts->count[span->type] < UINT16_MAX)
        facts->count[span->type]++;
    if (span->validated && facts->validated[span->type] < UINT16_MAX)
        facts->validated[span->type]++;
    if (span->score > facts->best_score[span->type])
        facts->best_score[span->type] = span->score;
    /* A check that holds makes a modest score of its pattern certain enough. */
    float score = span->validated && span->score < 0.97F ? 0.97F : span->score;
    float weight = identifies(span) * score;
    facts->identifying = 1 - (1 - facts->identifying) * (1 - weight);
}

static float greater(float a, float b)
{
    return a > b ? a : b;
}

static float in_company(const struct pii_facts *facts)
{
    const float *topic = facts->topic;
    float private = topic[PII_TOPIC_PRIVATE];
    float health = topic[PII_TOPIC_HEALTH];
    float special = 0; /* GDPR Article 9 beside health */
    for (int i = PII_TOPIC_RELIGION; i <= PII_TOPIC_BIOMETRIC; i++)
        special = greater(special, topic[i]);
    float affairs = greater(greater(topic[PII_TOPIC_LEGAL], topic[PII_TOPIC_FINANCE]),
                            topic[PII_TOPIC_EMPLOYMENT]);
    float about = greater(greater(private, health), greater(special * 0.7F, affairs));
    float name = facts->best_score[PII_PERSON];
    float age = facts->best_score[PII_AGE];
    float place = greater(facts->best_score[PII_LOCATION], facts->best_score[PII_UK_POSTCODE]);
    float z = -3.4F + 1.5F * name + 1.3F * private + 0.9F * health + 2.7F * name * about +
              1.2F * private * greater(health, special) + 1.2F * age * greater(health, private) +
              0.6F * place * name * private + 0.5F * age * name;
    return 1 / (1 + expf(-z));
}

void pii_verdict_add(struct pii_facts *facts, const struct pii_span *spans, size_t count,
                     const float topic[PII_TOPIC_COUNT], size_t text_len)
{
    for (size_t i = 0; i < count; i++)
        add_span(facts, &spans[i]);
    for (int i = 0; i < PII_TOPIC_COUNT; i++) {
        float dense = topic[i] / (1 + (float)text_len / TOPIC_BYTES);
        float score = 1 - expf(-dense / TOPIC_SCALE);
        facts->topic[i] = 1 - (1 - facts->topic[i]) * (1 - score);
    }
    facts->sensitive = 1 - (1 - facts->identifying) * (1 - in_company(facts));
}
