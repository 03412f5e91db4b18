/*
 * products.h - products of matrices with the same inputs, shared among a team by rows.
 *
 * Called by the team's owner; uses all of its threads. No allocation.
 */
#ifndef PENSTOCK_ENGINE_PRODUCTS_H
#define PENSTOCK_ENGINE_PRODUCTS_H

#include "engine/matrix.h"
#include "engine/team.h"

/*
 * What is done for each item alone is shared among the team when there are more than these. Inputs
 * for panels lie word beside word: a cache line holds those of sixteen items, and two threads that
 * write to one line hold each other up.
 */
enum { ITEMS_AT_A_TIME = 16 };

struct product {
    const struct matrix *m;
    const float *bias; /* NULL: none */
    float *y;          /* a row of m->rows for each input */
};

struct products {
    const struct kernels *kernels;
    struct team *team;
    float *scratch; /* per worker: scratch_floats, of which matrix_scratch is needed */
    size_t scratch_floats;
    struct activations *x; /* prepared where they are not yet */
    const struct product *list;
    size_t count;
};

void products_run(const struct products *products);

#endif
