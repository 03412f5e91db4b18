/*
 * api_chat_reader.h - what the parts of reading a chat request share. For api_chat_*.c alone.
 */
#ifndef PENSTOCK_API_CHAT_READER_H
#define PENSTOCK_API_CHAT_READER_H

#include "gateway/api_chat.h"

/* One decoding: the request being filled, and the problem to fill instead. */
struct chat_reader {
    struct chat_request *out;
    const struct json_doc *doc;
    struct chat_problem *problem;
    bool *taken; /* by node: its text stands among the turns already */
};

/* Fills the problem; returns ERR_SYNTAX. path is a format, of a path in the schema. */
int chat_refuse(struct chat_reader *r, enum api_error error, const char *detail, const char *path,
                ...) __attribute__((format(printf, 4, 5)));
int chat_no_memory(struct chat_reader *r); /* ERR_MEMORY */
/*
 * Room for whatever will be decoded into one of the buffers: no decoded form is longer than the
 * body, so that reserving once keeps every view in place.
 */
MUST_CHECK int chat_ready(struct chat_reader *r, struct buf *b);

/* Sets the obstacle, unless there is one. path is a format, as above. */
void chat_obstruct(struct chat_request *q, enum api_error error, const char *detail,
                   const char *path, ...) __attribute__((format(printf, 4, 5)));

/* Everything but the messages. */
MUST_CHECK int chat_read_options(struct chat_reader *r);

#endif
