#include "router/pii_sets.h"

#include <string.h>

/*
 * "all but" for sets that protect: a type that is added later belongs to them until somebody
 * decides otherwise.
 */
struct set_row {
    const char *name;
    bool all_but;
    const enum pii_type *types;
    size_t count;
};

#define TYPES(...)                                                                                 \
    (const enum pii_type[])                                                                        \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define ROW(n, b, ...)                                                                             \
    {                                                                                              \
        .name = (n), .all_but = (b), .types = TYPES(__VA_ARGS__),                                  \
        .count = sizeof(TYPES(__VA_ARGS__)) / sizeof(enum pii_type)                                \
    }

static const struct set_row rows[] = {
    /* What points at one person, account or secret by itself. */
    ROW("identifiers", true, PII_PERSON, PII_LOCATION, PII_ORGANIZATION, PII_STREET_ADDRESS,
        PII_AGE, PII_DATE_TIME, PII_URL, PII_IP_ADDRESS, PII_MAC_ADDRESS, PII_USERNAME,
        PII_UK_POSTCODE, PII_NRP, PII_TITLE),
    /* 45 CFR 164.514(b)(2): item 18 takes in every other unique number. */
    ROW("hipaa_safe_harbor", true, PII_ORGANIZATION, PII_NRP, PII_TITLE),
    ROW("financial", false, PII_CREDIT_CARD, PII_IBAN_CODE, PII_US_BANK_NUMBER,
        PII_ABA_ROUTING_NUMBER, PII_ACCOUNT_NUMBER, PII_CRYPTO),
    ROW("health", false, PII_MEDICAL_RECORD_NUMBER, PII_HEALTH_PLAN_NUMBER, PII_MEDICAL_LICENSE,
        PII_DEVICE_IDENTIFIER, PII_US_MBI, PII_US_NPI, PII_UK_NHS, PII_AU_MEDICARE),
    ROW("contact", false, PII_EMAIL_ADDRESS, PII_PHONE_NUMBER, PII_STREET_ADDRESS),
    ROW("people", false, PII_PERSON, PII_DATE_OF_BIRTH, PII_AGE, PII_USERNAME),
    ROW("secrets", false, PII_SECRET),
};
enum { ROW_COUNT = sizeof(rows) / sizeof(rows[0]) };

void pii_set_merge(struct pii_set *set, const struct pii_set *more)
{
    for (size_t i = 0; i < PII_SET_WORDS; i++)
        set->bits[i] |= more->bits[i];
}

struct pii_set pii_set_all(void)
{
    struct pii_set set = {{0}};
    for (int i = 0; i < PII_TYPE_COUNT; i++)
        pii_set_add(&set, (enum pii_type)i);
    return set;
}

bool pii_set_find(const char *name, struct pii_set *out)
{
    if (strcmp(name, "all") == 0) {
        *out = pii_set_all();
        return true;
    }
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].name, name) != 0)
            continue;
        struct pii_set set = {{0}}, all = pii_set_all();
        for (size_t j = 0; j < rows[i].count; j++)
            pii_set_add(&set, rows[i].types[j]);
        if (rows[i].all_but)
            for (size_t j = 0; j < PII_SET_WORDS; j++)
                set.bits[j] = all.bits[j] & ~set.bits[j];
        *out = set;
        return true;
    }
    return false;
}

const char *const *pii_set_names(size_t *count)
{
    static const char *const names[] = {"all",       "identifiers", "hipaa_safe_harbor",
                                        "financial", "health",      "contact",
                                        "people",    "secrets"};
    _Static_assert(sizeof(names) / sizeof(names[0]) == ROW_COUNT + 1, "one name for each row");
    *count = sizeof(names) / sizeof(names[0]);
    return names;
}
