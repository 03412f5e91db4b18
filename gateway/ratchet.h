/*
 * ratchet.h - what was found in a conversation stays with it, also when the client leaves out the
 * turn in which it was found.
 *
 * A conversation is known by its messages: by the first one, by each that is long enough to be its
 * own, and by each together with the one before it, since "Go on." is said in every conversation.
 * All of these are keys, keyed hashes under a key that lives as long as the process. Under each
 * stands the strongest of what requests with that message ever showed: scores by type, topics, the
 * verdict; numbers, no content. A later request that shares a message with one of them is decided
 * on as if it still held the rest. Keys are by principal, so that nobody's conversation bears on
 * another's. What is remembered goes after the lifetime without use, with the oldest first when the
 * table is full, or by ratchet_lower().
 *
 * Any thread.
 */
#ifndef PENSTOCK_RATCHET_H
#define PENSTOCK_RATCHET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/content.h"
#include "gateway/base/err.h"
#include "gateway/classify.h"
#include "router/facts.h"

enum {
    RATCHET_MAX_KEYS = 96,
    /* Of a message that is longer only the beginning counts. */
    RATCHET_SAMPLE_BYTES = 8192,
    RATCHET_LEAST_BYTES = 24, /* a first message, or two together, that tell a conversation */
    RATCHET_OWN_BYTES = 80,   /* a message that does by itself */
    RATCHET_ID_CHARS = 17
};

struct ratchet;

struct ratchet_options {
    size_t entries;       /* messages remembered, rounded up to a power of two */
    uint64_t lifetime_ms; /* since they were last seen */
};

MUST_CHECK int ratchet_new(const struct ratchet_options *options, struct ratchet **out,
                           struct err *err);
void ratchet_free(struct ratchet *ratchet); /* NULL is fine */

struct ratchet_key {
    uint8_t bytes[15];
    bool recall_only; /* looked up, but not remembered under */
};

/* The messages of one request, and the conversation that they belong to. */
struct ratchet_keys {
    struct ratchet_key items[RATCHET_MAX_KEYS];
    size_t count;
    uint64_t conversation; /* 0: none yet */
};

/* The turns of a request but for system prompts, which whole applications share. */
void ratchet_keys_of(const struct ratchet *ratchet, const char *principal,
                     const struct classify_text *texts, size_t count, struct ratchet_keys *out);
/* The keys of an answer to such a request instead: it will be a message of the next one. */
void ratchet_keys_of_answer(const struct ratchet *ratchet, const char *principal,
                            const struct classify_text *texts, size_t count, struct content answer,
                            struct ratchet_keys *keys);

/*
 * Raises *facts to what is remembered of the conversation. Returns whether anything was raised, and
 * sets keys->conversation when it is known.
 */
bool ratchet_recall(struct ratchet *ratchet, struct ratchet_keys *keys, uint64_t now_ms,
                    struct facts *facts);
/* Remembers what a request showed, when it is anything; sets keys->conversation. */
bool ratchet_remember(struct ratchet *ratchet, struct ratchet_keys *keys, uint64_t now_ms,
                      const struct facts *facts);

/* 16 hex digits, "" for 0. */
void ratchet_id_write(uint64_t conversation, char out[RATCHET_ID_CHARS]);
MUST_CHECK bool ratchet_id_read(const char *text, size_t len, uint64_t *out);

/* Forgets a conversation, or all of them for 0. Returns how many messages were forgotten. */
size_t ratchet_lower(struct ratchet *ratchet, uint64_t conversation);

#endif
