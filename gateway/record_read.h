/*
 * record_read.h - a line of the decision log back to the facts that were decided on.
 *
 * Scores are logged with four decimals and decided on as logged (facts_round), so that a replay
 * gives the same decisions. Single-threaded tools only.
 */
#ifndef PENSTOCK_RECORD_READ_H
#define PENSTOCK_RECORD_READ_H

#include <jansson.h>
#include <stdbool.h>

#include "router/facts.h"
#include "router/policy.h"

struct record_read {
    struct facts facts;                                   /* model points into the JSON */
    const char *request_id, *rule, *action, *policy_hash; /* as logged; "" for none */
    bool targets_known; /* the log says which targets the decision named: then they are below */
    uint8_t targets[FACTS_MAX_TARGETS], target_count;
    bool decided;        /* it came to a decision; otherwise only event and id count */
    bool scored;         /* for complexity: that classifier was on */
    bool model_unknown;  /* the model asked for was logged as a hash */
    bool answered_cloud; /* a target in the cloud answered */
    bool unedited;       /* what the policy wanted edited could not be */
};

/*
 * False: the line is no decision (a gap, another event) or lacks what a decision needs. The JSON
 * must outlive *out.
 */
bool record_read(struct record_read *out, const json_t *line);

#endif
