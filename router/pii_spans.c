#include "router/pii.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 32 };

int pii_spans_add(struct pii_spans *spans, const struct pii_span *span, struct err *err)
{
    if (spans->count == spans->cap) {
        if (spans->cap > SIZE_MAX / 2 / sizeof(*spans->items))
            return err_set(err, ERR_MEMORY, "too many spans");
        size_t cap = spans->cap != 0 ? spans->cap * 2 : FIRST_CAPACITY;
        struct pii_span *items = realloc(spans->items, cap * sizeof(*items));
        if (items == NULL)
            return err_set(err, ERR_MEMORY, "out of memory for %zu spans", cap);
        spans->items = items;
        spans->cap = cap;
    }
    spans->items[spans->count++] = *span;
    return 0;
}

void pii_spans_release(struct pii_spans *spans)
{
    free(spans->items);
    *spans = (struct pii_spans){0};
}
