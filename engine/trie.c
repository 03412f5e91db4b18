#include "engine/trie.h"

#include "engine/error.h"

#include <stdlib.h>
#include <string.h>

struct piece {
    uint64_t key; /* the first eight bytes as a number, so that most comparisons end there */
    const uint8_t *bytes;
    int32_t token;
    uint32_t len;
};

static int compare_pieces(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    uint32_t shorter = x->len < y->len ? x->len : y->len;
    int order = memcmp(x->bytes, y->bytes, shorter);
    if (order != 0)
        return order;
    return x->len != y->len ? (x->len > y->len) - (x->len < y->len) : x->token - y->token;
}

static uint64_t key_of(const uint8_t *bytes, size_t len)
{
    uint64_t key = 0;
    for (size_t i = 0; i < 8; i++)
        key = key << 8 | (i < len ? bytes[i] : 0);
    return key;
}

static uint32_t common(const struct piece *a, const struct piece *b)
{
    uint32_t n = 0;
    while (n < a->len && n < b->len && a->bytes[n] == b->bytes[n])
        n++;
    return n;
}

/* All pieces' bytes in one allocation, sorted. */
static uint32_t collect(const struct vocab *v, struct piece *pieces, uint8_t *bytes)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        size_t n = vocab_bytes(v, (int32_t)i, (char *)bytes, TRIE_MOST_DEPTH);
        if (n == 0 || n > TRIE_MOST_DEPTH || v->tokens[i].ends)
            continue;
        pieces[count++] = (struct piece){
            .key = key_of(bytes, n), .bytes = bytes, .token = (int32_t)i, .len = (uint32_t)n};
        bytes += n;
    }
    qsort(pieces, count, sizeof(*pieces), compare_pieces);
    return count;
}

/* Nodes for what a piece does not share with the one before it. */
static void add_piece(struct trie *t, const struct piece *p, uint32_t shared, uint32_t *open)
{
    for (uint32_t d = shared; d < p->len; d++) {
        open[d] = t->node_count;
        t->nodes[t->node_count++] =
            (struct trie_node){.first = t->token_count, .depth = (uint8_t)d, .byte = p->bytes[d]};
    }
    struct trie_node *last = &t->nodes[open[p->len - 1]];
    t->tokens[t->token_count] = p->token;
    if (last->count < UINT16_MAX) {
        last->count++;
        t->token_count++;
    }
}

static void close_nodes(struct trie *t, const uint32_t *open, uint32_t from, uint32_t to)
{
    for (uint32_t d = from; d < to; d++)
        t->nodes[open[d]].skip = t->node_count;
}

int trie_init(struct trie *t, const struct vocab *v, struct engine_error *error)
{
    uint32_t open[TRIE_MOST_DEPTH];
    size_t total = 0;
    *t = (struct trie){0};
    for (uint32_t i = 0; i < v->count; i++) /* a piece has at most the bytes of its text */
        total += v->tokens[i].len < TRIE_MOST_DEPTH ? v->tokens[i].len : TRIE_MOST_DEPTH;
    uint8_t *bytes = malloc(total + TRIE_MOST_DEPTH);
    struct piece *pieces = calloc(v->count, sizeof(*pieces));
    uint32_t count = 0;
    size_t nodes = 0;
    if (bytes != NULL && pieces != NULL) {
        count = collect(v, pieces, bytes);
        for (uint32_t i = 0; i < count; i++)
            nodes += pieces[i].len - (i > 0 ? common(&pieces[i - 1], &pieces[i]) : 0);
        t->nodes = calloc(nodes + 1, sizeof(*t->nodes));
        t->tokens = calloc((size_t)count + 1, sizeof(*t->tokens));
        t->bytes = (nodes + 1) * sizeof(*t->nodes) + ((size_t)count + 1) * sizeof(*t->tokens);
    }
    int status = 0;
    if (t->nodes == NULL || t->tokens == NULL) {
        trie_release(t);
        status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the vocabulary's pieces");
    } else {
        uint32_t before = 0;
        for (uint32_t i = 0; i < count; i++) {
            uint32_t shared = i > 0 ? common(&pieces[i - 1], &pieces[i]) : 0;
            close_nodes(t, open, shared, before);
            add_piece(t, &pieces[i], shared, open);
            before = pieces[i].len;
        }
        close_nodes(t, open, 0, before);
    }
    free(bytes);
    free(pieces);
    return status;
}

void trie_release(struct trie *t)
{
    free(t->nodes);
    free(t->tokens);
    *t = (struct trie){0};
}
