/* cmd_policy.h - `penstock policy threshold|replay|diff`: policies against logged decisions. */
#ifndef PENSTOCK_CMD_POLICY_H
#define PENSTOCK_CMD_POLICY_H

/* argv[0] is "policy". Returns the exit code: 0 done, 1 the answer is no or an error, 2 usage. */
int cmd_policy(int argc, char **argv);

#endif
