#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api_chat_reader.h"

static int read_model(struct chat_reader *r)
{
    const struct json_doc *doc = r->doc;
    uint32_t node = json_get(doc, 0, "model");
    if (node == JSON_NONE)
        return chat_refuse(r, API_ERROR_CALLER_MISSING_FIELD, "", "model");
    const struct json_node *n = &doc->nodes[node];
    if (n->type != JSON_TYPE_STRING || n->end == n->start || n->end - n->start >= CHAT_MODEL_CHARS)
        return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a name of 1 to 128 bytes", "model");
    struct buf name = BUF_INIT;
    int rc = json_decode(doc, node, &name) == 0 ? 0 : chat_no_memory(r);
    for (size_t i = 0; rc == 0 && i < name.len; i++)
        if (name.data[i] < 0x20)
            rc = chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "control characters", "model");
    if (rc == 0) {
        memcpy(r->out->model, name.data, name.len);
        r->out->model[name.len] = '\0';
        r->out->model_start = n->start - 1;
        r->out->model_end = n->end + 1;
    }
    buf_release(&name);
    return rc;
}

static int read_bool(struct chat_reader *r, uint32_t object, const char *key, bool *out)
{
    uint32_t node = json_get(r->doc, object, key);
    if (node == JSON_NONE || json_node_is_null(r->doc, node) || json_bool(r->doc, node, out))
        return 0;
    return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "true or false", "%s", key);
}

/* Leaves *out as it is when the field is absent or null. */
static int read_number(struct chat_reader *r, const char *key, double least, double most,
                       double *out)
{
    uint32_t node = json_get(r->doc, 0, key);
    if (node == JSON_NONE || json_node_is_null(r->doc, node))
        return 0;
    double value;
    if (!json_number(r->doc, node, &value) || !(value >= least && value <= most)) {
        char detail[96];
        (void)snprintf(detail, sizeof(detail), "a number from %g to %g", least, most);
        return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, detail, "%s", key);
    }
    *out = value;
    return 0;
}

static int read_integer(struct chat_reader *r, const char *key, double least, double most,
                        double *out)
{
    double value = *out;
    int rc = read_number(r, key, least, most, &value);
    if (rc == 0 && value != floor(value))
        rc = chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a whole number", "%s", key);
    if (rc == 0)
        *out = value;
    return rc;
}

static int read_stop(struct chat_reader *r)
{
    const struct json_doc *doc = r->doc;
    struct chat_request *q = r->out;
    uint32_t node = json_get(doc, 0, "stop");
    if (node == JSON_NONE || json_node_is_null(doc, node))
        return 0;
    bool list = doc->nodes[node].type == JSON_TYPE_ARRAY;
    uint32_t item = list ? json_first(doc, node) : node;
    int rc = chat_ready(r, &q->_stops);
    while (rc == 0 && item != JSON_NONE) {
        if (doc->nodes[item].type != JSON_TYPE_STRING || q->stop_count == CHAT_MAX_STOPS)
            return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a string or up to four of them",
                               "stop");
        size_t start = q->_stops.len;
        if (json_decode(doc, item, &q->_stops) != 0 || buf_append(&q->_stops, "", 1) != 0)
            rc = chat_no_memory(r);
        else if (q->_stops.len - start > 1)
            q->stop[q->stop_count++] = (const char *)q->_stops.data + start;
        item = list ? json_next(doc, node, item) : JSON_NONE;
    }
    return rc;
}

/* The number that a key of logit_bias spells, or -1. */
static int32_t token_of_key(const struct json_doc *doc, uint32_t key)
{
    enum { MOST_DIGITS = 9 };
    const struct json_node *n = &doc->nodes[key];
    int32_t value = 0;
    if (n->end == n->start || n->end - n->start > MOST_DIGITS)
        return -1;
    for (uint32_t i = n->start; i < n->end; i++) {
        if (doc->bytes[i] < '0' || doc->bytes[i] > '9')
            return -1;
        value = value * 10 + (doc->bytes[i] - '0');
    }
    return value;
}

static int read_logit_bias(struct chat_reader *r)
{
    static const char shape[] = "an object of up to 1024 token ids, each with a number from -100 "
                                "to 100";
    const struct json_doc *doc = r->doc;
    struct chat_request *q = r->out;
    uint32_t node = json_get(doc, 0, "logit_bias");
    if (node == JSON_NONE || json_node_is_null(doc, node))
        return 0;
    if (doc->nodes[node].type != JSON_TYPE_OBJECT)
        return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, shape, "logit_bias");
    if (json_first(doc, node) == JSON_NONE)
        return 0;
    q->biases = calloc(CHAT_MAX_BIASES, sizeof(*q->biases));
    if (q->biases == NULL)
        return chat_no_memory(r);
    for (uint32_t key = json_first(doc, node); key != JSON_NONE; key = json_next(doc, node, key)) {
        int32_t token = token_of_key(doc, key);
        double bias;
        if (token < 0 || !json_number(doc, key + 1, &bias) || !(bias >= -100 && bias <= 100) ||
            q->sampling.bias_count == CHAT_MAX_BIASES)
            return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, shape, "logit_bias");
        q->biases[q->sampling.bias_count++] =
            (struct engine_bias){.token = token, .bias = (float)bias};
    }
    q->sampling.bias = q->biases;
    return 0;
}

static bool is_set(const struct json_doc *doc, const char *key)
{
    uint32_t node = json_get(doc, 0, key);
    return node != JSON_NONE && !json_node_is_null(doc, node);
}

/* A word of the dialect's; targets judge words that are newer than this list. */
static enum complexity_effort read_effort(const struct json_doc *doc)
{
    static const struct {
        const char *word;
        enum complexity_effort effort;
    } words[] = {{"none", EFFORT_LOW},      {"minimal", EFFORT_LOW}, {"low", EFFORT_LOW},
                 {"medium", EFFORT_MEDIUM}, {"high", EFFORT_HIGH},   {"xhigh", EFFORT_HIGH}};
    uint32_t node = json_get(doc, 0, "reasoning_effort");
    for (size_t i = 0; node != JSON_NONE && i < sizeof(words) / sizeof(words[0]); i++)
        if (json_string_is(doc, node, words[i].word))
            return words[i].effort;
    return EFFORT_NOT_SAID;
}

/* What tools were called before they had that name; only targets elsewhere know them. */
static bool offers_functions(const struct json_doc *doc)
{
    uint32_t node = json_get(doc, 0, "functions");
    return node != JSON_NONE && doc->nodes[node].type == JSON_TYPE_ARRAY &&
           json_first(doc, node) != JSON_NONE;
}

/* Whether the answer must be a tool call; with "auto" it may be words. */
static bool demands_tool(const struct json_doc *doc)
{
    uint32_t node = json_get(doc, 0, "tool_choice");
    return is_set(doc, "tool_choice") && !json_string_is(doc, node, "auto") &&
           !json_string_is(doc, node, "none");
}

int chat_read_options(struct chat_reader *r)
{
    const struct json_doc *doc = r->doc;
    struct chat_request *q = r->out;
    enum { MAX_CHOICES = 128, MAX_TOP_LOGPROBS = ENGINE_MOST_LOGPROBS - 1 };
    double max_tokens = 0, temperature = 0, top_p = 1, presence = 0, frequency = 0, seed = 0;
    double choices = 1, top_logprobs = 0, top_k = 0, min_p = 0, typical_p = 1, repetition = 1;
    bool logprobs = false;
    int rc = read_model(r);
    if (rc == 0)
        rc = read_bool(r, 0, "stream", &q->stream);
    if (rc == 0)
        rc = read_integer(r, "max_tokens", 1, INT32_MAX, &max_tokens);
    if (rc == 0)
        rc = read_integer(r, "max_completion_tokens", 1, INT32_MAX, &max_tokens);
    if (rc == 0)
        rc = read_number(r, "temperature", 0, 2, &temperature);
    if (rc == 0)
        rc = read_number(r, "top_p", 0, 1, &top_p);
    if (rc == 0)
        rc = read_number(r, "presence_penalty", -2, 2, &presence);
    if (rc == 0)
        rc = read_number(r, "frequency_penalty", -2, 2, &frequency);
    /* What vLLM's and llama-server's clients send beside OpenAI's fields. */
    if (rc == 0)
        rc = read_integer(r, "top_k", -1, INT32_MAX, &top_k);
    if (rc == 0)
        rc = read_number(r, "min_p", 0, 1, &min_p);
    if (rc == 0)
        rc = read_number(r, "typical_p", 0, 1, &typical_p);
    if (rc == 0)
        rc = read_number(r, "repetition_penalty", 0.01, 100, &repetition);
    if (rc == 0)
        rc = read_integer(r, "seed", -9007199254740992.0, 9007199254740992.0, &seed);
    if (rc == 0)
        rc = read_integer(r, "n", 1, MAX_CHOICES, &choices);
    if (rc == 0)
        rc = read_bool(r, 0, "logprobs", &logprobs);
    if (rc == 0)
        rc = read_integer(r, "top_logprobs", 0, MAX_TOP_LOGPROBS, &top_logprobs);
    if (rc == 0 && top_logprobs > 0 && !logprobs)
        rc = chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "it needs logprobs to be true",
                         "top_logprobs");
    if (rc == 0)
        rc = read_stop(r);
    if (rc != 0)
        return rc;

    uint32_t stream_options = json_get(doc, 0, "stream_options");
    if (stream_options != JSON_NONE && !json_node_is_null(doc, stream_options)) {
        if (doc->nodes[stream_options].type != JSON_TYPE_OBJECT)
            return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "an object", "stream_options");
        rc = read_bool(r, stream_options, "include_usage", &q->include_usage);
        if (rc != 0)
            return rc;
    }
    uint32_t tools = json_get(doc, 0, "tools");
    bool offered = false;
    if (tools != JSON_NONE && !json_node_is_null(doc, tools)) {
        if (doc->nodes[tools].type != JSON_TYPE_ARRAY)
            return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a list", "tools");
        for (uint32_t tool = json_first(doc, tools); tool != JSON_NONE;
             tool = json_next(doc, tools, tool))
            if (doc->nodes[tool].type != JSON_TYPE_OBJECT)
                return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a list of objects", "tools");
        offered = json_first(doc, tools) != JSON_NONE;
    }
    q->tools = offered || offers_functions(doc);
    q->response_format = q->grammar_text = JSON_NONE;
    if (is_set(doc, "response_format")) {
        uint32_t format = json_get(doc, 0, "response_format");
        uint32_t type = json_get(doc, format, "type");
        if (type == JSON_NONE || doc->nodes[type].type != JSON_TYPE_STRING)
            return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "an object with a type",
                               "response_format");
        if (!json_string_is(doc, type, "text"))
            q->response_format = format;
    }
    if (is_set(doc, "grammar")) {
        q->grammar_text = json_get(doc, 0, "grammar");
        if (doc->nodes[q->grammar_text].type != JSON_TYPE_STRING)
            return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a string", "grammar");
        if (q->response_format != JSON_NONE)
            return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD,
                               "it cannot stand beside response_format", "grammar");
    }
    q->max_tokens = (uint32_t)max_tokens;
    q->effort = read_effort(doc);
    q->sampling = (struct engine_sampling){.temperature = (float)temperature,
                                           .top_p = (float)top_p,
                                           .typical_p = (float)typical_p,
                                           .min_p = (float)min_p,
                                           .top_k = top_k > 0 ? (uint32_t)top_k : 0,
                                           .repetition_penalty = (float)repetition,
                                           .presence_penalty = (float)presence,
                                           .frequency_penalty = (float)frequency,
                                           .seed = (uint64_t)(int64_t)seed,
                                           .logprobs = logprobs ? 1 + (uint32_t)top_logprobs : 0};
    q->seeded = is_set(doc, "seed");
    q->tool_list = q->tool_choice = JSON_NONE;
    uint32_t choice = json_get(doc, 0, "tool_choice");
    if (offered && (choice == JSON_NONE || !json_string_is(doc, choice, "none")))
        q->tool_list = tools;
    if (demands_tool(doc))
        q->tool_choice = choice;
    q->choices = (uint32_t)choices;
    return read_logit_bias(r);
}
