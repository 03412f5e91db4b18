/*
 * weights.h - a model's tensors, found, checked against its shape, and held per layer.
 *
 * Every module (one matrix of one layer) sits behind one pointer, so that it can be exchanged for
 * another form of itself between two steps. Immutable after weights_load; the data stay in the
 * gguf, which must outlive this.
 */
#ifndef PENSTOCK_ENGINE_WEIGHTS_H
#define PENSTOCK_ENGINE_WEIGHTS_H

#include "engine/arch.h"
#include "engine/matrix.h"

enum module {
    MODULE_Q,
    MODULE_K,
    MODULE_V,
    MODULE_OUT,
    MODULE_GATE,
    MODULE_UP,
    MODULE_DOWN,
    MODULE_ROUTER, /* of the experts; their gate, up and down hold all experts' rows */
    MODULE_COUNT,
};

struct layer {
    const struct matrix *module[MODULE_COUNT]; /* NULL where the architecture has none */
    const float *attention_norm, *ffn_norm;
    const float *q_norm, *k_norm;                     /* NULL: none */
    const float *attention_post_norm, *ffn_post_norm; /* NULL: none */
    const float *q_bias, *k_bias, *v_bias, *out_bias; /* NULL: none */
    const float *attention_post_bias, *ffn_post_bias; /* of an encoder's norms */
    const float *gate_bias, *up_bias, *down_bias;     /* NULL: none */
};

/* What only encoders have. */
struct encoder_weights {
    const struct matrix *token_types, *positions; /* NULL: none */
    const float *norm, *norm_bias;                /* of the embeddings */
    /* The classification head: first and then tanh if it is there, and output; NULL: none. */
    const struct matrix *head_first, *head_output;
    const float *head_first_bias, *head_output_bias; /* NULL: none */
};

struct weights {
    struct layer *layers;
    struct matrix *matrices; /* storage of the modules, in the order of layers */
    const struct matrix *embedding, *output;
    const float *output_norm, *output_bias; /* output_bias NULL: none */
    struct encoder_weights encoder;
    const float *rope_factors, *rope_long, *rope_short; /* NULL: none; rope_size / 2 each */
    void *outside; /* a library's own form of all of these (llama.c), or NULL */
    uint64_t parameters;
    size_t bytes;
};

ENGINE_CHECK int weights_load(struct weights *out, const struct arch *arch, const struct gguf *file,
                              struct engine_error *error);
void weights_release(struct weights *weights);

#endif
