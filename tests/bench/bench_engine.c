/*
 * Speed of the engine on one GGUF: prompt and decode tokens a second by threads and batch, as JSON
 * lines, with the machine's own limits (memory bandwidth, int8 multiply-adds) beside them.
 * Prints figures and never passes or fails. See README.md.
 */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { MOST_BATCH = 64 };

struct settings {
    const char *model, *threads, *batches;
    unsigned prompt, decode, chunk, repeat;
};

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const struct engine_error *error)
{
    fprintf(stderr, "bench_engine: %s\n", error->text);
    exit(1);
}

static void submit(struct engine_session *session, unsigned prompt, unsigned most, uint64_t tag)
{
    struct engine_error error;
    int32_t tokens[8192];
    for (unsigned i = 0; i < prompt; i++)
        tokens[i] = i == 0 ? 1 : (int32_t)(300 + (i * 7919 + tag * 104729) % 31000);
    struct engine_submission submission = {
        .prompt = tokens, .prompt_count = prompt, .max_tokens = most, .tag = tag};
    if (engine_session_submit(session, &submission, &error) != 0)
        die(&error);
}

static int step(struct engine_session *session)
{
    struct engine_event events[MOST_BATCH];
    struct engine_error error;
    size_t count = 0;
    int going = engine_session_step(session, events, &count, &error);
    if (going < 0)
        die(&error);
    return going;
}

static void report(const char *what, unsigned threads, unsigned batch, double tokens,
                   double seconds, double cpu)
{
    printf("{\"engine\": \"penstock\", \"test\": \"%s\", \"threads\": %u, \"batch\": %u, "
           "\"tokens_per_second\": %.2f, \"cpu_seconds_per_1000_tokens\": %.3f}\n",
           what, threads, batch, tokens / seconds, cpu / tokens * 1000);
    fflush(stdout);
}

/* The best of the repeats: what the machine's other work took is not the engine's. */
static void measure(const struct engine_model *model, const struct settings *set, unsigned threads,
                    unsigned batch, bool prompt)
{
    struct engine_error error;
    struct engine_session *session = NULL;
    struct engine_session_options options = {.threads = threads,
                                             .max_sequences = batch,
                                             .context_length = set->prompt + set->decode + 64,
                                             .kv_bytes_limit = (size_t)4 << 30,
                                             .prefill_chunk_tokens = set->chunk,
                                             .step_ms = 60000};
    if (engine_session_new(&session, model, &options, &error) != 0)
        die(&error);
    double best = 1e30, cpu = 0, tokens = prompt ? set->prompt : (double)set->decode * batch;
    for (unsigned round = 0; round < set->repeat; round++) {
        unsigned length = prompt ? set->prompt : 2, most = prompt ? 1 : set->decode + 1;
        for (unsigned i = 0; i < batch; i++)
            submit(session, length, most, i);
        if (!prompt)
            step(session);
        double start = now(CLOCK_MONOTONIC), used = now(CLOCK_PROCESS_CPUTIME_ID);
        while (step(session) > 0) {
        }
        double seconds = now(CLOCK_MONOTONIC) - start;
        if (seconds < best) {
            best = seconds;
            cpu = now(CLOCK_PROCESS_CPUTIME_ID) - used;
        }
    }
    report(prompt ? "prompt" : "decode", threads, batch, tokens, best, cpu);
    engine_session_free(session);
}

/* ---- the machine ---- */

/* One thread reading memory far larger than the caches. */
static double bandwidth(void)
{
    size_t n = (size_t)512 << 20;
    uint64_t *memory = malloc(n), sum = 0;
    if (memory == NULL)
        return 0;
    memset(memory, 1, n);
    double best = 1e30;
    for (int round = 0; round < 5; round++) {
        double start = now(CLOCK_MONOTONIC);
        uint64_t s[8] = {0};
        for (size_t i = 0; i < n / 8; i += 8) {
            for (size_t j = 0; j < 8; j++)
                s[j] += memory[i + j];
        }
        for (size_t j = 0; j < 8; j++)
            sum += s[j];
        double seconds = now(CLOCK_MONOTONIC) - start;
        best = seconds < best ? seconds : best;
    }
    free(memory);
    return sum != 0 ? (double)n / best : 0;
}

#if defined(__x86_64__)
#include <immintrin.h>
/* In assembly, since compilers copy the sums about when they may. */
__attribute__((target("avx512f,avx512vnni"))) static double int8_peak(void)
{
    enum { STEPS = 10000 };
    __m512i word = _mm512_set1_epi32(1);
    double best = 1e30;
    for (int round = 0; round < 2000; round++) {
        double start = now(CLOCK_MONOTONIC);
        for (int i = 0; i < STEPS; i++)
            __asm__ volatile("vpdpbusd %0, %0, %%zmm20\n\tvpdpbusd %0, %0, %%zmm21\n\t"
                             "vpdpbusd %0, %0, %%zmm22\n\tvpdpbusd %0, %0, %%zmm23\n\t"
                             "vpdpbusd %0, %0, %%zmm24\n\tvpdpbusd %0, %0, %%zmm25\n\t"
                             "vpdpbusd %0, %0, %%zmm26\n\tvpdpbusd %0, %0, %%zmm27\n\t"
                             "vpdpbusd %0, %0, %%zmm28\n\tvpdpbusd %0, %0, %%zmm29\n\t"
                             "vpdpbusd %0, %0, %%zmm30\n\tvpdpbusd %0, %0, %%zmm31"
                             :
                             : "v"(word)
                             : "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25", "xmm26",
                               "xmm27", "xmm28", "xmm29", "xmm30", "xmm31");
        double seconds = now(CLOCK_MONOTONIC) - start;
        best = seconds < best ? seconds : best;
    }
    return 12.0 * STEPS * 64 / best;
}
#endif

static void report_machine(void)
{
    double peak = 0;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512vnni"))
        peak = int8_peak();
#endif
    double load[3] = {0};
    if (getloadavg(load, 3) < 1)
        load[0] = -1;
    printf("{\"machine\": \"one thread\", \"kernels\": \"%s\", \"read_gigabytes_per_second\": "
           "%.1f, \"int8_giga_multiply_adds_per_second\": %.0f, \"load\": %.2f}\n",
           engine_kernels(), bandwidth() / 1e9, peak / 1e9, load[0]);
}

static unsigned number(const char *text)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end != '\0' || value == 0 || value > 8000) {
        fprintf(stderr, "bench_engine: %s is no number from 1 to 8000\n", text);
        exit(2);
    }
    return (unsigned)value;
}

static void measure_all(const struct engine_model *model, const struct settings *set)
{
    char threads[64], *rest = NULL;
    snprintf(threads, sizeof(threads), "%s", set->threads);
    for (char *t = strtok_r(threads, ",", &rest); t != NULL; t = strtok_r(NULL, ",", &rest)) {
        measure(model, set, number(t), 1, true);
        char batches[64], *more = NULL;
        snprintf(batches, sizeof(batches), "%s", set->batches);
        for (char *b = strtok_r(batches, ",", &more); b != NULL; b = strtok_r(NULL, ",", &more)) {
            unsigned batch = number(b);
            measure(model, set, number(t), batch < MOST_BATCH ? batch : MOST_BATCH, false);
        }
    }
}

int main(int argc, char **argv)
{
    struct settings set = {.threads = "1,2",
                           .batches = "1,2,4,8,16",
                           .prompt = 512,
                           .decode = 128,
                           .chunk = 128,
                           .repeat = 3};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--model") == 0)
            set.model = argv[i + 1];
        else if (strcmp(argv[i], "--threads") == 0)
            set.threads = argv[i + 1];
        else if (strcmp(argv[i], "--batches") == 0)
            set.batches = argv[i + 1];
        else if (strcmp(argv[i], "--prompt") == 0)
            set.prompt = number(argv[i + 1]);
        else if (strcmp(argv[i], "--decode") == 0)
            set.decode = number(argv[i + 1]);
        else if (strcmp(argv[i], "--chunk") == 0)
            set.chunk = number(argv[i + 1]);
        else if (strcmp(argv[i], "--repeat") == 0)
            set.repeat = number(argv[i + 1]);
        else
            set.model = NULL;
    }
    if (argc == 2 && strcmp(argv[1], "--machine") == 0) {
        report_machine();
        return 0;
    }
    if (set.model == NULL || argc % 2 == 0) {
        fprintf(stderr, "usage: bench_engine --machine\n"
                        "       bench_engine --model FILE [--threads 1,2] [--batches 1,8] "
                        "[--prompt N] [--decode N] [--chunk N] [--repeat N]\n");
        return 2;
    }
    struct engine_source source = {.path = set.model};
    struct engine_model *model = NULL;
    struct engine_error error;
    if (engine_model_open(&model, &source, &error) != 0)
        die(&error);
    measure_all(model, &set);
    engine_model_free(model);
    return 0;
}
