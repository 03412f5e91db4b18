/*
 * encoder.h - texts to vectors, for models whose architecture is an encoder.
 */
#ifndef PENSTOCK_ENGINE_ENCODER_H
#define PENSTOCK_ENGINE_ENCODER_H

#include "engine/model.h"

uint32_t encoder_outputs(const struct engine_model *model); /* floats for a text; 0 for decoders */

/*
 * What engine_embed promises, for count > 0 texts that were checked. longest: tokens of the
 * longest; threads: 1 at least.
 */
ENGINE_CHECK int encoder_run(const struct engine_model *model, const struct engine_text *texts,
                             size_t count, size_t longest, unsigned threads, float *out,
                             struct engine_error *error);

#endif
