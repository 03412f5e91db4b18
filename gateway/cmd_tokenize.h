/* cmd_tokenize.h - `penstock tokenize`: text to a model's tokens and back. */
#ifndef PENSTOCK_CMD_TOKENIZE_H
#define PENSTOCK_CMD_TOKENIZE_H

/* argv[0] is "tokenize". Returns the exit code: 0 done, 1 could not, 2 usage. */
int cmd_tokenize(int argc, char **argv);

#endif
