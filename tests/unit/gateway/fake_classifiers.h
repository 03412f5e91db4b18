/*
 * fake_classifiers.h - stand-ins for the router's classifiers, so that tests can make them slow and
 * make them fail. They define all of pii.h's and complexity.h's functions; the linker then never
 * looks into the router's library for them. For one test program each.
 */
#ifndef PENSTOCK_TEST_FAKE_CLASSIFIERS_H
#define PENSTOCK_TEST_FAKE_CLASSIFIERS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "router/complexity.h"
#include "router/pii.h"

/* A text that is "FAIL" fails; one that begins with "WAIT" waits for fake_gate_open(); every other
 * one counts as an e-mail address. */
static atomic_uint fake_scans, fake_scores, fake_scratches, fake_turns;
static atomic_bool fake_score_fails;
static pthread_mutex_t fake_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t fake_cond = PTHREAD_COND_INITIALIZER;
static bool fake_gate;
static unsigned fake_waiting;

static inline void fake_gate_set(bool open)
{
    pthread_mutex_lock(&fake_lock);
    fake_gate = open;
    pthread_cond_broadcast(&fake_cond);
    pthread_mutex_unlock(&fake_lock);
}

static inline unsigned fake_waiting_count(void)
{
    pthread_mutex_lock(&fake_lock);
    unsigned n = fake_waiting;
    pthread_mutex_unlock(&fake_lock);
    return n;
}

struct pii_scanner {
    char unused;
};
struct pii_scratch {
    char unused;
};
struct complexity_scorer {
    char unused;
};
struct complexity_scratch {
    char unused;
};

int pii_scanner_new(struct pii_scanner **out, struct err *err)
{
    (void)err;
    *out = calloc(1, sizeof(**out));
    return *out != NULL ? 0 : ERR_MEMORY;
}
void pii_scanner_free(struct pii_scanner *scanner)
{
    free(scanner);
}
const char *pii_scanner_hash(const struct pii_scanner *scanner)
{
    (void)scanner;
    return "11";
}
int pii_scratch_new(struct pii_scratch **out, struct err *err)
{
    (void)err;
    *out = calloc(1, sizeof(**out));
    atomic_fetch_add(&fake_scratches, 1);
    return *out != NULL ? 0 : ERR_MEMORY;
}
void pii_scratch_free(struct pii_scratch *scratch)
{
    atomic_fetch_sub(&fake_scratches, 1);
    free(scratch);
}
int pii_scan(const struct pii_scanner *scanner, struct pii_scratch *scratch, struct content text,
             struct pii_spans *spans, struct pii_facts *facts, struct err *err)
{
    (void)scanner;
    (void)scratch;
    (void)spans;
    size_t len = content_len(text);
    atomic_fetch_add(&fake_scans, 1);
    if (len == 4 && memcmp(content_bytes(text), "FAIL", 4) == 0)
        return err_set(err, ERR_MEMORY, "made to fail");
    if (len >= 4 && memcmp(content_bytes(text), "WAIT", 4) == 0) {
        pthread_mutex_lock(&fake_lock);
        fake_waiting++;
        while (!fake_gate)
            pthread_cond_wait(&fake_cond, &fake_lock);
        fake_waiting--;
        pthread_mutex_unlock(&fake_lock);
    }
    facts->count[PII_EMAIL_ADDRESS]++;
    return 0;
}

int complexity_scorer_new(struct complexity_scorer **out, struct err *err)
{
    (void)err;
    *out = calloc(1, sizeof(**out));
    return *out != NULL ? 0 : ERR_MEMORY;
}
void complexity_scorer_free(struct complexity_scorer *scorer)
{
    free(scorer);
}
const char *complexity_scorer_hash(const struct complexity_scorer *scorer)
{
    (void)scorer;
    return "22";
}
int complexity_scratch_new(struct complexity_scratch **out, struct err *err)
{
    (void)err;
    *out = calloc(1, sizeof(**out));
    return *out != NULL ? 0 : ERR_MEMORY;
}
void complexity_scratch_free(struct complexity_scratch *scratch)
{
    free(scratch);
}
int complexity_score(const struct complexity_scorer *scorer, struct complexity_scratch *scratch,
                     const struct complexity_input *input, struct complexity_facts *out,
                     struct err *err)
{
    (void)scorer;
    (void)scratch;
    atomic_fetch_add(&fake_scores, 1);
    atomic_store(&fake_turns, (unsigned)input->turn_count);
    if (atomic_load(&fake_score_fails))
        return err_set(err, ERR_BAD_STATE, "made to fail");
    out->score = 0.5f;
    out->tier = TIER_COMPLEX;
    return 0;
}

#endif
