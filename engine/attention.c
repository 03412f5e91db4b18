#include "engine/attention.h"

#include <math.h>
#include <string.h>

/*
 * Positions of a block; from this many queries on, expanding its rows to floats pays; with fewer,
 * rows read for what memory is asked at a time.
 */
enum { BLOCK = 64, MANY = 4, STEP = 16 };
_Static_assert(BLOCK % KV_PAGE == 0 && KV_PAGE % STEP == 0 && STEP % 16 == 0,
               "blocks are whole pages");

struct work {
    const struct attention *a;
    const struct attention_run *run;
    uint32_t layer;
    size_t head, last_head;                                  /* of keys and values; [first, last) */
    size_t n, wide;                                          /* head size; rounded up to 16 */
    size_t count;                                            /* queries */
    size_t first, last;                                      /* positions any of them sees */
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

/*
 * Ask memory for keys or values of positions first .. last - 1. Pages lie far apart, so that no
 * processor guesses the next one.
 */
static void ask(const struct work *w, size_t head, bool values, size_t first, size_t last)
{
    const struct kv_store *store = w->a->store;
    while (first < last) {
        size_t slot = first % KV_PAGE, rows = KV_PAGE - slot;
        rows = rows < last - first ? rows : last - first;
        const char *page =
            kv_page_head(store, w->run->pages[first / KV_PAGE], w->layer, values, head);
        for (size_t i = slot * store->row_bytes; i < (slot + rows) * store->row_bytes; i += 64)
            __builtin_prefetch(page + i, 0, 2);
        first += rows;
    }
}

/* The keys that are wanted when the values of `rows` positions from `at` on are done with. */
static void ask_keys(const struct work *w, size_t at, size_t rows)
{
    size_t next = at + BLOCK, head = w->head;
    if (at / BLOCK * BLOCK + BLOCK >= w->last) {
        next = w->first + at % BLOCK;
        head++;
    }
    /* A short block may come before a long one. */
    size_t until = at + rows < w->last ? next + rows : next / BLOCK * BLOCK + BLOCK;
    if (head < w->last_head)
        ask(w, head, false, next, until < w->last ? until : w->last);
}

static void score_block(struct work *w, size_t at, size_t count, size_t columns)
{
    const struct kernels *k = w->a->kernels;
    if (w->count >= MANY) {
        ask(w, w->head, true, at, at + count);
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
        for (size_t j = 0; j < count; j += STEP) {
            size_t rows = count - j < STEP ? count - j : STEP;
            if (i == 0)
                ask(w, w->head, true, at + j, at + j + rows);
            kv_scores(w->a->store, k, &query, page_rows(w, at + j, false), j % KV_PAGE, rows,
                      w->scores + i * columns + j);
        }
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
        ask_keys(w, at, count);
        expand(w, at, count, true, w->wide);
        k->multiply_f32(w->out, w->wide, w->scores, columns, w->rows, w->count, count, w->wide);
        return;
    }
    for (size_t i = 0; i < w->count; i++) {
        for (size_t j = 0; j < count; j += STEP) {
            size_t rows = count - j < STEP ? count - j : STEP;
            if (i == 0)
                ask_keys(w, at + j, rows);
            kv_mix(w->a->store, k, page_rows(w, at + j, true), j % KV_PAGE, rows,
                   w->scores + i * columns + j, w->out + i * w->wide);
        }
    }
}

static void block(struct work *w, size_t at, size_t count)
{
    size_t columns = round_up(count);
    score_block(w, at, count, columns);
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
    w->first = begin / BLOCK * BLOCK;
    w->last = end;
    for (size_t at = w->first; at < end; at += BLOCK)
        block(w, at, end - at < BLOCK ? end - at : BLOCK);
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
