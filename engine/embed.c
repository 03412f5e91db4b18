#include "engine/encoder.h"

#include "engine/error.h"

enum { MOST_THREADS = 256 };

static int check_texts(const struct engine_model *m, const struct engine_text *texts, size_t count,
                       size_t *longest, struct engine_error *error)
{
    *longest = 0;
    for (size_t i = 0; i < count; i++) {
        if (texts[i].count == 0 || texts[i].count > m->arch.context)
            return engine_fail(error, ENGINE_ERR_CONTEXT,
                               "a text of %zu tokens does not fit the model's %u", texts[i].count,
                               (unsigned)m->arch.context);
        for (size_t t = 0; t < texts[i].count; t++) {
            if (texts[i].tokens[t] < 0 || (uint32_t)texts[i].tokens[t] >= m->vocab.count)
                return engine_fail(error, ENGINE_ERR_ARGUMENT, "%d is no token of this model",
                                   (int)texts[i].tokens[t]);
        }
        if (texts[i].count > *longest)
            *longest = texts[i].count;
    }
    return 0;
}

int engine_embed(const struct engine_model *model, const struct engine_text *texts, size_t count,
                 unsigned threads, float *out, struct engine_error *error)
{
    size_t longest = 0;
    if (model->weights.embedding == NULL)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "the model was opened for its words alone");
    if (encoder_outputs(model) == 0)
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                           "architecture %s is no encoder: it generates text", model->arch.name);
    if (threads > MOST_THREADS)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "%u threads are too many", threads);
    int status = check_texts(model, texts, count, &longest, error);
    if (status != 0 || count == 0)
        return status;
    if (!gguf_intact(model->file))
        return engine_fail(error, ENGINE_ERR_IO, "the model's file was changed while in use");
    return encoder_run(model, texts, count, longest, threads > 0 ? threads : 1, out, error);
}
