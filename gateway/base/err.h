/*
 * err.h - an error is made where the fact is known, with a message for a person.
 *
 * The message may hold numbers, names from the configuration, file names and line numbers. Never
 * text of a request or an answer: content is reached through content_bytes() only (content.h),
 * which returns a pointer that no %s accepts.
 */
#ifndef PENSTOCK_BASE_ERR_H
#define PENSTOCK_BASE_ERR_H

#define MUST_CHECK __attribute__((warn_unused_result))

enum err_code {
    ERR_NONE = 0,
    ERR_MEMORY = -1,
    ERR_IO = -2,
    ERR_SYNTAX = -3,
    ERR_LIMIT = -4,     /* too large, too deep, too many */
    ERR_BAD_STATE = -5, /* wrong moment, or a library failed; (ERR_STATE is a name of OpenSSL) */
    ERR_NOT_FOUND = -6,
    ERR_DENIED = -7,
    ERR_TIMEOUT = -8,
    ERR_BUSY = -9, /* a queue or a slot table is full */
    ERR_UNSUPPORTED = -10,
};

struct err {
    enum err_code code;
    char text[256];
};

/* Fills *e (NULL is fine) and returns code, so that a caller can `return err_set(...)`. */
int err_set(struct err *e, enum err_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
