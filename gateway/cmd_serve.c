#include "gateway/cmd_serve.h"

#include <stddef.h>

#include "gateway/server.h"
#include "gateway/tool.h"

static const char usage[] =
    "Usage: penstock serve -c FILE [--examples]\n"
    "\n"
    "Run the gateway in the foreground.\n"
    "\n"
    "  -c, --config FILE  the configuration, penstock.yaml(5)\n"
    "      --examples     print commands to try once it is ready\n"
    "  -h, --help         this text\n"
    "\n"
    "Signals: HUP reloads configuration, policy, keys and certificates; TERM and INT\n"
    "let requests under way end, then stop; a second one stops at once.\n"
    "Exit status: 0 stopped in order, 1 could not start, 2 usage.\n";

int cmd_serve(int argc, char **argv)
{
    struct server_options server = {.config_path = NULL};
    const struct tool_option options[] = {
        {"config", TOOL_TEXT, &server.config_path, 0, 0},
        {"examples", TOOL_FLAG, &server.examples, 0, 0},
        {NULL, TOOL_FLAG, NULL, 0, 0},
    };
    int rest = 0, code = tool_options("serve", usage, argc, argv, options, &rest);
    if (code >= 0)
        return code;
    if (rest < argc)
        return tool_unexpected("serve", argv[rest]);
    if (server.config_path == NULL)
        return tool_usage("serve", "--config is missing");
    return (int)server_run(&server);
}
