/*
 * kv.h - keys and values of past positions, in pages under a hard byte limit.
 *
 * A page holds KV_PAGE positions of all layers. Pages are promised to a sequence before it starts
 * and allocated when it reaches them, so a running sequence never finds the store full. Pages are
 * wiped when they are given back and when the store is released. One thread.
 */
#ifndef PENSTOCK_ENGINE_KV_H
#define PENSTOCK_ENGINE_KV_H

#include "engine/arch.h"

enum { KV_PAGE = 32 };

struct kv_store {
    size_t page_bytes, head_bytes;     /* head_bytes: KV_PAGE positions of one head */
    size_t heads;                      /* key-value heads */
    bool half;                         /* F16, else F32 */
    size_t limit, promised, allocated; /* pages */
    void **spare;
    size_t spare_count;
};

struct kv_sequence {
    void **pages;
    size_t count;    /* pages held */
    size_t promised; /* pages it may hold */
};

/* Fails with ENGINE_ERR_MEMORY; a limit below one page is ENGINE_ERR_ARGUMENT. */
ENGINE_CHECK int kv_store_init(struct kv_store *store, const struct arch *arch, size_t bytes_limit,
                               bool half, struct engine_error *error);
void kv_store_release(struct kv_store *store);

size_t kv_store_free_positions(const struct kv_store *store); /* not promised to anyone */
size_t kv_store_bytes(const struct kv_store *store);          /* allocated now */

/* Promise room for that many positions; ENGINE_ERR_BUSY when others hold it. */
ENGINE_CHECK int kv_sequence_open(struct kv_sequence *sequence, struct kv_store *store,
                                  size_t positions, struct engine_error *error);
void kv_sequence_close(struct kv_sequence *sequence, struct kv_store *store);
/* Have pages for positions 0 .. positions - 1. */
ENGINE_CHECK int kv_sequence_grow(struct kv_sequence *sequence, struct kv_store *store,
                                  size_t positions, struct engine_error *error);

/* Where one head's keys (or values) of a page lie: KV_PAGE rows of head_size elements. */
static inline void *kv_page_head(const struct kv_store *store, void *page, size_t layer,
                                 bool values, size_t head)
{
    return (char *)page + ((layer * 2 + values) * store->heads + head) * store->head_bytes;
}

#endif
