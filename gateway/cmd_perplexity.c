#include "gateway/cmd_perplexity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/engine_tools.h"
#include "gateway/tool.h"

static const char command[] = "perplexity";

static const char usage_text[] =
    "Usage: penstock perplexity [--model FILE] [--context N] [--stride N] [--chunks N]\n"
    "                           [--threads N] [--json] [FILE]\n"
    "\n"
    "How well a model foresees the text in FILE or standard input: the exponential of the mean of\n"
    "-ln p over its tokens; less is better. The text is cut and counted as llama.cpp's\n"
    "llama-perplexity does, so that figures can be compared: chunks of --context tokens, the\n"
    "first replaced by the model's beginning token, the second half counted. With --stride they\n"
    "overlap, and the last --stride tokens of each are counted (the context grows by half of it).\n"
    "\n"
    "  --model FILE    a GGUF file; by default the model built into the program\n"
    "  --context N     tokens of a chunk; 512\n"
    "  --stride N      how far apart chunks begin; 0, the default: one after another\n"
    "  --chunks N      the most chunks; all by default\n"
    "  --threads N     as many as there are cores by default\n"
    "  --json          one JSON object: perplexity, error, tokens, chunks and settings\n"
    "  --help          this text\n"
    "\n"
    "Exit status: 0 done, 1 could not (the text may be too short), 2 wrong usage.\n";

struct arguments {
    const char *model, *file;
    uint64_t context, stride, chunks, threads;
    bool json;
};

/* The exit code, or -1 to go on. */
static int read_arguments(int argc, char **argv, struct arguments *out)
{
    *out = (struct arguments){.context = 512, .threads = tool_threads()};
    const struct tool_option options[] = {
        {"model", TOOL_TEXT, &out->model, 0, 0},
        {"context", TOOL_NUMBER, &out->context, 4, 1 << 20},
        {"stride", TOOL_NUMBER, &out->stride, 0, 1 << 20},
        {"chunks", TOOL_NUMBER, &out->chunks, 1, UINT32_MAX},
        {"threads", TOOL_NUMBER, &out->threads, 1, 64},
        {"json", TOOL_FLAG, &out->json, 0, 0},
        {NULL, TOOL_FLAG, NULL, 0, 0},
    };
    int rest = 0, code = tool_options(command, usage_text, argc, argv, options, &rest);
    if (code >= 0)
        return code;
    if (rest + 1 < argc)
        return tool_usage(command, "expected one file");
    out->file = rest < argc ? argv[rest] : NULL;
    if (out->stride > out->context)
        return tool_usage(command, "--stride cannot be more than --context");
    out->context += out->stride / 2;
    return -1;
}

struct sums {
    double nll, squares;
    uint64_t tokens, chunks;
};

static struct sums add(struct sums s, const float *logprobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        double nll = -(double)logprobs[i];
        s.nll += nll;
        s.squares += nll * nll;
    }
    s.tokens += count;
    s.chunks++;
    return s;
}

static double perplexity(const struct sums *s)
{
    return exp(s->nll / (double)s->tokens);
}

/* One standard error. */
static double uncertainty(const struct sums *s)
{
    double n = (double)s->tokens, mean = s->nll / n;
    double variance = s->squares / n - mean * mean;
    return s->tokens > 1 && variance > 0 ? sqrt(variance / (n - 1)) * perplexity(s) : 0;
}

/* How many chunks the text gives; 0: it is too short. */
static uint64_t chunk_count(const struct arguments *a, size_t tokens)
{
    uint64_t count = 0;
    if (a->stride == 0)
        count = tokens >= 2 * a->context ? tokens / a->context : 0;
    else if (tokens > a->context)
        count = (tokens - a->context + a->stride - 1) / a->stride;
    return a->chunks > 0 && a->chunks < count ? a->chunks : count;
}

/* Where a person watches, a line that says how far it is. */
static void show_progress(const struct sums *s, uint64_t chunks)
{
    if (isatty(STDERR_FILENO))
        (void)fprintf(stderr, "\r%llu of %llu chunks, %.4f ", (unsigned long long)s->chunks,
                      (unsigned long long)chunks, perplexity(s));
}

static int measure(const struct engine_model *model, const struct arguments *a, int32_t *tokens,
                   size_t count, int32_t beginning, struct sums *out)
{
    struct engine_error error;
    uint64_t chunks = chunk_count(a, count);
    size_t step = a->stride > 0 ? a->stride : a->context;
    /* The first token that is counted: what comes before it is context. */
    size_t first = a->stride > 0 ? a->context - a->stride : a->context / 2 + 1;
    if (chunks == 0)
        return tool_fail(command, "the text is too short for this --context");
    float *logprobs = calloc(a->context, sizeof(*logprobs));
    if (logprobs == NULL)
        return tool_fail(command, "out of memory");
    first = first > 0 ? first : 1;
    int code = TOOL_DONE;
    for (uint64_t i = 0; code == TOOL_DONE && i < chunks; i++) {
        int32_t *chunk = tokens + i * step, replaced = chunk[0];
        if (beginning >= 0)
            chunk[0] = beginning;
        if (engine_score(model, chunk, a->context, first, (unsigned)a->threads, logprobs, &error) !=
            0)
            code = tool_fail(command, error.text);
        else
            *out = add(*out, logprobs, a->context - first);
        chunk[0] = replaced;
        show_progress(out, chunks);
    }
    if (isatty(STDERR_FILENO))
        (void)fputc('\n', stderr);
    free(logprobs);
    return code;
}

static int report(const struct arguments *a, const struct sums *s)
{
    if (a->json)
        return tool_print_json(
            command, json_pack("{s:f, s:f, s:I, s:I, s:I, s:I}", "perplexity", perplexity(s),
                               "error", uncertainty(s), "tokens", (json_int_t)s->tokens, "chunks",
                               (json_int_t)s->chunks, "context", (json_int_t)a->context, "stride",
                               (json_int_t)a->stride));
    if (printf("%.4f +- %.4f\n", perplexity(s), uncertainty(s)) < 0 || fflush(stdout) != 0)
        return tool_fail(command, "cannot print the result");
    return TOOL_DONE;
}

/* The text's tokens with the model's beginning in front; *beginning is that token, or -1. */
static int tokenize(const struct engine_model *model, const struct buf *text, int32_t **tokens,
                    size_t *count, int32_t *beginning)
{
    struct engine_error error;
    const char *bytes = text->len > 0 ? (const char *)text->data : "";
    int32_t front[2] = {-1, -1};
    size_t n = 0;
    *beginning = -1;
    if (engine_tokenize(model, "", 0, ENGINE_TOKENIZE_BOS, front, 2, &n, &error) == 0 && n > 0)
        *beginning = front[0];
    if (engine_tokenize(model, bytes, text->len, ENGINE_TOKENIZE_BOS, NULL, 0, count, &error) != 0)
        return tool_fail(command, error.text);
    *tokens = calloc(*count + 1, sizeof(**tokens));
    if (*tokens == NULL)
        return tool_fail(command, "out of memory");
    if (engine_tokenize(model, bytes, text->len, ENGINE_TOKENIZE_BOS, *tokens, *count + 1, &n,
                        &error) != 0)
        return tool_fail(command, error.text);
    return TOOL_DONE;
}

int cmd_perplexity(int argc, char **argv)
{
    struct arguments a;
    struct err err = {0};
    struct engine_error error;
    struct engine_model *model = NULL;
    struct buf text = BUF_INIT;
    struct sums sums = {0};
    int32_t *tokens = NULL, beginning = -1;
    size_t count = 0;
    int code = read_arguments(argc, argv, &a);
    if (code >= 0)
        return code;
    struct engine_source source = tool_source(a.model);
    if (engine_model_open(&model, &source, &error) != 0)
        return tool_fail(command, error.text);
    if (tool_read(a.file, TOOL_TEXT_MAX, &text, &err) != 0)
        code = tool_fail(command, err.text);
    else
        code = tokenize(model, &text, &tokens, &count, &beginning);
    if (code == TOOL_DONE)
        code = measure(model, &a, tokens, count, beginning, &sums);
    if (code == TOOL_DONE)
        code = report(&a, &sums);
    engine_tokens_free(tokens, count);
    buf_release(&text);
    engine_model_free(model);
    return code;
}
