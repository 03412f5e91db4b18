/*
 * The same figures as `penstock bench`, from llama.cpp's library: see README.md for how it is
 * built.
 */
#define _GNU_SOURCE
#include <llama.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char *what)
{
    fprintf(stderr, "llama_bench: %s\n", what);
    exit(1);
}

static int number(const char *text)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);
    if (end == text || value < 1 || value > 1000000)
        die("not a number");
    return (int)value;
}

static void quiet(enum ggml_log_level level, const char *text, void *user)
{
    (void)user;
    if (level == GGML_LOG_LEVEL_ERROR)
        fputs(text, stderr);
}

static void add(struct llama_batch *batch, llama_token token, llama_pos position, llama_seq_id id,
                bool logits)
{
    int n = batch->n_tokens++;
    batch->token[n] = token;
    batch->pos[n] = position;
    batch->n_seq_id[n] = 1;
    batch->seq_id[n][0] = id;
    batch->logits[n] = logits;
}

static llama_token best(const float *logits, int n)
{
    int at = 0;
    for (int i = 1; i < n; i++) {
        if (logits[i] > logits[at])
            at = i;
    }
    return at;
}

static void run(struct llama_context *context, struct llama_batch *batch, int vocabulary, int count,
                bool prompt, int prompt_tokens, int decode_tokens, double *seconds, double *cpu)
{
    llama_token next[64];
    llama_memory_clear(llama_get_memory(context), true);
    int length = prompt ? prompt_tokens : 2;
    for (int phase = prompt ? 1 : 0; phase < 2; phase++) {
        double start = now(CLOCK_MONOTONIC), used = now(CLOCK_PROCESS_CPUTIME_ID);
        int steps = prompt || phase == 0 ? 1 : decode_tokens;
        for (int s = 0; s < steps; s++) {
            batch->n_tokens = 0;
            for (int i = 0; i < count; i++) {
                if (phase == 1 && !prompt) {
                    add(batch, next[i], length + s, i, true);
                    continue;
                }
                for (int t = 0; t < length; t++)
                    add(batch, t == 0 ? 1 : 300 + (t * 7919 + i * 104729) % 31000, t, i,
                        t == length - 1);
            }
            if (llama_decode(context, *batch) != 0)
                die("llama_decode failed");
            for (int i = 0; i < count; i++)
                next[i] = best(
                    llama_get_logits_ith(context, phase == 1 && !prompt ? i : (i + 1) * length - 1),
                    vocabulary);
        }
        *seconds = now(CLOCK_MONOTONIC) - start;
        *cpu = now(CLOCK_PROCESS_CPUTIME_ID) - used;
    }
}

static void measure(struct llama_model *model, int threads, int count, bool prompt, int prompt_len,
                    int decode_len, int repeat)
{
    struct llama_context_params params = llama_context_default_params();
    params.n_ctx = (uint32_t)(count * (prompt_len + decode_len + 64));
    params.n_batch = 2048;
    params.n_seq_max = (uint32_t)count;
    params.n_threads = threads;
    params.n_threads_batch = threads;
    params.no_perf = true;
    struct llama_context *context = llama_init_from_model(model, params);
    if (context == NULL)
        die("no context");
    int vocabulary = llama_vocab_n_tokens(llama_model_get_vocab(model));
    struct llama_batch batch = llama_batch_init(2048, 0, 1);
    double best_seconds = 1e30, best_cpu = 0, tokens = prompt ? prompt_len : decode_len * count;
    for (int r = 0; r < repeat + 1; r++) { /* the first warms up */
        double seconds = 0, cpu = 0;
        run(context, &batch, vocabulary, count, prompt, prompt_len, decode_len, &seconds, &cpu);
        if (r > 0 && seconds < best_seconds) {
            best_seconds = seconds;
            best_cpu = cpu;
        }
    }
    printf("{\"engine\": \"llama.cpp\", \"test\": \"%s\", \"threads\": %d, \"batch\": %d, "
           "\"tokens_per_second\": %.2f, \"cpu_seconds_per_1000_tokens\": %.3f}\n",
           prompt ? "prompt" : "decode", threads, count, tokens / best_seconds,
           best_cpu / tokens * 1000);
    fflush(stdout);
    llama_batch_free(batch);
    llama_free(context);
}

/* llama_bench BACKENDS MODEL THREADS BATCHES PROMPT DECODE REPEAT; lists have commas. */
int main(int argc, char **argv)
{
    if (argc != 8) {
        fprintf(stderr, "usage: llama_bench BACKENDS MODEL 1,2 1,8 512 128 3\n");
        return 2;
    }
    llama_log_set(quiet, NULL);
    ggml_backend_load_all_from_path(argv[1]);
    llama_backend_init();
    struct llama_model_params params = llama_model_default_params();
    struct llama_model *model = llama_model_load_from_file(argv[2], params);
    if (model == NULL)
        die("no model");
    char *rest = NULL;
    for (char *t = strtok_r(argv[3], ",", &rest); t != NULL; t = strtok_r(NULL, ",", &rest)) {
        int prompt = number(argv[5]), decode = number(argv[6]), repeat = number(argv[7]);
        char batches[64], *more = NULL;
        measure(model, number(t), 1, true, prompt, decode, repeat);
        snprintf(batches, sizeof(batches), "%s", argv[4]);
        for (char *b = strtok_r(batches, ",", &more); b != NULL; b = strtok_r(NULL, ",", &more))
            measure(model, number(t), number(b), false, prompt, decode, repeat);
    }
    llama_model_free(model);
    llama_backend_free();
    return 0;
}
