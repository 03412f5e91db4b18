#include "gateway/chat_facts.h"

static bool has_any(const struct pii_set *types)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < PII_SET_WORDS; i++)
        bits |= types->bits[i];
    return bits != 0;
}

struct classify_input chat_classify_input(const struct chat_request *chat,
                                          const struct config_classifiers *config,
                                          const struct policy *policy, struct classify_spans *spans)
{
    const struct pii_set *edited = policy_edited_types(policy);
    return (struct classify_input){.texts = chat->texts,
                                   .text_count = chat->text_count,
                                   .unscannable = chat->unscannable,
                                   .skip_pii = !config->pii,
                                   .skip_complexity = !config->complexity,
                                   .wanted = has_any(edited) ? edited : NULL,
                                   .spans = spans,
                                   .max_tokens = chat->max_tokens,
                                   .tools = chat->tools,
                                   .effort = chat->effort,
                                   .model = chat->model};
}

void chat_facts_set(const struct chat_request *chat, struct facts *facts)
{
    enum { BYTES_PER_TOKEN = 4 }; /* of English under common vocabularies */
    uint64_t tokens = facts->text_bytes / BYTES_PER_TOKEN + 1;
    size_t messages = chat->message_count;
    facts->model = chat->model;
    facts->prompt_tokens = tokens > UINT32_MAX ? UINT32_MAX : (uint32_t)tokens;
    facts->max_tokens = chat->max_tokens;
    facts->messages = messages > UINT32_MAX ? UINT32_MAX : (uint32_t)messages;
    facts->stream = chat->stream;
    facts->tools = chat->tools;
}
