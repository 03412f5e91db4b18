#include "engine/kv.h"

#include "engine/error.h"

#include <stdlib.h>
#include <string.h>

int kv_store_init(struct kv_store *store, const struct arch *arch, size_t bytes_limit, bool half,
                  struct engine_error *error)
{
    *store = (struct kv_store){.heads = arch->kv_heads, .half = half};
    store->head_bytes = (size_t)KV_PAGE * arch->head_size * (half ? 2 : 4);
    store->page_bytes = store->head_bytes * arch->kv_heads * 2 * arch->layers;
    store->limit = bytes_limit / store->page_bytes;
    if (store->limit == 0)
        return engine_fail(error, ENGINE_ERR_ARGUMENT,
                           "the KV limit of %zu bytes is below one page of this model, %zu bytes",
                           bytes_limit, store->page_bytes);
    return 0;
}

void kv_store_release(struct kv_store *store)
{
    for (size_t i = 0; i < store->spare_count; i++)
        free(store->spare[i]);
    free(store->spare);
    *store = (struct kv_store){0};
}

size_t kv_store_free_positions(const struct kv_store *store)
{
    return (store->limit - store->promised) * KV_PAGE;
}

size_t kv_store_bytes(const struct kv_store *store)
{
    return store->allocated * store->page_bytes;
}

int kv_sequence_open(struct kv_sequence *sequence, struct kv_store *store, size_t positions,
                     struct engine_error *error)
{
    size_t pages = (positions + KV_PAGE - 1) / KV_PAGE;
    *sequence = (struct kv_sequence){0};
    if (pages > store->limit - store->promised)
        return engine_fail(error, ENGINE_ERR_BUSY, "the KV memory is held by other sequences");
    /* The store's list grows with the promises, so that giving pages back cannot fail. */
    void **spare =
        realloc(store->spare, (store->promised + pages + store->allocated + 1) * sizeof(*spare));
    if (spare != NULL)
        store->spare = spare;
    sequence->pages = calloc(pages + 1, sizeof(*sequence->pages));
    if (spare == NULL || sequence->pages == NULL) {
        free(sequence->pages);
        sequence->pages = NULL;
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a sequence");
    }
    sequence->promised = pages;
    store->promised += pages;
    return 0;
}

void kv_sequence_close(struct kv_sequence *sequence, struct kv_store *store)
{
    for (size_t i = 0; i < sequence->count; i++) {
        explicit_bzero(sequence->pages[i], store->page_bytes);
        store->spare[store->spare_count++] = sequence->pages[i];
    }
    store->promised -= sequence->promised;
    free(sequence->pages);
    *sequence = (struct kv_sequence){0};
}

int kv_sequence_grow(struct kv_sequence *sequence, struct kv_store *store, size_t positions,
                     struct engine_error *error)
{
    size_t pages = (positions + KV_PAGE - 1) / KV_PAGE;
    if (pages > sequence->promised)
        return engine_fail(error, ENGINE_ERR_CONTEXT, "a sequence outgrew its KV memory");
    while (sequence->count < pages) {
        void *page = NULL;
        if (store->spare_count > 0) {
            page = store->spare[--store->spare_count];
        } else {
            /* Wiped: unread rows of a page take part in no sum, but must not be garbage either. */
            page = calloc(1, store->page_bytes);
            if (page == NULL)
                return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for keys and values");
            store->allocated++;
        }
        sequence->pages[sequence->count++] = page;
    }
    return 0;
}
