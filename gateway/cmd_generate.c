#include "gateway/cmd_generate.h"

#include <getopt.h>
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
    uint32_t max_tokens;
    struct engine_sampling sampling;
};

/* The exit code, or -1 to go on. */
static int read_arguments(int argc, char **argv, struct arguments *out)
{
    static const struct option options[] = {{"model", required_argument, NULL, 'm'},
                                            {"max-tokens", required_argument, NULL, 'n'},
                                            {"temperature", required_argument, NULL, 't'},
                                            {"seed", required_argument, NULL, 's'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    uint64_t number = 0;
    *out = (struct arguments){.max_tokens = 256};
    optind = 0; /* glibc: start anew, also when called twice */
    for (int option; (option = getopt_long(argc, argv, "m:n:h", options, NULL)) != -1;) {
        switch (option) {
        case 'm':
            out->model = optarg;
            break;
        case 'n':
            if (!tool_number(optarg, 1000000, &number) || number == 0)
                return tool_usage(command, "--max-tokens is a number from 1 to 1000000");
            out->max_tokens = (uint32_t)number;
            break;
        case 't':
            if (!tool_real(optarg, 2, &out->sampling.temperature))
                return tool_usage(command, "--temperature is a number from 0 to 2");
            break;
        case 's':
            if (!tool_number(optarg, UINT64_MAX, &out->sampling.seed))
                return tool_usage(command, "--seed is a whole number");
            break;
        case 'h':
            (void)fputs(usage_text, stdout);
            return TOOL_DONE;
        default:
            return tool_usage(command, "wrong option");
        }
    }
    if (optind + 1 < argc)
        return tool_usage(command, "expected one prompt; put it in quotes");
    out->prompt = optind < argc ? argv[optind] : NULL;
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
        engine_chat_tokens(model, &message, 1, true, &tokens, &count, &error) != 0 ||
        engine_session_new(&session, model, &options, &error) != 0)
        goto out;
    struct engine_submission submission = {.prompt = tokens,
                                           .prompt_count = count,
                                           .max_tokens = arguments->max_tokens,
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
