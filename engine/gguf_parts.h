/*
 * gguf_parts.h - what the parts of the GGUF reader share: gguf.c reads a file's tables, gguf_open.c
 * finds the files, gguf_values.c looks things up.
 */
#ifndef PENSTOCK_ENGINE_GGUF_PARTS_H
#define PENSTOCK_ENGINE_GGUF_PARTS_H

#include "engine/gguf.h"

#include <stdatomic.h>
#include <sys/stat.h>

struct gguf_value {
    const char *key;
    enum gguf_value_type type;
    enum gguf_value_type element; /* of an array */
    size_t count;                 /* elements, or bytes of a string */
    const uint8_t *bytes;         /* strings: the NUL-terminated copy */
};

struct gguf {
    const uint8_t *base;
    size_t size;
    bool mapped;
    void *copy;       /* of unaligned bytes */
    int fd;           /* kept open to notice changes; -1 for bytes */
    atomic_bool lost; /* a page was gone when it was read */
    struct stat opened;
    char *names; /* keys, strings and tensor names, NUL-terminated */
    size_t names_used, names_size;
    struct gguf_value *values;
    size_t value_count;
    struct gguf_tensor *tensors;
    size_t tensor_count;
    uint8_t sha256[32];
    struct gguf *
        *rest; /* the other files of a split model, whose tensors stand in this one's list */
    size_t rest_count;
};

/* Read the tables of base .. base + size. */
ENGINE_CHECK int gguf_parse(struct gguf *file, struct engine_error *error);
/* By name; fails where two have the same. */
ENGINE_CHECK int gguf_sort_tensors(struct gguf *file, struct engine_error *error);

int gguf_compare_tensors(const void *a, const void *b);
int gguf_compare_values(const void *a, const void *b);
size_t gguf_value_width(enum gguf_value_type type); /* bytes; 0 for strings, arrays, unknown */

#endif
