#include "engine/unpack.h"

#include "engine/kernels.h"

#include <string.h>

static uint16_t load_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static void unpack_f16(const uint8_t *row, float *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = half_to_float(load_u16(row + 2 * i));
}

static void unpack_q8_0(const uint8_t *row, float *out, size_t n)
{
    for (; n > 0; n -= 32, row += 34, out += 32) {
        float scale = half_to_float(load_u16(row));
        for (size_t i = 0; i < 32; i++)
            out[i] = scale * (float)(int8_t)row[2 + i];
    }
}

static unpack_row *const functions[GGUF_TYPE_COUNT] = {
    [GGUF_F16] = unpack_f16,
    [GGUF_Q8_0] = unpack_q8_0,
};

unpack_row *unpack_for(enum gguf_type type)
{
    return (unsigned)type < GGUF_TYPE_COUNT ? functions[type] : NULL;
}
