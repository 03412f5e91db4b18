/*
 * identity.h - who is asking: an API key becomes a principal.
 *
 * Keys look like pk-<id>-<secret>: 12 hex digits that name the key and 64 that prove it. The file
 * holds HMAC-SHA-256(salt, secret). A slow hash (scrypt, PBKDF2) protects secrets that people
 * choose; these are 256 random bits, which no dictionary holds, so a fast one loses nothing and
 * costs about a microsecond a request instead of milliseconds.
 *
 * File: one key a line, `name:id:salt:hash[:created]`; `#` begins a comment. Several keys may share
 * a name (rotation): they are one principal. The id makes the look-up one probe of a hash table;
 * the comparison takes the same time whatever differs, and an unknown id is compared too.
 *
 * A set is immutable and reference counted: reload builds a new one and swaps it. Any thread.
 */
#ifndef PENSTOCK_IDENTITY_H
#define PENSTOCK_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/buf.h"
#include "gateway/base/err.h"
#include "gateway/base/hash.h"
#include "gateway/base/problems.h"

enum {
    PRINCIPAL_ID_CHARS = 64, /* with the NUL */
    IDENTITY_KEY_ID_CHARS = 13,
    IDENTITY_KEY_CHARS = 3 + 12 + 1 + 64 + 1,
    IDENTITY_SALT_BYTES = 16
};

struct principal {
    char id[PRINCIPAL_ID_CHARS];        /* name from the keys file, or "anonymous" */
    char key_id[IDENTITY_KEY_ID_CHARS]; /* public part of the key, or "" */
};

enum identity_result {
    IDENTITY_OK,
    IDENTITY_MISSING,   /* no Authorization header */
    IDENTITY_MALFORMED, /* not `Bearer pk-…` in the right shape */
    IDENTITY_UNKNOWN    /* the right shape, but no such key */
};

struct identity_set;

struct identity_options {
    const char *keys_file; /* NULL: none */
    bool anonymous;        /* requests without a key are let in as "anonymous" */
};

/*
 * Load a set. Every mistake of the file is added to *problems without quoting the file; then
 * nothing is loaded and *out is NULL. ERR_DENIED: the file can be read by everybody, can be written
 * by others, or belongs to somebody who is neither root nor this process. Else ERR_NOT_FOUND,
 * ERR_IO, ERR_SYNTAX, ERR_LIMIT, ERR_MEMORY; each is in *problems too.
 */
MUST_CHECK int identity_set_load(const struct identity_options *options, struct identity_set **out,
                                 struct problems *problems);
struct identity_set *identity_set_ref(struct identity_set *set);
void identity_set_unref(struct identity_set *set); /* NULL is fine; the last one wipes and frees */
size_t identity_set_count(const struct identity_set *set);

/*
 * Judge the value of the Authorization header (NULL when there was none). With anonymous and no
 * keys file every caller is anonymous, whatever it sends: SDKs insist on sending some key. With
 * both, a key that is wrong is refused rather than taken for none. *err gets a message that may be
 * shown to the caller; it never holds a part of the header.
 */
MUST_CHECK enum identity_result identity_authenticate(const struct identity_set *set,
                                                      const void *authorization, size_t len,
                                                      struct principal *out, struct err *err);

/*
 * Headers that say who somebody is when a trusted proxy sends them. From anybody else they are
 * dropped: not acted on and not forwarded. Case does not matter; `_` and `-` count as the same,
 * since CGI-like servers upstream cannot tell them apart.
 */
bool identity_header_is_reserved(const char *name, size_t len);

/* ---- making keys (penstock key) ---- */

struct identity_key {
    char text[IDENTITY_KEY_CHARS]; /* the whole key; shown once, then wiped */
    char id[IDENTITY_KEY_ID_CHARS];
    char salt[2 * IDENTITY_SALT_BYTES + 1];
    char hash[HASH_HEX_SIZE];
};

MUST_CHECK int identity_key_new(struct identity_key *out, struct err *err);
/* 1 to 63 of A-Z a-z 0-9 . _ - @, and not "anonymous". */
bool identity_name_is_valid(const char *name);

/* One line of a keys file, cut up; used by the loader and by `penstock key`. */
struct identity_line {
    char name[PRINCIPAL_ID_CHARS];
    uint64_t id;
    uint8_t salt[IDENTITY_SALT_BYTES];
    uint8_t hash[HASH_SIZE];
    char created[32]; /* "" if the line has none */
};
enum identity_line_kind { IDENTITY_LINE_KEY, IDENTITY_LINE_EMPTY, IDENTITY_LINE_BAD };
/* *reason is a static text for IDENTITY_LINE_BAD. The line has no newline. */
enum identity_line_kind identity_line_parse(const char *line, size_t len, struct identity_line *out,
                                            const char **reason);

/* Appends the whole file to *out; checks owner and mode first. Errors as in identity_set_load. */
MUST_CHECK int identity_file_read(const char *path, struct buf *out, struct err *err);
/* The owner and mode rules above, for an open file; they hold for every file with a secret. */
struct stat;
MUST_CHECK int identity_file_check(const char *path, const struct stat *status, struct err *err);

#endif
