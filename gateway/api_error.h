/*
 * api_error.h - the closed list of errors a client can be told, in OpenAI's shape.
 *
 * Grouped caller_ (mend your request), policy_ (the operator's rules say no), target_ (what should
 * have answered did not) and internal_. Messages are fixed texts; `param` is a path into the
 * request's schema such as messages[2].content. Neither ever holds text of the request.
 */
#ifndef PENSTOCK_API_ERROR_H
#define PENSTOCK_API_ERROR_H

#include "gateway/base/buf.h"

enum api_error {
#define API_ERROR(symbol, code, status, type, message) API_ERROR_##symbol,
#include "gateway/api_error.def"
#undef API_ERROR
    API_ERROR_COUNT
};

struct api_error_row {
    const char *code; /* e.g. "caller_invalid_json" */
    int status;
    const char *type; /* OpenAI's: invalid_request_error, authentication_error, … */
    const char *message;
};

const struct api_error_row *api_error_row(enum api_error error);

/* {"error":{message,type,param,code}}. detail (may be NULL) is appended to the message. */
MUST_CHECK int api_error_write(struct buf *out, enum api_error error, const char *param,
                               const char *detail);

#endif
