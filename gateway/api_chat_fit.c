/*
 * What the model in process makes of a request that it is to answer: done only then, since most of
 * it is of no use to a target elsewhere.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/api_chat_reader.h"
#include "gateway/schema_grammar.h"

void chat_obstruct(struct chat_request *q, enum api_error error, const char *detail,
                   const char *path, ...)
{
    va_list args;
    if (q->obstacle.error != API_ERROR_NONE)
        return;
    q->obstacle.error = error;
    (void)snprintf(q->obstacle.detail, sizeof(q->obstacle.detail), "%s", detail);
    va_start(args, path);
    (void)vsnprintf(q->obstacle.param, sizeof(q->obstacle.param), path, args);
    va_end(args);
}

static void no_memory(struct chat_request *q)
{
    chat_obstruct(q, API_ERROR_INTERNAL_OVERLOADED, "", "%s", "");
}

/* The rules of a schema under that name. False: there is an obstacle. */
static bool write_schema(struct chat_request *q, struct buf *rules, const char *name,
                         uint32_t schema, const char *where)
{
    struct schema_problem problem;
    int rc = schema_grammar_write(rules, name, &q->doc, schema, &problem);
    if (rc == ERR_MEMORY)
        no_memory(q);
    else if (rc != 0)
        chat_obstruct(q,
                      rc == ERR_SYNTAX ? API_ERROR_CALLER_INVALID_FIELD
                                       : API_ERROR_CALLER_UNSUPPORTED_FIELD,
                      problem.detail, "%s%s", where, problem.path);
    return rc == 0;
}

/* {"type": "json_object"}, with llama-server's "schema" or without, or {"type": "json_schema"}. */
static bool write_format(struct chat_request *q, struct buf *rules)
{
    const struct json_doc *doc = &q->doc;
    uint32_t type = json_get(doc, q->response_format, "type");
    uint32_t schema = json_get(doc, q->response_format, "schema");
    const char *where = "response_format.schema";
    int rc = 0;
    if (json_string_is(doc, type, "json_schema")) {
        uint32_t named = json_get(doc, q->response_format, "json_schema");
        schema = named != JSON_NONE ? json_get(doc, named, "schema") : JSON_NONE;
        where = "response_format.json_schema.schema";
        if (schema == JSON_NONE) {
            chat_obstruct(q, API_ERROR_CALLER_MISSING_FIELD, "", "%s", where);
            return false;
        }
    } else if (!json_string_is(doc, type, "json_object")) {
        chat_obstruct(q, API_ERROR_CALLER_UNSUPPORTED_FIELD,
                      "text, json_object and json_schema are supported", "response_format.type");
        return false;
    }
    if (schema != JSON_NONE && !write_schema(q, rules, "root", schema, where))
        return false;
    if (schema == JSON_NONE)
        rc = buf_append_str(rules, "root ::= json-object\n");
    if (rc == 0)
        rc = schema_grammar_write_common(rules);
    if (rc != 0)
        no_memory(q);
    return rc == 0;
}

/* How a family of models begins and ends a call, and what it names the arguments. */
static const struct call_format {
    const char *begin, *arguments, *end;
} call_formats[] = {
    [ENGINE_CALL_HERMES] = {"<tool_call>\n", "arguments", "\n</tool_call>"},
    [ENGINE_CALL_LLAMA] = {"", "parameters", ""},
    [ENGINE_CALL_MISTRAL] = {"[TOOL_CALLS][", "arguments", "]"},
};

/* A call of that tool: its name and, by its own schema, its arguments. */
static int write_call(struct chat_request *q, struct buf *rules, struct buf *root,
                      const struct call_format *format, uint32_t function, size_t index)
{
    const struct json_doc *doc = &q->doc;
    struct buf name = BUF_INIT, text = BUF_INIT;
    char rule[32], where[64];
    uint32_t schema = json_get(doc, function, "parameters");
    (void)snprintf(rule, sizeof(rule), "tool-%zu", index);
    (void)snprintf(where, sizeof(where), "tools[%zu].function.parameters", index);
    int rc = json_decode(doc, json_get(doc, function, "name"), &name);
    if (rc == 0)
        rc = buf_printf(&text, "%s{\"name\": ", format->begin);
    if (rc == 0)
        rc = json_write_string(&text, content_of(name.data, name.len));
    if (rc == 0)
        rc = buf_printf(&text, ", \"%s\": ", format->arguments);
    if (rc == 0)
        rc = buf_append_str(root, root->len > 0 ? " | " : "root ::= ");
    if (rc == 0)
        rc = schema_grammar_write_literal(root, content_of(text.data, text.len));
    buf_clear(&text);
    if (rc == 0)
        rc = buf_printf(&text, "}%s", format->end);
    if (rc == 0)
        rc = buf_printf(root, " %s ", schema != JSON_NONE ? rule : "json-object");
    if (rc == 0)
        rc = schema_grammar_write_literal(root, content_of(text.data, text.len));
    if (rc == 0 && schema != JSON_NONE && !write_schema(q, rules, rule, schema, where))
        rc = ERR_UNSUPPORTED;
    buf_release(&name);
    buf_release(&text);
    return rc;
}

/* One call of any tool, or of the one that tool_choice names. */
static bool write_calls(struct chat_request *q, struct buf *rules, enum engine_call calls)
{
    const struct json_doc *doc = &q->doc;
    struct buf root = BUF_INIT, wanted = BUF_INIT, name = BUF_INIT;
    uint32_t named = json_get(doc, q->tool_choice, "function");
    uint32_t wanted_name = named != JSON_NONE ? json_get(doc, named, "name") : JSON_NONE;
    bool any = json_string_is(doc, q->tool_choice, "required");
    size_t index = 0;
    int rc = 0;
    if (!any && (wanted_name == JSON_NONE || doc->nodes[wanted_name].type != JSON_TYPE_STRING))
        chat_obstruct(q, API_ERROR_CALLER_UNSUPPORTED_FIELD,
                      "none, auto, required and a function by its name are supported",
                      "tool_choice");
    else if (!any)
        rc = json_decode(doc, wanted_name, &wanted);
    for (uint32_t tool = json_first(doc, q->tool_list);
         rc == 0 && q->obstacle.error == API_ERROR_NONE && tool != JSON_NONE;
         tool = json_next(doc, q->tool_list, tool), index++) {
        uint32_t function = json_get(doc, tool, "function");
        uint32_t node = function != JSON_NONE ? json_get(doc, function, "name") : JSON_NONE;
        if (node == JSON_NONE || doc->nodes[node].type != JSON_TYPE_STRING) {
            chat_obstruct(q, API_ERROR_CALLER_INVALID_FIELD, "a function with a name", "tools[%zu]",
                          index);
            break;
        }
        buf_clear(&name);
        rc = json_decode(doc, node, &name);
        bool is_wanted = any || (name.len == wanted.len &&
                                 (name.len == 0 || memcmp(name.data, wanted.data, name.len) == 0));
        if (rc == 0 && is_wanted)
            rc = write_call(q, rules, &root, &call_formats[calls], function, index);
    }
    if (rc == 0 && root.len == 0)
        chat_obstruct(q, API_ERROR_CALLER_INVALID_FIELD, "no tool has this name", "tool_choice");
    if (rc == 0)
        rc = buf_append(rules, root.data, root.len);
    if (rc == 0)
        rc = buf_append_str(rules, "\n");
    if (rc == 0)
        rc = schema_grammar_write_common(rules);
    if (rc != 0)
        no_memory(q); /* unless there is another obstacle already */
    buf_release(&root);
    buf_release(&wanted);
    buf_release(&name);
    return q->obstacle.error == API_ERROR_NONE;
}

static void make_grammar(struct chat_request *q, enum engine_call calls)
{
    struct buf rules = BUF_INIT;
    struct engine_error error = {0};
    const char *field = q->tool_choice != JSON_NONE    ? "tool_choice"
                        : q->grammar_text != JSON_NONE ? "grammar"
                                                       : "response_format";
    bool own = strcmp(field, "grammar") == 0, fine = true;
    if (q->tool_choice != JSON_NONE)
        fine = write_calls(q, &rules, calls);
    else if (!own)
        fine = write_format(q, &rules);
    else if (json_decode(&q->doc, q->grammar_text, &rules) != 0)
        no_memory(q);
    if (fine && q->obstacle.error == API_ERROR_NONE &&
        engine_grammar_new(&q->grammar, (const char *)rules.data, rules.len, &error) != 0) {
        if (error.status == ENGINE_ERR_MEMORY)
            no_memory(q);
        else
            chat_obstruct(q,
                          own ? API_ERROR_CALLER_INVALID_FIELD : API_ERROR_CALLER_UNSUPPORTED_FIELD,
                          error.text, "%s", field);
    }
    buf_release(&rules);
}

struct content chat_request_tools(const struct chat_request *q,
                                  const struct local_description *engine)
{
    if (engine->calls == ENGINE_NO_CALLS || q->tool_list == JSON_NONE)
        return content_of("", 0);
    const struct json_node *n = &q->doc.nodes[q->tool_list];
    return content_of(q->doc.bytes + n->start, n->end - n->start);
}

void chat_request_fit(struct chat_request *q, const struct local_description *engine)
{
    /* What was found on reading stands in any model's way, what was found here in that model's. */
    if (q->obstacle.error != API_ERROR_NONE && !q->fitted)
        return;
    q->fitted = true;
    q->obstacle.error = API_ERROR_NONE;
    engine_grammar_free(q->grammar);
    q->grammar = NULL;
    for (size_t i = 0; i < q->sampling.bias_count; i++)
        if ((uint32_t)q->biases[i].token >= engine->vocab_size)
            chat_obstruct(q, API_ERROR_CALLER_UNSUPPORTED_FIELD,
                          "the model has no token of that number", "logit_bias");
    for (size_t i = 0; i < q->stop_count; i++)
        if (strlen(q->stop[i]) > ENGINE_MOST_STOP_BYTES)
            chat_obstruct(q, API_ERROR_CALLER_UNSUPPORTED_FIELD,
                          "the model in process stops at strings of up to 256 bytes", "stop");
    if (q->choices > engine->most_answers) {
        char detail[96];
        (void)snprintf(detail, sizeof(detail),
                       "the model in process gives up to %u answers at a time",
                       (unsigned)engine->most_answers);
        chat_obstruct(q, API_ERROR_CALLER_UNSUPPORTED_FIELD, detail, "n");
    }
    bool formed = q->response_format != JSON_NONE || q->grammar_text != JSON_NONE;
    if (q->tool_choice != JSON_NONE &&
        (engine->calls == ENGINE_NO_CALLS || q->tool_list == JSON_NONE || formed))
        chat_obstruct(q, API_ERROR_CALLER_UNSUPPORTED_FIELD, "", "tool_choice");
    bool constrained = formed || q->tool_choice != JSON_NONE;
    if (q->obstacle.error == API_ERROR_NONE && constrained)
        make_grammar(q, engine->calls);
}
