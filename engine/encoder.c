/*
 * Whole texts through an encoder at once. They share the reading of the weights and see only
 * themselves; nothing is kept between calls.
 */
#include "engine/encoder.h"

#include "engine/error.h"
#include "engine/products.h"
#include "engine/rope.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Short texts go through together up to so many tokens; a longer one goes alone. */
enum { PASS_TOKENS = 512 };

struct row {
    int32_t token;
    uint32_t position, first, last; /* its text is rows first .. last - 1 of the pass */
};

struct encoder {
    const struct arch *arch;
    const struct weights *weights;
    const struct kernels *kernels;
    struct team *team;
    struct rope rope;
    struct row *rows;
    size_t count, most; /* rows of the pass; of the largest pass */

    float *block; /* one allocation for all of the below */
    size_t block_bytes;
    float *x, *q, *k, *v, *mixed, *out, *gate, *up, *cosines, *sines;
    float *scores;  /* per worker: most */
    float *scratch; /* per worker: scratch_floats */
    size_t scratch_floats;
    float *packed; /* the 8-bit form of inputs */
};

/* Cut a piece of n floats from the block, which is NULL while sizes are being added up. */
static float *take(struct encoder *e, size_t n)
{
    float *piece = e->block != NULL ? e->block + e->block_bytes / sizeof(float) : NULL;
    e->block_bytes += (n + 15) / 16 * 16 * sizeof(float);
    return piece;
}

static void lay_out(struct encoder *e)
{
    const struct arch *a = e->arch;
    size_t n = e->most, threads = team_size(e->team);
    size_t widest = a->width > a->ffn ? a->width : a->ffn;
    e->block_bytes = 0;
    e->x = take(e, n * a->width);
    e->q = take(e, n * a->width);
    e->k = take(e, n * a->width);
    e->v = take(e, n * a->width);
    e->mixed = take(e, n * a->width);
    e->out = take(e, n * a->width);
    e->gate = take(e, n * a->ffn);
    e->up = take(e, n * a->ffn);
    e->cosines = take(e, n * e->rope.pairs);
    e->sines = take(e, n * e->rope.pairs);
    e->scores = take(e, threads * n);
    e->scratch_floats = matrix_scratch(widest) / sizeof(float) + 1;
    e->scratch = take(e, threads * e->scratch_floats);
    e->packed = take(e, activations_size(widest, n) / sizeof(float) + 1);
}

static void encoder_release(struct encoder *e)
{
    team_free(e->team);
    rope_release(&e->rope);
    if (e->block != NULL)
        explicit_bzero(e->block, e->block_bytes);
    if (e->rows != NULL)
        explicit_bzero(e->rows, e->most * sizeof(*e->rows));
    free(e->block);
    free(e->rows);
}

static int encoder_init(struct encoder *e, const struct engine_model *model, size_t most,
                        unsigned threads, struct engine_error *error)
{
    *e = (struct encoder){.arch = &model->arch,
                          .weights = &model->weights,
                          .kernels = kernels_get(),
                          .team = team_new(threads),
                          .most = most};
    int status = 0;
    if (!model->arch.positions)
        status = rope_init(&e->rope, e->arch, e->weights, e->arch->context, false, error);
    if (status == 0 && e->team != NULL) {
        lay_out(e);
        e->block = aligned_alloc(64, e->block_bytes);
        e->rows = calloc(most, sizeof(*e->rows));
    }
    if (status == 0 && (e->block == NULL || e->rows == NULL))
        status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for an encoder");
    if (status != 0) {
        encoder_release(e);
        return status;
    }
    memset(e->block, 0, e->block_bytes);
    lay_out(e);
    return 0;
}

/* ---- products ---- */

static void multiply(struct encoder *e, struct activations *x, const struct product *list,
                     size_t count)
{
    products_run(&(struct products){.kernels = e->kernels,
                                    .team = e->team,
                                    .scratch = e->scratch,
                                    .scratch_floats = e->scratch_floats,
                                    .x = x,
                                    .list = list,
                                    .count = count});
}

static struct activations inputs(const struct encoder *e, const float *values, size_t n,
                                 size_t count)
{
    return (struct activations){.values = values, .n = n, .count = count, .storage = e->packed};
}

/* ---- the parts of a layer ---- */

/* x = norm(x + y), y NULL for nothing: mean and deviation of a row become 0 and 1. */
static void add_norm(struct encoder *e, const float *y, const float *weight, const float *bias)
{
    size_t n = e->arch->width;
    for (size_t t = 0; t < e->count; t++) {
        float *x = e->x + t * n, sum = 0;
        for (size_t i = 0; i < n; i++) {
            x[i] += y != NULL ? y[t * n + i] : 0;
            sum += x[i];
        }
        float mean = sum / (float)n;
        for (size_t i = 0; i < n; i++)
            x[i] -= mean;
        float square = e->kernels->dot_f32(x, x, n);
        float scale = 1 / sqrtf(square / (float)n + e->arch->norm_epsilon);
        for (size_t i = 0; i < n; i++)
            x[i] = x[i] * scale * weight[i] + bias[i];
    }
}

static void rotate(struct encoder *e)
{
    size_t pairs = e->rope.pairs, size = e->arch->head_size;
    for (size_t t = 0; t < e->count; t++) {
        const float *cosines = e->cosines + t * pairs, *sines = e->sines + t * pairs;
        for (size_t h = 0; h < e->arch->heads; h++) {
            size_t at = t * e->arch->width + h * size;
            rope_rotate(&e->rope, cosines, sines, e->q + at);
            rope_rotate(&e->rope, cosines, sines, e->k + at);
        }
    }
}

/* One head of one row, which sees every row of its text. */
static void attend(struct encoder *e, size_t t, size_t head, float *scores)
{
    size_t width = e->arch->width, size = e->arch->head_size, at = head * size;
    const struct row *row = &e->rows[t];
    float most = -INFINITY, *out = e->mixed + t * width + at;
    size_t count = row->last - row->first;
    const float *keys = e->k + row->first * width + at, *values = e->v + row->first * width + at;
    for (size_t i = 0; i < count; i++) {
        scores[i] = e->kernels->dot_f32(e->q + t * width + at, keys + i * width, size) *
                    e->arch->attention_scale;
        most = fmaxf(most, scores[i]);
    }
    float sum = e->kernels->exp_sum(scores, most, count);
    memset(out, 0, size * sizeof(*out));
    for (size_t i = 0; i < count; i++)
        e->kernels->axpy_f32(out, scores[i] / sum, values + i * width, size);
}

static void attend_run(void *context, size_t first, size_t last, unsigned worker)
{
    struct encoder *e = context;
    for (size_t i = first; i < last; i++)
        attend(e, i / e->arch->heads, i % e->arch->heads, e->scores + worker * e->most);
}

static void attention(struct encoder *e, const struct layer *layer)
{
    size_t n = e->arch->width;
    struct activations x = inputs(e, e->x, n, e->count);
    multiply(e, &x,
             (struct product[]){{layer->module[MODULE_Q], layer->q_bias, e->q},
                                {layer->module[MODULE_K], layer->k_bias, e->k},
                                {layer->module[MODULE_V], layer->v_bias, e->v}},
             3);
    if (e->rope.pairs > 0)
        rotate(e);
    team_run(e->team, attend_run, e, e->count * e->arch->heads, 1);
    x = inputs(e, e->mixed, n, e->count);
    multiply(e, &x, (struct product[]){{layer->module[MODULE_OUT], layer->out_bias, e->out}}, 1);
    add_norm(e, e->out, layer->attention_post_norm, layer->attention_post_bias);
}

static void ffn(struct encoder *e, const struct layer *layer)
{
    size_t hidden = e->arch->ffn, all = hidden * e->count;
    struct activations x = inputs(e, e->x, e->arch->width, e->count);
    struct product first[] = {{layer->module[MODULE_UP], layer->up_bias, e->up},
                              {layer->module[MODULE_GATE], layer->gate_bias, e->gate}};
    bool gated = e->arch->activation == FFN_SILU;
    multiply(e, &x, first, gated ? 2 : 1);
    if (gated) {
        e->kernels->silu(e->gate, e->up, all);
    } else {
        for (size_t i = 0; i < all; i++) {
            float u = e->up[i];
            e->up[i] = 0.5f * u * (1 + tanhf(0.79788456f * (u + 0.044715f * u * u * u)));
        }
    }
    x = inputs(e, gated ? e->gate : e->up, hidden, e->count);
    multiply(e, &x, (struct product[]){{layer->module[MODULE_DOWN], layer->down_bias, e->out}}, 1);
    add_norm(e, e->out, layer->ffn_post_norm, layer->ffn_post_bias);
}

/* Add the row of a table, by way of `spare`, a row's room. */
static void add_row(const struct encoder *e, const struct matrix *table, uint32_t row, float *spare,
                    float *x)
{
    if (table == NULL)
        return;
    matrix_expand(table, row, spare);
    for (size_t i = 0; i < e->arch->width; i++)
        x[i] += spare[i];
}

static void run(struct encoder *e)
{
    const struct encoder_weights *w = &e->weights->encoder;
    for (size_t t = 0; t < e->count; t++) {
        const struct row *row = &e->rows[t];
        float *x = e->x + t * e->arch->width;
        matrix_expand(e->weights->embedding, (uint32_t)row->token, x);
        add_row(e, w->token_types, 0, e->out, x);
        add_row(e, w->positions, row->position, e->out, x);
        if (e->rope.pairs > 0)
            rope_angles(&e->rope, row->position, e->cosines + t * e->rope.pairs,
                        e->sines + t * e->rope.pairs);
    }
    add_norm(e, NULL, w->norm, w->norm_bias);
    for (uint32_t i = 0; i < e->arch->layers; i++) {
        attention(e, &e->weights->layers[i]);
        ffn(e, &e->weights->layers[i]);
    }
}

/* The classification head on one row. */
static void classify(struct encoder *e, const float *x, float *out)
{
    const struct encoder_weights *w = &e->weights->encoder;
    size_t n = e->arch->width;
    struct activations input = inputs(e, x, n, 1);
    if (w->head_first != NULL) {
        float *y = w->head_output != NULL ? e->mixed : out;
        multiply(e, &input, (struct product[]){{w->head_first, w->head_first_bias, y}}, 1);
        for (size_t i = 0; i < n; i++)
            y[i] = tanhf(y[i]);
        input = inputs(e, y, n, 1);
    }
    if (w->head_output != NULL)
        multiply(e, &input, (struct product[]){{w->head_output, w->head_output_bias, out}}, 1);
}

/* One text's rows to its vector. */
static void pool(struct encoder *e, size_t first, size_t last, float *out)
{
    size_t n = e->arch->width;
    if (e->arch->pooling == POOLING_RANK) {
        classify(e, e->x + first * n, out);
    } else if (e->arch->pooling == POOLING_MEAN) {
        memset(out, 0, n * sizeof(*out));
        for (size_t t = first; t < last; t++)
            e->kernels->axpy_f32(out, 1 / (float)(last - first), e->x + t * n, n);
    } else {
        size_t t = e->arch->pooling == POOLING_LAST ? last - 1 : first;
        memcpy(out, e->x + t * n, n * sizeof(*out));
    }
}

static void add_text(struct encoder *e, const struct engine_text *text)
{
    uint32_t first = (uint32_t)e->count, last = (uint32_t)(first + text->count);
    for (uint32_t i = 0; i < text->count; i++)
        e->rows[e->count++] = (struct row){text->tokens[i], i, first, last};
}

uint32_t encoder_outputs(const struct engine_model *m)
{
    const struct encoder_weights *w = &m->weights.encoder;
    if (!m->arch.encoder)
        return 0;
    if (m->arch.pooling != POOLING_RANK || w->head_output == NULL)
        return m->arch.width;
    return w->head_output->rows;
}

int encoder_run(const struct engine_model *model, const struct engine_text *texts, size_t count,
                size_t longest, unsigned threads, float *out, struct engine_error *error)
{
    struct encoder e;
    size_t most = longest > PASS_TOKENS ? longest : PASS_TOKENS;
    size_t outputs = encoder_outputs(model);
    int status = encoder_init(&e, model, most, threads, error);
    if (status != 0)
        return status;
    for (size_t at = 0; at < count;) {
        size_t next = at;
        for (e.count = 0; next < count && e.count + texts[next].count <= most; next++)
            add_text(&e, &texts[next]);
        run(&e);
        for (size_t first = 0; at < next; first += texts[at].count, at++)
            pool(&e, first, first + texts[at].count, out + at * outputs);
    }
    encoder_release(&e);
    return 0;
}

size_t engine_label(const struct engine_model *model, uint32_t score, char *out, size_t cap)
{
    struct gguf_array labels;
    char key[96];
    size_t offset = 0, len = 0;
    const char *label = "";
    snprintf(key, sizeof(key), "%s.classifier.output_labels", model->arch.name);
    if (!model->arch.encoder || !gguf_array(model->file, key, &labels) ||
        labels.type != GGUF_VALUE_STRING || score >= labels.count)
        return 0;
    for (uint32_t i = 0; i <= score; i++)
        label = gguf_array_next(&labels, &offset, &len);
    memcpy(out, label, len < cap ? len : cap);
    return len;
}
