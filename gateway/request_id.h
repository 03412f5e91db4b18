/*
 * request_id.h - names for requests: "req_" and 24 hex digits, of which 12 are the milliseconds
 * since 1970 and 12 are random. They sort by time. No system call a request: the clock is read
 * through the vDSO and the generator is seeded once. Not secret, only unique.
 *
 * A source belongs to one thread.
 */
#ifndef PENSTOCK_REQUEST_ID_H
#define PENSTOCK_REQUEST_ID_H

#include <stdint.h>

#include "gateway/base/err.h"

enum { REQUEST_ID_CHARS = 4 + 24 + 1 };

struct request_id_source {
    uint64_t state[4];
};

MUST_CHECK int request_id_source_init(struct request_id_source *source, struct err *err);
void request_id_next(struct request_id_source *source, char out[REQUEST_ID_CHARS]);

#endif
