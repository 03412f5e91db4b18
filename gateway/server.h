/*
 * server.h - the daemon as a whole: services, workers with their desks and listeners, and what the
 * signals ask for. Main thread.
 */
#ifndef PENSTOCK_SERVER_H
#define PENSTOCK_SERVER_H

#include <stdbool.h>

#include "gateway/base/err.h"

struct server_options {
    const char *config_path;
    bool examples; /* print commands to try beside the ready line */
};

enum server_exit {
    SERVER_EXIT_OK = 0,
    SERVER_EXIT_FAILED = 1 /* could not start; the reason is on standard error */
};

/*
 * Starts, prints the ready line on standard output, serves until SIGTERM or SIGINT, drains, stops.
 * SIGHUP reloads. Blocks these signals for the process: call before any thread exists.
 */
enum server_exit server_run(const struct server_options *options);

#endif
