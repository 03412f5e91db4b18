#include "gateway/cmd_policy.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "gateway/base/yaml_value.h"
#include "gateway/config_load.h"
#include "gateway/record_read.h"
#include "router/decide.h"

enum { EXIT_DONE = 0, EXIT_NO = 1, EXIT_USAGE = 2, SHOWN_AT_MOST = 20 };

static const char help[] =
    "usage: penstock policy threshold --cost-target SHARE LOG...\n"
    "       penstock policy replay [-c FILE] LOG...\n"
    "       penstock policy diff [-c FILE] --with FILE LOG...\n"
    "\n"
    "Policies against the decision log; no text is needed for that.\n"
    "\n"
    "  threshold  the complexity score that sends this share of the logged requests to the cloud,\n"
    "             and a table of others\n"
    "  replay     does the policy of the configuration decide the logged requests as it did then?\n"
    "  diff       what another configuration with its policy would decide otherwise\n"
    "\n"
    "      --cost-target SHARE  0 to 1: of the requests that may leave the premises\n"
    "  -c, --config FILE        the configuration; penstock.yaml by default\n"
    "      --with FILE          the configuration that is compared with it\n"
    "      --json               print JSON\n"
    "  -h, --help               this text\n"
    "\n"
    "exit code: 0 done, 1 a decision differs or an error, 2 wrong usage\n";

struct arguments {
    const char *config, *with;
    double share; /* negative: not given */
    bool json;
    char **logs;
    size_t log_count;
};

static int failure(const char *text)
{
    (void)fprintf(stderr, "penstock policy: %s\n", text);
    return EXIT_NO;
}

/* ---- reading logs ---- */

typedef bool (*on_record)(void *user, const struct record_read *record);

static int read_log(const char *path, on_record each, void *user)
{
    char *line = NULL;
    size_t cap = 0, number = 0;
    ssize_t len;
    int code = EXIT_DONE;
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rbe");
    if (file == NULL) {
        (void)fprintf(stderr, "penstock policy: %s: %s\n", path, strerror(errno));
        return EXIT_NO;
    }
    while (code == EXIT_DONE && (len = getline(&line, &cap, file)) > 0) {
        json_error_t problem;
        struct record_read record;
        number++;
        json_t *root = json_loadb(line, (size_t)len, JSON_REJECT_DUPLICATES, &problem);
        if (root == NULL) {
            (void)fprintf(stderr, "penstock policy: %s:%zu: is no line of a decision log\n", path,
                          number);
            code = EXIT_NO;
        } else if (record_read(&record, root) && record.decided && !each(user, &record)) {
            code = failure("out of memory");
        }
        json_decref(root);
    }
    if (ferror(file))
        code = failure("the log cannot be read");
    free(line);
    if (file != stdin)
        (void)fclose(file);
    return code;
}

static int read_logs(const struct arguments *args, on_record each, void *user)
{
    int code = EXIT_DONE;
    for (size_t i = 0; i < args->log_count && code == EXIT_DONE; i++)
        code = read_log(args->logs[i], each, user);
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

static int threshold(const struct arguments *args)
{
    struct scores scores = {.items = NULL};
    int code = read_logs(args, add_score, &scores);
    if (code == EXIT_DONE && scores.count == 0)
        code = failure("the log holds no decision on a request that could leave the premises");
    if (code == EXIT_DONE) {
        qsort(scores.items, scores.count, sizeof(*scores.items), by_score_falling);
        double at = threshold_of(&scores, args->share);
        if (args->json)
            (void)printf("{\"threshold\":%.3f,\"share\":%.4f,\"requests\":%zu,\"kept\":%zu}\n", at,
                         share_above(&scores, at), scores.count, scores.kept);
        else
            show_thresholds(&scores, args->share);
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
    bool same = a->target_count == b->target_count && a->allowed == b->allowed;
    for (size_t i = 0; same && i < a->target_count; i++)
        same = strcmp(policy_target_name(replay->policy, a->targets[i]),
                      policy_target_name(replay->other, b->targets[i])) == 0;
    return same;
}

/* As the gateway did: what could not be edited was kept from the targets that it was for. */
static void decide(const struct policy *policy, const struct record_read *record,
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
    decide(replay->policy, record, &facts, &was);
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
    decide(replay->other, record, &facts, &is);
    if (strcmp(was.rule_name, is.rule_name) != 0 || was.action != is.action ||
        !same_targets(replay, &was, &is)) {
        replay->differ++;
        show_difference(replay, record, was.rule_name, outcome_name(&was), &is);
    }
    return true;
}

static int load_policy(const char *path, struct policy **out)
{
    struct problems problems = PROBLEMS_INIT;
    struct config *config = NULL;
    int rc = config_load_all(path, &config, out, &problems);
    if (rc != 0)
        problems_print(&problems, stderr);
    config_unref(config);
    problems_release(&problems);
    return rc == 0 ? EXIT_DONE : EXIT_NO;
}

static int replay(const struct arguments *args)
{
    struct policy *policy = NULL, *other = NULL;
    int code = load_policy(args->config, &policy);
    if (code == EXIT_DONE && args->with != NULL)
        code = load_policy(args->with, &other);
    struct replay replay = {.policy = policy, .other = other, .json = args->json};
    if (code == EXIT_DONE)
        code = read_logs(args, replay_record, &replay);
    if (code == EXIT_DONE && !args->json) {
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
    return code == EXIT_DONE && replay.differ != 0 ? EXIT_NO : code;
}

/* ---- arguments ---- */

static int usage_error(const char *text)
{
    (void)fprintf(stderr, "penstock policy: %s\n\n%s", text, help);
    return EXIT_USAGE;
}

static int run(const char *verb, const struct arguments *args)
{
    if (strcmp(verb, "threshold") == 0)
        return args->share >= 0 ? threshold(args) : usage_error("--cost-target is required");
    if (strcmp(verb, "replay") == 0)
        return args->with == NULL ? replay(args) : usage_error("--with goes with diff");
    if (strcmp(verb, "diff") == 0)
        return args->with != NULL ? replay(args) : usage_error("--with is required");
    return usage_error("there is no such command");
}

int cmd_policy(int argc, char **argv)
{
    static const struct option options[] = {{"cost-target", required_argument, NULL, 't'},
                                            {"config", required_argument, NULL, 'c'},
                                            {"with", required_argument, NULL, 'w'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    struct arguments args = {.config = "penstock.yaml", .share = -1};
    int option;
    optind = 0; /* glibc: start anew, also when called twice */
    while ((option = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
        switch (option) {
        case 't':
            if (!yaml_value_decimal(optarg, &args.share) || args.share > 1)
                return usage_error("--cost-target must be a share from 0 to 1");
            break;
        case 'c':
            args.config = optarg;
            break;
        case 'w':
            args.with = optarg;
            break;
        case 'j':
            args.json = true;
            break;
        case 'h':
            (void)fputs(help, stdout);
            return fflush(stdout) == 0 ? EXIT_DONE : EXIT_NO;
        default:
            return usage_error("unknown option");
        }
    }
    if (argc - optind < 2)
        return usage_error("a command and a log are required");
    args.logs = argv + optind + 1;
    args.log_count = (size_t)(argc - optind - 1);
    int code = run(argv[optind], &args);
    return fflush(stdout) == 0 ? code : EXIT_NO;
}
