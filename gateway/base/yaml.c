#include "gateway/base/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "gateway/base/buf.h"
#include "gateway/base/hash.h"
#include "gateway/base/region.h"

enum { PATH_MAX_BYTES = 200, PATH_KEY_BYTES = 60, EXPANDED_MAX_BYTES = YAML_MAX_BYTES };

struct yaml_tree {
    struct region region;
    const struct yaml_node *root;
    const char *file;
    char sha256[HASH_HEX_SIZE];
};

struct builder {
    struct yaml_tree *tree;
    yaml_parser_t parser;
    struct problems *problems;
    unsigned flags;
    size_t nodes;
    size_t expanded; /* bytes that came from variables */
};

static int refuse(struct builder *b, enum err_code code, size_t line, const char *path,
                  const char *reason)
{
    problems_add(b->problems, b->tree->file, (uint32_t)line, path, "%s", reason);
    return code;
}

static int refuse_memory(struct builder *b)
{
    return refuse(b, ERR_MEMORY, 0, "", "out of memory");
}

/* ---- events ---- */

/* The parser's own complaint; its marks count from 0. */
static int refuse_parser(struct builder *b)
{
    const yaml_parser_t *p = &b->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return refuse_memory(b);
    const char *reason = p->problem != NULL ? p->problem : "cannot be parsed";
    if (p->error == YAML_READER_ERROR) {
        /* The reader runs ahead of the marks; only the offset tells where the bad byte is. */
        size_t line = 1, end = p->problem_offset;
        const unsigned char *start = p->input.string.start;
        if (end > (size_t)(p->input.string.end - start))
            end = (size_t)(p->input.string.end - start);
        for (size_t i = 0; i < end; i++)
            line += start[i] == '\n';
        return refuse(b, ERR_SYNTAX, line, "", reason);
    }
    char text[256];
    const char *context = p->context != NULL ? p->context : "";
    bool block = strstr(context, "block scalar") != NULL;
    (void)snprintf(text, sizeof(text), "%s%s%s%s", context, context[0] != '\0' ? ": " : "", reason,
                   block ? " (a value that begins with > or | must be in quotes)" : "");
    return refuse(b, ERR_SYNTAX, p->problem_mark.line + 1, "", text);
}

static int next_event(struct builder *b, yaml_event_t *event)
{
    return yaml_parser_parse(&b->parser, event) == 1 ? 0 : refuse_parser(b);
}

/* Long paths are cut: keys and depth are the file's, and memory must not grow with their product.
 */
static const char *child_path(struct builder *b, const char *parent, const char *key, size_t index)
{
    struct region *region = &b->tree->region;
    size_t len = strlen(parent);
    if (len >= PATH_MAX_BYTES)
        return strcmp(parent + len - 3, "...") == 0 ? parent
                                                    : region_printf(region, "%s...", parent);
    if (key == NULL)
        return region_printf(region, "%s[%zu]", parent, index);
    return region_printf(region, "%s%s%.*s", parent, len != 0 ? "." : "", PATH_KEY_BYTES, key);
}

/* ---- variables ---- */

static bool is_name_byte(char c, bool first)
{
    return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (!first && c >= '0' && c <= '9');
}

/* The value may come from anywhere: it must be text, on one line. */
static bool is_clean_value(const char *value)
{
    for (; *value != '\0'; value++)
        if ((unsigned char)*value < 0x20 || *value == 0x7f)
            return false;
    return true;
}

/*
 * One variable; *at points behind "${" and is moved behind "}". Appends its value to *out. Mistakes
 * are reported and replaced by nothing, so that reading goes on.
 */
static int expand_variable(struct builder *b, const struct yaml_node *node, const char **at,
                           struct buf *out)
{
    char name[128];
    size_t len = 0;
    while (is_name_byte((*at)[len], len == 0))
        len++;
    const char *close = strchr(*at, '}');
    bool has_default = (*at)[len] == ':' && (*at)[len + 1] == '-';
    if (close == NULL || len == 0 || len >= sizeof(name) || ((*at)[len] != '}' && !has_default)) {
        yaml_problem(b->problems, node,
                     "\"${\" must be ${NAME} or ${NAME:-default} (write $${ for a plain \"${\")");
        *at = close != NULL ? close + 1 : *at + strlen(*at);
        return 0;
    }
    memcpy(name, *at, len);
    name[len] = '\0';
    const char *value = getenv(name);
    const char *fallback = *at + len + 2;
    *at = close + 1;
    if (has_default && (value == NULL || value[0] == '\0'))
        return buf_append(out, fallback, (size_t)(close - fallback));
    if (value == NULL) {
        yaml_problem(b->problems, node,
                     "environment variable %s is not set (${%s:-…} gives a default)", name, name);
        return 0;
    }
    size_t size = strlen(value);
    if (size > EXPANDED_MAX_BYTES - b->expanded) {
        yaml_problem(b->problems, node, "environment variable %s is too long", name);
        return 0;
    }
    b->expanded += size;
    if (!is_clean_value(value)) {
        yaml_problem(b->problems, node, "environment variable %s holds control characters", name);
        return 0;
    }
    return buf_append(out, value, size);
}

/* Sets node->text. */
static int expand(struct builder *b, struct yaml_node *node)
{
    node->text = node->raw;
    if (strstr(node->raw, "${") == NULL)
        return 0;
    if ((b->flags & YAML_EXPAND_ENV) == 0) {
        yaml_problem(b->problems, node, "environment variables are not expanded in this file");
        node->broken = true;
        return 0;
    }
    struct buf out = BUF_INIT;
    int rc = 0;
    size_t before = problems_count(b->problems);
    const char *at = node->raw;
    while (*at != '\0' && rc == 0) {
        if (strncmp(at, "$${", 3) == 0) {
            rc = buf_append_str(&out, "${");
            at += 3;
        } else if (strncmp(at, "${", 2) == 0) {
            at += 2;
            rc = expand_variable(b, node, &at, &out);
        } else {
            size_t plain = 1 + strcspn(at + 1, "$");
            rc = buf_append(&out, at, plain);
            at += plain;
        }
    }
    if (rc == 0) {
        node->text = region_copy(&b->tree->region, (const char *)out.data, out.len);
        if (node->text == NULL)
            rc = ERR_MEMORY;
    }
    node->broken = problems_count(b->problems) != before;
    buf_release(&out);
    return rc == 0 ? 0 : refuse_memory(b);
}

/* ---- nodes ---- */

struct list {
    const struct yaml_node **items;
    size_t count, cap;
};

static int list_add(struct list *l, const struct yaml_node *node)
{
    if (l->count == l->cap) {
        size_t cap = l->cap != 0 ? l->cap * 2 : 8;
        const struct yaml_node **items = realloc(l->items, cap * sizeof(*items));
        if (items == NULL)
            return ERR_MEMORY;
        l->items = items;
        l->cap = cap;
    }
    l->items[l->count++] = node;
    return 0;
}

static int list_keep(struct builder *b, const struct list *l, const struct yaml_node *const **out)
{
    const struct yaml_node **items = region_array(&b->tree->region, l->count, sizeof(*items));
    if (items == NULL)
        return refuse_memory(b);
    if (l->count != 0)
        memcpy(items, l->items, l->count * sizeof(*items));
    *out = items;
    return 0;
}

static int compare_keys(const void *a, const void *b)
{
    const struct yaml_node *x = *(const struct yaml_node *const *)a;
    const struct yaml_node *y = *(const struct yaml_node *const *)b;
    int order = strcmp(x->text, y->text);
    if (order != 0)
        return order;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

static int report_duplicates(struct builder *b, const struct list *keys)
{
    if (keys->count < 2)
        return 0;
    const struct yaml_node **sorted = malloc(keys->count * sizeof(*sorted));
    if (sorted == NULL)
        return refuse_memory(b);
    memcpy(sorted, keys->items, keys->count * sizeof(*sorted));
    qsort(sorted, keys->count, sizeof(*sorted), compare_keys);
    const struct yaml_node *first = sorted[0];
    for (size_t i = 1; i < keys->count; i++) {
        if (strcmp(sorted[i]->text, first->text) != 0)
            first = sorted[i];
        else
            yaml_problem(b->problems, sorted[i], "the key is given twice (first on line %u)",
                         first->line);
    }
    free(sorted);
    return 0;
}

static int build_node(struct builder *b, const yaml_event_t *event, const char *path,
                      unsigned depth, struct yaml_node **out);

/* Reads one node: the next event and all that belongs to it. *end: the collection's end came. */
static int build_next(struct builder *b, const char *path, unsigned depth, struct yaml_node **out,
                      bool *end)
{
    yaml_event_t event;
    int rc = next_event(b, &event);
    if (rc != 0)
        return rc;
    *end = event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
    if (!*end)
        rc = build_node(b, &event, path, depth, out);
    yaml_event_delete(&event);
    return rc;
}

static int build_sequence(struct builder *b, struct yaml_node *node, unsigned depth)
{
    struct list items = {0};
    int rc;
    for (;;) {
        struct yaml_node *item = NULL;
        bool end = false;
        const char *path = child_path(b, node->path, NULL, items.count);
        rc = path == NULL ? refuse_memory(b) : build_next(b, path, depth, &item, &end);
        if (rc != 0 || end)
            break;
        rc = list_add(&items, item) != 0 ? refuse_memory(b) : 0;
        if (rc != 0)
            break;
    }
    node->count = items.count;
    if (rc == 0)
        rc = list_keep(b, &items, &node->items);
    free(items.items);
    return rc;
}

static int build_mapping(struct builder *b, struct yaml_node *node, unsigned depth)
{
    struct list keys = {0}, items = {0};
    int rc;
    for (;;) {
        struct yaml_node *key = NULL, *item = NULL;
        bool end = false;
        rc = build_next(b, NULL, depth, &key, &end);
        if (rc != 0 || end)
            break;
        key->path = child_path(b, node->path, key->raw, 0);
        rc = key->path == NULL ? refuse_memory(b) : build_next(b, key->path, depth, &item, &end);
        if (rc == 0 && (list_add(&keys, key) != 0 || list_add(&items, item) != 0))
            rc = refuse_memory(b);
        if (rc != 0)
            break;
    }
    node->count = items.count;
    if (rc == 0)
        rc = report_duplicates(b, &keys);
    if (rc == 0)
        rc = list_keep(b, &keys, &node->keys);
    if (rc == 0)
        rc = list_keep(b, &items, &node->items);
    free(keys.items);
    free(items.items);
    return rc;
}

static bool has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
            return true;
    }
    return false;
}

static int build_scalar(struct builder *b, const yaml_event_t *event, struct yaml_node *node,
                        bool is_key)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    size_t line = event->start_mark.line + 1;
    const char *where = is_key ? "" : node->path;
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    if (has_control(text, len))
        return refuse(b, ERR_SYNTAX, line, where, "control characters are not allowed");
    if (is_key && len == 0)
        return refuse(b, ERR_SYNTAX, line, where, "a key is missing");
    if (is_key && !node->quoted && strcmp(text, "<<") == 0)
        return refuse(b, ERR_SYNTAX, line, where, "merge keys (<<) are not supported");
    node->raw = region_copy(&b->tree->region, text, len);
    if (node->raw == NULL)
        return refuse_memory(b);
    node->text = node->raw;
    return is_key ? 0 : expand(b, node);
}

/* path NULL: the node is a mapping's key. */
static int build_node(struct builder *b, const yaml_event_t *event, const char *path,
                      unsigned depth, struct yaml_node **out)
{
    bool is_key = path == NULL;
    size_t line = event->start_mark.line + 1;
    const char *where = is_key ? "" : path;
    const yaml_char_t *anchor = NULL, *tag = NULL;
    struct yaml_node *node = region_alloc(&b->tree->region, sizeof(*node));
    if (node == NULL)
        return refuse_memory(b);
    node->line = (uint32_t)line;
    node->column = (uint32_t)event->start_mark.column + 1;
    node->file = b->tree->file;
    node->path = where;
    node->text = node->raw = "";
    *out = node;
    if (++b->nodes > YAML_MAX_NODES)
        return refuse(b, ERR_LIMIT, line, where, "too many entries in the file");
    if (depth > YAML_MAX_DEPTH)
        return refuse(b, ERR_LIMIT, line, where, "nested too deeply");
    switch (event->type) {
    case YAML_ALIAS_EVENT:
        return refuse(b, ERR_SYNTAX, line, where, "aliases (*name) are not supported");
    case YAML_SCALAR_EVENT:
        node->kind = YAML_KIND_SCALAR;
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
        break;
    case YAML_SEQUENCE_START_EVENT:
        node->kind = YAML_KIND_SEQUENCE;
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
        break;
    case YAML_MAPPING_START_EVENT:
        node->kind = YAML_KIND_MAPPING;
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
        break;
    default:
        return refuse(b, ERR_SYNTAX, line, where, "unexpected structure");
    }
    if (anchor != NULL)
        return refuse(b, ERR_SYNTAX, line, where, "anchors (&name) are not supported");
    if (tag != NULL)
        return refuse(b, ERR_SYNTAX, line, where, "tags (!name) are not supported");
    if (is_key && node->kind != YAML_KIND_SCALAR)
        return refuse(b, ERR_SYNTAX, line, where, "a key must be plain text");
    if (node->kind == YAML_KIND_SCALAR)
        return build_scalar(b, event, node, is_key);
    return node->kind == YAML_KIND_SEQUENCE ? build_sequence(b, node, depth + 1)
                                            : build_mapping(b, node, depth + 1);
}

/* ---- documents ---- */

static int expect_event(struct builder *b, yaml_event_type_t type, bool *came, size_t *line)
{
    yaml_event_t event;
    int rc = next_event(b, &event);
    if (rc != 0)
        return rc;
    *came = event.type == type;
    *line = event.start_mark.line + 1;
    yaml_event_delete(&event);
    return 0;
}

static int build_document(struct builder *b)
{
    struct yaml_node *root = NULL;
    size_t line;
    bool came, end;
    int rc = expect_event(b, YAML_STREAM_START_EVENT, &came, &line);
    if (rc == 0)
        rc = expect_event(b, YAML_DOCUMENT_START_EVENT, &came, &line);
    if (rc != 0)
        return rc;
    if (came) {
        rc = build_next(b, "", 1, &root, &end);
        if (rc == 0)
            rc = expect_event(b, YAML_DOCUMENT_END_EVENT, &came, &line);
        if (rc == 0)
            rc = expect_event(b, YAML_STREAM_END_EVENT, &came, &line);
        if (rc == 0 && !came)
            rc = refuse(b, ERR_SYNTAX, line, "", "a second document (---) is not supported");
        if (rc != 0)
            return rc;
    }
    if (root == NULL || yaml_node_is_null(root)) {
        /* Nothing but comments: a mapping without entries. */
        struct yaml_node *empty = region_alloc(&b->tree->region, sizeof(*empty));
        if (empty == NULL)
            return refuse_memory(b);
        *empty = (struct yaml_node){.kind = YAML_KIND_MAPPING,
                                    .line = 1,
                                    .column = 1,
                                    .file = b->tree->file,
                                    .path = "",
                                    .text = "",
                                    .raw = ""};
        root = empty;
    }
    b->tree->root = root;
    return 0;
}

int yaml_tree_parse(struct yaml_tree **out, const char *file, const void *bytes, size_t len,
                    unsigned flags, struct problems *problems)
{
    struct builder b = {.problems = problems, .flags = flags};
    int rc;
    *out = NULL;
    b.tree = calloc(1, sizeof(*b.tree));
    if (b.tree == NULL ||
        (b.tree->file = region_copy(&b.tree->region, file, strlen(file))) == NULL) {
        problems_add(problems, file, 0, "", "out of memory");
        yaml_tree_free(b.tree);
        return ERR_MEMORY;
    }
    if (len > YAML_MAX_BYTES) {
        rc = refuse(&b, ERR_LIMIT, 0, "", "the file is larger than 1 MiB");
        goto out;
    }
    if (hash_sha256_hex(bytes, len, b.tree->sha256) != 0 ||
        yaml_parser_initialize(&b.parser) == 0) {
        rc = refuse_memory(&b);
        goto out;
    }
    /* Left to itself the library would also take UTF-16; told not to, it trips over a mark. */
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    size_t mark = len >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    yaml_parser_set_input_string(
        &b.parser, len != 0 ? (const uint8_t *)bytes + mark : (const void *)"", len - mark);
    rc = build_document(&b);
    yaml_parser_delete(&b.parser);
out:
    if (rc == 0)
        *out = b.tree;
    else
        yaml_tree_free(b.tree);
    return rc;
}

int yaml_tree_load(struct yaml_tree **out, const char *path, unsigned flags,
                   struct problems *problems)
{
    struct buf bytes = BUF_INIT;
    struct stat st;
    int rc = ERR_IO;
    *out = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0) {
        problems_add(problems, path, 0, "", "cannot be read: %s", strerrordesc_np(errno));
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        problems_add(problems, path, 0, "", "is not a regular file");
        goto out;
    }
    /* One byte more than allowed, so that the parser sees an oversized file as such. */
    if (buf_reserve(&bytes, YAML_MAX_BYTES + 1) != 0) {
        problems_add(problems, path, 0, "", "out of memory");
        rc = ERR_MEMORY;
        goto out;
    }
    while (bytes.len <= YAML_MAX_BYTES) {
        ssize_t got = read(fd, bytes.data + bytes.len, YAML_MAX_BYTES + 1 - bytes.len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            problems_add(problems, path, 0, "", "cannot be read: %s", strerrordesc_np(errno));
            goto out;
        }
        if (got == 0)
            break;
        bytes.len += (size_t)got;
    }
    rc = yaml_tree_parse(out, path, bytes.data, bytes.len, flags, problems);
out:
    if (fd >= 0)
        (void)close(fd);
    buf_release(&bytes);
    return rc;
}

void yaml_tree_free(struct yaml_tree *tree)
{
    if (tree != NULL) {
        region_release(&tree->region);
        free(tree);
    }
}

const struct yaml_node *yaml_tree_root(const struct yaml_tree *tree)
{
    return tree->root;
}

const char *yaml_tree_file(const struct yaml_tree *tree)
{
    return tree->file;
}

const char *yaml_tree_sha256(const struct yaml_tree *tree)
{
    return tree->sha256;
}

const struct yaml_node *yaml_node_get(const struct yaml_node *mapping, const char *key)
{
    if (mapping->kind == YAML_KIND_MAPPING)
        for (size_t i = 0; i < mapping->count; i++)
            if (strcmp(mapping->keys[i]->text, key) == 0)
                return mapping->items[i];
    return NULL;
}

bool yaml_node_is_null(const struct yaml_node *node)
{
    return node->kind == YAML_KIND_SCALAR && !node->quoted &&
           (node->raw[0] == '\0' || strcmp(node->raw, "~") == 0 || strcmp(node->raw, "null") == 0);
}

const char *yaml_kind_name(enum yaml_kind kind)
{
    static const char *const names[] = {"text", "list", "mapping"};
    return names[kind];
}

void yaml_problem(struct problems *problems, const struct yaml_node *node, const char *format, ...)
{
    char reason[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason, sizeof(reason), format, args);
    va_end(args);
    problems_add(problems, node->file, node->line, node->path, "%s", reason);
}

/* ---- near misses ---- */

enum { NAME_MAX_BYTES = 48 };

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* Levenshtein distance; names longer than the table are "far". */
static size_t edit_distance(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b);
    size_t row[NAME_MAX_BYTES + 1];
    if (la > NAME_MAX_BYTES || lb > NAME_MAX_BYTES)
        return SIZE_MAX;
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t above = row[j];
            row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[lb];
}

const char *yaml_near_miss(const char *name, const char *const *names, size_t count)
{
    const char *best = NULL;
    size_t best_distance = strlen(name) / 3 + 1;
    for (size_t i = 0; i < count; i++) {
        size_t distance = edit_distance(name, names[i]);
        if (distance < best_distance) {
            best = names[i];
            best_distance = distance;
        }
    }
    return best;
}

void yaml_problem_unknown(struct problems *problems, const struct yaml_node *node, const char *what,
                          const char *name, const char *const *names, size_t count)
{
    /* Nobody reads hints of problems that are only counted, and a hostile file has many. */
    const char *near = problems->dropped == 0 ? yaml_near_miss(name, names, count) : NULL;
    if (near != NULL)
        yaml_problem(problems, node, "unknown %s \"%.80s\" (did you mean \"%s\"?)", what, name,
                     near);
    else
        yaml_problem(problems, node, "unknown %s \"%.80s\"", what, name);
}

void yaml_problem_keys(struct problems *problems, const struct yaml_node *mapping,
                       const char *const *names, size_t count)
{
    for (size_t i = 0; i < mapping->count; i++) {
        bool known = false;
        for (size_t j = 0; j < count && !known; j++)
            known = strcmp(mapping->keys[i]->text, names[j]) == 0;
        if (!known)
            yaml_problem_unknown(problems, mapping->keys[i], "key", mapping->keys[i]->text, names,
                                 count);
    }
}
