#include "engine/attention.h"

#include <math.h>
#include <string.h>

/* Positions of a block; from this many queries on, expanding its rows to floats pays. */
enum { BLOCK = 64, MANY = 4 };
_Static_assert(BLOCK % KV_PAGE == 0 && KV_PAGE % 16 == 0, "blocks are whole pages");

struct work {
    const struct attention *a;
    const struct attention_run *run;
    uint32_t layer;
    size_t head, last_head;                                  /* of keys and values; [first, last) */
    size_t n, wide;                                          /* head size; rounded up to 16 */
    size_t count;                                            /* queries */
    size_t begin[ATTENTION_QUERIES], end[ATTENTION_QUERIES]; /* positions each one sees */
    float most[ATTENTION_QUERIES], sum[ATTENTION_QUERIES];
    float *queries; /* rows of n, scaled */
    float *out;     /* rows of wide */
    float *scores;  /* rows of the block's columns */
    float *rows, *turned;
};

static size_t round_up(size_t n)
{
    return (n + 15) / 16 * 16;
}

size_t attention_run_length(const struct arch *arch)
{
    size_t group = arch->heads / arch->kv_heads;
    return group < ATTENTION_QUERIES ? ATTENTION_QUERIES / group : 1;
}

size_t attention_scratch(const struct arch *arch)
{
    size_t wide = round_up(arch->head_size);
    return ATTENTION_QUERIES * (2 * wide + BLOCK) + 2 * BLOCK * wide;
}

static const void *page_rows(const struct work *w, size_t position, bool values)
{
    return kv_page_head(w->a->store, w->run->pages[position / KV_PAGE], w->layer, values, w->head);
}

/* Rows of positions at .. at + count - 1 as floats. */
static void expand(struct work *w, size_t at, size_t count, bool values, size_t stride)
{
    for (size_t i = 0; i < count; i += KV_PAGE) {
        size_t rows = count - i < KV_PAGE ? count - i : KV_PAGE;
        kv_expand(w->a->store, w->a->kernels, page_rows(w, at + i, values), rows,
                  w->rows + i * stride, stride);
    }
}

static void score_block(struct work *w, size_t at, size_t count, size_t columns)
{
    const struct kernels *k = w->a->kernels;
    if (w->count >= MANY) {
        /* Rows up to the next sixteen lie in the page too; nobody looks at their scores. */
        expand(w, at, columns, false, w->n);
        k->turn_f32(w->turned, columns, w->rows, w->n, columns);
        memset(w->scores, 0, w->count * columns * sizeof(*w->scores));
        k->multiply_f32(w->scores, columns, w->queries, w->n, w->turned, w->count, w->n, columns);
        return;
    }
    for (size_t i = 0; i < w->count; i++) {
        struct kv_query query;
        kv_query_set(&query, w->a->store, k, w->queries + i * w->n);
        for (size_t j = 0; j < count; j += KV_PAGE)
            kv_scores(w->a->store, k, &query, page_rows(w, at + j, false), 0,
                      count - j < KV_PAGE ? count - j : KV_PAGE, w->scores + i * columns + j);
    }
}

/* The shares of query i in columns first .. last - 1 of the block, and what went before rescaled.
 */
static void soften(struct work *w, size_t i, float *scores, size_t first, size_t last)
{
    float cap = w->a->arch->attention_cap, most = w->most[i];
    for (size_t j = first; j < last; j++) {
        if (cap > 0)
            scores[j] = cap * tanhf(scores[j] / cap);
        most = scores[j] > most ? scores[j] : most;
    }
    float before = w->sum[i] > 0 ? expf(w->most[i] - most) : 0;
    w->sum[i] = w->sum[i] * before + w->a->kernels->exp_sum(scores + first, most, last - first);
    w->most[i] = most;
    for (size_t j = 0; j < w->wide; j++)
        w->out[i * w->wide + j] *= before;
}

static void mix_block(struct work *w, size_t at, size_t count, size_t columns)
{
    const struct kernels *k = w->a->kernels;
    if (w->count >= MANY) {
        expand(w, at, count, true, w->wide);
        k->multiply_f32(w->out, w->wide, w->scores, columns, w->rows, w->count, count, w->wide);
        return;
    }
    for (size_t i = 0; i < w->count; i++) {
        for (size_t j = 0; j < count; j += KV_PAGE)
            kv_mix(w->a->store, k, page_rows(w, at + j, true), 0,
                   count - j < KV_PAGE ? count - j : KV_PAGE, w->scores + i * columns + j,
                   w->out + i * w->wide);
    }
}

/*
 * Ask memory for the keys or values of the block at `at` of positions before `end`. Pages lie far
 * apart, so that no processor guesses the next one.
 */
static void ask_block(const struct work *w, size_t head, bool values, size_t at, size_t end)
{
    const struct kv_store *store = w->a->store;
    end = end - at < BLOCK ? end : at + BLOCK;
    for (; at < end; at += KV_PAGE) {
        const char *rows = kv_page_head(store, w->run->pages[at / KV_PAGE], w->layer, values, head);
        size_t bytes = (end - at < KV_PAGE ? end - at : KV_PAGE) * store->row_bytes;
        for (size_t i = 0; i < bytes; i += 64)
            __builtin_prefetch(rows + i, 0, 2);
    }
}

/* The block at `at` of those between begin and end. */
static void block(struct work *w, size_t begin, size_t at, size_t end)
{
    size_t count = end - at < BLOCK ? end - at : BLOCK, columns = round_up(count);
    ask_block(w, w->head, true, at, end);
    score_block(w, at, count, columns);
    if (at + BLOCK < end)
        ask_block(w, w->head, false, at + BLOCK, end);
    else if (w->head + 1 < w->last_head)
        ask_block(w, w->head + 1, false, begin, end);
    for (size_t i = 0; i < w->count; i++) {
        float *scores = w->scores + i * columns;
        size_t first = w->begin[i] > at ? w->begin[i] - at : 0;
        size_t last = w->end[i] > at ? w->end[i] - at : 0;
        first = first < count ? first : count;
        last = last < count ? last : count;
        if (first < last)
            soften(w, i, scores, first, last);
        for (size_t j = 0; j < columns; j++)
            scores[j] = j >= first && j < last ? scores[j] : 0;
    }
    mix_block(w, at, count, columns);
}

/* Queries from .. from + count - 1 of the run, counted over positions and heads of the group. */
static void attend(struct work *w, size_t from, size_t count)
{
    const struct arch *a = w->a->arch;
    size_t group = a->heads / a->kv_heads, begin = SIZE_MAX, end = 0;
    bool windowed = arch_layer_windowed(a, w->layer);
    w->count = count;
    memset(w->out, 0, count * w->wide * sizeof(*w->out));
    for (size_t i = 0; i < count; i++) {
        size_t position = (from + i) / group, head = w->head * group + (from + i) % group;
        const float *query = w->run->queries + (position * a->heads + head) * w->n;
        for (size_t j = 0; j < w->n; j++)
            w->queries[i * w->n + j] = query[j] * a->attention_scale;
        w->end[i] = w->run->first + position + 1;
        w->begin[i] = windowed && w->end[i] > a->window ? w->end[i] - a->window : 0;
        w->most[i] = -INFINITY;
        w->sum[i] = 0;
        begin = w->begin[i] < begin ? w->begin[i] : begin;
        end = w->end[i] > end ? w->end[i] : end;
    }
    begin = begin / BLOCK * BLOCK;
    for (size_t at = begin; at < end; at += BLOCK)
        block(w, begin, at, end);
    for (size_t i = 0; i < count; i++) {
        size_t position = (from + i) / group, head = w->head * group + (from + i) % group;
        float *out = w->run->out + (position * a->heads + head) * w->n;
        for (size_t j = 0; j < w->n; j++)
            out[j] = w->out[i * w->wide + j] / w->sum[i];
    }
}

void attention_heads(const struct attention *a, const struct attention_run *run, uint32_t layer,
                     size_t first, size_t last, float *scratch)
{
    size_t n = a->arch->head_size, wide = round_up(n);
    size_t all = run->count * (a->arch->heads / a->arch->kv_heads);
    struct work w = {.a = a, .run = run, .layer = layer, .last_head = last, .n = n, .wide = wide};
    w.queries = scratch;
    w.out = w.queries + ATTENTION_QUERIES * wide;
    w.scores = w.out + ATTENTION_QUERIES * wide;
    w.rows = w.scores + ATTENTION_QUERIES * BLOCK;
    w.turned = w.rows + BLOCK * wide;
    /* The padding of value rows is multiplied too: it must hold numbers. */
    if (wide != n)
        memset(w.rows, 0, BLOCK * wide * sizeof(*w.rows));
    for (w.head = first; w.head < last; w.head++) {
        for (size_t at = 0; at < all; at += ATTENTION_QUERIES)
            attend(&w, at, all - at < ATTENTION_QUERIES ? all - at : ATTENTION_QUERIES);
    }
}
