/*
 * engine_net.h - nets: GGUF files of architecture "penstock-net", which are the router's
 * classifiers. A bag of hashed features per position, a few convolutions, linear heads.
 *
 * A net is immutable after opening and may be used from any thread. Sources, errors and the rest of
 * what holds are engine.h's.
 */
#ifndef PENSTOCK_ENGINE_NET_H
#define PENSTOCK_ENGINE_NET_H

#include "engine/engine.h"

struct engine_net;

struct engine_net_info {
    uint32_t buckets;      /* feature ids are taken modulo this */
    uint32_t dense_inputs; /* floats per position beside the bag, may be 0 */
    uint32_t outputs;      /* floats per position (token nets) or per text (pooled nets) */
    bool pooled;
    uint8_t sha256[32];
    const char *name;
};

/* Features of a text: position p owns ids[starts[p]] .. ids[starts[p + 1] - 1]. */
struct engine_net_input {
    const uint32_t *ids;
    const uint32_t *starts; /* positions + 1 entries */
    const float *dense;     /* positions * dense_inputs, or NULL */
    size_t positions;
};

ENGINE_CHECK int engine_net_open(struct engine_net **out, const struct engine_source *source,
                                 struct engine_error *error);
void engine_net_free(struct engine_net *net);
void engine_net_describe(const struct engine_net *net, struct engine_net_info *out);

/* A string or float array stored with the weights (labels, thresholds); NULL when absent. */
const char *engine_net_string(const struct engine_net *net, const char *key);
const float *engine_net_floats(const struct engine_net *net, const char *key, size_t *count);

/* Bytes of scratch that a run over that many positions needs; the caller owns the scratch. */
size_t engine_net_scratch(const struct engine_net *net, size_t positions);

/* out: outputs * (pooled ? 1 : positions) floats, raw logits. No allocation, no locks. */
ENGINE_CHECK int engine_net_run(const struct engine_net *net, const struct engine_net_input *input,
                                void *scratch, size_t scratch_size, float *out,
                                struct engine_error *error);

#endif
