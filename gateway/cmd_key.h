/* cmd_key.h - `penstock key new|list|revoke`. */
#ifndef PENSTOCK_CMD_KEY_H
#define PENSTOCK_CMD_KEY_H

/* argv[0] is "key". Returns the exit code: 0 done, 1 no (or could not), 2 usage. */
int cmd_key(int argc, char **argv);

#endif
