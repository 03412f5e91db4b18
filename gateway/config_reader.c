#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/yaml_value.h"
#include "gateway/config_rows.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- helpers ---- */

const char *config_copy(struct config_reader *reader, const char *text)
{
    const char *copy = region_copy(reader->region, text, strlen(text));
    if (copy == NULL)
        reader->out_of_memory = true;
    return copy != NULL ? copy : "";
}

const char *config_resolve(struct config_reader *reader, const char *path)
{
    if (path[0] == '/' || reader->directory[0] == '\0')
        return config_copy(reader, path);
    const char *full = region_printf(reader->region, "%s/%s", reader->directory, path);
    if (full == NULL)
        reader->out_of_memory = true;
    return full != NULL ? full : "";
}

const struct yaml_node *config_find(const struct yaml_node *mapping, const char *dotted)
{
    char key[64];
    while (mapping != NULL) {
        size_t len = strcspn(dotted, ".");
        if (len >= sizeof(key))
            return NULL;
        memcpy(key, dotted, len);
        key[len] = '\0';
        mapping = yaml_node_get(mapping, key);
        if (dotted[len] == '\0')
            return mapping;
        dotted += len + 1;
    }
    return NULL;
}

static void describe_number(const struct config_row *row, uint64_t value, char *out, size_t size)
{
    static const struct {
        enum config_type type;
        uint64_t factor;
        const char *unit;
    } units[] = {
        {CONFIG_TYPE_SIZE, (uint64_t)1 << 30, "GiB"},
        {CONFIG_TYPE_SIZE, 1 << 20, "MiB"},
        {CONFIG_TYPE_SIZE, 1 << 10, "KiB"},
        {CONFIG_TYPE_DURATION, 3600000, "h"},
        {CONFIG_TYPE_DURATION, 60000, "m"},
        {CONFIG_TYPE_DURATION, 1000, "s"},
        {CONFIG_TYPE_DURATION, 1, "ms"},
    };
    for (size_t i = 0; i < COUNT(units); i++) {
        if (value != 0 && units[i].type == row->type && value % units[i].factor == 0) {
            (void)snprintf(out, size, "%" PRIu64 "%s", value / units[i].factor, units[i].unit);
            return;
        }
    }
    (void)snprintf(out, size, "%" PRIu64, value);
}

void config_row_describe(const struct config_row *row, char *out, size_t size)
{
    static const char *const names[] = {"yes or no", "number", "size", "duration",
                                        "one of",    "text",   "file", "see the manual"};
    char low[32], high[32], range[80] = "";
    bool number = row->type == CONFIG_TYPE_COUNT || row->type == CONFIG_TYPE_SIZE ||
                  row->type == CONFIG_TYPE_DURATION;
    if (number) {
        describe_number(row, row->min, low, sizeof(low));
        describe_number(row, row->max, high, sizeof(high));
        (void)snprintf(range, sizeof(range), " from %s to %s", low, high);
    }
    (void)snprintf(out, size, "%s%s%s%s", names[row->type], range, row->word != NULL ? ", or " : "",
                   row->word != NULL ? row->word : "");
    for (size_t i = 0; row->choices != NULL && row->choices[i] != NULL; i++) {
        size_t used = strlen(out);
        (void)snprintf(out + used, size - used, "%s %s", i != 0 ? "," : "", row->choices[i]);
    }
}

/* ---- values ---- */

static void check_readable(struct config_reader *reader, const struct yaml_node *node,
                           const char *path)
{
    if (reader->check_files && access(path, R_OK) != 0)
        yaml_problem(reader->problems, node, "%.200s cannot be read: %s", path,
                     strerrordesc_np(errno));
}

/* Set the field of a number; the range was checked, so the narrowing is exact. */
static void store_number(const struct config_row *row, uint64_t value, char *field)
{
    uint32_t narrow = (uint32_t)value;
    size_t wide = (size_t)value;
    if (row->type == CONFIG_TYPE_SIZE)
        memcpy(field, &wide, sizeof(wide));
    else
        memcpy(field, &narrow, sizeof(narrow));
}

static bool read_number(const struct config_row *row, const char *text, uint64_t *out)
{
    if (row->type == CONFIG_TYPE_SIZE)
        return yaml_value_size(text, out);
    if (row->type == CONFIG_TYPE_DURATION)
        return yaml_value_duration(text, out);
    return yaml_value_count(text, out);
}

static void set_number(struct config_reader *reader, const struct config_row *row, const char *text,
                       const struct yaml_node *node, char *field)
{
    uint64_t value;
    if (!read_number(row, text, &value)) {
        yaml_problem(reader->problems, node, "\"%.80s\" is not a %s", node->raw,
                     row->type == CONFIG_TYPE_SIZE ? "size such as 65536, 64KiB or 8MiB"
                     : row->type == CONFIG_TYPE_DURATION
                         ? "duration such as 250ms, 30s or 10m (the unit is needed)"
                         : "whole number");
        return;
    }
    if (value < row->min || value > row->max) {
        char low[32], high[32];
        describe_number(row, row->min, low, sizeof(low));
        describe_number(row, row->max, high, sizeof(high));
        yaml_problem(reader->problems, node, "\"%.80s\" is not between %s and %s", node->raw, low,
                     high);
        return;
    }
    store_number(row, value, field);
}

static void set_choice(struct config_reader *reader, const struct config_row *row, const char *text,
                       const struct yaml_node *node, char *field)
{
    size_t count = 0;
    for (; row->choices[count] != NULL; count++) {
        if (strcmp(row->choices[count], text) == 0) {
            int value = (int)count;
            memcpy(field, &value, sizeof(value));
            return;
        }
    }
    char list[120] = "";
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(list);
        (void)snprintf(list + used, sizeof(list) - used, "%s%s", i != 0 ? ", " : "",
                       row->choices[i]);
    }
    yaml_problem(reader->problems, node, "\"%.80s\" is none of %s", node->raw, list);
}

static void set_text(struct config_reader *reader, const struct config_row *row, const char *text,
                     const struct yaml_node *node, char *field)
{
    size_t len = strlen(text);
    /* The value is not quoted: somebody may have put a secret where its name belongs. */
    if (len < row->min || len > row->max) {
        yaml_problem(reader->problems, node,
                     "must have %" PRIu64 " to %" PRIu64 " characters, not %zu", row->min, row->max,
                     len);
        return;
    }
    const char *copy = config_copy(reader, text);
    memcpy(field, &copy, sizeof(copy));
}

static void set_file(struct config_reader *reader, const struct config_row *row, const char *text,
                     const struct yaml_node *node, char *field)
{
    bool is_log = strcmp(row->key, "decision_log.path") == 0;
    const char *path;
    if (text[0] == '\0') {
        yaml_problem(reader->problems, node, "must be the name of a file");
        return;
    }
    if (is_log && strcmp(text, "-") == 0) {
        path = "-";
    } else {
        path = config_resolve(reader, text);
        /* The log and outcomes are written, the policy is read with better messages of its own, and
         * a correction may still have to be learned. */
        bool learning = strncmp(row->key, "learning.", sizeof("learning.") - 1) == 0;
        if (!is_log && !learning && strcmp(row->key, "policy") != 0)
            check_readable(reader, node, path);
    }
    memcpy(field, &path, sizeof(path));
}

static void set_row(struct config_reader *reader, const struct config_row *row,
                    const struct yaml_node *node, void *base)
{
    char *field = (char *)base + row->offset;
    const char *text = node->text;
    if (node->broken)
        return;
    if (row->word != NULL && strcmp(text, row->word) == 0) {
        size_t size = row->type == CONFIG_TYPE_COUNT ? sizeof(uint32_t) : sizeof(size_t);
        memset(field, 0, size);
        return;
    }
    switch (row->type) {
    case CONFIG_TYPE_BOOL: {
        bool value;
        if (yaml_value_bool(text, &value))
            memcpy(field, &value, sizeof(value));
        else
            yaml_problem(reader->problems, node, "\"%.80s\" is neither true nor false", node->raw);
        break;
    }
    case CONFIG_TYPE_COUNT:
    case CONFIG_TYPE_SIZE:
    case CONFIG_TYPE_DURATION:
        set_number(reader, row, text, node, field);
        break;
    case CONFIG_TYPE_CHOICE:
        set_choice(reader, row, text, node, field);
        break;
    case CONFIG_TYPE_TEXT:
        set_text(reader, row, text, node, field);
        break;
    case CONFIG_TYPE_FILE:
        set_file(reader, row, text, node, field);
        break;
    case CONFIG_TYPE_SPECIAL:
        break;
    }
}

void config_rows_default(struct config_reader *reader, enum config_table table, void *base)
{
    size_t count;
    const struct config_row *rows = config_rows(table, &count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].fallback == NULL || rows[i].type == CONFIG_TYPE_SPECIAL)
            continue;
        struct yaml_node node = {.kind = YAML_KIND_SCALAR,
                                 .file = "default",
                                 .path = rows[i].key,
                                 .text = rows[i].fallback,
                                 .raw = rows[i].fallback};
        set_row(reader, &rows[i], &node, base);
    }
}

bool config_row_equal(const struct config_row *row, const void *a, const void *b)
{
    const char *x = (const char *)a + row->offset, *y = (const char *)b + row->offset;
    switch (row->type) {
    case CONFIG_TYPE_BOOL:
        return memcmp(x, y, sizeof(bool)) == 0;
    case CONFIG_TYPE_COUNT:
    case CONFIG_TYPE_DURATION:
        return memcmp(x, y, sizeof(uint32_t)) == 0;
    case CONFIG_TYPE_SIZE:
        return memcmp(x, y, sizeof(size_t)) == 0;
    case CONFIG_TYPE_CHOICE:
        return memcmp(x, y, sizeof(int)) == 0;
    case CONFIG_TYPE_TEXT:
    case CONFIG_TYPE_FILE: {
        const char *s, *t;
        memcpy(&s, x, sizeof(s));
        memcpy(&t, y, sizeof(t));
        return s == t || (s != NULL && t != NULL && strcmp(s, t) == 0);
    }
    case CONFIG_TYPE_SPECIAL:
        break;
    }
    return true;
}

/* ---- mappings ---- */

static bool is_secret_key(const char *key)
{
    static const char *const names[] = {"api_key", "apikey", "api-key",      "key",
                                        "secret",  "token",  "bearer_token", "password"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(names[i], key) == 0)
            return true;
    return false;
}

/* What a key could have been: a name of this section, or a setting of another one. */
static void report_unknown(struct config_reader *reader, const struct config_row *rows,
                           size_t row_count, const struct yaml_node *key, const char *prefix)
{
    const char *names[64] = {NULL};
    char store[64][40];
    size_t count = 0, prefix_len = strlen(prefix);
    if (is_secret_key(key->text)) {
        yaml_problem(reader->problems, key,
                     "secrets do not belong in this file: name an environment variable with "
                     "api_key_env or a file with api_key_file");
        return;
    }
    for (size_t i = 0; i < row_count && count < COUNT(names); i++) {
        if (strncmp(rows[i].key, prefix, prefix_len) != 0)
            continue;
        const char *rest = rows[i].key + prefix_len;
        (void)snprintf(store[count], sizeof(store[count]), "%.*s", (int)strcspn(rest, "."), rest);
        names[count] = store[count];
        count++;
    }
    if (yaml_near_miss(key->text, names, count) == NULL) {
        for (size_t i = 0; i < row_count; i++) {
            const char *dot = strrchr(rows[i].key, '.');
            if (dot != NULL && strcmp(dot + 1, key->text) == 0) {
                yaml_problem(reader->problems, key,
                             "unknown key \"%.80s\" here (did you mean \"%s\"?)", key->text,
                             rows[i].key);
                return;
            }
        }
    }
    yaml_problem_unknown(reader->problems, key, "key", key->text, names, count);
}

static void read_section(struct config_reader *reader, const struct config_row *rows,
                         size_t row_count, const struct yaml_node *mapping, const char *prefix,
                         void *base);

static void read_entry(struct config_reader *reader, const struct config_row *rows,
                       size_t row_count, const struct yaml_node *key, const struct yaml_node *value,
                       const char *prefix, void *base)
{
    char full[96], section[98];
    int len = snprintf(full, sizeof(full), "%s%s", prefix, key->text);
    bool fits = len > 0 && (size_t)len < sizeof(full);
    (void)snprintf(section, sizeof(section), "%s.", full);
    for (size_t i = 0; fits && i < row_count; i++) {
        if (strcmp(rows[i].key, full) == 0) {
            if (rows[i].type == CONFIG_TYPE_SPECIAL)
                return;
            if (value->kind != YAML_KIND_SCALAR || yaml_node_is_null(value))
                yaml_problem(reader->problems, value, "must have a value, not a %s",
                             value->kind == YAML_KIND_SCALAR ? "blank"
                                                             : yaml_kind_name(value->kind));
            else
                set_row(reader, &rows[i], value, base);
            return;
        }
        if (strncmp(rows[i].key, section, strlen(section)) == 0) {
            if (value->kind == YAML_KIND_MAPPING)
                read_section(reader, rows, row_count, value, section, base);
            else
                yaml_problem(reader->problems, value, "must be a section (a mapping of keys)");
            return;
        }
    }
    report_unknown(reader, rows, row_count, key, prefix);
}

static void read_section(struct config_reader *reader, const struct config_row *rows,
                         size_t row_count, const struct yaml_node *mapping, const char *prefix,
                         void *base)
{
    for (size_t i = 0; i < mapping->count; i++)
        read_entry(reader, rows, row_count, mapping->keys[i], mapping->items[i], prefix, base);
}

void config_rows_read(struct config_reader *reader, enum config_table table,
                      const struct yaml_node *mapping, void *base)
{
    size_t count;
    const struct config_row *rows = config_rows(table, &count);
    read_section(reader, rows, count, mapping, "", base);
}
