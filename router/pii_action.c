#include "router/pii_action.h"

#include <math.h>
#include <string.h>

#include "gateway/base/yaml_value.h"
#include "router/rule.h"

/* Above every score. */
static const float NEVER = 2.0F;
/* Where neither the entry nor the section says: as sure as the validated recognizers' weakest. */
static const double USUAL_SCORE = 0.4;

static const char *const action_names[PII_ACTION_COUNT] = {"allow", "detect_only", "redact",
                                                           "mask",  "route_local", "block"};

const char *pii_action_name(enum pii_action action)
{
    return action_names[action];
}

static void clear_type(struct pii_actions *actions, int type)
{
    for (int a = 0; a < PII_ACTION_COUNT; a++)
        actions->least[type][a] = NEVER;
}

void pii_actions_init(struct pii_actions *actions)
{
    *actions = (struct pii_actions){.edit_for = PLACEMENT_CLOUD};
    for (int type = 0; type < PII_TYPE_COUNT; type++)
        clear_type(actions, type);
}

static bool is_reached(const struct pii_actions *actions, enum pii_type type,
                       enum pii_action action, float score)
{
    /* A score that is no number must not slip under a threshold. */
    return (isnan(score) ? 1 : score) >= actions->least[type][action];
}

enum pii_action pii_action_of(const struct pii_actions *actions, enum pii_type type, float score)
{
    for (int a = PII_ACTION_COUNT - 1; a >= 0; a--)
        if (is_reached(actions, type, (enum pii_action)a, score))
            return (enum pii_action)a;
    return PII_ACTION_DETECT_ONLY;
}

enum pii_action pii_action_edit(const struct pii_actions *actions, enum pii_type type, float score)
{
    if (is_reached(actions, type, PII_ACTION_MASK, score))
        return PII_ACTION_MASK;
    return is_reached(actions, type, PII_ACTION_REDACT, score) ? PII_ACTION_REDACT
                                                               : PII_ACTION_ALLOW;
}

void pii_actions_add_edited(const struct pii_actions *actions, struct pii_set *types)
{
    for (int type = 0; type < PII_TYPE_COUNT; type++)
        if (actions->least[type][PII_ACTION_REDACT] <= 1 ||
            actions->least[type][PII_ACTION_MASK] <= 1)
            pii_set_add(types, (enum pii_type)type);
}

/* ---- reading ---- */

static bool read_score(struct rule_context *ctx, const struct yaml_node *node, double *out)
{
    double value;
    if (node->kind == YAML_KIND_SCALAR && yaml_value_decimal(node->text, &value) && value <= 1) {
        *out = value;
        return true;
    }
    yaml_problem(ctx->problems, node, "must be a number from 0 to 1");
    return false;
}

static bool read_action(struct rule_context *ctx, const struct yaml_node *node,
                        enum pii_action *out)
{
    if (node->kind != YAML_KIND_SCALAR || yaml_node_is_null(node)) {
        yaml_problem(ctx->problems, node, "must be an action such as redact");
        return false;
    }
    for (int a = 0; a < PII_ACTION_COUNT; a++) {
        if (strcmp(node->text, action_names[a]) == 0) {
            *out = (enum pii_action)a;
            return true;
        }
    }
    yaml_problem_unknown(ctx->problems, node, "action", node->text, action_names, PII_ACTION_COUNT);
    return false;
}

static void read_entry(struct rule_context *ctx, const struct yaml_node *key,
                       const struct yaml_node *value, double min_score, struct pii_set *named,
                       struct pii_actions *out)
{
    static const char *const keys[] = {"action", "min_score"};
    enum pii_action action = PII_ACTION_DETECT_ONLY;
    struct pii_set types = {{0}};
    bool good = rule_find_types(ctx, key, &types);
    if (value->kind == YAML_KIND_MAPPING) {
        const struct yaml_node *says = yaml_node_get(value, "action");
        const struct yaml_node *score = yaml_node_get(value, "min_score");
        for (size_t i = 0; i < value->count; i++)
            if (value->items[i] != says && value->items[i] != score)
                yaml_problem_unknown(ctx->problems, value->keys[i], "key", value->keys[i]->text,
                                     keys, sizeof(keys) / sizeof(keys[0]));
        if (score != NULL)
            good = read_score(ctx, score, &min_score) && good;
        if (says == NULL) {
            yaml_problem(ctx->problems, value, "needs action");
            return;
        }
        value = says;
    }
    if (!read_action(ctx, value, &action) || !good)
        return;
    for (int type = 0; type < PII_TYPE_COUNT; type++) {
        if (!pii_set_has(&types, (enum pii_type)type))
            continue;
        if (!pii_set_has(named, (enum pii_type)type))
            clear_type(out, type);
        float *least = &out->least[type][action];
        *least = (float)min_score < *least ? (float)min_score : *least;
    }
    pii_set_merge(named, &types);
    out->any = true;
}

static void read_edit_for(struct rule_context *ctx, const struct yaml_node *node,
                          struct pii_actions *out)
{
    static const char *const names[] = {"on_premises", "cloud"};
    static const enum placement placements[] = {PLACEMENT_ON_PREMISES, PLACEMENT_CLOUD};
    for (size_t i = 0; i < 2; i++) {
        if (strcmp(node->text, names[i]) == 0) {
            out->edit_for = placements[i];
            return;
        }
    }
    yaml_problem_unknown(ctx->problems, node, "placement", node->text, names, 2);
}

static void read_reply(struct rule_context *ctx, const struct yaml_node *node,
                       struct pii_actions *out)
{
    static const char *const names[] = {"off", "detect", "mask"};
    for (int i = PII_REPLY_OFF; i <= PII_REPLY_MASK; i++) {
        if (strcmp(node->text, names[i]) == 0) {
            out->reply = (enum pii_reply)i;
            return;
        }
    }
    yaml_problem(ctx->problems, node, "must be off, detect or mask");
}

static void read_names(struct rule_context *ctx, const struct yaml_node *node,
                       struct pii_actions *out)
{
    out->keep_names = strcmp(node->text, "conversation") == 0;
    if (!out->keep_names && strcmp(node->text, "request") != 0)
        yaml_problem(ctx->problems, node, "must be request or conversation");
}

void pii_actions_read(struct rule_context *ctx, const struct yaml_node *node,
                      const struct pii_actions *base, struct pii_actions *out)
{
    static const char *const keys[] = {"entities", "min_score", "redact_for", "scan_reply",
                                       "placeholders"};
    if (out != base)
        *out = *base;
    if (node->kind != YAML_KIND_MAPPING || node->count == 0) {
        yaml_problem(ctx->problems, node, "must be a mapping with entities");
        return;
    }
    const struct yaml_node *entities = yaml_node_get(node, keys[0]);
    const struct yaml_node *score = yaml_node_get(node, keys[1]);
    const struct yaml_node *edit_for = yaml_node_get(node, keys[2]);
    const struct yaml_node *reply = yaml_node_get(node, keys[3]);
    const struct yaml_node *names = yaml_node_get(node, keys[4]);
    for (size_t i = 0; i < node->count; i++)
        if (node->items[i] != entities && node->items[i] != score && node->items[i] != edit_for &&
            node->items[i] != reply && node->items[i] != names)
            yaml_problem_unknown(ctx->problems, node->keys[i], "key", node->keys[i]->text, keys,
                                 sizeof(keys) / sizeof(keys[0]));
    double min_score = USUAL_SCORE;
    if (score != NULL)
        (void)read_score(ctx, score, &min_score);
    if (edit_for != NULL)
        read_edit_for(ctx, edit_for, out);
    if (reply != NULL)
        read_reply(ctx, reply, out);
    if (names != NULL)
        read_names(ctx, names, out);
    if (entities == NULL)
        return;
    if (entities->kind != YAML_KIND_MAPPING || entities->count == 0) {
        yaml_problem(ctx->problems, entities, "must be a mapping from types or sets to actions");
        return;
    }
    struct pii_set named = {{0}};
    for (size_t i = 0; i < entities->count; i++)
        read_entry(ctx, entities->keys[i], entities->items[i], min_score, &named, out);
}
