/*
 * What serving costs, on one model: time until the first token with and without the prefix cache,
 * how long a 2,000-token prompt stalls another answer, and what guessing ahead brings.
 *
 *     bench_serving MODEL.gguf [threads [prompt tokens [DRAFT.gguf]]]
 *
 * Prints figures and never passes or fails. Random weights will do, but for the guesses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/engine.h"

static struct engine_model *model;
static struct engine_model_info info;
static unsigned threads = 2;

static double clock_ms(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static double now_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

static void fail(const char *what, const struct engine_error *error)
{
    fprintf(stderr, "%s: %s\n", what, error->text);
    exit(1);
}

static struct engine_session *open_session(struct engine_session_options options)
{
    struct engine_session *session = NULL;
    struct engine_error error;
    options.threads = threads;
    options.kv_bytes_limit = (size_t)512 << 20;
    options.prefix_cache = true;
    if (engine_session_new(&session, model, &options, &error) != 0)
        fail("session", &error);
    return session;
}

static void submit(struct engine_session *session, struct engine_submission s)
{
    struct engine_error error;
    if (engine_session_submit(session, &s, &error) != 0)
        fail("submit", &error);
}

/* One step; how many tokens of that tag have come by now (before: as many as before). */
static uint32_t step(struct engine_session *session, uint64_t tag, uint32_t before, int *going)
{
    struct engine_event events[128];
    struct engine_error error;
    size_t count = 0;
    *going = engine_session_step(session, events, &count, &error);
    if (*going < 0)
        fail("step", &error);
    for (size_t i = 0; i < count; i++) {
        if (events[i].tag == tag)
            before = events[i].completion_tokens;
    }
    return before;
}

static int32_t *make_prompt(size_t count, unsigned seed)
{
    int32_t *tokens = malloc(count * sizeof(*tokens));
    if (tokens == NULL)
        exit(1);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        tokens[i] = (int32_t)(info.vocab_size / 2 + (seed >> 8) % (info.vocab_size / 4));
    }
    return tokens;
}

static double first_token_ms(struct engine_session *session, const int32_t *tokens, size_t count)
{
    int going = 1;
    double began = now_ms();
    submit(session, (struct engine_submission){
                        .prompt = tokens, .prompt_count = count, .max_tokens = 2, .tenant = 1});
    for (uint32_t said = 0; said == 0 && going > 0;)
        said = step(session, 0, 0, &going);
    double took = now_ms() - began;
    while (going > 0)
        (void)step(session, 0, 0, &going);
    return took;
}

static int by_size(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void bench_first_token(size_t prompt)
{
    enum { ROUNDS = 9 };
    double cached[ROUNDS];
    struct engine_session *session = open_session((struct engine_session_options){0});
    int32_t *tokens = make_prompt(prompt, 1);
    double first = first_token_ms(session, tokens, prompt);
    for (int i = 0; i < ROUNDS; i++)
        cached[i] = first_token_ms(session, tokens, prompt);
    qsort(cached, ROUNDS, sizeof(*cached), by_size);
    printf("first token of %zu: %.1f ms (%.0f tokens/s); known prompt: %.2f ms, median %.2f, "
           "worst of %d %.2f\n",
           prompt, first, (double)prompt / first * 1e3, cached[0], cached[ROUNDS / 2], ROUNDS,
           cached[ROUNDS - 1]);
    free(tokens);
    engine_session_free(session);
}

static void bench_stall(size_t prompt)
{
    struct engine_session *session = open_session((struct engine_session_options){0});
    int32_t *tokens = make_prompt(prompt, 2);
    double alone = 0, worst = 0, last = 0;
    uint32_t said = 0, steps = 0;
    int going = 1;
    submit(session, (struct engine_submission){
                        .prompt = tokens, .prompt_count = 16, .max_tokens = 4096, .tag = 1});
    while (said < 40 && going > 0) {
        uint32_t now = step(session, 1, said, &going);
        if (said == 20)
            last = now_ms();
        said = now;
    }
    alone = (now_ms() - last) / 20;
    submit(session, (struct engine_submission){
                        .prompt = tokens, .prompt_count = prompt, .max_tokens = 1, .tag = 2});
    double began = last = now_ms();
    for (uint32_t other = 0; other == 0 && going > 1 - (steps == 0); steps++) {
        other = step(session, 2, 0, &going);
        double now = now_ms();
        worst = now - last > worst ? now - last : worst;
        last = now;
    }
    printf("a prompt of %zu beside another answer: worst stall %.0f ms, %u steps, %.0f tokens/s "
           "(alone the answer has %.1f ms a token)\n",
           prompt, worst, steps, (double)prompt / (last - began) * 1e3, alone);
    free(tokens);
    engine_session_free(session);
}

static void bench_lookup(unsigned guesses)
{
    static const char text[] =
        "Repeat this list twice. Apples are red. Bananas are yellow. Cherries are red. Dates are "
        "brown. Apples are red. Bananas are yellow. Cherries are red.";
    const struct engine_message message = {"user", text, sizeof(text) - 1, NULL};
    struct engine_error error;
    int32_t *tokens = NULL;
    size_t count = 0;
    uint32_t said = 0, steps = 0;
    int going = 1;
    if (engine_chat_tokens(model, &message, 1, NULL, true, &tokens, &count, &error) != 0)
        fail("chat", &error);
    struct engine_session *session =
        open_session((struct engine_session_options){.lookup_tokens = guesses});
    submit(session,
           (struct engine_submission){.prompt = tokens, .prompt_count = count, .max_tokens = 256});
    while (said == 0 && going > 0)
        said = step(session, 0, said, &going);
    double began = now_ms();
    for (; going > 0; steps++)
        said = step(session, 0, said, &going);
    printf("guessing %u ahead: %u tokens in %u steps, %.0f tokens/s\n", guesses, said, steps,
           (said - 1) / (now_ms() - began) * 1e3);
    engine_tokens_free(tokens, count);
    engine_session_free(session);
}

/* Several answers at a time share the guesses of a step. */
static void bench_draft(const struct engine_model *draft, unsigned guesses, float temperature,
                        unsigned answers)
{
    struct engine_session *session = open_session((struct engine_session_options){
        .draft = guesses > 0 ? draft : NULL, .draft_tokens = guesses, .max_sequences = answers});
    int32_t *tokens = make_prompt(64, 3);
    uint32_t said = 0, steps = 0;
    int going = 1;
    submit(session, (struct engine_submission){
                        .prompt = tokens,
                        .prompt_count = 64,
                        .max_tokens = 256,
                        .answers = answers,
                        .sampling = {.temperature = temperature, .top_k = 40, .seed = 1}});
    while (said == 0 && going > 0)
        said = step(session, 0, said, &going);
    double began = now_ms(), began_cpu = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
    for (; going > 0; steps++)
        said = step(session, 0, said, &going);
    double tokens_said = answers * (said - 1.0);
    printf("draft of %u, temperature %.1f, %u answers: %u tokens in %u steps, %.0f tokens/s, "
           "%.2f ms of CPU a token\n",
           guesses, (double)temperature, answers, said, steps,
           tokens_said / (now_ms() - began) * 1e3,
           (clock_ms(CLOCK_PROCESS_CPUTIME_ID) - began_cpu) / tokens_said);
    free(tokens);
    engine_session_free(session);
}

static void bench_drafts(const char *path)
{
    struct engine_source source = {.path = path};
    struct engine_model *draft = NULL;
    struct engine_error error;
    if (engine_model_open(&draft, &source, &error) != 0)
        fail("draft", &error);
    for (int drawn = 0; drawn < 2; drawn++)
        for (unsigned answers = 1; answers <= 4; answers *= 4)
            for (unsigned guesses = 0; guesses <= 8; guesses += 4)
                bench_draft(draft, guesses, drawn ? 0.8f : 0, answers);
    engine_model_free(draft);
}

int main(int argc, char **argv)
{
    struct engine_source source = {.path = argc > 1 ? argv[1] : NULL};
    struct engine_error error;
    if (argc < 2) {
        fprintf(stderr, "usage: bench_serving MODEL.gguf [threads [prompt tokens [DRAFT.gguf]]]\n");
        return 2;
    }
    if (argc > 2)
        threads = (unsigned)strtoul(argv[2], NULL, 10);
    size_t prompt = argc > 3 ? strtoul(argv[3], NULL, 10) : 2000;
    if (engine_model_open(&model, &source, &error) != 0)
        fail("model", &error);
    engine_model_describe(model, &info);
    if (prompt > info.context_length - 40)
        prompt = info.context_length - 40;
    printf("%s, %u threads, %s\n", info.name, threads, engine_kernels());
    bench_first_token(prompt < 500 ? prompt : 500);
    bench_first_token(prompt);
    bench_stall(prompt);
    for (unsigned guesses = 0; guesses <= 8; guesses += guesses == 0 ? 2 : guesses)
        bench_lookup(guesses);
    if (argc > 4)
        bench_drafts(argv[4]);
    engine_model_free(model);
    return 0;
}
