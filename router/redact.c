#include "router/redact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/json.h"
#include "router/facts.h"
#include "router/utf8_scan.h"

enum { NUMBER_DIGITS = 9 };

void redact_map_init(struct redact_map *map)
{
    *map = (struct redact_map){.count = 0};
}

void redact_map_release(struct redact_map *map)
{
    if (map->values != NULL)
        explicit_bzero(map->values, map->cap * sizeof(*map->values));
    free(map->values);
    free(map->known);
    free(map->names);
    free(map->parent);
    redact_map_init(map);
}

/* ---- placeholders ---- */

static bool is_name_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* How many bytes of text are "[" and characters of a name, within a placeholder's length. */
static size_t name_run(const char *text, size_t len)
{
    size_t n = 1;
    while (n < len && n < REDACT_PLACEHOLDER_CHARS - 2 && is_name_char(text[n]))
        n++;
    return n;
}

/* Type and number of "[TYPE_12" (n bytes); false when it is none. */
static bool read_name(const char *text, size_t n, int *type, uint32_t *number)
{
    char name[REDACT_PLACEHOLDER_CHARS];
    size_t end = n;
    while (end > 1 && text[end - 1] >= '0' && text[end - 1] <= '9')
        end--;
    if (end == n || n - end > NUMBER_DIGITS || end < 3 || text[end - 1] != '_')
        return false;
    *number = 0;
    for (size_t i = end; i < n; i++)
        *number = *number * 10 + (uint32_t)(text[i] - '0');
    memcpy(name, text + 1, end - 2);
    name[end - 2] = '\0';
    *type = pii_type_find(name);
    return *type >= 0;
}

static int compare_known(const void *one, const void *two)
{
    const struct redact_known *a = one, *b = two;
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

int redact_map_know(struct redact_map *map, const struct redact_known *known, size_t count)
{
    if (count == 0)
        return 0;
    map->known = calloc(count, sizeof(*known));
    if (map->known == NULL)
        return ERR_MEMORY;
    memcpy(map->known, known, count * sizeof(*known));
    map->known_count = count;
    qsort(map->known, count, sizeof(*known), compare_known);
    return 0;
}

static void forget_known(struct redact_map *map, enum pii_type type, uint32_t number)
{
    const struct redact_known key = {.type = type, .number = number};
    struct redact_known *known = map->known_count != 0 ? bsearch(&key, map->known, map->known_count,
                                                                 sizeof(key), compare_known)
                                                       : NULL;
    if (known != NULL)
        known->text = content_of("", 0);
}

void redact_map_avoid(struct redact_map *map, struct content text)
{
    const char *p = content_bytes(text);
    const char *end = p + content_len(text);
    while (p < end && (p = memchr(p, '[', (size_t)(end - p))) != NULL) {
        size_t n = name_run(p, (size_t)(end - p));
        int type;
        uint32_t number;
        if (read_name(p, n, &type, &number)) {
            forget_known(map, (enum pii_type)type, number);
            if (number > map->used[type])
                map->used[type] = number;
        }
        p++;
    }
}

/* ---- filling ---- */

static int append_value(struct redact_map *map, const struct redact_value *value)
{
    if (map->count == REDACT_MAX_VALUES)
        return ERR_LIMIT;
    if (map->count == map->cap) {
        size_t cap = map->cap != 0 ? map->cap * 2 : 16;
        struct redact_value *values = calloc(cap, sizeof(*values));
        if (values == NULL)
            return ERR_MEMORY;
        if (map->values != NULL) {
            memcpy(values, map->values, map->count * sizeof(*values));
            explicit_bzero(map->values, map->cap * sizeof(*values));
            free(map->values);
        }
        map->values = values;
        map->cap = cap;
    }
    map->values[map->count] = *value;
    map->values[map->count].first = (uint32_t)map->count;
    map->count++;
    return 0;
}

int redact_map_add(struct redact_map *map, struct content value, enum pii_type type, bool mask)
{
    const struct redact_value added = {
        .text = value, .type = type, .masked = mask, .present = true};
    return append_value(map, &added);
}

static int add_known(struct redact_map *map)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < map->known_count; i++) {
        const struct redact_known *known = &map->known[i];
        if (known->number > map->used[known->type])
            map->used[known->type] = known->number;
        if (content_len(known->text) == 0)
            continue;
        const struct redact_value value = {
            .text = known->text, .type = known->type, .number = known->number};
        rc = append_value(map, &value);
    }
    return rc;
}

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
    int order = memcmp(a, b, a_len < b_len ? a_len : b_len);
    return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int compare_text(const struct redact_value *a, const struct redact_value *b)
{
    return compare_bytes(content_bytes(a->text), content_len(a->text), content_bytes(b->text),
                         content_len(b->text));
}

static int by_text(const void *one, const void *two)
{
    const struct redact_value *a = one, *b = two;
    int order = compare_text(a, b);
    return order != 0 ? order : (a->first > b->first) - (a->first < b->first);
}

static int by_first(const void *one, const void *two)
{
    const struct redact_value *a = one, *b = two;
    return (a->first > b->first) - (a->first < b->first);
}

static bool begins_with(const struct redact_value *longer, const struct redact_value *shorter)
{
    return content_len(longer->text) >= content_len(shorter->text) &&
           memcmp(content_bytes(longer->text), content_bytes(shorter->text),
                  content_len(shorter->text)) == 0;
}

static uint32_t start_bit(const char *text)
{
    uint32_t word;
    memcpy(&word, text, sizeof(word));
    return (word * 2654435761u) >> 19;
}

static void name_values(struct redact_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        struct redact_value *v = &map->values[i];
        const char *type = pii_type_name(v->type);
        if (v->masked) {
            (void)snprintf(v->placeholder, sizeof(v->placeholder), "[%s]", type);
        } else {
            if (v->number == 0)
                v->number = ++map->used[v->type];
            (void)snprintf(v->placeholder, sizeof(v->placeholder), "[%s_%u]", type, v->number);
        }
    }
}

/* Values are looked up by text in order: each remembers the longest other that it begins with. */
static void link_parents(struct redact_map *map)
{
    for (uint32_t i = 0; i < map->count; i++) {
        uint32_t candidate = i > 0 ? i - 1 : i;
        while (candidate != i && !begins_with(&map->values[i], &map->values[candidate])) {
            uint32_t up = map->parent[candidate];
            candidate = up == candidate ? i : up;
        }
        map->parent[i] = candidate;
        if (content_len(map->values[i].text) >= REDACT_LEAST_BYTES) {
            uint32_t bit = start_bit(content_bytes(map->values[i].text));
            map->starts[bit / 32] |= 1u << (bit % 32);
        }
    }
}

static void merge_equals(struct redact_map *map)
{
    size_t kept = 0;
    for (size_t i = 0; i < map->count; i++) {
        struct redact_value *last = kept > 0 ? &map->values[kept - 1] : NULL;
        const struct redact_value *v = &map->values[i];
        if (last == NULL || compare_text(last, v) != 0) {
            map->values[kept++] = *v;
            continue;
        }
        last->masked = last->masked || v->masked;
        last->present = last->present || v->present;
        if (v->number != 0) { /* known: it keeps the type that it was named after */
            last->number = v->number;
            last->type = v->type;
        }
    }
    map->count = kept;
}

static int by_name(const void *one, const void *two, void *values)
{
    const struct redact_value *v = values;
    return strcmp(v[*(const uint32_t *)one].placeholder, v[*(const uint32_t *)two].placeholder);
}

static void sort_names(struct redact_map *map)
{
    size_t n = 0;
    for (uint32_t i = 0; i < map->count; i++)
        if (!map->values[i].masked)
            map->names[n++] = i;
    map->name_count = n;
    qsort_r(map->names, n, sizeof(*map->names), by_name, map->values);
}

int redact_map_seal(struct redact_map *map)
{
    int rc = add_known(map);
    if (rc != 0)
        return rc;
    map->parent = calloc(map->count + 1, sizeof(*map->parent));
    map->names = calloc(map->count + 1, sizeof(*map->names));
    if (map->parent == NULL || map->names == NULL)
        return ERR_MEMORY;
    if (map->count == 0)
        return 0;
    qsort(map->values, map->count, sizeof(*map->values), by_text);
    merge_equals(map);
    qsort(map->values, map->count, sizeof(*map->values), by_first);
    name_values(map);
    qsort(map->values, map->count, sizeof(*map->values), by_text);
    link_parents(map);
    sort_names(map);
    return 0;
}

void redact_map_mark(struct redact_map *map, const struct redact_value *value)
{
    map->values[value - map->values].present = true;
}

size_t redact_map_settle(struct redact_map *map)
{
    size_t names = 0, present = 0;
    for (size_t i = 0; i < map->name_count; i++)
        if (map->values[map->names[i]].present)
            map->names[names++] = map->names[i];
    map->name_count = names;
    for (size_t i = 0; i < map->count; i++)
        present += map->values[i].present;
    return present;
}

/* ---- finding values ---- */

/* How many values are not greater than the text. */
static size_t upper_bound(const struct redact_map *map, const char *text, size_t len)
{
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct redact_value *v = &map->values[middle];
        if (compare_bytes(content_bytes(v->text), content_len(v->text), text, len) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct redact_value *redact_map_get(const struct redact_map *map, struct content value)
{
    size_t at = upper_bound(map, content_bytes(value), content_len(value));
    if (at == 0)
        return NULL;
    const struct redact_value *v = &map->values[at - 1];
    bool same = content_len(v->text) == content_len(value) &&
                memcmp(content_bytes(v->text), content_bytes(value), content_len(value)) == 0;
    return same ? v : NULL;
}

/* Letters, digits and all bytes of characters beyond ASCII make words. */
static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           ((unsigned char)c & 0x80) != 0;
}

/* Does a word go on from the byte before `at` to the one there? */
static bool goes_on(const char *text, size_t len, size_t at)
{
    if (at == 0 || at == len || !is_word_byte(text[at - 1]) || !is_word_byte(text[at]))
        return false;
    uint32_t before, after;
    (void)utf8_scan_back((const uint8_t *)text, at, &before);
    (void)utf8_scan((const uint8_t *)text + at, len - at, &after);
    return !char_ends_word(before) && !char_ends_word(after);
}

static bool stands_alone(const char *text, size_t len, size_t start, size_t end)
{
    return !goes_on(text, len, start) && !goes_on(text, len, end);
}

static const struct redact_value *value_at(const struct redact_map *map, const char *text,
                                           size_t len, size_t at)
{
    size_t bound = upper_bound(map, text + at, len - at);
    uint32_t i = bound != 0 ? (uint32_t)bound - 1 : 0;
    while (bound != 0) {
        const struct redact_value *v = &map->values[i];
        size_t n = content_len(v->text);
        if (n >= REDACT_LEAST_BYTES && n <= len - at &&
            memcmp(content_bytes(v->text), text + at, n) == 0 &&
            stands_alone(text, len, at, at + n))
            return v;
        if (map->parent[i] == i)
            break;
        i = map->parent[i];
    }
    return NULL;
}

const struct redact_value *redact_find_value(const struct redact_map *map, struct content text,
                                             size_t *at)
{
    const char *bytes = content_bytes(text);
    size_t len = content_len(text);
    for (size_t i = *at; map->count != 0 && i + REDACT_LEAST_BYTES <= len; i++) {
        uint32_t bit = start_bit(bytes + i);
        if ((map->starts[bit / 32] >> (bit % 32) & 1) == 0)
            continue;
        const struct redact_value *v = value_at(map, bytes, len, i);
        if (v != NULL) {
            *at = i;
            return v;
        }
    }
    return NULL;
}

/* ---- putting back ---- */

/*
 * The first name in order that is not less than the n bytes, compared over as many as the name has:
 * the one that they are, or the first that they may become.
 */
static const struct redact_value *lower_name(const struct redact_map *map, const char *text,
                                             size_t n)
{
    size_t low = 0, high = map->name_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *name = map->values[map->names[middle]].placeholder;
        if (compare_bytes(name, strlen(name), text, n) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < map->name_count ? &map->values[map->names[low]] : NULL;
}

enum match { MATCH_NONE, MATCH_BEGINS, MATCH_WHOLE };

/* Does a placeholder stand at text[0], or may one begin there? *end is behind a whole one. */
static enum match match_at(const struct redact_map *map, const char *text, size_t len, size_t *end,
                           const struct redact_value **value)
{
    size_t n = name_run(text, len);
    bool closed = n < len && text[n] == ']';
    size_t compared = closed ? n + 1 : n;
    *value = lower_name(map, text, compared);
    if (*value == NULL || strncmp((*value)->placeholder, text, compared) != 0)
        return MATCH_NONE;
    *end = compared;
    if (closed)
        return strlen((*value)->placeholder) == compared ? MATCH_WHOLE : MATCH_NONE;
    return n == len ? MATCH_BEGINS : MATCH_NONE;
}

/* The value as it stands inside a JSON string. */
static int append_escaped(struct buf *out, struct content value)
{
    struct buf quoted = BUF_INIT;
    int rc = json_write_string(&quoted, value);
    if (rc == 0)
        rc = buf_append(out, quoted.data + 1, quoted.len - 2);
    buf_release(&quoted);
    return rc;
}

static int restore_run(const struct redact_map *map, struct redact_held *held, const char *text,
                       size_t len, bool last, bool nested, struct buf *out, uint32_t *restored)
{
    size_t from = 0, at = 0;
    int rc = 0;
    held->len = 0;
    while (rc == 0 && at < len) {
        const char *open = memchr(text + at, '[', len - at);
        if (open == NULL)
            break;
        at = (size_t)(open - text);
        size_t end = 0;
        const struct redact_value *value;
        enum match match = match_at(map, open, len - at, &end, &value);
        if (match == MATCH_BEGINS && !last) {
            held->len = len - at;
            memcpy(held->bytes, open, held->len);
            len = at;
        } else if (match == MATCH_WHOLE) {
            rc = buf_append(out, text + from, at - from);
            if (rc == 0)
                rc = nested ? append_escaped(out, value->text)
                            : buf_append(out, content_bytes(value->text), content_len(value->text));
            from = at += end;
            if (restored != NULL)
                ++*restored;
        } else {
            at++;
        }
    }
    return rc == 0 && from < len ? buf_append(out, text + from, len - from) : rc;
}

int redact_restore(const struct redact_map *map, struct redact_held *held, struct content text,
                   bool last, bool nested, struct buf *out, uint32_t *restored)
{
    if (held->len == 0)
        return restore_run(map, held, content_bytes(text), content_len(text), last, nested, out,
                           restored);
    struct buf joined = BUF_INIT;
    int rc = buf_append(&joined, held->bytes, held->len);
    if (rc == 0)
        rc = buf_append(&joined, content_bytes(text), content_len(text));
    if (rc == 0)
        rc = restore_run(map, held, (const char *)joined.data, joined.len, last, nested, out,
                         restored);
    buf_release(&joined);
    return rc;
}
