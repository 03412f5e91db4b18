/*
 * gguf.h - reads GGUF files (version 2 and 3, little-endian).
 *
 * Every count, length and offset is checked against the file's size before it is used, and what is
 * allocated is bounded by the file's size. A struct gguf is immutable after gguf_open and may be
 * read from any thread. Pointers that it hands out live as long as it does.
 */
#ifndef PENSTOCK_ENGINE_GGUF_H
#define PENSTOCK_ENGINE_GGUF_H

#include "engine/engine.h"

/* Tensor types by their number in the file. */
enum gguf_type {
    GGUF_F32 = 0,
    GGUF_F16 = 1,
    GGUF_Q4_0 = 2,
    GGUF_Q4_1 = 3,
    GGUF_Q5_0 = 6,
    GGUF_Q5_1 = 7,
    GGUF_Q8_0 = 8,
    GGUF_Q2_K = 10,
    GGUF_Q3_K = 11,
    GGUF_Q4_K = 12,
    GGUF_Q5_K = 13,
    GGUF_Q6_K = 14,
    GGUF_Q8_K = 15,
    GGUF_IQ4_NL = 20,
    GGUF_IQ4_XS = 23,
    GGUF_I8 = 24,
    GGUF_I16 = 25,
    GGUF_I32 = 26,
    GGUF_I64 = 27,
    GGUF_F64 = 28,
    GGUF_BF16 = 30,
    GGUF_TQ1_0 = 34,
    GGUF_TQ2_0 = 35,
    GGUF_MXFP4 = 39,
    GGUF_TYPE_COUNT = 40,
};

/* Types of metadata values by their number in the file. */
enum gguf_value_type {
    GGUF_VALUE_U8 = 0,
    GGUF_VALUE_I8 = 1,
    GGUF_VALUE_U16 = 2,
    GGUF_VALUE_I16 = 3,
    GGUF_VALUE_U32 = 4,
    GGUF_VALUE_I32 = 5,
    GGUF_VALUE_F32 = 6,
    GGUF_VALUE_BOOL = 7,
    GGUF_VALUE_STRING = 8,
    GGUF_VALUE_ARRAY = 9,
    GGUF_VALUE_U64 = 10,
    GGUF_VALUE_I64 = 11,
    GGUF_VALUE_F64 = 12,
};

struct gguf;

struct gguf_tensor {
    const char *name; /* NUL-terminated */
    enum gguf_type type;
    uint32_t dim_count;
    uint64_t dims[4]; /* dims[0] is the row length; unused ones are 1 */
    uint64_t elements;
    const void *data; /* aligned to 8 bytes at least */
    size_t size;      /* bytes */
};

/* An array value. Its elements lie unaligned in the file: read them with the functions below. */
struct gguf_array {
    enum gguf_value_type type;
    size_t count;
    const uint8_t *bytes;
};

/*
 * Open a path (mapped read-only) or bytes, which must outlive the result; bytes that are not
 * aligned to 8 are copied. Compares SHA-256 where source->sha256 is given. A model in several files
 * (NAME-00001-of-00003.gguf ...) opens by the first one's path and then is as one file: metadata
 * are the first's, tensors all of theirs, SHA-256 that of their bytes one after another.
 */
ENGINE_CHECK int gguf_open(struct gguf **out, const struct engine_source *source,
                           struct engine_error *error);
/* The same for looking at the tables alone: nothing is hashed, gguf_sha256 is zeros. */
ENGINE_CHECK int gguf_peek(struct gguf **out, const struct engine_source *source,
                           struct engine_error *error);
void gguf_free(struct gguf *file); /* NULL is fine */

size_t gguf_size(const struct gguf *file);           /* bytes of the file, or all files */
const uint8_t *gguf_sha256(const struct gguf *file); /* 32 bytes */

/*
 * False when the file behind the map was changed or cut since it was opened: what was read since
 * may be anything (zeroes where pages are gone, see fault.h). Always true for bytes.
 */
bool gguf_intact(const struct gguf *file);

/* NULL when absent or no string. NUL-terminated; *len (may be NULL) tells of embedded NULs. */
const char *gguf_string(const struct gguf *file, const char *key, size_t *len);
/* False, leaving *out alone, when absent, of another kind, or out of range. */
bool gguf_u32(const struct gguf *file, const char *key, uint32_t *out); /* any integer type */
bool gguf_f32(const struct gguf *file, const char *key, float *out);    /* F32 or F64, finite */
bool gguf_bool(const struct gguf *file, const char *key, bool *out);
bool gguf_array(const struct gguf *file, const char *key, struct gguf_array *out);

/* Element i (< count) of an array of numbers; 0 where the array holds something else. */
double gguf_array_number(const struct gguf_array *array, size_t i);
/*
 * Walk an array of strings: start with *offset 0; each call gives the next string (not
 * NUL-terminated) and moves *offset. Call at most count times; only for GGUF_VALUE_STRING.
 */
const char *gguf_array_next(const struct gguf_array *array, size_t *offset, size_t *len);

size_t gguf_tensor_count(const struct gguf *file);
const struct gguf_tensor *gguf_tensor_at(const struct gguf *file, size_t i); /* sorted by name */
const struct gguf_tensor *gguf_tensor(const struct gguf *file, const char *name); /* or NULL */

/* "F32", "Q8_0", ...; "unknown" for numbers that are no type. */
const char *gguf_type_name(enum gguf_type type);
/* Elements in one block and bytes of it; 0 for unknown types. */
uint32_t gguf_type_block(enum gguf_type type, uint32_t *bytes);

#endif
