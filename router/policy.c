#include "router/policy.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/yaml_value.h"
#include "router/rule.h"

enum { NAME_MAX_BYTES = 64, MESSAGE_MAX_BYTES = 300 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct compiler {
    struct rule_context ctx;
    struct policy *policy;
    const struct yaml_node *unconditional; /* the first rule without `when` */
    const struct pii_actions *pii;         /* what the policy as a whole does about entities */
};

static const char *copy_text(struct compiler *c, const char *text)
{
    const char *copy = region_copy(c->ctx.region, text, strlen(text));
    if (copy == NULL)
        c->ctx.out_of_memory = true;
    return copy != NULL ? copy : "";
}

/* ---- where a rule sends ---- */

static bool read_placement(struct compiler *c, const struct yaml_node *node, enum placement *out)
{
    const char *names[PLACEMENT_COUNT];
    for (int i = 0; i < PLACEMENT_COUNT; i++) {
        names[i] = placement_name((enum placement)i);
        if (strcmp(node->text, names[i]) == 0) {
            *out = (enum placement)i;
            return true;
        }
    }
    yaml_problem_unknown(c->ctx.problems, node, "placement", node->text, names, PLACEMENT_COUNT);
    return false;
}

static void add_target(struct compiler *c, struct rule *rule, const struct yaml_node *node,
                       bool *limited)
{
    if (node->kind != YAML_KIND_SCALAR || yaml_node_is_null(node)) {
        yaml_problem(c->ctx.problems, node, "must be the name of a target");
        return;
    }
    int found = rule_find_target(&c->ctx, node, node->text);
    if (found < 0)
        return;
    for (size_t i = 0; i < rule->target_count; i++) {
        if (rule->targets[i] == found) {
            yaml_problem(c->ctx.problems, node, "target \"%.80s\" is in the list twice", node->raw);
            return;
        }
    }
    enum placement placement = c->ctx.targets[found].placement;
    if (!*limited) {
        rule->allowed = placement;
        *limited = true;
    }
    if (placement > rule->allowed)
        yaml_problem(c->ctx.problems, node,
                     "target \"%.80s\" is %s, but the rule allows nothing less private than %s",
                     node->raw, placement_name(placement), placement_name(rule->allowed));
    rule->targets[rule->target_count++] = (uint8_t)found;
}

static void read_route(struct compiler *c, struct rule *rule, const struct yaml_node *node,
                       const struct yaml_node *placement)
{
    bool limited = placement != NULL && read_placement(c, placement, &rule->allowed);
    rule->action = DECISION_ROUTE;
    if (node->kind == YAML_KIND_SCALAR && !yaml_node_is_null(node)) {
        add_target(c, rule, node, &limited);
    } else if (node->kind != YAML_KIND_SEQUENCE || node->count == 0) {
        yaml_problem(c->ctx.problems, node, "must be a list of targets");
    } else {
        for (size_t i = 0; i < node->count; i++)
            add_target(c, rule, node->items[i], &limited);
    }
}

/* cascade: {min_confidence: 0.6} */
static void read_judge(struct compiler *c, struct rule *rule, const struct yaml_node *node)
{
    const struct yaml_node *value = yaml_node_get(node, "min_confidence");
    double number = 0.5;
    if (value != NULL && (value->kind != YAML_KIND_SCALAR ||
                          !yaml_value_decimal(value->text, &number) || number > 1))
        yaml_problem(c->ctx.problems, value, "must be a number from 0 to 1");
    if (rule->action != DECISION_ROUTE || rule->target_count < 2 ||
        c->ctx.targets[rule->targets[0]].placement != PLACEMENT_IN_PROCESS)
        yaml_problem(c->ctx.problems, node,
                     "needs a route of at least two targets, the first of them in process");
    rule->min_confidence = (float)number;
}

/* cascade: {mode: ack_then_deepen, max_tokens: 24, max_time: 2s} */
static void read_ack(struct compiler *c, struct rule *rule, const struct yaml_node *node)
{
    enum { TOKENS = 24, TOKENS_AT_MOST = 64, MS = 2000, MS_AT_MOST = 10000 };
    const struct yaml_node *tokens = yaml_node_get(node, "max_tokens");
    const struct yaml_node *time = yaml_node_get(node, "max_time");
    uint64_t number = TOKENS, ms = MS;
    bool later = false;
    if (tokens != NULL &&
        (!yaml_value_count(tokens->text, &number) || number == 0 || number > TOKENS_AT_MOST))
        yaml_problem(c->ctx.problems, tokens, "must be a number from 1 to %d", TOKENS_AT_MOST);
    if (time != NULL && (!yaml_value_duration(time->text, &ms) || ms == 0 || ms > MS_AT_MOST))
        yaml_problem(c->ctx.problems, time, "must be a time from 1ms to %ds", MS_AT_MOST / 1000);
    for (size_t i = 1; i < rule->target_count; i++)
        later = later || c->ctx.targets[rule->targets[i]].placement == PLACEMENT_IN_PROCESS;
    if (rule->action != DECISION_ROUTE || !later ||
        c->ctx.targets[rule->targets[0]].placement == PLACEMENT_IN_PROCESS)
        yaml_problem(c->ctx.problems, node,
                     "needs a route with a target in process behind others that are not");
    rule->ack_tokens = (uint16_t)number;
    rule->ack_ms = (uint32_t)ms;
}

static void read_cascade(struct compiler *c, struct rule *rule, const struct yaml_node *node)
{
    static const char *const modes[] = {"judge", "ack_then_deepen"};
    static const char *const judge_keys[] = {"mode", "min_confidence"};
    static const char *const ack_keys[] = {"mode", "max_tokens", "max_time"};
    if (node->kind != YAML_KIND_MAPPING) {
        yaml_problem(c->ctx.problems, node, "must be a mapping {mode, …}");
        return;
    }
    const struct yaml_node *mode = yaml_node_get(node, "mode");
    if (mode == NULL || strcmp(mode->text, modes[0]) == 0) {
        yaml_problem_keys(c->ctx.problems, node, judge_keys, COUNT(judge_keys));
        rule->cascade = DECISION_CASCADE_JUDGE;
        read_judge(c, rule, node);
    } else if (strcmp(mode->text, modes[1]) == 0) {
        yaml_problem_keys(c->ctx.problems, node, ack_keys, COUNT(ack_keys));
        rule->cascade = DECISION_CASCADE_ACK;
        read_ack(c, rule, node);
    } else {
        yaml_problem_unknown(c->ctx.problems, mode, "mode", mode->text, modes, COUNT(modes));
    }
}

static void read_block_reason(struct compiler *c, struct rule *rule, const struct yaml_node *node)
{
    const char *names[DECISION_BLOCK_COUNT];
    size_t count = 0;
    for (int i = DECISION_BLOCK_POLICY; i < DECISION_BLOCK_COUNT; i++) {
        names[count++] = decision_block_name((enum decision_block)i);
        if (strcmp(node->text, names[count - 1]) == 0) {
            rule->block = (enum decision_block)i;
            return;
        }
    }
    yaml_problem_unknown(c->ctx.problems, node, "reason", node->text, names, count);
}

static void read_message(struct compiler *c, struct rule *rule, const struct yaml_node *node)
{
    size_t len = strlen(node->text);
    if (node->kind != YAML_KIND_SCALAR || len == 0 || len > MESSAGE_MAX_BYTES) {
        yaml_problem(c->ctx.problems, node, "must be text of 1 to %d characters",
                     MESSAGE_MAX_BYTES);
        return;
    }
    rule->message = copy_text(c, node->text);
}

static void read_block(struct compiler *c, struct rule *rule, const struct yaml_node *node)
{
    static const char *const keys[] = {"reason", "message"};
    rule->action = DECISION_BLOCK;
    rule->block = DECISION_BLOCK_POLICY;
    rule->allowed = PLACEMENT_IN_PROCESS;
    rule->message = "The policy of this gateway does not allow this request.";
    if (node->kind == YAML_KIND_SCALAR && !yaml_node_is_null(node)) {
        read_message(c, rule, node);
        return;
    }
    if (node->kind != YAML_KIND_MAPPING) {
        yaml_problem(c->ctx.problems, node, "must be a message, or a mapping {reason, message}");
        return;
    }
    yaml_problem_keys(c->ctx.problems, node, keys, COUNT(keys));
    const struct yaml_node *reason = yaml_node_get(node, "reason");
    const struct yaml_node *message = yaml_node_get(node, "message");
    if (reason != NULL)
        read_block_reason(c, rule, reason);
    if (message != NULL)
        read_message(c, rule, message);
}

static void read_outcome(struct compiler *c, struct rule *rule, const struct yaml_node *node)
{
    const struct yaml_node *route = yaml_node_get(node, "route");
    const struct yaml_node *block = yaml_node_get(node, "block");
    const struct yaml_node *placement = yaml_node_get(node, "placement");
    rule->message = "";
    if (route == NULL && block == NULL)
        yaml_problem(c->ctx.problems, node, "needs route or block");
    if (route != NULL && block != NULL)
        yaml_problem(c->ctx.problems, block, "a rule has either route or block");
    if (placement != NULL && route == NULL)
        yaml_problem(c->ctx.problems, placement, "placement goes with route");
    if (route != NULL)
        read_route(c, rule, route, placement);
    else if (block != NULL)
        read_block(c, rule, block);
    const struct yaml_node *cascade = yaml_node_get(node, "cascade");
    if (cascade != NULL)
        read_cascade(c, rule, cascade);
}

/* ---- entities ---- */

/* A section over what holds without it; NULL only when memory runs out. */
static const struct pii_actions *read_pii(struct compiler *c, const struct yaml_node *node,
                                          const struct pii_actions *base)
{
    struct pii_actions *actions = region_alloc(c->ctx.region, sizeof(*actions));
    if (actions == NULL) {
        c->ctx.out_of_memory = true;
        return base;
    }
    if (base == NULL)
        pii_actions_init(actions);
    if (node != NULL)
        pii_actions_read(&c->ctx, node, base != NULL ? base : actions, actions);
    pii_actions_add_edited(actions, &c->policy->edited);
    return actions;
}

static void read_rule_pii(struct compiler *c, struct rule *rule, const struct yaml_node *node)
{
    const struct yaml_node *pii = yaml_node_get(node, "pii");
    rule->pii = pii != NULL ? read_pii(c, pii, c->pii) : c->pii;
    if (pii != NULL && yaml_node_get(node, "block") != NULL)
        yaml_problem(c->ctx.problems, pii, "pii goes with route");
}

/* ---- rules ---- */

/* Names go into headers, metrics and logs. */
static bool is_name(const char *text)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
    size_t len = strlen(text);
    return len != 0 && len <= NAME_MAX_BYTES && strspn(text, allowed) == len;
}

static void read_rule_name(struct compiler *c, struct rule *rule, const struct yaml_node *node)
{
    const struct yaml_node *name = yaml_node_get(node, "name");
    rule->name = "";
    if (name == NULL) {
        yaml_problem(c->ctx.problems, node, "the rule has no name");
        return;
    }
    if (!is_name(name->text)) {
        yaml_problem(c->ctx.problems, name,
                     "must be 1 to %d letters, digits, \"-\", \"_\" or \".\"", NAME_MAX_BYTES);
        return;
    }
    if (strcmp(name->text, "default") == 0) {
        yaml_problem(c->ctx.problems, name, "\"default\" is the name of the default rule");
        return;
    }
    for (size_t i = 0; i < c->policy->rule_count; i++)
        if (strcmp(c->policy->rules[i].name, name->text) == 0)
            yaml_problem(c->ctx.problems, name, "another rule is named \"%s\" too", name->text);
    rule->name = copy_text(c, name->text);
}

static void read_rule(struct compiler *c, const struct yaml_node *node)
{
    static const char *const keys[] = {"name",      "description", "when", "route",
                                       "placement", "block",       "pii",  "cascade"};
    struct rule *rule = &c->policy->rules[c->policy->rule_count];
    if (node->kind != YAML_KIND_MAPPING) {
        yaml_problem(c->ctx.problems, node, "must be a mapping {name, when, route or block}");
        return;
    }
    yaml_problem_keys(c->ctx.problems, node, keys, COUNT(keys));
    read_rule_name(c, rule, node);
    if (c->unconditional != NULL)
        yaml_problem(c->ctx.problems, node, "can never be reached: the rule on line %u has no when",
                     c->unconditional->line);
    const struct yaml_node *when = yaml_node_get(node, "when");
    if (when != NULL)
        rule->conditions = rule_compile_when(&c->ctx, when);
    else if (c->unconditional == NULL)
        c->unconditional = node;
    read_outcome(c, rule, node);
    read_rule_pii(c, rule, node);
    c->policy->rule_count++;
}

static void read_rules(struct compiler *c, const struct yaml_node *node)
{
    if (node->kind != YAML_KIND_SEQUENCE) {
        yaml_problem(c->ctx.problems, node, "must be a list of rules");
        return;
    }
    if (node->count >= POLICY_MAX_RULES) {
        yaml_problem(c->ctx.problems, node, "more than %d rules", POLICY_MAX_RULES - 1);
        return;
    }
    for (size_t i = 0; i < node->count; i++)
        read_rule(c, node->items[i]);
}

static void read_default(struct compiler *c, const struct yaml_node *root)
{
    static const char *const keys[] = {"description", "route", "placement",
                                       "block",       "pii",   "cascade"};
    const struct yaml_node *node = yaml_node_get(root, "default");
    if (node == NULL) {
        if (c->unconditional == NULL)
            yaml_problem(c->ctx.problems, root,
                         "a default is required: default: {route: […]}, or a last rule without "
                         "when");
        return;
    }
    if (node->kind != YAML_KIND_MAPPING) {
        yaml_problem(c->ctx.problems, node, "must be a mapping with route or block");
        return;
    }
    yaml_problem_keys(c->ctx.problems, node, keys, COUNT(keys));
    if (c->unconditional != NULL)
        yaml_problem(c->ctx.problems, node, "can never be reached: the rule on line %u has no when",
                     c->unconditional->line);
    struct rule *rule = &c->policy->rules[c->policy->rule_count++];
    rule->name = "default";
    read_outcome(c, rule, node);
    read_rule_pii(c, rule, node);
}

/* tiers: {medium: 0.25, complex: 0.4, reasoning: 0.55}: what is left out stays usual. */
static void read_tiers(struct compiler *c, const struct yaml_node *node)
{
    static const char *const keys[] = {"medium", "complex", "reasoning"};
    float *tiers = c->policy->tiers;
    memcpy(tiers, complexity_usual_tiers, sizeof(c->policy->tiers));
    if (node == NULL)
        return;
    if (node->kind != YAML_KIND_MAPPING) {
        yaml_problem(c->ctx.problems, node, "must be a mapping {medium, complex, reasoning}");
        return;
    }
    yaml_problem_keys(c->ctx.problems, node, keys, COUNT(keys));
    for (size_t i = 0; i < COUNT(keys); i++) {
        const struct yaml_node *value = yaml_node_get(node, keys[i]);
        double number = 0;
        if (value == NULL)
            continue;
        if (value->kind == YAML_KIND_SCALAR && yaml_value_decimal(value->text, &number) &&
            number <= 1)
            tiers[i] = (float)number;
        else
            yaml_problem(c->ctx.problems, value, "must be a number from 0 to 1");
    }
    for (size_t i = 1; i < COUNT(keys); i++)
        if (tiers[i] < tiers[i - 1])
            yaml_problem(c->ctx.problems, node, "%s begins below %s", keys[i], keys[i - 1]);
}

static void read_head(struct compiler *c, const struct yaml_node *root)
{
    static const char *const keys[] = {"version", "name", "description", "tiers",
                                       "sets",    "pii",  "rules",       "default"};
    const struct yaml_node *version = yaml_node_get(root, "version");
    const struct yaml_node *name = yaml_node_get(root, "name");
    yaml_problem_keys(c->ctx.problems, root, keys, COUNT(keys));
    if (version != NULL && strcmp(version->text, "1") != 0)
        yaml_problem(c->ctx.problems, version, "only version 1 is known");
    c->policy->name = "";
    if (name != NULL && !is_name(name->text))
        yaml_problem(c->ctx.problems, name,
                     "must be 1 to %d letters, digits, \"-\", \"_\" or \".\"", NAME_MAX_BYTES);
    else if (name != NULL)
        c->policy->name = copy_text(c, name->text);
    read_tiers(c, yaml_node_get(root, "tiers"));
    rule_read_sets(&c->ctx, yaml_node_get(root, "sets"));
    c->pii = read_pii(c, yaml_node_get(root, "pii"), NULL);
}

static bool copy_targets(struct compiler *c)
{
    size_t count = c->ctx.target_count;
    struct policy_target *targets = region_array(c->ctx.region, count, sizeof(*targets));
    if (targets == NULL)
        return false;
    for (size_t i = 0; i < count; i++)
        targets[i] = (struct policy_target){.name = copy_text(c, c->ctx.targets[i].name),
                                            .placement = c->ctx.targets[i].placement};
    c->policy->targets = targets;
    c->policy->target_count = count;
    return true;
}

int policy_compile(struct policy **out, const struct yaml_tree *tree,
                   const struct policy_target *targets, size_t target_count,
                   struct problems *problems)
{
    const struct yaml_node *root = yaml_tree_root(tree);
    *out = NULL;
    struct policy *policy = calloc(1, sizeof(*policy));
    if (policy == NULL) {
        yaml_problem(problems, root, "out of memory");
        return ERR_MEMORY;
    }
    atomic_init(&policy->references, 1);
    memcpy(policy->hash, yaml_tree_sha256(tree), sizeof(policy->hash));
    struct compiler c = {.policy = policy,
                         .ctx = {.region = &policy->region,
                                 .problems = problems,
                                 .targets = targets,
                                 .target_count = target_count}};
    policy->rules = region_array(&policy->region, POLICY_MAX_RULES, sizeof(*policy->rules));
    if (policy->rules == NULL || !copy_targets(&c)) {
        c.ctx.out_of_memory = true;
    } else if (target_count > FACTS_MAX_TARGETS) {
        yaml_problem(problems, root, "more than %d targets", FACTS_MAX_TARGETS);
    } else if (root->kind != YAML_KIND_MAPPING) {
        yaml_problem(problems, root, "must be a mapping with rules and default");
    } else {
        read_head(&c, root);
        const struct yaml_node *rules = yaml_node_get(root, "rules");
        if (rules != NULL)
            read_rules(&c, rules);
        read_default(&c, root);
    }
    if (c.ctx.out_of_memory)
        yaml_problem(problems, root, "out of memory");
    if (problems_count(problems) != 0) {
        policy_unref(policy);
        return c.ctx.out_of_memory ? ERR_MEMORY : ERR_SYNTAX;
    }
    *out = policy;
    return 0;
}

struct policy *policy_ref(struct policy *policy)
{
    atomic_fetch_add_explicit(&policy->references, 1, memory_order_relaxed);
    return policy;
}

void policy_unref(struct policy *policy)
{
    if (policy == NULL ||
        atomic_fetch_sub_explicit(&policy->references, 1, memory_order_acq_rel) != 1)
        return;
    region_release(&policy->region);
    free(policy);
}

enum complexity_tier policy_tier(const struct policy *policy, float score)
{
    return complexity_tier_of(policy->tiers, score);
}

const char *policy_name(const struct policy *policy)
{
    return policy->name;
}

const char *policy_hash(const struct policy *policy)
{
    return policy->hash;
}

size_t policy_rule_count(const struct policy *policy)
{
    return policy->rule_count;
}

const char *policy_rule_name(const struct policy *policy, size_t rule)
{
    return policy->rules[rule].name;
}

const char *policy_block_message(const struct policy *policy, size_t rule)
{
    return policy->rules[rule].message;
}

size_t policy_target_count(const struct policy *policy)
{
    return policy->target_count;
}

const char *policy_target_name(const struct policy *policy, size_t target)
{
    return policy->targets[target].name;
}

enum placement policy_target_placement(const struct policy *policy, size_t target)
{
    return policy->targets[target].placement;
}

const struct pii_set *policy_edited_types(const struct policy *policy)
{
    return &policy->edited;
}

enum pii_action policy_pii_edit(const struct policy *policy, size_t rule, enum pii_type type,
                                float score)
{
    return pii_action_edit(policy->rules[rule].pii, type, score);
}

enum pii_action policy_pii_of(const struct policy *policy, size_t rule, enum pii_type type,
                              float score)
{
    return pii_action_of(policy->rules[rule].pii, type, score);
}

enum pii_reply policy_scan_reply(const struct policy *policy, size_t rule)
{
    return policy->rules[rule].pii->reply;
}

bool policy_keeps_names(const struct policy *policy, size_t rule)
{
    return policy->rules[rule].pii->keep_names;
}
