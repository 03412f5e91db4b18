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
        if (root == NULL && line[len - 1] != '\n') {
            break; /* being written just now, or torn */
        } else if (root == NULL) {
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
    enum unclassified unclassified = record->facts.unclassified;
    if (!record->scored)
        return true;
    if (record->facts.pii.sensitive >= 0.5f ||
        (unclassified != UNCLASSIFIED_NONE && unclassified != UNCLASSIFIED_OFF)) {
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
        code = tool_fail("policy", "the log holds no scored request that could leave the premises");
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

/* What goes to a target in the cloud first, of which somebody pays each token. */
struct bill {
    size_t requests;
    uint64_t tokens; /* of the prompts as estimated and of the answers as expected */
};

struct replay {
    const struct policy *policy, *other; /* other: NULL for a replay */
    bool json;
    size_t decided, differ, unknown, other_policy, no_targets;
    struct bill was, is;
};

/* One side of the comparison. */
struct side {
    const char *rule, *action;
    const char *targets[FACTS_MAX_TARGETS]; /* names, in order */
    size_t target_count;
    bool cloud; /* the first of them is there */
    uint64_t cloud_tokens;
};

static void set_targets(struct side *side, const struct policy *policy, const struct facts *facts,
                        const uint8_t *targets, size_t count)
{
    side->target_count = count;
    for (size_t i = 0; i < count; i++)
        side->targets[i] = targets[i] < policy_target_count(policy)
                               ? policy_target_name(policy, targets[i])
                               : "unknown";
    side->cloud = count != 0 && targets[0] < policy_target_count(policy) &&
                  policy_target_placement(policy, targets[0]) == PLACEMENT_CLOUD;
    side->cloud_tokens =
        side->cloud ? (uint64_t)facts->prompt_tokens + facts->complexity.expected_tokens : 0;
}

static struct side side_of(const struct policy *policy, const struct facts *facts,
                           const struct decision *decision)
{
    struct side side = {.rule = decision->rule_name,
                        .action = decision_action_name(decision->action)};
    set_targets(&side, policy, facts, decision->targets,
                decision->action == DECISION_ROUTE ? decision->target_count : 0);
    return side;
}

static void add_to_bill(struct bill *bill, const struct side *side)
{
    bill->requests += side->cloud;
    bill->tokens += side->cloud_tokens;
}

static void show_side(const struct side *side, bool json)
{
    if (!json) {
        (void)printf("%s by %s", side->action, side->rule);
        for (size_t i = 0; i < side->target_count; i++)
            (void)printf("%s%s", i == 0 ? " to " : ", ", side->targets[i]);
        return;
    }
    (void)printf("{\"rule\":\"%s\",\"action\":\"%s\",\"targets\":[", side->rule, side->action);
    for (size_t i = 0; i < side->target_count; i++)
        (void)printf("%s\"%s\"", i == 0 ? "" : ",", side->targets[i]);
    (void)printf("],\"cloud_tokens\":%llu}", (unsigned long long)side->cloud_tokens);
}

static void show_difference(const struct replay *replay, const struct record_read *record,
                            const struct side *was, const struct side *is)
{
    if (!replay->json && replay->differ > SHOWN_AT_MOST)
        return;
    (void)printf(replay->json ? "{\"request_id\":\"%s\",\"was\":" : "%s  ", record->request_id);
    show_side(was, replay->json);
    (void)printf(replay->json ? ",\"is\":" : " -> ");
    show_side(is, replay->json);
    (void)printf(replay->json ? "}\n" : "\n");
}

static bool same_side(const struct side *a, const struct side *b)
{
    bool same = strcmp(a->rule, b->rule) == 0 && strcmp(a->action, b->action) == 0 &&
                a->target_count == b->target_count;
    for (size_t i = 0; same && i < a->target_count; i++)
        same = strcmp(a->targets[i], b->targets[i]) == 0;
    return same;
}

/* What no list of targets shows: where a request may end up, and what a cascade asks for. */
static bool same_bounds(const struct decision *a, const struct decision *b)
{
    return a->allowed == b->allowed && a->cascade == b->cascade &&
           !(a->min_confidence < b->min_confidence) && !(a->min_confidence > b->min_confidence);
}

void policy_tool_decide(const struct policy *policy, const struct record_read *record,
                        struct facts *facts, struct decision *out)
{
    facts->complexity.tier = policy_tier(policy, facts->complexity.score);
    policy_decide(policy, facts, out);
    if (record->unedited && out->edits)
        decision_keep_from(policy, out->edit_for, out);
}

/* What the log says; a log that does not name the targets is taken to agree on them. */
static struct side logged_side(const struct replay *replay, const struct record_read *record,
                               const struct side *decided)
{
    struct side side = *decided;
    side.rule = record->rule;
    side.action = record->action;
    if (record->targets_known || strcmp(record->action, decided->action) != 0)
        set_targets(&side, replay->policy, &record->facts, record->targets, record->target_count);
    return side;
}

static bool replay_record(void *user, const struct record_read *record)
{
    struct replay *replay = user;
    struct facts facts = record->facts;
    struct decision decided, other;
    bool same = true;
    replay->decided++;
    replay->unknown += record->model_unknown;
    policy_tool_decide(replay->policy, record, &facts, &decided);
    struct side was = side_of(replay->policy, &facts, &decided), is = was;
    if (replay->other == NULL) {
        bool routed = strcmp(record->action, decision_action_name(DECISION_ROUTE)) == 0;
        replay->other_policy += strcmp(record->policy_hash, policy_hash(replay->policy)) != 0;
        replay->no_targets += routed && !record->targets_known;
        was = logged_side(replay, record, &is);
    } else {
        policy_tool_decide(replay->other, record, &facts, &other);
        is = side_of(replay->other, &facts, &other);
        same = same_bounds(&decided, &other);
    }
    add_to_bill(&replay->was, &was);
    add_to_bill(&replay->is, &is);
    if (!same || !same_side(&was, &is)) {
        replay->differ++;
        show_difference(replay, record, &was, &is);
    }
    return true;
}

static void show_totals(const struct replay *replay)
{
    if (replay->differ > SHOWN_AT_MOST)
        (void)printf("… and %zu more\n", replay->differ - SHOWN_AT_MOST);
    (void)printf("%zu decisions, %zu differ\n", replay->decided, replay->differ);
    (void)printf("to the cloud first: %zu requests, about %llu tokens -> %zu, %llu\n",
                 replay->was.requests, (unsigned long long)replay->was.tokens, replay->is.requests,
                 (unsigned long long)replay->is.tokens);
    if (replay->other_policy != 0)
        (void)printf("%zu were taken under another policy file\n", replay->other_policy);
    if (replay->no_targets != 0)
        (void)printf("%zu are of a version that did not log the targets: these were not compared\n",
                     replay->no_targets);
    if (replay->unknown != 0)
        (void)printf("%zu asked for models that the log holds as hashes: rules on their names "
                     "cannot be replayed\n",
                     replay->unknown);
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
    if (code == TOOL_DONE && !args->json)
        show_totals(&replay);
    policy_unref(policy);
    policy_unref(other);
    return code == TOOL_DONE && replay.differ != 0 ? TOOL_NO : code;
}
