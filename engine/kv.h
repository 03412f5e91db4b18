/*
 * kv.h - keys and values of past positions, in pages under a hard byte limit.
 *
 * A page holds KV_PAGE positions of all layers. Pages are promised to a sequence before it starts
 * and allocated when it reaches them, so a running sequence never finds the store full. A page may
 * be shared by several sequences, which count as references, and may stay when the last one leaves
 * (prefix.h); such an idle page gives way to any sequence that needs its room, the one that was
 * used longest ago first. Pages are wiped when they are given back and when the store is released.
 * One thread; during a pass, kv_put of different positions and the readers may run on any.
 */
#ifndef PENSTOCK_ENGINE_KV_H
#define PENSTOCK_ENGINE_KV_H

#include "engine/arch.h"
#include "engine/kv_rows.h"

enum { KV_PAGE = 32, KV_MOST_HEAD = 1024 };

/* Lies in front of a page's rows, and counts as part of it. */
struct kv_page {
    struct kv_page *next, *previous; /* in the list of spare or of idle pages */
    struct kv_page *sibling;         /* next in its bucket of the cache */
    uint64_t id, parent;             /* in the cache; id 0: not in it */
    uint32_t references;
    uint32_t used;           /* in the cache: positions that hold something */
    int32_t tokens[KV_PAGE]; /* likewise: the tokens of these positions */
    _Alignas(64) unsigned char rows[];
};

struct kv_pages { /* a list, the oldest first */
    struct kv_page *first, *last;
};

struct kv_store {
    enum gguf_type type;                     /* F32, F16 or Q8_0 */
    size_t head_size, row_bytes, head_bytes; /* head_bytes: KV_PAGE rows */
    size_t heads;                            /* key-value heads */
    size_t page_bytes;                       /* with struct kv_page */
    size_t page_room; /* the same, or without rows where a library keeps them (arch.h) */
    /* Pages: the limit; referenced or promised; in memory. */
    size_t limit, promised, allocated;
    struct kv_pages spare, idle;
    struct kv_page **buckets; /* of the cache; NULL: it is off */
    size_t bucket_count, cached;
    uint64_t last_id;
};

struct kv_sequence {
    void **pages;    /* their rows */
    size_t count;    /* pages held */
    size_t promised; /* pages it may hold */
    size_t awaited;  /* of these, pages that another sequence will share with it */
    size_t kept;     /* pages at the front that are in the cache */
    /* Id of the last of these, and what stands above the first one; 0: not for the cache. */
    uint64_t parent, root;
};

/*
 * Fails with ENGINE_ERR_MEMORY; a limit below one page is ENGINE_ERR_ARGUMENT, as is a type that
 * does not suit the model's heads.
 */
ENGINE_CHECK int kv_store_init(struct kv_store *store, const struct arch *arch, size_t bytes_limit,
                               enum gguf_type type, struct engine_error *error);
void kv_store_release(struct kv_store *store);
size_t kv_store_bytes(const struct kv_store *store); /* allocated now */

/*
 * Promise room for that many positions; ENGINE_ERR_BUSY when others hold it. `shared`: pages that
 * will be taken from running sequences (prefix.h) and so need no room of their own. `awaited`: the
 * same of pages that kv_sequence_share will give it.
 */
ENGINE_CHECK int kv_sequence_open(struct kv_sequence *sequence, struct kv_store *store,
                                  size_t positions, size_t shared, size_t awaited,
                                  struct engine_error *error);
void kv_sequence_close(struct kv_sequence *sequence, struct kv_store *store);
/* Have pages for positions 0 .. positions - 1. */
ENGINE_CHECK int kv_sequence_grow(struct kv_sequence *sequence, struct kv_store *store,
                                  size_t positions, struct engine_error *error);
/*
 * Give an open sequence that holds nothing what another one has of positions 0 .. positions - 1:
 * full pages by reference, as many as it awaits, and a copy of the last one. `from` has kept its
 * full pages if it is of the cache (prefix_keep). ENGINE_ERR_MEMORY: it has the full pages alone.
 */
ENGINE_CHECK int kv_sequence_share(struct kv_sequence *to, struct kv_store *store,
                                   const struct kv_sequence *from, size_t positions,
                                   struct engine_error *error);
/* Give back the pages behind the first `pages`; they stay promised. */
void kv_sequence_cut(struct kv_sequence *sequence, struct kv_store *store, size_t pages);

static inline struct kv_page *kv_page_of(void *rows)
{
    return (struct kv_page *)(void *)((char *)rows - offsetof(struct kv_page, rows));
}
/* A page of one's own, with a reference: a spare one, a new one, or the oldest idle one, wiped. */
struct kv_page *kv_page_take(struct kv_store *store);
void kv_page_reference(struct kv_store *store, struct kv_page *page);
void kv_page_release(struct kv_store *store, struct kv_page *page);

/* ---- rows, by the store's type ---- */

/* Where one head's keys (or values) of a page lie: KV_PAGE rows of row_bytes. */
static inline void *kv_page_head(const struct kv_store *store, void *page, size_t layer,
                                 bool values, size_t head)
{
    return (char *)page + ((layer * 2 + values) * store->heads + head) * store->head_bytes;
}

/* Write one row of head_size floats at rows + slot. */
void kv_put(const struct kv_store *store, const struct kernels *kernels, void *rows, size_t slot,
            const float *from);

/* A query in the form that the keys want it. */
struct kv_query {
    const float *x;
    struct block_q8_0 q8[KV_MOST_HEAD / BLOCK_Q8_0];
};
void kv_query_set(struct kv_query *query, const struct kv_store *store,
                  const struct kernels *kernels, const float *x);
/* out[i] = key at slot + i . query, for count keys of one page. */
void kv_scores(const struct kv_store *store, const struct kernels *kernels,
               const struct kv_query *query, const void *rows, size_t slot, size_t count,
               float *out);
/* out += shares[i] * value at slot + i, for count values of one page. */
void kv_mix(const struct kv_store *store, const struct kernels *kernels, const void *rows,
            size_t slot, size_t count, const float *shares, float *out);

/* The first `count` rows of a page as floats, `stride` apart. */
void kv_expand(const struct kv_store *store, const struct kernels *kernels, const void *rows,
               size_t count, float *out, size_t stride);

#endif
