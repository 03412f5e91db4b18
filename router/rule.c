#include "router/rule.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/yaml_value.h"
#include "router/language.h"

enum { CONDITIONS_AT_MOST = 1000, GLOB_MAX_BYTES = 128, SETS_AT_MOST = 64, MODEL_MAX_BYTES = 256 };

struct builder {
    struct rule_context *ctx;
    struct rule_condition *items;
    size_t count, cap;
};

/* Index of a new condition, or SIZE_MAX. */
static size_t builder_add(struct builder *b, const struct yaml_node *at,
                          const struct rule_condition *condition)
{
    if (b->count == CONDITIONS_AT_MOST) {
        yaml_problem(b->ctx->problems, at, "more than %d conditions in one rule",
                     CONDITIONS_AT_MOST);
        return SIZE_MAX;
    }
    if (b->count == b->cap) {
        size_t cap = b->cap != 0 ? b->cap * 2 : 8;
        struct rule_condition *items = realloc(b->items, cap * sizeof(*items));
        if (items == NULL) {
            b->ctx->out_of_memory = true;
            return SIZE_MAX;
        }
        b->items = items;
        b->cap = cap;
    }
    b->items[b->count] = *condition;
    b->items[b->count].size = 1;
    return b->count++;
}

/* ---- small readers; all report what is wrong and return false ---- */

static bool is_scalar(struct builder *b, const struct yaml_node *node, const char *expected)
{
    if (node->kind == YAML_KIND_SCALAR && !yaml_node_is_null(node))
        return true;
    yaml_problem(b->ctx->problems, node, "must be %s", expected);
    return false;
}

static bool read_bool(struct builder *b, const struct yaml_node *node, bool *out)
{
    if (!is_scalar(b, node, "true or false"))
        return false;
    if (yaml_value_bool(node->text, out))
        return true;
    yaml_problem(b->ctx->problems, node, "\"%.80s\" is neither true nor false", node->raw);
    return false;
}

static bool read_score(struct builder *b, const struct yaml_node *node, double *out)
{
    double value;
    if (!is_scalar(b, node, "a number from 0 to 1"))
        return false;
    if (yaml_value_decimal(node->text, &value) && value <= 1) {
        *out = value;
        return true;
    }
    yaml_problem(b->ctx->problems, node, "\"%.80s\" is no number from 0 to 1", node->raw);
    return false;
}

/* ">= 0.5": an operator and a number up to most. */
static bool read_comparison(struct builder *b, const struct yaml_node *node, double most,
                            enum decision_compare *compare, double *threshold)
{
    static const struct {
        const char *text;
        enum decision_compare compare;
    } operators[] = {{">=", DECISION_COMPARE_GE},
                     {"<=", DECISION_COMPARE_LE},
                     {"==", DECISION_COMPARE_EQ},
                     {">", DECISION_COMPARE_GT},
                     {"<", DECISION_COMPARE_LT}};
    double value;
    if (!is_scalar(b, node, "a comparison such as \">= 0.5\""))
        return false;
    for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++) {
        size_t len = strlen(operators[i].text);
        if (strncmp(node->text, operators[i].text, len) != 0)
            continue;
        const char *number = node->text + len + strspn(node->text + len, " ");
        if (!yaml_value_decimal(number, &value)) {
            yaml_problem(b->ctx->problems, node, "\"%.80s\": no number after the comparison",
                         node->raw);
            return false;
        }
        if (value > most) {
            yaml_problem(b->ctx->problems, node, "\"%.80s\": the number is more than %.0f",
                         node->raw, most);
            return false;
        }
        *compare = operators[i].compare;
        *threshold = value;
        return true;
    }
    yaml_problem(b->ctx->problems, node,
                 "\"%.80s\" does not begin with a comparison (>=, >, <=, < or ==)", node->raw);
    return false;
}

/* A list of texts, or one text standing for a list of one. */
static bool read_list(struct rule_context *ctx, const struct yaml_node *node,
                      const struct yaml_node *const **items, size_t *count,
                      const struct yaml_node **single)
{
    *single = node;
    if (node->kind == YAML_KIND_SCALAR && !yaml_node_is_null(node)) {
        *items = single;
        *count = 1;
        return true;
    }
    if (node->kind != YAML_KIND_SEQUENCE || node->count == 0) {
        yaml_problem(ctx->problems, node, "must be a list with at least one entry");
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < node->count; i++) {
        if (node->items[i]->kind != YAML_KIND_SCALAR || yaml_node_is_null(node->items[i])) {
            yaml_problem(ctx->problems, node->items[i], "must be text");
            good = false;
        }
    }
    *items = node->items;
    *count = node->count;
    return good;
}

int rule_find_target(struct rule_context *ctx, const struct yaml_node *node, const char *name)
{
    const char *names[FACTS_MAX_TARGETS] = {NULL};
    size_t count = ctx->target_count < FACTS_MAX_TARGETS ? ctx->target_count : FACTS_MAX_TARGETS;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ctx->targets[i].name, name) == 0)
            return (int)i;
        names[i] = ctx->targets[i].name;
    }
    yaml_problem_unknown(ctx->problems, node, "target", name, names, count);
    return -1;
}

/* ---- pii ---- */

/* The types that a list of type names stands for; mistakes are reported and skipped. */
static void read_types(struct rule_context *ctx, const struct yaml_node *node, struct pii_set *out)
{
    const struct yaml_node *const *items;
    const struct yaml_node *single;
    size_t count;
    if (!read_list(ctx, node, &items, &count, &single))
        return;
    for (size_t i = 0; i < count; i++) {
        int type = pii_type_find(items[i]->text);
        if (type >= 0) {
            pii_set_add(out, (enum pii_type)type);
            continue;
        }
        const char *names[PII_TYPE_COUNT];
        for (int j = 0; j < PII_TYPE_COUNT; j++)
            names[j] = pii_type_name((enum pii_type)j);
        yaml_problem_unknown(ctx->problems, items[i], "entity type", items[i]->text, names,
                             PII_TYPE_COUNT);
    }
}

static bool find_own_set(const struct rule_context *ctx, const char *name, struct pii_set *out)
{
    for (size_t i = 0; ctx->sets != NULL && i < ctx->sets->count; i++) {
        if (strcmp(ctx->sets->keys[i]->text, name) == 0) {
            *out = ctx->own_sets[i];
            return true;
        }
    }
    return false;
}

bool rule_find_types(struct rule_context *ctx, const struct yaml_node *node, struct pii_set *out)
{
    int type = pii_type_find(node->text);
    if (type >= 0) {
        pii_set_add(out, (enum pii_type)type);
        return true;
    }
    if (find_own_set(ctx, node->text, out) || pii_set_find(node->text, out))
        return true;
    const char *names[PII_TYPE_COUNT + 16];
    size_t sets, count = 0;
    const char *const *set_names = pii_set_names(&sets);
    for (int i = 0; i < PII_TYPE_COUNT; i++)
        names[count++] = pii_type_name((enum pii_type)i);
    for (size_t i = 0; i < sets && i < 16; i++)
        names[count++] = set_names[i];
    yaml_problem_unknown(ctx->problems, node, "entity type or set", node->text, names, count);
    return false;
}

static void read_set_names(struct rule_context *ctx, const struct yaml_node *node,
                           struct pii_set *out)
{
    const struct yaml_node *const *items;
    const struct yaml_node *single;
    size_t count;
    if (!read_list(ctx, node, &items, &count, &single))
        return;
    for (size_t i = 0; i < count; i++) {
        struct pii_set set = {{0}};
        if (find_own_set(ctx, items[i]->text, &set) || pii_set_find(items[i]->text, &set)) {
            pii_set_merge(out, &set);
            continue;
        }
        size_t known;
        const char *const *names = pii_set_names(&known);
        yaml_problem_unknown(ctx->problems, items[i], "set", items[i]->text, names, known);
    }
}

void rule_read_sets(struct rule_context *ctx, const struct yaml_node *sets)
{
    if (sets == NULL)
        return;
    if (sets->kind != YAML_KIND_MAPPING || sets->count > SETS_AT_MOST) {
        yaml_problem(ctx->problems, sets, "must be a mapping of at most %d names to lists of types",
                     SETS_AT_MOST);
        return;
    }
    ctx->own_sets = region_array(ctx->region, sets->count, sizeof(*ctx->own_sets));
    if (ctx->own_sets == NULL) {
        ctx->out_of_memory = true;
        return;
    }
    for (size_t i = 0; i < sets->count; i++) {
        struct pii_set taken;
        if (pii_set_find(sets->keys[i]->text, &taken))
            yaml_problem(ctx->problems, sets->keys[i], "a built-in set has this name");
        read_types(ctx, sets->items[i], &ctx->own_sets[i]);
    }
    ctx->sets = sets;
}

static void read_pii_mapping(struct builder *b, const struct yaml_node *node,
                             struct rule_condition *c)
{
    static const char *const keys[] = {"types", "sets", "min_score", "validated", "match"};
    bool named = false;
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *key = node->keys[i], *value = node->items[i];
        if (strcmp(key->text, "types") == 0) {
            read_types(b->ctx, value, &c->types);
            named = true;
        } else if (strcmp(key->text, "sets") == 0) {
            read_set_names(b->ctx, value, &c->types);
            named = true;
        } else if (strcmp(key->text, "min_score") == 0) {
            (void)read_score(b, value, &c->min_score);
        } else if (strcmp(key->text, "validated") == 0) {
            (void)read_bool(b, value, &c->validated);
        } else if (strcmp(key->text, "match") == 0) {
            c->none = strcmp(value->text, "none") == 0;
            if (!c->none && strcmp(value->text, "any") != 0)
                yaml_problem(b->ctx->problems, value, "must be any or none");
        } else {
            yaml_problem_unknown(b->ctx->problems, key, "key", key->text, keys,
                                 sizeof(keys) / sizeof(keys[0]));
        }
    }
    if (node->count == 0)
        yaml_problem(b->ctx->problems, node, "says nothing");
    if (!named)
        c->types = pii_set_all();
}

static void read_pii(struct builder *b, const struct yaml_node *node, struct rule_condition *c)
{
    bool word = node->kind == YAML_KIND_SCALAR &&
                (strcmp(node->text, "any") == 0 || strcmp(node->text, "none") == 0);
    if (word) {
        c->types = pii_set_all();
        c->none = strcmp(node->text, "none") == 0;
    } else if (node->kind == YAML_KIND_MAPPING) {
        read_pii_mapping(b, node, c);
    } else {
        read_types(b->ctx, node, &c->types);
    }
}

/* ---- the other signals ---- */

static bool tier_bit(const char *name, uint32_t *bit)
{
    for (int i = 0; i < TIER_COUNT; i++) {
        if (strcmp(complexity_tier_name((enum complexity_tier)i), name) == 0) {
            *bit = (uint32_t)1 << i;
            return true;
        }
    }
    return false;
}

static bool task_bit(const char *name, uint32_t *bit)
{
    for (int i = 0; i < TASK_COUNT; i++) {
        if (strcmp(complexity_task_name((enum complexity_task)i), name) == 0) {
            *bit = (uint32_t)1 << i;
            return true;
        }
    }
    return false;
}

static bool domain_bit(const char *name, uint32_t *bit)
{
    for (int i = 0; i < DOMAIN_COUNT; i++) {
        if (strcmp(complexity_domain_name((enum complexity_domain)i), name) == 0) {
            *bit = (uint32_t)1 << i;
            return true;
        }
    }
    return false;
}

static bool unclassified_bit(const char *name, uint32_t *bit)
{
    for (int i = 0; i <= UNCLASSIFIED_OFF; i++) {
        if (strcmp(unclassified_name((enum unclassified)i), name) == 0) {
            *bit = (uint32_t)1 << i;
            return true;
        }
    }
    return false;
}

static uint32_t read_mask(struct builder *b, const struct yaml_node *node,
                          bool (*find)(const char *name, uint32_t *bit), const char *expected)
{
    const struct yaml_node *const *items;
    const struct yaml_node *single;
    size_t count;
    uint32_t mask = 0, bit = 0;
    if (!read_list(b->ctx, node, &items, &count, &single))
        return 0;
    for (size_t i = 0; i < count; i++) {
        if (find(items[i]->text, &bit))
            mask |= bit;
        else
            yaml_problem(b->ctx->problems, items[i], "\"%.80s\" is none of %s", items[i]->raw,
                         expected);
    }
    return mask;
}

/* A comparison with the score, or one or more tiers. */
static void read_complexity(struct builder *b, const struct yaml_node *node,
                            struct rule_condition *c)
{
    bool compares = node->kind == YAML_KIND_SCALAR && strpbrk(node->text, "<>=") != NULL;
    if (compares) {
        (void)read_comparison(b, node, 1, &c->compare, &c->threshold);
        return;
    }
    c->signal = DECISION_SIGNAL_TIER;
    c->mask = read_mask(b, node, tier_bit,
                        "SIMPLE, MEDIUM, COMPLEX, REASONING (or a comparison such as \">= 0.6\")");
}

static void read_unclassified(struct builder *b, const struct yaml_node *node,
                              struct rule_condition *c)
{
    if (node->kind == YAML_KIND_SCALAR && yaml_value_bool(node->text, &c->wanted))
        return;
    c->mask = read_mask(b, node, unclassified_bit,
                        "true, false, none, unscannable, error, timeout, overload, off");
}

static void read_model(struct builder *b, const struct yaml_node *node, struct rule_condition *c)
{
    const struct yaml_node *const *items;
    const struct yaml_node *single;
    size_t count;
    if (!read_list(b->ctx, node, &items, &count, &single))
        return;
    const char **globs = region_array(b->ctx->region, count, sizeof(*globs));
    for (size_t i = 0; globs != NULL && i < count; i++) {
        size_t len = strlen(items[i]->text);
        if (len == 0 || len > GLOB_MAX_BYTES)
            yaml_problem(b->ctx->problems, items[i], "must have 1 to %d characters",
                         GLOB_MAX_BYTES);
        globs[i] = region_copy(b->ctx->region, items[i]->text, len);
        if (globs[i] == NULL)
            globs = NULL;
    }
    if (globs == NULL)
        b->ctx->out_of_memory = true;
    c->globs = globs;
    c->glob_count = count;
}

/* Codes, kept as patterns without wildcards. */
static void read_language(struct builder *b, const struct yaml_node *node, struct rule_condition *c)
{
    const struct yaml_node *const *items;
    const struct yaml_node *single;
    size_t count;
    read_model(b, node, c);
    if (node->kind == YAML_KIND_MAPPING || c->globs == NULL)
        return;
    items = node->kind == YAML_KIND_SEQUENCE ? node->items : &single;
    single = node;
    count = node->kind == YAML_KIND_SEQUENCE ? node->count : 1;
    for (size_t i = 0; i < count; i++)
        if (language_find(items[i]->text) < 0)
            yaml_problem(b->ctx->problems, items[i],
                         "\"%.80s\" is no language that is told apart (ISO 639-1, such as en; und "
                         "for unknown)",
                         items[i]->raw);
}

/* {name: up, other: down}: one condition each, all of which must hold. */
static void read_target(struct builder *b, const struct yaml_node *node)
{
    if (node->kind != YAML_KIND_MAPPING || node->count == 0) {
        yaml_problem(b->ctx->problems, node, "must be a mapping of target names to up or down");
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        const struct yaml_node *key = node->keys[i], *value = node->items[i];
        struct rule_condition c = {.signal = DECISION_SIGNAL_TARGET};
        int target = rule_find_target(b->ctx, key, key->text);
        c.wanted = strcmp(value->text, "up") == 0;
        if (!c.wanted && strcmp(value->text, "down") != 0)
            yaml_problem(b->ctx->problems, value, "must be up or down");
        c.target = (uint8_t)(target < 0 ? 0 : target);
        (void)builder_add(b, value, &c);
    }
}

/* ---- trees ---- */

static void compile_all(struct builder *b, const struct yaml_node *mapping);

static void close_group(struct builder *b, size_t at)
{
    if (at != SIZE_MAX)
        b->items[at].size = (uint32_t)(b->count - at);
}

static void compile_group(struct builder *b, const struct yaml_node *node, enum rule_group group)
{
    if (node->kind != YAML_KIND_SEQUENCE || node->count == 0) {
        yaml_problem(b->ctx->problems, node, "must be a list of conditions");
        return;
    }
    size_t at = builder_add(b, node, &(struct rule_condition){.group = group});
    for (size_t i = 0; i < node->count; i++)
        compile_all(b, node->items[i]);
    close_group(b, at);
}

static void compile_not(struct builder *b, const struct yaml_node *node)
{
    size_t at = builder_add(b, node, &(struct rule_condition){.group = RULE_NOT});
    compile_all(b, node);
    close_group(b, at);
}

/* A leaf whose value is a comparison or yes/no, by its key. */
struct signal_row {
    const char *key;
    enum decision_signal signal;
    double most; /* greatest number to compare with; 0: yes or no */
};

static const struct signal_row plain_signals[] = {
    {"sensitive", DECISION_SIGNAL_SENSITIVE, 1},
    {"unfamiliar", DECISION_SIGNAL_UNFAMILIAR, 1},
    {"expected_tokens", DECISION_SIGNAL_EXPECTED_TOKENS, 1e9},
    {"needs_tools", DECISION_SIGNAL_NEEDS_TOOLS, 0},
    {"needs_recent", DECISION_SIGNAL_NEEDS_RECENT, 0},
    {"follows", DECISION_SIGNAL_FOLLOWS, 0},
    {"tokens", DECISION_SIGNAL_TOKENS, 1e9},
    {"max_tokens", DECISION_SIGNAL_MAX_TOKENS, 1e9},
    {"messages", DECISION_SIGNAL_MESSAGES, 1e9},
    {"tools", DECISION_SIGNAL_TOOLS, 0},
    {"stream", DECISION_SIGNAL_STREAM, 0},
};
enum { PLAIN_SIGNALS = sizeof(plain_signals) / sizeof(plain_signals[0]) };

static const struct signal_row *find_plain_signal(const char *key)
{
    for (size_t i = 0; i < PLAIN_SIGNALS; i++)
        if (strcmp(plain_signals[i].key, key) == 0)
            return &plain_signals[i];
    return NULL;
}

static void compile_leaf(struct builder *b, const struct yaml_node *key,
                         const struct yaml_node *value)
{
    static const char *const names[] = {
        "pii",          "sensitive", "complexity", "unfamiliar",      "task",
        "domain",       "language",  "model",      "expected_tokens", "needs_tools",
        "needs_recent", "follows",   "tokens",     "max_tokens",      "messages",
        "tools",        "stream",    "target",     "unclassified",    "all",
        "any",          "not"};
    const struct signal_row *row = find_plain_signal(key->text);
    struct rule_condition c = {.group = RULE_LEAF};
    if (row != NULL) {
        c.signal = row->signal;
        if (row->most != 0)
            (void)read_comparison(b, value, row->most, &c.compare, &c.threshold);
        else
            (void)read_bool(b, value, &c.wanted);
    } else if (strcmp(key->text, "pii") == 0) {
        c.signal = DECISION_SIGNAL_PII;
        read_pii(b, value, &c);
    } else if (strcmp(key->text, "complexity") == 0) {
        c.signal = DECISION_SIGNAL_COMPLEXITY;
        read_complexity(b, value, &c);
    } else if (strcmp(key->text, "task") == 0) {
        c.signal = DECISION_SIGNAL_TASK;
        c.mask = read_mask(b, value, task_bit,
                           "chat, question, choice, maths, reasoning, code, writing, roleplay, "
                           "rewrite, summarise, translate, extract, classify, plan, other");
    } else if (strcmp(key->text, "domain") == 0) {
        c.signal = DECISION_SIGNAL_DOMAIN;
        c.mask = read_mask(b, value, domain_bit,
                           "general, maths, computing, science, engineering, health, law, "
                           "business, humanities, arts, everyday");
    } else if (strcmp(key->text, "language") == 0) {
        c.signal = DECISION_SIGNAL_LANGUAGE;
        read_language(b, value, &c);
    } else if (strcmp(key->text, "model") == 0) {
        c.signal = DECISION_SIGNAL_MODEL;
        read_model(b, value, &c);
    } else if (strcmp(key->text, "unclassified") == 0) {
        c.signal = DECISION_SIGNAL_UNCLASSIFIED;
        read_unclassified(b, value, &c);
    } else {
        yaml_problem_unknown(b->ctx->problems, key, "condition", key->text, names,
                             sizeof(names) / sizeof(names[0]));
        return;
    }
    (void)builder_add(b, value, &c);
}

/* A mapping: all its conditions must hold. */
static void compile_all(struct builder *b, const struct yaml_node *mapping)
{
    if (mapping->kind != YAML_KIND_MAPPING || mapping->count == 0) {
        yaml_problem(b->ctx->problems, mapping, "must be a mapping of conditions");
        return;
    }
    size_t at = builder_add(b, mapping, &(struct rule_condition){.group = RULE_ALL});
    for (size_t i = 0; i < mapping->count; i++) {
        const char *key = mapping->keys[i]->text;
        if (strcmp(key, "all") == 0)
            compile_group(b, mapping->items[i], RULE_ALL);
        else if (strcmp(key, "any") == 0)
            compile_group(b, mapping->items[i], RULE_ANY);
        else if (strcmp(key, "not") == 0)
            compile_not(b, mapping->items[i]);
        else if (strcmp(key, "target") == 0)
            read_target(b, mapping->items[i]);
        else
            compile_leaf(b, mapping->keys[i], mapping->items[i]);
    }
    close_group(b, at);
}

const struct rule_condition *rule_compile_when(struct rule_context *ctx,
                                               const struct yaml_node *when)
{
    struct builder b = {.ctx = ctx};
    struct rule_condition *kept = NULL;
    size_t before = problems_count(ctx->problems);
    compile_all(&b, when);
    if (problems_count(ctx->problems) == before && !ctx->out_of_memory) {
        kept = region_array(ctx->region, b.count, sizeof(*kept));
        if (kept == NULL)
            ctx->out_of_memory = true;
        else
            memcpy(kept, b.items, b.count * sizeof(*kept));
    }
    free(b.items);
    return kept;
}

bool rule_glob_match(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;
    if (strnlen(text, MODEL_MAX_BYTES + 1) > MODEL_MAX_BYTES)
        return false; /* no model has such a name, and it is a client's */
    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            resume = text;
        } else if (*pattern == '?' || *pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}
