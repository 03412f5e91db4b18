#include "gateway/cmd_generate.h"

#include <stdio.h>
#include <string.h>

#include "gateway/tool.h"

enum { PROMPT_BYTES_MAX = 1024 * 1024 };

static const char command[] = "generate";

static const char usage_text[] =
    "Usage: penstock generate [--model FILE] [--max-tokens N] [--temperature T] [--seed N] "
    "[PROMPT]\n"
    "\n"
    "The in-process model answers PROMPT (or standard input) on standard output. No server, no\n"
    "policy and no log are involved.\n"
    "\n"
    "  --model FILE      a GGUF file; by default the model built into the program\n"
    "  --max-tokens N    the most tokens to answer with; 256\n"
    "  --temperature T   0 to 2; 0, the default, always takes the likeliest token\n"
    "  --seed N          the same seed gives the same answer\n"
    "  --help            this text\n"
    "\n"
    "Exit status: 0 done, 1 no answer, 2 wrong usage.\n";

struct arguments {
    const char *model, *prompt;
    uint64_t max_tokens;
    struct engine_sampling sampling;
};

/* The exit code, or -1 to go on. */
static int read_arguments(int argc, char **argv, struct arguments *out)
{
    *out = (struct arguments){.max_tokens = 256};
    const struct tool_option options[] = {
        {"model", TOOL_TEXT, &out->model, 0, 0},
        {"max-tokens", TOOL_NUMBER, &out->max_tokens, 1, 1000000},
        {"temperature", TOOL_REAL, &out->sampling.temperature, 0, 2},
        {"seed", TOOL_NUMBER, &out->sampling.seed, 0, UINT64_MAX},
        {NULL, TOOL_FLAG, NULL, 0, 0},
    };
    int rest = 0, code = tool_options(command, usage_text, argc, argv, options, &rest);
    if (code >= 0)
        return code;
    if (rest + 1 < argc)
        return tool_usage(command, "expected one prompt; put it in quotes");
    out->prompt = rest < argc ? argv[rest] : NULL;
    return -1;
}

/* Prints the answer as it comes. */
static int answer(struct engine_session *session, struct engine_error *error)
{
    struct engine_event events[1];
    for (;;) {
        size_t count = 0;
        int rc = engine_session_step(session, events, &count, error);
        if (rc < 0)
            return TOOL_NO;
        for (size_t i = 0; i < count; i++) {
            if (fwrite(events[i].text, 1, events[i].text_len, stdout) != events[i].text_len ||
                fflush(stdout) != 0)
                return TOOL_NO;
            if (events[i].finish == ENGINE_FINISH_ERROR)
                return TOOL_NO;
            if (events[i].finish != ENGINE_FINISH_NONE) {
                (void)printf("\n");
                return fflush(stdout) == 0 ? TOOL_DONE : TOOL_NO;
            }
        }
        if (rc == 0 && count == 0)
            return TOOL_NO; /* it ended without saying so */
    }
}

static int generate(const struct arguments *arguments, const void *prompt, size_t len)
{
    struct engine_error error = {.text = "no answer"};
    struct engine_model *model = NULL;
    struct engine_session *session = NULL;
    struct engine_source source = tool_source(arguments->model);
    struct engine_session_options options = {.max_sequences = 1};
    struct engine_message message = {.role = "user", .content = prompt, .content_len = len};
    int32_t *tokens = NULL;
    size_t count = 0;
    int code = TOOL_NO;
    if (engine_model_open(&model, &source, &error) != 0 ||
        engine_chat_tokens(model, &message, 1, NULL, true, &tokens, &count, &error) != 0 ||
        engine_session_new(&session, model, &options, &error) != 0)
        goto out;
    struct engine_submission submission = {.prompt = tokens,
                                           .prompt_count = count,
                                           .max_tokens = (uint32_t)arguments->max_tokens,
                                           .sampling = arguments->sampling};
    if (engine_session_submit(session, &submission, &error) == 0)
        code = answer(session, &error);
out:
    if (code != TOOL_DONE)
        (void)tool_fail(command, error.text);
    if (session != NULL)
        engine_session_free(session);
    engine_tokens_free(tokens, count);
    engine_model_free(model);
    return code;
}

int cmd_generate(int argc, char **argv)
{
    struct arguments arguments;
    struct buf input = BUF_INIT;
    struct err err = {0};
    int code = read_arguments(argc, argv, &arguments);
    if (code >= 0)
        return code;
    if (arguments.prompt != NULL)
        return generate(&arguments, arguments.prompt, strlen(arguments.prompt));
    if (tool_read(NULL, PROMPT_BYTES_MAX, &input, &err) != 0)
        code = tool_fail(command, err.text);
    else
        code = generate(&arguments, input.data, input.len);
    buf_release(&input);
    return code;
}
