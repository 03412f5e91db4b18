/*
 * arch.h - what a model's metadata says about its shape, in one struct for all architectures.
 *
 * An architecture is a row of differences (rope pairing, norms, windows, ...), not a code path of
 * its own. Values are checked for sanity here and against the tensors' shapes in weights.c.
 */
#ifndef PENSTOCK_ENGINE_ARCH_H
#define PENSTOCK_ENGINE_ARCH_H

#include "engine/gguf.h"

enum rope_scaling { ROPE_PLAIN, ROPE_LINEAR, ROPE_YARN };
enum ffn_activation { FFN_SILU, FFN_GELU };
/* What becomes of an encoder's rows, by the numbers in the file; RANK: the classification head. */
enum pooling { POOLING_NONE, POOLING_MEAN, POOLING_FIRST, POOLING_LAST, POOLING_RANK };

struct arch {
    const char *name; /* a literal */
    uint32_t context, width, layers, heads, kv_heads, head_size, value_size, ffn;
    uint32_t experts, experts_used, expert_ffn;
    float norm_epsilon;

    bool rope_halves; /* pairs (i, i + n/2) rather than (2i, 2i+1) */
    uint32_t rope_size;
    float rope_base, rope_local_base;
    bool rope_local; /* windowed layers turn by rope_local_base, without scaling */
    enum rope_scaling rope_scaling;
    float rope_factor, rope_attention_factor;
    uint32_t rope_original_context;

    uint32_t window;         /* 0: none */
    uint32_t window_pattern; /* layer i has the window unless (i + 1) % pattern == 0; 0: none has */
    struct gguf_array windowed; /* count > 0: one for each layer, in place of the pattern */
    float attention_scale, attention_cap, output_cap;
    float embedding_scale;
    enum ffn_activation activation;
    bool qk_norm;    /* norms on each head's query and key */
    bool post_norms; /* norms after attention and feed-forward */
    bool fused_ffn;  /* gate and up in one matrix */

    bool encoder;   /* reads a whole text at once; norms, with biases, come after */
    bool positions; /* has a table of them rather than rope */
    enum pooling pooling;

    bool kv_outside; /* keys and values lie in a library: our pages only count them */
};

/* The architectures that run, and what would serve the others, are in arch.c. */
ENGINE_CHECK int arch_read(struct arch *out, const struct gguf *file, struct engine_error *error);

/* Whether layer i looks only at the last `window` positions. */
bool arch_layer_windowed(const struct arch *arch, uint32_t layer);

#endif
