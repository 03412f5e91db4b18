#include "engine/gguf.h"

#include "engine/error.h"
#include "engine/sha256.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "GGUF data is used as it lies in the file, which is little-endian"
#endif

struct value {
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
    void *copy; /* of unaligned bytes */
    int fd;     /* kept open to notice changes; -1 for bytes */
    struct stat opened;
    char *names; /* keys, strings and tensor names, NUL-terminated */
    size_t names_used, names_size;
    struct value *values;
    size_t value_count;
    struct gguf_tensor *tensors;
    size_t tensor_count;
    uint8_t sha256[32];
};

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

static size_t value_width(enum gguf_value_type type)
{
    static const uint8_t widths[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return (unsigned)type < sizeof(widths) ? widths[type] : 0;
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

static int read_array(struct reader *r, struct value *v, struct engine_error *error)
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
        size_t width = value_width(v->element);
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

static int read_value(struct gguf *file, struct reader *r, struct value *v,
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
    size_t width = value_width(v->type);
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

static int compare_values(const void *a, const void *b)
{
    return strcmp(((const struct value *)a)->key, ((const struct value *)b)->key);
}

static int compare_tensors(const void *a, const void *b)
{
    return strcmp(((const struct gguf_tensor *)a)->name, ((const struct gguf_tensor *)b)->name);
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
    qsort(file->tensors, file->tensor_count, sizeof(*file->tensors), compare_tensors);
    for (size_t i = 1; i < file->tensor_count; i++) {
        if (strcmp(file->tensors[i - 1].name, file->tensors[i].name) == 0)
            return engine_fail(error, ENGINE_ERR_FORMAT, "tensor %.64s is there twice",
                               file->tensors[i].name);
    }
    return 0;
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
    qsort(file->values, count, sizeof(*file->values), compare_values);
    for (size_t i = 1; i < count; i++) {
        if (compare_values(&file->values[i - 1], &file->values[i]) == 0)
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
        struct value array = {0};
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
            if (!read_bytes(&r, skipped, value_width((enum gguf_value_type)type)))
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

static int parse(struct gguf *file, struct engine_error *error)
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

static int map_path(struct gguf *file, const char *path, struct engine_error *error)
{
    file->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0 || fstat(file->fd, &file->opened) != 0)
        return engine_fail(error, ENGINE_ERR_IO, "cannot open %.120s: %s", path, strerror(errno));
    if (!S_ISREG(file->opened.st_mode))
        return engine_fail(error, ENGINE_ERR_IO, "%.120s is no regular file", path);
    if (file->opened.st_size < 24)
        return engine_fail(error, ENGINE_ERR_FORMAT, "%.120s is not a GGUF file", path);
    file->size = (size_t)file->opened.st_size;
    void *map = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, file->fd, 0);
    if (map == MAP_FAILED)
        return engine_fail(error, ENGINE_ERR_IO, "cannot map %.120s: %s", path, strerror(errno));
    file->base = map;
    file->mapped = true;
    return 0;
}

static int take_bytes(struct gguf *file, const void *bytes, size_t size, struct engine_error *error)
{
    if (bytes == NULL || size < 24)
        return engine_fail(error, ENGINE_ERR_FORMAT, "these bytes are not a GGUF file");
    file->base = bytes;
    file->size = size;
    if ((uintptr_t)bytes % 8 != 0) {
        file->copy = malloc(size);
        if (file->copy == NULL)
            return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory for the model's bytes");
        memcpy(file->copy, bytes, size);
        file->base = file->copy;
    }
    return 0;
}

static int check_sum(struct gguf *file, const char *expected, struct engine_error *error)
{
    static const char digits[] = "0123456789abcdef";
    sha256_of(file->base, file->size, file->sha256);
    if (expected == NULL)
        return 0;
    if (strlen(expected) != 64)
        return engine_fail(error, ENGINE_ERR_ARGUMENT, "the SHA-256 expected has no 64 digits");
    for (size_t i = 0; i < 64; i++) {
        char digit = digits[file->sha256[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
        char lower =
            expected[i] >= 'A' && expected[i] <= 'F' ? (char)(expected[i] + 32) : expected[i];
        if (digit != lower)
            return engine_fail(error, ENGINE_ERR_CHECKSUM,
                               "the model's SHA-256 differs from the one expected");
    }
    return 0;
}

int gguf_open(struct gguf **out, const struct engine_source *source, struct engine_error *error)
{
    *out = NULL;
    struct gguf *file = calloc(1, sizeof(*file));
    if (file == NULL)
        return engine_fail(error, ENGINE_ERR_MEMORY, "out of memory");
    file->fd = -1;
    int status = source->path != NULL ? map_path(file, source->path, error)
                                      : take_bytes(file, source->bytes, source->size, error);
    if (status == 0)
        status = check_sum(file, source->sha256, error);
    if (status == 0)
        status = parse(file, error);
    if (status != 0) {
        gguf_free(file);
        return status;
    }
    *out = file;
    return 0;
}

void gguf_free(struct gguf *file)
{
    if (file == NULL)
        return;
    if (file->mapped)
        munmap((void *)(uintptr_t)file->base, file->size);
    if (file->fd >= 0)
        close(file->fd);
    free(file->copy);
    free(file->names);
    free(file->values);
    free(file->tensors);
    free(file);
}

size_t gguf_size(const struct gguf *file)
{
    return file->size;
}

const uint8_t *gguf_sha256(const struct gguf *file)
{
    return file->sha256;
}

bool gguf_intact(const struct gguf *file)
{
    struct stat now;
    if (file->fd < 0)
        return true;
    return fstat(file->fd, &now) == 0 && now.st_size == file->opened.st_size &&
           now.st_mtim.tv_sec == file->opened.st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == file->opened.st_mtim.tv_nsec;
}

static const struct value *find_value(const struct gguf *file, const char *key)
{
    struct value wanted = {.key = key};
    if (file->value_count == 0)
        return NULL;
    return bsearch(&wanted, file->values, file->value_count, sizeof(wanted), compare_values);
}

const char *gguf_string(const struct gguf *file, const char *key, size_t *len)
{
    const struct value *v = find_value(file, key);
    if (v == NULL || v->type != GGUF_VALUE_STRING)
        return NULL;
    if (len != NULL)
        *len = v->count;
    return (const char *)v->bytes;
}

/* One number as it lies in the file; false for types that are no integer. */
static bool load_integer(enum gguf_value_type type, const uint8_t *at, int64_t *out)
{
    union {
        uint8_t u8;
        int8_t i8;
        uint16_t u16;
        int16_t i16;
        uint32_t u32;
        int32_t i32;
        uint64_t u64;
        int64_t i64;
    } n = {.u64 = 0};
    memcpy(&n, at, value_width(type));
    switch (type) {
    case GGUF_VALUE_U8:
    case GGUF_VALUE_BOOL:
        *out = n.u8;
        return true;
    case GGUF_VALUE_I8:
        *out = n.i8;
        return true;
    case GGUF_VALUE_U16:
        *out = n.u16;
        return true;
    case GGUF_VALUE_I16:
        *out = n.i16;
        return true;
    case GGUF_VALUE_U32:
        *out = n.u32;
        return true;
    case GGUF_VALUE_I32:
        *out = n.i32;
        return true;
    case GGUF_VALUE_I64:
        *out = n.i64;
        return true;
    case GGUF_VALUE_U64:
        *out = (int64_t)n.u64;
        return n.u64 <= INT64_MAX;
    default:
        return false;
    }
}

static bool load_real(enum gguf_value_type type, const uint8_t *at, double *out)
{
    if (type == GGUF_VALUE_F32) {
        float f = 0;
        memcpy(&f, at, sizeof(f));
        *out = (double)f;
        return true;
    }
    if (type == GGUF_VALUE_F64) {
        memcpy(out, at, sizeof(*out));
        return true;
    }
    return false;
}

bool gguf_u32(const struct gguf *file, const char *key, uint32_t *out)
{
    const struct value *v = find_value(file, key);
    int64_t n = 0;
    if (v == NULL || v->type == GGUF_VALUE_BOOL || !load_integer(v->type, v->bytes, &n))
        return false;
    if (n < 0 || n > UINT32_MAX)
        return false;
    *out = (uint32_t)n;
    return true;
}

bool gguf_f32(const struct gguf *file, const char *key, float *out)
{
    const struct value *v = find_value(file, key);
    double x = 0;
    if (v == NULL || !load_real(v->type, v->bytes, &x) || !isfinite((float)x))
        return false;
    *out = (float)x;
    return true;
}

bool gguf_bool(const struct gguf *file, const char *key, bool *out)
{
    const struct value *v = find_value(file, key);
    if (v == NULL || v->type != GGUF_VALUE_BOOL)
        return false;
    *out = v->bytes[0] != 0;
    return true;
}

bool gguf_array(const struct gguf *file, const char *key, struct gguf_array *out)
{
    const struct value *v = find_value(file, key);
    if (v == NULL || v->type != GGUF_VALUE_ARRAY)
        return false;
    *out = (struct gguf_array){v->element, v->count, v->bytes};
    return true;
}

double gguf_array_number(const struct gguf_array *array, size_t i)
{
    const uint8_t *at = array->bytes + i * value_width(array->type);
    int64_t n = 0;
    double x = 0;
    if (load_real(array->type, at, &x))
        return x;
    return load_integer(array->type, at, &n) ? (double)n : 0;
}

const char *gguf_array_next(const struct gguf_array *array, size_t *offset, size_t *len)
{
    uint64_t n = 0;
    memcpy(&n, array->bytes + *offset, sizeof(n));
    const char *s = (const char *)array->bytes + *offset + sizeof(n);
    *offset += sizeof(n) + (size_t)n;
    *len = (size_t)n;
    return s;
}

size_t gguf_tensor_count(const struct gguf *file)
{
    return file->tensor_count;
}

const struct gguf_tensor *gguf_tensor_at(const struct gguf *file, size_t i)
{
    return &file->tensors[i];
}

const struct gguf_tensor *gguf_tensor(const struct gguf *file, const char *name)
{
    struct gguf_tensor wanted = {.name = name};
    if (file->tensor_count == 0)
        return NULL;
    return bsearch(&wanted, file->tensors, file->tensor_count, sizeof(wanted), compare_tensors);
}
