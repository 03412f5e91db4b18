/* policy_tool_explain.c - every rule of a policy beside one request, given or logged. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/chat_facts.h"
#include "gateway/config_load.h"
#include "gateway/correction.h"
#include "gateway/policy_tool.h"
#include "gateway/redaction.h"
#include "router/explain.h"

struct explaining {
    const struct policy_arguments *args;
    struct config *config;
    struct policy *policy;
    bool found; /* the logged request */
};

/* What is known of the request beside its facts. */
struct request_view {
    struct facts facts;
    struct decision decision;
    const struct record_read *record; /* NULL: it was not logged */
    bool kept;                        /* it cannot be edited, and is kept from who it was for */
};

/* ---- as text ---- */

struct printing {
    const struct policy *policy;
    size_t chosen;
};

static void print_node(void *user, const struct explain_node *node)
{
    const struct printing *p = user;
    (void)printf("%-3s  %*s", node->holds ? "yes" : "no", (int)(4 * node->depth), "");
    switch (node->kind) {
    case EXPLAIN_RULE:
        (void)printf("rule %s%s\n", policy_rule_name(p->policy, node->rule),
                     node->rule == p->chosen ? "  <- decides" : "");
        return;
    case EXPLAIN_ALL:
        (void)puts("all of");
        return;
    case EXPLAIN_ANY:
        (void)puts("any of");
        return;
    case EXPLAIN_NOT:
        (void)puts("not");
        return;
    case EXPLAIN_CONDITION:
        (void)printf("%s %s   it is %s%s\n", node->signal, node->asked, node->seen,
                     node->assumed ? " (assumed: not classified)" : "");
        return;
    }
}

static void print_decision(const struct policy *policy, const struct request_view *view)
{
    const struct decision *d = &view->decision;
    (void)printf("\n%s by %s\n", decision_action_name(d->action), d->rule_name);
    if (d->action == DECISION_BLOCK)
        (void)printf("reason   %s: %s\n", decision_block_name(d->block), d->message);
    for (size_t i = 0; i < d->target_count; i++)
        (void)printf("%s%s (%s)%s", i == 0 ? "targets  " : ", ",
                     policy_target_name(policy, d->targets[i]),
                     placement_name(policy_target_placement(policy, d->targets[i])),
                     view->facts.target_up[d->targets[i]] ? "" : " down");
    if (d->action == DECISION_ROUTE)
        (void)printf("\nallowed  %s and what is more private%s\n", placement_name(d->allowed),
                     d->restricted ? "; targets were taken out" : "");
    if (d->cascade == DECISION_CASCADE_JUDGE)
        (void)printf("cascade  from a confidence of %g the first answer stays\n",
                     (double)d->min_confidence);
    if (d->cascade == DECISION_CASCADE_ACK)
        (void)printf("cascade  acknowledged in process: at most %u tokens, %u ms\n",
                     (unsigned)d->ack_tokens, (unsigned)d->ack_ms);
    for (int i = 0; i < PII_TYPE_COUNT && d->pii_actions; i++)
        if (view->facts.pii.count[i] != 0)
            (void)printf("entity   %s %.4g: %s\n", pii_type_name((enum pii_type)i),
                         (double)view->facts.pii.best_score[i],
                         pii_action_name((enum pii_action)d->pii_action[i]));
    if (d->edits)
        (void)printf("edits    for targets from %s on\n", placement_name(d->edit_for));
    if (view->kept)
        (void)puts("edits    impossible where the entities stand");
}

static void print_logged(const struct policy *policy, const struct request_view *view)
{
    const struct record_read *record = view->record;
    bool same = strcmp(record->rule, view->decision.rule_name) == 0 &&
                strcmp(record->action, decision_action_name(view->decision.action)) == 0;
    (void)printf("logged   %s by %s: %s, under %s policy file\n", record->action, record->rule,
                 same ? "the same" : "another decision",
                 strcmp(record->policy_hash, policy_hash(policy)) == 0 ? "this" : "another");
    if (record->model_unknown)
        (void)puts("         the log holds the model's name as a hash: rules on it see that");
}

static int print_text(const struct policy *policy, const struct request_view *view)
{
    struct printing printing = {.policy = policy, .chosen = view->decision.rule};
    policy_explain(policy, &view->facts, print_node, &printing);
    print_decision(policy, view);
    if (view->record != NULL)
        print_logged(policy, view);
    return ferror(stdout) ? TOOL_NO : TOOL_DONE;
}

/* ---- as JSON ---- */

enum { DEPTH_AT_MOST = YAML_MAX_DEPTH };

struct building {
    const struct policy *policy;
    size_t chosen;
    json_t *lists[DEPTH_AT_MOST + 1]; /* borrowed: where nodes of that depth belong */
    bool failed;
};

static void build_node(void *user, const struct explain_node *node)
{
    struct building *b = user;
    json_t *item = json_pack("{s:b}", "holds", (int)node->holds);
    int rc = item == NULL || node->depth >= DEPTH_AT_MOST || b->lists[node->depth] == NULL;
    if (rc == 0 && node->kind == EXPLAIN_CONDITION) {
        rc |= json_object_set_new(item, "signal", json_string(node->signal));
        rc |= json_object_set_new(item, "asked", json_string(node->asked));
        rc |= json_object_set_new(item, "seen", json_string(node->seen));
        rc |= node->assumed ? json_object_set_new(item, "assumed", json_true()) : 0;
    } else if (rc == 0) {
        json_t *below = json_array();
        bool rule = node->kind == EXPLAIN_RULE;
        if (rule) {
            rc |= json_object_set_new(item, "rule",
                                      json_string(policy_rule_name(b->policy, node->rule)));
            rc |= json_object_set_new(item, "decides", json_boolean(node->rule == b->chosen));
        }
        rc |= json_object_set_new(item, rule ? "conditions" : explain_kind_name(node->kind), below);
        b->lists[node->depth + 1] = rc == 0 ? below : NULL;
    }
    if (rc != 0 || json_array_append_new(b->lists[node->depth], item) != 0)
        b->failed = true;
}

static json_t *decision_json(const struct policy *policy, const struct request_view *view)
{
    const struct decision *d = &view->decision;
    json_t *targets = json_array(), *entities = json_object();
    for (size_t i = 0; i < d->target_count; i++)
        (void)json_array_append_new(
            targets,
            json_pack("{s:s, s:s, s:b}", "name", policy_target_name(policy, d->targets[i]),
                      "placement", placement_name(policy_target_placement(policy, d->targets[i])),
                      "up", (int)view->facts.target_up[d->targets[i]]));
    for (int i = 0; i < PII_TYPE_COUNT; i++)
        if (view->facts.pii.count[i] != 0)
            (void)json_object_set_new(
                entities, pii_type_name((enum pii_type)i),
                json_pack("{s:f, s:s}", "score",
                          round((double)view->facts.pii.best_score[i] * 1e4) / 1e4, "action",
                          pii_action_name((enum pii_action)d->pii_action[i])));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:b, s:s, s:o, s:b, s:b}", "rule",
                     d->rule_name, "action", decision_action_name(d->action), "block",
                     decision_block_name(d->block), "message", d->message, "targets", targets,
                     "allowed_placement", placement_name(d->allowed), "restricted",
                     (int)d->restricted, "cascade", decision_cascade_name(d->cascade), "pii",
                     entities, "edits", (int)d->edits, "uneditable", (int)view->kept);
}

static int print_json(const struct policy *policy, const struct request_view *view)
{
    json_t *rules = json_array();
    struct building building = {.policy = policy, .chosen = view->decision.rule};
    building.lists[0] = rules;
    policy_explain(policy, &view->facts, build_node, &building);
    json_t *root = json_pack("{s:s, s:o, s:o}", "policy", policy_hash(policy), "rules", rules,
                             "decision", decision_json(policy, view));
    int rc = root == NULL || building.failed;
    if (rc == 0 && view->record != NULL)
        rc = json_object_set_new(root, "logged",
                                 json_pack("{s:s, s:s, s:s}", "rule", view->record->rule, "action",
                                           view->record->action, "policy",
                                           view->record->policy_hash));
    if (rc != 0) {
        json_decref(root);
        root = NULL;
    }
    return tool_print_json("policy", root);
}

static int print_view(const struct explaining *x, const struct request_view *view)
{
    return x->args->json ? print_json(x->policy, view) : print_text(x->policy, view);
}

/* ---- a logged request ---- */

static bool explain_record(void *user, const struct record_read *record)
{
    struct explaining *x = user;
    struct request_view view = {.record = record, .facts = record->facts};
    if (x->found || strcmp(record->request_id, x->args->record) != 0)
        return true;
    x->found = true;
    policy_tool_decide(x->policy, record, &view.facts, &view.decision);
    view.kept = record->unedited;
    return print_view(x, &view) == TOOL_DONE;
}

static int explain_logged(struct explaining *x)
{
    int code = TOOL_DONE;
    for (size_t i = 0; i < x->args->file_count && code == TOOL_DONE && !x->found; i++)
        code = policy_tool_read_log(x->args->files[i], explain_record, x);
    if (code == TOOL_DONE && !x->found)
        code = tool_fail("policy", "the log holds no decision on a request with that id");
    return code;
}

/* ---- a request ---- */

static bool mark_down(const struct explaining *x, struct facts *facts)
{
    char names[1024];
    char *rest = names, *name;
    for (size_t i = 0; i < x->config->target_count; i++)
        facts->target_up[i] = true;
    (void)snprintf(names, sizeof(names), "%s", x->args->down != NULL ? x->args->down : "");
    while ((name = strsep(&rest, ",")) != NULL) {
        size_t i = 0;
        if (*name == '\0')
            continue;
        while (i < x->config->target_count && strcmp(x->config->targets[i].name, name) != 0)
            i++;
        if (i == x->config->target_count) {
            (void)fprintf(stderr, "penstock policy: there is no target \"%s\"\n", name);
            return false;
        }
        facts->target_up[i] = false;
    }
    return true;
}

/* The site's own correction, where it is for these weights. */
static int load_correction(const struct explaining *x, const struct classifiers *classifiers,
                           struct correction_file *file, bool *fits, struct err *err)
{
    const char *path = x->config->learning.correction;
    *fits = false;
    if (path == NULL || access(path, F_OK) != 0)
        return 0;
    int rc = correction_load(file, path, err);
    *fits = rc == 0 && correction_fits(file, classifiers_complexity_hash(classifiers), NULL);
    return rc;
}

static int classify(const struct explaining *x, const struct chat_request *chat,
                    struct classify_spans *spans, struct facts *facts, struct err *err)
{
    struct classifiers *classifiers = NULL;
    struct classify_scratch *scratch = NULL;
    struct correction_file *correction = calloc(1, sizeof(*correction));
    struct classify_input input =
        chat_classify_input(chat, &x->config->classifiers, x->policy, spans);
    bool corrected = false;
    facts->text_bytes = classify_input_bytes(&input);
    int rc = correction != NULL ? classifiers_new(&classifiers, err)
                                : err_set(err, ERR_MEMORY, "out of memory");
    if (rc == 0)
        rc = classify_scratch_new(0, &scratch, err);
    if (rc == 0)
        rc = load_correction(x, classifiers, correction, &corrected, err);
    if (rc != 0)
        goto out;
    input.sketch = corrected;
    if (corrected)
        input.sketch_key = correction->key;
    if (input.skip_pii && input.skip_complexity)
        classify_none(facts, input.unscannable ? UNCLASSIFIED_UNSCANNABLE : UNCLASSIFIED_OFF);
    else
        classify_request(classifiers, scratch, &input, facts, NULL);
    if (corrected)
        facts->complexity.score = correction_apply(
            &correction->correction, &facts->complexity.sketch, facts->complexity.shipped_score);
out:
    classify_scratch_free(scratch);
    classifiers_free(classifiers);
    free(correction);
    return rc;
}

/* What the gateway does, but for what only a running one knows: earlier turns, states of targets.
 */
static int explain_chat(const struct explaining *x, const struct chat_request *chat)
{
    struct request_view view = {.record = NULL};
    struct classify_spans spans = {.items = NULL};
    struct redaction *redaction = NULL;
    struct err err = {0};
    if (!mark_down(x, &view.facts))
        return TOOL_USAGE;
    if (classify(x, chat, &spans, &view.facts, &err) != 0) {
        classify_spans_release(&spans);
        return tool_fail("policy", err.text);
    }
    chat_facts_set(chat, &view.facts);
    facts_round(&view.facts);
    view.facts.complexity.tier = policy_tier(x->policy, view.facts.complexity.score);
    policy_decide(x->policy, &view.facts, &view.decision);
    if (decision_edits_for_some(x->policy, &view.decision)) {
        view.kept = redaction_new(&redaction, chat, &spans, x->policy, view.decision.rule, NULL) !=
                    DECISION_REDACTION_DONE;
        if (view.kept)
            decision_keep_from(x->policy, view.decision.edit_for, &view.decision);
        redaction_free(redaction);
    }
    int code = print_view(x, &view);
    classify_spans_release(&spans);
    return code;
}

static int explain_body(const struct explaining *x)
{
    struct buf body = BUF_INIT;
    struct chat_request chat;
    struct chat_problem problem;
    struct err err = {0};
    int code = TOOL_DONE;
    if (tool_read(x->args->files[0], x->config->limits.body_bytes, &body, &err) != 0) {
        code = tool_fail("policy", err.text);
    } else if (chat_request_decode(&chat, content_of(body.data, body.len), &problem) != 0) {
        (void)fprintf(stderr, "penstock policy: %s: the gateway would refuse it: %s%s%s%s%s\n",
                      x->args->files[0], api_error_row(problem.error)->code,
                      problem.param[0] != '\0' ? " at " : "", problem.param,
                      problem.detail[0] != '\0' ? ": " : "", problem.detail);
        code = TOOL_NO;
    } else {
        code = explain_chat(x, &chat);
        chat_request_release(&chat);
    }
    buf_release(&body);
    return code;
}

int policy_tool_explain(const struct policy_arguments *args)
{
    struct problems problems = PROBLEMS_INIT;
    struct explaining x = {.args = args};
    const char *path = args->config != NULL ? args->config : "penstock.yaml";
    int code = TOOL_NO;
    if (config_load_all(path, &x.config, &x.policy, &problems) != 0)
        problems_print(&problems, stderr);
    else
        code = args->record != NULL ? explain_logged(&x) : explain_body(&x);
    policy_unref(x.policy);
    config_unref(x.config);
    problems_release(&problems);
    return code;
}
