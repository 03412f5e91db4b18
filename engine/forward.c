#include "engine/forward.h"

#include "engine/attention.h"
#include "engine/error.h"
#include "engine/products.h"
#include "engine/rope.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct forward {
    const struct arch *arch;
    const struct weights *weights;
    const struct kernels *kernels;
    struct kv_store *store;
    struct team *team;
    struct forward_options options;
    struct rope rope[2]; /* [1]: of windowed layers, where they have their own */

    float *block; /* one allocation for all of the below */
    size_t block_bytes;
    float *x, *normed, *q, *k, *v, *mixed, *out, *gate, *up, *logits;
    float *cosines[2], *sines[2];
    float *scratch; /* per worker: scratch_floats */
    size_t scratch_floats;
    float *packed; /* the 8-bit form of inputs */
    size_t widest;
    float *routes, *shares, *gathered; /* of experts: scores of all, shares and inputs */
    uint32_t *chosen;                  /* experts_used of each item */

    const struct forward_item *items; /* of the pass */
    size_t count;
    struct attention_run *runs; /* of the pass; at most as many as items */
    size_t run_count;
    uint32_t layer;
};

static uint32_t ffn_width(const struct arch *a)
{
    return a->experts > 0 ? a->expert_ffn : a->ffn;
}

/* Cut a piece of n floats from the block, which is NULL while sizes are being added up. */
static float *take(struct forward *f, size_t n)
{
    float *piece = f->block != NULL ? f->block + f->block_bytes / sizeof(float) : NULL;
    f->block_bytes += (n + 15) / 16 * 16 * sizeof(float);
    return piece;
}

static void lay_out(struct forward *f)
{
    const struct arch *a = f->arch;
    size_t n = f->options.batch, pairs = a->rope_size / 2;
    size_t q = (size_t)a->heads * a->head_size, kv = (size_t)a->kv_heads * a->head_size;
    f->block_bytes = 0;
    f->x = take(f, n * a->width);
    f->normed = take(f, n * a->width);
    f->q = take(f, n * q);
    f->k = take(f, n * kv);
    f->v = take(f, n * kv);
    f->mixed = take(f, n * q);
    f->out = take(f, n * a->width);
    f->gate = take(f, n * ffn_width(a));
    f->up = take(f, n * ffn_width(a));
    f->logits = take(f, (size_t)f->options.most_logits * f->weights->output->rows);
    for (int i = 0; i < 2; i++) {
        f->cosines[i] = take(f, n * pairs);
        f->sines[i] = take(f, n * pairs);
    }
    f->widest = a->width > q ? a->width : q;
    if (f->widest < ffn_width(a))
        f->widest = ffn_width(a);
    f->scratch_floats = matrix_scratch(f->widest) / sizeof(float) + 1;
    if (f->scratch_floats < attention_scratch(a))
        f->scratch_floats = attention_scratch(a);
    f->scratch = take(f, (size_t)f->options.threads * f->scratch_floats);
    f->packed = take(f, activations_size(f->widest, n) / sizeof(float) + 1);
    if (a->experts > 0) {
        f->routes = take(f, n * a->experts);
        f->shares = take(f, n * a->experts_used);
        f->chosen = (uint32_t *)take(f, n * a->experts_used);
        f->gathered = take(f, n * a->width);
    }
}

int forward_new(struct forward **out, const struct arch *arch, const struct weights *weights,
                struct kv_store *store, const struct forward_options *options,
                struct engine_error *error)
{
    *out = NULL;
    struct forward *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a session");
    f->arch = arch;
    f->weights = weights;
    f->kernels = options->kernels != NULL ? options->kernels : kernels_get();
    if (options->exact)
        f->kernels = kernels_plain();
    f->store = store;
    f->options = *options;
    int status = rope_init(&f->rope[0], arch, weights, options->context, false, error);
    if (status == 0)
        status = rope_init(&f->rope[1], arch, weights, options->context, arch->rope_local, error);
    if (status == 0) {
        lay_out(f);
        f->block = aligned_alloc(64, f->block_bytes);
        f->team = team_new(options->threads);
        f->runs = calloc(options->batch, sizeof(*f->runs));
        if (f->block == NULL || f->team == NULL || f->runs == NULL)
            status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a session");
    }
    if (status != 0) {
        forward_free(f);
        return status;
    }
    memset(f->block, 0, f->block_bytes);
    lay_out(f);
    *out = f;
    return 0;
}

void forward_free(struct forward *f)
{
    if (f == NULL)
        return;
    team_free(f->team);
    rope_release(&f->rope[0]);
    rope_release(&f->rope[1]);
    if (f->block != NULL)
        explicit_bzero(f->block, f->block_bytes);
    free(f->block);
    free(f->runs);
    free(f);
}

size_t forward_bytes(const struct forward *f)
{
    return f->block_bytes + sizeof(*f);
}

float *forward_logits(const struct forward *f, size_t i)
{
    return f->logits + i * f->weights->output->rows;
}

/* ---- products ---- */

static void multiply(struct forward *f, struct activations *x, const struct product *list,
                     size_t count)
{
    products_run(&(struct products){.kernels = f->kernels,
                                    .team = f->team,
                                    .scratch = f->scratch,
                                    .scratch_floats = f->scratch_floats,
                                    .x = x,
                                    .list = list,
                                    .count = count});
}

static struct activations inputs(const struct forward *f, const float *values, size_t n,
                                 size_t count)
{
    return (struct activations){
        .values = values, .n = n, .count = count, .storage = f->packed, .exact = f->options.exact};
}

/* ---- the parts of a layer ---- */

static void norm(const struct forward *f, const float *x, const float *weight, size_t n, float *out)
{
    float sum = f->kernels->dot_f32(x, x, n);
    float scale = 1 / sqrtf(sum / (float)n + f->arch->norm_epsilon);
    for (size_t i = 0; i < n; i++)
        out[i] = x[i] * scale * weight[i];
}

struct norms {
    struct forward *f;
    const float *x, *weight;
    float *out;
};

static void norm_items(void *context, size_t first, size_t last, unsigned worker)
{
    const struct norms *p = context;
    size_t n = p->f->arch->width;
    (void)worker;
    for (size_t t = first; t < last; t++)
        norm(p->f, p->x + t * n, p->weight, n, p->out + t * n);
}

static void norm_all(struct forward *f, const float *x, const float *weight, float *out)
{
    struct norms p = {f, x, weight, out};
    team_run(f->team, norm_items, &p, f->count, ITEMS_AT_A_TIME);
}

static void add_all(struct forward *f, const float *y)
{
    for (size_t i = 0; i < f->count * f->arch->width; i++)
        f->x[i] += y[i];
}

static void store_head(const struct forward *f, const struct forward_item *item, bool values,
                       size_t head, const float *from)
{
    size_t slot = item->position % KV_PAGE;
    void *page = item->sequence->pages[item->position / KV_PAGE];
    kv_put(f->store, f->kernels, kv_page_head(f->store, page, f->layer, values, head), slot, from);
}

/* Rotate queries and keys, and put this pass's keys and values into the store. */
static void place_items(void *context, size_t first, size_t last, unsigned worker)
{
    struct forward *f = context;
    const struct arch *a = f->arch;
    const struct layer *layer = &f->weights->layers[f->layer];
    size_t n = a->head_size, pairs = a->rope_size / 2;
    int which = a->rope_local && arch_layer_windowed(a, f->layer);
    (void)worker;
    for (size_t t = first; t < last; t++) {
        const float *cosines = f->cosines[which] + t * pairs, *sines = f->sines[which] + t * pairs;
        for (size_t h = 0; h < a->heads; h++) {
            float *head = f->q + (t * a->heads + h) * n;
            if (layer->q_norm != NULL)
                norm(f, head, layer->q_norm, n, head);
            rope_rotate(&f->rope[which], cosines, sines, head);
        }
        for (size_t h = 0; h < a->kv_heads; h++) {
            float *head = f->k + (t * a->kv_heads + h) * n;
            if (layer->k_norm != NULL)
                norm(f, head, layer->k_norm, n, head);
            rope_rotate(&f->rope[which], cosines, sines, head);
            store_head(f, &f->items[t], false, h, head);
            store_head(f, &f->items[t], true, h, f->v + (t * a->kv_heads + h) * n);
        }
    }
}

static void attend_runs(void *context, size_t first, size_t last, unsigned worker)
{
    struct forward *f = context;
    struct attention a = {.arch = f->arch, .kernels = f->kernels, .store = f->store};
    size_t heads = f->arch->kv_heads;
    while (first < last) {
        size_t head = first % heads, count = heads - head;
        count = count < last - first ? count : last - first;
        attention_heads(&a, &f->runs[first / heads], f->layer, head, head + count,
                        f->scratch + worker * f->scratch_floats);
        first += count;
    }
}

static void attention(struct forward *f, const struct layer *layer)
{
    const struct arch *a = f->arch;
    size_t q = (size_t)a->heads * a->head_size;
    norm_all(f, f->x, layer->attention_norm, f->normed);
    struct activations x = inputs(f, f->normed, a->width, f->count);
    multiply(f, &x,
             (struct product[]){{layer->module[MODULE_Q], layer->q_bias, f->q},
                                {layer->module[MODULE_K], layer->k_bias, f->k},
                                {layer->module[MODULE_V], layer->v_bias, f->v}},
             3);
    team_run(f->team, place_items, f, f->count, ITEMS_AT_A_TIME);
    /* Heads behind one another are asked of memory in advance. */
    size_t grain = a->kv_heads / (team_size(f->team) * 4) + 1;
    team_run(f->team, attend_runs, f, f->run_count * a->kv_heads, grain);
    x = inputs(f, f->mixed, q, f->count);
    multiply(f, &x, (struct product[]){{layer->module[MODULE_OUT], layer->out_bias, f->out}}, 1);
    if (layer->attention_post_norm != NULL)
        norm_all(f, f->out, layer->attention_post_norm, f->out);
    add_all(f, f->out);
}

struct activation {
    struct forward *f;
    size_t n; /* values of an input */
};

static void activate_inputs(void *context, size_t first, size_t last, unsigned worker)
{
    const struct activation *p = context;
    float *gate = p->f->gate + first * p->n;
    const float *up = p->f->up + first * p->n;
    size_t n = (last - first) * p->n;
    (void)worker;
    if (p->f->arch->activation == FFN_SILU) {
        p->f->kernels->silu(gate, up, n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        float g = gate[i];
        gate[i] = 0.5f * g * (1 + tanhf(0.79788456f * (g + 0.044715f * g * g * g))) * up[i];
    }
}

/* Gate, up and down of the plain network, whose layer may have biases, or of one expert. */
static void ffn_through(struct forward *f, struct activations *x, const struct matrix *gate,
                        const struct matrix *up, const struct matrix *down,
                        const struct layer *biases, float *out)
{
    size_t n = gate->rows;
    multiply(f, x,
             (struct product[]){{gate, biases != NULL ? biases->gate_bias : NULL, f->gate},
                                {up, biases != NULL ? biases->up_bias : NULL, f->up}},
             2);
    team_run(f->team, activate_inputs, &(struct activation){f, n}, x->count, ITEMS_AT_A_TIME);
    struct activations hidden = inputs(f, f->gate, n, x->count);
    multiply(f, &hidden, (struct product[]){{down, biases != NULL ? biases->down_bias : NULL, out}},
             1);
}

/* The best experts of one token, with weights that sum to 1. */
static void route(const struct forward *f, float *scores, uint32_t *chosen, float *shares)
{
    const struct arch *a = f->arch;
    float sum = 0;
    f->kernels->rows->soften(scores, a->experts);
    for (uint32_t i = 0; i < a->experts_used; i++) {
        uint32_t best = 0;
        for (uint32_t e = 1; e < a->experts; e++) {
            if (scores[e] > scores[best])
                best = e;
        }
        chosen[i] = best;
        shares[i] = scores[best];
        sum += scores[best];
        scores[best] = -1;
    }
    for (uint32_t i = 0; i < a->experts_used; i++)
        shares[i] /= sum;
}

/* Every expert's inputs together, so that its weights are read once. */
static void experts(struct forward *f, const struct layer *layer)
{
    const struct arch *a = f->arch;
    const struct matrix *const *m = layer->module;
    size_t used = a->experts_used, width = a->width;
    struct activations x = inputs(f, f->normed, width, f->count);
    multiply(f, &x, (struct product[]){{m[MODULE_ROUTER], NULL, f->routes}}, 1);
    for (size_t t = 0; t < f->count; t++)
        route(f, f->routes + t * a->experts, f->chosen + t * used, f->shares + t * used);
    for (uint32_t e = 0; e < a->experts; e++) {
        size_t count = 0, n = a->expert_ffn;
        for (size_t i = 0; i < f->count * used; i++) {
            if (f->chosen[i] == e)
                memcpy(f->gathered + count++ * width, f->normed + i / used * width,
                       width * sizeof(float));
        }
        if (count == 0)
            continue;
        struct matrix gate = matrix_rows(m[MODULE_GATE], (uint32_t)(e * n), (uint32_t)n);
        struct matrix up = matrix_rows(m[MODULE_UP], (uint32_t)(e * n), (uint32_t)n);
        struct matrix down = matrix_rows(m[MODULE_DOWN], e * a->width, a->width);
        x = inputs(f, f->gathered, width, count);
        ffn_through(f, &x, &gate, &up, &down, NULL, f->out);
        count = 0;
        for (size_t i = 0; i < f->count * used; i++) {
            if (f->chosen[i] == e)
                f->kernels->axpy_f32(f->x + i / used * width, f->shares[i],
                                     f->out + count++ * width, width);
        }
    }
}

static void ffn(struct forward *f, const struct layer *layer)
{
    const struct matrix *const *m = layer->module;
    norm_all(f, f->x, layer->ffn_norm, f->normed);
    if (f->arch->experts > 0) {
        experts(f, layer);
        return;
    }
    struct activations x = inputs(f, f->normed, f->arch->width, f->count);
    ffn_through(f, &x, m[MODULE_GATE], m[MODULE_UP], m[MODULE_DOWN], layer, f->out);
    if (layer->ffn_post_norm != NULL)
        norm_all(f, f->out, layer->ffn_post_norm, f->out);
    add_all(f, f->out);
}

static void output(struct forward *f)
{
    size_t n = f->arch->width, wanted = 0, rows = f->weights->output->rows;
    for (size_t t = 0; t < f->count; t++) {
        if (f->items[t].wants_logits)
            norm(f, f->x + t * n, f->weights->output_norm, n, f->normed + wanted++ * n);
    }
    if (wanted == 0)
        return;
    struct activations x = inputs(f, f->normed, n, wanted);
    multiply(f, &x, (struct product[]){{f->weights->output, f->weights->output_bias, f->logits}},
             1);
    float cap = f->arch->output_cap;
    for (size_t i = 0; cap > 0 && i < wanted * rows; i++)
        f->logits[i] = cap * tanhf(f->logits[i] / cap);
}

/* Neighbouring positions of a sequence go through attention together. */
static void find_runs(struct forward *f)
{
    size_t heads = (size_t)f->arch->heads * f->arch->head_size;
    size_t most = attention_run_length(f->arch);
    f->run_count = 0;
    for (size_t t = 0; t < f->count; t++) {
        const struct forward_item *item = &f->items[t];
        struct attention_run *last = f->run_count > 0 ? &f->runs[f->run_count - 1] : NULL;
        if (last != NULL && last->pages == item->sequence->pages && last->count < most &&
            last->first + last->count == item->position) {
            last->count++;
            continue;
        }
        f->runs[f->run_count++] = (struct attention_run){.pages = item->sequence->pages,
                                                         .first = item->position,
                                                         .count = 1,
                                                         .queries = f->q + t * heads,
                                                         .out = f->mixed + t * heads};
    }
}

void forward_run(struct forward *f, const struct forward_item *items, size_t count)
{
    const struct arch *a = f->arch;
    size_t pairs = a->rope_size / 2;
    f->items = items;
    f->count = count;
    find_runs(f);
    for (size_t t = 0; t < count; t++) {
        float *x = f->x + t * a->width;
        matrix_expand(f->weights->embedding, (uint32_t)items[t].token, x);
        for (size_t i = 0; a->embedding_scale != 1 && i < a->width; i++)
            x[i] *= a->embedding_scale;
        for (int i = 0; i < (a->rope_local ? 2 : 1); i++)
            rope_angles(&f->rope[i], items[t].position, f->cosines[i] + t * pairs,
                        f->sines[i] + t * pairs);
    }
    for (f->layer = 0; f->layer < a->layers; f->layer++) {
        attention(f, &f->weights->layers[f->layer]);
        ffn(f, &f->weights->layers[f->layer]);
    }
    output(f);
}
