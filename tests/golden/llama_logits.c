/*
 * llama_logits MODEL TOKEN...: the logits behind the last token by llama.cpp, as a JSON list, with
 * plain attention and keys and values in F32. It is built as tests/bench/README.md builds
 * llama_bench; $LLAMA_LIBS is the folder with llama.cpp's libraries.
 */
#include <llama.h>

#include <stdio.h>
#include <stdlib.h>

static void quiet(enum ggml_log_level level, const char *text, void *user)
{
    (void)user;
    if (level == GGML_LOG_LEVEL_ERROR)
        fputs(text, stderr);
}

int main(int argc, char **argv)
{
    llama_token tokens[256];
    int count = 0;
    for (int i = 2; i < argc && count < 256; i++)
        tokens[count++] = (llama_token)strtol(argv[i], NULL, 10);
    llama_log_set(quiet, NULL);
    ggml_backend_load_all_from_path(getenv("LLAMA_LIBS"));
    struct llama_model *model =
        count > 0 ? llama_model_load_from_file(argv[1], llama_model_default_params()) : NULL;
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = params.n_batch = params.n_ubatch = 256;
    params.n_threads = params.n_threads_batch = 1;
    params.type_k = params.type_v = GGML_TYPE_F32;
    params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
    struct llama_context *context = model != NULL ? llama_init_from_model(model, params) : NULL;
    if (context == NULL || llama_decode(context, llama_batch_get_one(tokens, count)) != 0)
        return 1;
    const float *logits = llama_get_logits_ith(context, -1);
    int words = llama_vocab_n_tokens(llama_model_get_vocab(model));
    for (int i = 0; i < words; i++)
        printf("%c%.6g", i == 0 ? '[' : ',', (double)logits[i]);
    puts("]");
    return 0;
}
