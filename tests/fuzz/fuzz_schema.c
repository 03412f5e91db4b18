/*
 * JSON schemas: refused with a reason, or written as a grammar that can be read. Too large, or
 * without an end, is all that may be wrong with that.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "gateway/schema_grammar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_doc doc;
    struct err err;
    struct schema_problem problem;
    struct buf rules = BUF_INIT;
    struct engine_grammar *grammar = NULL;
    struct engine_error error = {0};
    if (json_parse(&doc, content_of(data, size), NULL, &err) != 0)
        return 0;
    int rc = schema_grammar_write(&rules, "root", &doc, 0, &problem);
    if (rc != 0 && rc != ERR_MEMORY && problem.detail[0] == '\0')
        abort();
    if (rc == 0 && schema_grammar_write_common(&rules) == 0 &&
        engine_grammar_new(&grammar, (const char *)rules.data, rules.len, &error) != 0 &&
        strstr(error.text, "too large") == NULL && strstr(error.text, "come to an end") == NULL &&
        strstr(error.text, "more than 8192 rules") == NULL &&
        strstr(error.text, "left recursion") == NULL)
        abort();
    engine_grammar_free(grammar);
    buf_release(&rules);
    json_release(&doc);
    return 0;
}
