/*
 * rope.h - rotary positions: angles per position, applied to queries and keys.
 */
#ifndef PENSTOCK_ENGINE_ROPE_H
#define PENSTOCK_ENGINE_ROPE_H

#include "engine/weights.h"

struct rope {
    float *frequency; /* radians per position, for each of `pairs` */
    uint32_t pairs;
    bool halves;
    float magnitude; /* multiplies what is rotated */
};

/* local: the frequencies of windowed layers, where the architecture has others for them. */
ENGINE_CHECK int rope_init(struct rope *rope, const struct arch *arch,
                           const struct weights *weights, uint32_t context, bool local,
                           struct engine_error *error);
void rope_release(struct rope *rope);

/* cosines and sines of one position, already times magnitude: pairs each */
void rope_angles(const struct rope *rope, uint32_t position, float *cosines, float *sines);
/* Rotate one head's vector in place. */
void rope_rotate(const struct rope *rope, const float *cosines, const float *sines, float *head);

#endif
