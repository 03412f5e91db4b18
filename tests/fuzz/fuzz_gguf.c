/* Opens arbitrary bytes as a GGUF file and reads everything that the tables promise. */
#include <stdlib.h>

#include "engine/gguf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile uint8_t sink;

static void read_arrays(const struct gguf *file)
{
    static const char *const keys[] = {"tokenizer.ggml.tokens", "tokenizer.ggml.scores",
                                       "tokenizer.ggml.token_type", "tokenizer.ggml.merges"};
    for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
        struct gguf_array array;
        size_t offset = 0;
        if (!gguf_array(file, keys[k], &array))
            continue;
        for (size_t i = 0; i < array.count; i++) {
            size_t len = 0;
            if (array.type != GGUF_VALUE_STRING) {
                sink = (uint8_t)(gguf_array_number(&array, i) > 0);
                continue;
            }
            const char *s = gguf_array_next(&array, &offset, &len);
            for (size_t j = 0; j < len; j++)
                sink = (uint8_t)s[j];
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct engine_source source = {.bytes = data, .size = size};
    struct engine_error error;
    struct gguf *file = NULL;
    if (gguf_open(&file, &source, &error) != 0)
        return 0;
    for (size_t i = 0; i < gguf_tensor_count(file); i++) {
        const struct gguf_tensor *tensor = gguf_tensor_at(file, i);
        const uint8_t *bytes = tensor->data;
        if (gguf_tensor(file, tensor->name) != tensor)
            abort();
        for (size_t j = 0; j < tensor->size; j++)
            sink = bytes[j];
    }
    read_arrays(file);
    gguf_free(file);
    return 0;
}
