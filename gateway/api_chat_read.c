#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api_chat.h"
#include "gateway/base/data_uri.h"

/* One decoding: the request being filled, and the problem to fill instead. */
struct reader {
    struct chat_request *out;
    const struct json_doc *doc;
    struct chat_problem *problem;
    bool *taken; /* by node: its text stands among the turns already */
};

static int refuse(struct reader *r, enum api_error error, const char *detail, const char *path, ...)
    __attribute__((format(printf, 4, 5)));

static int refuse(struct reader *r, enum api_error error, const char *detail, const char *path, ...)
{
    va_list args;
    r->problem->error = error;
    (void)snprintf(r->problem->detail, sizeof(r->problem->detail), "%s", detail);
    va_start(args, path);
    (void)vsnprintf(r->problem->param, sizeof(r->problem->param), path, args);
    va_end(args);
    return ERR_SYNTAX;
}

static int no_memory(struct reader *r)
{
    refuse(r, API_ERROR_INTERNAL_OVERLOADED, "", "%s", "");
    return ERR_MEMORY;
}

/*
 * Room for whatever will be decoded into one of the buffers: no decoded form is longer than the
 * body, so that reserving once keeps every view in place.
 */
static int ready(struct reader *r, struct buf *b)
{
    if (b->cap != 0 || buf_reserve(b, r->doc->len + 1) == 0)
        return 0;
    return no_memory(r);
}

static int add_text(struct reader *r, struct content text, enum complexity_role role, bool turn)
{
    struct chat_request *q = r->out;
    if (content_len(text) == 0)
        return 0;
    if (q->text_count == q->text_cap) {
        size_t cap = q->text_cap != 0 ? q->text_cap * 2 : 8;
        struct classify_text *texts = realloc(q->texts, cap * sizeof(*texts));
        if (texts == NULL)
            return no_memory(r);
        q->texts = texts;
        q->text_cap = cap;
    }
    q->texts[q->text_count++] = (struct classify_text){.text = text, .role = role, .turn = turn};
    return 0;
}

/* The text of a string node: a view of the body, or of its decoded copy. */
static int string_text(struct reader *r, uint32_t node, struct content *out)
{
    const struct json_node *n = &r->doc->nodes[node];
    if (!json_has_escape(r->doc, node)) {
        *out = content_of(r->doc->bytes + n->start, n->end - n->start);
        return 0;
    }
    struct buf *b = &r->out->_decoded;
    int rc = ready(r, b);
    size_t start = b->len;
    if (rc == 0 && json_decode(r->doc, node, b) != 0)
        rc = no_memory(r);
    if (rc == 0)
        *out = content_of(b->data + start, b->len - start);
    return rc;
}

/* ---- messages ---- */

static const struct {
    const char *name;
    const char *local; /* as the chat template knows it */
    enum complexity_role role;
} roles[] = {
    {"user", "user", COMPLEXITY_USER},       {"assistant", "assistant", COMPLEXITY_ASSISTANT},
    {"system", "system", COMPLEXITY_SYSTEM}, {"developer", "system", COMPLEXITY_SYSTEM},
    {"tool", "tool", COMPLEXITY_TOOL},       {"function", "tool", COMPLEXITY_TOOL},
};
enum { ROLE_COUNT = sizeof(roles) / sizeof(*roles) };

static int role_of(const struct json_doc *doc, uint32_t node)
{
    for (int i = 0; i < ROLE_COUNT; i++)
        if (node != JSON_NONE && json_string_is(doc, node, roles[i].name))
            return i;
    return -1;
}

static bool key_is(const struct json_doc *doc, uint32_t key, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (json_string_is(doc, key, names[i]))
            return true;
    return false;
}

/*
 * Whether a part that is no text holds readable text after all, and nothing else: data: URIs of a
 * text type, beside words that describe them.
 */
static bool part_is_readable(const struct json_doc *doc, uint32_t part)
{
    static const char *const uris[] = {"url", "file_data"};
    static const char *const words[] = {"type", "detail", "filename"};
    bool found = false;
    uint32_t key = part;
    for (uint32_t i = part + 1; i < doc->nodes[part].next; i++) {
        const struct json_node *n = &doc->nodes[i];
        if (n->is_key) {
            key = i;
        } else if (n->type == JSON_TYPE_STRING && key_is(doc, key, uris, 2)) {
            if (json_has_escape(doc, i) ||
                !data_uri_is_text(doc->bytes + n->start, n->end - n->start))
                return false;
            found = true;
        } else if (n->type != JSON_TYPE_OBJECT && !key_is(doc, key, words, 3)) {
            return false;
        }
    }
    return found;
}

static int read_part(struct reader *r, uint32_t part, size_t message, size_t index, int role,
                     struct content *joined)
{
    const struct json_doc *doc = r->doc;
    uint32_t type = json_get(doc, part, "type");
    if (doc->nodes[part].type != JSON_TYPE_OBJECT || type == JSON_NONE ||
        doc->nodes[type].type != JSON_TYPE_STRING)
        return refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a content part is an object with a type",
                      "messages[%zu].content[%zu]", message, index);
    bool is_text = json_string_is(doc, type, "text");
    if (!is_text && !json_string_is(doc, type, "refusal")) {
        r->out->unscannable = r->out->unscannable || !part_is_readable(doc, part);
        return 0;
    }
    const char *key = is_text ? "text" : "refusal";
    uint32_t text = json_get(doc, part, key);
    if (text == JSON_NONE || doc->nodes[text].type != JSON_TYPE_STRING)
        return refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a string is needed",
                      "messages[%zu].content[%zu].%s", message, index, key);
    struct content view;
    int rc = string_text(r, text, &view);
    if (rc == 0)
        rc = add_text(r, view, roles[role].role, true);
    if (rc != 0)
        return rc;
    r->taken[text] = true;
    r->taken[type] = true;

    struct buf *b = &r->out->_joined;
    rc = ready(r, b);
    if (rc != 0)
        return rc;
    size_t start = content_len(*joined) != 0
                       ? (size_t)((const uint8_t *)content_bytes(*joined) - b->data)
                       : b->len;
    if ((b->len != start && buf_append(b, "\n", 1) != 0) ||
        buf_append(b, content_bytes(view), content_len(view)) != 0)
        return no_memory(r);
    *joined = content_of(b->data + start, b->len - start);
    return 0;
}

static int read_content(struct reader *r, uint32_t node, size_t message, int role,
                        struct content *text)
{
    const struct json_doc *doc = r->doc;
    *text = content_of("", 0);
    if (node == JSON_NONE || json_node_is_null(doc, node))
        return 0;
    if (doc->nodes[node].type == JSON_TYPE_STRING) {
        int rc = string_text(r, node, text);
        r->taken[node] = true;
        return rc != 0 ? rc : add_text(r, *text, roles[role].role, true);
    }
    if (doc->nodes[node].type != JSON_TYPE_ARRAY)
        return refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a string, a list of parts or null",
                      "messages[%zu].content", message);
    size_t index = 0;
    for (uint32_t part = json_first(doc, node); part != JSON_NONE;
         part = json_next(doc, node, part), index++) {
        int rc = read_part(r, part, message, index, role, text);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static int read_messages(struct reader *r)
{
    const struct json_doc *doc = r->doc;
    uint32_t list = json_get(doc, 0, "messages");
    if (list == JSON_NONE)
        return refuse(r, API_ERROR_CALLER_MISSING_FIELD, "", "messages");
    if (doc->nodes[list].type != JSON_TYPE_ARRAY || json_first(doc, list) == JSON_NONE)
        return refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a list with at least one message",
                      "messages");
    size_t count = 0;
    for (uint32_t m = json_first(doc, list); m != JSON_NONE; m = json_next(doc, list, m))
        count++;
    r->out->messages = calloc(count, sizeof(*r->out->messages));
    if (r->out->messages == NULL)
        return no_memory(r);
    size_t i = 0;
    for (uint32_t m = json_first(doc, list); m != JSON_NONE; m = json_next(doc, list, m), i++) {
        if (doc->nodes[m].type != JSON_TYPE_OBJECT)
            return refuse(r, API_ERROR_CALLER_INVALID_FIELD, "an object is needed", "messages[%zu]",
                          i);
        uint32_t role_node = json_get(doc, m, "role");
        int role = role_of(doc, role_node);
        if (role < 0)
            return refuse(r, API_ERROR_CALLER_INVALID_FIELD,
                          "one of system, developer, user, assistant, tool, function",
                          "messages[%zu].role", i);
        r->taken[role_node] = true;
        uint32_t content = json_get(doc, m, "content");
        if (content == JSON_NONE && roles[role].role != COMPLEXITY_ASSISTANT)
            return refuse(r, API_ERROR_CALLER_MISSING_FIELD, "", "messages[%zu].content", i);
        if (content != JSON_NONE && json_node_is_null(doc, content) &&
            roles[role].role != COMPLEXITY_ASSISTANT)
            return refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a string or a list of parts",
                          "messages[%zu].content", i);
        struct local_message *message = &r->out->messages[r->out->message_count];
        int rc = read_content(r, content, i, role, &message->text);
        if (rc != 0)
            return rc;
        message->role = roles[role].local;
        r->out->message_count++;
    }
    return 0;
}

/* ---- everything else that is text ---- */

/* Keys of the dialect; a key that is not here is the caller's own words. Sorted. */
static const char *const known_keys[] = {
    "arguments",
    "audio",
    "content",
    "description",
    "detail",
    "enum",
    "file",
    "frequency_penalty",
    "function",
    "id",
    "image_url",
    "include_usage",
    "input_audio",
    "items",
    "json_schema",
    "logit_bias",
    "logprobs",
    "max_completion_tokens",
    "max_tokens",
    "messages",
    "metadata",
    "modalities",
    "model",
    "n",
    "name",
    "parallel_tool_calls",
    "parameters",
    "prediction",
    "presence_penalty",
    "properties",
    "reasoning_effort",
    "refusal",
    "required",
    "response_format",
    "role",
    "schema",
    "seed",
    "service_tier",
    "stop",
    "store",
    "stream",
    "stream_options",
    "strict",
    "temperature",
    "text",
    "tool_call_id",
    "tool_calls",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "type",
    "url",
    "user",
    "verbosity",
};

static int compare_string(const void *key, const void *element)
{
    const struct content *k = key;
    const char *name = *(const char *const *)element;
    size_t len = strlen(name);
    size_t shorter = content_len(*k) < len ? content_len(*k) : len;
    int order = memcmp(content_bytes(*k), name, shorter);
    return order != 0 ? order : (content_len(*k) > len) - (content_len(*k) < len);
}

/* Values that say nothing of anybody under a known key: the dialect's and JSON Schema's. Sorted. */
static const char *const dialect_words[] = {
    "array",     "assistant",   "audio",       "auto",     "boolean", "custom",    "default",
    "developer", "file",        "flex",        "function", "high",    "image_url", "input_audio",
    "integer",   "json_object", "json_schema", "low",      "medium",  "minimal",   "none",
    "null",      "number",      "object",      "priority", "refusal", "required",  "string",
    "system",    "text",        "tool",        "user",
};

static bool string_is_among(const struct json_doc *doc, uint32_t node, const char *const *names,
                            size_t count)
{
    const struct json_node *n = &doc->nodes[node];
    struct content view = content_of(doc->bytes + n->start, n->end - n->start);
    return bsearch(&view, names, count, sizeof(*names), compare_string) != NULL;
}
#define STRING_IS_AMONG(doc, node, names)                                                          \
    string_is_among((doc), (node), (names), sizeof(names) / sizeof(*(names)))

/* A model's name as vendors spell them says nothing of a person; anything else is scanned. */
static bool is_plain_name(const uint8_t *p, size_t len)
{
    size_t digits = 0;
    for (size_t i = 0; i < len; i++) {
        bool digit = p[i] >= '0' && p[i] <= '9';
        digits += digit;
        if (!digit && !(p[i] >= 'a' && p[i] <= 'z') && strchr("-._:/", p[i]) == NULL)
            return false;
    }
    return len <= 64 && digits < 7;
}

static bool needs_scan(const struct json_doc *doc, uint32_t node, bool known_key, bool is_model)
{
    enum { IDENTIFIER_DIGITS = 6 };
    const struct json_node *n = &doc->nodes[node];
    size_t len = n->end - n->start;
    if (n->type == JSON_TYPE_STRING)
        return len != 0 && !(is_model && is_plain_name(doc->bytes + n->start, len)) &&
               !(known_key && STRING_IS_AMONG(doc, node, dialect_words));
    return n->type == JSON_TYPE_PRIMITIVE && len >= IDENTIFIER_DIGITS;
}

static int append_node(struct reader *r, struct buf *b, uint32_t node)
{
    const struct json_node *n = &r->doc->nodes[node];
    int rc = n->type == JSON_TYPE_STRING
                 ? json_decode(r->doc, node, b)
                 : buf_append(b, r->doc->bytes + n->start, n->end - n->start);
    return rc != 0 ? no_memory(r) : 0;
}

/*
 * All strings, keys and long numbers that are no turn of the conversation, as lines of "key: value"
 * in the order of the body: a number is judged beside the key that names it.
 */
static int read_rest(struct reader *r)
{
    const struct json_doc *doc = r->doc;
    struct buf *b = &r->out->_rest;
    for (uint32_t i = 1; i < doc->count; i++) {
        bool is_key = doc->nodes[i].is_key;
        uint32_t key = i;
        if (is_key)
            i++;
        bool known_key = is_key && STRING_IS_AMONG(doc, key, known_keys);
        bool is_model = is_key && doc->nodes[key].depth == 1 && json_string_is(doc, key, "model");
        bool scan = !r->taken[i] && needs_scan(doc, i, known_key, is_model);
        if (!scan && (!is_key || known_key))
            continue;
        int rc = ready(r, b);
        if (rc == 0 && is_key) {
            rc = append_node(r, b, key);
            if (rc == 0 && scan && buf_append_str(b, ": ") != 0)
                rc = no_memory(r);
        }
        if (rc == 0 && scan)
            rc = append_node(r, b, i);
        if (rc == 0 && buf_append(b, "\n", 1) != 0)
            rc = no_memory(r);
        if (rc != 0)
            return rc;
    }
    return add_text(r, content_of(b->data, b->len), COMPLEXITY_TOOL, false);
}

/* Text hidden in data: URIs is text: decode what any of the texts holds. */
static int read_data_uris(struct reader *r)
{
    size_t count = r->out->text_count;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *p = content_bytes(r->out->texts[i].text);
        const uint8_t *end = p + content_len(r->out->texts[i].text);
        while ((p = memmem(p, (size_t)(end - p), DATA_URI_TEXT, sizeof(DATA_URI_TEXT) - 1)) !=
               NULL) {
            struct buf *b = &r->out->_uris;
            int rc = ready(r, b);
            size_t start = b->len;
            size_t used = 0;
            if (rc == 0 && data_uri_decode(p, (size_t)(end - p), b, &used) != 0)
                rc = no_memory(r);
            if (rc == 0 && !data_uri_bytes_are_text(b->data + start, b->len - start))
                r->out->unscannable = true;
            if (rc == 0)
                rc = add_text(r, content_of(b->data + start, b->len - start), r->out->texts[i].role,
                              false);
            if (rc != 0)
                return rc;
            p += used;
        }
    }
    return 0;
}

/* ---- options ---- */

static int read_model(struct reader *r)
{
    const struct json_doc *doc = r->doc;
    uint32_t node = json_get(doc, 0, "model");
    if (node == JSON_NONE)
        return refuse(r, API_ERROR_CALLER_MISSING_FIELD, "", "model");
    const struct json_node *n = &doc->nodes[node];
    if (n->type != JSON_TYPE_STRING || n->end == n->start || n->end - n->start >= CHAT_MODEL_CHARS)
        return refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a name of 1 to 128 bytes", "model");
    struct buf name = BUF_INIT;
    int rc = json_decode(doc, node, &name) == 0 ? 0 : no_memory(r);
    for (size_t i = 0; rc == 0 && i < name.len; i++)
        if (name.data[i] < 0x20)
            rc = refuse(r, API_ERROR_CALLER_INVALID_FIELD, "control characters", "model");
    if (rc == 0) {
        memcpy(r->out->model, name.data, name.len);
        r->out->model[name.len] = '\0';
        r->out->model_start = n->start - 1;
        r->out->model_end = n->end + 1;
    }
    buf_release(&name);
    return rc;
}

static int read_bool(struct reader *r, uint32_t object, const char *key, bool *out)
{
    uint32_t node = json_get(r->doc, object, key);
    if (node == JSON_NONE || json_node_is_null(r->doc, node) || json_bool(r->doc, node, out))
        return 0;
    return refuse(r, API_ERROR_CALLER_INVALID_FIELD, "true or false", "%s", key);
}

/* Leaves *out as it is when the field is absent or null. */
static int read_number(struct reader *r, const char *key, double least, double most, double *out)
{
    uint32_t node = json_get(r->doc, 0, key);
    if (node == JSON_NONE || json_node_is_null(r->doc, node))
        return 0;
    double value;
    if (!json_number(r->doc, node, &value) || !(value >= least && value <= most)) {
        char detail[96];
        (void)snprintf(detail, sizeof(detail), "a number from %g to %g", least, most);
        return refuse(r, API_ERROR_CALLER_INVALID_FIELD, detail, "%s", key);
    }
    *out = value;
    return 0;
}

static int read_integer(struct reader *r, const char *key, double least, double most, double *out)
{
    double value = *out;
    int rc = read_number(r, key, least, most, &value);
    if (rc == 0 && value != floor(value))
        rc = refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a whole number", "%s", key);
    if (rc == 0)
        *out = value;
    return rc;
}

static int read_stop(struct reader *r)
{
    const struct json_doc *doc = r->doc;
    struct chat_request *q = r->out;
    uint32_t node = json_get(doc, 0, "stop");
    if (node == JSON_NONE || json_node_is_null(doc, node))
        return 0;
    bool list = doc->nodes[node].type == JSON_TYPE_ARRAY;
    uint32_t item = list ? json_first(doc, node) : node;
    int rc = ready(r, &q->_stops);
    while (rc == 0 && item != JSON_NONE) {
        if (doc->nodes[item].type != JSON_TYPE_STRING || q->stop_count == CHAT_MAX_STOPS)
            return refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a string or up to four of them",
                          "stop");
        size_t start = q->_stops.len;
        if (json_decode(doc, item, &q->_stops) != 0 || buf_append(&q->_stops, "", 1) != 0)
            rc = no_memory(r);
        else if (q->_stops.len - start > 1)
            q->stop[q->stop_count++] = (const char *)q->_stops.data + start;
        item = list ? json_next(doc, node, item) : JSON_NONE;
    }
    return rc;
}

static bool is_set(const struct json_doc *doc, const char *key)
{
    uint32_t node = json_get(doc, 0, key);
    return node != JSON_NONE && !json_node_is_null(doc, node);
}

/* Whether the answer must be a tool call; with "auto" it may be words. */
static bool demands_tool(const struct json_doc *doc)
{
    uint32_t node = json_get(doc, 0, "tool_choice");
    return is_set(doc, "tool_choice") && !json_string_is(doc, node, "auto") &&
           !json_string_is(doc, node, "none");
}

static int read_options(struct reader *r)
{
    const struct json_doc *doc = r->doc;
    struct chat_request *q = r->out;
    enum { MAX_CHOICES = 128, MAX_TOP_LOGPROBS = 20 };
    double max_tokens = 0, temperature = 0, top_p = 1, presence = 0, frequency = 0, seed = 0;
    double choices = 1, top_logprobs = 0;
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
    if (rc == 0)
        rc = read_integer(r, "seed", -9007199254740992.0, 9007199254740992.0, &seed);
    if (rc == 0)
        rc = read_integer(r, "n", 1, MAX_CHOICES, &choices);
    if (rc == 0)
        rc = read_bool(r, 0, "logprobs", &logprobs);
    if (rc == 0)
        rc = read_integer(r, "top_logprobs", 0, MAX_TOP_LOGPROBS, &top_logprobs);
    if (rc == 0)
        rc = read_stop(r);
    if (rc != 0)
        return rc;

    uint32_t stream_options = json_get(doc, 0, "stream_options");
    if (stream_options != JSON_NONE && !json_node_is_null(doc, stream_options)) {
        if (doc->nodes[stream_options].type != JSON_TYPE_OBJECT)
            return refuse(r, API_ERROR_CALLER_INVALID_FIELD, "an object", "stream_options");
        rc = read_bool(r, stream_options, "include_usage", &q->include_usage);
        if (rc != 0)
            return rc;
    }
    uint32_t tools = json_get(doc, 0, "tools");
    if (tools != JSON_NONE && !json_node_is_null(doc, tools)) {
        if (doc->nodes[tools].type != JSON_TYPE_ARRAY)
            return refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a list", "tools");
        for (uint32_t tool = json_first(doc, tools); tool != JSON_NONE;
             tool = json_next(doc, tools, tool))
            if (doc->nodes[tool].type != JSON_TYPE_OBJECT)
                return refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a list of objects", "tools");
        q->tools = json_first(doc, tools) != JSON_NONE;
    }
    uint32_t format = json_get(doc, 0, "response_format");
    bool plain_format = true;
    if (format != JSON_NONE && !json_node_is_null(doc, format)) {
        uint32_t type = json_get(doc, format, "type");
        if (type == JSON_NONE || doc->nodes[type].type != JSON_TYPE_STRING)
            return refuse(r, API_ERROR_CALLER_INVALID_FIELD, "an object with a type",
                          "response_format");
        plain_format = json_string_is(doc, type, "text");
    }
    q->max_tokens = (uint32_t)max_tokens;
    q->sampling = (struct engine_sampling){.temperature = (float)temperature,
                                           .top_p = (float)top_p,
                                           .presence_penalty = (float)presence,
                                           .frequency_penalty = (float)frequency,
                                           .seed = (uint64_t)(int64_t)seed};
    q->seeded = is_set(doc, "seed");
    if (choices > 1)
        q->local_obstacle = "n";
    else if (logprobs)
        q->local_obstacle = "logprobs";
    else if (!plain_format)
        q->local_obstacle = "response_format";
    else if (is_set(doc, "logit_bias"))
        q->local_obstacle = "logit_bias";
    else if (demands_tool(doc))
        q->local_obstacle = "tool_choice";
    return 0;
}

int chat_request_decode(struct chat_request *out, struct content body, struct chat_problem *problem)
{
    *out = (struct chat_request){0};
    *problem = (struct chat_problem){0};
    struct reader r = {.out = out, .doc = &out->doc, .problem = problem};
    bool duplicate;
    struct err err;
    int rc = json_parse(&out->doc, body, &duplicate, &err);
    if (rc == ERR_MEMORY)
        return no_memory(&r);
    if (rc != 0)
        return refuse(&r,
                      duplicate ? API_ERROR_CALLER_DUPLICATE_KEY : API_ERROR_CALLER_INVALID_JSON,
                      err.text, "%s", "");
    if (out->doc.nodes[0].type != JSON_TYPE_OBJECT) {
        rc = refuse(&r, API_ERROR_CALLER_INVALID_JSON, "an object is needed", "%s", "");
        goto out;
    }
    r.taken = calloc(out->doc.count, sizeof(*r.taken));
    if (r.taken == NULL) {
        rc = no_memory(&r);
        goto out;
    }
    rc = read_options(&r);
    if (rc == 0)
        rc = read_messages(&r);
    if (rc == 0)
        rc = read_rest(&r);
    if (rc == 0)
        rc = read_data_uris(&r);
out:
    free(r.taken);
    if (rc != 0)
        chat_request_release(out);
    return rc;
}

void chat_request_release(struct chat_request *request)
{
    json_release(&request->doc);
    free(request->texts);
    free(request->messages);
    buf_release(&request->_decoded);
    buf_release(&request->_joined);
    buf_release(&request->_rest);
    buf_release(&request->_uris);
    buf_release(&request->_stops);
    *request = (struct chat_request){0};
}
