/* policy_tool_test.c - does a policy decide as files of cases say? */
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/config_load.h"
#include "gateway/policy_tool.h"
#include "router/policy_cases.h"

/* The policy that a file of cases names, or that of its own name in the folder above. */
static int policy_path(const struct yaml_tree *cases, char out[PATH_MAX], struct problems *problems)
{
    const struct yaml_node *named = yaml_node_get(yaml_tree_root(cases), "policy");
    char folder[PATH_MAX], name[PATH_MAX];
    int len;
    (void)snprintf(folder, sizeof(folder), "%s", yaml_tree_file(cases));
    (void)snprintf(name, sizeof(name), "%s", yaml_tree_file(cases));
    if (named != NULL && named->text[0] == '/')
        len = snprintf(out, PATH_MAX, "%s", named->text);
    else if (named != NULL)
        len = snprintf(out, PATH_MAX, "%s/%s", dirname(folder), named->text);
    else
        len = snprintf(out, PATH_MAX, "%s/../%s", dirname(folder), basename(name));
    if (len < PATH_MAX)
        return 0;
    yaml_problem(problems, yaml_tree_root(cases), "the path of its policy is too long");
    return ERR_LIMIT;
}

static struct policy *load_named(const struct yaml_tree *cases, struct problems *problems)
{
    struct policy_target targets[FACTS_MAX_TARGETS];
    struct yaml_tree *tree = NULL;
    struct policy *policy = NULL;
    char path[PATH_MAX];
    size_t count = policy_cases_targets(cases, targets, problems);
    if (count == 0 || policy_path(cases, path, problems) != 0 ||
        yaml_tree_load(&tree, path, 0, problems) != 0)
        return NULL;
    if (policy_compile(&policy, tree, targets, count, problems) != 0)
        policy = NULL;
    yaml_tree_free(tree);
    return policy;
}

static void add_unreached(const struct yaml_tree *cases, const struct policy *policy,
                          const struct policy_cases_result *result, struct problems *problems)
{
    for (size_t i = 0; i < policy_rule_count(policy); i++)
        if (!result->rule_reached[i])
            yaml_problem(problems, yaml_tree_root(cases), "no case reaches the rule %s",
                         policy_rule_name(policy, i));
}

static int show(const char *path, const struct policy_cases_result *result,
                struct problems *problems, bool json)
{
    if (!json) {
        problems_print(problems, stdout);
        (void)printf("%s: %zu cases, %zu failed\n", path, result->cases, result->failed);
        return TOOL_DONE;
    }
    json_t *list = json_array();
    problems_sort(problems);
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem *p = &problems->items[i];
        (void)json_array_append_new(list, json_pack("{s:s, s:I, s:s, s:s}", "file", p->file, "line",
                                                    (json_int_t)p->line, "key", p->key, "reason",
                                                    p->reason));
    }
    json_t *root = json_pack("{s:s, s:I, s:I, s:I, s:o}", "file", path, "cases",
                             (json_int_t)result->cases, "failed", (json_int_t)result->failed,
                             "more_problems", (json_int_t)problems->dropped, "problems", list);
    return tool_print_json("policy", root);
}

static bool test_file(const struct policy_arguments *args, const struct policy *configured,
                      const char *path)
{
    struct problems problems = PROBLEMS_INIT;
    struct policy_cases_result result = {.cases = 0};
    struct yaml_tree *cases = NULL;
    struct policy *named = NULL;
    if (yaml_tree_load(&cases, path, 0, &problems) == 0) {
        named = configured == NULL ? load_named(cases, &problems) : NULL;
        const struct policy *policy = configured != NULL ? configured : named;
        if (policy != NULL)
            policy_cases_run(cases, policy, &result, &problems);
        if (policy != NULL && args->every_rule)
            add_unreached(cases, policy, &result, &problems);
    }
    bool good = problems_count(&problems) == 0;
    int code = show(path, &result, &problems, args->json);
    policy_unref(named);
    yaml_tree_free(cases);
    problems_release(&problems);
    return good && code == TOOL_DONE;
}

int policy_tool_test(const struct policy_arguments *args)
{
    struct policy *policy = NULL;
    int code = args->config != NULL ? policy_tool_load(args->config, &policy) : TOOL_DONE;
    if (code != TOOL_DONE)
        return code;
    for (size_t i = 0; i < args->file_count; i++)
        if (!test_file(args, policy, args->files[i]))
            code = TOOL_NO;
    policy_unref(policy);
    return code;
}
