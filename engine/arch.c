#include "engine/arch.h"

#include "engine/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* More than any model has; keeps products of these numbers far from overflow. */
enum { MOST_WIDTH = 1 << 18, MOST_LAYERS = 1024, MOST_HEADS = 4096, MOST_EXPERTS = 1024 };

struct keys {
    const struct gguf *file;
    const char *arch;
    char key[128];
};

static const char *key_of(struct keys *k, const char *suffix)
{
    snprintf(k->key, sizeof(k->key), "%.48s.%s", k->arch, suffix);
    return k->key;
}

/* A number, or a list of one for each layer when all are the same. */
static bool number(struct keys *k, const char *suffix, uint32_t *out)
{
    struct gguf_array list;
    if (!gguf_array(k->file, key_of(k, suffix), &list))
        return gguf_u32(k->file, k->key, out);
    if (list.count == 0 || list.type == GGUF_VALUE_STRING)
        return false;
    double first = gguf_array_number(&list, 0);
    for (size_t i = 1; i < list.count; i++) {
        if (gguf_array_number(&list, i) < first || gguf_array_number(&list, i) > first)
            return false;
    }
    if (!(first >= 0) || first > INT32_MAX)
        return false;
    *out = (uint32_t)first;
    return true;
}

static bool real(struct keys *k, const char *suffix, float *out)
{
    return gguf_f32(k->file, key_of(k, suffix), out);
}

static int need(struct keys *k, const char *suffix, uint32_t *out, uint32_t most,
                struct engine_error *error)
{
    if (!number(k, suffix, out))
        return engine_fail(error, ENGINE_ERR_FORMAT, "the model lacks %s", k->key);
    if (*out == 0 || *out > most)
        return engine_fail(error, ENGINE_ERR_FORMAT, "the model's %s is impossible: %u", k->key,
                           (unsigned)*out);
    return 0;
}

static const struct known {
    const char *name;
    struct arch differences;
} known[] = {
    {"llama", {.activation = FFN_SILU}},
    {"qwen2", {.rope_halves = true}},
    {"qwen3", {.rope_halves = true, .qk_norm = true}},
    {"qwen3moe", {.rope_halves = true, .qk_norm = true}},
    {"phi3", {.rope_halves = true, .fused_ffn = true}},
    {"gemma2", {.rope_halves = true, .activation = FFN_GELU, .post_norms = true}},
    {"gemma3", {.rope_halves = true, .activation = FFN_GELU, .post_norms = true, .qk_norm = true}},
    {"bert", {.encoder = true, .activation = FFN_GELU, .positions = true}},
    {"nomic-bert", {.encoder = true, .rope_halves = true}},
};

static int refuse(const char *name, struct engine_error *error)
{
    if (strcmp(name, "penstock-net") == 0)
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                           "this file is a classifier (penstock-net), not a chat model");
    if (strstr(name, "bert") != NULL)
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                           "encoders of architecture %.48s are not supported (bert and nomic-bert "
                           "are); serve it with llama-server --embedding as an on-premises target",
                           name);
    return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                       "architecture %.48s is not supported (llama, qwen2, qwen3, qwen3moe, phi3, "
                       "gemma2, gemma3, bert, nomic-bert are); serve the file with llama-server, "
                       "Ollama or vLLM as "
                       "an on-premises target",
                       name);
}

static int read_rope(struct arch *a, struct keys *k, struct engine_error *error)
{
    a->rope_size = a->head_size;
    number(k, "rope.dimension_count", &a->rope_size);
    if (a->rope_size == 0 || a->rope_size > a->head_size || a->rope_size % 2 != 0)
        return engine_fail(error, ENGINE_ERR_FORMAT, "the model's %s is impossible: %u",
                           key_of(k, "rope.dimension_count"), (unsigned)a->rope_size);
    a->rope_base = 10000;
    real(k, "rope.freq_base", &a->rope_base);
    a->rope_local_base = 10000;
    real(k, "rope.freq_base_swa", &a->rope_local_base);
    a->rope_factor = 1;
    a->rope_attention_factor = 1;
    real(k, "rope.scaling.attn_factor", &a->rope_attention_factor);
    a->rope_original_context = a->context;
    number(k, "rope.scaling.original_context_length", &a->rope_original_context);
    const char *scaling = gguf_string(k->file, key_of(k, "rope.scaling.type"), NULL);
    if (!real(k, "rope.scaling.factor", &a->rope_factor) &&
        real(k, "rope.scale_linear", &a->rope_factor))
        scaling = "linear";
    /* longrope shows in its tensors of factors, and some files name it nowhere else. */
    if (scaling != NULL && (strcmp(scaling, "none") == 0 || strcmp(scaling, "longrope") == 0))
        a->rope_scaling = ROPE_PLAIN;
    else if (scaling == NULL || strcmp(scaling, "linear") == 0)
        a->rope_scaling = ROPE_LINEAR;
    else if (strcmp(scaling, "yarn") == 0)
        a->rope_scaling = ROPE_YARN;
    else
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                           "rope scaling %.32s is not supported; serve the file with llama-server "
                           "as an on-premises target",
                           scaling);
    if (!(a->rope_base > 0) || !(a->rope_local_base > 0) || !(a->rope_factor > 0) ||
        a->rope_original_context == 0)
        return engine_fail(error, ENGINE_ERR_FORMAT, "the model's rope settings are impossible");
    return 0;
}

static int read_heads(struct arch *a, struct keys *k, struct engine_error *error)
{
    int status = need(k, "attention.head_count", &a->heads, MOST_HEADS, error);
    if (status != 0)
        return status;
    a->kv_heads = a->heads;
    struct gguf_array per_layer;
    if (!number(k, "attention.head_count_kv", &a->kv_heads) &&
        gguf_array(k->file, key_of(k, "attention.head_count_kv"), &per_layer))
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                           "layers with different head counts are not supported; serve the file "
                           "with llama-server as an on-premises target");
    if (a->kv_heads == 0 || a->heads % a->kv_heads != 0)
        return engine_fail(error, ENGINE_ERR_FORMAT, "%u heads cannot share %u key-value heads",
                           (unsigned)a->heads, (unsigned)a->kv_heads);
    a->head_size = a->width / a->heads;
    number(k, "attention.key_length", &a->head_size);
    a->value_size = a->head_size;
    number(k, "attention.value_length", &a->value_size);
    if (a->head_size == 0 || a->head_size > 65536 || a->value_size != a->head_size)
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                           "heads of %u keys and %u values are not supported",
                           (unsigned)a->head_size, (unsigned)a->value_size);
    a->attention_scale = 1 / sqrtf((float)a->head_size);
    return 0;
}

static int read_experts(struct arch *a, struct keys *k, struct engine_error *error)
{
    number(k, "expert_count", &a->experts);
    number(k, "expert_used_count", &a->experts_used);
    a->expert_ffn = a->ffn;
    if (!number(k, "expert_feed_forward_length", &a->expert_ffn) && a->experts_used > 0 &&
        strcmp(a->name, "qwen3moe") == 0)
        a->expert_ffn = a->ffn / a->experts_used;
    if (a->experts == 0)
        return 0;
    uint32_t shared = 0;
    number(k, "expert_shared_count", &shared);
    if (shared > 0)
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                           "shared experts are not supported; serve the file with llama-server");
    if (a->experts > MOST_EXPERTS || a->experts_used == 0 || a->experts_used > a->experts ||
        a->expert_ffn == 0 || a->expert_ffn > MOST_WIDTH)
        return engine_fail(error, ENGINE_ERR_FORMAT, "%u of %u experts are impossible",
                           (unsigned)a->experts_used, (unsigned)a->experts);
    return 0;
}

static int read_gemma(struct arch *a, struct keys *k, struct engine_error *error)
{
    bool second = strcmp(a->name, "gemma2") == 0;
    a->embedding_scale = sqrtf((float)a->width);
    a->window = second ? 4096 : 0;
    a->window_pattern = second ? 2 : 6;
    number(k, "attention.sliding_window", &a->window);
    if (gguf_array(k->file, key_of(k, "attention.sliding_window_pattern"), &a->windowed)) {
        if (a->windowed.type == GGUF_VALUE_STRING || a->windowed.count < a->layers)
            return engine_fail(error, ENGINE_ERR_FORMAT, "the model's %s is impossible", k->key);
    } else {
        number(k, "attention.sliding_window_pattern", &a->window_pattern);
    }
    a->rope_local =
        a->window > 0 && (!second || real(k, "rope.freq_base_swa", &a->rope_local_base));
    if (second) {
        a->attention_cap = 50;
        a->output_cap = 30;
        real(k, "attn_logit_softcapping", &a->attention_cap);
    }
    real(k, "final_logit_softcapping", &a->output_cap);
    /* The 27B models divide by width / heads, which their files do not say. */
    if ((second && a->layers == 46) || (!second && a->layers == 62))
        a->attention_scale = 1 / sqrtf((float)a->width / (float)a->heads);
    return 0;
}

/* A file without a word of pooling gets the mean. */
static int read_encoder(struct arch *a, struct keys *k, struct engine_error *error)
{
    uint32_t pooling = POOLING_MEAN;
    bool causal = false;
    gguf_bool(k->file, key_of(k, "attention.causal"), &causal);
    if (causal || a->kv_heads != a->heads || a->heads * a->head_size != a->width || a->experts > 0)
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                           "encoders with causal attention, shared heads or experts are not "
                           "supported; serve the file with llama-server --embedding");
    number(k, "pooling_type", &pooling);
    if (pooling > POOLING_RANK)
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED, "%s %u is not known",
                           key_of(k, "pooling_type"), (unsigned)pooling);
    a->pooling = pooling == POOLING_NONE ? POOLING_MEAN : (enum pooling)pooling;
    return 0;
}

int arch_read(struct arch *out, const struct gguf *file, struct engine_error *error)
{
    const char *name = gguf_string(file, "general.architecture", NULL);
    const struct known *row = NULL;
    if (name == NULL)
        return engine_fail(error, ENGINE_ERR_FORMAT, "the model lacks general.architecture");
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i].name, name) == 0)
            row = &known[i];
    }
    if (row == NULL)
        return refuse(name, error);
    *out = row->differences;
    out->name = row->name;
    out->embedding_scale = 1;
    struct keys k = {.file = file, .arch = name};
    int status = need(&k, "context_length", &out->context, UINT32_MAX / 2, error);
    if (status == 0)
        status = need(&k, "embedding_length", &out->width, MOST_WIDTH, error);
    if (status == 0)
        status = need(&k, "block_count", &out->layers, MOST_LAYERS, error);
    if (status == 0)
        status = need(&k, "feed_forward_length", &out->ffn, MOST_WIDTH * 4, error);
    if (status == 0)
        status = read_heads(out, &k, error);
    if (status == 0)
        status = read_rope(out, &k, error);
    if (status == 0)
        status = read_experts(out, &k, error);
    if (status != 0)
        return status;
    const char *epsilon =
        out->encoder ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon";
    if (!real(&k, epsilon, &out->norm_epsilon) || !(out->norm_epsilon > 0))
        return engine_fail(error, ENGINE_ERR_FORMAT, "the model lacks %s", key_of(&k, epsilon));
    if (out->post_norms)
        return read_gemma(out, &k, error);
    return out->encoder ? read_encoder(out, &k, error) : 0;
}

bool arch_layer_windowed(const struct arch *arch, uint32_t layer)
{
    if (arch->window > 0 && arch->windowed.count > 0)
        return gguf_array_number(&arch->windowed, layer) > 0;
    if (arch->window == 0 || arch->window_pattern == 0)
        return false;
    return (layer + 1) % arch->window_pattern != 0;
}
