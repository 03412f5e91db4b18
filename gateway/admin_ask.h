/*
 * admin_ask.h - a page of a running gateway, for the subcommands: what its admin listener says.
 *
 * Blocks for two seconds at most. One thread.
 */
#ifndef PENSTOCK_ADMIN_ASK_H
#define PENSTOCK_ADMIN_ASK_H

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/config.h"

/* Appends the body of GET `path`. ERR_NOT_FOUND: nobody answers there; ERR_BAD_STATE, ... */
MUST_CHECK int admin_ask(const struct config_address *admin, const char *path, struct buf *out,
                         struct err *err);

#endif
