#include "gateway/base/region.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 16384, ALIGNMENT = _Alignof(max_align_t) };

struct region_block {
    struct region_block *next;
    size_t size, used;
    max_align_t data[];
};

void region_release(struct region *a)
{
    while (a->_blocks != NULL) {
        struct region_block *block = a->_blocks;
        a->_blocks = block->next;
        explicit_bzero(block->data, block->used);
        free(block);
    }
}

void *region_alloc(struct region *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct region_block *block = a->_blocks;
    if (block == NULL || size > block->size - block->used) {
        size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        block = calloc(1, sizeof(*block) + room);
        if (block == NULL)
            return NULL;
        block->size = room;
        block->next = a->_blocks;
        a->_blocks = block;
    }
    void *at = (char *)block->data + block->used;
    block->used += size;
    return at;
}

void *region_array(struct region *a, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    return region_alloc(a, count * size);
}

char *region_copy(struct region *a, const char *text, size_t len)
{
    char *copy = len < SIZE_MAX ? region_alloc(a, len + 1) : NULL;
    if (copy != NULL && len != 0)
        memcpy(copy, text, len);
    return copy;
}

char *region_printf(struct region *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int need = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = need < 0 ? NULL : region_alloc(a, (size_t)need + 1);
    if (text != NULL) {
        va_start(args, format);
        (void)vsnprintf(text, (size_t)need + 1, format, args);
        va_end(args);
    }
    return text;
}
