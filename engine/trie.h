/*
 * trie.h - the pieces of a vocabulary by their bytes, to be walked with a grammar.
 *
 * Nodes stand in the order of a walk, so that passing over what begins with wrong bytes is one
 * addition. Immutable once built; any thread. The vocabulary may go.
 */
#ifndef PENSTOCK_ENGINE_TRIE_H
#define PENSTOCK_ENGINE_TRIE_H

#include "engine/vocab.h"

enum { TRIE_MOST_DEPTH = 255 }; /* longer pieces are left out */

struct trie_node {
    uint32_t skip;  /* the first node that does not begin with this one's bytes */
    uint32_t first; /* into tokens: those whose bytes end here, count of them */
    uint16_t count;
    uint8_t depth; /* 0: the first byte of a piece */
    uint8_t byte;
};

struct trie {
    struct trie_node *nodes;
    uint32_t node_count;
    int32_t *tokens; /* in the order of their bytes */
    uint32_t token_count;
    size_t bytes; /* of memory */
};

/* Pieces without bytes (markers) are not in it. */
ENGINE_CHECK int trie_init(struct trie *out, const struct vocab *vocab, struct engine_error *error);
void trie_release(struct trie *trie);

#endif
