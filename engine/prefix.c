#include "engine/prefix.h"

#include "engine/error.h"

#include <stdlib.h>
#include <string.h>

/* Roots and pages share one space of numbers: the highest bit tells them apart. */
#define ROOT ((uint64_t)1 << 63)

static uint64_t root_of(uint64_t tenant)
{
    return tenant | ROOT;
}

static struct kv_page **bucket_of(const struct kv_store *store, uint64_t parent)
{
    return &store->buckets[(parent * 0x9e3779b97f4a7c15u >> 32) & (store->bucket_count - 1)];
}

int prefix_init(struct kv_store *store, struct engine_error *error)
{
    store->bucket_count = 64;
    store->buckets = calloc(store->bucket_count, sizeof(struct kv_page *));
    if (store->buckets == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the prefix cache");
    return 0;
}

/* Where there is no memory for more buckets the old ones serve on. */
static void add_buckets(struct kv_store *store)
{
    size_t old_count = store->bucket_count;
    struct kv_page **old = store->buckets;
    struct kv_page **buckets = calloc(2 * old_count, sizeof(struct kv_page *));
    if (buckets == NULL)
        return;
    store->buckets = buckets;
    store->bucket_count = 2 * old_count;
    for (size_t i = 0; i < old_count; i++) {
        for (struct kv_page *page = old[i], *next; page != NULL; page = next) {
            struct kv_page **bucket = bucket_of(store, page->parent);
            next = page->sibling;
            page->sibling = *bucket;
            *bucket = page;
        }
    }
    free(old);
}

static size_t common(const struct kv_page *page, const int32_t *tokens, size_t count)
{
    size_t n = page->used < count ? page->used : count, i = 0;
    while (i < n && page->tokens[i] == tokens[i])
        i++;
    return i;
}

/* The page below a parent that agrees with the most tokens, and with how many; NULL: with none. */
static struct kv_page *find(const struct kv_store *store, uint64_t parent, const int32_t *tokens,
                            size_t count, size_t *agreed)
{
    struct kv_page *best = NULL;
    *agreed = 0;
    for (struct kv_page *page = *bucket_of(store, parent); page != NULL; page = page->sibling) {
        size_t n = page->parent == parent ? common(page, tokens, count) : 0;
        if (n > *agreed) {
            *agreed = n;
            best = page;
        }
    }
    return best;
}

size_t prefix_shared(const struct kv_store *store, uint64_t tenant, const int32_t *tokens,
                     size_t count)
{
    size_t shared = 0, agreed = 0;
    uint64_t parent = root_of(tenant);
    if (store->buckets == NULL || tenant == 0)
        return 0;
    for (size_t at = 0; at < count; at += KV_PAGE) {
        const struct kv_page *page = find(store, parent, tokens + at, count - at, &agreed);
        if (agreed < KV_PAGE)
            break;
        shared += page->references > 0;
        parent = page->id;
    }
    return shared;
}

/*
 * A page with the first rows of one in the cache, which the caller has referenced. Where all of its
 * rows are wanted, or there is no room for two, the page itself leaves the cache for that. NULL
 * when memory ran out.
 */
static struct kv_page *own_copy(struct kv_store *store, struct kv_page *page, size_t agreed)
{
    bool alone = page->references == 1;
    struct kv_page *own = alone && page->used == agreed ? NULL : kv_page_take(store);
    if (own == NULL && alone) {
        prefix_forget(store, page);
        return page;
    }
    if (own != NULL)
        memcpy(own->rows, page->rows, store->page_bytes - sizeof(*page));
    kv_page_release(store, page);
    return own;
}

size_t prefix_attach(struct kv_store *store, struct kv_sequence *sequence, uint64_t tenant,
                     const int32_t *tokens, size_t count)
{
    size_t at = 0, agreed = 0;
    if (store->buckets == NULL || tenant == 0)
        return 0;
    sequence->root = sequence->parent = root_of(tenant);
    for (;; at += KV_PAGE) {
        struct kv_page *page = find(store, sequence->parent, tokens + at, count - at, &agreed);
        if (page == NULL)
            return at;
        kv_page_reference(store, page);
        if (agreed == KV_PAGE) {
            sequence->pages[sequence->count++] = page->rows;
            sequence->kept++;
            sequence->parent = page->id;
            continue;
        }
        page = own_copy(store, page, agreed);
        if (page == NULL)
            return at;
        sequence->pages[sequence->count++] = page->rows;
        return at + agreed;
    }
}

void prefix_forget(struct kv_store *store, struct kv_page *page)
{
    struct kv_page **at = bucket_of(store, page->parent);
    while (*at != page)
        at = &(*at)->sibling;
    *at = page->sibling;
    page->id = 0;
    store->cached--;
}

static void insert(struct kv_store *store, uint64_t parent, struct kv_page *page,
                   const int32_t *tokens, size_t used)
{
    if (store->cached >= store->bucket_count)
        add_buckets(store);
    struct kv_page **bucket = bucket_of(store, parent);
    page->id = ++store->last_id;
    page->parent = parent;
    page->used = (uint32_t)used;
    memcpy(page->tokens, tokens, used * sizeof(*tokens));
    page->sibling = *bucket;
    *bucket = page;
    store->cached++;
}

/* Pages that hold only a beginning of what a new one holds are of no more use. */
static void drop_beginnings(struct kv_store *store, uint64_t parent, const int32_t *tokens,
                            size_t used)
{
    for (struct kv_page *page = *bucket_of(store, parent), *next; page != NULL; page = next) {
        next = page->sibling;
        if (page->parent != parent || page->used >= used ||
            common(page, tokens, used) < page->used || page->references > 0)
            continue;
        kv_page_reference(store, page);
        prefix_forget(store, page);
        kv_page_release(store, page);
    }
}

/* The sequence's first page that is not in the cache; `used` tokens of it are there. */
static void keep_page(struct kv_store *store, struct kv_sequence *sequence, const int32_t *tokens,
                      size_t used)
{
    size_t agreed = 0;
    struct kv_page *own = kv_page_of(sequence->pages[sequence->kept]);
    struct kv_page *same = find(store, sequence->parent, tokens, used, &agreed);
    if (agreed < used) {
        drop_beginnings(store, sequence->parent, tokens, used);
        insert(store, sequence->parent, own, tokens, used);
    } else if (used == KV_PAGE) {
        /* Two came to the same place side by side: one page will do. */
        store->promised -= same->references > 0;
        kv_page_reference(store, same);
        sequence->pages[sequence->kept] = same->rows;
        kv_page_release(store, own);
    }
}

void prefix_keep(struct kv_store *store, struct kv_sequence *sequence, const int32_t *tokens,
                 size_t count, bool all)
{
    if (sequence->parent == 0) /* of no tenant, or the cache is off */
        return;
    for (size_t at = sequence->kept * KV_PAGE; at + KV_PAGE <= count; at += KV_PAGE) {
        keep_page(store, sequence, tokens + at, KV_PAGE);
        sequence->parent = kv_page_of(sequence->pages[sequence->kept++])->id;
    }
    size_t at = sequence->kept * KV_PAGE;
    if (all && at < count)
        keep_page(store, sequence, tokens + at, count - at);
}
