#include "gateway/cmd_bench.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gateway/tool.h"

static const char command[] = "bench";

static const char usage_text[] =
    "Usage: penstock bench [--model FILE] [--threads LIST] [--batches LIST] [--prompt N]\n"
    "                      [--decode N] [--chunk N] [--repeat N] [--json]\n"
    "\n"
    "How fast the engine runs a model on this machine, in tokens a second: reading a prompt, and\n"
    "answering one or several sequences at once. The best of the repeats is shown, since what\n"
    "other programs took of the machine is not the engine's; the CPU seconds are that run's.\n"
    "\n"
    "  --model FILE     a GGUF file; by default the model built into the program\n"
    "  --threads LIST   such as 1,2 or 1-4; by default from 1 to the number of cores\n"
    "  --batches LIST   sequences answered at once; 1,2,4,8,16\n"
    "  --prompt N       tokens of the prompt; 512, or as many as fit; 0: not measured\n"
    "  --decode N       tokens answered to each; 128, or as many as fit; 0: not measured\n"
    "  --chunk N        the most tokens of a prompt in one step; 128\n"
    "  --repeat N       runs of each kind; 3\n"
    "  --json           a JSON object on a line for each figure\n"
    "  --help           this text\n"
    "\n"
    "Exit status: 0 done, 1 could not, 2 wrong usage.\n";

enum { MOST_NUMBERS = 64, MOST_THREADS = 64, MOST_BATCH = 64, FIRST_TOKENS = 2 };

struct numbers {
    unsigned list[MOST_NUMBERS];
    size_t count;
};

struct arguments {
    const char *model;
    struct numbers threads, batches;
    uint64_t prompt, decode, chunk, repeat;
    bool json;
};

/* "1,2,4-6" */
static bool read_numbers(const char *text, unsigned most, struct numbers *out)
{
    out->count = 0;
    while (*text != '\0') {
        char *end = NULL;
        unsigned long first = strtoul(text, &end, 10), last = first;
        if (end == text || *text < '0' || *text > '9')
            return false;
        if (*end == '-') {
            text = end + 1;
            last = strtoul(text, &end, 10);
            if (end == text || *text < '0' || *text > '9')
                return false;
        }
        if (first == 0 || last < first || last > most || (*end != '\0' && *end != ','))
            return false;
        for (unsigned long n = first; n <= last; n++) {
            if (out->count == MOST_NUMBERS)
                return false;
            out->list[out->count++] = (unsigned)n;
        }
        text = *end == ',' ? end + 1 : end;
    }
    return out->count > 0;
}

/* The exit code, or -1 to go on. */
static int read_arguments(int argc, char **argv, struct arguments *out)
{
    char cores[16];
    (void)snprintf(cores, sizeof(cores), "1-%u", tool_threads());
    const char *threads = cores, *batches = "1,2,4,8,16";
    *out = (struct arguments){.prompt = 512, .decode = 128, .chunk = 128, .repeat = 3};
    const struct tool_option options[] = {
        {"model", TOOL_TEXT, &out->model, 0, 0},
        {"threads", TOOL_TEXT, &threads, 0, 0},
        {"batches", TOOL_TEXT, &batches, 0, 0},
        {"prompt", TOOL_NUMBER, &out->prompt, 0, 1 << 20},
        {"decode", TOOL_NUMBER, &out->decode, 0, 1 << 20},
        {"chunk", TOOL_NUMBER, &out->chunk, 1, 65536},
        {"repeat", TOOL_NUMBER, &out->repeat, 1, 1000},
        {"json", TOOL_FLAG, &out->json, 0, 0},
        {NULL, TOOL_FLAG, NULL, 0, 0},
    };
    int rest = 0, code = tool_options(command, usage_text, argc, argv, options, &rest);
    if (code >= 0)
        return code;
    if (!read_numbers(threads, MOST_THREADS, &out->threads))
        return tool_usage(command, "--threads is a list of numbers from 1 to 64");
    if (!read_numbers(batches, MOST_BATCH, &out->batches))
        return tool_usage(command, "--batches is a list of numbers from 1 to 64");
    return rest < argc ? tool_usage(command, "unexpected argument") : -1;
}

static double seconds_of(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct run {
    struct engine_session *session;
    uint32_t vocab_size;
    unsigned batch;
    uint64_t left; /* tokens that are still to be submitted for */
    uint64_t said; /* of the sequences that ended */
    uint32_t saying[MOST_BATCH];
    struct engine_error error;
};

/* Tokens of no meaning: what they cost does not depend on it. */
static int submit(struct run *r, size_t length, uint32_t most, uint64_t tag)
{
    int32_t *prompt = calloc(length, sizeof(*prompt));
    if (prompt == NULL)
        return ENGINE_ERR_MEMORY;
    for (size_t i = 0; i < length; i++)
        prompt[i] = (int32_t)((i * 7919 + tag * 104729 + 17) % r->vocab_size);
    struct engine_submission submission = {
        .prompt = prompt, .prompt_count = length, .max_tokens = most, .tag = tag};
    int status = engine_session_submit(r->session, &submission, &r->error);
    free(prompt);
    return status;
}

/* How many sequences go on, or a status. */
static int step(struct run *r)
{
    struct engine_event events[MOST_BATCH];
    size_t count = 0;
    int going = engine_session_step(r->session, events, &count, &r->error);
    for (size_t i = 0; going >= 0 && i < count; i++) {
        r->saying[events[i].tag] = events[i].completion_tokens;
        if (events[i].finish == ENGINE_FINISH_NONE)
            continue;
        r->said += events[i].completion_tokens;
        r->saying[events[i].tag] = 0;
    }
    return going;
}

struct figure {
    double tokens, seconds, cpu;
};

static int measure_prompt(struct run *r, const struct arguments *a, struct figure *out)
{
    double start = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    int status = submit(r, a->prompt, 1, 0);
    while (status == 0 && (status = step(r)) > 0)
        status = 0;
    *out = (struct figure){(double)a->prompt, seconds_of(CLOCK_MONOTONIC) - start,
                           seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu};
    return status;
}

static uint64_t tokens_said(const struct run *r)
{
    uint64_t said = r->said;
    for (unsigned i = 0; i < r->batch; i++)
        said += r->saying[i];
    return said;
}

/* A model may end its answer when it likes; the sequences that do are begun anew. */
static int measure_decode(struct run *r, const struct arguments *a, struct figure *out)
{
    int status = 0;
    r->said = 0;
    for (unsigned i = 0; status == 0 && i < r->batch; i++)
        status = submit(r, FIRST_TOKENS, (uint32_t)a->decode + 1, i);
    if (status == 0)
        status = step(r); /* the prompts */
    uint64_t before = tokens_said(r), target = before + a->decode * r->batch;
    double start = seconds_of(CLOCK_MONOTONIC), cpu = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    while (status >= 0 && tokens_said(r) < target) {
        for (unsigned i = 0; status >= 0 && i < r->batch && tokens_said(r) + r->batch < target;
             i++) {
            if (r->saying[i] == 0)
                status = submit(r, FIRST_TOKENS, (uint32_t)a->decode + 1, i);
        }
        if (status >= 0)
            status = step(r);
        if (status == 0)
            break;
    }
    *out = (struct figure){(double)(tokens_said(r) - before), seconds_of(CLOCK_MONOTONIC) - start,
                           seconds_of(CLOCK_PROCESS_CPUTIME_ID) - cpu};
    for (unsigned i = 0; i < r->batch; i++) {
        engine_session_cancel(r->session, i);
        r->saying[i] = 0;
    }
    return status < 0 ? status : 0;
}

static int print_figure(const struct arguments *a, bool prompt, unsigned threads, unsigned batch,
                        const struct figure *best)
{
    const char *test = prompt ? "prompt" : "decode";
    double speed = best->tokens / best->seconds, cpu = best->cpu / best->tokens * 1000;
    if (a->json)
        return tool_print_json(command, json_pack("{s:s, s:s, s:i, s:i, s:f, s:f, s:s}", "engine",
                                                  "penstock", "test", test, "threads", (int)threads,
                                                  "batch", (int)batch, "tokens_per_second", speed,
                                                  "cpu_seconds_per_1000_tokens", cpu, "kernels",
                                                  engine_kernels()));
    if (printf("%-7s %7u %6u %13.1f %23.3f\n", test, threads, batch, speed, cpu) < 0 ||
        fflush(stdout) != 0)
        return tool_fail(command, "cannot print the result");
    return TOOL_DONE;
}

static int measure(const struct engine_model *model, const struct arguments *a, bool prompt,
                   unsigned threads, unsigned batch)
{
    struct engine_model_info info;
    engine_model_describe(model, &info);
    struct run r = {.vocab_size = info.vocab_size, .batch = batch};
    struct engine_session_options options = {
        .threads = threads,
        .max_sequences = batch,
        .context_length = (unsigned)(a->prompt > a->decode ? a->prompt : a->decode) + 8,
        .kv_bytes_limit = (size_t)1 << 40,
        .prefill_chunk_tokens = (unsigned)a->chunk,
        .step_ms = 60000}; /* nobody else waits for a step to end */
    if (engine_session_new(&r.session, model, &options, &r.error) != 0)
        return tool_fail(command, r.error.text);
    struct figure best = {.seconds = INFINITY, .tokens = 1};
    int status = 0;
    for (uint64_t i = 0; status == 0 && i < a->repeat; i++) {
        struct figure one;
        status = prompt ? measure_prompt(&r, a, &one) : measure_decode(&r, a, &one);
        if (one.seconds / one.tokens < best.seconds / best.tokens)
            best = one;
    }
    engine_session_free(r.session);
    if (status != 0)
        return tool_fail(command, r.error.text);
    return print_figure(a, prompt, threads, batch, &best);
}

static int measure_all(const struct engine_model *model, const struct arguments *a)
{
    int code = TOOL_DONE;
    if (!a->json)
        (void)printf("%-7s %7s %6s %13s %23s\n", "test", "threads", "batch", "tokens/s",
                     "CPU s per 1000 tokens");
    for (size_t t = 0; t < a->threads.count; t++) {
        if (code == TOOL_DONE && a->prompt > 0)
            code = measure(model, a, true, a->threads.list[t], 1);
        for (size_t b = 0; code == TOOL_DONE && a->decode > 0 && b < a->batches.count; b++)
            code = measure(model, a, false, a->threads.list[t], a->batches.list[b]);
    }
    return code;
}

int cmd_bench(int argc, char **argv)
{
    struct arguments a;
    struct engine_error error;
    struct engine_model_info info;
    struct engine_model *model = NULL;
    int code = read_arguments(argc, argv, &a);
    if (code >= 0)
        return code;
    struct engine_source source = tool_source(a.model);
    if (engine_model_open(&model, &source, &error) != 0)
        return tool_fail(command, error.text);
    engine_model_describe(model, &info);
    uint64_t room = info.context_length > 16 ? info.context_length - 8 : 8;
    a.prompt = a.prompt < room ? a.prompt : room;
    a.decode = a.decode < room ? a.decode : room;
    code = measure_all(model, &a);
    engine_model_free(model);
    return code;
}
