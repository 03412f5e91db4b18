/* policy_tool_replay.c - threshold, replay and diff: policies against the decision log alone. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "gateway/config_load.h"
#include "gateway/policy_tool.h"

enum { SHOWN_AT_MOST = 20 };

int policy_tool_load(const char *path, struct policy **out)
{
    struct problems problems = PROBLEMS_INIT;
    struct config *config = NULL;
    int rc = config_load_all(path != NULL ? path : "penstock.yaml", &config, out, &problems);
    if (rc != 0)
        problems_print(&problems, stderr);
    config_unref(config);
    problems_release(&problems);
    return rc == 0 ? TOOL_DONE : TOOL_NO;
}

/* ---- reading logs ---- */

int policy_tool_read_log(const char *path, policy_tool_on_record each, void *user)
{
    char *line = NULL;
    size_t cap = 0, number = 0;
    ssize_t len;
    int code = TOOL_DONE;
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
    if (file == NULL) {
        (void)fprintf(stderr, "penstock policy: %s: %s\n", path, strerror(errno));
        return TOOL_NO;
    }
    while (code == TOOL_DONE && (len = getline(&line, &cap, file)) > 0) {
        json_error_t problem;
        struct record_read record;
        number++;
        json_t *root = json_loadb(line, (size_t)len, JSON_REJECT_DUPLICATES, &problem);
        if (root == NULL) {
            (void)fprintf(stderr, "penstock policy: %s:%zu: is no line of a decision log\n", path,
                          number);
            code = TOOL_NO;
        } else if (record_read(&record, root) && record.decided && !each(user, &record)) {
            code = tool_fail("policy", "out of memory");
        }
        json_decref(root);
    }
    if (ferror(file))
        code = tool_fail("policy", "the log cannot be read");
    free(line);
    if (file != stdin)
        (void)fclose(file);
    return code;
}

static int read_logs(const struct policy_arguments *args, policy_tool_on_record each, void *user)
{
    int code = TOOL_DONE;
    for (size_t i = 0; i < args->file_count && code == TOOL_DONE; i++)
        code = policy_tool_read_log(args->files[i], each, user);
    return code;
}

/* ---- threshold ---- */

struct scores {
    double *items;
    size_t count, cap;
    size_t kept; /* requests that may not leave, whatever their score */
};

/* What is sensitive or could not be read is no question of cost. */
static bool add_score(void *user, const struct record_read *record)
{
    struct scores *scores = user;
    if (record->facts.pii.sensitive >= 0.5f || record->facts.unclassified != UNCLASSIFIED_NONE) {
        scores->kept++;
        return true;
    }
    if (scores->count == scores->cap) {
        size_t cap = scores->cap != 0 ? scores->cap * 2 : 4096;
        double *items = reallocarray(scores->items, cap, sizeof(*items));
        if (items == NULL)
            return false;
        scores->items = items;
        scores->cap = cap;
    }
    scores->items[scores->count++] = (double)record->facts.complexity.score;
    return true;
}

static int by_score_falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? 1 : (x > y ? -1 : 0);
}

/* The lowest threshold in steps of .001 at which no more than that share is sent. */
static double threshold_of(const struct scores *scores, double share)
{
    size_t most = (size_t)(share * (double)scores->count + 1e-9);
    if (most >= scores->count)
        return 0;
    return fmin(floor(scores->items[most] * 1000 + 1 + 1e-6) / 1000, 1);
}

static double share_above(const struct scores *scores, double threshold)
{
    size_t count = 0;
    while (count < scores->count && scores->items[count] >= threshold - 1e-6)
        count++;
    return (double)count / (double)scores->count;
}

static void show_thresholds(const struct scores *scores, double share)
{
    double threshold = threshold_of(scores, share);
    (void)printf("%zu requests could leave the premises, %zu could not\n\n", scores->count,
                 scores->kept);
    (void)printf("threshold   sent to the cloud\n");
    for (int i = 1; i < 10; i++) {
        double at = threshold_of(scores, i / 10.0);
        (void)printf("    %.3f   %5.1f %%\n", at, 100 * share_above(scores, at));
    }
    (void)printf("\nfor %.0f %% (%.1f %% of those logged):\n\n", 100 * share,
                 100 * share_above(scores, threshold));
    (void)printf("      complexity: \">= %.3f\"\n", threshold);
}

int policy_tool_threshold(const struct policy_arguments *args)
{
    struct scores scores = {.items = NULL};
    double share = round((double)args->share * 1e6) / 1e6; /* as it was written */
    int code = read_logs(args, add_score, &scores);
    if (code == TOOL_DONE && scores.count == 0)
        code = tool_fail("policy",
                         "the log holds no decision on a request that could leave the premises");
    if (code == TOOL_DONE) {
        qsort(scores.items, scores.count, sizeof(*scores.items), by_score_falling);
        double at = threshold_of(&scores, share);
        if (args->json)
            (void)printf("{\"threshold\":%.3f,\"share\":%.4f,\"requests\":%zu,\"kept\":%zu}\n", at,
                         share_above(&scores, at), scores.count, scores.kept);
        else
            show_thresholds(&scores, share);
    }
    free(scores.items);
    return code;
}

/* ---- replay and diff ---- */

struct replay {
    const struct policy *policy, *other; /* other: NULL for a replay */
    bool json;
    size_t decided, differ, unknown, other_policy;
};

static const char *outcome_name(const struct decision *decision)
{
    return decision_action_name(decision->action);
}

static void show_difference(const struct replay *replay, const struct record_read *record,
                            const char *rule, const char *action, const struct decision *now)
{
    if (replay->json)
        (void)printf("{\"request_id\":\"%s\",\"was\":{\"rule\":\"%s\",\"action\":\"%s\"},"
                     "\"is\":{\"rule\":\"%s\",\"action\":\"%s\"}}\n",
                     record->request_id, rule, action, now->rule_name, outcome_name(now));
    else if (replay->differ <= SHOWN_AT_MOST)
        (void)printf("%s  %s by %s -> %s by %s\n", record->request_id, action, rule,
                     outcome_name(now), now->rule_name);
}

static bool same_targets(const struct replay *replay, const struct decision *a,
                         const struct decision *b)
{
    bool same = a->target_count == b->target_count && a->allowed == b->allowed &&
                a->cascade == b->cascade && !(a->min_confidence < b->min_confidence) &&
                !(a->min_confidence > b->min_confidence);
    for (size_t i = 0; same && i < a->target_count; i++)
        same = strcmp(policy_target_name(replay->policy, a->targets[i]),
                      policy_target_name(replay->other, b->targets[i])) == 0;
    return same;
}

void policy_tool_decide(const struct policy *policy, const struct record_read *record,
                        struct facts *facts, struct decision *out)
{
    facts->complexity.tier = policy_tier(policy, facts->complexity.score);
    policy_decide(policy, facts, out);
    if (record->unedited && out->edits)
        decision_keep_from(policy, out->edit_for, out);
}

static bool replay_record(void *user, const struct record_read *record)
{
    struct replay *replay = user;
    struct facts facts = record->facts;
    struct decision was, is;
    replay->decided++;
    replay->unknown += record->model_unknown;
    policy_tool_decide(replay->policy, record, &facts, &was);
    if (replay->other == NULL) {
        if (strcmp(record->policy_hash, policy_hash(replay->policy)) != 0)
            replay->other_policy++;
        if (strcmp(was.rule_name, record->rule) != 0 ||
            strcmp(outcome_name(&was), record->action) != 0) {
            replay->differ++;
            show_difference(replay, record, record->rule, record->action, &was);
        }
        return true;
    }
    policy_tool_decide(replay->other, record, &facts, &is);
    if (strcmp(was.rule_name, is.rule_name) != 0 || was.action != is.action ||
        !same_targets(replay, &was, &is)) {
        replay->differ++;
        show_difference(replay, record, was.rule_name, outcome_name(&was), &is);
    }
    return true;
}

int policy_tool_replay(const struct policy_arguments *args)
{
    struct policy *policy = NULL, *other = NULL;
    int code = policy_tool_load(args->config, &policy);
    if (code == TOOL_DONE && args->with != NULL)
        code = policy_tool_load(args->with, &other);
    struct replay replay = {.policy = policy, .other = other, .json = args->json};
    if (code == TOOL_DONE)
        code = read_logs(args, replay_record, &replay);
    if (code == TOOL_DONE && !args->json) {
        if (replay.differ > SHOWN_AT_MOST)
            (void)printf("… and %zu more\n", replay.differ - SHOWN_AT_MOST);
        (void)printf("%zu decisions, %zu differ\n", replay.decided, replay.differ);
        if (replay.other_policy != 0)
            (void)printf("%zu were taken under another policy file\n", replay.other_policy);
        if (replay.unknown != 0)
            (void)printf("%zu asked for models that the log holds as hashes: rules on their names "
                         "cannot be replayed\n",
                         replay.unknown);
    }
    policy_unref(policy);
    policy_unref(other);
    return code == TOOL_DONE && replay.differ != 0 ? TOOL_NO : code;
}
