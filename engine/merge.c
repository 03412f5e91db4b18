#include "engine/merge.h"

#include "engine/error.h"

#include <stdlib.h>

struct pair {
    double priority;
    uint32_t left, right, size; /* size: bytes of both when the pair was seen */
    int32_t id;
};

struct heap {
    struct pair *pairs;
    size_t count;
};

static bool before(const struct pair *a, const struct pair *b)
{
    if (a->priority > b->priority)
        return true;
    return !(a->priority < b->priority) && a->left < b->left;
}

static void swap(struct pair *a, struct pair *b)
{
    struct pair t = *a;
    *a = *b;
    *b = t;
}

static void push(struct heap *h, struct pair pair)
{
    size_t at = h->count++;
    h->pairs[at] = pair;
    for (; at > 0 && before(&h->pairs[at], &h->pairs[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&h->pairs[at], &h->pairs[(at - 1) / 2]);
}

static struct pair pop(struct heap *h)
{
    struct pair top = h->pairs[0];
    h->pairs[0] = h->pairs[--h->count];
    for (size_t at = 0;;) {
        size_t best = at, child = 2 * at + 1;
        if (child < h->count && before(&h->pairs[child], &h->pairs[best]))
            best = child;
        if (child + 1 < h->count && before(&h->pairs[child + 1], &h->pairs[best]))
            best = child + 1;
        if (best == at)
            return top;
        swap(&h->pairs[at], &h->pairs[best]);
        at = best;
    }
}

struct merger {
    const struct vocab *vocab;
    const char *text;
    struct symbol *symbols;
    merge_rule *rule;
    struct heap heap;
};

static void consider(struct merger *m, int32_t left, int32_t right)
{
    if (left < 0 || right < 0)
        return;
    struct pair pair = {.left = (uint32_t)left,
                        .right = (uint32_t)right,
                        .size = m->symbols[left].len + m->symbols[right].len};
    if (m->rule(m->vocab, m->text, &m->symbols[left], &m->symbols[right], &pair.id, &pair.priority))
        push(&m->heap, pair);
}

int merge_symbols(const struct vocab *vocab, const char *text, struct symbol *symbols, size_t count,
                  merge_rule *rule, struct engine_error *error)
{
    struct merger m = {.vocab = vocab, .text = text, .symbols = symbols, .rule = rule};
    if (count < 2)
        return 0;
    /* One pair for each neighbour at first, and at most two more for each of count - 1 joins. */
    m.heap.pairs = malloc(3 * count * sizeof(*m.heap.pairs));
    if (m.heap.pairs == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a text");
    for (size_t i = 0; i < count; i++) {
        symbols[i].previous = (int32_t)i - 1;
        symbols[i].next = i + 1 < count ? (int32_t)i + 1 : -1;
    }
    for (size_t i = 1; i < count; i++)
        consider(&m, (int32_t)i - 1, (int32_t)i);
    while (m.heap.count > 0) {
        struct pair pair = pop(&m.heap);
        struct symbol *left = &symbols[pair.left], *right = &symbols[pair.right];
        /* Either may have been joined to something else since. */
        if (left->len == 0 || right->len == 0 || left->len + right->len != pair.size)
            continue;
        left->len = pair.size;
        left->id = pair.id;
        right->len = 0;
        left->next = right->next;
        if (right->next >= 0)
            symbols[right->next].previous = (int32_t)pair.left;
        consider(&m, left->previous, (int32_t)pair.left);
        consider(&m, (int32_t)pair.left, left->next);
    }
    free(m.heap.pairs);
    return 0;
}
