/*
 * log.h - the operational log: one line of key=value pairs on stderr per event.
 *
 * Content-free by construction: an event is a string literal, and a field is a number, a name that
 * came from the configuration, or an err. There is no free-form message. Any thread; one write(2)
 * per line.
 */
#ifndef PENSTOCK_BASE_LOG_H
#define PENSTOCK_BASE_LOG_H

#include <stdint.h>

#include "gateway/base/err.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

struct log_field {
    const char *key;
    enum { LOG_FIELD_NUMBER, LOG_FIELD_NAME } kind;
    int64_t number;
    const char *name;
};

#define LOG_NUMBER(k, v)                                                                           \
    {                                                                                              \
        .key = (k), .kind = LOG_FIELD_NUMBER, .number = (int64_t)(v)                               \
    }
#define LOG_NAME(k, v)                                                                             \
    {                                                                                              \
        .key = (k), .kind = LOG_FIELD_NAME, .name = (v)                                            \
    }
#define LOG_ERR(e)                                                                                 \
    {                                                                                              \
        .key = "error", .kind = LOG_FIELD_NAME, .name = (e)->text                                  \
    }

#define LOG(level, event, ...)                                                                     \
    log_write((level), "" event "",                                                                \
              (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}})

void log_set_level(enum log_level least);
void log_write(enum log_level level, const char *event, const struct log_field *fields);

#endif
