#include "engine/kv_rows.h"

#include "engine/kv.h"
#include "engine/unpack.h"

#include <math.h>
#include <string.h>

/* ---- the plain set ---- */

static void dots_f16(float *out, const uint16_t *rows, const float *x, size_t n, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += half_to_float(rows[i * n + k]) * x[k];
        out[i] = sum;
    }
}

static void mix_f16(float *y, const uint16_t *rows, const float *shares, size_t n, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < n; k++)
            y[k] += shares[i] * half_to_float(rows[i * n + k]);
    }
}

static void mix_q8_0(float *y, const struct block_q8_0 *rows, const float *shares, size_t n,
                     size_t count)
{
    size_t blocks = n / BLOCK_Q8_0;
    for (size_t i = 0; i < count; i++) {
        for (size_t b = 0; b < blocks; b++) {
            const struct block_q8_0 *block = &rows[i * blocks + b];
            float factor = shares[i] * half_to_float(block->scale);
            for (size_t k = 0; k < BLOCK_Q8_0; k++)
                y[b * BLOCK_Q8_0 + k] += factor * (float)block->q[k];
        }
    }
}

static void soften(float *scores, size_t count)
{
    float most = -INFINITY, sum = 0;
    for (size_t i = 0; i < count; i++)
        most = fmaxf(most, scores[i]);
    for (size_t i = 0; i < count; i++) {
        scores[i] = expf(scores[i] - most);
        sum += scores[i];
    }
    for (size_t i = 0; i < count; i++)
        scores[i] /= sum;
}

static void to_half(uint16_t *out, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = float_to_half(x[i]);
}

const struct kv_rows kv_rows_plain = {.dots_f16 = dots_f16,
                                      .mix_f16 = mix_f16,
                                      .mix_q8_0 = mix_q8_0,
                                      .soften = soften,
                                      .to_half = to_half};

/* ---- rows of a store ---- */

void kv_put(const struct kv_store *store, const struct kernels *kernels, void *rows, size_t slot,
            const float *from)
{
    size_t n = store->head_size;
    void *to = (char *)rows + slot * store->row_bytes;
    if (store->type == GGUF_F32)
        memcpy(to, from, n * sizeof(float));
    else if (store->type == GGUF_Q8_0)
        kernels->quantize_q8_0(to, from, n);
    else
        kernels->rows->to_half(to, from, n);
}

void kv_query_set(struct kv_query *query, const struct kv_store *store,
                  const struct kernels *kernels, const float *x)
{
    query->x = x;
    if (store->type == GGUF_Q8_0)
        kernels->quantize_q8_0(query->q8, x, store->head_size);
}

void kv_scores(const struct kv_store *store, const struct kernels *kernels,
               const struct kv_query *query, const void *rows, size_t slot, size_t count,
               float *out)
{
    size_t n = store->head_size;
    const void *first = (const char *)rows + slot * store->row_bytes;
    if (store->type == GGUF_F32)
        kernels->matvec_f32(out, first, query->x, count, n);
    else if (store->type == GGUF_Q8_0)
        kernels->matvec_q8_0(out, first, query->q8, count, n / BLOCK_Q8_0);
    else
        kernels->rows->dots_f16(out, first, query->x, n, count);
}

void kv_mix(const struct kv_store *store, const struct kernels *kernels, const void *rows,
            size_t slot, size_t count, const float *shares, float *out)
{
    size_t n = store->head_size;
    const void *first = (const char *)rows + slot * store->row_bytes;
    if (store->type == GGUF_Q8_0) {
        kernels->rows->mix_q8_0(out, first, shares, n, count);
    } else if (store->type == GGUF_F16) {
        kernels->rows->mix_f16(out, first, shares, n, count);
    } else {
        for (size_t i = 0; i < count; i++)
            kernels->axpy_f32(out, shares[i], (const float *)first + i * n, n);
    }
}

void kv_expand(const struct kv_store *store, const struct kernels *kernels, const void *rows,
               size_t count, float *out, size_t stride)
{
    size_t n = store->head_size;
    const char *at = rows;
    for (size_t i = 0; i < count; i++, at += store->row_bytes, out += stride) {
        const void *row = at;
        if (store->type == GGUF_F32)
            memcpy(out, row, n * sizeof(*out));
        else if (store->type == GGUF_Q8_0)
            unpack_for(GGUF_Q8_0)(row, out, n);
        else
            kernels->expand_f16(out, row, n);
    }
}
