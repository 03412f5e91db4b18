/*
 * config_rows.h - every setting of penstock.yaml as a row (config_rows.c), and the reader that goes
 * by the rows (config_reader.c).
 *
 * Three tables: the file itself, one entry of `listen`, one entry of `targets`. A dotted key is a
 * key inside a section.
 */
#ifndef PENSTOCK_CONFIG_ROWS_H
#define PENSTOCK_CONFIG_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/problems.h"
#include "gateway/base/region.h"
#include "gateway/base/yaml.h"

enum config_type {
    CONFIG_TYPE_BOOL,     /* bool */
    CONFIG_TYPE_COUNT,    /* uint32_t */
    CONFIG_TYPE_SIZE,     /* size_t, bytes */
    CONFIG_TYPE_DURATION, /* uint32_t, milliseconds */
    CONFIG_TYPE_CHOICE,   /* int, index in choices */
    CONFIG_TYPE_TEXT,     /* const char * */
    CONFIG_TYPE_FILE,     /* const char *, resolved against the configuration's folder */
    CONFIG_TYPE_SPECIAL,  /* read by config.c; offset unused */
};

struct config_row {
    const char *key;
    enum config_type type;
    size_t offset;
    uint64_t min, max;          /* numbers; TEXT: length */
    const char *fallback;       /* default as one would write it; NULL: none (0 or NULL) */
    const char *word;           /* written instead of a value, it means 0 or NULL, e.g. "off" */
    const char *const *choices; /* NULL-terminated */
    bool reloadable;            /* takes effect on SIGHUP */
    const char *help;
};

enum config_table { CONFIG_TABLE_MAIN, CONFIG_TABLE_LISTEN, CONFIG_TABLE_TARGET };
const struct config_row *config_rows(enum config_table table, size_t *count);

struct config_reader {
    struct region *region;
    struct problems *problems;
    const char *directory; /* of the configuration file; "" for the working directory */
    bool check_files;
    bool out_of_memory;
};

/* Fills *base with every row's default. */
void config_rows_default(struct config_reader *reader, enum config_table table, void *base);
/* Reads the rows that the mapping has; mistakes are reported and leave the default. */
void config_rows_read(struct config_reader *reader, enum config_table table,
                      const struct yaml_node *mapping, void *base);
/* Do two objects of a table agree in that row? (Not for SPECIAL.) */
bool config_row_equal(const struct config_row *row, const void *a, const void *b);

/* Helpers that config.c shares. Copies live in the region; "" when memory ran out (noted). */
const char *config_copy(struct config_reader *reader, const char *text);
const char *config_resolve(struct config_reader *reader, const char *path);
/* A node that a dotted key leads to, or NULL. */
const struct yaml_node *config_find(const struct yaml_node *mapping, const char *dotted);

/* For `penstock check --settings`: one line of text for a row's type and range. */
void config_row_describe(const struct config_row *row, char *out, size_t size);

#endif
