#include "gateway/cmd_chat.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "gateway/tool.h"

static const char command[] = "chat";

static const char usage_text[] =
    "Usage: penstock chat [--model FILE] [--system TEXT] [--temperature T] [--top-p P]\n"
    "                     [--max-tokens N] [--seed N] [--threads N]\n"
    "\n"
    "Talk to a model in the terminal: a line is a turn, and one that ends in \\ goes on in the\n"
    "next. No server, no policy and no log are involved; nothing is kept.\n"
    "\n"
    "  /exit, ^D           leave\n"
    "  /reset              forget the conversation\n"
    "  ^C                  stop the answer; at the prompt, leave\n"
    "\n"
    "  --model FILE        a GGUF file; by default the model built into the program\n"
    "  --system TEXT       said to the model before the conversation\n"
    "  --temperature T     0 to 2; 0, the default, always takes the likeliest token\n"
    "  --top-p P           choose among the likeliest tokens that make up P, 0 to 1\n"
    "  --max-tokens N      the most tokens of one answer; as many as fit by default\n"
    "  --seed N            the same seed gives the same answers\n"
    "  --threads N         as many as there are cores by default\n"
    "  --help              this text\n"
    "\n"
    "Colours are used on a terminal unless NO_COLOR is set.\n"
    "Exit status: 0 done, 1 could not, 2 wrong usage.\n";

enum { LINE_MAX_BYTES = 1 << 20, KV_LIMIT = 1 << 30 };

struct arguments {
    const char *model, *system;
    uint64_t max_tokens, threads;
    struct engine_sampling sampling;
};

struct turn {
    const char *role; /* a literal */
    struct buf text;
};

struct chat {
    const struct arguments *arguments;
    struct engine_model *model;
    struct engine_session *session;
    struct turn *turns;
    size_t count, cap;
    uint64_t tenant; /* lets a turn find what the turns before it left in the prefix cache */
    bool terminal, colour;
    char input[4096]; /* read and not yet used: bytes at .. end */
    size_t input_at, input_end;
};

/* Set by ^C. */
static volatile sig_atomic_t interrupted;

static void on_interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

/* ^C is let through while an answer comes and while a line is waited for (read_line). */
static void let_interrupts(bool through)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigprocmask(through ? SIG_UNBLOCK : SIG_BLOCK, &set, NULL);
}

/* The exit code, or -1 to go on. */
static int read_arguments(int argc, char **argv, struct arguments *out)
{
    *out = (struct arguments){.threads = tool_threads()};
    const struct tool_option options[] = {
        {"model", TOOL_TEXT, &out->model, 0, 0},
        {"system", TOOL_TEXT, &out->system, 0, 0},
        {"temperature", TOOL_REAL, &out->sampling.temperature, 0, 2},
        {"top-p", TOOL_REAL, &out->sampling.top_p, 0, 1},
        {"max-tokens", TOOL_NUMBER, &out->max_tokens, 1, 1000000},
        {"seed", TOOL_NUMBER, &out->sampling.seed, 0, UINT64_MAX},
        {"threads", TOOL_NUMBER, &out->threads, 1, 64},
        {NULL, TOOL_FLAG, NULL, 0, 0},
    };
    int rest = 0, code = tool_options(command, usage_text, argc, argv, options, &rest);
    if (code < 0 && rest < argc)
        return tool_usage(command, "unexpected argument");
    return code;
}

/* ---- turns ---- */

static struct turn *add_turn(struct chat *c, const char *role)
{
    if (c->count == c->cap) {
        size_t cap = c->cap > 0 ? 2 * c->cap : 16;
        struct turn *turns = realloc(c->turns, cap * sizeof(*turns)); /* texts stay in place */
        if (turns == NULL)
            return NULL;
        c->turns = turns;
        c->cap = cap;
    }
    c->turns[c->count] = (struct turn){.role = role};
    return &c->turns[c->count++];
}

static void drop_turns(struct chat *c, size_t first, size_t last)
{
    if (first == last)
        return;
    for (size_t i = first; i < last; i++)
        buf_release(&c->turns[i].text);
    memmove(c->turns + first, c->turns + last, (c->count - last) * sizeof(*c->turns));
    c->count -= last - first;
}

static void reset(struct chat *c)
{
    size_t system = c->count > 0 && strcmp(c->turns[0].role, "system") == 0;
    if (c->count > 0)
        drop_turns(c, system, c->count);
}

static int chat_tokens(const struct chat *c, int32_t **tokens, size_t *count,
                       struct engine_error *error)
{
    struct engine_message *messages = calloc(c->count, sizeof(*messages));
    if (messages == NULL) {
        *error = (struct engine_error){ENGINE_ERR_MEMORY, "out of memory"};
        return ENGINE_ERR_MEMORY;
    }
    for (size_t i = 0; i < c->count; i++) {
        const struct buf *text = &c->turns[i].text;
        messages[i] = (struct engine_message){.role = c->turns[i].role,
                                              .content = text->len > 0 ? (char *)text->data : "",
                                              .content_len = text->len};
    }
    int status = engine_chat_tokens(c->model, messages, c->count, NULL, true, tokens, count, error);
    free(messages);
    return status;
}

/* ---- answers ---- */

static void say(const struct chat *c, const char *colour, const char *text)
{
    (void)printf(c->colour ? "%s%s\033[0m" : "%.0s%s", colour, text);
    (void)fflush(stdout);
}

static const char bold[] = "\033[1m", dim[] = "\033[2m";

/* A terminal gets no control characters from a model: they could make it do anything. */
static bool show(const struct chat *c, struct turn *turn, const struct engine_event *event)
{
    if (event->text_len > 0 && buf_append(&turn->text, event->text, event->text_len) != 0)
        return false;
    for (size_t i = 0; i < event->text_len; i++) {
        char byte = event->text[i];
        bool control = (unsigned char)byte < 0x20 && byte != '\n' && byte != '\t';
        if (putchar(c->terminal && (control || byte == 0x7f) ? '?' : byte) < 0)
            return false;
    }
    return fflush(stdout) == 0;
}

/* Step until the answer ends or ^C stops it. */
static int stream(struct chat *c, struct turn *turn, struct engine_error *error)
{
    while (!interrupted) {
        struct engine_event event;
        size_t count = 0;
        int going = engine_session_step(c->session, &event, &count, error);
        if (going < 0)
            return going;
        if (count > 0 && !show(c, turn, &event)) {
            *error = (struct engine_error){ENGINE_ERR_IO, "cannot print the answer"};
            return ENGINE_ERR_IO;
        }
        if (count > 0 && event.finish == ENGINE_FINISH_LENGTH)
            say(c, dim, "\n(the answer was cut: no more tokens)");
        if (going == 0)
            return 0;
    }
    say(c, dim, "\n(stopped)");
    return 0;
}

/* The oldest turns give way until the conversation fits the context; the system's stays. */
static int submit(struct chat *c, struct engine_error *error)
{
    for (bool forgot = false;; forgot = true) {
        int32_t *tokens = NULL;
        size_t count = 0, first = strcmp(c->turns[0].role, "system") == 0;
        int status = chat_tokens(c, &tokens, &count, error);
        struct engine_submission submission = {.prompt = tokens,
                                               .prompt_count = count,
                                               .max_tokens = (uint32_t)c->arguments->max_tokens,
                                               .sampling = c->arguments->sampling,
                                               .tenant = c->tenant};
        if (status == 0)
            status = engine_session_submit(c->session, &submission, error);
        engine_tokens_free(tokens, count);
        if (status != ENGINE_ERR_CONTEXT || c->count < first + 3) {
            if (status == 0 && forgot)
                say(c, dim, "(the oldest turns were forgotten: the context is full)\n");
            return status;
        }
        drop_turns(c, first, first + 2);
    }
}

/* The last turn is the user's. What cannot be answered is taken back. */
static int answer(struct chat *c)
{
    struct engine_error error = {0};
    interrupted = 0;
    let_interrupts(true);
    int status = submit(c, &error);
    if (status != 0) {
        drop_turns(c, c->count - 1, c->count);
        (void)tool_fail(command, error.text);
        return status == ENGINE_ERR_CONTEXT || status == ENGINE_ERR_TEMPLATE ? 0 : status;
    }
    struct turn *turn = add_turn(c, "assistant");
    if (turn == NULL)
        return tool_fail(command, "out of memory");
    status = stream(c, turn, &error);
    engine_session_cancel(c->session, 0);
    (void)putchar('\n');
    (void)fflush(stdout);
    interrupted = 0;
    return status == 0 ? 0 : tool_fail(command, error.text);
}

/* ---- the conversation ---- */

enum input { INPUT_TURN, INPUT_EMPTY, INPUT_END, INPUT_FAILED };

/* Wait for more input. ^C counts as its end. */
static enum input read_more(struct chat *c)
{
    sigset_t mask;
    (void)sigprocmask(SIG_BLOCK, NULL, &mask);
    (void)sigdelset(&mask, SIGINT);
    for (;;) {
        struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};
        int ready = ppoll(&fd, 1, NULL, &mask); /* no ^C falls between the look and the sleep */
        if (interrupted)
            return INPUT_END;
        if (ready < 0 && errno != EINTR)
            return INPUT_FAILED;
        ssize_t n = ready > 0 ? read(STDIN_FILENO, c->input, sizeof(c->input)) : -1;
        if (n > 0) {
            c->input_at = 0;
            c->input_end = (size_t)n;
            return INPUT_TURN;
        }
        if (n == 0)
            return INPUT_END;
    }
}

static enum input read_line(struct chat *c, struct buf *out)
{
    for (;;) {
        enum input got = c->input_at < c->input_end ? INPUT_TURN : read_more(c);
        if (got != INPUT_TURN)
            return got == INPUT_END && !interrupted && out->len > 0 ? INPUT_TURN : got;
        char byte = c->input[c->input_at++];
        if (byte == '\n')
            return INPUT_TURN;
        if (out->len >= LINE_MAX_BYTES || buf_append(out, &byte, 1) != 0)
            return INPUT_FAILED;
    }
}

static enum input read_turn(struct chat *c, bool prompting, struct buf *out)
{
    if (prompting)
        say(c, bold, "> ");
    for (;;) {
        struct buf line = BUF_INIT;
        enum input got = read_line(c, &line);
        bool more = line.len > 0 && line.data[line.len - 1] == '\\';
        size_t len = more ? line.len - 1 : line.len;
        if (got == INPUT_TURN &&
            (buf_append(out, line.data, len) != 0 || (more && buf_append(out, "\n", 1) != 0)))
            got = INPUT_FAILED;
        buf_release(&line);
        if (got != INPUT_TURN)
            return got;
        if (!more)
            return out->len > 0 ? INPUT_TURN : INPUT_EMPTY;
        if (prompting)
            say(c, bold, ". ");
    }
}

static bool is_word(const struct buf *text, const char *word)
{
    return text->len == strlen(word) && memcmp(text->data, word, text->len) == 0;
}

static int converse(struct chat *c)
{
    bool prompting = isatty(STDIN_FILENO) != 0;
    for (int status = 0; status == 0;) {
        struct buf text = BUF_INIT;
        let_interrupts(false);
        enum input got = read_turn(c, prompting, &text);
        struct turn *turn = NULL;
        if (got == INPUT_TURN && (is_word(&text, "/exit") || is_word(&text, "/bye")))
            got = INPUT_END;
        if (got == INPUT_TURN && is_word(&text, "/reset")) {
            reset(c);
            say(c, dim, "(forgotten)\n");
            got = INPUT_EMPTY;
        }
        if (got == INPUT_TURN && (turn = add_turn(c, "user")) == NULL)
            got = INPUT_FAILED;
        if (turn == NULL) {
            buf_release(&text);
            if (got == INPUT_EMPTY)
                continue;
            if (prompting)
                (void)putchar('\n');
            return got == INPUT_END ? TOOL_DONE : tool_fail(command, "a line is longer than 1 MiB");
        }
        turn->text = text;
        status = answer(c);
    }
    return TOOL_NO;
}

static int open_chat(struct chat *c, struct engine_error *error)
{
    struct engine_source source = tool_source(c->arguments->model);
    struct engine_session_options options = {.threads = (unsigned)c->arguments->threads,
                                             .max_sequences = 1,
                                             .kv_bytes_limit = KV_LIMIT,
                                             .prefix_cache = true};
    int status = engine_model_open(&c->model, &source, error);
    if (status == 0)
        status = engine_session_new(&c->session, c->model, &options, error);
    if (status == 0 && getrandom(&c->tenant, sizeof(c->tenant), 0) != sizeof(c->tenant))
        c->tenant = 0; /* then nothing is shared, and nothing else is lost */
    if (status == 0 && c->arguments->system != NULL) {
        struct turn *turn = add_turn(c, "system");
        if (turn == NULL || buf_append_str(&turn->text, c->arguments->system) != 0) {
            *error = (struct engine_error){ENGINE_ERR_MEMORY, "out of memory"};
            status = ENGINE_ERR_MEMORY;
        }
    }
    return status;
}

int cmd_chat(int argc, char **argv)
{
    struct arguments arguments;
    struct engine_error error;
    struct sigaction before, action = {.sa_handler = on_interrupt, .sa_flags = SA_RESTART};
    int code = read_arguments(argc, argv, &arguments);
    if (code >= 0)
        return code;
    bool terminal = isatty(STDOUT_FILENO) != 0;
    struct chat c = {.arguments = &arguments,
                     .terminal = terminal,
                     .colour = terminal && getenv("NO_COLOR") == NULL};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, &before);
    if (open_chat(&c, &error) != 0)
        code = tool_fail(command, error.text);
    else
        code = converse(&c);
    (void)sigaction(SIGINT, &before, NULL);
    let_interrupts(true);
    drop_turns(&c, 0, c.count);
    explicit_bzero(c.input, sizeof(c.input));
    free(c.turns);
    if (c.session != NULL)
        engine_session_free(c.session);
    engine_model_free(c.model);
    return code;
}
