#include "gateway/config_load.h"

#include "gateway/base/yaml.h"

/* The policy file against the configuration's targets. */
static struct policy *load_policy(const struct config *config, struct problems *problems)
{
    struct policy_target targets[FACTS_MAX_TARGETS];
    struct yaml_tree *tree;
    struct policy *policy = NULL;
    for (size_t i = 0; i < config->target_count; i++)
        targets[i] = (struct policy_target){.name = config->targets[i].name,
                                            .placement = config->targets[i].placement};
    if (yaml_tree_load(&tree, config->policy_file, 0, problems) != 0)
        return NULL;
    if (policy_compile(&policy, tree, targets, config->target_count, problems) != 0)
        policy = NULL;
    yaml_tree_free(tree);
    return policy;
}

int config_load_partly(const char *path, struct config **config, struct policy **policy,
                       struct problems *problems)
{
    struct yaml_tree *tree;
    *config = NULL;
    *policy = NULL;
    int rc = yaml_tree_load(&tree, path, YAML_EXPAND_ENV, problems);
    if (rc != 0)
        return rc;
    *config = config_read_partly(tree, CONFIG_READ_FILES, problems);
    yaml_tree_free(tree);
    /* Without a single target every route would be reported as unknown: noise. */
    if (*config != NULL && (*config)->policy_file != NULL && (*config)->target_count != 0)
        *policy = load_policy(*config, problems);
    if (*config == NULL)
        return ERR_MEMORY;
    return *policy != NULL && problems_count(problems) == 0 ? 0 : ERR_SYNTAX;
}

int config_load_all(const char *path, struct config **config, struct policy **policy,
                    struct problems *problems)
{
    int rc = config_load_partly(path, config, policy, problems);
    if (rc != 0) {
        policy_unref(*policy);
        config_unref(*config);
        *policy = NULL;
        *config = NULL;
    }
    return rc;
}
