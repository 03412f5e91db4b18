/*
 * The same engine on llama.cpp's libllama: what forward.c, encoder.c, weights.c and arch.c do, for
 * every architecture that it knows and on what hardware it finds. Files are opened and checked,
 * text tokenised, sessions led and tokens chosen by the same code as ever.
 *
 * What cannot be promised here: libllama ends the process when an assertion of its own fails, keeps
 * a repacked copy of some weights, and reads the file by its own map, so a file that is cut while a
 * step runs can end the process as well.
 */
/* ggml has a reader of GGUF of its own, with some of the names of ours. */
#define gguf_type ggml_gguf_type
#define gguf_free ggml_gguf_free
#define gguf_type_name ggml_gguf_type_name
#define GGUF_TYPE_COUNT GGML_GGUF_TYPE_COUNT
#include <llama.h>
#undef gguf_type
#undef gguf_free
#undef gguf_type_name
#undef GGUF_TYPE_COUNT

#include "engine/encoder.h"
#include "engine/error.h"
#include "engine/forward.h"
#include "engine/gguf_parts.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void hear_nothing(enum ggml_log_level level, const char *text, void *context)
{
    (void)level;
    (void)text;
    (void)context;
}

static void begin(void)
{
    llama_log_set(hear_nothing, NULL);
    ggml_backend_load_all();
    llama_backend_init();
}

/* ---- arch.h ---- */

static uint32_t number_of(const struct gguf *file, const char *name, const char *suffix,
                          uint32_t otherwise)
{
    char key[128];
    snprintf(key, sizeof(key), "%.48s.%s", name, suffix);
    gguf_u32(file, key, &otherwise);
    return otherwise;
}

/* What sessions and the KV limit need to know; libllama reads the rest itself. */
int arch_read(struct arch *out, const struct gguf *file, struct engine_error *error)
{
    const char *name = gguf_string(file, "general.architecture", NULL);
    char key[128];
    bool causal = true;
    if (name == NULL)
        return engine_fail(error, ENGINE_ERR_FORMAT, "the model lacks general.architecture");
    uint32_t heads = number_of(file, name, "attention.head_count", 1);
    uint32_t width = number_of(file, name, "embedding_length", 0);
    *out = (struct arch){
        .name = name,
        .context = number_of(file, name, "context_length", 0),
        .width = width,
        .layers = number_of(file, name, "block_count", 0),
        .heads = heads,
        .kv_heads = number_of(file, name, "attention.head_count_kv", heads),
        .head_size = heads > 0 ? number_of(file, name, "attention.key_length", width / heads) : 0,
        .kv_outside = true,
    };
    snprintf(key, sizeof(key), "%.48s.attention.causal", name);
    gguf_bool(file, key, &causal);
    out->encoder = !causal;
    out->pooling =
        (enum pooling)number_of(file, name, "pooling_type", out->encoder ? POOLING_MEAN : 0);
    if (out->context == 0 || out->context > UINT32_MAX / 2 || out->layers == 0 ||
        out->layers > 4096 || out->kv_heads == 0 || out->kv_heads > 4096 || out->head_size == 0 ||
        out->head_size > KV_MOST_HEAD || width == 0)
        return engine_fail(error, ENGINE_ERR_FORMAT, "the model's sizes are missing or impossible");
    return 0;
}

bool arch_layer_windowed(const struct arch *arch, uint32_t layer)
{
    (void)arch;
    (void)layer;
    return false;
}

/* ---- weights.h ---- */

/* A name for what was opened and checked, so that exactly that is read again. */
static int name_file(const struct gguf *file, char *out, size_t size, int *made,
                     struct engine_error *error)
{
    int fd = file->fd;
    *made = -1;
    if (fd < 0) {
        fd = memfd_create("model", MFD_CLOEXEC);
        *made = fd;
        size_t at = 0;
        while (fd >= 0 && at < file->size) {
            ssize_t n = write(fd, file->base + at, file->size - at);
            if (n <= 0)
                break;
            at += (size_t)n;
        }
        if (fd < 0 || at < file->size)
            return engine_fail(error, ENGINE_ERR_MEMORY, "no room for a copy of the model");
    }
    snprintf(out, size, "/proc/self/fd/%d", fd);
    return 0;
}

static struct llama_model *load(const struct gguf *file, struct engine_error *error)
{
    size_t count = file->rest_count + 1;
    char(*names)[40] = calloc(count, sizeof(*names));
    const char **paths = calloc(count, sizeof(*paths));
    struct llama_model *model = NULL;
    int made = -1, status = names == NULL || paths == NULL ? ENGINE_ERR_MEMORY : 0;
    for (size_t i = 0; status == 0 && i < count; i++) {
        int one = -1;
        status =
            name_file(i == 0 ? file : file->rest[i - 1], names[i], sizeof(names[i]), &one, error);
        made = one >= 0 ? one : made; /* bytes are one file */
        paths[i] = names[i];
    }
    if (status == 0)
        model = count == 1
                    ? llama_model_load_from_file(paths[0], llama_model_default_params())
                    : llama_model_load_from_splits(paths, count, llama_model_default_params());
    if (status == 0 && model == NULL)
        (void)engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                          "llama.cpp does not load this model of architecture %.48s",
                          gguf_string(file, "general.architecture", NULL));
    if (made >= 0)
        close(made);
    free(names);
    free(paths);
    return model;
}

int weights_load(struct weights *out, const struct arch *arch, const struct gguf *file,
                 struct engine_error *error)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)arch;
    (void)pthread_once(&once, begin);
    *out = (struct weights){.matrices = calloc(1, sizeof(struct matrix))};
    if (out->matrices == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a model");
    if (error != NULL)
        *error = (struct engine_error){ENGINE_ERR_MEMORY, "out of memory for a model"};
    struct llama_model *model = load(file, error);
    if (model == NULL) {
        weights_release(out);
        return error != NULL ? (int)error->status : ENGINE_ERR_UNSUPPORTED;
    }
    /* A stand-in for the tables: callers ask how many rows they have. */
    out->matrices[0].rows = (uint32_t)llama_vocab_n_tokens(llama_model_get_vocab(model));
    out->embedding = out->output = &out->matrices[0];
    out->outside = model;
    out->parameters = llama_model_n_params(model);
    out->bytes = llama_model_size(model);
    return 0;
}

void weights_release(struct weights *weights)
{
    if (weights->outside != NULL)
        llama_model_free(weights->outside);
    free(weights->matrices);
    *weights = (struct weights){0};
}

/* ---- forward.h ---- */

struct forward {
    struct llama_context *context;
    uint32_t vocab_size;
    struct llama_batch batch;
    bool has_batch;
    const struct kv_sequence **sequences; /* by libllama's number for them */
    size_t sequence_count, most_sequences;
    int32_t *rows;  /* items of the pass that wanted logits */
    float *nothing; /* logits of a pass that failed: no numbers, so no token is chosen */
    bool failed;
};

static struct llama_context_params context_params(uint32_t cells, uint32_t batch, unsigned threads)
{
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = cells;
    params.n_batch = batch;
    params.n_ubatch = batch;
    params.n_threads = (int32_t)threads;
    params.n_threads_batch = (int32_t)threads;
    params.kv_unified = true;
    return params;
}

int forward_new(struct forward **out, const struct arch *arch, const struct weights *weights,
                struct kv_store *store, const struct forward_options *o, struct engine_error *error)
{
    (void)arch;
    *out = NULL;
    if (o->sequences > llama_max_parallel_sequences())
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "%u sequences; llama.cpp runs %zu at most",
                           (unsigned)o->sequences, llama_max_parallel_sequences());
    struct forward *f = calloc(1, sizeof(*f));
    if (f == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a session");
    /* As many positions as the KV limit allows, and as could be used. */
    size_t cells = (size_t)o->context * o->sequences;
    if (cells > store->limit * KV_PAGE)
        cells = store->limit * KV_PAGE;
    struct llama_context_params params =
        context_params((uint32_t)(cells < 1u << 30 ? cells : 1u << 30), o->batch, o->threads);
    params.n_seq_max = o->sequences;
    params.type_k = params.type_v = store->type == GGUF_Q8_0 ? GGML_TYPE_Q8_0 : GGML_TYPE_F16;
    f->context = llama_init_from_model(weights->outside, params);
    f->vocab_size = weights->output->rows;
    f->most_sequences = o->sequences;
    f->sequences = calloc(o->sequences, sizeof(struct kv_sequence *));
    f->rows = calloc(o->batch, sizeof(*f->rows));
    f->nothing = malloc(f->vocab_size * sizeof(float));
    if (f->context == NULL || f->sequences == NULL || f->rows == NULL || f->nothing == NULL) {
        forward_free(f);
        return engine_fail(error, ENGINE_ERR_MEMORY, "llama.cpp has no room for this session");
    }
    f->batch = llama_batch_init((int32_t)o->batch, 0, 1);
    f->has_batch = true;
    *out = f;
    return 0;
}

void forward_free(struct forward *f)
{
    if (f == NULL)
        return;
    if (f->has_batch)
        llama_batch_free(f->batch);
    if (f->context != NULL)
        llama_free(f->context);
    free(f->sequences);
    free(f->rows);
    free(f->nothing);
    free(f);
}

size_t forward_bytes(const struct forward *f)
{
    return sizeof(*f) + f->vocab_size * sizeof(float);
}

/* libllama's number for a sequence; sequences keep their places as long as the session lives. */
static llama_seq_id number_for(struct forward *f, const struct kv_sequence *sequence)
{
    size_t i = 0;
    while (i < f->sequence_count && f->sequences[i] != sequence)
        i++;
    if (i == f->most_sequences)
        return -1;
    if (i == f->sequence_count)
        f->sequences[f->sequence_count++] = sequence;
    return (llama_seq_id)i;
}

void forward_run(struct forward *f, const struct forward_item *items, size_t count)
{
    llama_memory_t memory = llama_get_memory(f->context);
    size_t rows = 0;
    f->failed = false;
    f->batch.n_tokens = (int32_t)count;
    for (size_t i = 0; i < count; i++) {
        llama_seq_id id = number_for(f, items[i].sequence);
        llama_pos position = (llama_pos)items[i].position;
        bool first = i == 0 || items[i - 1].sequence != items[i].sequence;
        /* What stood here and behind: a guess that was wrong, or an answer that is over. */
        if (id < 0 || (first && !llama_memory_seq_rm(memory, id, position, -1)))
            f->failed = true;
        f->batch.token[i] = items[i].token;
        f->batch.pos[i] = position;
        f->batch.n_seq_id[i] = 1;
        f->batch.seq_id[i][0] = id < 0 ? 0 : id;
        f->batch.logits[i] = items[i].wants_logits;
        if (items[i].wants_logits)
            f->rows[rows++] = (int32_t)i;
    }
    if (!f->failed && llama_decode(f->context, f->batch) != 0)
        f->failed = true;
    memset(f->batch.token, 0, count * sizeof(*f->batch.token));
}

float *forward_logits(const struct forward *f, size_t i)
{
    float *logits = f->failed ? NULL : llama_get_logits_ith(f->context, f->rows[i]);
    if (logits != NULL)
        return logits;
    for (size_t t = 0; t < f->vocab_size; t++)
        f->nothing[t] = NAN;
    return f->nothing;
}

/* ---- encoders ---- */

uint32_t encoder_outputs(const struct engine_model *m)
{
    if (!m->arch.encoder)
        return 0;
    if (m->arch.pooling == POOLING_RANK)
        return llama_model_n_cls_out(m->weights.outside);
    return (uint32_t)llama_model_n_embd_out(m->weights.outside);
}

size_t engine_label(const struct engine_model *model, uint32_t score, char *out, size_t cap)
{
    const char *label = NULL;
    if (model->arch.encoder && score < llama_model_n_cls_out(model->weights.outside))
        label = llama_model_cls_label(model->weights.outside, score);
    size_t len = label != NULL ? strlen(label) : 0;
    if (len > 0)
        memcpy(out, label, len < cap ? len : cap);
    return len;
}

static bool embed_one(struct llama_context *context, struct llama_batch *batch,
                      const struct engine_text *text, size_t outputs, float *out)
{
    batch->n_tokens = (int32_t)text->count;
    for (size_t i = 0; i < text->count; i++) {
        batch->token[i] = text->tokens[i];
        batch->pos[i] = (llama_pos)i;
        batch->n_seq_id[i] = 1;
        batch->seq_id[i][0] = 0;
        batch->logits[i] = 1;
    }
    const float *row =
        llama_encode(context, *batch) == 0 ? llama_get_embeddings_seq(context, 0) : NULL;
    if (row != NULL)
        memcpy(out, row, outputs * sizeof(*out));
    memset(batch->token, 0, text->count * sizeof(*batch->token));
    return row != NULL;
}

int encoder_run(const struct engine_model *model, const struct engine_text *texts, size_t count,
                size_t longest, unsigned threads, float *out, struct engine_error *error)
{
    size_t outputs = encoder_outputs(model);
    struct llama_context_params params =
        context_params((uint32_t)longest, (uint32_t)longest, threads);
    params.embeddings = true;
    params.pooling_type = (enum llama_pooling_type)model->arch.pooling;
    struct llama_context *context = llama_init_from_model(model->weights.outside, params);
    if (context == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "llama.cpp has no room for an encoder");
    struct llama_batch batch = llama_batch_init((int32_t)longest, 0, 1);
    bool fine = true;
    for (size_t i = 0; fine && i < count; i++)
        fine = embed_one(context, &batch, &texts[i], outputs, out + i * outputs);
    llama_batch_free(batch);
    llama_free(context);
    return fine ? 0
                : engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                              "llama.cpp gives no embedding for this model");
}
