#include "gateway/cmd_policy.h"

#include <stdio.h>
#include <string.h>

#include "gateway/policy_tool.h"

static const char command[] = "policy";

static const char help[] =
    "usage: penstock policy test [-c FILE] [--every-rule] CASES...\n"
    "       penstock policy explain [-c FILE] [--down TARGETS] REQUEST\n"
    "       penstock policy explain [-c FILE] --record ID LOG...\n"
    "       penstock policy threshold --cost-target SHARE LOG...\n"
    "       penstock policy replay [-c FILE] LOG...\n"
    "       penstock policy diff [-c FILE] --with FILE LOG...\n"
    "\n"
    "What a policy decides, and why. \"-\" is standard input.\n"
    "\n"
    "  test       does a policy decide as files of cases say? What it decides otherwise is "
    "printed\n"
    "             as file:line\n"
    "  explain    every rule for one chat request (the JSON that a client sends) or for a logged\n"
    "             one: which conditions hold and what they saw; the decision\n"
    "  threshold  the complexity score that sends this share of the logged requests to the cloud,\n"
    "             and a table of others\n"
    "  replay     does the policy of the configuration decide the logged requests as it did then?\n"
    "  diff       what another configuration with its policy would decide otherwise\n"
    "\n"
    "  -c, --config FILE        the configuration; penstock.yaml by default. For test: the policy\n"
    "                           and the targets of this one, not those that the cases name\n"
    "      --every-rule         a rule that no case reaches is a failure\n"
    "      --down TARGETS       as if these targets could not be asked; commas between them\n"
    "      --record ID          the logged request with this x-request-id\n"
    "      --cost-target SHARE  0 to 1: of the requests that may leave the premises\n"
    "      --with FILE          the configuration that is compared with it\n"
    "      --json               print JSON\n"
    "  -h, --help               this text\n"
    "\n"
    "exit code: 0 done, 1 a decision differs or an error, 2 wrong usage\n";

static int run(const char *verb, const struct policy_arguments *args)
{
    if (args->file_count == 0)
        return tool_usage(command, "a file is required");
    if (strcmp(verb, "test") == 0)
        return policy_tool_test(args);
    if (strcmp(verb, "explain") == 0) {
        if (args->record == NULL && args->file_count != 1)
            return tool_usage(command, "one request at a time");
        return policy_tool_explain(args);
    }
    if (strcmp(verb, "threshold") == 0)
        return args->share >= 0 ? policy_tool_threshold(args)
                                : tool_usage(command, "--cost-target is required");
    if (strcmp(verb, "replay") == 0)
        return args->with == NULL ? policy_tool_replay(args)
                                  : tool_usage(command, "--with goes with diff");
    if (strcmp(verb, "diff") == 0)
        return args->with != NULL ? policy_tool_replay(args)
                                  : tool_usage(command, "--with is required");
    return tool_usage(command, "there is no such command");
}

int cmd_policy(int argc, char **argv)
{
    struct policy_arguments args = {.share = -1};
    const struct tool_option options[] = {
        {"config", TOOL_TEXT, &args.config, 0, 0},
        {"every-rule", TOOL_FLAG, &args.every_rule, 0, 0},
        {"down", TOOL_TEXT, &args.down, 0, 0},
        {"record", TOOL_TEXT, &args.record, 0, 0},
        {"cost-target", TOOL_REAL, &args.share, 0, 1},
        {"with", TOOL_TEXT, &args.with, 0, 0},
        {"json", TOOL_FLAG, &args.json, 0, 0},
        {NULL, TOOL_FLAG, NULL, 0, 0},
    };
    int rest = 0, code = tool_options(command, help, argc, argv, options, &rest);
    if (code >= 0)
        return code;
    if (rest >= argc)
        return tool_usage(command, "a command is required");
    args.files = argv + rest + 1;
    args.file_count = (size_t)(argc - rest - 1);
    code = run(argv[rest], &args);
    return fflush(stdout) == 0 ? code : TOOL_NO;
}
