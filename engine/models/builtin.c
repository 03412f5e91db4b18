/* builtin.c - names for the bytes that builtin.S includes. */
#include "engine/models/builtin.h"

extern const unsigned char engine_builtin_chat_begin[];
extern const unsigned char engine_builtin_chat_end[];

const void *engine_builtin_chat(size_t *size)
{
    *size = (size_t)(engine_builtin_chat_end - engine_builtin_chat_begin);
    return engine_builtin_chat_begin;
}
