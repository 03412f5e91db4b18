/*
 * reply_text.h - the beginning of what an answer says, by choice: what the assistant's message will
 * be in the next request of the conversation. Tool calls are not text. One thread.
 */
#ifndef PENSTOCK_REPLY_TEXT_H
#define PENSTOCK_REPLY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"

enum { REPLY_TEXT_CHOICES = 4 };

struct reply_text {
    size_t most; /* bytes kept of each choice */
    bool ended;  /* [DONE] came, or a whole answer */
    struct buf choices[REPLY_TEXT_CHOICES];
};

void reply_text_init(struct reply_text *reply, size_t most);
void reply_text_release(struct reply_text *reply); /* wipes */

/* A whole answer, or whole events of one. What is no JSON says nothing. ERR_MEMORY. */
MUST_CHECK int reply_text_read(struct reply_text *reply, const void *bytes, size_t len,
                               bool events);

#endif
