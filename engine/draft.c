#include "engine/draft.h"

#include "engine/error.h"
#include "engine/model.h"

#include <stdlib.h>
#include <string.h>

static int compare_vocabularies(const struct vocab *a, const struct vocab *b,
                                struct engine_error *error)
{
    if (a->count != b->count)
        return engine_fail(error, ENGINE_ERR_ARGUMENT,
                           "the draft model has %u tokens, the model %u: they need one vocabulary",
                           (unsigned)a->count, (unsigned)b->count);
    for (uint32_t i = 0; i < a->count; i++) {
        const struct vocab_token *x = &a->tokens[i], *y = &b->tokens[i];
        if (x->len != y->len || x->ends != y->ends || memcmp(x->text, y->text, x->len) != 0)
            return engine_fail(error, ENGINE_ERR_ARGUMENT,
                               "token %u of the draft model is not the model's: they need one "
                               "vocabulary",
                               (unsigned)i);
    }
    return 0;
}

/* Two stores side by side under the limit of one. */
static int share_room(struct kv_store *a, struct kv_store *b, struct engine_error *error)
{
    size_t pages = a->limit * a->page_bytes / (a->page_bytes + b->page_bytes);
    if (pages == 0)
        return engine_fail(error, ENGINE_ERR_ARGUMENT,
                           "the KV limit is below one page of the model and its draft, %zu bytes",
                           a->page_bytes + b->page_bytes);
    a->limit = b->limit = pages;
    return 0;
}

int draft_new(struct draft **out, const struct engine_model *model,
              const struct engine_model *target, struct kv_store *store,
              const struct engine_session_options *o, struct engine_error *error)
{
    *out = NULL;
    if (model->arch.encoder)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "the draft model is an encoder");
    int status = compare_vocabularies(&model->vocab, &target->vocab, error);
    if (status != 0)
        return status;
    struct draft *d = calloc(1, sizeof(*d));
    if (d == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a draft model");
    d->model = model;
    d->context = model->arch.context;
    d->batch = o->prefill_chunk_tokens + 2 * o->max_sequences;
    /* One byte more than a page is enough to begin with: share_room sets the limit. */
    status = kv_store_init(&d->store, &model->arch, SIZE_MAX / 2, store->type, error);
    if (status == 0)
        status = share_room(store, &d->store, error);
    struct forward_options forward = {.context = d->context,
                                      .batch = (uint32_t)d->batch,
                                      .most_logits = o->max_sequences,
                                      .sequences = o->max_sequences,
                                      .threads = o->threads};
    if (status == 0)
        status =
            forward_new(&d->forward, &model->arch, &model->weights, &d->store, &forward, error);
    d->items = calloc(d->batch, sizeof(*d->items));
    if (status == 0 && d->items == NULL)
        status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a draft model");
    if (status != 0) {
        draft_free(d);
        return status;
    }
    *out = d;
    return 0;
}

void draft_free(struct draft *d)
{
    if (d == NULL)
        return;
    forward_free(d->forward);
    kv_store_release(&d->store);
    if (d->items != NULL)
        explicit_bzero(d->items, d->batch * sizeof(*d->items));
    free(d->items);
    free(d);
}

size_t draft_scratch_bytes(const struct draft *d)
{
    return forward_bytes(d->forward) + d->batch * sizeof(*d->items);
}

/* ---- sequences ---- */

void draft_open(struct draft *d, struct sequence *q, size_t positions)
{
    size_t most = positions < d->context ? positions : d->context;
    q->read = 0;
    q->read_along = kv_sequence_open(&q->draft_kv, &d->store, most, 0, 0, NULL) == 0;
}

void draft_close(struct draft *d, struct sequence *q)
{
    if (q->read_along)
        kv_sequence_close(&q->draft_kv, &d->store);
    q->read_along = false;
}

void draft_cut(struct draft *d, struct sequence *q, size_t count)
{
    if (q->read <= count)
        return;
    q->read = count;
    if (q->read_along)
        kv_sequence_cut(&q->draft_kv, &d->store, (count + KV_PAGE - 1) / KV_PAGE);
}

/* Behind what was read. False: no room, and no guesses for this sequence from now on. */
static bool add(struct draft *d, struct sequence *q, const int32_t *tokens, size_t n, bool ends,
                size_t *count)
{
    if (kv_sequence_grow(&q->draft_kv, &d->store, q->read + n, NULL) != 0) {
        draft_close(d, q);
        return false;
    }
    for (size_t i = 0; i < n; i++)
        d->items[(*count)++] = (struct forward_item){.token = tokens[i],
                                                     .position = (uint32_t)(q->read + i),
                                                     .sequence = &q->draft_kv,
                                                     .wants_logits = ends && i + 1 == n};
    q->read += n;
    return true;
}

/* What is new in the sequences. `wanted` of those that were not read to their end becomes 0. */
static size_t add_new(struct draft *d, struct sequence *sequences, size_t n, size_t most)
{
    size_t count = 0, rows = 0;
    for (size_t i = 0; i < n; i++) {
        struct sequence *q = &sequences[i];
        size_t wanted = q->wanted;
        q->wanted = 0;
        if (!q->active || !q->read_along || q->count >= q->draft_kv.promised * KV_PAGE)
            continue;
        size_t unread = q->count - q->read, room = most - count;
        /* Only what a guess needs; a prompt is read when there is room for it. */
        bool ends = wanted > 0 && unread <= room;
        size_t now = ends ? unread : unread - 1 < room ? unread - 1 : room;
        if (now == 0 || !add(d, q, q->tokens + q->read, now, ends, &count))
            continue;
        q->wanted = ends ? wanted : 0;
        q->draft_row = rows;
        rows += ends;
    }
    return count;
}

void draft_guess(struct draft *d, struct sequence *sequences, size_t n, size_t most)
{
    most = most < d->batch ? most : d->batch;
    size_t count = add_new(d, sequences, n, most);
    while (count > 0) {
        size_t rows = 0;
        forward_run(d->forward, d->items, count);
        count = 0;
        for (size_t i = 0; i < n; i++) {
            struct sequence *q = &sequences[i];
            if (q->guessed >= q->wanted)
                continue;
            int32_t token =
                sampler_best(forward_logits(d->forward, q->draft_row), d->model->vocab.count);
            if (token < 0) {
                q->wanted = q->guessed;
                continue;
            }
            q->drafted[q->guessed++] = token;
            q->guesses = q->drafted;
            /* The last one need not be read: nothing is guessed from it. */
            if (q->guessed == q->wanted || q->read >= q->draft_kv.promised * KV_PAGE ||
                !add(d, q, &q->drafted[q->guessed - 1], 1, true, &count)) {
                q->wanted = q->guessed;
                continue;
            }
            q->draft_row = rows++;
        }
    }
}
