/*
 * complexity_cues.h - what single words and phrases of a request tell: that it needs tools or
 * recent knowledge, leans on earlier turns, or says how long the answer shall be.
 *
 * Word lists, mostly English, with the commonest ones of a few other languages. Pure, no
 * allocation.
 */
#ifndef PENSTOCK_ROUTER_COMPLEXITY_CUES_H
#define PENSTOCK_ROUTER_COMPLEXITY_CUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "router/facts.h"

enum { COMPLEXITY_CUE_SLOTS = 1024 };

/* The word lists, ready for look-up; filled once, then constant. */
struct complexity_cue_index {
    /* Phrases by their last word; 0: none, else the index + 1. */
    uint8_t first[COMPLEXITY_CUE_SLOTS], next[256], length[256];
};
void complexity_cue_index_init(struct complexity_cue_index *index);

struct complexity_cues {
    bool tools, recent; /* asks for something outside, for news */
    bool tool_words;    /* likewise, if it is no code or story: "fetch", "download" */
    bool back;          /* points back: "the above", "as you said", "continue" */
    bool brief, detailed;
    uint32_t words;        /* of the text */
    uint32_t asked_tokens; /* "in 200 words", "three paragraphs"; 0: nothing of the kind */
    uint32_t pronouns;     /* that may point back: "it", "that", "they" */
};

/* Adds what a stretch of text tells; begin with a zeroed struct. */
void complexity_cues_read(const struct complexity_cue_index *index, struct complexity_cues *cues,
                          const uint8_t *text, size_t len);

/* How long an answer will be, in tokens: rough, by the task and what was asked. */
uint32_t complexity_expected_tokens(enum complexity_task task, const struct complexity_cues *cues,
                                    size_t text_bytes);

#endif
