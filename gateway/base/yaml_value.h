/*
 * yaml_value.h - the few kinds of scalars that our files hold, independent of the locale.
 *
 * All return false for what is not exactly such a value, and then leave *out alone.
 */
#ifndef PENSTOCK_BASE_YAML_VALUE_H
#define PENSTOCK_BASE_YAML_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/err.h"

MUST_CHECK bool yaml_value_bool(const char *text, bool *out); /* true false on off yes no */
MUST_CHECK bool yaml_value_count(const char *text, uint64_t *out);
MUST_CHECK bool yaml_value_size(const char *text, uint64_t *out); /* "65536", "64KiB", "8MB" */
/* Into milliseconds; the unit (ms, s, m, h) is required, but for 0. */
MUST_CHECK bool yaml_value_duration(const char *text, uint64_t *out);
MUST_CHECK bool yaml_value_decimal(const char *text, double *out); /* "12", "0.5"; not negative */

#endif
