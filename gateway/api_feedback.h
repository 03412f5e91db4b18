/*
 * api_feedback.h - POST /v1/feedback: what a caller says of an answer.
 *
 *     {"request_id": "req_…", "outcome": "good" | "bad" | "local_ok" | "local_failed"}
 *
 * or "thumb": "up" | "down" in place of outcome. local_… are for checkers and second calls, which
 * know of the local model whatever answered. Any thread.
 */
#ifndef PENSTOCK_API_FEEDBACK_H
#define PENSTOCK_API_FEEDBACK_H

#include "gateway/api_error.h"
#include "gateway/base/buf.h"
#include "gateway/base/content.h"
#include "gateway/outcomes.h"
#include "gateway/request_id.h"

#define API_FEEDBACK_PATH "/v1/feedback"

/* API_ERROR_NONE, or what is wrong; *param is the field then, or NULL. */
enum api_error api_feedback_read(struct content body, char request_id[REQUEST_ID_CHARS],
                                 enum feedback *out, const char **param);
/* The reply of a word that was understood: API_ERROR_NONE with the body, or the error and *detail.
 */
enum api_error api_feedback_write(struct buf *out, enum feedback_result result,
                                  const char **detail);

#endif
