/* cmd_check.h - `penstock check`. */
#ifndef PENSTOCK_CMD_CHECK_H
#define PENSTOCK_CMD_CHECK_H

/* argv[0] is "check". Returns the exit code: 0 no mistake, 1 mistakes, 2 usage. */
int cmd_check(int argc, char **argv);

#endif
