/*
 * facts.h - what is known of a request when it is decided on. Plain data, no content.
 *
 * Filled by the gateway (what the client asked for), the classifiers (signals) and health (target
 * states); read by decide.h and by the decision record. Written by one worker, then constant.
 */
#ifndef PENSTOCK_ROUTER_FACTS_H
#define PENSTOCK_ROUTER_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "router/pii_types.h"
#include "router/word_meaning.h"

/* From most to least private: a larger value is less private. */
enum placement { PLACEMENT_IN_PROCESS, PLACEMENT_ON_PREMISES, PLACEMENT_CLOUD, PLACEMENT_COUNT };

/* Why a request could not be fully classified; anything but NONE counts as sensitive. */
enum unclassified {
    UNCLASSIFIED_NONE,
    UNCLASSIFIED_UNSCANNABLE, /* an image, audio, a file, an unknown content part */
    UNCLASSIFIED_ERROR,
    UNCLASSIFIED_TIMEOUT,
    UNCLASSIFIED_OVERLOAD,
    UNCLASSIFIED_OFF /* the configuration switches classifiers off: the operator's word counts */
};

enum { FACTS_MAX_TARGETS = 32 };

/* What a text is about, as far as it bears on privacy: GDPR Article 9, professions' secrets. */
enum pii_topic {
    PII_TOPIC_HEALTH,
    PII_TOPIC_LEGAL,
    PII_TOPIC_FINANCE,
    PII_TOPIC_EMPLOYMENT,
    PII_TOPIC_RELIGION,
    PII_TOPIC_ETHNICITY,
    PII_TOPIC_POLITICS,
    PII_TOPIC_UNION,
    PII_TOPIC_SEX_LIFE,
    PII_TOPIC_GENETIC,
    PII_TOPIC_BIOMETRIC,
    PII_TOPIC_PRIVATE, /* somebody's own affairs: "my wife", "our client", "the applicant" */
    PII_TOPIC_COUNT
};

/*
 * What the verdict rests on, beside spans that identify by themselves: sums over a stretch of text,
 * so that stretches add up in any order.
 */
enum { PII_CUE_KINDS = 46, PII_FORMS = 8 };

struct pii_evidence {
    float bytes;
    float topic[PII_TOPIC_COUNT]; /* weights of its phrases */
    float cue[PII_CUE_KINDS];     /* number of phrases; kinds of router/pii_cues.def */
    float form[PII_FORMS];        /* number of signs; kinds of router/pii_evidence.c */
    struct word_meaning meaning;  /* of its words */
    float people, initials, places, organizations, dates, ages, addresses, handles, nations,
        titles;        /* spans */
    float person, age; /* best score */
};

struct pii_facts {
    uint16_t count[PII_TYPE_COUNT];     /* spans of that type, saturating */
    float best_score[PII_TYPE_COUNT];   /* highest score of a span of that type */
    uint16_t validated[PII_TYPE_COUNT]; /* spans whose check (Luhn, mod 97, …) holds */
    float identifying;            /* 0..1: chance that a span names or reaches a real person */
    float topic[PII_TOPIC_COUNT]; /* 0..1: how much the texts are about it */
    struct pii_evidence evidence;
    float alone;     /* 0..1: the verdict on the most private stretch of a text, by itself */
    float sensitive; /* 0..1: does the text hold somebody's private information */
};

enum complexity_tier { TIER_SIMPLE, TIER_MEDIUM, TIER_COMPLEX, TIER_REASONING, TIER_COUNT };

/* What a request asks for; the order is that of the trained weights. */
enum complexity_task {
    TASK_CHAT,
    TASK_QUESTION,
    TASK_CHOICE, /* a question with answers to choose from */
    TASK_MATHS,
    TASK_REASONING,
    TASK_CODE,
    TASK_WRITING,
    TASK_ROLEPLAY,
    TASK_REWRITE,
    TASK_SUMMARISE,
    TASK_TRANSLATE,
    TASK_EXTRACT,
    TASK_CLASSIFY,
    TASK_PLAN,
    TASK_OTHER, /* text that asks for nothing */
    TASK_COUNT
};

/* What it is about; likewise. */
enum complexity_domain {
    DOMAIN_GENERAL,
    DOMAIN_MATHS,
    DOMAIN_COMPUTING,
    DOMAIN_SCIENCE,
    DOMAIN_ENGINEERING,
    DOMAIN_HEALTH,
    DOMAIN_LAW,
    DOMAIN_BUSINESS,
    DOMAIN_HUMANITIES,
    DOMAIN_ARTS,
    DOMAIN_EVERYDAY,
    DOMAIN_COUNT
};

enum {
    SKETCH_BUCKETS = 4096,
    SKETCH_STRUCTURE = 16, /* structural features, then */
    SKETCH_OUTPUTS = 12,   /* what the shipped net says of the families */
    SKETCH_DENSE = SKETCH_STRUCTURE + SKETCH_OUTPUTS
};

/* What learn.h makes of a request's features; all zero when nobody asked for it. */
struct complexity_sketch {
    uint64_t bits[SKETCH_BUCKETS / 64];
    uint16_t count; /* of bits that are set */
    int8_t dense[SKETCH_DENSE];
};

struct complexity_facts {
    float score;         /* 0..1, higher: needs the stronger model */
    float shipped_score; /* before the site's own correction; the same without one */
    enum complexity_tier tier;
    float unfamiliar; /* 0..1: share of features never seen in training */
    enum complexity_task task;
    enum complexity_domain domain;
    uint8_t language;         /* language.h: index, 0 unknown */
    uint32_t expected_tokens; /* of the answer, a rough estimate */
    bool needs_tools;         /* asks for something to be done or looked up outside */
    bool needs_recent;        /* asks for what no training can know */
    bool follows;             /* cannot be understood without the earlier turns */
    struct complexity_sketch sketch;
};

struct facts {
    const char *model;      /* the model that the client asked for; the request's storage */
    uint32_t prompt_tokens; /* estimate */
    uint32_t max_tokens;    /* 0: not said */
    uint32_t messages;
    uint64_t text_bytes; /* of all text that was classified */
    bool stream;
    bool tools;
    enum unclassified unclassified;
    struct pii_facts pii;
    struct complexity_facts complexity;
    bool target_up[FACTS_MAX_TARGETS]; /* by index in the policy's target table */
};

/* Scores as the decision log writes them, so that what is logged is what was decided on. */
void facts_round(struct facts *facts);

const char *placement_name(enum placement placement);          /* "in_process", … */
const char *unclassified_name(enum unclassified unclassified); /* "none", "unscannable", … */
extern const float complexity_usual_tiers[TIER_COUNT - 1];
enum complexity_tier complexity_tier_of(const float tiers[TIER_COUNT - 1], float score);

const char *complexity_tier_name(enum complexity_tier tier);       /* "SIMPLE", … */
const char *complexity_task_name(enum complexity_task task);       /* "chat", … */
const char *complexity_domain_name(enum complexity_domain domain); /* "general", … */
const char *pii_topic_name(enum pii_topic topic);                  /* "health", … */

#endif
