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

static void make_grammar(struct chat_request *q)
{
    struct buf rules = BUF_INIT;
    struct engine_error error = {0};
    bool own = q->grammar_text != JSON_NONE;
    bool fine = true;
    if (!own)
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
                          error.text, "%s", own ? "grammar" : "response_format");
    }
    buf_release(&rules);
}

void chat_request_fit(struct chat_request *q, const struct local_description *engine)
{
    for (size_t i = 0; i < q->sampling.bias_count; i++)
        if ((uint32_t)q->biases[i].token >= engine->vocab_size)
            chat_obstruct(q, API_ERROR_CALLER_UNSUPPORTED_FIELD,
                          "the model has no token of that number", "logit_bias");
    bool constrained = q->response_format != JSON_NONE || q->grammar_text != JSON_NONE;
    if (q->obstacle.error == API_ERROR_NONE && constrained && q->grammar == NULL)
        make_grammar(q);
}
