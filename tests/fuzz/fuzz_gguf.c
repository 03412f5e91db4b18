/*
 * Opens arbitrary bytes as a GGUF file, reads everything that its tables promise, and where they
 * make a model, renders a chat and runs it.
 */
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

static void read_file(const struct engine_source *source)
{
    struct engine_error error;
    struct gguf *file = NULL;
    if (gguf_open(&file, source, &error) != 0)
        return;
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
}

static void run_model(const struct engine_model *model)
{
    const struct engine_message message = {"user", "ab cd <|im_end|>", 16, NULL};
    const struct engine_session_options options = {.max_sequences = 2,
                                                   .context_length = 64,
                                                   .kv_bytes_limit = 1 << 20,
                                                   .prefill_chunk_tokens = 8};
    struct engine_session *session = NULL;
    struct engine_event events[2];
    struct engine_error error;
    int32_t *tokens = NULL;
    size_t count = 0;
    if (engine_chat_tokens(model, &message, 1, NULL, true, &tokens, &count, &error) != 0 ||
        count == 0)
        goto out;
    if (engine_session_new(&session, model, &options, &error) != 0)
        goto out;
    struct engine_submission submission = {.prompt = tokens,
                                           .prompt_count = count < 20 ? count : 20,
                                           .max_tokens = 4,
                                           .sampling = {.temperature = 1, .seed = 1}};
    if (engine_session_submit(session, &submission, &error) != 0)
        goto out;
    for (int going = 1; going > 0;) {
        size_t n = 0;
        going = engine_session_step(session, events, &n, &error);
    }
out:
    engine_session_free(session);
    engine_tokens_free(tokens, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct engine_source source = {.bytes = data, .size = size};
    struct engine_error error;
    struct engine_model *model = NULL;
    read_file(&source);
    if (engine_model_open(&model, &source, &error) == 0)
        run_model(model);
    engine_model_free(model);
    return 0;
}
