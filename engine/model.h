/*
 * model.h - what stands behind struct engine_model. Immutable after opening.
 */
#ifndef PENSTOCK_ENGINE_MODEL_H
#define PENSTOCK_ENGINE_MODEL_H

#include "engine/template.h"
#include "engine/vocab.h"
#include "engine/weights.h"

struct engine_model {
    struct gguf *file;
    struct arch arch;
    struct vocab vocab;
    struct weights weights;
    struct template *chat; /* NULL: the file's template cannot be read; chat_error says why */
    struct engine_error chat_error;
    enum engine_call calls;
};

#endif
