/*
 * weights.h - the classifier weights that are built into the program, opened as nets.
 *
 * The net that comes out is immutable; any thread may use it.
 */
#ifndef PENSTOCK_ROUTER_WEIGHTS_H
#define PENSTOCK_ROUTER_WEIGHTS_H

#include "engine/engine_net.h"
#include "gateway/base/err.h"

enum { WEIGHTS_HASH_CHARS = 65 };

/*
 * Opens the bytes from begin to end and writes their SHA-256 as hex. what names them in errors.
 * The caller frees the net with engine_net_free. ERR_BAD_STATE.
 */
MUST_CHECK int weights_open(struct engine_net **net, char hash[WEIGHTS_HASH_CHARS],
                            const unsigned char *begin, const unsigned char *end, const char *what,
                            struct err *err);

#endif
