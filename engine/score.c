#include "engine/engine_tools.h"

#include "engine/error.h"
#include "engine/forward.h"
#include "engine/model.h"

#include <math.h>

/* Tokens in a pass; as many rows of logits are held at once. */
enum { PASS = 64 };

/* In double: a perplexity is a mean of many of these. */
static float logprob(const float *logits, size_t count, int32_t token)
{
    float most = -INFINITY;
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        most = fmaxf(most, logits[i]);
    for (size_t i = 0; i < count; i++)
        sum += exp((double)(logits[i] - most));
    return (float)((double)(logits[token] - most) - log(sum));
}

static int run(struct forward *forward, struct kv_store *store, struct kv_sequence *sequence,
               const struct engine_model *model, const int32_t *tokens, size_t count, size_t first,
               float *logprobs, struct engine_error *error)
{
    struct forward_item items[PASS];
    /* The last token is only asked for, never fed. */
    for (size_t at = 0; at + 1 < count;) {
        size_t n = count - 1 - at < PASS ? count - 1 - at : PASS, row = 0;
        int status = kv_sequence_grow(sequence, store, at + n, error);
        if (status != 0)
            return status;
        for (size_t i = 0; i < n; i++)
            items[i] = (struct forward_item){.token = tokens[at + i],
                                             .position = (uint32_t)(at + i),
                                             .sequence = sequence,
                                             .wants_logits = at + i + 1 >= first};
        forward_run(forward, items, n);
        for (size_t i = 0; i < n; i++) {
            if (items[i].wants_logits)
                logprobs[at + i + 1 - first] =
                    logprob(forward_logits(forward, row++), model->vocab.count, tokens[at + i + 1]);
        }
        at += n;
    }
    return 0;
}

int engine_score(const struct engine_model *model, const int32_t *tokens, size_t count,
                 size_t first, unsigned threads, float *logprobs, struct engine_error *error)
{
    struct kv_store store = {0};
    struct kv_sequence sequence = {0};
    struct forward *forward = NULL;
    if (model->arch.encoder)
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                           "architecture %s is an encoder: it foresees no tokens",
                           model->arch.name);
    if (first == 0 || first >= count || threads > 256)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "nothing to score from token %zu of %zu",
                           first, count);
    if (count > model->arch.context)
        return engine_fail(error, ENGINE_ERR_CONTEXT, "%zu tokens; the model's context holds %u",
                           count, (unsigned)model->arch.context);
    for (size_t i = 0; i < count; i++) {
        if (tokens[i] < 0 || (uint32_t)tokens[i] >= model->vocab.count)
            return engine_fail(error, ENGINE_ERR_ARGUMENT, "%d is no token of this model",
                               (int)tokens[i]);
    }
    if (!gguf_intact(model->file))
        return engine_fail(error, ENGINE_ERR_IO, "the model's file was changed while in use");
    struct forward_options options = {.context = (uint32_t)count,
                                      .batch = PASS,
                                      .most_logits = PASS,
                                      .sequences = 1,
                                      .threads = threads > 0 ? threads : 1};
    int status = kv_store_init(&store, &model->arch, SIZE_MAX, GGUF_F16, error);
    if (status == 0)
        status = kv_sequence_open(&sequence, &store, count, 0, 0, error);
    if (status == 0)
        status = forward_new(&forward, &model->arch, &model->weights, &store, &options, error);
    if (status == 0)
        status = run(forward, &store, &sequence, model, tokens, count, first, logprobs, error);
    forward_free(forward);
    kv_sequence_close(&sequence, &store);
    kv_store_release(&store);
    return status;
}
