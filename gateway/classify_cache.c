#include "gateway/classify_cache.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/hash.h"

enum { WAYS = 8 };

struct entry {
    struct classify_cache_key key;
    uint64_t used; /* by the cache's clock; 0: free */
    struct pii_facts facts;
    struct pii_span *spans;
    size_t span_count;
};

struct classify_cache {
    uint8_t secret[32];
    uint64_t clock;
    size_t buckets; /* a power of two, of WAYS entries each */
    struct entry *entries;
};

int classify_cache_new(size_t texts, struct classify_cache **out, struct err *err)
{
    *out = NULL;
    if (texts == 0)
        return 0;
    struct classify_cache *cache = calloc(1, sizeof(*cache));
    if (cache == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    cache->buckets = 1;
    while (cache->buckets * WAYS < texts)
        cache->buckets *= 2;
    /* Zeroes that are not touched yet: pages come as they are used. */
    cache->entries = calloc(cache->buckets * WAYS, sizeof(*cache->entries));
    if (cache->entries == NULL || hash_random(cache->secret, sizeof(cache->secret)) != 0) {
        classify_cache_free(cache);
        return err_set(err, ERR_MEMORY, "out of memory for findings to keep");
    }
    *out = cache;
    return 0;
}

void classify_cache_free(struct classify_cache *cache)
{
    if (cache == NULL)
        return;
    for (size_t i = 0; cache->entries != NULL && i < cache->buckets * WAYS; i++)
        free(cache->entries[i].spans);
    free(cache->entries);
    explicit_bzero(cache->secret, sizeof(cache->secret));
    free(cache);
}

bool classify_cache_key_of(const struct classify_cache *cache, struct content text,
                           struct content before, struct classify_cache_key *key)
{
    uint8_t digests[2 * HASH_SIZE];
    if (cache == NULL || hash_hmac_sha256(cache->secret, sizeof(cache->secret), content_bytes(text),
                                          content_len(text), digests) != 0)
        return false;
    if (content_len(before) != 0 &&
        (hash_hmac_sha256(cache->secret, sizeof(cache->secret), content_bytes(before),
                          content_len(before), digests + HASH_SIZE) != 0 ||
         hash_hmac_sha256(cache->secret, sizeof(cache->secret), digests, sizeof(digests),
                          digests) != 0))
        return false;
    memcpy(key->bytes, digests, sizeof(key->bytes));
    return true;
}

static struct entry *bucket_of(struct classify_cache *cache, const struct classify_cache_key *key)
{
    uint64_t hash;
    memcpy(&hash, key->bytes, sizeof(hash));
    return cache->entries + ((size_t)hash & (cache->buckets - 1)) * WAYS;
}

bool classify_cache_get(struct classify_cache *cache, const struct classify_cache_key *key,
                        struct pii_spans *spans, struct pii_facts *facts)
{
    struct entry *ways = bucket_of(cache, key);
    struct err err;
    for (int i = 0; i < WAYS; i++) {
        struct entry *entry = &ways[i];
        if (entry->used == 0 || memcmp(&entry->key, key, sizeof(*key)) != 0)
            continue;
        spans->count = 0;
        for (size_t j = 0; j < entry->span_count; j++)
            if (pii_spans_add(spans, &entry->spans[j], &err) != 0)
                return false;
        entry->used = ++cache->clock;
        *facts = entry->facts;
        return true;
    }
    return false;
}

void classify_cache_put(struct classify_cache *cache, const struct classify_cache_key *key,
                        const struct pii_spans *spans, const struct pii_facts *facts)
{
    struct entry *ways = bucket_of(cache, key);
    struct entry *oldest = &ways[0];
    struct pii_span *copy = NULL;
    if (spans->count > CLASSIFY_CACHE_SPANS)
        return;
    if (spans->count != 0) {
        copy = calloc(spans->count, sizeof(*copy));
        if (copy == NULL)
            return;
        memcpy(copy, spans->items, spans->count * sizeof(*copy));
    }
    for (int i = 1; i < WAYS; i++)
        if (ways[i].used < oldest->used)
            oldest = &ways[i];
    free(oldest->spans);
    *oldest = (struct entry){.key = *key,
                             .used = ++cache->clock,
                             .facts = *facts,
                             .spans = copy,
                             .span_count = spans->count};
}
