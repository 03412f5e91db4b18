/*
 * redaction.h - one request's edited body: what the policy masks or redacts is replaced, every
 * other byte is the client's. Belongs to a request; the worker's thread.
 *
 * A value is replaced wherever it stands in the request as a word of its own, not only where it was
 * recognised. It fails closed: where something to be replaced stands in a place that cannot be
 * edited (a key, a number, a tool's name, text inside base64), or where a look at the edited body
 * still finds one of the values, there is no edited body and the caller keeps the request from the
 * targets that it was for.
 */
#ifndef PENSTOCK_REDACTION_H
#define PENSTOCK_REDACTION_H

#include "gateway/api_chat.h"
#include "gateway/decision_log.h"
#include "gateway/placeholders.h"
#include "router/policy.h"
#include "router/redact.h"

struct redaction_edit {
    size_t start, end; /* bytes of the body */
    const struct redact_value *value;
};

struct redaction {
    struct redact_map map;
    struct placeholders_known known; /* of earlier turns; the map's values are views of it */
    size_t value_count;              /* of the map's, those that stand in the request */
    struct redaction_edit *edits;    /* in the order of the body */
    size_t edit_count;
    uint32_t restored; /* values put back into the reply so far */
};

/*
 * The chat and its body must outlive *out. Anything but NONE: there is no redaction, *out is NULL.
 * A request in which nothing is left to replace gives one without edits. known: what earlier turns
 * called their values, or NULL; taken over, it is empty afterwards.
 */
MUST_CHECK enum decision_redaction redaction_new(struct redaction **out,
                                                 const struct chat_request *chat,
                                                 const struct classify_spans *spans,
                                                 const struct policy *policy, size_t rule,
                                                 struct placeholders_known *known);
void redaction_free(struct redaction *redaction); /* wipes; NULL is fine */

/* The body with the edits; model_json (may be NULL) is written in place of the model's name. */
MUST_CHECK int redaction_write(const struct redaction *redaction, const struct chat_request *chat,
                               const struct buf *model_json, struct buf *out);

#endif
