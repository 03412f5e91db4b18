/* cmd_generate.h - `penstock generate`: one answer of the in-process model, without the gateway. */
#ifndef PENSTOCK_CMD_GENERATE_H
#define PENSTOCK_CMD_GENERATE_H

/* argv[0] is "generate". Returns the exit code: 0 done, 1 could not, 2 usage. */
int cmd_generate(int argc, char **argv);

#endif
