#include "gateway/cmd_serve.h"

#include <getopt.h>
#include <stdio.h>

#include "gateway/server.h"

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
    "let requests under way end, then stop.\n"
    "Exit status: 0 stopped in order, 1 could not start, 2 usage.\n";

int cmd_serve(int argc, char **argv)
{
    static const struct option options[] = {{"config", required_argument, NULL, 'c'},
                                            {"examples", no_argument, NULL, 'e'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    enum { EXIT_USAGE = 2 };
    struct server_options server = {.config_path = NULL};
    int option;
    optind = 1;
    while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            server.config_path = optarg;
            break;
        case 'e':
            server.examples = true;
            break;
        case 'h':
            (void)fputs(usage, stdout);
            return 0;
        default:
            return EXIT_USAGE;
        }
    }
    if (server.config_path == NULL || optind != argc) {
        (void)fputs(usage, stderr);
        return EXIT_USAGE;
    }
    return (int)server_run(&server);
}
