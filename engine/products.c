#include "engine/products.h"

static void multiply_rows(void *context, size_t first, size_t last, unsigned worker)
{
    const struct products *p = context;
    float *scratch = p->scratch + worker * p->scratch_floats;
    for (size_t i = 0; i < p->count && first < last; i++) {
        const struct product *one = &p->list[i];
        size_t rows = one->m->rows;
        if (first < rows)
            matrix_multiply(p->kernels, one->m, p->x, (uint32_t)first,
                            (uint32_t)(last < rows ? last : rows), one->y, rows, scratch);
        first = first > rows ? first - rows : 0;
        last = last > rows ? last - rows : 0;
    }
}

static void prepare_inputs(void *context, size_t first, size_t last, unsigned worker)
{
    const struct products *p = context;
    (void)worker;
    activations_fill(p->x, p->kernels, first, last);
}

static void add_bias(const struct product *p, size_t count)
{
    size_t n = p->m->rows;
    for (size_t t = 0; p->bias != NULL && t < count; t++) {
        for (size_t i = 0; i < n; i++)
            p->y[t * n + i] += p->bias[i];
    }
}

void products_run(const struct products *products)
{
    struct products p = *products;
    size_t rows = 0;
    for (size_t i = 0; i < p.count; i++) {
        rows += p.list[i].m->rows;
        if (activations_begin(p.x, p.kernels, p.list[i].m->type))
            team_run(p.team, prepare_inputs, &p, p.x->count, ITEMS_AT_A_TIME);
    }
    /* Whole pairs of panels, and several runs for each worker. */
    size_t pair = 2 * PANEL_ROWS, grain = (rows / (team_size(p.team) * 8) / pair + 1) * pair;
    team_run(p.team, multiply_rows, &p, rows, grain);
    for (size_t i = 0; i < p.count; i++)
        add_bias(&p.list[i], p.x->count);
}
