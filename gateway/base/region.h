/*
 * region.h - many small allocations that live and die together (a parsed file, a configuration).
 *
 * Not shared between threads while allocating. Memory comes zeroed and aligned for any type, and is
 * wiped when the region is released, since a configuration may hold keys.
 */
#ifndef PENSTOCK_BASE_REGION_H
#define PENSTOCK_BASE_REGION_H

#include <stddef.h>

#include "gateway/base/err.h"

struct region {
    struct region_block *_blocks;
};

#define REGION_INIT                                                                                \
    {                                                                                              \
        0                                                                                          \
    }

void region_release(struct region *a);
/* NULL when memory runs out. */
MUST_CHECK void *region_alloc(struct region *a, size_t size);
MUST_CHECK void *region_array(struct region *a, size_t count, size_t size);
MUST_CHECK char *region_copy(struct region *a, const char *text, size_t len); /* NUL-terminated */
MUST_CHECK char *region_printf(struct region *a, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
