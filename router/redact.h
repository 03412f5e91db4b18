/*
 * redact.h - placeholders for values: which value has which, and where either stands in a text.
 *
 * A placeholder is the name of the entity's type and a number in square brackets, "[PERSON_1]":
 * models copy it faithfully, its end can be told, and it needs no escape in JSON, XML or a shell.
 * Equal bytes have one placeholder, different bytes (also in case or spacing alone) have different
 * ones, and none is used that a text of the request holds already. What is masked becomes
 * "[US_SSN]", which nothing is ever put back for.
 *
 * First redact_map_know() when values have names from earlier on, then redact_map_avoid() over all
 * texts of the request, then redact_map_add() for what is to be replaced, in the order of the body;
 * redact_map_seal() settles who is called what. Known values that turn out to stand in the request
 * are marked by redact_map_mark(); redact_map_settle() forgets the names of the others, and from
 * then on the map is constant. It holds views of the values, not copies: the texts must outlive it.
 * One thread.
 */
#ifndef PENSTOCK_ROUTER_REDACT_H
#define PENSTOCK_ROUTER_REDACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/content.h"
#include "gateway/base/err.h"
#include "router/pii_types.h"

enum {
    REDACT_PLACEHOLDER_CHARS = 48, /* the longest, with its NUL */
    REDACT_MAX_VALUES = 1 << 16,
    /* Shorter values are replaced where they were found and not looked for anywhere else: an age of
     * 34 must not take every 34 with it. */
    REDACT_LEAST_BYTES = 4
};

struct redact_value {
    struct content text;
    enum pii_type type; /* of the first one added */
    bool masked;        /* one of them is to be masked */
    bool present;       /* stands in the request, rather than in an earlier one only */
    uint32_t first;     /* number of the first one added */
    uint32_t number;    /* of the placeholder; 0 while there is none */
    char placeholder[REDACT_PLACEHOLDER_CHARS];
};

/* A value of an earlier turn, and what it was called. */
struct redact_known {
    struct content text;
    enum pii_type type;
    uint32_t number;
};

struct redact_map {
    struct redact_value *values; /* sealed: sorted by text, each text once */
    size_t count, cap;
    uint32_t *names;  /* indices of the redacted ones, sorted by placeholder */
    uint32_t *parent; /* by value: the longest other one that it begins with, or its own index */
    size_t name_count;
    struct redact_known *known; /* until the map is sealed; sorted by type and number */
    size_t known_count;
    uint32_t used[PII_TYPE_COUNT]; /* the highest number that the request's texts hold */
    uint32_t starts[1 << 8];       /* bits: how a value may begin, by a hash of four bytes */
};

void redact_map_init(struct redact_map *map);
void redact_map_release(struct redact_map *map); /* wipes */

/* Once. The texts must outlive the map. ERR_MEMORY. */
MUST_CHECK int redact_map_know(struct redact_map *map, const struct redact_known *known,
                               size_t count);
/* A known value whose placeholder the request itself holds gets another one. */
void redact_map_avoid(struct redact_map *map, struct content text);
/* ERR_LIMIT, ERR_MEMORY. */
MUST_CHECK int redact_map_add(struct redact_map *map, struct content value, enum pii_type type,
                              bool mask);
MUST_CHECK int redact_map_seal(struct redact_map *map);
void redact_map_mark(struct redact_map *map, const struct redact_value *value);
/* Returns how many values stand in the request. */
size_t redact_map_settle(struct redact_map *map);

/* Sealed. The value with these bytes, or NULL. */
const struct redact_value *redact_map_get(const struct redact_map *map, struct content value);

/*
 * Sealed. The first value at or behind *at that stands in the text as a word of its own, the
 * longest where several begin; *at becomes its start. NULL when there is none.
 */
const struct redact_value *redact_find_value(const struct redact_map *map, struct content text,
                                             size_t *at);

/* The tail of a streamed text that may be the beginning of a placeholder. */
struct redact_held {
    char bytes[REDACT_PLACEHOLDER_CHARS];
    size_t len;
};

/*
 * Sealed. Appends to *out the held tail and the text with values put back for placeholders. When
 * `last` is false, a tail that may be the beginning of one is kept in *held for the next call.
 * `nested`: the text is JSON inside a string, values are escaped for it. *restored (may be NULL)
 * grows by the number put back. Any cut of a text into calls gives the same bytes. ERR_MEMORY.
 */
MUST_CHECK int redact_restore(const struct redact_map *map, struct redact_held *held,
                              struct content text, bool last, bool nested, struct buf *out,
                              uint32_t *restored);

#endif
