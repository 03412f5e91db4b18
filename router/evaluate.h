/*
 * evaluate.h - what one condition of a rule says of the facts of a request; private to decide.c,
 * which looks for the first rule that holds, and explain.c, which looks at all of them.
 */
#ifndef PENSTOCK_ROUTER_EVALUATE_H
#define PENSTOCK_ROUTER_EVALUATE_H

#include <stdbool.h>

#include "router/rule.h"

/* The facts as conditions see them. Borrows the facts. */
struct evaluation {
    const struct facts *facts;
    bool assume;            /* not classified: take the worst for true */
    float sensitive;        /* as measured or assumed */
    struct pii_set present; /* types with at least one span */
};

void evaluation_init(struct evaluation *e, const struct facts *facts);

/* The best score of a type; one that is no number must not slip under a threshold. */
float evaluation_score(const struct evaluation *e, enum pii_type type);

/* Does the leaf hold, and what it saw: always filled. */
bool evaluate_leaf(const struct evaluation *e, const struct rule_condition *leaf,
                   struct decision_reason *reason);

#endif
