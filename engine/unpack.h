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

/* The types with blocks of 256 (unpack_k.c). */
unpack_row unpack_q2_k, unpack_q3_k, unpack_q4_k, unpack_q5_k, unpack_q6_k, unpack_tq1_0,
    unpack_tq2_0;

/* Scale and minimum number i (< 8) of the twelve packed bytes of Q4_K and Q5_K, 6 bits each. */
void unpack_scale_min(const uint8_t *packed, unsigned i, uint8_t *scale, uint8_t *least);

#endif
