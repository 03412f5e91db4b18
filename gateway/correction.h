/*
 * correction.h - the file of a learned correction (learn.h): JSON, replaced whole.
 *
 * It is bound to the complexity weights and to the key that it was learned with.
 */
#ifndef PENSTOCK_CORRECTION_H
#define PENSTOCK_CORRECTION_H

#include <stdbool.h>

#include "gateway/base/err.h"
#include "router/learn.h"

enum { CORRECTION_HASH_CHARS = 65 };

struct correction_file {
    struct correction correction;
    struct learn_key key;
    char complexity_hash[CORRECTION_HASH_CHARS]; /* of the weights that it corrects */
    uint32_t outcomes;                           /* that it was learned from */
};

/* ERR_IO: cannot be read (err names the path); ERR_SYNTAX: no such file's content. */
MUST_CHECK int correction_load(struct correction_file *out, const char *path, struct err *err);

/*
 * Whether it may be used: made for these weights, and, where outcomes are kept (key not NULL),
 * under their key. NULL is not.
 */
bool correction_fits(const struct correction_file *file, const char *complexity_hash,
                     const struct learn_key *key);

/*
 * Replaces the file at once (file_swap.h); what stood there before is kept as PATH.previous. After
 * an error the old file still stands, and may be PATH.previous as well. ERR_IO, ERR_MEMORY.
 */
MUST_CHECK int correction_save(const struct correction_file *file, const char *path,
                               struct err *err);
/* Takes the file away, so that the score stands as shipped; it is kept as PATH.previous. ERR_IO,
 * ERR_MEMORY. */
MUST_CHECK int correction_withdraw(const char *path, struct err *err);
/* Puts PATH.previous back. ERR_IO: there is none; ERR_MEMORY. */
MUST_CHECK int correction_roll_back(const char *path, struct err *err);

#endif
