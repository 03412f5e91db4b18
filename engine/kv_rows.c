#include "engine/kv.h"

#include <string.h>

void kv_put(const struct kv_store *store, const struct kernels *kernels, void *rows, size_t slot,
            const float *from)
{
    size_t n = store->head_size;
    char *to = (char *)rows + slot * store->row_bytes;
    if (store->type == GGUF_F32) {
        memcpy(to, from, n * sizeof(float));
    } else if (store->type == GGUF_Q8_0) {
        kernels->quantize_q8_0((struct block_q8_0 *)(void *)to, from, n);
    } else {
        uint16_t *half = (uint16_t *)(void *)to;
        for (size_t i = 0; i < n; i++)
            half[i] = float_to_half(from[i]);
    }
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
    const char *at = (const char *)rows + slot * store->row_bytes;
    for (size_t i = 0; i < count; i++, at += store->row_bytes) {
        const void *row = at;
        if (store->type == GGUF_F32)
            out[i] = kernels->dot_f32(row, query->x, n);
        else if (store->type == GGUF_Q8_0)
            out[i] = kernels->dot_q8_0(row, query->q8, n / BLOCK_Q8_0);
        else
            out[i] = kernels->dot_f16(row, query->x, n);
    }
}

static void axpy_q8_0(float *y, float a, const struct block_q8_0 *x, size_t n)
{
    for (size_t b = 0; b < n / BLOCK_Q8_0; b++, y += BLOCK_Q8_0) {
        float factor = a * half_to_float(x[b].scale);
        for (size_t i = 0; i < BLOCK_Q8_0; i++)
            y[i] += factor * (float)x[b].q[i];
    }
}

void kv_mix(const struct kv_store *store, const struct kernels *kernels, const void *rows,
            size_t slot, size_t count, const float *shares, float *out)
{
    size_t n = store->head_size;
    const char *at = (const char *)rows + slot * store->row_bytes;
    for (size_t i = 0; i < count; i++, at += store->row_bytes) {
        const void *row = at;
        if (store->type == GGUF_F32)
            kernels->axpy_f32(out, shares[i], row, n);
        else if (store->type == GGUF_Q8_0)
            axpy_q8_0(out, shares[i], row, n);
        else
            kernels->axpy_f16(out, shares[i], row, n);
    }
}
