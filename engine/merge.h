/*
 * merge.h - joins neighbouring symbols, best pair first, as SentencePiece and BPE both do.
 */
#ifndef PENSTOCK_ENGINE_MERGE_H
#define PENSTOCK_ENGINE_MERGE_H

#include "engine/vocab.h"

struct symbol {
    int32_t previous, next; /* -1: none */
    uint32_t start, len;    /* bytes of the text; len 0: joined to the one before */
    int32_t id;             /* -1: no token */
};

/* Whether two neighbours may be joined, to which token, and how urgently (more is sooner). */
typedef bool merge_rule(const struct vocab *vocab, const char *text, const struct symbol *left,
                        const struct symbol *right, int32_t *id, double *priority);

/* Symbols must cover the text in order; previous and next are set here. Ties: the left pair. */
ENGINE_CHECK int merge_symbols(const struct vocab *vocab, const char *text, struct symbol *symbols,
                               size_t count, merge_rule *rule, struct engine_error *error);

#endif
