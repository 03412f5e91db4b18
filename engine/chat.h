/*
 * chat.h - which chat template a model uses.
 */
#ifndef PENSTOCK_ENGINE_CHAT_H
#define PENSTOCK_ENGINE_CHAT_H

#include "engine/template.h"
#include "engine/vocab.h"

/*
 * The file's own template; where it has none, a built-in one chosen by the markers that the
 * vocabulary has (or by the name that stands in the template's place). Never NULL.
 */
const char *chat_template_source(const struct gguf *file, const struct vocab *vocab, size_t *len);

/* How a model with that template writes calls of tools. */
enum engine_call chat_call_format(const char *source, size_t len);

#endif
