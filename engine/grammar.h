/*
 * grammar.h - a grammar as a network of nodes over bytes.
 *
 * GBNF (llama.cpp's dialect) is parsed into one fragment of nodes per rule; characters become their
 * UTF-8 bytes, so that what follows knows bytes alone and a token may end inside a character. A
 * compiled grammar is immutable; any thread.
 */
#ifndef PENSTOCK_ENGINE_GRAMMAR_H
#define PENSTOCK_ENGINE_GRAMMAR_H

#include "engine/engine.h"

enum grammar_op {
    GRAMMAR_BYTES, /* one byte from low to high, then next */
    GRAMMAR_SPLIT, /* next or other */
    GRAMMAR_CALL,  /* the rule that begins at other, then next */
    GRAMMAR_TAIL,  /* the same where nothing comes next */
    GRAMMAR_JUMP,  /* next; gone once compiled, but for dead places */
    GRAMMAR_END,   /* of a rule */
};

struct grammar_node {
    uint8_t op, low, high;
    uint32_t next, other;
};

enum {
    GRAMMAR_MOST_BYTES = 1 << 20,
    GRAMMAR_MOST_RULES = 8192,
    GRAMMAR_MOST_NODES = 1 << 18,
    GRAMMAR_MOST_REPEATS = 20000, /* of one {m,n} */
    GRAMMAR_MOST_DEPTH = 128,     /* of parentheses */
};

struct engine_grammar {
    struct grammar_node *nodes;
    uint32_t node_count;
    uint32_t root;        /* where the rule of that name begins */
    uint8_t classes[256]; /* bytes that every node treats alike have one number */
    unsigned class_count;
};

/* ---- parts, for engine_grammar_new ---- */

/* Nodes and the root; calls lead to rules' first nodes. Errors name line and column. */
ENGINE_CHECK int grammar_parse(struct engine_grammar *out, const char *text, size_t len,
                               struct engine_error *error);
/* Refuses rules that call themselves before any byte, and a root that can never end. */
ENGINE_CHECK int grammar_check(struct engine_grammar *grammar, struct engine_error *error);

#endif
