/*
 * builtin.h - the chat model that is built into the binary, so that the gateway answers with
 * nothing installed. Made by engine/train/train_chat.py; what it is and can do is written there.
 */
#ifndef PENSTOCK_ENGINE_MODELS_BUILTIN_H
#define PENSTOCK_ENGINE_MODELS_BUILTIN_H

#include <stddef.h>

/*
 * The bytes of a GGUF file, for engine_source.bytes; *size is set to their number. They are part of
 * the program: read-only, aligned to 64 and never freed. Any thread.
 */
const void *engine_builtin_chat(size_t *size);

#endif
