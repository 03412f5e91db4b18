/* cmd_serve.h - `penstock serve`. */
#ifndef PENSTOCK_CMD_SERVE_H
#define PENSTOCK_CMD_SERVE_H

/* argv[0] is "serve". Returns the exit code: 0 stopped in order, 1 could not start, 2 usage. */
int cmd_serve(int argc, char **argv);

#endif
