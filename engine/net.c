/*
 * net.c - nets: hashed bags of features per position, convolutions, linear heads.
 *
 * A file of architecture "penstock-net" (written by router/train/export.py) holds
 *   penstock-net.version 1, .bag "sum" | "mean" | "sqrt" (divide by the root of the bag's size),
 *   .embed_clip; per layer .width, .dilation, .residual (U32 arrays) and .clip (F32 array);
 *   .pool "none" | "mean" | "max", .pool_after (layers before it), .pool_clip;
 *   tensors embed.weight I8 [channels, buckets], embed.scale, embed.bias F32 [channels],
 *   dense.weight F32 [channels, inputs] (optional),
 *   layer.N.weight I8 [width * channels, outs] (row: tap after tap), .scale, .bias F32 [outs],
 *   head.weight I8 [channels, outputs], head.scale, head.bias F32 [outputs].
 * Activations between layers are 7-bit: 0..127 stands for 0..clip. Integer sums make the result
 * the same on every machine, whatever the kernels and wherever a window begins.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_net.h"
#include "engine/error.h"
#include "engine/gguf.h"
#include "engine/net_kernels.h"

enum {
    MAX_LAYERS = 16,
    MAX_CHANNELS = 1024,
    MAX_WIDTH = 15,
    MAX_DILATION = 64,
    MAX_DENSE = 1024,
    BLOCK = 16, /* positions computed together: their sums stay in the near cache */
    ALIGN = 64,
};

#define ARCHITECTURE "penstock-net"
#define LEVELS 127.0f

enum bag { BAG_SUM, BAG_MEAN, BAG_SQRT };
enum pool { POOL_NONE, POOL_MEAN, POOL_MAX };

struct layer {
    uint32_t inputs, outs, width, dilation;
    bool residual;
    float clip;
    size_t padded;  /* outs, rounded up to whole lanes */
    int8_t *packed; /* see struct net_taps */
    float *scale;   /* includes the step of the input; padded entries, as bias */
    float *bias;
};

struct engine_net {
    struct gguf *file;
    const struct net_kernels *kernels;
    const int8_t *table;
    const float *embed_scale, *embed_bias, *dense;
    uint32_t channels, buckets, dense_inputs, outputs;
    enum bag bag;
    float embed_clip;
    size_t layer_count;
    struct layer layers[MAX_LAYERS + 1]; /* the head is the last one */
    enum pool pool;
    size_t pool_after;
    float pool_clip;
    size_t widest;     /* channels of the widest row between layers */
    size_t widest_sum; /* the same, padded, of sums */
    size_t margin;     /* zero rows before and after the positions */
};

/* ---- opening ---- */

static int bad(struct engine_error *error, const char *what)
{
    return engine_fail(error, ENGINE_ERR_FORMAT, "net: %s", what);
}

static const struct gguf_tensor *tensor_of(const struct gguf *file, enum gguf_type type,
                                           const char *name)
{
    const struct gguf_tensor *tensor = gguf_tensor(file, name);
    return tensor && tensor->type == type && tensor->dim_count <= 2 ? tensor : NULL;
}

static bool floats_are_good(const struct gguf_tensor *tensor, uint64_t count)
{
    if (tensor->elements != count) {
        return false;
    }
    const float *values = tensor->data;
    for (uint64_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return false;
        }
    }
    return true;
}

/* A vector of that many finite floats, or NULL. */
static const float *floats_of(const struct gguf *file, const char *name, uint64_t count)
{
    const struct gguf_tensor *tensor = tensor_of(file, GGUF_F32, name);
    return tensor && floats_are_good(tensor, count) ? tensor->data : NULL;
}

static bool clip_is_good(float clip)
{
    return clip > 1e-6f && clip < 1e6f;
}

static int open_embedding(struct engine_net *net, struct engine_error *error)
{
    const struct gguf *file = net->file;
    const struct gguf_tensor *table = tensor_of(file, GGUF_I8, "embed.weight");
    if (!table || table->dims[0] == 0 || table->dims[0] > MAX_CHANNELS ||
        table->dims[0] % NET_LANES != 0 || table->dims[1] == 0 || table->dims[1] > UINT32_MAX) {
        return bad(error, "embed.weight is missing or has an impossible shape");
    }
    net->channels = (uint32_t)table->dims[0];
    net->buckets = (uint32_t)table->dims[1];
    net->table = table->data;
    net->embed_scale = floats_of(file, "embed.scale", net->channels);
    net->embed_bias = floats_of(file, "embed.bias", net->channels);
    if (!net->embed_scale || !net->embed_bias) {
        return bad(error, "embed.scale or embed.bias is missing or wrong");
    }
    if (gguf_tensor(file, "dense.weight")) {
        const struct gguf_tensor *dense = tensor_of(file, GGUF_F32, "dense.weight");
        if (!dense || dense->dims[0] != net->channels || dense->dims[1] > MAX_DENSE) {
            return bad(error, "dense.weight has an impossible shape");
        }
        net->dense_inputs = (uint32_t)dense->dims[1];
        net->dense = floats_of(file, "dense.weight", dense->elements);
        if (!net->dense) {
            return bad(error, "dense.weight holds a number that is none");
        }
    }
    const char *bag = gguf_string(file, ARCHITECTURE ".bag", NULL);
    if (!bag || (strcmp(bag, "sum") && strcmp(bag, "mean") && strcmp(bag, "sqrt"))) {
        return bad(error, "bag is none of sum, mean, sqrt");
    }
    net->bag = bag[0] == 'm' ? BAG_MEAN : bag[1] == 'u' ? BAG_SUM : BAG_SQRT;
    if (!gguf_f32(file, ARCHITECTURE ".embed_clip", &net->embed_clip) ||
        !clip_is_good(net->embed_clip)) {
        return bad(error, "embed_clip is missing or wrong");
    }
    return ENGINE_OK;
}

/* Weights as [row of inputs / 4][outs, padded][4], so that one load serves 16 outputs. */
static int pack_layer(struct layer *layer, const int8_t *weights, const float *scale,
                      const float *bias, float step, struct engine_error *error)
{
    size_t row = (size_t)layer->inputs * layer->width;
    layer->packed = calloc(row, layer->padded);
    layer->scale = calloc(layer->padded, sizeof *layer->scale);
    layer->bias = calloc(layer->padded, sizeof *layer->bias);
    if (!layer->packed || !layer->scale || !layer->bias) {
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the weights of a net");
    }
    for (size_t o = 0; o < layer->outs; o++) {
        layer->scale[o] = scale[o] * step;
        layer->bias[o] = bias[o];
        for (size_t i = 0; i < row; i++) {
            layer->packed[(i / 4 * layer->padded + o) * 4 + i % 4] = weights[o * row + i];
        }
    }
    return ENGINE_OK;
}

/* The tensor "layer.2.bias" or, after the last layer, "head.bias". */
static const struct gguf_tensor *tensor_of_layer(const struct engine_net *net, size_t index,
                                                 const char *part, enum gguf_type type)
{
    char name[48];
    if (index == net->layer_count) {
        snprintf(name, sizeof name, "head.%s", part);
    } else {
        snprintf(name, sizeof name, "layer.%zu.%s", index, part);
    }
    return tensor_of(net->file, type, name);
}

static int open_layer(struct engine_net *net, size_t index, uint32_t inputs, float step,
                      struct engine_error *error)
{
    struct layer *layer = &net->layers[index];
    const struct gguf_tensor *weight = tensor_of_layer(net, index, "weight", GGUF_I8);
    const struct gguf_tensor *scale = tensor_of_layer(net, index, "scale", GGUF_F32);
    const struct gguf_tensor *bias = tensor_of_layer(net, index, "bias", GGUF_F32);
    uint64_t row = (uint64_t)inputs * layer->width;
    if (!weight || weight->dims[0] != row || weight->dims[1] == 0 ||
        weight->dims[1] > MAX_CHANNELS) {
        return engine_fail(error, ENGINE_ERR_FORMAT,
                           "net: the weights of layer %zu are missing or do not fit", index);
    }
    layer->inputs = inputs;
    layer->outs = (uint32_t)weight->dims[1];
    layer->padded = (layer->outs + (size_t)NET_LANES - 1) / NET_LANES * NET_LANES;
    if (!scale || !bias || !floats_are_good(scale, layer->outs) ||
        !floats_are_good(bias, layer->outs)) {
        return engine_fail(error, ENGINE_ERR_FORMAT,
                           "net: scale or bias of layer %zu is missing or wrong", index);
    }
    return pack_layer(layer, weight->data, scale->data, bias->data, step, error);
}

static bool shape_of_layer(const struct gguf *file, size_t index, struct layer *layer)
{
    static const char *const keys[] = {ARCHITECTURE ".width", ARCHITECTURE ".dilation",
                                       ARCHITECTURE ".residual", ARCHITECTURE ".clip"};
    double values[4];
    for (size_t i = 0; i < 4; i++) {
        struct gguf_array array;
        if (!gguf_array(file, keys[i], &array) || index >= array.count) {
            return false;
        }
        values[i] = gguf_array_number(&array, index);
    }
    if (!(values[0] >= 1 && values[0] <= MAX_WIDTH) || !(values[1] >= 1) ||
        !(values[1] <= MAX_DILATION) || !(values[2] == 0 || values[2] == 1)) {
        return false;
    }
    layer->width = (uint32_t)values[0];
    layer->dilation = (uint32_t)values[1];
    layer->residual = values[2] == 1;
    layer->clip = (float)values[3];
    return layer->width % 2 == 1 && clip_is_good(layer->clip);
}

static int open_pool(struct engine_net *net, struct engine_error *error)
{
    const char *pool = gguf_string(net->file, ARCHITECTURE ".pool", NULL);
    if (!pool || !strcmp(pool, "none")) {
        return ENGINE_OK;
    }
    uint32_t after = 0;
    if ((strcmp(pool, "mean") && strcmp(pool, "max")) ||
        !gguf_u32(net->file, ARCHITECTURE ".pool_after", &after) || after > net->layer_count ||
        !gguf_f32(net->file, ARCHITECTURE ".pool_clip", &net->pool_clip) ||
        !clip_is_good(net->pool_clip)) {
        return bad(error, "pool, pool_after or pool_clip is wrong");
    }
    net->pool = pool[1] == 'e' ? POOL_MEAN : POOL_MAX;
    net->pool_after = after;
    return ENGINE_OK;
}

static int open_layers(struct engine_net *net, struct engine_error *error)
{
    struct gguf_array widths;
    if (!gguf_array(net->file, ARCHITECTURE ".width", &widths)) {
        widths.count = 0;
    }
    if (widths.count > MAX_LAYERS) {
        return bad(error, "it has too many layers");
    }
    net->layer_count = widths.count;
    int status = open_pool(net, error);
    if (status) {
        return status;
    }
    uint32_t inputs = net->channels;
    float clip = net->embed_clip;
    net->widest = net->widest_sum = inputs;
    for (size_t i = 0; i <= net->layer_count; i++) {
        struct layer *layer = &net->layers[i];
        bool head = i == net->layer_count, pooled = net->pool && i >= net->pool_after;
        *layer = (struct layer){.width = 1, .dilation = 1};
        if (!head && !shape_of_layer(net->file, i, layer)) {
            return bad(error, "width, dilation, residual or clip of a layer is wrong");
        }
        if (pooled && layer->width > 1) {
            return bad(error, "a convolution stands after the pool");
        }
        if (net->pool && i == net->pool_after) {
            clip = net->pool_clip;
        }
        status = open_layer(net, i, inputs, clip / LEVELS, error);
        if (status) {
            return status;
        }
        if (!head && (layer->outs % NET_LANES || (layer->residual && layer->outs != inputs))) {
            return bad(error, "the outputs of a layer do not fit");
        }
        size_t reach = (size_t)(layer->width / 2) * layer->dilation;
        net->margin = reach > net->margin ? reach : net->margin;
        net->widest_sum = layer->padded > net->widest_sum ? layer->padded : net->widest_sum;
        net->widest = !head && layer->outs > net->widest ? layer->outs : net->widest;
        inputs = layer->outs;
        clip = layer->clip;
    }
    net->outputs = inputs;
    return ENGINE_OK;
}

int engine_net_open(struct engine_net **out, const struct engine_source *source,
                    struct engine_error *error)
{
    *out = NULL;
    struct engine_net *net = calloc(1, sizeof *net);
    if (!net) {
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a net");
    }
    uint32_t version = 0;
    int status = gguf_open(&net->file, source, error);
    if (status) {
        goto out;
    }
    const char *architecture = gguf_string(net->file, "general.architecture", NULL);
    if (!architecture || strcmp(architecture, ARCHITECTURE)) {
        status = engine_fail(error, ENGINE_ERR_UNSUPPORTED, "net: the file is no " ARCHITECTURE);
        goto out;
    }
    if (!gguf_u32(net->file, ARCHITECTURE ".version", &version) || version != 1) {
        status = engine_fail(error, ENGINE_ERR_UNSUPPORTED, "net: version %u is not known",
                             (unsigned)version);
        goto out;
    }
    net->kernels = net_kernels_get();
    status = open_embedding(net, error);
    if (!status) {
        status = open_layers(net, error);
    }
out:
    if (status) {
        engine_net_free(net);
        return status;
    }
    *out = net;
    return ENGINE_OK;
}

void engine_net_free(struct engine_net *net)
{
    if (!net) {
        return;
    }
    for (size_t i = 0; i <= net->layer_count; i++) {
        free(net->layers[i].packed);
        free(net->layers[i].scale);
        free(net->layers[i].bias);
    }
    gguf_free(net->file);
    free(net);
}

void engine_net_describe(const struct engine_net *net, struct engine_net_info *out)
{
    const char *name = gguf_string(net->file, "general.name", NULL);
    *out = (struct engine_net_info){
        .buckets = net->buckets,
        .dense_inputs = net->dense_inputs,
        .outputs = net->outputs,
        .pooled = net->pool != POOL_NONE,
        .name = name ? name : "",
    };
    memcpy(out->sha256, gguf_sha256(net->file), sizeof out->sha256);
}

const char *engine_net_string(const struct engine_net *net, const char *key)
{
    return gguf_string(net->file, key, NULL);
}

const float *engine_net_floats(const struct engine_net *net, const char *key, size_t *count)
{
    const struct gguf_tensor *tensor = gguf_tensor(net->file, key);
    if (!tensor || tensor->type != GGUF_F32) {
        return NULL;
    }
    *count = (size_t)tensor->elements;
    return tensor->data;
}

/* ---- running ---- */

/* Two rows of activations to go back and forth between, sums of a block, one row of floats. */
struct plan {
    uint8_t *from, *to;
    int32_t *sums;
    float *row;
    size_t bytes;
};

static size_t rounded(size_t bytes)
{
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static void plan_lay(struct plan *plan, const struct engine_net *net, size_t positions, void *base)
{
    size_t rows = rounded((positions + 1 + 2 * net->margin) * net->widest); /* 1: a pool of none */
    size_t sums = rounded(BLOCK * net->widest_sum * sizeof(int32_t));
    size_t row = rounded(net->widest_sum * sizeof(float));
    uint8_t *at = base;
    if (at) {
        uintptr_t over = (uintptr_t)at % ALIGN;
        at += over ? ALIGN - over : 0;
        plan->from = at;
        plan->to = at + rows;
        plan->sums = (int32_t *)(void *)(at + 2 * rows);
        plan->row = (float *)(void *)(at + 2 * rows + sums);
    }
    plan->bytes = ALIGN + 2 * rows + sums + row;
}

size_t engine_net_scratch(const struct engine_net *net, size_t positions)
{
    struct plan plan = {0};
    plan_lay(&plan, net, positions, NULL);
    return plan.bytes;
}

/* The bag of one position and its dense inputs to a row of activations. */
static void embed(const struct engine_net *net, const struct engine_net_input *input, size_t p,
                  const struct plan *plan, uint8_t *out)
{
    size_t channels = net->channels, count = input->starts[p + 1] - input->starts[p];
    net->kernels->bag(plan->sums, net->table, channels, net->buckets, input->ids + input->starts[p],
                      count);
    float inverse = LEVELS / net->embed_clip;
    if (net->bag == BAG_SUM && !net->dense) {
        net->kernels->activate(out, plan->sums, net->embed_scale, net->embed_bias, NULL, 0.0f,
                               inverse, channels);
        return;
    }
    float share = net->bag == BAG_SUM || count == 0 ? 1.0f
                  : net->bag == BAG_MEAN            ? 1.0f / (float)count
                                                    : 1.0f / sqrtf((float)count);
    for (size_t c = 0; c < channels; c++) {
        plan->row[c] = (float)plan->sums[c] * net->embed_scale[c];
        plan->row[c] *= share;
        plan->row[c] += net->embed_bias[c];
    }
    for (size_t i = 0; i < net->dense_inputs; i++) {
        float value = input->dense[p * net->dense_inputs + i];
        const float *weights = net->dense + i * channels;
        for (size_t c = 0; c < channels; c++) {
            plan->row[c] += value * weights[c];
        }
    }
    for (size_t c = 0; c < channels; c++) {
        float value = plan->row[c] * inverse;
        value = value > 0.0f ? value : 0.0f; /* a NaN from the caller ends here */
        out[c] = (uint8_t)lrintf(value < LEVELS ? value : LEVELS);
    }
}

static void run_layer(const struct engine_net *net, const struct layer *layer, float input_clip,
                      const struct plan *plan, const uint8_t *from, uint8_t *to, size_t positions)
{
    size_t reach = (size_t)(layer->width / 2) * layer->dilation;
    struct net_taps taps = {
        .packed = layer->packed,
        .channels = layer->inputs,
        .taps = layer->width,
        .outs = layer->padded,
        .step = (size_t)layer->dilation * layer->inputs,
    };
    for (size_t done = 0; done < positions; done += BLOCK) {
        size_t count = positions - done < BLOCK ? positions - done : BLOCK;
        const uint8_t *rows = from + done * layer->inputs;
        net->kernels->convolve(plan->sums, &taps, rows - reach * layer->inputs, count);
        for (size_t p = 0; p < count; p++) {
            net->kernels->activate(to + (done + p) * layer->outs, plan->sums + p * layer->padded,
                                   layer->scale, layer->bias,
                                   layer->residual ? rows + p * layer->inputs : NULL,
                                   input_clip / LEVELS, LEVELS / layer->clip, layer->outs);
        }
    }
}

static void run_head(const struct engine_net *net, const struct plan *plan, const uint8_t *from,
                     size_t positions, float *out)
{
    const struct layer *head = &net->layers[net->layer_count];
    struct net_taps taps = {
        .packed = head->packed, .channels = head->inputs, .taps = 1, .outs = head->padded};
    for (size_t done = 0; done < positions; done += BLOCK) {
        size_t count = positions - done < BLOCK ? positions - done : BLOCK;
        net->kernels->convolve(plan->sums, &taps, from + done * head->inputs, count);
        for (size_t p = 0; p < count; p++) {
            for (size_t o = 0; o < head->outs; o++) {
                float value = (float)plan->sums[p * head->padded + o] * head->scale[o];
                *out++ = value + head->bias[o];
            }
        }
    }
}

/* All positions to one row. */
static void run_pool(const struct engine_net *net, float input_clip, const uint8_t *from,
                     size_t channels, size_t positions, uint8_t *to)
{
    float factor = input_clip / net->pool_clip;
    for (size_t c = 0; c < channels; c++) {
        uint64_t sum = 0;
        uint8_t most = 0;
        for (size_t p = 0; p < positions; p++) {
            uint8_t value = from[p * channels + c];
            sum += value;
            most = value > most ? value : most;
        }
        float value = net->pool == POOL_MAX ? (float)most
                      : positions           ? (float)((double)sum / (double)positions)
                                            : 0.0f;
        value *= factor;
        to[c] = (uint8_t)lrintf(value < LEVELS ? value : LEVELS);
    }
}

static int check_input(const struct engine_net *net, const struct engine_net_input *input,
                       const void *scratch, size_t scratch_size, struct engine_error *error)
{
    if (!scratch || scratch_size < engine_net_scratch(net, input->positions)) {
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "net: the scratch is too small");
    }
    if (net->dense_inputs && !input->dense) {
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "net: dense inputs are missing");
    }
    for (size_t p = 0; p < input->positions; p++) {
        if (input->starts[p + 1] < input->starts[p]) {
            return engine_fail(error, ENGINE_ERR_ARGUMENT, "net: starts go back");
        }
    }
    return ENGINE_OK;
}

int engine_net_run(const struct engine_net *net, const struct engine_net_input *input,
                   void *scratch, size_t scratch_size, float *out, struct engine_error *error)
{
    int status = check_input(net, input, scratch, scratch_size, error);
    if (status) {
        return status;
    }
    size_t positions = input->positions, channels = net->channels;
    struct plan plan = {0};
    plan_lay(&plan, net, positions, scratch);
    uint8_t *from = plan.from, *to = plan.to;
    for (size_t p = 0; p < positions; p++) {
        embed(net, input, p, &plan, from + (net->margin + p) * channels);
    }
    float clip = net->embed_clip;
    for (size_t i = 0; i <= net->layer_count; i++) {
        if (net->pool && i == net->pool_after) {
            run_pool(net, clip, from + net->margin * channels, channels, positions,
                     to + net->margin * channels);
            uint8_t *swap = from;
            from = to;
            to = swap;
            clip = net->pool_clip;
            positions = 1;
        }
        if (i == net->layer_count) {
            break;
        }
        const struct layer *layer = &net->layers[i];
        /* What lies outside the text is zero for every layer. */
        size_t margin = net->margin * channels;
        memset(from, 0, margin);
        memset(from + margin + positions * channels, 0, margin);
        run_layer(net, layer, clip, &plan, from + margin, to + net->margin * layer->outs,
                  positions);
        uint8_t *swap = from;
        from = to;
        to = swap;
        channels = layer->outs;
        clip = layer->clip;
    }
    run_head(net, &plan, from + net->margin * channels, positions, out);
    return ENGINE_OK;
}
