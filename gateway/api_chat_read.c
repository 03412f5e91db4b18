#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/api_chat_reader.h"
#include "gateway/base/data_uri.h"

int chat_refuse(struct chat_reader *r, enum api_error error, const char *detail, const char *path,
                ...)
{
    va_list args;
    r->problem->error = error;
    (void)snprintf(r->problem->detail, sizeof(r->problem->detail), "%s", detail);
    va_start(args, path);
    (void)vsnprintf(r->problem->param, sizeof(r->problem->param), path, args);
    va_end(args);
    return ERR_SYNTAX;
}

int chat_no_memory(struct chat_reader *r)
{
    chat_refuse(r, API_ERROR_INTERNAL_OVERLOADED, "", "%s", "");
    return ERR_MEMORY;
}

int chat_ready(struct chat_reader *r, struct buf *b)
{
    if (b->cap != 0 || buf_reserve(b, r->doc->len + 1) == 0)
        return 0;
    return chat_no_memory(r);
}

static int add_text(struct chat_reader *r, struct content text, enum complexity_role role,
                    bool turn)
{
    struct chat_request *q = r->out;
    if (content_len(text) == 0)
        return 0;
    if (q->text_count == q->text_cap) {
        size_t cap = q->text_cap != 0 ? q->text_cap * 2 : 8;
        struct classify_text *texts = realloc(q->texts, cap * sizeof(*texts));
        if (texts == NULL)
            return chat_no_memory(r);
        q->texts = texts;
        q->text_cap = cap;
    }
    q->texts[q->text_count++] = (struct classify_text){.text = text, .role = role, .turn = turn};
    return 0;
}

/* A stretch of the text that is about to be added. */
static int add_origin(struct chat_reader *r, struct chat_origin origin)
{
    struct chat_request *q = r->out;
    if (origin.len == 0)
        return 0;
    if (q->origin_count == q->origin_cap) {
        size_t cap = q->origin_cap != 0 ? q->origin_cap * 2 : 8;
        struct chat_origin *origins = realloc(q->origins, cap * sizeof(*origins));
        if (origins == NULL)
            return chat_no_memory(r);
        q->origins = origins;
        q->origin_cap = cap;
    }
    origin.text = (uint32_t)q->text_count;
    q->origins[q->origin_count++] = origin;
    return 0;
}

/* A text that is one string of the body. */
static int add_turn(struct chat_reader *r, uint32_t node, struct content text,
                    enum complexity_role role, bool goes_on)
{
    size_t index = r->out->text_count;
    int rc = add_origin(r, (struct chat_origin){.kind = CHAT_ORIGIN_STRING,
                                                .node = node,
                                                .len = (uint32_t)content_len(text)});
    if (rc == 0)
        rc = add_text(r, text, role, true);
    if (rc == 0 && r->out->text_count > index)
        r->out->texts[index].goes_on = goes_on;
    return rc;
}

/* The text of a string node: a view of the body, or of its decoded copy. */
static int string_text(struct chat_reader *r, uint32_t node, struct content *out)
{
    const struct json_node *n = &r->doc->nodes[node];
    if (!json_has_escape(r->doc, node)) {
        *out = content_of(r->doc->bytes + n->start, n->end - n->start);
        return 0;
    }
    struct buf *b = &r->out->_decoded;
    int rc = chat_ready(r, b);
    size_t start = b->len;
    if (rc == 0 && json_decode(r->doc, node, b) != 0)
        rc = chat_no_memory(r);
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

static int read_part(struct chat_reader *r, uint32_t part, size_t message, size_t index, int role,
                     struct content *joined)
{
    const struct json_doc *doc = r->doc;
    uint32_t type = json_get(doc, part, "type");
    if (doc->nodes[part].type != JSON_TYPE_OBJECT || type == JSON_NONE ||
        doc->nodes[type].type != JSON_TYPE_STRING)
        return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD,
                           "a content part is an object with a type", "messages[%zu].content[%zu]",
                           message, index);
    bool is_text = json_string_is(doc, type, "text");
    if (!is_text && !json_string_is(doc, type, "refusal")) {
        r->out->unscannable = r->out->unscannable || !part_is_readable(doc, part);
        return 0;
    }
    const char *key = is_text ? "text" : "refusal";
    uint32_t text = json_get(doc, part, key);
    if (text == JSON_NONE || doc->nodes[text].type != JSON_TYPE_STRING)
        return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a string is needed",
                           "messages[%zu].content[%zu].%s", message, index, key);
    struct content view;
    int rc = string_text(r, text, &view);
    if (rc == 0)
        rc = add_turn(r, text, view, roles[role].role, content_len(*joined) != 0);
    if (rc != 0)
        return rc;
    r->taken[text] = true;
    r->taken[type] = true;

    struct buf *b = &r->out->_joined;
    rc = chat_ready(r, b);
    if (rc != 0)
        return rc;
    size_t start = content_len(*joined) != 0
                       ? (size_t)((const uint8_t *)content_bytes(*joined) - b->data)
                       : b->len;
    if ((b->len != start && buf_append(b, "\n", 1) != 0) ||
        buf_append(b, content_bytes(view), content_len(view)) != 0)
        return chat_no_memory(r);
    *joined = content_of(b->data + start, b->len - start);
    return 0;
}

static int read_content(struct chat_reader *r, uint32_t node, size_t message, int role,
                        struct content *text)
{
    const struct json_doc *doc = r->doc;
    *text = content_of("", 0);
    if (node == JSON_NONE || json_node_is_null(doc, node))
        return 0;
    if (doc->nodes[node].type == JSON_TYPE_STRING) {
        int rc = string_text(r, node, text);
        r->taken[node] = true;
        return rc != 0 ? rc : add_turn(r, node, *text, roles[role].role, false);
    }
    if (doc->nodes[node].type != JSON_TYPE_ARRAY)
        return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a string, a list of parts or null",
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

/* The whole message where templates may want more of it than role and content. */
static struct content more_of(const struct json_doc *doc, uint32_t message)
{
    static const char *const fields[] = {"tool_calls", "tool_call_id", "name"};
    const struct json_node *n = &doc->nodes[message];
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
        if (json_get(doc, message, fields[i]) != JSON_NONE)
            return content_of(doc->bytes + n->start, n->end - n->start);
    return content_of("", 0);
}

static int read_messages(struct chat_reader *r)
{
    const struct json_doc *doc = r->doc;
    uint32_t list = json_get(doc, 0, "messages");
    if (list == JSON_NONE)
        return chat_refuse(r, API_ERROR_CALLER_MISSING_FIELD, "", "messages");
    if (doc->nodes[list].type != JSON_TYPE_ARRAY || json_first(doc, list) == JSON_NONE)
        return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a list with at least one message",
                           "messages");
    size_t count = 0;
    for (uint32_t m = json_first(doc, list); m != JSON_NONE; m = json_next(doc, list, m))
        count++;
    r->out->messages = calloc(count, sizeof(*r->out->messages));
    if (r->out->messages == NULL)
        return chat_no_memory(r);
    size_t i = 0;
    for (uint32_t m = json_first(doc, list); m != JSON_NONE; m = json_next(doc, list, m), i++) {
        if (doc->nodes[m].type != JSON_TYPE_OBJECT)
            return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "an object is needed",
                               "messages[%zu]", i);
        uint32_t role_node = json_get(doc, m, "role");
        int role = role_of(doc, role_node);
        if (role < 0)
            return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD,
                               "one of system, developer, user, assistant, tool, function",
                               "messages[%zu].role", i);
        r->taken[role_node] = true;
        uint32_t content = json_get(doc, m, "content");
        if (content == JSON_NONE && roles[role].role != COMPLEXITY_ASSISTANT)
            return chat_refuse(r, API_ERROR_CALLER_MISSING_FIELD, "", "messages[%zu].content", i);
        if (content != JSON_NONE && json_node_is_null(doc, content) &&
            roles[role].role != COMPLEXITY_ASSISTANT)
            return chat_refuse(r, API_ERROR_CALLER_INVALID_FIELD, "a string or a list of parts",
                               "messages[%zu].content", i);
        struct local_message *message = &r->out->messages[r->out->message_count];
        int rc = read_content(r, content, i, role, &message->text);
        if (rc != 0)
            return rc;
        message->role = roles[role].local;
        message->more = more_of(doc, m);
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
    "grammar",
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
    "min_p",
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
    "repetition_penalty",
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
    "top_k",
    "top_logprobs",
    "top_p",
    "type",
    "typical_p",
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

static bool is_long_number(const struct json_node *n)
{
    enum { IDENTIFIER_DIGITS = 6 };
    return n->type == JSON_TYPE_PRIMITIVE && n->end - n->start >= IDENTIFIER_DIGITS;
}

static bool needs_scan(const struct json_doc *doc, uint32_t node, bool known_key, bool is_model)
{
    const struct json_node *n = &doc->nodes[node];
    size_t len = n->end - n->start;
    if (n->type == JSON_TYPE_STRING)
        return len != 0 && !(is_model && is_plain_name(doc->bytes + n->start, len)) &&
               !(known_key && STRING_IS_AMONG(doc, node, dialect_words));
    return is_long_number(n);
}

/* The decoded bytes of a node of any document, behind what the buffer holds. */
static int append_node(struct chat_reader *r, struct buf *b, const struct json_doc *doc,
                       uint32_t node, struct chat_origin origin)
{
    const struct json_node *n = &doc->nodes[node];
    size_t at = b->len;
    int rc = n->type == JSON_TYPE_STRING ? json_decode(doc, node, b)
                                         : buf_append(b, doc->bytes + n->start, n->end - n->start);
    if (rc != 0)
        return chat_no_memory(r);
    if (n->is_key || n->type != JSON_TYPE_STRING)
        origin.kind = CHAT_ORIGIN_FIXED;
    origin.at = (uint32_t)at;
    origin.len = (uint32_t)(b->len - at);
    return add_origin(r, origin);
}

/* A line "key: value" of either or both (JSON_NONE: not that one). */
static int append_line(struct chat_reader *r, struct buf *b, const struct json_doc *doc,
                       uint32_t key, uint32_t value, const struct chat_origin *origin)
{
    int rc = chat_ready(r, b);
    if (rc == 0 && key != JSON_NONE) {
        rc = append_node(r, b, doc, key, *origin);
        if (rc == 0 && value != JSON_NONE && buf_append_str(b, ": ") != 0)
            rc = chat_no_memory(r);
    }
    if (rc == 0 && value != JSON_NONE)
        rc = append_node(r, b, doc, value, *origin);
    return rc == 0 && buf_append(b, "\n", 1) != 0 ? chat_no_memory(r) : rc;
}

static int append_nested_lines(struct chat_reader *r, struct buf *b, const struct json_doc *inner,
                               uint32_t outer_node)
{
    int rc = 0;
    for (uint32_t i = 1; rc == 0 && i < inner->count; i++) {
        uint32_t key = JSON_NONE;
        if (inner->nodes[i].is_key)
            key = i++;
        const struct json_node *n = &inner->nodes[i];
        bool scan = (n->type == JSON_TYPE_STRING && n->end > n->start) || is_long_number(n);
        struct chat_origin origin = {.kind = CHAT_ORIGIN_NESTED,
                                     .node = outer_node,
                                     .inner_at = n->start,
                                     .inner_len = n->end - n->start,
                                     .inner = inner->bytes};
        if (scan || key != JSON_NONE)
            rc = append_line(r, b, inner, key, scan ? i : JSON_NONE, &origin);
    }
    return rc;
}

/* A tool's arguments are JSON in a string: their own strings and keys are the texts. */
static int read_arguments(struct chat_reader *r, struct buf *b, uint32_t node, bool *done)
{
    struct content text;
    struct json_doc inner;
    struct err err;
    *done = false;
    int rc = string_text(r, node, &text);
    if (rc != 0)
        return rc;
    rc = json_parse(&inner, text, NULL, &err);
    if (rc != 0)
        return rc == ERR_MEMORY ? chat_no_memory(r) : 0;
    *done = true;
    rc = append_nested_lines(r, b, &inner, node);
    json_release(&inner);
    return rc;
}

/*
 * All strings, keys and long numbers that are no turn of the conversation, as lines of "key: value"
 * in the order of the body: a number is judged beside the key that names it.
 */
static int read_rest(struct chat_reader *r)
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
        /* Tools and models go by these: another word would be another tool. */
        bool fixed = is_key && (is_model || json_string_is(doc, key, "name"));
        struct chat_origin origin = {.kind = fixed ? CHAT_ORIGIN_FIXED : CHAT_ORIGIN_STRING,
                                     .node = i};
        bool done = false;
        int rc = 0;
        if (scan && is_key && doc->nodes[i].type == JSON_TYPE_STRING &&
            json_string_is(doc, key, "arguments"))
            rc = read_arguments(r, b, i, &done);
        if (rc == 0 && !done)
            rc = append_line(r, b, doc, is_key ? key : JSON_NONE, scan ? i : JSON_NONE, &origin);
        if (rc != 0)
            return rc;
    }
    return add_text(r, content_of(b->data, b->len), COMPLEXITY_TOOL, false);
}

/* Text hidden in data: URIs is text: decode what any of the texts holds. */
static int read_data_uris(struct chat_reader *r)
{
    size_t count = r->out->text_count;
    for (size_t i = 0; i < count; i++) {
        const uint8_t *p = content_bytes(r->out->texts[i].text);
        const uint8_t *end = p + content_len(r->out->texts[i].text);
        while ((p = memmem(p, (size_t)(end - p), DATA_URI_TEXT, sizeof(DATA_URI_TEXT) - 1)) !=
               NULL) {
            struct buf *b = &r->out->_uris;
            int rc = chat_ready(r, b);
            size_t start = b->len;
            size_t used = 0;
            if (rc == 0 && data_uri_decode(p, (size_t)(end - p), b, &used) != 0)
                rc = chat_no_memory(r);
            if (rc == 0 && !data_uri_bytes_are_text(b->data + start, b->len - start))
                r->out->unscannable = true;
            struct chat_origin origin = {.kind = CHAT_ORIGIN_FIXED,
                                         .len = (uint32_t)(b->len - start)};
            if (rc == 0)
                rc = add_origin(r, origin);
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

int chat_request_decode(struct chat_request *out, struct content body, struct chat_problem *problem)
{
    *out = (struct chat_request){0};
    *problem = (struct chat_problem){0};
    struct chat_reader r = {.out = out, .doc = &out->doc, .problem = problem};
    bool duplicate;
    struct err err;
    int rc = json_parse(&out->doc, body, &duplicate, &err);
    if (rc == ERR_MEMORY)
        return chat_no_memory(&r);
    if (rc != 0)
        return chat_refuse(
            &r, duplicate ? API_ERROR_CALLER_DUPLICATE_KEY : API_ERROR_CALLER_INVALID_JSON,
            err.text, "%s", "");
    if (out->doc.nodes[0].type != JSON_TYPE_OBJECT) {
        rc = chat_refuse(&r, API_ERROR_CALLER_INVALID_JSON, "an object is needed", "%s", "");
        goto out;
    }
    r.taken = calloc(out->doc.count, sizeof(*r.taken));
    if (r.taken == NULL) {
        rc = chat_no_memory(&r);
        goto out;
    }
    rc = chat_read_options(&r);
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
    free(request->origins);
    free(request->messages);
    free(request->biases);
    engine_grammar_free(request->grammar);
    buf_release(&request->_decoded);
    buf_release(&request->_joined);
    buf_release(&request->_rest);
    buf_release(&request->_uris);
    buf_release(&request->_stops);
    *request = (struct chat_request){0};
}
