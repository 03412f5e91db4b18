/* cmd_chat.h - `penstock chat`: talk to a model in the terminal, without the gateway. */
#ifndef PENSTOCK_CMD_CHAT_H
#define PENSTOCK_CMD_CHAT_H

/* argv[0] is "chat". Returns the exit code: 0 done, 1 could not, 2 usage. */
int cmd_chat(int argc, char **argv);

#endif
