/*
 * template_json.h - JSON as what a template is given: tools, and the calls in a conversation.
 */
#ifndef PENSTOCK_ENGINE_TEMPLATE_JSON_H
#define PENSTOCK_ENGINE_TEMPLATE_JSON_H

#include "engine/template.h"

/* All memory of the values read; zero is empty. */
struct template_json {
    struct template_json_piece *pieces;
};

/*
 * Every string and key counts as somebody's words. A string under the key "arguments" that is JSON
 * itself becomes what it says, since templates expect it so. ENGINE_ERR_ARGUMENT for what is no
 * JSON. The value lives until the release, which wipes.
 */
ENGINE_CHECK int template_json_read(struct template_json *json, const char *text, size_t len,
                                    struct template_value *out, struct engine_error *error);
void template_json_release(struct template_json *json);

#endif
