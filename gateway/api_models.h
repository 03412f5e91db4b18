/* api_models.h - GET /v1/models and /v1/models/NAME, in OpenAI's shape. Any thread. */
#ifndef PENSTOCK_API_MODELS_H
#define PENSTOCK_API_MODELS_H

#include "gateway/api_error.h"
#include "gateway/base/buf.h"
#include "gateway/config.h"

#define API_MODELS_PATH "/v1/models"

/* The list, or the one model that the path names. NONE, CALLER_NOT_FOUND or INTERNAL_OVERLOADED. */
enum api_error api_models_write(struct buf *out, const struct config *config, const char *path);

#endif
