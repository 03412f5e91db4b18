#include "engine/gguf_parts.h"

#include "engine/error.h"

#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "GGUF data is used as it lies in the file, which is little-endian"
#endif

/* A position in the file that cannot leave it. */
struct reader {
    const uint8_t *at;
    size_t left;
};

static const struct {
    const char *name;
    uint32_t block, bytes;
} types[GGUF_TYPE_COUNT] = {
    [GGUF_F32] = {"F32", 1, 4},           [GGUF_F16] = {"F16", 1, 2},
    [GGUF_Q4_0] = {"Q4_0", 32, 18},       [GGUF_Q4_1] = {"Q4_1", 32, 20},
    [GGUF_Q5_0] = {"Q5_0", 32, 22},       [GGUF_Q5_1] = {"Q5_1", 32, 24},
    [GGUF_Q8_0] = {"Q8_0", 32, 34},       [GGUF_Q2_K] = {"Q2_K", 256, 84},
    [GGUF_Q3_K] = {"Q3_K", 256, 110},     [GGUF_Q4_K] = {"Q4_K", 256, 144},
    [GGUF_Q5_K] = {"Q5_K", 256, 176},     [GGUF_Q6_K] = {"Q6_K", 256, 210},
    [GGUF_Q8_K] = {"Q8_K", 256, 292},     [GGUF_IQ4_NL] = {"IQ4_NL", 32, 18},
    [GGUF_IQ4_XS] = {"IQ4_XS", 256, 136}, [GGUF_I8] = {"I8", 1, 1},
    [GGUF_I16] = {"I16", 1, 2},           [GGUF_I32] = {"I32", 1, 4},
    [GGUF_I64] = {"I64", 1, 8},           [GGUF_F64] = {"F64", 1, 8},
    [GGUF_BF16] = {"BF16", 1, 2},         [GGUF_TQ1_0] = {"TQ1_0", 256, 54},
    [GGUF_TQ2_0] = {"TQ2_0", 256, 66},    [GGUF_MXFP4] = {"MXFP4", 32, 17},
};

const char *gguf_type_name(enum gguf_type type)
{
    if ((unsigned)type >= GGUF_TYPE_COUNT || types[type].name == NULL)
        return "unknown";
    return types[type].name;
}

uint32_t gguf_type_block(enum gguf_type type, uint32_t *bytes)
{
    if ((unsigned)type >= GGUF_TYPE_COUNT) {
        *bytes = 0;
        return 0;
    }
    *bytes = types[type].bytes;
    return types[type].block;
}

static bool read_bytes(struct reader *r, void *out, size_t n)
{
    if (r->left < n)
        return false;
    memcpy(out, r->at, n);
    r->at += n;
    r->left -= n;
    return true;
}

static bool read_u32(struct reader *r, uint32_t *out)
{
    return read_bytes(r, out, sizeof(*out));
}

static bool read_u64(struct reader *r, uint64_t *out)
{
    return read_bytes(r, out, sizeof(*out));
}

static bool read_string(struct reader *r, const char **out, size_t *len)
{
    uint64_t n = 0;
    if (!read_u64(r, &n) || n > r->left)
        return false;
    *out = (const char *)r->at;
    *len = (size_t)n;
    r->at += n;
    r->left -= (size_t)n;
    return true;
}

/* The names' storage is sized before use: it never moves, so pointers into it stay good. */
static const char *keep_name(struct gguf *file, const char *bytes, size_t len)
{
    if (file->names_size - file->names_used <= len)
        return NULL;
    char *out = file->names + file->names_used;
    memcpy(out, bytes, len);
    out[len] = '\0';
    file->names_used += len + 1;
    return out;
}

static int bad(struct engine_error *error, const char *what)
{
    return engine_fail(error, ENGINE_ERR_FORMAT, "the GGUF file is damaged: %s", what);
}

static int read_array(struct reader *r, struct gguf_value *v, struct engine_error *error)
{
    uint32_t type = 0;
    uint64_t count = 0;
    if (!read_u32(r, &type) || !read_u64(r, &count))
        return bad(error, "an array is cut off");
    v->element = (enum gguf_value_type)type;
    v->bytes = r->at;
    if (type == GGUF_VALUE_STRING) {
        if (count > r->left / 8)
            return bad(error, "an array is longer than the file");
        for (uint64_t i = 0; i < count; i++) {
            const char *s = NULL;
            size_t len = 0;
            if (!read_string(r, &s, &len))
                return bad(error, "a string in an array is longer than the file");
        }
    } else {
        size_t width = gguf_value_width(v->element);
        if (width == 0)
            return bad(error, "an array holds values of an unknown type");
        if (count > r->left / width)
            return bad(error, "an array is longer than the file");
        r->at += count * width;
        r->left -= (size_t)count * width;
    }
    v->count = (size_t)count;
    return 0;
}

static int read_value(struct gguf *file, struct reader *r, struct gguf_value *v,
                      struct engine_error *error)
{
    const char *s = NULL;
    size_t len = 0;
    uint32_t type = 0;
    if (!read_string(r, &s, &len) || !read_u32(r, &type))
        return bad(error, "the metadata is cut off");
    if (len == 0 || len > 65535 || memchr(s, '\0', len) != NULL)
        return bad(error, "a metadata key is empty, too long or holds NUL");
    v->key = keep_name(file, s, len);
    if (v->key == NULL)
        return bad(error, "the metadata is cut off");
    v->type = (enum gguf_value_type)type;
    if (type == GGUF_VALUE_ARRAY)
        return read_array(r, v, error);
    if (type == GGUF_VALUE_STRING) {
        if (!read_string(r, &s, &len))
            return bad(error, "a metadata string is longer than the file");
        v->count = len;
        v->bytes = (const uint8_t *)keep_name(file, s, len);
        return v->bytes != NULL ? 0 : bad(error, "the metadata is cut off");
    }
    size_t width = gguf_value_width(v->type);
    if (width == 0)
        return bad(error, "a metadata value has an unknown type");
    if (r->left < width)
        return bad(error, "the metadata is cut off");
    v->bytes = r->at;
    r->at += width;
    r->left -= width;
    return 0;
}

/* data holds the offset until the data section's place is known. */
static int read_tensor(struct gguf *file, struct reader *r, struct gguf_tensor *t, uint64_t *offset,
                       struct engine_error *error)
{
    const char *s = NULL;
    size_t len = 0;
    uint32_t type = 0;
    if (!read_string(r, &s, &len) || !read_u32(r, &t->dim_count))
        return bad(error, "the tensor table is cut off");
    if (len == 0 || len > 255 || memchr(s, '\0', len) != NULL)
        return bad(error, "a tensor's name is empty, too long or holds NUL");
    t->name = keep_name(file, s, len);
    if (t->name == NULL)
        return bad(error, "the tensor table is cut off");
    if (t->dim_count > 4)
        return engine_fail(error, ENGINE_ERR_FORMAT, "tensor %.64s has %u dimensions", t->name,
                           (unsigned)t->dim_count);
    t->elements = 1;
    for (unsigned i = 0; i < 4; i++) {
        t->dims[i] = 1;
        if (i < t->dim_count && !read_u64(r, &t->dims[i]))
            return bad(error, "the tensor table is cut off");
        if (t->dims[i] == 0 || t->dims[i] > INT64_MAX / t->elements)
            return engine_fail(error, ENGINE_ERR_FORMAT, "tensor %.64s has an impossible size",
                               t->name);
        t->elements *= t->dims[i];
    }
    if (!read_u32(r, &type) || !read_u64(r, offset))
        return bad(error, "the tensor table is cut off");
    uint32_t bytes = 0;
    uint32_t block = gguf_type_block((enum gguf_type)type, &bytes);
    if (block == 0)
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED,
                           "tensor %.64s has type number %u, which this engine does not know; "
                           "convert it to Q8_0 or serve the file with llama-server",
                           t->name, (unsigned)type);
    t->type = (enum gguf_type)type;
    if (t->dims[0] % block != 0)
        return engine_fail(error, ENGINE_ERR_FORMAT,
                           "tensor %.64s: its rows are no multiple of %u as %s needs", t->name,
                           (unsigned)block, gguf_type_name(t->type));
    if (t->elements / block > file->size / bytes)
        return engine_fail(error, ENGINE_ERR_FORMAT, "tensor %.64s is longer than the file",
                           t->name);
    t->size = (size_t)(t->elements / block) * bytes;
    return 0;
}

int gguf_compare_values(const void *a, const void *b)
{
    return strcmp(((const struct gguf_value *)a)->key, ((const struct gguf_value *)b)->key);
}

int gguf_compare_tensors(const void *a, const void *b)
{
    return strcmp(((const struct gguf_tensor *)a)->name, ((const struct gguf_tensor *)b)->name);
}

int gguf_sort_tensors(struct gguf *file, struct engine_error *error)
{
    qsort(file->tensors, file->tensor_count, sizeof(*file->tensors), gguf_compare_tensors);
    for (size_t i = 1; i < file->tensor_count; i++) {
        if (strcmp(file->tensors[i - 1].name, file->tensors[i].name) == 0)
            return engine_fail(error, ENGINE_ERR_FORMAT, "tensor %.64s is there twice",
                               file->tensors[i].name);
    }
    return 0;
}

static int compare_places(const void *a, const void *b)
{
    const struct gguf_tensor *x = a, *y = b;
    return (x->data > y->data) - (x->data < y->data);
}

/* Point the tensors into the data section and refuse those which leave it or share bytes. */
static int place_tensors(struct gguf *file, const uint64_t *offsets, const uint8_t *start,
                         uint32_t alignment, struct engine_error *error)
{
    size_t room = file->size - (size_t)(start - file->base);
    for (size_t i = 0; i < file->tensor_count; i++) {
        struct gguf_tensor *t = &file->tensors[i];
        if (offsets[i] % alignment != 0 || offsets[i] > room || t->size > room - offsets[i])
            return engine_fail(error, ENGINE_ERR_FORMAT,
                               "tensor %.64s lies outside the file or off its alignment", t->name);
        t->data = start + offsets[i];
    }
    qsort(file->tensors, file->tensor_count, sizeof(*file->tensors), compare_places);
    for (size_t i = 1; i < file->tensor_count; i++) {
        const struct gguf_tensor *before = &file->tensors[i - 1];
        if ((const uint8_t *)before->data + before->size > (const uint8_t *)file->tensors[i].data)
            return engine_fail(error, ENGINE_ERR_FORMAT, "tensor %.64s overlaps another",
                               file->tensors[i].name);
    }
    return gguf_sort_tensors(file, error);
}

static int parse_header(struct reader *r, uint64_t *tensors, uint64_t *values,
                        struct engine_error *error)
{
    uint8_t magic[4];
    uint32_t version = 0;
    if (!read_bytes(r, magic, 4) || memcmp(magic, "GGUF", 4) != 0)
        return engine_fail(error, ENGINE_ERR_FORMAT, "this is not a GGUF file");
    if (!read_u32(r, &version))
        return bad(error, "the header is cut off");
    if (version != 2 && version != 3)
        return engine_fail(error, ENGINE_ERR_UNSUPPORTED, "GGUF version %u is not supported%s",
                           (unsigned)version,
                           version >= 0x1000000 ? " (the file is big-endian)"
                                                : "; convert the model again with a current tool");
    if (!read_u64(r, tensors) || !read_u64(r, values))
        return bad(error, "the header is cut off");
    /* The least that one entry takes: bounds what the tables may allocate. */
    if (*values > r->left / 13 || *tensors > r->left / 25)
        return bad(error, "its tables are longer than the file");
    return 0;
}

static int parse_values(struct gguf *file, struct reader *r, size_t count,
                        struct engine_error *error)
{
    file->values = calloc(count + 1, sizeof(*file->values));
    if (file->values == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the metadata");
    for (size_t i = 0; i < count; i++) {
        int status = read_value(file, r, &file->values[i], error);
        if (status != 0)
            return status;
        file->value_count++;
    }
    qsort(file->values, count, sizeof(*file->values), gguf_compare_values);
    for (size_t i = 1; i < count; i++) {
        if (gguf_compare_values(&file->values[i - 1], &file->values[i]) == 0)
            return engine_fail(error, ENGINE_ERR_FORMAT, "metadata key %.80s is there twice",
                               file->values[i].key);
    }
    return 0;
}

/*
 * Bytes that keys, strings and names need when copied. Arrays are left where they are: a
 * vocabulary is the largest part of the metadata.
 */
static size_t measure_names(struct reader r, uint64_t values, uint64_t tensors)
{
    size_t total = 0;
    for (uint64_t i = 0; i < values; i++) {
        const char *s = NULL;
        size_t len = 0;
        uint32_t type = 0;
        struct gguf_value array = {0};
        if (!read_string(&r, &s, &len) || !read_u32(&r, &type))
            return total;
        total += len + 1;
        if (type == GGUF_VALUE_STRING) {
            if (!read_string(&r, &s, &len))
                return total;
            total += len + 1;
        } else if (type == GGUF_VALUE_ARRAY) {
            if (read_array(&r, &array, NULL) != 0)
                return total;
        } else {
            uint8_t skipped[8];
            if (!read_bytes(&r, skipped, gguf_value_width((enum gguf_value_type)type)))
                return total;
        }
    }
    for (uint64_t i = 0; i < tensors; i++) {
        const char *s = NULL;
        size_t len = 0;
        uint32_t dims = 0;
        uint64_t skipped = 0;
        if (!read_string(&r, &s, &len) || !read_u32(&r, &dims) || dims > 4)
            return total;
        total += len + 1;
        for (uint32_t d = 0; d < dims; d++) {
            if (!read_u64(&r, &skipped))
                return total;
        }
        if (!read_u32(&r, &dims) || !read_u64(&r, &skipped))
            return total;
    }
    return total;
}

int gguf_parse(struct gguf *file, struct engine_error *error)
{
    struct reader r = {file->base, file->size};
    uint64_t tensors = 0, values = 0;
    uint64_t *offsets = NULL;
    int status = parse_header(&r, &tensors, &values, error);
    if (status != 0)
        return status;
    file->names_size = measure_names(r, values, tensors) + 1;
    file->names = malloc(file->names_size);
    file->tensors = calloc((size_t)tensors + 1, sizeof(*file->tensors));
    offsets = calloc((size_t)tensors + 1, sizeof(*offsets));
    if (file->names == NULL || file->tensors == NULL || offsets == NULL) {
        status = engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the file's tables");
        goto out;
    }
    status = parse_values(file, &r, (size_t)values, error);
    for (size_t i = 0; status == 0 && i < tensors; i++) {
        status = read_tensor(file, &r, &file->tensors[i], &offsets[i], error);
        file->tensor_count += status == 0;
    }
    if (status != 0)
        goto out;
    uint32_t alignment = 32;
    gguf_u32(file, "general.alignment", &alignment);
    if (alignment < 8 || alignment > 1u << 20 || (alignment & (alignment - 1)) != 0) {
        status = bad(error, "general.alignment is no power of two from 8 to 1 MiB");
        goto out;
    }
    size_t header = (size_t)(r.at - file->base);
    size_t start = (header + alignment - 1) / alignment * alignment;
    if (start > file->size)
        start = file->size; /* no tensor fits, which place_tensors says */
    status = place_tensors(file, offsets, file->base + start, alignment, error);
out:
    free(offsets);
    return status;
}
