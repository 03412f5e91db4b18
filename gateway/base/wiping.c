#include "gateway/base/wiping.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Its size stands before each block: asking the allocator took longer than the wiping. */
struct block {
    size_t size;
    max_align_t bytes[];
};

static struct block *block_of(void *bytes)
{
    return (struct block *)(void *)((char *)bytes - offsetof(struct block, bytes));
}

void *wiping_malloc(size_t size)
{
    if (size > SIZE_MAX - sizeof(struct block))
        return NULL;
    struct block *block = malloc(sizeof(*block) + size);
    if (block == NULL)
        return NULL;
    block->size = size;
    return block->bytes;
}

void *wiping_calloc(size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total))
        return NULL;
    void *bytes = wiping_malloc(total);
    if (bytes != NULL)
        memset(bytes, 0, total);
    return bytes;
}

char *wiping_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = wiping_malloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

void wiping_free(void *bytes)
{
    if (bytes == NULL)
        return;
    struct block *block = block_of(bytes);
    explicit_bzero(block->bytes, block->size);
    free(block);
}

void *wiping_realloc(void *bytes, size_t size)
{
    void *moved = wiping_malloc(size);
    if (bytes == NULL || moved == NULL)
        return moved;
    size_t old = block_of(bytes)->size;
    memcpy(moved, bytes, old < size ? old : size);
    wiping_free(bytes);
    return moved;
}
