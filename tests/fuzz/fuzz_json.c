/*
 * The bytes as a body: the same verdict and the same tree as jansson's, no crash, no leak. An
 * answer from upstream is read by the same words, so what is a body and an object is whole there.
 */
#include <stdint.h>
#include <stdlib.h>

#include "gateway/answer.h"
#include "tests/fuzz/json_oracle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct answer_facts facts = {0};
    struct json_doc doc;
    struct err err;
    if (!oracle_agrees(data, size))
        abort();
    bool whole = answer_scan(data, size, &facts);
    if (json_parse(&doc, content_of(data, size), NULL, &err) == 0) {
        if (doc.nodes[0].type == JSON_TYPE_OBJECT && !whole)
            abort();
        json_release(&doc);
    }
    return 0;
}
