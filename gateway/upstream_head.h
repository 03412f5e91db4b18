/*
 * upstream_head.h - what is wanted of the head of an answer, line by line. Pure; no libcurl.
 */
#ifndef PENSTOCK_UPSTREAM_HEAD_H
#define PENSTOCK_UPSTREAM_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct upstream_head {
    size_t bytes; /* of all lines, of 1xx answers and trailers too */
    bool is_event_stream;
    bool is_encoded; /* a content encoding other than identity */
    bool is_chunked;
    int64_t content_length; /* -1: not said */
    int retry_after;        /* seconds, 0..3600; -1: none */
};

enum upstream_line {
    UPSTREAM_LINE_FIELD,
    UPSTREAM_LINE_END, /* the empty one */
    UPSTREAM_LINE_BAD, /* too much, or lengths that contradict each other */
};

void upstream_head_init(struct upstream_head *head);
/* A status line starts the head afresh, since 1xx answers come before the real one. */
enum upstream_line upstream_head_line(struct upstream_head *head, const char *line, size_t len,
                                      int64_t now);

/* Seconds from a Retry-After value (seconds or HTTP date) at a Unix time; 0..3600, -1: no value. */
int upstream_retry_after(const char *value, size_t len, int64_t now);

#endif
