/*
 * complexity_features.h - a text cut into segments, and the hashed and structural features of one.
 *
 * A segment is about a paragraph: each is scored by itself, so that pasted text beside a question
 * does not thin the question out. Letter case leaves no trace in the features, and the order of
 * answer options next to none; what is repeated counts once. The one implementation, as in
 * tagger_features.h: changing anything means training again. Pure functions, any thread, no
 * allocation.
 */
#ifndef PENSTOCK_ROUTER_COMPLEXITY_FEATURES_H
#define PENSTOCK_ROUTER_COMPLEXITY_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    COMPLEXITY_DENSE = 24,     /* structural features of a segment, each about 0..1 */
    COMPLEXITY_SHAPE = 16,     /* the first of them, of the text's shape; then kinds of words */
    COMPLEXITY_MAX_IDS = 1536, /* hashed features of a segment; later ones are left out */
    COMPLEXITY_SEGMENT_BYTES = 2048, /* a longer paragraph is cut */
    COMPLEXITY_SEEN_BITS = 1 << 17,
    COMPLEXITY_MET_BITS = 1 << 16, /* marks of the features that a segment has had */
    COMPLEXITY_MAX_CODES = 3000,   /* what word vectors say: as with the hashed features */
};

struct complexity_segment {
    size_t start, end; /* bytes of the text */
};

struct complexity_features {
    uint64_t met[COMPLEXITY_MET_BITS / 64];
    uint32_t ids[COMPLEXITY_MAX_IDS];
    size_t id_count;
    float dense[COMPLEXITY_DENSE];
    uint32_t words[COMPLEXITY_MAX_IDS]; /* bits 0..COMPLEXITY_SEEN_BITS, one per word */
    size_t word_count;                  /* also how much a segment says */
    size_t different_words; /* how long it is; repeating and courtesy do not make it longer */
    size_t options;         /* answers to choose from, each on a line */
    uint32_t codes[COMPLEXITY_MAX_CODES]; /* of the longer words: word_codes.h, base 0 */
    size_t code_count;
};

/* The next segment at or after *position; false at the end. Segments cover all but white space. */
bool complexity_next_segment(const uint8_t *text, size_t len, size_t *position,
                             struct complexity_segment *out);

void complexity_features_of(const uint8_t *text, struct complexity_segment segment,
                            struct complexity_features *out);

/*
 * For training: all segments of a text. Arrays have room for cap segments and cap_ids ids; starts
 * needs cap + 1 entries, dense cap * COMPLEXITY_DENSE. Returns the number of segments.
 */
size_t complexity_features_of_text(const uint8_t *text, size_t len, size_t cap, uint32_t *starts,
                                   uint32_t *ids, size_t cap_ids, float *dense, uint32_t *words,
                                   uint32_t *word_starts, uint32_t *codes, uint32_t *code_starts);

#endif
