#include "engine/engine_tools.h"

#include "engine/gguf_parts.h"

#include <stdio.h>

static const char *kind_of(enum gguf_value_type type)
{
    return type == GGUF_VALUE_STRING ? "strings" : type == GGUF_VALUE_BOOL ? "booleans" : "numbers";
}

/* A value as text: a string as it is, anything else written to `out`. */
static const char *text_of(const struct gguf *file, const struct gguf_value *v, char *out,
                           size_t size)
{
    uint32_t n = 0;
    bool yes = false;
    if (v->type == GGUF_VALUE_STRING)
        return (const char *)v->bytes;
    if (v->type == GGUF_VALUE_ARRAY)
        snprintf(out, size, "[%zu %s]", v->count, kind_of(v->element));
    else if (gguf_bool(file, v->key, &yes))
        snprintf(out, size, "%s", yes ? "true" : "false");
    else if (gguf_u32(file, v->key, &n))
        snprintf(out, size, "%u", (unsigned)n);
    else {
        const struct gguf_array one = {.type = v->type, .count = 1, .bytes = v->bytes};
        snprintf(out, size, "%.9g", gguf_array_number(&one, 0));
    }
    return out;
}

int engine_inspect(const struct engine_source *source, const struct engine_inspector *to,
                   struct engine_error *error)
{
    struct gguf *file = NULL;
    char text[64];
    int status = gguf_peek(&file, source, error);
    if (status != 0)
        return status;
    for (size_t i = 0; to->value != NULL && i < file->value_count; i++)
        to->value(to->context, file->values[i].key,
                  text_of(file, &file->values[i], text, sizeof(text)));
    for (size_t i = 0; to->tensor != NULL && i < file->tensor_count; i++) {
        const struct gguf_tensor *t = &file->tensors[i];
        to->tensor(to->context, t->name, gguf_type_name(t->type), t->dims, t->size);
    }
    gguf_free(file);
    return 0;
}
