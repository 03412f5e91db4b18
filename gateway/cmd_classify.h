/* cmd_classify.h - `penstock classify`: what the classifiers see in a text. */
#ifndef PENSTOCK_CMD_CLASSIFY_H
#define PENSTOCK_CMD_CLASSIFY_H

/* argv[0] is "classify". Returns the exit code: 0 done, 1 unreadable or bad input, 2 usage. */
int cmd_classify(int argc, char **argv);

#endif
