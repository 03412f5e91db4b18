#include "engine/weights.h"

#include "engine/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct loader {
    const struct gguf *file;
    const struct arch *arch;
    struct weights *out;
    size_t used; /* of out->matrices */
    uint32_t layer;
    char name[80];
    struct engine_error *error;
};

static const struct gguf_tensor *find(struct loader *l, const char *part)
{
    snprintf(l->name, sizeof(l->name), "blk.%u.%s", (unsigned)l->layer, part);
    return gguf_tensor(l->file, l->name);
}

static int lacks(struct loader *l)
{
    return engine_fail(l->error, ENGINE_ERR_FORMAT, "the model lacks tensor %s", l->name);
}

static int misshapen(struct loader *l, const struct gguf_tensor *t)
{
    return engine_fail(l->error, ENGINE_ERR_FORMAT,
                       "tensor %s has the wrong shape for this architecture: %llu x %llu x %llu",
                       t->name, (unsigned long long)t->dims[0], (unsigned long long)t->dims[1],
                       (unsigned long long)t->dims[2]);
}

/* A vector of floats; F32 is what converters write for norms and biases. */
static int take_vector(struct loader *l, const struct gguf_tensor *t, uint64_t n, bool needed,
                       const float **out)
{
    if (t == NULL)
        return needed ? lacks(l) : 0;
    if (t->elements != n || t->dims[0] != n)
        return misshapen(l, t);
    if (t->type != GGUF_F32)
        return engine_fail(l->error, ENGINE_ERR_UNSUPPORTED,
                           "tensor %s is %s where F32 is expected; convert the model again",
                           t->name, gguf_type_name(t->type));
    *out = t->data;
    return 0;
}

static int vector(struct loader *l, const char *part, uint64_t n, bool needed, const float **out)
{
    return take_vector(l, find(l, part), n, needed, out);
}

/* experts: 1, or the number of matrices stacked in the third dimension. */
static int take_matrix(struct loader *l, const struct gguf_tensor *t, uint64_t cols, uint64_t rows,
                       uint64_t experts, const struct matrix **out)
{
    if (t == NULL)
        return lacks(l);
    if (t->dims[0] != cols || t->dims[1] != rows || t->dims[2] != experts || t->dims[3] != 1)
        return misshapen(l, t);
    if (!matrix_type_supported(t->type))
        return engine_fail(l->error, ENGINE_ERR_UNSUPPORTED,
                           "tensor %s has type %s, which this engine does not run; convert it to "
                           "Q8_0, or serve the file with llama-server as an on-premises target",
                           t->name, gguf_type_name(t->type));
    struct matrix *m = &l->out->matrices[l->used++];
    *m = (struct matrix){.data = t->data,
                         .row_bytes = t->size / (size_t)(rows * experts),
                         .rows = (uint32_t)(rows * experts),
                         .cols = (uint32_t)cols,
                         .type = t->type};
    *out = m;
    return 0;
}

static int matrix(struct loader *l, const char *part, uint64_t cols, uint64_t rows,
                  uint64_t experts, const struct matrix **out)
{
    return take_matrix(l, find(l, part), cols, rows, experts, out);
}

/* A run of rows of *from as a module of its own, for files that store several in one. */
static const struct matrix *slice(struct loader *l, const struct matrix *from, uint32_t first,
                                  uint32_t rows)
{
    struct matrix *m = &l->out->matrices[l->used++];
    *m = matrix_rows(from, first, rows);
    return m;
}

/* Queries, keys and values, in one matrix or in three; each with a bias or without. */
static int load_qkv(struct loader *l, struct layer *layer)
{
    const struct arch *a = l->arch;
    uint32_t q = a->heads * a->head_size, kv = a->kv_heads * a->head_size;
    const struct matrix **m = layer->module, *all = NULL;
    const float *bias = NULL;
    int status = 0;
    if (find(l, "attn_qkv.weight") != NULL) {
        status = matrix(l, "attn_qkv.weight", a->width, q + 2 * (uint64_t)kv, 1, &all);
        if (status == 0) {
            m[MODULE_Q] = slice(l, all, 0, q);
            m[MODULE_K] = slice(l, all, q, kv);
            m[MODULE_V] = slice(l, all, q + kv, kv);
            status = vector(l, "attn_qkv.bias", q + 2 * (uint64_t)kv, false, &bias);
        }
    } else {
        status = matrix(l, "attn_q.weight", a->width, q, 1, &m[MODULE_Q]);
        if (status == 0)
            status = matrix(l, "attn_k.weight", a->width, kv, 1, &m[MODULE_K]);
        if (status == 0)
            status = matrix(l, "attn_v.weight", a->width, kv, 1, &m[MODULE_V]);
    }
    if (status == 0 && bias != NULL) {
        layer->q_bias = bias;
        layer->k_bias = bias + q;
        layer->v_bias = bias + q + kv;
        return 0;
    }
    if (status == 0)
        status = vector(l, "attn_q.bias", q, false, &layer->q_bias);
    if (status == 0)
        status = vector(l, "attn_k.bias", kv, false, &layer->k_bias);
    if (status == 0)
        status = vector(l, "attn_v.bias", kv, false, &layer->v_bias);
    return status;
}

static int load_attention(struct loader *l, struct layer *layer)
{
    const struct arch *a = l->arch;
    uint32_t q = a->heads * a->head_size;
    int status = vector(l, "attn_norm.weight", a->width, true, &layer->attention_norm);
    if (status == 0)
        status = load_qkv(l, layer);
    if (status == 0)
        status = matrix(l, "attn_output.weight", q, a->width, 1, &layer->module[MODULE_OUT]);
    if (status == 0)
        status = vector(l, "attn_output.bias", a->width, false, &layer->out_bias);
    if (status == 0 && a->qk_norm)
        status = vector(l, "attn_q_norm.weight", a->head_size, true, &layer->q_norm);
    if (status == 0 && a->qk_norm)
        status = vector(l, "attn_k_norm.weight", a->head_size, true, &layer->k_norm);
    if (status == 0 && a->post_norms)
        status =
            vector(l, "post_attention_norm.weight", a->width, true, &layer->attention_post_norm);
    return status;
}

static int load_ffn_biases(struct loader *l, struct layer *layer)
{
    const uint32_t f = l->arch->ffn;
    int status = vector(l, "ffn_gate.bias", f, false, &layer->gate_bias);
    if (status == 0)
        status = vector(l, "ffn_up.bias", f, false, &layer->up_bias);
    if (status == 0)
        status = vector(l, "ffn_down.bias", l->arch->width, false, &layer->down_bias);
    return status;
}

static int load_ffn(struct loader *l, struct layer *layer)
{
    const struct arch *a = l->arch;
    const struct matrix **m = layer->module;
    int status = vector(l, "ffn_norm.weight", a->width, true, &layer->ffn_norm);
    if (status == 0 && a->post_norms)
        status = vector(l, "post_ffw_norm.weight", a->width, true, &layer->ffn_post_norm);
    if (status != 0)
        return status;
    if (a->experts > 0) {
        uint32_t n = a->experts, f = a->expert_ffn;
        status = matrix(l, "ffn_gate_inp.weight", a->width, n, 1, &m[MODULE_ROUTER]);
        if (status == 0)
            status = matrix(l, "ffn_gate_exps.weight", a->width, f, n, &m[MODULE_GATE]);
        if (status == 0)
            status = matrix(l, "ffn_up_exps.weight", a->width, f, n, &m[MODULE_UP]);
        if (status == 0)
            status = matrix(l, "ffn_down_exps.weight", f, a->width, n, &m[MODULE_DOWN]);
        return status;
    }
    if (a->fused_ffn) {
        const struct matrix *both = NULL;
        status = matrix(l, "ffn_up.weight", a->width, 2 * (uint64_t)a->ffn, 1, &both);
        if (status == 0) {
            m[MODULE_GATE] = slice(l, both, 0, a->ffn);
            m[MODULE_UP] = slice(l, both, a->ffn, a->ffn);
        }
    } else {
        status = matrix(l, "ffn_gate.weight", a->width, a->ffn, 1, &m[MODULE_GATE]);
        if (status == 0)
            status = matrix(l, "ffn_up.weight", a->width, a->ffn, 1, &m[MODULE_UP]);
    }
    if (status == 0)
        status = matrix(l, "ffn_down.weight", a->ffn, a->width, 1, &m[MODULE_DOWN]);
    return status == 0 && !a->fused_ffn ? load_ffn_biases(l, layer) : status;
}

static const struct gguf_tensor *find_global(struct loader *l, const char *name)
{
    snprintf(l->name, sizeof(l->name), "%s", name);
    return gguf_tensor(l->file, name);
}

static int load_global(struct loader *l)
{
    const struct arch *a = l->arch;
    struct weights *w = l->out;
    const struct gguf_tensor *t = find_global(l, "token_embd.weight");
    if (t == NULL)
        return lacks(l);
    if (t->dims[1] > INT32_MAX)
        return misshapen(l, t);
    uint64_t vocab = t->dims[1];
    int status = take_matrix(l, t, a->width, vocab, 1, &w->embedding);
    w->output = w->embedding; /* tied unless the file has its own */
    t = find_global(l, "output.weight");
    if (status == 0 && t != NULL)
        status = take_matrix(l, t, a->width, vocab, 1, &w->output);
    if (status == 0)
        status = take_vector(l, find_global(l, "output.bias"), vocab, false, &w->output_bias);
    uint64_t pairs = a->rope_size / 2;
    if (status == 0)
        status =
            take_vector(l, find_global(l, "output_norm.weight"), a->width, true, &w->output_norm);
    if (status == 0)
        status =
            take_vector(l, find_global(l, "rope_freqs.weight"), pairs, false, &w->rope_factors);
    if (status == 0)
        status =
            take_vector(l, find_global(l, "rope_factors_long.weight"), pairs, false, &w->rope_long);
    if (status == 0)
        status = take_vector(l, find_global(l, "rope_factors_short.weight"), pairs,
                             w->rope_long != NULL, &w->rope_short);
    return status;
}

/* ---- encoders ---- */

static int load_encoder_attention(struct loader *l, struct layer *layer)
{
    const uint32_t n = l->arch->width;
    int status = load_qkv(l, layer);
    if (status == 0)
        status = matrix(l, "attn_output.weight", n, n, 1, &layer->module[MODULE_OUT]);
    if (status == 0)
        status = vector(l, "attn_output.bias", n, false, &layer->out_bias);
    if (status == 0)
        status = vector(l, "attn_output_norm.weight", n, true, &layer->attention_post_norm);
    if (status == 0)
        status = vector(l, "attn_output_norm.bias", n, true, &layer->attention_post_bias);
    return status;
}

static int load_encoder_ffn(struct loader *l, struct layer *layer)
{
    const uint32_t n = l->arch->width, f = l->arch->ffn;
    const struct matrix **m = layer->module;
    int status = matrix(l, "ffn_up.weight", n, f, 1, &m[MODULE_UP]);
    if (status == 0 && l->arch->activation == FFN_SILU)
        status = matrix(l, "ffn_gate.weight", n, f, 1, &m[MODULE_GATE]);
    if (status == 0)
        status = matrix(l, "ffn_down.weight", f, n, 1, &m[MODULE_DOWN]);
    if (status == 0)
        status = load_ffn_biases(l, layer);
    if (status == 0)
        status = vector(l, "layer_output_norm.weight", n, true, &layer->ffn_post_norm);
    if (status == 0)
        status = vector(l, "layer_output_norm.bias", n, true, &layer->ffn_post_bias);
    return status;
}

/* A matrix outside the layers of any number of rows; NULL and fine when absent. */
static int optional_matrix(struct loader *l, const char *name, const struct matrix **out)
{
    const struct gguf_tensor *t = find_global(l, name);
    if (t == NULL)
        return 0;
    if (t->dims[1] > INT32_MAX)
        return misshapen(l, t);
    return take_matrix(l, t, l->arch->width, t->dims[1], 1, out);
}

static int load_head(struct loader *l)
{
    struct encoder_weights *e = &l->out->encoder;
    const uint32_t n = l->arch->width;
    int status = optional_matrix(l, "cls.weight", &e->head_first);
    if (status == 0 && e->head_first != NULL && e->head_first->rows != n)
        status = misshapen(l, find_global(l, "cls.weight"));
    if (status == 0)
        status = take_vector(l, find_global(l, "cls.bias"), n, false, &e->head_first_bias);
    if (status == 0)
        status = optional_matrix(l, "cls.output.weight", &e->head_output);
    if (status == 0 && e->head_output != NULL)
        status = take_vector(l, find_global(l, "cls.output.bias"), e->head_output->rows, false,
                             &e->head_output_bias);
    if (status == 0 && l->arch->pooling == POOLING_RANK && e->head_first == NULL &&
        e->head_output == NULL)
        status = engine_fail(l->error, ENGINE_ERR_FORMAT,
                             "the model ranks but lacks cls.weight and cls.output.weight");
    return status;
}

static int load_encoder_global(struct loader *l)
{
    struct encoder_weights *e = &l->out->encoder;
    const uint32_t n = l->arch->width;
    if (find_global(l, "token_embd.weight") == NULL)
        return lacks(l);
    int status = optional_matrix(l, "token_embd.weight", &l->out->embedding);
    if (status == 0)
        status = optional_matrix(l, "token_types.weight", &e->token_types);
    if (status == 0 && l->arch->positions) {
        status = optional_matrix(l, "position_embd.weight", &e->positions);
        if (status == 0 && e->positions == NULL)
            status = lacks(l);
        if (status == 0 && e->positions->rows < l->arch->context)
            status = misshapen(l, find_global(l, "position_embd.weight"));
    }
    if (status == 0)
        status = take_vector(l, find_global(l, "token_embd_norm.weight"), n, true, &e->norm);
    if (status == 0)
        status = take_vector(l, find_global(l, "token_embd_norm.bias"), n, true, &e->norm_bias);
    return status == 0 ? load_head(l) : status;
}

int weights_load(struct weights *out, const struct arch *arch, const struct gguf *file,
                 struct engine_error *error)
{
    *out = (struct weights){0};
    struct loader l = {.file = file, .arch = arch, .out = out, .error = error};
    /* Modules, and two more a layer for fused matrices and their slices; plus those outside. */
    size_t most = (size_t)arch->layers * (MODULE_COUNT + 2) + 5;
    out->layers = calloc(arch->layers, sizeof(*out->layers));
    out->matrices = calloc(most, sizeof(*out->matrices));
    if (out->layers == NULL || out->matrices == NULL) {
        weights_release(out);
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the model's tables");
    }
    int status = arch->encoder ? load_encoder_global(&l) : load_global(&l);
    for (l.layer = 0; status == 0 && l.layer < arch->layers; l.layer++) {
        struct layer *layer = &out->layers[l.layer];
        status = arch->encoder ? load_encoder_attention(&l, layer) : load_attention(&l, layer);
        if (status == 0)
            status = arch->encoder ? load_encoder_ffn(&l, layer) : load_ffn(&l, layer);
    }
    for (size_t i = 0; i < gguf_tensor_count(file); i++) {
        out->parameters += gguf_tensor_at(file, i)->elements;
        out->bytes += gguf_tensor_at(file, i)->size;
    }
    if (status != 0)
        weights_release(out);
    return status;
}

void weights_release(struct weights *weights)
{
    free(weights->layers);
    free(weights->matrices);
    *weights = (struct weights){0};
}
