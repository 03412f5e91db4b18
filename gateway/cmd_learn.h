/* cmd_learn.h - penstock learn: fit a correction of the complexity score to outcomes. */
#ifndef PENSTOCK_CMD_LEARN_H
#define PENSTOCK_CMD_LEARN_H

int cmd_learn(int argc, char **argv);

#endif
