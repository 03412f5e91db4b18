#include "gateway/base/problems.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT_AT_MOST = 200 };

static void problem_release(struct problem *p)
{
    free(p->file);
    free(p->key);
    free(p->reason);
}

void problems_release(struct problems *p)
{
    for (size_t i = 0; i < p->count; i++)
        problem_release(&p->items[i]);
    free(p->items);
    *p = (struct problems)PROBLEMS_INIT;
}

void problems_add(struct problems *p, const char *file, uint32_t line, const char *key,
                  const char *format, ...)
{
    char reason[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);

    struct problem item = {.line = line, .order = p->count};
    if (p->count == KEPT_AT_MOST)
        goto drop;
    if (p->count == p->cap) {
        size_t cap = p->cap != 0 ? p->cap * 2 : 16;
        struct problem *items = realloc(p->items, cap * sizeof(*items));
        if (items == NULL)
            goto drop;
        p->items = items;
        p->cap = cap;
    }
    item.file = strdup(file);
    item.key = strdup(key);
    item.reason = strdup(reason);
    if (item.file == NULL || item.key == NULL || item.reason == NULL)
        goto drop;
    p->items[p->count++] = item;
    return;
drop:
    problem_release(&item);
    p->dropped++;
}

size_t problems_count(const struct problems *p)
{
    return p->count + p->dropped;
}

/* The first problem of the same file: files are shown in the order in which they were read. */
static size_t file_rank(const struct problems *p, const char *file)
{
    size_t rank = SIZE_MAX;
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i].order < rank && strcmp(p->items[i].file, file) == 0)
            rank = p->items[i].order;
    return rank;
}

static bool goes_before(const struct problems *p, const struct problem *a, const struct problem *b)
{
    size_t rank_a = file_rank(p, a->file), rank_b = file_rank(p, b->file);
    if (rank_a != rank_b)
        return rank_a < rank_b;
    if (a->line != b->line)
        return a->line < b->line;
    return a->order < b->order;
}

void problems_sort(struct problems *p)
{
    for (size_t i = 1; i < p->count; i++) {
        struct problem item = p->items[i];
        size_t at = i;
        /* The moved item must stay visible to file_rank: swap, don't shift. */
        for (; at > 0 && goes_before(p, &item, &p->items[at - 1]); at--) {
            p->items[at] = p->items[at - 1];
            p->items[at - 1] = item;
        }
    }
}

/* What a file said may end on a terminal. */
static void print_plain(const char *text, FILE *out)
{
    for (; *text != '\0'; text++)
        (void)putc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, out);
}

void problems_print(struct problems *p, FILE *out)
{
    problems_sort(p);
    for (size_t i = 0; i < p->count; i++) {
        const struct problem *item = &p->items[i];
        print_plain(item->file, out);
        if (item->line != 0)
            (void)fprintf(out, ":%u", item->line);
        (void)fputs(": ", out);
        if (item->key[0] != '\0') {
            print_plain(item->key, out);
            (void)fputs(": ", out);
        }
        print_plain(item->reason, out);
        (void)putc('\n', out);
    }
    if (p->dropped != 0)
        (void)fprintf(out, "and %zu more\n", p->dropped);
}

int problems_to_err(struct problems *p, struct err *err)
{
    problems_sort(p);
    if (p->count == 0)
        return err_set(err, ERR_SYNTAX, "%zu mistakes, out of memory", p->dropped);
    const struct problem *first = &p->items[0];
    size_t more = problems_count(p) - 1;
    char tail[40] = "";
    if (more != 0)
        (void)snprintf(tail, sizeof(tail), " (and %zu more)", more);
    return err_set(err, ERR_SYNTAX, "%.80s:%u: %.60s: %.60s%s", first->file, first->line,
                   first->key, first->reason, tail);
}
