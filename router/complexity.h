/*
 * complexity.h - how likely the local model fails where a stronger one would succeed.
 *
 * A scorer is immutable and shared; a scratch belongs to one thread.
 */
#ifndef PENSTOCK_ROUTER_COMPLEXITY_H
#define PENSTOCK_ROUTER_COMPLEXITY_H

#include "gateway/base/content.h"
#include "gateway/base/err.h"
#include "router/facts.h"
#include "router/learn.h"

/* The conversation as the scorer sees it: texts in order, with the role each was said in. */
enum complexity_role { COMPLEXITY_SYSTEM, COMPLEXITY_USER, COMPLEXITY_ASSISTANT, COMPLEXITY_TOOL };

struct complexity_turn {
    enum complexity_role role;
    bool goes_on; /* a further part of the message that the one before it is of */
    struct content text;
};

enum complexity_effort { EFFORT_NOT_SAID, EFFORT_LOW, EFFORT_MEDIUM, EFFORT_HIGH };

struct complexity_input {
    const struct complexity_turn *turns;
    size_t turn_count;
    uint32_t max_tokens; /* 0: not said */
    bool tools;
    bool attachments;                   /* images, files: parts that are no text */
    enum complexity_effort effort;      /* reasoning_effort */
    const char *model;                  /* that the client asked for; NULL: not known */
    const struct learn_key *sketch_key; /* NULL: no sketch is wanted */
};

struct complexity_scorer;
struct complexity_scratch;

MUST_CHECK int complexity_scorer_new(struct complexity_scorer **out, struct err *err);
void complexity_scorer_free(struct complexity_scorer *scorer);
const char *complexity_scorer_hash(const struct complexity_scorer *scorer);

MUST_CHECK int complexity_scratch_new(struct complexity_scratch **out, struct err *err);
void complexity_scratch_free(struct complexity_scratch *scratch);

MUST_CHECK int complexity_score(const struct complexity_scorer *scorer,
                                struct complexity_scratch *scratch,
                                const struct complexity_input *input, struct complexity_facts *out,
                                struct err *err);

#endif
