#include "engine/gguf_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t gguf_value_width(enum gguf_value_type type)
{
    static const uint8_t widths[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return (unsigned)type < sizeof(widths) ? widths[type] : 0;
}

static const struct gguf_value *find_value(const struct gguf *file, const char *key)
{
    struct gguf_value wanted = {.key = key};
    if (file->value_count == 0)
        return NULL;
    return bsearch(&wanted, file->values, file->value_count, sizeof(wanted), gguf_compare_values);
}

const char *gguf_string(const struct gguf *file, const char *key, size_t *len)
{
    const struct gguf_value *v = find_value(file, key);
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
    memcpy(&n, at, gguf_value_width(type));
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
    const struct gguf_value *v = find_value(file, key);
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
    const struct gguf_value *v = find_value(file, key);
    double x = 0;
    if (v == NULL || !load_real(v->type, v->bytes, &x) || !isfinite((float)x))
        return false;
    *out = (float)x;
    return true;
}

bool gguf_bool(const struct gguf *file, const char *key, bool *out)
{
    const struct gguf_value *v = find_value(file, key);
    if (v == NULL || v->type != GGUF_VALUE_BOOL)
        return false;
    *out = v->bytes[0] != 0;
    return true;
}

bool gguf_array(const struct gguf *file, const char *key, struct gguf_array *out)
{
    const struct gguf_value *v = find_value(file, key);
    if (v == NULL || v->type != GGUF_VALUE_ARRAY)
        return false;
    *out = (struct gguf_array){v->element, v->count, v->bytes};
    return true;
}

double gguf_array_number(const struct gguf_array *array, size_t i)
{
    const uint8_t *at = array->bytes + i * gguf_value_width(array->type);
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
    return bsearch(&wanted, file->tensors, file->tensor_count, sizeof(wanted),
                   gguf_compare_tensors);
}
