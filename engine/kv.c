#include "engine/kv.h"

#include "engine/error.h"
#include "engine/prefix.h"

#include <stdlib.h>
#include <string.h>

int kv_store_init(struct kv_store *store, const struct arch *arch, size_t bytes_limit,
                  enum gguf_type type, struct engine_error *error)
{
    uint32_t block_bytes = 0, block = gguf_type_block(type, &block_bytes);
    *store = (struct kv_store){.type = type, .heads = arch->kv_heads, .head_size = arch->head_size};
    if (arch->head_size % block != 0 || arch->head_size > KV_MOST_HEAD)
        return engine_fail(error, ENGINE_ERR_ARGUMENT,
                           "the model's heads of %u values do not fit a %s cache; choose F16",
                           (unsigned)arch->head_size, gguf_type_name(type));
    store->row_bytes = arch->head_size / block * block_bytes;
    store->head_bytes = KV_PAGE * store->row_bytes;
    store->page_bytes =
        sizeof(struct kv_page) + store->head_bytes * arch->kv_heads * 2 * arch->layers;
    store->page_bytes = (store->page_bytes + 63) / 64 * 64; /* as aligned_alloc wants it */
    store->page_room = arch->kv_outside ? 64 + sizeof(struct kv_page) / 64 * 64 : store->page_bytes;
    store->limit = bytes_limit / store->page_bytes;
    if (store->limit == 0)
        return engine_fail(error, ENGINE_ERR_ARGUMENT,
                           "the KV limit of %zu bytes is below one page of this model, %zu bytes",
                           bytes_limit, store->page_bytes);
    return 0;
}

static void append(struct kv_pages *list, struct kv_page *page)
{
    page->next = NULL;
    page->previous = list->last;
    *(list->last != NULL ? &list->last->next : &list->first) = page;
    list->last = page;
}

static void take_out(struct kv_pages *list, struct kv_page *page)
{
    *(page->previous != NULL ? &page->previous->next : &list->first) = page->next;
    *(page->next != NULL ? &page->next->previous : &list->last) = page->previous;
    page->next = page->previous = NULL;
}

static void free_list(struct kv_store *store, struct kv_pages *list)
{
    while (list->first != NULL) {
        struct kv_page *page = list->first;
        take_out(list, page);
        explicit_bzero(page, store->page_room);
        free(page);
    }
}

void kv_store_release(struct kv_store *store)
{
    free_list(store, &store->spare);
    free_list(store, &store->idle);
    free(store->buckets);
    *store = (struct kv_store){0};
}

size_t kv_store_bytes(const struct kv_store *store)
{
    return store->allocated * store->page_bytes;
}

/* ---- pages ---- */

struct kv_page *kv_page_take(struct kv_store *store)
{
    struct kv_page *page = store->spare.first;
    if (page != NULL) {
        take_out(&store->spare, page);
    } else {
        if (store->allocated < store->limit)
            page = aligned_alloc(64, store->page_room);
        if (page != NULL) {
            /* Wiped: unread rows take part in no sum, but must not be garbage either. */
            memset(page, 0, store->page_room);
            store->allocated++;
        } else if (store->idle.first != NULL) {
            page = store->idle.first;
            take_out(&store->idle, page);
            prefix_forget(store, page);
            explicit_bzero(page, store->page_room);
        }
    }
    if (page != NULL)
        page->references = 1;
    return page;
}

void kv_page_reference(struct kv_store *store, struct kv_page *page)
{
    if (page->references++ == 0)
        take_out(&store->idle, page);
}

void kv_page_release(struct kv_store *store, struct kv_page *page)
{
    if (--page->references > 0)
        return;
    if (page->id != 0) {
        append(&store->idle, page);
        return;
    }
    explicit_bzero(page, store->page_room);
    append(&store->spare, page);
}

/* ---- sequences ---- */

int kv_sequence_open(struct kv_sequence *sequence, struct kv_store *store, size_t positions,
                     size_t shared, size_t awaited, struct engine_error *error)
{
    size_t pages = (positions + KV_PAGE - 1) / KV_PAGE;
    *sequence = (struct kv_sequence){0};
    size_t own = pages - shared - awaited;
    if (own > store->limit - store->promised)
        return engine_fail(error, ENGINE_ERR_BUSY, "the KV memory is held by other sequences");
    sequence->pages = calloc(pages + 1, sizeof(*sequence->pages));
    if (sequence->pages == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a sequence");
    sequence->promised = pages;
    sequence->awaited = awaited;
    store->promised += own;
    return 0;
}

int kv_sequence_share(struct kv_sequence *to, struct kv_store *store,
                      const struct kv_sequence *from, size_t positions, struct engine_error *error)
{
    to->kept = from->kept;
    to->parent = from->parent;
    to->root = from->root;
    for (; to->awaited > 0; to->awaited--) {
        void *rows = from->pages[to->count];
        kv_page_reference(store, kv_page_of(rows));
        to->pages[to->count++] = rows;
    }
    if (positions % KV_PAGE == 0)
        return 0;
    int status = kv_sequence_grow(to, store, positions, error);
    if (status == 0)
        memcpy(to->pages[to->count - 1], from->pages[to->count - 1],
               store->page_bytes - sizeof(struct kv_page));
    return status;
}

void kv_sequence_cut(struct kv_sequence *sequence, struct kv_store *store, size_t pages)
{
    /* The last ones first: they are of use only as long as those before them are there. */
    while (sequence->count > pages) {
        struct kv_page *page = kv_page_of(sequence->pages[--sequence->count]);
        kv_page_release(store, page);
        /* What another sequence holds too was counted once; now this one's promise is its own. */
        store->promised += page->references > 0;
    }
    if (sequence->kept > pages) {
        sequence->kept = pages;
        sequence->parent = pages > 0 ? kv_page_of(sequence->pages[pages - 1])->id : sequence->root;
    }
}

void kv_sequence_close(struct kv_sequence *sequence, struct kv_store *store)
{
    kv_sequence_cut(sequence, store, 0);
    store->promised -= sequence->promised - sequence->awaited;
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
        struct kv_page *page = kv_page_take(store);
        if (page == NULL)
            return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for keys and values");
        sequence->pages[sequence->count++] = page->rows;
    }
    return 0;
}
