/* penstock: one program with subcommands. */
#include <stdio.h>
#include <string.h>

#include "gateway/cmd_bench.h"
#include "gateway/cmd_chat.h"
#include "gateway/cmd_check.h"
#include "gateway/cmd_classify.h"
#include "gateway/cmd_generate.h"
#include "gateway/cmd_key.h"
#include "gateway/cmd_learn.h"
#include "gateway/cmd_model.h"
#include "gateway/cmd_perplexity.h"
#include "gateway/cmd_policy.h"
#include "gateway/cmd_serve.h"
#include "gateway/cmd_tokenize.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"serve", cmd_serve, "run the gateway"},
    {"check", cmd_check, "find the mistakes in a configuration and its policy"},
    {"classify", cmd_classify, "say what the classifiers see in a text"},
    {"generate", cmd_generate, "let the in-process model answer one prompt"},
    {"policy", cmd_policy, "test and explain policies, replay the decision log, pick thresholds"},
    {"learn", cmd_learn, "correct the complexity score by what became of requests"},
    {"chat", cmd_chat, "talk to a model in the terminal"},
    {"tokenize", cmd_tokenize, "turn text into a model's tokens, or back"},
    {"model", cmd_model, "say what model files hold, and check them"},
    {"perplexity", cmd_perplexity, "measure how well a model foresees a text"},
    {"bench", cmd_bench, "measure how fast the engine runs a model here"},
    {"key", cmd_key, "make, list and revoke API keys"},
};
enum { COMMAND_COUNT = sizeof(commands) / sizeof(*commands), EXIT_NO = 1, EXIT_USAGE = 2 };

static void print_help(FILE *out)
{
    (void)fputs("Usage: penstock COMMAND [OPTION...]\n\nA gateway that decides which prompts leave "
                "the building.\n\nCommands:\n",
                out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        (void)fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
    (void)fputs("\n`penstock COMMAND --help` tells more; so does penstock(8).\n", out);
}

static int run(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(name, "--version") == 0) {
        printf("penstock %s\n", PENSTOCK_VERSION);
        return 0;
    }
    if (*name != '\0')
        (void)fprintf(stderr, "penstock: there is no command '%s'\n\n", name);
    print_help(stderr);
    return EXIT_USAGE;
}

/* Half a result must not look like a whole one to a script: a disk that is full is the answer no.
 */
int main(int argc, char **argv)
{
    int code = run(argc, argv);
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    (void)fputs("penstock: cannot write to standard output\n", stderr);
    return code != 0 ? code : EXIT_NO;
}
