#include "engine/grammar.h"

#include "engine/error.h"

#include <stdlib.h>
#include <string.h>

/*
 * Questions about a grammar's nodes. Whether a rule's end can be reached from a node - by no byte,
 * or at all - spreads backwards from the ends, so that each node is looked at a few times only.
 */

/* Which nodes depend on a node: those that lead to it. */
struct dependents {
    uint32_t *starts, *nodes;
};

static unsigned leads_to(const struct grammar_node *n, uint32_t out[2])
{
    unsigned count = 0;
    if (n->op != GRAMMAR_END && n->op != GRAMMAR_JUMP)
        out[count++] = n->next;
    if (n->op == GRAMMAR_SPLIT || n->op == GRAMMAR_CALL || n->op == GRAMMAR_TAIL)
        out[count++] = n->other;
    return count;
}

static bool find_dependents(const struct engine_grammar *g, struct dependents *d)
{
    uint32_t to[2];
    d->starts = calloc((size_t)g->node_count + 2, sizeof(*d->starts));
    d->nodes = calloc(2 * (size_t)g->node_count + 1, sizeof(*d->nodes));
    if (d->starts == NULL || d->nodes == NULL)
        return false;
    for (uint32_t i = 0; i < g->node_count; i++) {
        for (unsigned k = leads_to(&g->nodes[i], to); k-- > 0;)
            d->starts[to[k] + 2]++;
    }
    for (uint32_t i = 2; i < g->node_count + 2; i++)
        d->starts[i] += d->starts[i - 1];
    for (uint32_t i = 0; i < g->node_count; i++) {
        for (unsigned k = leads_to(&g->nodes[i], to); k-- > 0;)
            d->nodes[d->starts[to[k] + 1]++] = i;
    }
    return true;
}

static bool reaches_end(const struct grammar_node *n, const bool *known, bool bytes_too)
{
    switch (n->op) {
    case GRAMMAR_END:
        return true;
    case GRAMMAR_BYTES:
        return bytes_too && known[n->next];
    case GRAMMAR_SPLIT:
        return known[n->next] || known[n->other];
    case GRAMMAR_CALL:
    case GRAMMAR_TAIL:
        return known[n->next] && known[n->other];
    default:
        return false;
    }
}

/* known[i]: from node i the end of its rule is reached, over bytes or without any. */
static void spread(const struct engine_grammar *g, const struct dependents *d, uint32_t *work,
                   bool bytes_too, bool *known)
{
    uint32_t count = 0;
    memset(known, 0, g->node_count * sizeof(*known));
    for (uint32_t i = 0; i < g->node_count; i++) {
        if (g->nodes[i].op == GRAMMAR_END) {
            known[i] = true;
            work[count++] = i;
        }
    }
    while (count > 0) {
        uint32_t at = work[--count];
        for (uint32_t k = d->starts[at]; k < d->starts[at + 1]; k++) {
            uint32_t node = d->nodes[k];
            if (!known[node] && reaches_end(&g->nodes[node], known, bytes_too)) {
                known[node] = true;
                work[count++] = node;
            }
        }
    }
}

/* Where one gets from a node without a byte. */
static unsigned left_edges(const struct grammar_node *n, const bool *empty, uint32_t out[2])
{
    uint32_t to[2];
    unsigned count = 0;
    if (n->op == GRAMMAR_BYTES)
        return 0;
    unsigned all = leads_to(n, to);
    bool call = n->op == GRAMMAR_CALL || n->op == GRAMMAR_TAIL;
    for (unsigned k = 0; k < all; k++) {
        if (!call || to[k] == n->other || empty[n->other])
            out[count++] = to[k];
    }
    return count;
}

/*
 * Strongly connected parts by left edges (Tarjan, without recursion): a call inside one comes back
 * to itself before any byte. A loop of splits alone is harmless.
 */
struct parts {
    uint32_t *index, *low, *stack, *path;
    uint8_t *edge; /* of the nodes on the path: which edge comes next */
    bool *on_stack;
    uint32_t next, depth, path_len;
};

static bool part_recurs(const struct engine_grammar *g, struct parts *p, uint32_t root)
{
    uint32_t members = p->depth;
    bool recurs = false;
    while (p->stack[--members] != root)
        continue;
    for (uint32_t i = members; i < p->depth; i++) {
        const struct grammar_node *n = &g->nodes[p->stack[i]];
        bool call = n->op == GRAMMAR_CALL || n->op == GRAMMAR_TAIL;
        recurs = recurs || (call && p->on_stack[n->other] && p->index[n->other] >= p->low[root]);
    }
    for (uint32_t i = members; i < p->depth; i++)
        p->on_stack[p->stack[i]] = false;
    p->depth = members;
    return recurs;
}

static void enter(struct parts *p, uint32_t node)
{
    p->index[node] = p->low[node] = ++p->next;
    p->stack[p->depth++] = node;
    p->on_stack[node] = true;
    p->edge[node] = 0;
    p->path[p->path_len++] = node;
}

static bool recurs_from(const struct engine_grammar *g, const bool *empty, struct parts *p,
                        uint32_t start)
{
    uint32_t to[2];
    enter(p, start);
    while (p->path_len > 0) {
        uint32_t at = p->path[p->path_len - 1];
        if (p->edge[at] < left_edges(&g->nodes[at], empty, to)) {
            uint32_t next = to[p->edge[at]++];
            if (p->index[next] == 0)
                enter(p, next);
            else if (p->on_stack[next] && p->index[next] < p->low[at])
                p->low[at] = p->index[next];
            continue;
        }
        p->path_len--;
        if (p->path_len > 0 && p->low[at] < p->low[p->path[p->path_len - 1]])
            p->low[p->path[p->path_len - 1]] = p->low[at];
        if (p->low[at] == p->index[at] && part_recurs(g, p, at))
            return true;
    }
    return false;
}

static int find_left_recursion(const struct engine_grammar *g, const bool *empty,
                               struct engine_error *error)
{
    size_t n = g->node_count;
    struct parts p = {.index = calloc(n, sizeof(*p.index)),
                      .low = calloc(n, sizeof(*p.low)),
                      .stack = calloc(n, sizeof(*p.stack)),
                      .path = calloc(n, sizeof(*p.path)),
                      .edge = calloc(n, 1),
                      .on_stack = calloc(n, sizeof(*p.on_stack))};
    int status = 0;
    if (p.index == NULL || p.low == NULL || p.stack == NULL || p.path == NULL || p.edge == NULL ||
        p.on_stack == NULL)
        status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a grammar");
    for (uint32_t i = 0; status == 0 && i < n; i++) {
        if (p.index[i] == 0 && recurs_from(g, empty, &p, i))
            status = engine_fail(error, ENGINE_ERR_ARGUMENT,
                                 "the grammar has a rule that begins with itself (left recursion); "
                                 "write it as a repetition");
    }
    free(p.index);
    free(p.low);
    free(p.stack);
    free(p.path);
    free(p.edge);
    free(p.on_stack);
    return status;
}

/* Bytes between the same borders of all nodes' ranges are one class. */
static void find_classes(struct engine_grammar *g)
{
    bool border[257] = {false};
    for (uint32_t i = 0; i < g->node_count; i++) {
        if (g->nodes[i].op == GRAMMAR_BYTES) {
            border[g->nodes[i].low] = true;
            border[g->nodes[i].high + 1] = true;
        }
    }
    unsigned number = 0;
    for (unsigned b = 0; b < 256; b++) {
        number += b > 0 && border[b];
        g->classes[b] = (uint8_t)number;
    }
    g->class_count = number + 1;
}

int grammar_check(struct engine_grammar *g, struct engine_error *error)
{
    struct dependents d = {0};
    size_t n = (size_t)g->node_count + 1;
    uint32_t *work = calloc(n, sizeof(*work));
    bool *known = calloc(n, sizeof(*known));
    int status = 0;
    if (!find_dependents(g, &d) || work == NULL || known == NULL) {
        status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a grammar");
        goto out;
    }
    spread(g, &d, work, true, known);
    if (!known[g->root]) {
        status =
            engine_fail(error, ENGINE_ERR_ARGUMENT, "the grammar's root can never come to an end");
        goto out;
    }
    /* What can never come to an end is never begun: nobody walks over a jump. */
    for (uint32_t i = 0; i < g->node_count; i++) {
        if (!known[i])
            g->nodes[i].op = GRAMMAR_JUMP;
    }
    spread(g, &d, work, false, known);
    status = find_left_recursion(g, known, error);
    find_classes(g);
out:
    free(d.starts);
    free(d.nodes);
    free(work);
    free(known);
    return status;
}

int engine_grammar_new(struct engine_grammar **out, const char *text, size_t len,
                       struct engine_error *error)
{
    *out = NULL;
    struct engine_grammar *g = calloc(1, sizeof(*g));
    if (g == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for a grammar");
    int status = grammar_parse(g, text, len, error);
    if (status == 0)
        status = grammar_check(g, error);
    if (status != 0) {
        engine_grammar_free(g);
        return status;
    }
    *out = g;
    return 0;
}

void engine_grammar_free(struct engine_grammar *g)
{
    if (g == NULL)
        return;
    if (g->nodes != NULL)
        explicit_bzero(g->nodes, g->node_count * sizeof(*g->nodes));
    free(g->nodes);
    free(g);
}
