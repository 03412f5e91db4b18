/*
 * yaml.h - a YAML file as an immutable tree in which every node knows its line.
 *
 * The YAML we read is the plain part of it: mappings with unique scalar keys, sequences, scalars.
 * Anchors, aliases, tags, merge keys and a second document are refused. Limits: 1 MiB, depth 64,
 * 65,536 nodes. Scalars are UTF-8 without control characters other than tab and newline.
 *
 * The tree owns all nodes; they die with it. Immutable after parsing, any thread may read it.
 */
#ifndef PENSTOCK_BASE_YAML_H
#define PENSTOCK_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/err.h"
#include "gateway/base/problems.h"

enum yaml_kind { YAML_KIND_SCALAR, YAML_KIND_SEQUENCE, YAML_KIND_MAPPING };

enum { YAML_MAX_BYTES = 1 << 20, YAML_MAX_DEPTH = 64, YAML_MAX_NODES = 1 << 16 };

struct yaml_node {
    enum yaml_kind kind;
    uint32_t line, column; /* 1-based, of the node's first character */
    const char *file;      /* as given to the parser; the tree's storage */
    const char *path;      /* e.g. "targets[1].url"; "" for the root; long ones end in "..." */
    /* Scalar: NUL-terminated, no NUL inside, variables expanded. "" otherwise. */
    const char *text;
    const char *raw; /* scalar as the file has it: messages quote this, never what expanded */
    bool quoted;     /* scalar in quotes or a block: never null */
    bool broken;     /* a variable in it failed, which was reported: say no more of the value */
    /* Sequence: items[0..count). Mapping: keys[0..count) and items[0..count) side by side. */
    size_t count;
    const struct yaml_node *const *keys;
    const struct yaml_node *const *items;
};

struct yaml_tree;

enum yaml_flags {
    /*
     * Replace ${NAME} and ${NAME:-default} in values (not keys) by the environment, and $${ by a
     * literal ${. An unset NAME without a default is a problem. Without the flag ${ is a problem:
     * nobody should believe that it was replaced.
     */
    YAML_EXPAND_ENV = 1,
};

/*
 * Parse len bytes; file is the name used in problems (copied). Mistakes that leave a usable tree
 * (duplicate keys, unset variables) are added to *problems and the tree is returned all the same,
 * so that its reader can find more. Returns ERR_SYNTAX, ERR_LIMIT or ERR_MEMORY with *out NULL and
 * one problem when there is no tree. An empty document gives an empty mapping.
 */
MUST_CHECK int yaml_tree_parse(struct yaml_tree **out, const char *file, const void *bytes,
                               size_t len, unsigned flags, struct problems *problems);
/* The same for a file; ERR_IO when it cannot be read or is no regular file. */
MUST_CHECK int yaml_tree_load(struct yaml_tree **out, const char *path, unsigned flags,
                              struct problems *problems);
void yaml_tree_free(struct yaml_tree *tree); /* NULL is fine; wipes */

const struct yaml_node *yaml_tree_root(const struct yaml_tree *tree);
const char *yaml_tree_file(const struct yaml_tree *tree);
const char *yaml_tree_sha256(const struct yaml_tree *tree); /* 64 hex digits, of the file's bytes */

/* Value of a key, or NULL when absent or when the node is no mapping. */
const struct yaml_node *yaml_node_get(const struct yaml_node *mapping, const char *key);
/* An unquoted empty scalar, "~" or "null". */
bool yaml_node_is_null(const struct yaml_node *node);
const char *yaml_kind_name(enum yaml_kind kind); /* "text", "list", "mapping" */

/* A mistake at a node: its file, line and path. */
void yaml_problem(struct problems *problems, const struct yaml_node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A key that is none of the names, with a hint at the nearest. */
void yaml_problem_unknown(struct problems *problems, const struct yaml_node *node, const char *what,
                          const char *name, const char *const *names, size_t count);
/* The same for every key of a mapping that is none of the names. */
void yaml_problem_keys(struct problems *problems, const struct yaml_node *mapping,
                       const char *const *names, size_t count);

/*
 * The nearest of count names to a mistyped one (edit distance of at most a third of its length), or
 * NULL. For "did you mean".
 */
const char *yaml_near_miss(const char *name, const char *const *names, size_t count);

#endif
