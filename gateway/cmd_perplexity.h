/* cmd_perplexity.h - `penstock perplexity`: how well a model foresees a text. */
#ifndef PENSTOCK_CMD_PERPLEXITY_H
#define PENSTOCK_CMD_PERPLEXITY_H

/* argv[0] is "perplexity". Returns the exit code: 0 done, 1 could not, 2 usage. */
int cmd_perplexity(int argc, char **argv);

#endif
