/*
 * tagger_features.h - tokens of a text and the hashed features of a token, for the PII tagger.
 *
 * The one implementation: training calls these functions through the shared library
 * router_features, so a feature cannot mean one thing in training and another in the gateway.
 * Changing anything here means training again. Pure functions, any thread, no allocation.
 */
#ifndef PENSTOCK_ROUTER_TAGGER_FEATURES_H
#define PENSTOCK_ROUTER_TAGGER_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/word_codes.h"

enum {
    TAGGER_MAX_FEATURES = 32,    /* of one token */
    TAGGER_WORD_FEATURES = 2,    /* the first ones of a token: the word itself, not its parts */
    TAGGER_NAME_FEATURE = 2,     /* the next one: what the table of names says of the word */
    TAGGER_PART_BUCKETS = 32768, /* ids below are of parts of words, above of whole words: */
    TAGGER_WORD_BUCKETS = 32768, /* a rare name does not blur what an ending says */
    TAGGER_CODES = TAGGER_PART_BUCKETS + TAGGER_WORD_BUCKETS, /* then those of word_codes.h */
    TAGGER_BUCKETS = TAGGER_CODES + WORD_CODE_IDS,
    TAGGER_MAX_TOKEN_BYTES = 64, /* a longer run of letters is cut into several tokens */
};

/* Bytes [start, end) of the text. A token is a run of letters and digits or one other character. */
struct tagger_token {
    size_t start, end;
};

/*
 * Finds the first token at or after *position and moves *position to its end. False at the end of
 * the text. Looks at the bytes of the token alone, so where a window begins makes no difference as
 * long as it begins between two tokens. Invalid UTF-8 is taken byte by byte.
 */
bool tagger_next_token(const uint8_t *text, size_t len, size_t *position, struct tagger_token *out);

/*
 * Writes the feature ids of a token, each below TAGGER_BUCKETS, and returns their number.
 * previous_end: the end of the token before it, 0 for the first: what lies between is a feature.
 */
size_t tagger_token_features(const uint8_t *text, struct tagger_token token, size_t previous_end,
                             uint32_t ids[TAGGER_MAX_FEATURES]);

/* The key of a word in the table of names (models/names.bin), for the script that makes it. */
uint32_t tagger_name_key(const uint8_t *word, size_t len);

/*
 * For training: tokens and features of a whole text at once. starts needs cap_tokens + 1 entries.
 * Returns the number of tokens, or (size_t)-1 when an array was too small.
 */
size_t tagger_features_of_text(const uint8_t *text, size_t len, uint64_t *token_start,
                               uint64_t *token_end, uint32_t *starts, size_t cap_tokens,
                               uint32_t *ids, size_t cap_ids);

#endif
