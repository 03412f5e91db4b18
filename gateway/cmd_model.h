/* cmd_model.h - `penstock model`: what model files hold, and whether they are whole. */
#ifndef PENSTOCK_CMD_MODEL_H
#define PENSTOCK_CMD_MODEL_H

/* argv[0] is "model". Returns the exit code: 0 done, 1 could not, 2 usage. */
int cmd_model(int argc, char **argv);

#endif
