/*
 * unpack.h - GGUF's weight formats as floats: the plain reference for every type.
 *
 * Pure functions, any thread.
 */
#ifndef PENSTOCK_ENGINE_UNPACK_H
#define PENSTOCK_ENGINE_UNPACK_H

#include "engine/gguf.h"

/* n: elements, a multiple of the type's block. */
typedef void unpack_row(const uint8_t *row, float *out, size_t n);

/* NULL for types that are not unpacked here (F32 needs none). */
unpack_row *unpack_for(enum gguf_type type);

#endif
