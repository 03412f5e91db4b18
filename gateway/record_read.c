#include "gateway/record_read.h"

#include <string.h>

#include "router/language.h"

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

static float score_of(const json_t *object, const char *key)
{
    return (float)json_number_value(json_object_get(object, key));
}

static uint32_t count_of(const json_t *object, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(object, key));
    return value < 0 ? 0 : (value > UINT32_MAX ? UINT32_MAX : (uint32_t)value);
}

static bool flag_of(const json_t *object, const char *key)
{
    return json_is_true(json_object_get(object, key));
}

#define FIND(out, name_of, count, type, text)                                                      \
    do {                                                                                           \
        for (int at_ = 0; at_ < (count); at_++)                                                    \
            if (strcmp(name_of((type)at_), (text)) == 0)                                           \
                *(out) = (type)at_;                                                                \
    } while (0)

static void read_pii(struct pii_facts *out, const json_t *line)
{
    const char *name;
    json_t *spans;
    json_object_foreach(json_object_get(line, "pii"), name, spans)
    {
        int type = pii_type_find(name);
        if (type < 0)
            continue; /* of another version; the policy cannot ask for it */
        uint32_t count = count_of(spans, "count"), validated = count_of(spans, "validated");
        out->count[type] = (uint16_t)(count < UINT16_MAX ? count : UINT16_MAX);
        out->validated[type] = (uint16_t)(validated < UINT16_MAX ? validated : UINT16_MAX);
        out->best_score[type] = score_of(spans, "score");
    }
    out->sensitive = score_of(line, "sensitive");
    out->identifying = score_of(line, "identifying");
}

static void read_complexity(struct complexity_facts *out, const json_t *from)
{
    int language = language_find(text_of(from, "language"));
    out->score = out->shipped_score = score_of(from, "score");
    out->unfamiliar = score_of(from, "unfamiliar");
    out->task = TASK_OTHER;
    FIND(&out->tier, complexity_tier_name, TIER_COUNT, enum complexity_tier, text_of(from, "tier"));
    FIND(&out->task, complexity_task_name, TASK_COUNT, enum complexity_task, text_of(from, "task"));
    FIND(&out->domain, complexity_domain_name, DOMAIN_COUNT, enum complexity_domain,
         text_of(from, "domain"));
    out->language = language < 0 ? LANGUAGE_UNKNOWN : (uint8_t)language;
    out->expected_tokens = count_of(from, "expected_tokens");
    out->needs_tools = flag_of(from, "needs_tools");
    out->needs_recent = flag_of(from, "needs_recent");
    out->follows = flag_of(from, "follows");
}

/* Absent from logs of older versions. */
static void read_targets(struct record_read *out, const json_t *targets)
{
    out->targets_known = json_is_array(targets);
    for (size_t i = 0; i < json_array_size(targets) && i < FACTS_MAX_TARGETS; i++) {
        json_int_t target = json_integer_value(json_array_get(targets, i));
        out->targets[out->target_count++] =
            target >= 0 && target < FACTS_MAX_TARGETS ? (uint8_t)target : UINT8_MAX;
    }
}

bool record_read(struct record_read *out, const json_t *line)
{
    const json_t *up = json_object_get(line, "targets_up");
    memset(out, 0, sizeof(*out));
    struct facts *facts = &out->facts;
    if (strcmp(text_of(line, "event"), "decision") != 0)
        return false;
    out->request_id = text_of(line, "request_id");
    out->rule = text_of(line, "rule");
    out->action = text_of(line, "action");
    read_targets(out, json_object_get(line, "targets"));
    out->policy_hash = text_of(json_object_get(line, "hashes"), "policy");
    out->decided = flag_of(line, "decided") && flag_of(line, "classified");
    out->answered_cloud = strcmp(text_of(line, "placement"), "cloud") == 0;
    if (!out->decided)
        return true;
    const json_t *redaction = json_object_get(line, "redaction");
    out->unedited = redaction != NULL && strcmp(text_of(redaction, "outcome"), "done") != 0;
    facts->unclassified = UNCLASSIFIED_ERROR; /* what cannot be read must not look harmless */
    FIND(&facts->unclassified, unclassified_name, UNCLASSIFIED_OFF + 1, enum unclassified,
         text_of(line, "unclassified"));
    facts->model = text_of(line, "model_asked");
    out->model_unknown = strncmp(facts->model, "unknown:", sizeof("unknown:") - 1) == 0;
    facts->prompt_tokens = count_of(line, "prompt_tokens_estimate");
    facts->max_tokens = count_of(line, "max_tokens");
    facts->messages = count_of(line, "messages");
    facts->text_bytes = (uint64_t)json_integer_value(json_object_get(line, "text_bytes"));
    facts->stream = flag_of(line, "stream");
    facts->tools = flag_of(line, "tools");
    read_pii(&facts->pii, line);
    const json_t *complexity = json_object_get(line, "complexity");
    out->scored = complexity != NULL;
    read_complexity(&facts->complexity, complexity);
    for (size_t i = 0; i < json_array_size(up); i++) {
        json_int_t target = json_integer_value(json_array_get(up, i));
        if (target >= 0 && target < FACTS_MAX_TARGETS)
            facts->target_up[target] = true;
    }
    return true;
}
