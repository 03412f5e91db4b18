/*
 * tool_calls.h - calls of tools in what a model says, by the format that its family writes them in.
 *
 * Text goes in as it comes and comes out as events: text that is no call, the beginning of a call,
 * pieces of its arguments. What looks like a call and is none comes out as text. One thread.
 */
#ifndef PENSTOCK_TOOL_CALLS_H
#define PENSTOCK_TOOL_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/engine.h"
#include "gateway/base/buf.h"
#include "gateway/base/content.h"

struct tool_call_events {
    int (*on_text)(void *user, struct content text);
    int (*on_call)(void *user, unsigned index, struct content name);
    int (*on_arguments)(void *user, unsigned index, struct content piece); /* of their JSON */
};

struct tool_calls {
    enum engine_call format;
    const struct tool_call_events *events;
    void *user;
    unsigned count; /* of calls begun */
    /* Private. */
    int state;
    bool spoken; /* something other than space was said */
    struct buf held;
    size_t at; /* read of held */
    /* Of the object that a call is. */
    unsigned depth;
    bool in_string, escaped, in_value, named, value_done;
    int key;
    size_t string_start, value_start, given; /* in held */
    struct buf arguments;                    /* that came before the name */
};

void tool_calls_init(struct tool_calls *calls, enum engine_call format,
                     const struct tool_call_events *events, void *user);
void tool_calls_release(struct tool_calls *calls); /* wipes */
/* Each returns 0, ERR_MEMORY or what an event returned. */
MUST_CHECK int tool_calls_feed(struct tool_calls *calls, struct content text);
MUST_CHECK int tool_calls_end(struct tool_calls *calls);

#endif
