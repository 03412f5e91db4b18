/*
 * arena.h - many small allocations that live and die together (a parsed file, a configuration).
 *
 * Not shared between threads while allocating. Memory comes zeroed and aligned for any type, and is
 * wiped when the arena is released, since a configuration may hold keys.
 */
#ifndef PENSTOCK_BASE_ARENA_H
#define PENSTOCK_BASE_ARENA_H

#include <stddef.h>

#include "gateway/base/err.h"

struct arena {
    struct arena_block *_blocks;
};

#define ARENA_INIT                                                                                 \
    {                                                                                              \
        0                                                                                          \
    }

void arena_release(struct arena *a);
/* NULL when memory runs out. */
MUST_CHECK void *arena_alloc(struct arena *a, size_t size);
MUST_CHECK void *arena_array(struct arena *a, size_t count, size_t size);
MUST_CHECK char *arena_copy(struct arena *a, const char *text, size_t len); /* NUL-terminated */
MUST_CHECK char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
