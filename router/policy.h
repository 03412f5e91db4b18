/*
 * policy.h - a policy file, compiled: ordered rules over facts, each with a route or a block.
 *
 * Immutable and reference-counted (atomic): a reload compiles a new one and swaps a pointer, a
 * request keeps the one that it started with. No I/O here: the caller parses the file (yaml.h) and
 * names the targets. What the file may say is in penstock-policy(5).
 */
#ifndef PENSTOCK_ROUTER_POLICY_H
#define PENSTOCK_ROUTER_POLICY_H

#include <stddef.h>

#include "gateway/base/err.h"
#include "gateway/base/problems.h"
#include "gateway/base/yaml.h"
#include "router/facts.h"
#include "router/pii_action.h"

enum { POLICY_MAX_RULES = 256 };

/* A target as the policy sees it; the index is the one in facts.target_up and in decisions. */
struct policy_target {
    const char *name;
    enum placement placement;
};

struct policy;

/*
 * Compile. Names are copied. All mistakes are added to *problems; when that holds any, also one
 * found while parsing, *out is NULL and the result ERR_SYNTAX (or ERR_MEMORY). Rejected when
 * loaded: a rule that could send a request to a less private placement than it allows, unknown
 * targets and types, rules that can never be reached, a policy without a default.
 */
MUST_CHECK int policy_compile(struct policy **out, const struct yaml_tree *tree,
                              const struct policy_target *targets, size_t target_count,
                              struct problems *problems);
struct policy *policy_ref(struct policy *policy);
void policy_unref(struct policy *policy); /* NULL is fine */

/* The tier of a score, by the policy's `tiers:` or the usual thresholds. */
enum complexity_tier policy_tier(const struct policy *policy, float score);

const char *policy_name(const struct policy *policy);  /* `name:` of the file, or "" */
const char *policy_hash(const struct policy *policy);  /* SHA-256 of the file, 64 hex digits */
size_t policy_rule_count(const struct policy *policy); /* the default rule included */
const char *policy_rule_name(const struct policy *policy, size_t rule);
/* For the caller of a blocked request, from the policy file; never NULL. */
const char *policy_block_message(const struct policy *policy, size_t rule);
size_t policy_target_count(const struct policy *policy);
const char *policy_target_name(const struct policy *policy, size_t target);
/* Types that some rule masks or redacts: for these the classifiers have to say where they are. */
const struct pii_set *policy_edited_types(const struct policy *policy);
/* What a rule does about a span of that type and score. */
enum pii_action policy_pii_of(const struct policy *policy, size_t rule, enum pii_type type,
                              float score);
enum pii_reply policy_scan_reply(const struct policy *policy, size_t rule);
/* Does a conversation call its values the same in every turn, rather than each request anew? */
bool policy_keeps_names(const struct policy *policy, size_t rule);
/* How a rule edits a span of that type and score: MASK, REDACT, or ALLOW for not at all. */
enum pii_action policy_pii_edit(const struct policy *policy, size_t rule, enum pii_type type,
                                float score);
enum placement policy_target_placement(const struct policy *policy, size_t target);

#endif
