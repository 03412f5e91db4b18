#include "engine/encoder.h"

#include "engine/chat.h"
#include "engine/error.h"

#include <stdlib.h>
#include <string.h>

static int load_weights(struct engine_model *m, struct engine_error *error)
{
    int status = weights_load(&m->weights, &m->arch, m->file, error);
    if (status == 0 && m->weights.embedding->rows != m->vocab.count)
        status = engine_fail(error, ENGINE_ERR_FORMAT,
                             "the vocabulary has %u tokens, the model's table %u",
                             (unsigned)m->vocab.count, (unsigned)m->weights.embedding->rows);
    return status;
}

int engine_model_open(struct engine_model **out, const struct engine_source *source,
                      struct engine_error *error)
{
    *out = NULL;
    struct engine_model *m = calloc(1, sizeof(*m));
    if (m == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a model");
    int status = gguf_open(&m->file, source, error);
    if (status == 0 && !source->words_only)
        status = arch_read(&m->arch, m->file, error);
    if (status == 0)
        status = vocab_load(&m->vocab, m->file, error);
    if (status == 0 && !source->words_only)
        status = load_weights(m, error);
    if (status != 0) {
        engine_model_free(m);
        return status;
    }
    /* A template that cannot be read spoils chat alone: plain completion still works. */
    size_t len = 0;
    const char *chat = chat_template_source(m->file, &m->vocab, &len);
    m->calls = chat_call_format(chat, len);
    if (template_parse(&m->chat, chat, len, &m->chat_error) != 0)
        m->chat = NULL;
    *out = m;
    return 0;
}

void engine_model_free(struct engine_model *m)
{
    if (m == NULL)
        return;
    template_free(m->chat);
    weights_release(&m->weights);
    vocab_release(&m->vocab);
    gguf_free(m->file);
    free(m);
}

void engine_model_describe(const struct engine_model *m, struct engine_model_info *out)
{
    const char *name = gguf_string(m->file, "general.name", NULL);
    const char *architecture = gguf_string(m->file, "general.architecture", NULL);
    *out = (struct engine_model_info){
        .name = name != NULL ? name : "",
        .architecture = architecture != NULL ? architecture : "",
        .context_length = m->arch.context,
        .vocab_size = m->vocab.count,
        .parameters = m->weights.parameters,
        .calls = m->calls,
        .weight_bytes = m->weights.bytes,
        .embedding_width = encoder_outputs(m),
        .kv_token_bytes =
            m->arch.encoder ? 0 : (size_t)m->arch.layers * m->arch.kv_heads * m->arch.head_size * 4,
        .classifies = m->arch.encoder && m->arch.pooling == POOLING_RANK,
    };
    memcpy(out->sha256, gguf_sha256(m->file), sizeof(out->sha256));
}

int engine_tokenize(const struct engine_model *m, const char *text, size_t len, unsigned flags,
                    int32_t *tokens, size_t cap, size_t *count, struct engine_error *error)
{
    struct token_list list = {0};
    struct vocab_text marked = {
        .bytes = text, .len = len, .markers = (flags & ENGINE_TOKENIZE_SPECIAL) != 0};
    *count = 0;
    if ((flags & ENGINE_TOKENIZE_BOS) != 0 && m->vocab.add_bos && m->vocab.bos >= 0)
        token_list_add(&list, m->vocab.bos);
    int status = vocab_tokenize(&m->vocab, &marked, &list, error);
    if (status == 0 && (flags & ENGINE_TOKENIZE_BOS) != 0 && m->vocab.add_eos && m->vocab.eos >= 0)
        token_list_add(&list, m->vocab.eos);
    if (status == 0 && list.failed)
        status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the tokens");
    if (status == 0) {
        *count = list.count;
        size_t n = list.count < cap ? list.count : cap;
        if (n > 0)
            memcpy(tokens, list.ids, n * sizeof(*tokens));
        if (cap > 0 && cap < list.count)
            status = engine_fail(error, ENGINE_ERR_ARGUMENT, "%zu tokens do not fit in %zu",
                                 list.count, cap);
    }
    token_list_release(&list);
    return status;
}

size_t engine_token_bytes(const struct engine_model *m, int32_t token, char *out, size_t cap)
{
    return vocab_bytes(&m->vocab, token, out, cap);
}
