/*
 * debug_headers.h - what was found in a request and why its rule held, as values of headers, for
 * callers who ask and may. Numbers and names of enumerations, from the decision record. Pure.
 */
#ifndef PENSTOCK_DEBUG_HEADERS_H
#define PENSTOCK_DEBUG_HEADERS_H

#include "gateway/decision_log.h"

/* Appended, with a NUL behind that does not count; never empty. ERR_MEMORY. */
MUST_CHECK int debug_signals_write(const struct decision_record *record, struct buf *out);
MUST_CHECK int debug_reasons_write(const struct decision_record *record, struct buf *out);

#endif
