/*
 * policy_cases.h - a file of cases for a policy: facts of a request, and what must be decided.
 *
 * No I/O here: the caller parses the files. What a file of cases may say is in penstock-policy(5).
 */
#ifndef PENSTOCK_ROUTER_POLICY_CASES_H
#define PENSTOCK_ROUTER_POLICY_CASES_H

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/problems.h"
#include "gateway/base/yaml.h"
#include "router/policy.h"

struct policy_cases_result {
    size_t cases, failed;
    bool rule_reached[POLICY_MAX_RULES]; /* by index in the policy: some case ended there */
};

/*
 * The targets that the file names for its policy, up to FACTS_MAX_TARGETS; the names are the
 * tree's. Returns how many; mistakes are added to *problems.
 */
size_t policy_cases_targets(const struct yaml_tree *tree, struct policy_target *targets,
                            struct problems *problems);

/*
 * Decides every case. What came out otherwise than expected is added to *problems at the place
 * that expected it, and so are mistakes in the file; a case with either counts as failed.
 */
void policy_cases_run(const struct yaml_tree *tree, const struct policy *policy,
                      struct policy_cases_result *result, struct problems *problems);

#endif
