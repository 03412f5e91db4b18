/*
 * placeholders.h - what values were called in the earlier turns of a conversation, so that they are
 * called the same in the next.
 *
 * A conversation is known by a key that the client gives, or as the ratchet knows it; always
 * together with the principal, under a key of the process. What is kept only names values: a value
 * is put back into an answer when the request itself holds it, and never because an earlier one
 * did, so that who guesses a conversation's key gets no value out of it. What it can tell, by the
 * numbers, is whether a value that it sends was in there; callers without a key share a principal.
 *
 * Values are content: they are kept in memory alone, wiped when a conversation is dropped, and
 * never reach a log. A conversation goes after the lifetime without use, with the oldest first when
 * there are too many of them or they hold too many bytes, or by placeholders_forget(). Two turns
 * that run at once may call two values the same; then the first that ends is the one remembered.
 *
 * Any thread.
 */
#ifndef PENSTOCK_PLACEHOLDERS_H
#define PENSTOCK_PLACEHOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "router/redact.h"

enum {
    PLACEHOLDERS_MAX_VALUES = 512,      /* of one conversation; later ones are not remembered */
    PLACEHOLDERS_MAX_BYTES = 64 * 1024, /* likewise */
    PLACEHOLDERS_MAX_KEY = 128          /* characters of a client's key */
};

struct placeholders;

struct placeholders_options {
    size_t conversations; /* at most so many */
    size_t bytes;         /* of values, in all of them */
    uint64_t lifetime_ms; /* since a conversation was last used */
};

MUST_CHECK int placeholders_new(const struct placeholders_options *options,
                                struct placeholders **out, struct err *err);
void placeholders_free(struct placeholders *placeholders); /* wipes; NULL is fine */

struct placeholders_key {
    uint8_t bytes[16];
    uint64_t conversation; /* the ratchet's; 0 where the client named it */
};

/*
 * named: the client's key, or NULL; then the ratchet's conversation, or 0. False: there is no key,
 * nothing is remembered.
 */
MUST_CHECK bool placeholders_key_of(const struct placeholders *placeholders, const char *principal,
                                    const char *named, uint64_t conversation,
                                    struct placeholders_key *key);

/* What one conversation's values are called: a copy, the request's own. Zero is none. */
struct placeholders_known {
    struct redact_known *items;
    size_t count;
    struct buf bytes; /* what the items' texts are views of */
};
void placeholders_known_release(struct placeholders_known *known); /* wipes */

/* ERR_MEMORY. An unknown conversation gives none. */
MUST_CHECK int placeholders_recall(struct placeholders *placeholders,
                                   const struct placeholders_key *key, uint64_t now_ms,
                                   struct placeholders_known *out);
/* The names of a sealed map's values that stand in the request. Without memory they are not kept.
 */
void placeholders_remember(struct placeholders *placeholders, const struct placeholders_key *key,
                           uint64_t now_ms, const struct redact_map *map);

/* Drops a conversation of the ratchet's, or all for 0; how many. */
size_t placeholders_forget(struct placeholders *placeholders, uint64_t conversation);
/* Drops those whose time is over. */
void placeholders_expire(struct placeholders *placeholders, uint64_t now_ms);

#endif
