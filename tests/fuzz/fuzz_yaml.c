/*
 * The bytes as a configuration and as a policy: no crash, no leak, and a verdict that agrees with
 * the list of problems. A policy that compiles must keep its placements for every fact tried.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/yaml.h"
#include "gateway/config.h"
#include "router/decide.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct policy_target targets[] = {
    {"local", PLACEMENT_IN_PROCESS},
    {"rack", PLACEMENT_ON_PREMISES},
    {"cloud", PLACEMENT_CLOUD},
};

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_decisions(const struct policy *policy)
{
    for (int i = 0; i < 2 * (UNCLASSIFIED_OFF + 1); i++) {
        struct facts facts = {.model = "gpt-4o", .unclassified = (enum unclassified)(i / 2)};
        struct decision out;
        facts.pii.sensitive = (float)(i % 2);
        facts.complexity.score = (float)(i % 2);
        facts.target_up[i % 3] = true;
        policy_decide(policy, &facts, &out);
        bool unclear =
            facts.unclassified != UNCLASSIFIED_NONE && facts.unclassified != UNCLASSIFIED_OFF;
        must((out.action == DECISION_BLOCK) == (out.target_count == 0));
        must(out.reason_count <= DECISION_MAX_REASONS);
        for (size_t j = 0; j < out.target_count; j++) {
            enum placement placement = targets[out.targets[j]].placement;
            must(placement <= out.allowed && !(unclear && placement == PLACEMENT_CLOUD));
        }
    }
}

static void as_configuration(const uint8_t *data, size_t size)
{
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree = NULL;
    struct config *config = NULL;
    int rc = yaml_tree_parse(&tree, "etc/fuzz.yaml", data, size, YAML_EXPAND_ENV, &problems);
    if (rc == 0)
        rc = config_read(&config, tree, 0, &problems);
    must((rc == 0) == (problems_count(&problems) == 0));
    must((rc == 0) == (config != NULL));
    config_unref(config);
    yaml_tree_free(tree);
    problems_release(&problems);
}

static void as_policy(const uint8_t *data, size_t size)
{
    struct problems problems = PROBLEMS_INIT;
    struct yaml_tree *tree = NULL;
    struct policy *policy = NULL;
    int rc = yaml_tree_parse(&tree, "fuzz.yaml", data, size, 0, &problems);
    if (rc == 0)
        rc = policy_compile(&policy, tree, targets, 3, &problems);
    must((rc == 0) == (problems_count(&problems) == 0));
    must((rc == 0) == (policy != NULL));
    if (policy != NULL)
        check_decisions(policy);
    policy_unref(policy);
    yaml_tree_free(tree);
    problems_release(&problems);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    as_configuration(data, size);
    as_policy(data, size);
    return 0;
}
