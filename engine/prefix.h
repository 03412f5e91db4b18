/*
 * prefix.h - pages of past prompts and answers, found again by their tokens.
 *
 * The cache is a tree: under a tenant's root lie the pages that begin its conversations, under each
 * page those that go on from it. A look-up walks down from the root of its own tenant and compares
 * tokens, so whether and how fast something is found depends on what that tenant sent and on
 * nobody else. Tenants are numbers that the caller makes unguessable (a keyed hash); 0 shares
 * nothing and leaves nothing behind.
 *
 * Full pages are shared by reference; of a page that agrees in part the rows are copied. One
 * thread.
 */
#ifndef PENSTOCK_ENGINE_PREFIX_H
#define PENSTOCK_ENGINE_PREFIX_H

#include "engine/kv.h"

ENGINE_CHECK int prefix_init(struct kv_store *store, struct engine_error *error);

/* How many pages of these tokens running sequences hold: what kv_sequence_open calls shared. */
size_t prefix_shared(const struct kv_store *store, uint64_t tenant, const int32_t *tokens,
                     size_t count);
/*
 * Give a sequence just opened what the cache has of these tokens. Returns for how many of them
 * keys and values are there.
 */
size_t prefix_attach(struct kv_store *store, struct kv_sequence *sequence, uint64_t tenant,
                     const int32_t *tokens, size_t count);

/*
 * Put the sequence's full pages into the cache; with `all` the last, partly filled one too, after
 * which the sequence may only be closed. tokens: those of its positions 0 .. count - 1, whose keys
 * and values are there.
 */
void prefix_keep(struct kv_store *store, struct kv_sequence *sequence, const int32_t *tokens,
                 size_t count, bool all);

/* Take a page out of the cache. */
void prefix_forget(struct kv_store *store, struct kv_page *page);

#endif
