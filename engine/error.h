/*
 * error.h - how the engine's own files make an engine_error.
 *
 * Fills *error (NULL is fine) and returns status, so that a caller can `return engine_fail(...)`.
 * The text may hold numbers and names from a model file, never text of a prompt or an answer.
 * Bytes of names that are no printable ASCII are replaced, since a model file may be hostile.
 */
#ifndef PENSTOCK_ENGINE_ERROR_H
#define PENSTOCK_ENGINE_ERROR_H

#include "engine/engine.h"

int engine_fail(struct engine_error *error, enum engine_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
